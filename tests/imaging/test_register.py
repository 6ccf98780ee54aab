"""A known movement of drawn skin is found again, and skin that is not there is refused."""

from dataclasses import replace

import numpy as np
import pytest
from drawn_skin import MM_PER_PX, SPOTS, Spot, calibrated, draw_linear

from pigtrack.errors import RegistrationError
from pigtrack.imaging import opencv
from pigtrack.imaging.register import apply_registration, identity_registration, register_image
from pigtrack.model.flags import QualityFlag
from pigtrack.model.photograph import CalibratedImage, WorkingGrid

SHAPE = (720, 900)
LAMP = np.array([1.15, 0.95, 0.8], np.float32)


def moved(linear, *, turn_deg=6.0, zoom=1.05, shift=(25, -15), bend_px=4.0, origin=(0.0, 0.0), step=1.0):
    """A picture of the skin from another place, with the frame's x, y of each of its pixels."""
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]].astype(np.float64)
    turn = np.radians(turn_deg)
    u, v = (x - shift[0] - SHAPE[1] / 2) / zoom, (y - shift[1] - SHAPE[0] / 2) / zoom
    frame_x = np.cos(turn) * u + np.sin(turn) * v + SHAPE[1] / 2 + bend_px * np.sin(y / 140)
    frame_y = -np.sin(turn) * u + np.cos(turn) * v + SHAPE[0] / 2 + bend_px * np.cos(x / 160)
    picture = opencv.remap_linear(linear, frame_x.astype(np.float32), frame_y.astype(np.float32))
    inside = (frame_x >= 0) & (frame_y >= 0) & (frame_x <= SHAPE[1] - 1) & (frame_y <= SHAPE[0] - 1)
    slope = (0.8 + 0.4 * x / SHAPE[1]).astype(np.float32)[..., None]
    grid = WorkingGrid(SHAPE, origin, step, MM_PER_PX / zoom)
    image = CalibratedImage(picture * slope * LAMP, inside, grid)
    return image, np.stack([frame_x, frame_y], axis=-1)


def error_mm(registration, truth, grid):
    """Distance at each node between the frame point and the frame point that is really shown there."""
    working = (registration.to_photograph - grid.origin) / grid.step
    x, y = working[..., 0].astype(np.float32), working[..., 1].astype(np.float32)
    shown = [opencv.remap_linear(truth[..., k].astype(np.float32), x, y, outside=np.nan) for k in (0, 1)]
    j, i = np.mgrid[: x.shape[0], : x.shape[1]] * registration.grid_step
    away = np.hypot(shown[0] - i, shown[1] - j)
    within = np.isfinite(away) & (i < SHAPE[1]) & (j < SHAPE[0])
    return away[within] * MM_PER_PX


@pytest.mark.parametrize("tone", ["light", "tan", "dark"])
def test_a_known_movement_is_found_again_under_another_lamp(tone):
    baseline = calibrated(draw_linear(tone, shape=SHAPE, seed=1))
    image, truth = moved(draw_linear(tone, shape=SHAPE, seed=2, blood_gain=1.3), origin=(120.0, 40.0), step=1.5)
    registration = register_image(baseline, image)
    away = error_mm(registration, truth, image.grid)
    assert np.sqrt(np.mean(away**2)) < 0.1
    assert registration.error_px * MM_PER_PX < 0.15
    assert registration.area_ratio == pytest.approx((1.05 * 1.5) ** 2, rel=0.01)
    assert 0.7 < registration.overlap < 1


@pytest.mark.parametrize("tone", ["light", "tan", "dark"])
def test_a_channel_full_of_noise_does_not_drown_the_skin_in_the_others(tone):
    rng = np.random.default_rng(3)
    baseline = calibrated(with_noisy_blue(draw_linear(tone, shape=SHAPE, seed=1), rng))
    image, truth = moved(with_noisy_blue(draw_linear(tone, shape=SHAPE, seed=2), rng))
    registration = register_image(baseline, image)
    assert np.sqrt(np.mean(error_mm(registration, truth, image.grid) ** 2)) < 0.15


def with_noisy_blue(linear, rng):
    """As a camera's matrix leaves it: blue shows little but noise, a tenth of it, turned round, in green."""
    noise = (0.5 * linear.mean() * rng.standard_normal(linear.shape[:2])).astype(np.float32)
    return np.maximum(linear + noise[..., None] * np.array([0.0, -0.1, 1.0], np.float32), np.float32(1e-3))


def test_the_registered_picture_shows_the_baseline_skin():
    linear = draw_linear("light", shape=SHAPE, seed=1, noise=0.002)
    image, _ = moved(linear)
    baseline = calibrated(linear)
    laid = apply_registration(image, register_image(baseline, image), baseline.grid)
    ratio = np.log(laid.linear[laid.valid]) - np.log(linear[laid.valid])
    assert laid.valid.mean() > 0.8
    assert np.std(ratio[:, 1] - ratio[:, 0]) < 0.02


def local_area(registration, x_mm, y_mm, reach=3):
    """Photograph pixels² per frame pixel² over a square of six nodes about a place of the frame."""
    nodes = registration.to_photograph
    row, column = (round(each / MM_PER_PX / registration.grid_step) for each in (y_mm, x_mm))
    (a, b), (c, d) = nodes[row - reach : row + reach + 1 : 2 * reach, column - reach : column + reach + 1 : 2 * reach]
    across, down = (b - a + d - c) / 2, (c - a + d - b) / 2
    return float(np.linalg.det(np.stack([across, down]))) / (2 * reach * registration.grid_step) ** 2


@pytest.mark.parametrize("tone", ["light", "tan", "dark"])
@pytest.mark.parametrize("what", ["shrinks", "fades"])
def test_a_spot_that_shrinks_by_three_fifths_or_fades_away_does_not_pull_the_skin_along(tone, what):
    later = Spot(46, 38, 3.0 * 0.4**0.5, 0.035) if what == "shrinks" else Spot(46, 38, 3.0, 0.0)
    baseline = calibrated(draw_linear(tone, (*SPOTS, Spot(46, 38, 3.0, 0.035)), shape=SHAPE, seed=1))
    image, truth = moved(draw_linear(tone, (*SPOTS, later), shape=SHAPE, seed=2), bend_px=0.0)
    registration = register_image(baseline, image)
    assert local_area(registration, 46, 38) == pytest.approx(1.05**2, rel=0.01)
    assert error_mm(registration, truth, image.grid).max() < 0.3


@pytest.mark.parametrize("tone", ["light", "tan", "dark"])
def test_skin_stretched_by_three_percent_is_followed_and_its_local_areas_are_right(tone):
    baseline = calibrated(draw_linear(tone, shape=SHAPE, seed=1))
    image, truth = moved(draw_linear(tone, shape=SHAPE, seed=2), turn_deg=0.0, zoom=1.0, shift=(0, 0), bend_px=4.5)
    registration = register_image(baseline, image)
    away = error_mm(registration, truth, image.grid)
    assert away.mean() < 0.1
    assert np.percentile(away, 95) < 0.2
    ratios = [local_area(registration, spot.x_mm, spot.y_mm) for spot in SPOTS]
    assert ratios == pytest.approx([1.0] * len(SPOTS), rel=0.01)


def test_dark_skin_drowned_in_noise_is_found_by_its_spots():
    rng = np.random.default_rng(5)
    spots = tuple(Spot(x, y, 1.8, 0.05) for x, y in rng.uniform((6, 6), (54, 42), (14, 2)))
    baseline = calibrated(draw_linear("dark", spots, shape=SHAPE, seed=1, texture=0.2))
    linear = draw_linear("dark", spots, shape=SHAPE, seed=2, texture=0.2)
    noise = (0.3 * linear.mean() * rng.standard_normal(linear.shape)).astype(np.float32)
    image, truth = moved(np.maximum(linear + noise, np.float32(1e-3)))
    registration = register_image(baseline, image)
    away = error_mm(registration, truth, image.grid)
    assert away.mean() < 0.2
    assert np.percentile(away, 95) < 0.5


@pytest.mark.parametrize("noise", [0.004, 0.02, 0.05])
def test_the_error_told_is_of_the_true_error_s_size(noise):
    baseline = calibrated(draw_linear("tan", shape=SHAPE, seed=1))
    image, truth = moved(draw_linear("tan", shape=SHAPE, seed=2, noise=noise))
    registration = register_image(baseline, image)
    true = np.sqrt(np.mean(error_mm(registration, truth, image.grid) ** 2))
    assert true / 1.5 < registration.error_px * MM_PER_PX < 2 * true


def test_the_baseline_lies_on_itself():
    grid = WorkingGrid((333, 410), (17.5, 40.25), 1.5, 0.06)
    linear = np.random.default_rng(0).random((333, 410, 3)).astype(np.float32)
    image = CalibratedImage(linear, np.ones((333, 410), bool), grid, sharpness_px=1.2)
    laid = apply_registration(image, identity_registration(grid), grid)
    np.testing.assert_allclose(laid.linear, linear, atol=2e-4)
    assert laid.valid.all()
    assert laid.sharpness_px == pytest.approx(1.2)


def test_other_skin_is_refused():
    baseline = calibrated(draw_linear("light", shape=SHAPE, seed=1))
    other = draw_linear("light", (Spot(33, 20, 2.0), Spot(12, 38, 1.4)), shape=SHAPE, seed=2, skin_seed=5)
    with pytest.raises(RegistrationError):
        register_image(baseline, calibrated(other))


def test_mirrored_skin_is_refused():
    linear = draw_linear("light", shape=SHAPE, seed=1)
    with pytest.raises(RegistrationError):
        register_image(calibrated(linear), calibrated(np.ascontiguousarray(linear[:, ::-1])))


def test_a_blank_wall_is_refused():
    baseline = calibrated(draw_linear("light", shape=SHAPE, seed=1))
    wall = np.full((*SHAPE, 3), 0.4, np.float32)
    with pytest.raises(RegistrationError):
        register_image(baseline, calibrated(wall))


def test_a_corner_of_the_skin_is_told_of():
    linear = draw_linear("light", shape=SHAPE, seed=1)
    part = calibrated(np.ascontiguousarray(linear[:, : SHAPE[1] * 6 // 10]), origin=(0.0, 0.0))
    registration = register_image(calibrated(linear), part)
    assert registration.overlap == pytest.approx(0.6, abs=0.02)
    assert QualityFlag.OVERLAP_LOW in registration.flags


def test_sampling_between_pixels_is_told_of_as_blur():
    linear = draw_linear("light", shape=SHAPE, seed=1)
    image, _ = moved(linear, zoom=1.0)
    baseline = calibrated(linear)
    laid = apply_registration(replace(image, sharpness_px=0.7), register_image(baseline, image), baseline.grid)
    assert laid.sharpness_px == pytest.approx(np.sqrt(0.7**2 + 1 / 6), rel=0.01)


def test_the_same_photographs_give_the_same_nodes():
    baseline = calibrated(draw_linear("tan", shape=SHAPE, seed=1))
    image, _ = moved(draw_linear("tan", shape=SHAPE, seed=2))
    first, second = (register_image(baseline, image).to_photograph for _ in range(2))
    np.testing.assert_array_equal(first, second)
