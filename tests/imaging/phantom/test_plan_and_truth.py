"""The phantom's plan, and what it says is true."""

from dataclasses import asdict
from functools import cache

import numpy as np
import pytest

from pigtrack.imaging.colour import ita
from pigtrack.imaging.phantom import ChangeKind, Nuisance, PhantomPlan, plan_course, session_truth
from pigtrack.imaging.phantom.lesions import Blob, Fate, LesionState, PlannedLesion, blob_area_mm2
from pigtrack.imaging.phantom.marks import surround
from pigtrack.imaging.phantom.texture import grow_texture
from pigtrack.imaging.phantom.truth import RASTER_MM, draw_own_map
from pigtrack.imaging.skin import TONES
from pigtrack.model.truth import TrueLesion
from pigtrack.store.reference_data import load_spectra

ITA_CLASSES = {
    "very-light": (55, 90),
    "light": (41, 55),
    "intermediate": (28, 41),
    "tan": (10, 28),
    "brown": (-30, 10),
    "dark": (-90, -30),
}
"""Chardon et al. 1991, Del Bino and Bernerd 2013."""


@cache
def truth(plan: PhantomPlan, session: int) -> tuple[TrueLesion, ...]:
    return session_truth(plan_course(plan), session, load_spectra())


def drawn_area(blob: Blob, *, grain: float) -> float:
    lesion = PlannedLesion(1, Fate.STAY, False, (LesionState(0.035, (blob,)),), grain)
    return float(draw_own_map(lesion, 1, grow_texture(1)).mask.sum() * RASTER_MM**2)


@pytest.mark.parametrize("radius", [0.75, 1.5, 4.0])
def test_a_drawn_disc_has_the_area_of_a_disc(radius):
    assert drawn_area(Blob((30.0, 40.0), radius, 0.3), grain=0.0) == pytest.approx(np.pi * radius**2, rel=0.01)


def test_an_irregular_outline_has_the_area_of_its_formula():
    blob = Blob((30.0, 40.0), 3.0, 0.3, ((0.15, 0.3), (-0.08, 2.0), (0.05, 1.0)))
    assert drawn_area(blob, grain=0.0) == pytest.approx(blob_area_mm2(blob), rel=0.01)


def test_the_grain_of_the_pigment_hardly_moves_the_outline():
    blob = Blob((30.0, 40.0), 3.0, 0.3)
    assert drawn_area(blob, grain=0.08) == pytest.approx(np.pi * 9, rel=0.01)


@pytest.mark.parametrize("tone", TONES)
def test_every_tone_lies_in_its_class_of_the_typology_angle(tone):
    low, high = ITA_CLASSES[tone]
    ring = truth(PhantomPlan(tone=tone), 1)[0].ring_lab
    assert low < float(ita(np.array(ring))) < high


@pytest.mark.parametrize("tone", ["light", "tan", "dark"])
def test_a_static_course_has_the_same_truth_in_every_session(tone):
    plan = PhantomPlan(tone=tone, change=ChangeKind.STATIC)
    assert truth(plan, 1) == truth(plan, 3)


@pytest.mark.parametrize("nuisance", [Nuisance.REDNESS, Nuisance.BRUISE, Nuisance.LAMP, Nuisance.STRAIN])
def test_more_blood_another_lamp_or_a_stretch_leave_the_truth_alone(nuisance):
    struck = PhantomPlan(nuisances=frozenset({nuisance}))
    assert truth(struck, 2) == truth(PhantomPlan(), 2)


@pytest.mark.parametrize("tone", ["light", "tan", "dark"])
def test_each_fate_does_what_its_name_says(tone):
    plan = PhantomPlan(tone=tone)
    first, last = truth(plan, 1), truth(plan, 3)
    seen = set()
    for before, after in zip(first, last, strict=True):
        seen.add(before.fate)
        area, contrast = _ratio(after.area_mm2, before.area_mm2), _ratio(after.delta_mi, before.delta_mi)
        assert _as_fated(Fate(before.fate), area, contrast), (before, after)
    assert seen == {fate.value for fate in Fate}


def _ratio(after: float, before: float) -> float:
    return after / before if before else float("inf")


def _as_fated(fate: Fate, area: float, contrast: float) -> bool:
    same_area, same_contrast = abs(area - 1) < 0.01, abs(contrast - 1) < 0.1  # small spots are mostly edge
    return {
        Fate.STAY: same_area and same_contrast,
        Fate.FADE: same_area and contrast < 0.85,
        Fate.SHRINK: area < 0.8 and same_contrast,
        Fate.BOTH: area < 0.9 and contrast < 0.95,
        Fate.GROW: area > 1.25 and same_contrast,
        Fate.MERGE: area > 1.2 and same_contrast,
        Fate.SPLIT: area < 0.8,
        Fate.APPEAR: area == float("inf"),
    }[fate]


@pytest.mark.parametrize("change", [ChangeKind.FADE, ChangeKind.SHRINK, ChangeKind.BOTH])
def test_a_named_change_befalls_every_treated_lesion_and_no_control(change):
    plan = PhantomPlan(change=change)
    for before, after in zip(truth(plan, 1), truth(plan, 3), strict=True):
        assert (after.pigment_load == before.pigment_load) == before.control
        assert after.pigment_load <= before.pigment_load


def test_load_is_the_sum_of_contrast_over_the_spot():
    for lesion in truth(PhantomPlan(tone="light", change=ChangeKind.STATIC), 1):
        assert lesion.pigment_load == pytest.approx(lesion.delta_mi * lesion.area_mm2, rel=0.2)


def test_lesions_of_fifty_seeds_keep_their_distance():

    for seed in range(50):
        lesions = [lesion for lesion in plan_course(PhantomPlan(seed=seed)).lesions if lesion.fate is not Fate.MERGE]
        circles = np.array([surround(lesion) for lesion in lesions])
        gaps = np.hypot(*(circles[:, None, :2] - circles[None, :, :2]).T) - circles[:, 2] - circles[:, None, 2]
        np.fill_diagonal(gaps, np.inf)
        assert gaps.min() > 1.0, seed


def test_a_plan_outside_its_ranges_is_refused():
    for wrong in ({"seed": -1}, {"tone": "green"}, {"sessions": 0}, {"shots": 0}, {"megapixels": 100.0}):
        with pytest.raises(ValueError, match="must"):
            PhantomPlan(**wrong)


def test_equal_plans_give_equal_courses():
    assert asdict(plan_course(PhantomPlan(seed=9))) == asdict(plan_course(PhantomPlan(seed=9)))
    assert plan_course(PhantomPlan(seed=9)).lesions != plan_course(PhantomPlan(seed=10)).lesions
