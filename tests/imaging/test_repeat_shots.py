"""What single shots come to, and how far they scatter."""

from dataclasses import replace

import numpy as np
import pytest
from simulated_course import photograph, spot

from pigtrack.imaging.change import measure_repeatability, pool_spread, total_shots
from pigtrack.imaging.link import link_lesions
from pigtrack.model.course import Endpoint
from pigtrack.model.quantity import Measured, Unit
from pigtrack.model.repeatability import ReplicateKind


def drawn(seed, *, sessions=30, shots=3, scatter=0.03):
    rng = np.random.default_rng(seed)

    def shot():
        return photograph(*(spot(number + 1, area=10 * np.exp(rng.normal(0, scatter)), u=1e-4) for number in range(4)))

    return link_lesions([[shot() for _ in range(shots)] for _ in range(sessions)])


def areas(shots):
    sessions = sorted({each.session for each in shots})
    return [[each.area_mm2 for each in shots if each.session == session] for session in sessions]


def test_the_scatter_of_sessions_is_the_one_they_were_drawn_with_and_the_one_that_repeatability_tells():
    linked = drawn(1)
    found = pool_spread(areas(total_shots(linked, reseated=True)))
    assert found.value == pytest.approx(0.03 / 2, rel=0.15)
    assert found.degrees == 30 * 2
    told = measure_repeatability([linked], kind=ReplicateKind.RESEATED)
    same = next(each.total for each in told.endpoints if each.endpoint is Endpoint.AREA)
    assert (found.value, found.low, found.high) == pytest.approx((same.value, same.low, same.high), rel=0.02)


def test_the_interval_holds_the_truth_in_95_of_100_clinics():
    found = [pool_spread(areas(total_shots(drawn(seed, sessions=6), reseated=False))) for seed in range(200)]
    assert 0.91 <= np.mean([each.low <= 0.015 <= each.high for each in found]) <= 0.985


def test_as_many_shots_in_every_session_it_is_the_root_of_the_mean_of_squared_coefficients_of_variation():
    groups = np.exp(np.random.default_rng(2).normal(0, 0.02, (50, 3)))
    each = groups.std(axis=1, ddof=1) / groups.mean(axis=1)
    assert pool_spread(groups.tolist()).value == pytest.approx(np.sqrt(np.mean(each**2)), rel=0.01)


def test_sums_are_over_the_lesions_that_stand_clear_in_every_shot():
    first, second = (photograph(spot(1, area=10.0, u=0.1), spot(2, area=size, u=0.5)) for size in (4.0, 1.0))
    one, other = total_shots(link_lesions([[first, second]]), reseated=False)
    assert (one.area_mm2, other.area_mm2, one.area_lesions, other.area_lesions) == (10.0, 10.0, 1, 1)
    assert (one.session, one.shot, other.shot, one.reseated) == (1, 1, 2, False)


def test_one_shot_and_skin_without_a_size_tell_nothing():
    assert total_shots(drawn(3, sessions=2, shots=1), reseated=True) == ()
    linked = drawn(3, sessions=1)
    session = linked.sessions[0]
    spots = [replace(each.spot, area=Measured(900.0, 1.0, Unit.SQUARE_PIXEL)) for each in session.lesions]
    lesions = tuple(replace(each, spot=new) for each, new in zip(session.lesions, spots, strict=True))
    assert total_shots(replace(linked, sessions=(replace(session, lesions=lesions),)), reseated=True) == ()


def test_nothing_and_single_values_have_no_scatter():
    for groups in ([], [[1.0]], [[1.0, 2.0], [1.0]]):
        with pytest.raises(ValueError, match="two values"):
            pool_spread(groups)
