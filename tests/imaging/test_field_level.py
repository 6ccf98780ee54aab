"""Skin in cells reads melanin: no slope of the light, no blush, and no field taken for light."""

import numpy as np
import pytest
from drawn_field import CONTROL, REGION, cells_of_course, photograph

from pigtrack.imaging.field import cell_shape, cells_of

SKINS = ("light", "tan", "dark")
LEANING = {"light": 0.05, "tan": 0.08, "dark": 0.22}
"""What a slope of 30 % over 50 mm, six times a ward's, may leave before clear skin tells the background."""


def apart(cells):
    shape = cells.valid.shape
    region, control = cells_of(REGION, shape), cells_of(CONTROL, shape)
    return float(cells.melanin[region].mean() - np.median(cells.melanin[control]))


@pytest.mark.parametrize("tone", SKINS)
def test_a_slope_of_the_light_moves_no_melanin(tone):
    even, sloping = cells_of_course(photograph(tone), photograph(tone, slope=0.3))
    assert apart(sloping) == pytest.approx(apart(even), rel=LEANING[tone])


@pytest.mark.parametrize("tone", SKINS)
def test_a_field_is_not_taken_for_light(tone):
    with_field, bare = cells_of_course(photograph(tone), photograph(tone, ()))
    assert np.abs(with_field.light - bare.light).max() < 0.02
    assert apart(with_field) - apart(bare) > 0.7


@pytest.mark.parametrize("tone", SKINS)
def test_a_blush_moves_erythema_and_hardly_any_melanin(tone):
    pale, flushed = cells_of_course(photograph(tone), photograph(tone, blood_gain=1.3))
    assert apart(flushed) == pytest.approx(apart(pale), rel=0.06)
    assert np.median(flushed.erythema - pale.erythema) > 1


def test_hidden_pixels_count_for_nothing():
    image = photograph()
    image.valid[200:260, 100:300] = False
    image.linear[200:260, 100:300] = 7.0
    spoilt, whole = cells_of_course(image, photograph())
    assert not spoilt.valid[28:33, 15:38].any()
    seen = spoilt.valid
    assert np.abs(spoilt.melanin - whole.melanin)[seen].max() < 2.0


def test_cells_are_half_a_millimetre_and_never_smaller_than_pixels():
    assert cell_shape((600, 760), mm_per_px=1 / 15) == (80, 101)
    assert cell_shape((60, 76), mm_per_px=1.0) == (60, 76)
