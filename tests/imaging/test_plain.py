import numpy as np
import pytest

from pigtrack.imaging.measure.plain import measure_plain
from pigtrack.model.metrics import SkinMaps

MM_PER_PX = 0.25
SHAPE = (240, 320)


def maps(melanin):
    return SkinMaps(melanin.astype(np.float32), np.zeros(SHAPE, np.float32), np.ones(SHAPE, bool))


def read(melanin, skin=None):
    return measure_plain(maps(melanin), np.ones(SHAPE, bool) if skin is None else skin, mm_per_px=MM_PER_PX)


def draw(seed, spread):
    return np.random.default_rng(seed).normal(0, spread, SHAPE)


def test_texture_that_stays_goes_out_of_the_difference_of_two_sessions():
    texture = draw(1, 3.0)
    before, now = (read(40 + texture + draw(seed, 0.5)) for seed in (2, 3))
    for first, later, texture_alone in zip(before.contrasts, now.contrasts, read(texture).contrasts, strict=True):
        assert np.nanstd(later - first) < 0.4 * np.nanstd(texture_alone)


def test_the_scatter_of_patches_is_that_of_means_over_their_pixels():
    plain = read(draw(4, 1.0))
    for diameter, contrasts in zip(plain.diameters_mm, plain.contrasts, strict=True):
        patch_px = np.pi / 4 * (diameter / MM_PER_PX) ** 2
        # A patch is an odd number of cells wide, which moves its size by up to a fifth.
        assert np.nanstd(contrasts) == pytest.approx(1 / np.sqrt(patch_px), rel=0.25)


def test_a_tan_and_a_slope_of_light_leave_patches_where_they_are():
    flat, texture = np.zeros(SHAPE), draw(5, 1.0)
    slope = np.linspace(0, 20, SHAPE[1])[None, :] + flat
    for here, there in zip(read(texture).contrasts, read(texture + slope + 7).contrasts, strict=True):
        inside = np.s_[6:-6, 6:-6]  # at the frame's edge a ring is cut, and stands lopsided on a slope
        np.testing.assert_allclose(there[inside], here[inside], atol=2e-3)


def test_places_that_show_no_plain_skin_are_told_apart():
    skin = np.ones(SHAPE, bool)
    skin[:, 160:] = False
    contrasts = read(draw(6, 1.0), skin).contrasts[0]
    assert np.isnan(contrasts[:, contrasts.shape[1] // 2 + 1 :]).all()
    assert np.isfinite(contrasts[2:-2, 2 : contrasts.shape[1] // 2 - 3]).all()
