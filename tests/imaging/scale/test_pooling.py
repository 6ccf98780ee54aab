"""One scale for a course, from the cards of all its photographs."""

import numpy as np
import pytest

from pigtrack.imaging.scale import ScaleClue, place_in_photograph, pool_scales, registered_ratio
from pigtrack.model.photograph import Registration, WorkingGrid

FRAME = WorkingGrid((1200, 1000), (50.0, 80.0), 2.0, 0.0625)


def clues(*percent, u=0.01):
    return [ScaleClue(number, 0.05 * (1 + each / 100), u) for number, each in enumerate(percent, start=1)]


def test_one_photograph_is_taken_at_its_word():
    pooled = pool_scales(clues(0.0))
    assert pooled.mm_per_px == pytest.approx(0.05)
    assert pooled.u_own == pytest.approx(0.01)
    assert np.isnan(pooled.away).all()


def test_sessions_that_agree_make_the_scale_surer():
    pooled = pool_scales(clues(0.3, -0.4, 0.1, -0.2))
    assert pooled.mm_per_px == pytest.approx(0.05, rel=2e-3)
    assert 0.003 < pooled.u_own < 0.0055
    assert (np.abs(pooled.away) < pooled.limits).all()


def test_a_card_that_leaned_is_named_with_its_error_and_does_not_pull_the_rest():
    pooled = pool_scales(clues(0.2, -0.3, 9.0, 0.1, 0.0))
    assert pooled.mm_per_px == pytest.approx(0.05, rel=0.005)
    assert pooled.away[2] == pytest.approx(0.09, abs=0.006)
    assert list(np.abs(pooled.away) > pooled.limits) == [False, False, True, False, False]


def test_of_two_that_differ_neither_is_preferred():
    pooled = pool_scales(clues(0.0, 8.0))
    assert (np.abs(pooled.away) > pooled.limits).all()
    assert pooled.u_own > 0.01


def test_shots_of_one_session_count_once_as_the_card_lay_the_same():
    shots = [ScaleClue(1, 0.05, 0.01)] * 5
    assert pool_scales(shots).u_own == pytest.approx(0.01)
    assert pool_scales([*shots, ScaleClue(2, 0.051, 0.01)]).mm_per_px == pytest.approx(0.0505, rel=1e-4)


def test_a_surer_clue_counts_more():
    pooled = pool_scales([ScaleClue(1, 0.05, 0.002), ScaleClue(2, 0.051, 0.01)])
    assert pooled.mm_per_px < 0.0502


def test_no_clue_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        pool_scales([])


def test_the_uncertainty_of_the_pooled_scale_is_what_its_errors_are():
    rng = np.random.default_rng(3)
    ratios = []
    for _ in range(400):
        pooled = pool_scales(clues(*rng.normal(0, 1.0, 4)))
        ratios.append(np.log(pooled.mm_per_px / 0.05) / pooled.u_own)
    assert 0.85 < np.sqrt(np.mean(np.square(ratios))) < 1.2


def seen(homography):
    """Registration of a photograph whose pixels are ``homography`` of the baseline's."""
    rows, columns = np.mgrid[:76, :64] * 16.0
    upright = np.stack([columns, rows], axis=-1) * FRAME.step + FRAME.origin
    lifted = upright @ homography[:, :2].T + homography[:, 2]
    return Registration(lifted[..., :2] / lifted[..., 2:], 16, 1.0, 0.1, 1.0)


@pytest.mark.parametrize("point", [(500.0, 600.0), (20.0, 30.0), (990.0, 1190.0)])
def test_the_ratio_is_taken_where_the_scale_is_wanted(point):
    tilted = np.array([[1.1, 0.02, 5.0], [-0.03, 1.05, -9.0], [4e-5, -3e-5, 1.0]])
    upright = np.array(point) * FRAME.step + FRAME.origin
    depth = tilted[2, :2] @ upright + 1
    truth = np.sqrt(np.linalg.det(tilted) / depth**3)
    assert registered_ratio(seen(tilted), FRAME, np.array(point)) == pytest.approx(truth, rel=5e-4)


def test_noise_of_the_registration_is_smoothed():
    registration = seen(np.eye(3))
    noise = np.random.default_rng(0).normal(0, 0.5, registration.to_photograph.shape)
    noisy = Registration(registration.to_photograph + noise, 16, 1.0, 0.5, 1.0)
    assert registered_ratio(noisy, FRAME, np.array([500.0, 600.0])) == pytest.approx(1.0, abs=5e-4)


def test_a_frame_of_a_few_nodes_still_has_a_ratio():
    nodes = np.stack(np.meshgrid([0.0, 16.0, 32.0], [0.0, 16.0, 32.0]), axis=-1) * 3.0
    tiny = WorkingGrid((33, 33), (0.0, 0.0), 1.0, 0.1)
    assert registered_ratio(Registration(nodes, 16, 9.0, 0.0, 1.0), tiny, np.array([16.0, 16.0])) == pytest.approx(3.0)


def test_the_point_is_found_again():
    assert place_in_photograph(seen(np.diag([2.0, 2.0, 1.0])), np.array([100.0, 50.0])) == pytest.approx((500, 360))
