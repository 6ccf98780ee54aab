"""A wanted size of fall, and shots that are each set up anew."""

from dataclasses import replace

import numpy as np
import pytest

from pigtrack.imaging.phantom import ChangeKind, PhantomPlan
from pigtrack.imaging.phantom.condition import plan_condition
from pigtrack.imaging.phantom.lesions import blob_area_mm2, plan_lesions
from pigtrack.imaging.skin import TONES


def pigment(state):
    return state.melanin * sum(map(blob_area_mm2, state.blobs))


@pytest.mark.parametrize("tone", ["light", "tan", "dark"])
@pytest.mark.parametrize("change", [ChangeKind.FADE, ChangeKind.SHRINK, ChangeKind.BOTH])
def test_every_treated_lesion_falls_evenly_by_the_wanted_share_and_control_lesions_stay(change, tone):
    assert tone in TONES
    for lesion in plan_lesions(PhantomPlan(seed=3, tone=tone, change=change, fall=20.0)):
        left = np.array([pigment(state) for state in lesion.states]) / pigment(lesion.states[0])
        np.testing.assert_allclose(left, [1, 1, 1] if lesion.control else [1, 0.9, 0.8], rtol=1e-9)


def test_fading_keeps_the_outline_and_shrinking_the_darkness():
    for change, kept in ((ChangeKind.FADE, lambda s: s.blobs), (ChangeKind.SHRINK, lambda s: s.melanin)):
        for lesion in plan_lesions(PhantomPlan(change=change, fall=30.0)):
            assert kept(lesion.states[0]) == kept(lesion.states[-1])


def test_a_fall_moves_no_lesion_from_where_it_lies_without():
    free, wanted = (plan_lesions(PhantomPlan(seed=5, change=ChangeKind.FADE, fall=fall)) for fall in (None, 10.0))
    assert [lesion.states[0] for lesion in free] == [lesion.states[0] for lesion in wanted]


@pytest.mark.parametrize("wrong", [{"fall": 0.0}, {"fall": 100.0}, {"fall": 20.0, "change": ChangeKind.STATIC}])
def test_a_fall_that_cannot_be_is_refused(wrong):
    with pytest.raises(ValueError, match="fall"):
        PhantomPlan(**{"change": ChangeKind.FADE, **wrong})


def test_reseated_shots_differ_in_card_skin_and_lamp_and_others_in_the_hand_alone():
    plan = PhantomPlan(shots=2, reseated=True)
    for session in (1, 2):
        first, second = (plan_condition(plan, session, shot, 15.0) for shot in (1, 2))
        assert first.card != second.card
        assert first.deformation != second.deformation
        assert first.lamp_direction != second.lamp_direction
        left, moved = (plan_condition(replace(plan, reseated=False), session, shot, 15.0) for shot in (1, 2))
        assert (left.card, left.deformation, left.gradient) == (moved.card, moved.deformation, moved.gradient)
        assert left.pose != moved.pose


def test_the_first_shot_is_the_same_reseated_or_not():
    for session in (1, 2, 3):
        alone, first = (plan_condition(PhantomPlan(shots=n, reseated=n > 1), session, 1, 15.0) for n in (1, 3))
        assert alone == first
