import re
from dataclasses import replace

import pytest
from composed_results import Page, result, spots
from imaging.simulated_course import course, photograph, spot

from pigtrack.model.course import Endpoint
from pigtrack.model.metrics import Change, Verdict
from pigtrack.model.population import Population, PopulationChange, PopulationFigure, PopulationSession
from pigtrack.model.quantity import Measured, Unit
from pigtrack.model.telling import tell_measured
from pigtrack.report import ReportPictures, latest_session, render_report, tell_course
from pigtrack.report.words import headline, tell_briefly, tell_change
from pigtrack.store.catalogues import list_languages, load_catalogue

EN = load_catalogue("en")
NASTY = '<script>alert("x")</script> & "quoted" \u202e'


def page(*sessions, pictures=None, **options):
    return Page(render_report(result(*sessions, **options), pictures, catalogue=EN, version="0.1.0"))


def plain(text):
    return re.sub(r"\s+", " ", text)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (Change(Endpoint.AREA, -18.0, -25.0, -11.0, Verdict.IMPROVED, 9.0), "Area down 18 % (95 % interval 11–25 %)."),
        (Change(Endpoint.AREA, 20.4, 8.0, 33.0, Verdict.WORSENED, 9.0), "Area up 20 % (95 % interval 8–33 %)."),
        (
            Change(Endpoint.AREA, -4.0, -12.0, 5.0, Verdict.NO_DETECTABLE_CHANGE, 8.2),
            "No detectable change yet; changes below 9 % can't be seen with these photographs.",
        ),
        (
            Change(Endpoint.AREA, None, None, None, Verdict.NO_DETECTABLE_CHANGE, None),
            "No detectable change yet; these photographs can't show a change here.",
        ),
        (
            Change(Endpoint.AREA, None, None, None, Verdict.BASELINE),
            "This is the baseline; later sessions will be compared with it.",
        ),
        (Change(Endpoint.AREA, -30.0, -40.0, -20.0, Verdict.NOT_MEASURABLE), "No verdict can be given yet."),
    ],
)
def test_the_headline_says_the_contracts_words(change, sentence):
    assert plain(headline(Endpoint.AREA, change, EN)) == sentence


def test_an_interval_around_no_change_keeps_its_signs():
    change = Change(Endpoint.LOAD, -4.4, -12.0, 5.0, Verdict.NO_DETECTABLE_CHANGE, 9.0)
    assert plain(tell_change(change, EN)) == "−4 % (95 % interval −12 to +5 %)"
    assert plain(tell_briefly(change, EN)) == "−4 % (−12 to +5 %)"


def test_a_change_without_percentage_gives_none():
    change = Change(Endpoint.LOAD, None, None, None, Verdict.WORSENED)
    assert "%" not in tell_change(change, EN)
    assert tell_briefly(change, EN) == ""


@pytest.mark.parametrize(
    ("measured", "words"),
    [
        (Measured(42.0, 1.5, Unit.SQUARE_MILLIMETRE), "42 mm² (39–45)"),
        (Measured(4.21, 0.15, Unit.SQUARE_MILLIMETRE), "4.2 mm² (3.9–4.5)"),
        (Measured(0.3, 0.4, Unit.MELANIN_INDEX), "0.3 MI (−0.5 to 1.1)"),
        (None, "—"),
    ],
)
def test_a_value_stands_with_its_interval_and_only_the_digits_it_deserves(measured, words):
    assert plain(tell_measured(measured, EN)) == words


def test_the_page_is_whole_and_asks_nothing_of_the_network():
    pictures = ReportPictures(
        course_chart=b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        before=b"\xff\xd8",
        after=b"\xff\xd8",
        overlays={1: b"\xff\xd8"},
    )
    report = page(spots(), spots(contrast=0.6), pictures=pictures)
    assert report.open == []
    outside = [address for address in report.addresses if not address.startswith("#")]
    assert len(outside) == 4
    assert all(address.startswith("data:image/") for address in outside)
    assert not {"script", "link", "iframe"} & {tag for tag, _ in report.tags}


def test_every_picture_has_words_for_those_who_cannot_see_it():
    pictures = ReportPictures(
        course_chart=b"<svg/>",
        lesion_charts=b"<svg/>",
        timeline=b"<svg/>",
        before=b"x",
        after=b"x",
        overlays={1: b"x"},
        melanin={1: b"x", 2: b"x"},
        redness={1: b"x"},
    )
    report = page(spots(), spots(), pictures=pictures)
    told = [attributes.get("alt") for tag, attributes in report.tags if tag == "img"]
    assert len(told) == 9
    assert all(told)
    assert len({alt for alt in told if alt.startswith("Map")}) == 3


def test_everything_that_came_from_a_person_is_escaped():
    which = replace(
        course(2, session_1={"treatment": {"product": NASTY}, "photos": (NASTY + ".jpg",)}),
        id=NASTY, subject=NASTY, site=NASTY, diagnosis=NASTY, cause=NASTY, depth=NASTY, skin_type=NASTY,
        protocol=NASTY, assumptions=(NASTY,),
    )  # fmt: skip
    html = render_report(result(spots(), spots(), which=which, refusal=NASTY), catalogue=EN, version=NASTY)
    assert "<script" not in html
    assert html.count("&lt;script&gt;") >= 10
    assert Page(html).open == []


def test_the_headline_comes_first_with_the_verdict():
    report = page(spots(), spots(contrast=0.6))
    text = plain(report.text)
    assert re.search(r"Pigment load down 40 % \(95 % interval \d+–\d+ %\)\. ▼ improved", text)


def test_no_change_is_said_plainly_with_what_could_not_be_seen():
    text = plain(page(spots(), spots()).text)
    assert re.search(r"No detectable change yet; changes below \d+ % can't be seen with these photographs\.", text)


# A change is told by a direction or a sign: "down 18 %", "24 % weniger", "−4 %", "+0.3 %".
CHANGES = re.compile(
    r"(?:(?:down|up) \d+(?:\.\d+)? %|\d+(?:,\d+)? % (?:weniger|mehr|kleiner|größer|schwächer|stärker|geringer|höher)"
    r"|(?<![(\d])[−+]\d+(?:[.,]\d+)? %)"
)
INTERVAL = re.compile(
    r" (?:of the baseline in 30 days |der Ausgangsaufnahme in 30 Tagen )?"
    r"\((?:95 % interval |95.%.Intervall )?[−+]?\d+(?:[.,]\d+)?(?:–| to | bis )[−+]?\d+(?:[.,]\d+)? %\)"
)


def bare_changes(text):
    """Return the changes that stand without their interval; the ends of intervals are none of their own."""
    found = [each for each in CHANGES.finditer(text) if text[: each.end()].count("(") == text[: each.end()].count(")")]
    return [each.group() for each in found if not INTERVAL.match(text, each.end())]


@pytest.mark.parametrize("language", list_languages())
def test_a_percentage_of_change_never_stands_without_its_interval(language):
    measured = result(spots(), spots(area=0.9, contrast=1.4), spots(area=1.1, contrast=0.99), spots(contrast=0.5))
    html = render_report(measured, catalogue=load_catalogue(language), version="0.1.0")
    text = plain(Page(html).text)
    assert len(CHANGES.findall(text)) >= 30
    assert bare_changes(text) == []


def test_a_bare_change_would_be_noticed():
    assert bare_changes("Area down 18 %.") == ["down 18 %"]
    assert bare_changes("Fläche: 18 % kleiner, sonst nichts") == ["18 % kleiner"]
    assert bare_changes("area −4 % (−12 to +5 %)") == []


def test_the_trend_stands_with_its_interval():
    text = plain(page(*(spots(area=1 - 0.05 * n) for n in range(6))).text)
    told = r"Trend over 6 sessions: −11 % of the baseline in 30 days \(95 % interval −1[12] to −(9|10|11) %\)\."
    assert re.search(told, text)


def test_a_spot_that_grew_is_to_be_looked_at_and_nothing_is_diagnosed():
    baseline, later = spots(), [photograph(spot(1, area=30), spot(2, area=20), spot(3, area=30))]
    text = plain(page(baseline, later).text)
    assert "Spot 1 grew while the others did not: have it looked at." in text
    box = text.split("To be looked at")[1].split("Pointed out because")[0]
    assert re.search(r"Spot 1: area up 200 % \(\d+–\d+ %\)", box)
    assert "Spot 2" not in box
    assert not re.search(r"melanoma|cancer|malign|benign|cure|guarantee|better than", text, re.IGNORECASE)


def test_a_calm_course_has_no_such_box():
    assert "To be looked at" not in page(spots(), spots()).text


def test_a_later_session_without_verdict_is_named_with_its_reason():
    report = result(spots(), spots(contrast=0.6), spots(), which=course(3, session_3={"after_procedure": True}))
    assert latest_session(report).session == 2
    text = plain(render_report(report, catalogue=EN, version="0.1.0"))
    assert "Session 3, 8 February 2026 has no verdict. Photographed after the procedure" in text


def test_the_course_in_one_sentence_is_the_headline():
    measured = result(spots(), spots(contrast=0.6))
    assert plain(tell_course(measured, EN)).startswith("Pigment load down 40 % (95 % interval")
    assert f"<title>{measured.course.id}" in render_report(measured, catalogue=EN, version="0.1.0")


def test_without_a_card_the_page_says_so_first():
    text = plain(page(spots(), spots(contrast=0.5), exploratory=True).text)
    assert "The baseline shows no usable colour card: relative numbers only, no verdict." in text


@pytest.mark.parametrize("sessions", [(spots(),), (spots(), []), ([photograph()], [photograph()])])
def test_small_courses_have_a_page_too(sessions):
    assert page(*sessions).open == []


def test_the_same_course_gives_the_same_page():
    measured = result(spots(), spots(contrast=0.6))
    pictures = ReportPictures(b"<svg/>", b"<svg/>", before=b"jpeg", after=b"jpeg", melanin={2: b"jpeg", 1: b"jpeg"})
    first, second = (render_report(measured, pictures, catalogue=EN, version="0.1.0") for _ in range(2))
    assert first == second


def test_a_narrow_interval_is_told_to_a_tenth_of_a_percent():
    change = Change(Endpoint.AREA, 0.91, 0.56, 1.26, Verdict.WORSENED)
    assert tell_briefly(change, EN) == "up 0.9\N{NO-BREAK SPACE}% (0.6–1.3\N{NO-BREAK SPACE}%)"
    calm = Change(Endpoint.AREA, -0.02, -0.6, 0.56, Verdict.NO_DETECTABLE_CHANGE)
    assert tell_briefly(calm, EN) == "0\N{NO-BREAK SPACE}% (−0.6 to +0.6\N{NO-BREAK SPACE}%)"


def test_many_small_spots_are_told_together_and_not_one_by_one():
    sessions = [spots(), spots(area=0.9)]
    measured = result(*sessions)
    members = frozenset({1, 2})
    told = tuple(
        PopulationSession(
            number, 2, Measured(2.1, 0.1, Unit.PER_SQUARE_CENTIMETRE), Measured(1.9, 0.05, Unit.MILLIMETRE), (1.5, 2.3),
            Measured(6.5, 0.2, Unit.MELANIN_INDEX), (PopulationChange(PopulationFigure.DENSITY, -12.0, -20.0, -4.0),),
        )
        for number in (1, 2)
    )  # fmt: skip
    html = render_report(replace(measured, population=Population(3.0, members, told)), catalogue=EN, version="0")
    text = plain(re.sub(r"<[^>]+>", " ", html))
    section = text.split("Many small spots, told together")[-1]
    assert "2.1 per cm² (1.9–2.3)" in section
    assert "down 12 % (4–20 %)" in section
    assert "Spot 3" in section
    assert "Spot 1" not in section
