import numpy as np
import pytest

from pigtrack.imaging.card.refine import card_points
from pigtrack.imaging.geometry import (
    apply_homography,
    bounding_box,
    fit_homography,
    measure_scale,
    scale_at,
    tilt_degrees,
)
from pigtrack.model.calibration import CardReading
from pigtrack.model.flags import QualityFlag
from pigtrack.store.reference_data import load_card

CARD = load_card("colorchecker-classic")
SHAPE = (3000, 4000)


def seen(tilt_deg, *, distance=40.0, focal=5000.0, turn_deg=20.0):
    """Homography of a card of pitch 1, `distance` pitches away, tilted about its own x axis."""
    tilt, turn = np.radians([tilt_deg, turn_deg])
    spin = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
    lean = np.array([[1, 0, 0], [0, np.cos(tilt), -np.sin(tilt)], [0, np.sin(tilt), np.cos(tilt)]])
    axes = spin @ lean
    middle = -axes[:, 0] * 2.5 - axes[:, 1] * 1.5 + np.array([1.0, -0.5, distance])
    camera = np.array([[focal, 0, (SHAPE[1] - 1) / 2], [0, focal, (SHAPE[0] - 1) / 2], [0, 0, 1]])
    homography = camera @ np.column_stack([axes[:, 0], axes[:, 1], middle])
    return homography / homography[2, 2]


def reading(homography):
    return CardReading(
        CARD, apply_homography(homography, card_points(CARD)), homography, np.ones((24, 3)), np.zeros((24, 3)),
        np.zeros(24, bool), 1.0, 0.05, 0.8,
    )  # fmt: skip


def test_a_known_homography_is_recovered():
    homography = seen(25.0)
    points = card_points(CARD)
    found = fit_homography(points, apply_homography(homography, points))
    assert found == pytest.approx(homography, rel=1e-6, abs=1e-8)


def test_noise_of_a_tenth_of_a_pixel_moves_the_grid_by_less():
    homography, points = seen(12.0), card_points(CARD)
    noisy = apply_homography(homography, points) + np.random.default_rng(0).normal(0, 0.1, (24, 2))
    found = apply_homography(fit_homography(points, noisy), points)
    assert np.abs(found - apply_homography(homography, points)).max() < 0.15


def test_three_points_are_too_few():
    with pytest.raises(ValueError, match="four"):
        fit_homography(np.eye(3)[:, :2], np.eye(3)[:, :2])


@pytest.mark.parametrize("tilt", [0.0, 6.0, 12.0, 25.0])
def test_tilt_is_right_where_the_lens_is_the_assumed_one(tilt):
    assert tilt_degrees(seen(tilt), SHAPE) == pytest.approx(tilt, abs=0.5)


@pytest.mark.parametrize("focal", [3000.0, 9000.0])
def test_tilt_is_right_to_a_third_with_another_lens(focal):
    assert tilt_degrees(seen(20.0, focal=focal, distance=40 * focal / 5000), SHAPE) == pytest.approx(20, rel=0.34)


def test_scale_is_the_pitch_over_its_pixels():
    scale = measure_scale(reading(seen(0.0)), 9.0, (2000.0, 1500.0), image_shape=SHAPE)
    assert scale.mm_per_px == pytest.approx(9.0 * 40 / 5000, rel=1e-6)
    assert 0.005 < scale.u_relative < 0.02


def test_a_camera_held_askew_costs_no_scale_and_is_told_in_the_uncertainty():
    homography = seen(15.0)
    straight = measure_scale(reading(seen(0.0)), 9.0, (2000.0, 700.0), image_shape=SHAPE)
    askew = measure_scale(reading(homography), 9.0, (2000.0, 700.0), image_shape=SHAPE)
    on_plane = apply_homography(np.linalg.inv(homography), np.array([2000.0, 700.0]))
    assert askew.mm_per_px == pytest.approx(9.0 / scale_at(homography, on_plane), rel=1e-9)
    assert askew.u_relative > straight.u_relative


def test_an_unknown_size_gives_no_millimetres_and_says_so():
    scale = measure_scale(reading(seen(5.0)), None, (2000.0, 1500.0), image_shape=SHAPE)
    assert scale.mm_per_px is None
    assert QualityFlag.CARD_SIZE_UNKNOWN in scale.flags


def test_a_box_stays_in_the_picture():
    polygon = np.array([[-5.0, 10.2], [50.0, 10.0], [200.0, 80.0]])
    assert bounding_box(polygon, (60, 100)) == (0, 10, 100, 60)
