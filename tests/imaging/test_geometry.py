import numpy as np
import pytest

from pigtrack.imaging.card.refine import card_points
from pigtrack.imaging.geometry import apply_homography, bounding_box, fit_homography
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


def test_a_box_stays_in_the_picture():
    polygon = np.array([[-5.0, 10.2], [50.0, 10.0], [200.0, 80.0]])
    assert bounding_box(polygon, (60, 100)) == (0, 10, 100, 60)
