"""The benchmark's figures on cases made by hand."""

from dataclasses import replace

import numpy as np
import pytest

from pigtrack.bench.cases import ChangeCase, LesionCase, OutlineCase, PhotographCase
from pigtrack.bench.figures import CourseCases, compute_figures

OUTLINE = OutlineCase("c", 1, "a.jpg", 1, True, 4.0, 8.0, 1, 0.9)
LESION = LesionCase("c", 1, 1, 1, True, False, 4.0, 8.0, 2.0, 0.2, -0.5, 4.0, 1.0, 2.0)
PHOTOGRAPH = PhotographCase("c", 1, "a.jpg", True, True, 0.004, -0.5, np.nan, np.nan, 0)
CHANGE = ChangeCase("c", 2, 1, "load", True, 0.0, 1.0, -5.0, 7.0, "no_detectable_change")
COURSE = CourseCases(
    course="c", scenario="ward", tone="light", change="static", seed=1, outlines=(OUTLINE,), lesions=(LESION,),
    photographs=(PHOTOGRAPH,), changes=(CHANGE,), wrongly_found=(False,), seconds_per_photograph=2.0,
)  # fmt: skip


def figures(*courses: CourseCases) -> dict[str, float | None]:
    return {each.name: each.value for each in compute_figures(courses)}


def test_names_are_unique_and_each_figure_has_its_unit():
    found = compute_figures([COURSE])
    assert len({each.name for each in found}) == len(found)
    assert all(each.unit for each in found)


def test_without_a_course_every_figure_is_none():
    assert set(figures().values()) == {None}
    empty = replace(COURSE, outlines=(), lesions=(), photographs=(), changes=(), wrongly_found=())
    told = {name for name, value in figures(empty).items() if value is not None}
    assert told == {"seconds per photograph", "unchanged: courses with a lesion pointed out"}


def test_a_course_that_went_well():
    found = figures(COURSE)
    assert found["card found"] == 100
    assert found["card right, patch centres within 1 % of the pitch"] == 100
    assert found["scale error, mean size"] == 0.5
    assert found["Dice, median"] == 0.9
    assert found["contrast error, mean size"] == 0.2
    assert found["delta MI error, mean size"] == 0.5
    assert found["unchanged: session wrongly improved"] is None  # there was no session's verdict
    assert found["unchanged: lesion wrongly called"] == 0
    assert found["95 % interval of load covers, lesions"] == 100
    assert found["identity kept"] is None  # seen once only


def test_a_missed_spot_counts_as_missed_and_leaves_dice_alone():
    missed = replace(OUTLINE, truth_id=2, lesion_id=None, dice=0.0)
    found = figures(replace(COURSE, outlines=(OUTLINE, missed)))
    assert found["lesions missed (3 mm and 2 dE00 up)"] == 50
    assert found["Dice, median"] == 0.9
    faint = replace(missed, sought=False)
    found = figures(replace(COURSE, outlines=(OUTLINE, faint)))
    assert found["lesions missed (3 mm and 2 dE00 up)"] == 0
    assert found["fainter or smaller lesions missed"] == 100


def test_a_swapped_identity_is_seen():
    seen = [replace(OUTLINE, truth_id=k, lesion_id=k) for k in (1, 2)]
    swapped = [replace(OUTLINE, session=2, truth_id=k, lesion_id=3 - k) for k in (1, 2)]
    assert figures(replace(COURSE, outlines=(*seen, *swapped)))["identity kept"] == 0
    kept = [replace(OUTLINE, session=2, truth_id=k, lesion_id=k) for k in (1, 2)]
    assert figures(replace(COURSE, outlines=(*seen, *kept)))["identity kept"] == 100


def session(verdict: str, true: float = 0.0, **changes) -> ChangeCase:
    return replace(CHANGE, truth_id=0, verdict=verdict, true_percent=true, **changes)


def test_false_verdicts_are_counted_over_unchanged_courses_only():
    wrong = tuple(session(verdict) for verdict in ("improved", "worsened", "no_detectable_change", "not_measurable"))
    found = figures(replace(COURSE, changes=wrong))
    assert found["unchanged: session wrongly improved"] == 25
    assert found["unchanged: session wrongly worsened"] == 25
    assert found["unchanged: session not measurable"] == 25
    assert figures(replace(COURSE, change="fade", changes=wrong))["unchanged: session wrongly improved"] is None


def test_only_the_primary_endpoint_s_verdicts_count():
    exploratory = session("improved", endpoint="area", primary=False)
    assert figures(replace(COURSE, changes=(exploratory,)))["unchanged: session wrongly improved"] is None


def test_one_wrong_call_spoils_a_whole_course():
    wrong = replace(CHANGE, truth_id=2, verdict="worsened")
    found = figures(replace(COURSE, changes=(CHANGE, wrong)), COURSE)
    assert found["unchanged: lesion wrongly called"] == pytest.approx(100 / 3)
    assert found["unchanged: courses with any lesion wrongly called"] == 50


def test_power_is_told_by_the_size_of_the_true_fall():
    falls = (session("no_detectable_change", -10.0), session("improved", -20.0), session("worsened", -30.0))
    found = figures(replace(COURSE, change="fade", changes=falls))
    assert found["session load fall of 7.5 to 12.5 % called"] == 0
    assert found["session load fall of 17.5 to 25 % called"] == 100
    assert found["session load fall of 25 to 35 % called"] == 0
    assert found["session load fall of 35 to 50 % called"] is None
    assert found["session area fall of 17.5 to 25 % called"] is None


def test_the_power_of_reseated_shots_stands_apart():
    found = figures(replace(COURSE, change="fade", shots=3, changes=(session("improved", -10.0),)))
    assert found["three reseated shots, session load fall of 7.5 to 12.5 % called"] == 100
    assert found["session load fall of 7.5 to 12.5 % called"] is None
    found = figures(replace(COURSE, shots=3, changes=(session("worsened"),)))
    assert found["three reseated shots, unchanged: session wrongly worsened"] == 100
    assert found["unchanged: session wrongly worsened"] is None


def test_strong_lesions_have_a_power_of_their_own():
    strong, faint = (
        replace(CHANGE, truth_id=1, true_percent=-20.0, verdict=verdict, delta_e00=contrast, diameter_mm=4.0)
        for verdict, contrast in (("improved", 6.0), ("no_detectable_change", 3.0))
    )
    found = figures(replace(COURSE, change="fade", changes=(strong, faint)))
    assert found["lesion (5 dE00 and 3 mm up) load fall of 17.5 to 25 % called"] == 100
    assert found["fainter or smaller lesion load fall of 17.5 to 25 % called"] == 0


def test_a_lesion_pointed_out_on_unchanged_skin_is_counted_by_course():
    found = figures(COURSE, replace(COURSE, referred=True), replace(COURSE, change="fade", referred=True))
    assert found["unchanged: courses with a lesion pointed out"] == 50


def test_an_interval_that_leaves_the_truth_out_does_not_cover_and_none_is_no_case():
    out = session("improved", -20.0, low=-15.0, high=-5.0)
    none = session("not_measurable", -20.0, percent=np.nan, low=np.nan, high=np.nan)
    found = figures(replace(COURSE, changes=(out, none)))
    assert found["95 % interval of load covers, sessions"] == 0
    assert found["95 % interval of load covers, lesions"] is None


def test_a_card_seen_where_there_is_none_is_counted():
    assert figures(replace(COURSE, wrongly_found=(True, False)))["card wrongly found where there is none"] == 50


def test_small_spots_have_a_figure_of_their_own():
    small = replace(LESION, sought=False, diameter_mm=2.0, area_error_percent=-30.0)
    found = figures(replace(COURSE, lesions=(LESION, small)))
    assert found["area error of 1.5 to 3 mm, median size"] == 30
    assert found["area error, median size"] == 2
