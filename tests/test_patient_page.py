import re
import tomllib
from base64 import b64encode
from dataclasses import replace
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from composed_results import Page, result, spots
from imaging.simulated_course import course, photograph, spot

from pigtrack.model.course import AdverseEvent, Endpoint, Mode
from pigtrack.report import ReportPictures
from pigtrack.report.patient import render_patient_page
from pigtrack.report.patient.days import tell_aftercare, tell_next_visit, tell_window
from pigtrack.store.catalogues import list_languages, load_catalogue
from pigtrack.store.protocol_file import list_protocols, load_protocol

CATALOGUES = Path(__file__).parent.parent / "pigtrack" / "catalogues"
JARGON = tomllib.loads((CATALOGUES / "jargon.toml").read_text(encoding="utf-8"))
ENGLISH = load_catalogue("en")
MESOTHERAPY = load_protocol("dark-spot-mesotherapy")
NASTY = '</script><script>alert("x")</script> & "quoted" \u202e'
PICTURES = ReportPictures(plain_before=b"\xff\xd8a", plain_after=b"\xff\xd8b", patient_chart=b"<svg/>")
TREATED = {"technique": "manual injection", "product": "F-RADIANCE", "lot": "L-77"}


def html_of(measured, language="en", pictures=PICTURES):
    return render_patient_page(measured, pictures, catalogue=load_catalogue(language), version="0.1.0")


def text_of(measured, language="en", pictures=PICTURES):
    html = re.sub(r"<script>.*?</script>", "", html_of(measured, language, pictures), flags=re.DOTALL)
    return re.sub(r"\s+", " ", Page(html).text)


def treated(sessions, protocol=MESOTHERAPY, **changes):
    """A course with a treatment at every visit but the last."""
    told = {f"session_{n}": {"treatment": TREATED} for n in range(1, sessions)}
    merged = {key: {**told.get(key, {}), **changes.get(key, {})} for key in {*told, *changes}}
    return course(sessions, **merged)


def grown():
    return [photograph(spot(1, area=30), spot(2, area=20), spot(3, area=30))]


def undated(which):
    return replace(which, sessions=tuple(replace(each, date=None) for each in which.sessions))


def stories():
    """One course of every kind that the page must tell."""
    quiet = {"session_3": {"treatment": TREATED, "after_procedure": True}}
    measured = {
        "improved": result(spots(), spots(contrast=0.6), spots(contrast=0.5), which=treated(3)),
        "early": result(spots(), spots(), which=replace(treated(2, session_1={"treatment": TREATED}), id="C-2")),
        "unchanged": result(*[spots()] * 5, which=treated(5)),
        "grown": result(spots(), grown(), which=treated(2)),
        "darker": result(spots(), spots(contrast=1.5), which=treated(2)),
        "one visit": result(spots(), which=treated(1, session_1={"treatment": TREATED})),
        "withheld": result(spots(), spots(contrast=0.6), spots(), which=treated(3, **quiet)),
        "nothing seen": result(spots(), [], which=treated(2)),
        "no spot": result([photograph()], [photograph()], which=treated(2)),
        "exploratory": result(spots(), spots(contrast=0.5), which=treated(2), exploratory=True),
        "undated": result(spots(), spots(contrast=0.6), which=undated(treated(2))),
        "untreated": result(spots(), spots(), which=course(2)),
    }
    for endpoint in Endpoint:
        which = replace(treated(2), primary=endpoint)
        measured[f"by {endpoint}"] = result(spots(), spots(area=0.6, contrast=0.7), which=which)
    measured["field"] = result(spots(), grown(), which=replace(treated(2), mode=Mode.FIELD))
    told = {name: replace(each, protocol=MESOTHERAPY) for name, each in measured.items()}
    early = course(2, days=7, session_1={"treatment": TREATED})
    told["too early"] = replace(result(spots(), spots(), which=early), protocol=MESOTHERAPY)
    told["no protocol"] = replace(told["improved"], protocol=None)
    for protocol in list_protocols():
        told[f"protocol {protocol.name}"] = replace(told["improved"], protocol=protocol)
    return told


STORIES = stories()
EVERY = [(name, language) for name in STORIES for language in list_languages()]


def sentences(html):
    """Sentences of a page: a block's end ends a sentence too."""
    body = re.sub(r"<(style|script)>.*?</\1>", "", html.split("<body", 1)[1], flags=re.DOTALL)
    blocks = re.split(r"</?(?:p|li|h\d|dd|dt|figcaption|summary|section|div)\b[^>]*>", body)
    plain = (re.sub(r"<[^>]+>", "", block) for block in blocks)
    abbreviated = (re.sub(r"(\d)\.", r"\1", block.replace("\u00a0", "_")) for block in plain)
    found = (each.strip() for block in abbreviated for each in re.split(r"(?<=[.!?:;])\s+", block))
    return [each for each in found if each]


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_the_page_has_no_word_of_the_trade(name, language):
    text = text_of(STORIES[name], language)
    sharp = re.compile(rf"(?<!\w)(?:{'|'.join(JARGON['all'])})")
    loose = re.compile(rf"(?<!\w)(?:{'|'.join(JARGON[language])})", re.IGNORECASE)
    assert sharp.findall(text) + loose.findall(text) == []


@pytest.mark.parametrize("language", list_languages())
def test_the_list_of_jargon_bites(language):
    told = {"en": "Lesion 3: melanin index down, 95 % interval", "de": "Läsion 3: Melanin-Index, 95-%-Intervall"}[
        language
    ]
    loose = re.compile(rf"(?<!\w)(?:{'|'.join(JARGON[language])})", re.IGNORECASE)
    assert len(loose.findall(told)) >= 3


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_the_sentences_are_short(name, language):
    lengths = [len(each.split()) for each in sentences(html_of(STORIES[name], language))]
    assert len(lengths) > 10
    assert sum(lengths) / len(lengths) <= 14
    assert max(lengths) <= 25


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_no_percentage_stands_without_what_the_photographs_allow(name, language):
    told = sentences(html_of(STORIES[name], language))
    bare = [each for each in told if re.search(r"(about|etwa) [\d.,]+_%", each)]
    follows = [told[told.index(each) + 1] for each in bare]
    assert all(re.search(r"\d (to|bis) [\d.,]+_%", each) for each in follows)


def test_an_improvement_is_one_plain_sentence_with_its_range():
    text = text_of(STORIES["improved"])
    assert "There is less pigment than at your first visit." in text
    change = "The amount of pigment is about 50 % less than at your first visit"
    assert re.search(change + r"; the photographs allow anything from \d+ to \d+ %\.", text)


def test_before_anything_is_expected_it_is_too_early_and_that_is_normal():
    text = text_of(STORIES["too early"])
    assert "It is too early to tell. " in text
    assert "That is normal." in text
    assert "No detectable change" not in text


def test_no_change_later_is_said_as_such_with_what_could_not_be_seen():
    text = text_of(STORIES["unchanged"])
    assert "No detectable change yet." in text
    assert re.search(r"A fall of less than \d+ % can't be seen with these photographs\.", text)
    assert "too early" not in text


def test_a_spot_to_be_looked_at_is_mentioned_calmly_and_without_its_number():
    text = text_of(STORIES["grown"])
    assert "The clinic will look at one spot with you at your next visit." in text
    assert "The clinic will look at" not in text_of(STORIES["improved"])


def test_a_visit_that_is_not_compared_is_told_with_its_reason():
    assert "are not compared, because skin is red for some days after a treatment." in text_of(STORIES["withheld"])


@pytest.mark.parametrize(
    ("name", "headline"),
    [
        ("one visit", "This is the start."),
        ("nothing seen", "Nothing can be compared yet."),
        ("exploratory", "The pictures are here, but no number."),
        ("darker", "There is more pigment than at your first visit."),
        ("by area", "The dark skin covers less space than at your first visit."),
    ],
)
def test_each_kind_of_course_has_its_answer(name, headline):
    assert headline in text_of(STORIES[name])


def test_neither_pseudonym_nor_diagnosis_nor_a_lot_comes_onto_the_page():
    which = replace(treated(2), subject="P-0007", diagnosis="solar lentigo", cause="sun exposure", skin_type="II")
    html = html_of(replace(result(spots(), spots(), which=which), protocol=MESOTHERAPY))
    assert not [word for word in ("P-0007", "lentigo", "sun exposure", "L-77") if word in html]


def test_everything_that_came_from_a_person_is_escaped():
    event = AdverseEvent(NASTY)
    which = treated(2, session_1={"treatment": {"technique": NASTY, "product": NASTY}, "adverse_events": (event,)})
    html = html_of(result(spots(), spots(), which=replace(which, id=NASTY, site=NASTY)))
    assert html.count("<script") == 1
    assert html.count("&lt;script&gt;") >= 5
    assert Page(html).open == []


def test_the_policy_names_the_page_s_own_style_and_script_and_nothing_else():
    html = html_of(STORIES["improved"])
    for tag in ("style", "script"):
        own = re.search(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL).group(1)
        digest = b64encode(sha256(own.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in html
    assert "unsafe" not in html
    assert all(address.startswith("data:image/") for address in Page(html).addresses)


def test_without_two_pictures_there_is_no_slider_and_no_script():
    html = html_of(STORIES["one visit"])
    assert "<input" not in html
    assert "<script" not in html
    assert html.count("<img") == 1


@pytest.mark.parametrize("language", list_languages())
def test_two_days_are_written_as_one_span(language):
    catalogue = load_catalogue(language)
    days = (
        (date(2026, 4, 5), date(2026, 4, 12)),
        (date(2026, 3, 29), date(2026, 4, 5)),
        (date(2026, 12, 28), date(2027, 1, 4)),
    )
    told = {
        "en": ("between 5 and 12 April 2026", "between 29 March and 5 April 2026",
               "between 28 December 2026 and 4 January 2027"),
        "de": ("zwischen dem 5. und dem 12. April 2026", "zwischen dem 29. März und dem 5. April 2026",
               "zwischen dem 28. Dezember 2026 und dem 4. Januar 2027"),
    }  # fmt: skip
    assert tuple(tell_window(*span, catalogue) for span in days) == told[language]


def test_the_next_visit_is_counted_from_the_last_by_the_protocol():
    which = course(2, session_1={"treatment": TREATED}, session_2={"treatment": TREATED})
    told = tell_next_visit(which, MESOTHERAPY, ENGLISH)
    assert told[0] == "You have had 2 treatments."
    assert "The next visit is usually between 1 and 8 February 2026." in told


def test_after_as_many_treatments_as_most_courses_have_no_date_is_named():
    which = course(6, **{f"session_{n}": {"treatment": TREATED} for n in range(1, 7)})
    assert tell_next_visit(which, MESOTHERAPY, ENGLISH)[-1] == "Your clinic will tell you what comes next."


@pytest.mark.parametrize(
    ("when", "told"),
    [
        (
            datetime(2026, 3, 8, 10, 30),
            ["Until 14:30 on 8 March 2026", "Until 17:30 on 8 March 2026", "Until 10:30 on 11 March 2026"],
        ),
        (date(2026, 3, 8), ["For 4 hours", "For 7 hours", "For 3 days, until 11 March 2026"]),
        (None, ["For 4 hours", "For 7 hours", "For 3 days"]),
    ],
)  # fmt: skip
def test_aftercare_is_counted_from_the_session_s_own_time(when, told):
    which = course(1, session_1={"treatment": TREATED})
    which = replace(which, sessions=(replace(which.sessions[0], date=when),))
    deadlines = [each.until for each in tell_aftercare(which, MESOTHERAPY, ENGLISH)]
    assert deadlines == [*told, "During the whole course"]


def test_hours_from_an_unknown_time_of_a_day_are_over_when_they_would_be_from_its_end():
    which = course(1, session_1={"treatment": TREATED})
    for when, over in ((date(2026, 3, 8), "2026-03-09T04:00"), (datetime(2026, 3, 8, 10, 30), ""), (None, "")):
        dated = replace(which, sessions=(replace(which.sessions[0], date=when),))
        soonest, *_, longest = tell_aftercare(dated, MESOTHERAPY, ENGLISH)
        assert (soonest.over, longest.over) == (over, "")
        assert not (soonest.ends and soonest.over)


def test_a_long_course_folds_its_earlier_visits_away():
    html = html_of(result(*[spots()] * 12, which=treated(12)))
    assert "Earlier visits (4)" in html
    assert html.count("<li>\n<h3>") == 12


def test_the_same_course_gives_the_same_page():
    assert html_of(STORIES["improved"]) == html_of(STORIES["improved"])


@pytest.mark.parametrize("story", ["one visit", "exploratory"])
def test_where_nothing_is_compared_no_chart_is_drawn(story):
    assert load_catalogue("en").say("patient.chart.title") not in text_of(STORIES[story])


@pytest.mark.parametrize("language", list_languages())
def test_without_a_card_no_colour_is_called_alike_and_no_number_explained(language):
    catalogue, text = load_catalogue(language), text_of(STORIES["exploratory"], language)
    assert catalogue.say("patient.photos.text_relative") in text
    assert catalogue.say("patient.photos.text") not in text
    assert catalogue.say("patient.about.numbers") not in text
