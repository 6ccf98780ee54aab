import re
from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest
from composed_results import Page, result, spots
from imaging.simulated_course import course, photograph, spot

from pigtrack.model.course import AdverseEvent, Mode
from pigtrack.model.flags import QualityFlag
from pigtrack.model.metrics import Verdict
from pigtrack.model.population import Population, PopulationSession
from pigtrack.model.quality import QualityCheck, QualityVerdict
from pigtrack.model.quantity import Measured, Unit
from pigtrack.model.treatment import Screen
from pigtrack.report import ReportPictures, latest_session, render_report, single_lesions
from pigtrack.report.pointed import point_out
from pigtrack.report.standing import control_lesions
from pigtrack.store.catalogues import load_catalogue
from pigtrack.store.protocol_file import load_protocol

EN, DE = load_catalogue("en"), load_catalogue("de")
MESOTHERAPY = load_protocol("dark-spot-mesotherapy")
INJECTED = {
    "technique": "manual injection",
    "product": "F-RADIANCE",
    "dose": 2.0,
    "dose_unit": "ml",
    "operator": "staff-2",
}
PAIR = ReportPictures(before=b"\xff\xd8a", after=b"\xff\xd8b", timeline=b"<svg/>", course_chart=b"<svg/>")
ROUND_SPOT_2 = ((15.0, 15.0), (25.0, 15.0), (25.0, 25.0), (15.0, 25.0))


def text_of(measured, catalogue=EN, **options):
    html = render_report(measured, catalogue=catalogue, version="0.1.0", **options)
    return re.sub(r"\s+", " ", Page(re.sub(r"(</\w+>)", r" \1", html)).text)


def treated(sessions=2, **changes):
    """A course under the protocol whose every session but the last was treated."""
    every = {f"session_{n}": {"treatment": INJECTED} for n in range(1, sessions)}
    which = replace(course(sessions, **{**every, **changes}), protocol=MESOTHERAPY.name)
    return replace(result(*(spots(contrast=1 - 0.1 * n) for n in range(sessions)), which=which), protocol=MESOTHERAPY)


def test_treatments_stand_once_with_all_their_days():
    text = text_of(treated(4))
    assert "F-RADIANCE, Injection by hand 3 sessions: 11 January 2026, 25 January 2026 and 8 February 2026" in text
    assert text.count("F-RADIANCE") == 1
    assert "Dose 2 ml" in text
    assert "Treated by staff-2" in text


def test_what_belongs_to_some_days_names_them():
    other = {
        **INJECTED,
        "operator": "staff-9",
        "patch_test": {"date": date(2026, 1, 8), "hours": 3, "result": "negative"},
    }
    text = text_of(treated(4, session_1={"treatment": other}))
    assert "Treated by, session 1 staff-9" in text
    assert "Treated by, sessions 2 and 3 staff-2" in text
    assert "Patch test, session 1 8 January 2026, 3 h, negative" in text


def test_treatments_are_told_in_the_pages_language():
    text = text_of(treated(3), DE)
    assert "F-RADIANCE, Injektion von Hand 2 Sitzungen: 11. Januar 2026 und 25. Januar 2026" in text


def test_adverse_events_are_told_as_they_were_recorded():
    event = AdverseEvent("bruise", date(2026, 1, 12), "mild", "resolved", "left corner", until=date(2026, 1, 15))
    told = {"session_1": {"treatment": INJECTED, "adverse_events": (event,)}}
    english, german = (text_of(treated(2, **told), catalogue) for catalogue in (EN, DE))
    assert "12 January 2026 · Session 1 mild; resolved; until 15 January 2026; left corner" in english
    assert "12. Januar 2026 · Sitzung 1 leicht; abgeklungen; bis 15. Januar 2026; left corner" in german
    assert "None was recorded." in text_of(treated(2))


def test_the_plan_stands_beside_what_was_done():
    late = course(3, days=30, **{f"session_{n}": {"treatment": INJECTED} for n in (1, 2, 3)})
    text = text_of(replace(result(spots(), spots(), spots(), which=late), protocol=MESOTHERAPY))
    assert "Usual sessions 4–6 sessions" in text
    assert "From session to session 7–14 days" in text
    assert "3 days of treatment" in text
    assert "Session 2, 10 February 2026 18 January 2026 to 25 January 2026 16 days late; one session left out" in text


def test_days_kept_out_are_named():
    soon = course(3, days=5, session_2={"treatment": INJECTED})
    measured = replace(result(spots(), spots(), spots(), which=soon), protocol=MESOTHERAPY)
    assert QualityFlag.SOON_AFTER_TREATMENT in measured.sessions[2].flags
    assert "Session 3 was kept out of the trend" in text_of(measured)


def test_the_screen_is_told_with_its_yes_and_its_reason():
    asked = Screen((("diabetes", True), ("herpes", False)), "staff-1", date(2026, 1, 10), "well controlled")
    measured = treated(2)
    text = text_of(replace(measured, course=replace(measured.course, screen=asked)))
    assert "Screen before the course: 2 questions, signed by staff-1." in text
    assert "Answered with yes: Diabetes. Reason for starting: well controlled" in text


def test_what_the_protocol_lets_expect_stands_beside_the_verdict():
    early = text_of(treated(2))
    window = "nothing is expected to show before session 2 and day 14; "
    window += "from session 4 on a change may show more clearly."
    assert window in early
    before = replace(result(spots(), spots(), which=course(2, days=7)), protocol=MESOTHERAPY)
    assert "This session lies before that: a flat chart is what is expected." in text_of(before)
    assert "This session lies before that" not in early
    assert "nothing is expected" not in text_of(result(spots(), spots()))


def test_laser_days_of_darker_skin_are_told_calmly():
    laser = load_protocol("example-pigment-laser")
    first, last = laser.darkening_days
    lasered = course(2, days=(first + last) // 2, session_1={"treatment": {"technique": "laser"}})
    text = text_of(replace(result(spots(), spots(contrast=1.5), which=lasered), protocol=laser))
    assert "the treated skin may be darker for a while" in text


def test_spots_on_the_control_skin_stand_apart():
    measured = result(spots(), spots(contrast=0.7), which=replace(course(2), control=ROUND_SPOT_2))
    assert control_lesions(measured) == {2}
    after = text_of(measured).split("On the control skin, untreated")[1]
    assert after.index("Spot 2") < after.index("Photographs")
    assert "Spot 1" not in after.split("Brackets hold")[0]


def test_freckles_of_the_control_skin_are_not_shown_one_by_one():
    measured = result(spots(), spots(), which=replace(course(2), control=ROUND_SPOT_2))
    told = tuple(
        PopulationSession(n, 1, Measured(2, 0.1, Unit.PER_SQUARE_CENTIMETRE), None, None, None) for n in (1, 2)
    )
    freckled = replace(measured, population=Population(3.0, frozenset({1}), told))
    assert {row.lesion_id for row in single_lesions(freckled)} == {3}
    assert {row.lesion_id for row in single_lesions(measured)} == {1, 2, 3}


def test_spots_that_did_the_same_are_pointed_out_in_one_sentence():
    grown = [photograph(spot(1, area=30), spot(2, area=60), spot(3, area=30))]
    (told,) = point_out(result(spots(), grown), EN)
    assert told.sentence == "Spots 1 and 2 grew while the others did not: have them looked at."
    assert [number for number, _ in told.spots] == [1, 2]


def test_where_all_grew_no_others_are_named():
    (told,) = point_out(result(spots(), spots(area=2.0)), EN)
    assert told.sentence == "Spots 1, 2 and 3 grew: have them looked at."
    (told,) = point_out(result(spots(), spots(area=2.0)), DE)
    assert told.sentence == "Die Flecken 1, 2 und 3 sind gewachsen: bitte ansehen lassen."


def test_a_field_is_pointed_out_without_numbers():
    field = replace(result(spots(), spots(area=2.0)))
    (told,) = point_out(replace(field, course=replace(field.course, mode=Mode.FIELD)), EN)
    assert told.sentence == "The field grew: have it looked at."
    assert told.spots == ()


def test_a_merged_spot_says_so_once():
    merged = [photograph(spot(1, area=10, merged_with=(2,)), spot(2, area=20, merged_with=(1,)), spot(3, area=30))]
    text = text_of(result(spots(), merged))
    assert text.count("pixels are shared by the baseline's outlines") == 1
    assert text.count("joined with a neighbour") == 3


def test_a_course_without_card_tells_its_last_measured_session():
    measured = result(spots(), spots(contrast=0.5), exploratory=True)
    assert latest_session(measured).session == 2
    assert latest_session(measured).verdict is Verdict.NOT_MEASURABLE
    assert "relative, not calibrated" in text_of(measured)
    assert "decides the verdict" not in text_of(measured)


def test_the_method_names_errors_noise_and_what_was_left_out():
    text = text_of(result(spots(), spots(), which=course(2, session_2={"after_procedure": True})))
    method = text.split("Method and quality")[-1]
    assert "mean 1.2 ΔE00 over the photographs, worst patch 3.4 ΔE00" in method
    assert "known to 2.0 % (standard uncertainty, not in changes)" in method
    assert "pigtrack's own, found on drawn skin that did not change" in method
    assert "Session 2, 25 January 2026 Photographed after the procedure" in method
    assert "is not a certified medical device" in method
    own = result(spots(), spots())
    clinic = replace(own, settings={"noise": {"file": "clinic.toml"}})
    assert "this clinic's own, from clinic.toml" in text_of(clinic)
    assert "Nothing was left out." in text_of(clinic)


@pytest.mark.parametrize(
    ("catalogue", "said"),
    [
        (EN, "Blur: 0.52 mm, limit 0.4 mm. Focus on the skin and hold still."),
        (DE, "Unschärfe: 0,52 mm, Grenze 0,4 mm. Stellen Sie auf die Haut scharf und halten Sie die Kamera ruhig."),
    ],
)
def test_a_failed_check_is_told_with_its_value_and_what_to_do(catalogue, said):
    check = QualityCheck("blur_mm", 0.52, 0.4, QualityVerdict.REJECT, "Focus on the skin and hold still.")
    measured = result(spots(), spots())
    rejected = replace(measured.photographs[1], checks=(check,), qc_status="reject", refusal=check.remedy)
    text = text_of(replace(measured, photographs=(measured.photographs[0], rejected)), catalogue)
    assert said in text
    assert text.count(said.split(". ")[1]) == 1


def test_headings_follow_one_another_and_every_link_leads_somewhere():
    html = render_report(treated(3), catalogue=EN, version="0.1.0")
    levels = [int(each) for each in re.findall(r"<h([1-6])", html)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))
    targets = re.findall(r'href="#([\w-]+)"', html)
    assert targets
    assert set(targets) <= set(re.findall(r'\bid="([\w-]+)"', html))
    anchors = re.findall(r'\bid="([\w-]+)"', html)
    assert len(anchors) == len(set(anchors))


def test_every_table_heads_its_columns_and_rows():
    html = render_report(treated(3), catalogue=EN, version="0.1.0")
    assert all("scope=" in head for head in re.findall(r"<th\b[^>]*>", html))


def without_card(sessions=3):
    return result(*(spots(contrast=1 + 0.2 * n) for n in range(sessions)), which=course(sessions), exploratory=True)


@pytest.mark.parametrize("catalogue", [EN, DE], ids=["en", "de"])
def test_without_a_card_nothing_is_called_matched_or_calibrated(catalogue):
    text = text_of(without_card(), catalogue, pictures=PAIR)
    assert catalogue.say("report.pair.text_relative") in text
    assert catalogue.say("report.method.colour_text_relative") in text
    assert catalogue.say("report.pair.text") not in text
    assert catalogue.say("report.method.colour_text") not in text


def test_without_a_card_no_spot_is_said_to_have_darkened():
    assert point_out(without_card(), EN) == ()


def test_what_holds_of_every_session_is_said_once():
    text = text_of(without_card())
    meaning = QualityFlag.EXPLORATORY.meaning
    assert f"Of every session: {meaning}" in text
    assert text.count(meaning) == 1


def test_one_session_has_no_course_to_show():
    html = render_report(result(spots()), PAIR, catalogue=EN, version="0.1.0")
    assert EN.say("report.and_change") not in html
    assert 'id="timeline"' not in html


@pytest.mark.parametrize("catalogue", [EN, DE], ids=["en", "de"])
def test_of_a_field_no_word_speaks_of_spots(catalogue):
    which = replace(course(2), mode=Mode.FIELD)
    text = text_of(replace(result(spots(), spots(contrast=0.8)), course=which), catalogue)
    assert not re.search(r"\b(spots?|Fleck\w*)\b", text)


def test_no_page_says_none_and_no_section_is_empty():
    for measured in (without_card(), without_card(1), result(spots()), treated(4)):
        html = render_report(measured, PAIR, catalogue=EN, version="0.1.0")
        assert not re.search(r"\b(None(?! was recorded)|nan)\b", html)
        assert not re.search(r"</h2>\s*</section>|<p[^>]*>\s*</p>|<ul[^>]*>\s*</ul>|<dd>\s*</dd>", html)


def test_a_session_without_a_usable_photograph_is_not_said_to_show_no_spots():
    assert "0 spots" not in text_of(result(spots(), [], spots()))
