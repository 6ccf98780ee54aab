"""The phantom's melasma: soft, mottled, faint; its truth is the map that was drawn."""

from dataclasses import replace

import numpy as np
import pytest

from pigtrack.imaging.phantom import ChangeKind, PhantomPlan, Scene, field_truth, plan_course
from pigtrack.imaging.phantom.field import MELANIN, STEP_MM, draw_field
from pigtrack.store.reference_data import load_spectra

PLAN = PhantomPlan(seed=5, scene=Scene.MELASMA, change=ChangeKind.STATIC, megapixels=0.5)
TABLES = load_spectra()


def truths(**changes):
    course = plan_course(replace(PLAN, **changes))
    return [field_truth(course, session, TABLES) for session in range(1, course.plan.sessions + 1)]


def test_a_course_of_melasma_has_a_field_and_no_lesions():
    course = plan_course(PLAN)
    assert course.lesions == ()
    assert len(course.field.patches) == 3
    assert plan_course(replace(PLAN, scene=Scene.SPOTS)).field is None


def test_its_pigment_is_faint_and_fades_over_millimetres():
    added = draw_field(plan_course(PLAN).field, 1)
    assert 1.2 * MELANIN < added.max() < 3 * MELANIN
    assert np.abs(np.diff(added, axis=1)).max() / STEP_MM < MELANIN / 0.4


@pytest.mark.parametrize("tone", ["light", "tan", "dark"])
def test_a_static_field_stays_in_every_tone(tone):
    first, *later = truths(tone=tone)
    assert first.load > 3000
    assert all(each.load == first.load for each in later)
    assert first.half_area_mm2 == later[-1].half_area_mm2


@pytest.mark.parametrize("change", [ChangeKind.FADE, ChangeKind.SHRINK, ChangeKind.BOTH])
def test_a_wanted_fall_is_the_fall_of_the_load(change):
    first, _, last = truths(change=change, fall=20.0)
    assert last.load / first.load == pytest.approx(0.8, abs=0.05)


def test_the_load_is_the_sum_of_the_map():
    truth = truths()[0]
    assert np.nansum(truth.delta_mi) * STEP_MM**2 == pytest.approx(truth.load)
    assert np.isnan(truth.delta_mi).any()


def test_spots_have_no_field_truth():
    with pytest.raises(ValueError, match="must have a field"):
        field_truth(plan_course(replace(PLAN, scene=Scene.SPOTS)), 1, TABLES)
