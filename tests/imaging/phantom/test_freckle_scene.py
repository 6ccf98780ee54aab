"""Freckles are strewn as asked, keep apart, and change as the plan says."""

import numpy as np
import pytest

from pigtrack.imaging.phantom import ChangeKind, PhantomPlan, plan_course
from pigtrack.imaging.phantom.layout import CONTROL_MM, REGION_MM


def freckles(**asked):
    return plan_course(PhantomPlan(**{"freckles": 120, "sessions": 2, **asked})).lesions


def placed(lesions):
    return np.array([[*each.states[0].blobs[0].centre, each.states[0].blobs[0].radius] for each in lesions])


def test_as_many_as_asked_lie_on_the_treated_skin_and_as_densely_on_the_control():
    treated, control = ([each for each in freckles() if each.control is side] for side in (False, True))
    assert len(treated) == 120
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (REGION_MM, CONTROL_MM)]
    assert len(control) == round(120 * areas[1] / areas[0])
    for lesions, (left, top, right, bottom) in ((treated, REGION_MM), (control, CONTROL_MM)):
        x, y, _ = placed(lesions).T
        assert ((x > left) & (x < right) & (y > top) & (y < bottom)).all()


@pytest.mark.parametrize("count", [120, 500])
def test_bare_skin_lies_between_any_two(count):
    x, y, radius = placed(freckles(freckles=count, seed=3)).T
    gaps = np.hypot(x - x[:, None], y - y[:, None]) - radius - radius[:, None] + 9 * np.eye(len(x))
    assert gaps.min() > 0.8


def test_sizes_are_those_of_freckles():
    diameters = 2 * placed(freckles(freckles=400)).T[2]
    assert np.median(diameters) == pytest.approx(1.8, rel=0.05)
    assert diameters.min() > 0.8
    assert diameters.max() < 4.5


def test_unchanged_freckles_stay_and_controls_always_do():
    for each in freckles(change=ChangeKind.STATIC):
        assert each.states[0] == each.states[-1]
    assert all(each.states[0] == each.states[-1] for each in freckles(change=ChangeKind.FADE) if each.control)


@pytest.mark.parametrize("change", [ChangeKind.FADE, ChangeKind.SHRINK, ChangeKind.BOTH])
def test_a_wanted_fall_takes_as_much_of_every_freckle(change):
    for each in freckles(change=change, fall=30.0):
        first, last = (state.melanin * state.blobs[0].radius ** 2 for state in each.states)
        assert last / first == pytest.approx(1.0 if each.control else 0.7)


def test_the_same_plan_gives_the_same_freckles_and_too_many_are_refused():
    assert freckles(seed=5) == freckles(seed=5)
    assert freckles(seed=5) != freckles(seed=6)
    with pytest.raises(ValueError, match="freckles must be 0 to 500"):
        PhantomPlan(freckles=501)
