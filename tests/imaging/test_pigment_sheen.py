"""Mirrored light: broad sheen is told from the baseline's skin and taken off, glare is left out."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from drawn_skin import MM_PER_PX, SHAPE, SPOTS, coverage, draw, registered

from pigtrack.imaging.pigment import fit_ruler, map_skin
from pigtrack.store.reference_data import load_spectra

SKINS = ("light", "tan", "dark")
Y, X = np.mgrid[: SHAPE[0], : SHAPE[1]] * MM_PER_PX
FREE = sum(coverage(spot) for spot in SPOTS) < 0.01
SPOT = SPOTS[4]
"""Under the middle of the sheen."""


def bump(x_mm, y_mm, radius_mm):
    return np.exp(-((X - x_mm) ** 2 + (Y - y_mm) ** 2) / (2 * radius_mm**2)).astype(np.float32)


@cache
def baseline(tone):
    return draw(tone)


@cache
def ruler_of(tone):
    return fit_ruler([baseline(tone)], tables=load_spectra(), mm_per_px=MM_PER_PX)


def contrast(maps):
    near = FREE & (np.hypot(X - SPOT.x_mm, Y - SPOT.y_mm) < 6) & maps.valid
    inside = (coverage(SPOT) > 0.95) & maps.valid
    return float(np.median(maps.melanin[inside]) - np.median(maps.melanin[near]))


def with_light(image, added):
    return registered((image.linear + added[..., None]).astype(np.float32))


@pytest.mark.parametrize("tone", SKINS)
def test_most_of_the_contrast_that_sheen_hides_comes_back(tone):
    ruler = ruler_of(tone)
    blind = replace(ruler, baseline_skin=np.zeros_like(ruler.baseline_skin))
    shiny = with_light(draw(tone, seed=1), 0.03 * bump(SPOT.x_mm, SPOT.y_mm, 9.0))
    found = map_skin(shiny, ruler)
    before, left_in, taken_off = (
        contrast(each) for each in (map_skin(baseline(tone), ruler), map_skin(shiny, blind), found)
    )
    assert left_in < 0.88 * before
    assert before - taken_off < 0.4 * (before - left_in)
    assert found.sheen.max() == pytest.approx(0.03, rel=0.3)


@pytest.mark.parametrize("tone", SKINS)
@pytest.mark.parametrize("change", [{"seed": 1}, {"seed": 2, "melanin_gain": 1.15}, {"seed": 3, "blood_gain": 1.6}])
def test_no_sheen_is_told_where_there_is_none(tone, change):
    found = map_skin(draw(tone, **change), ruler_of(tone))
    assert np.abs(found.sheen).max() < 0.002
    assert found.valid.all()


@pytest.mark.parametrize("tone", SKINS)
def test_another_light_is_no_sheen(tone):
    slope = (1.15 - 0.006 * X)[..., None].astype(np.float32)
    found = map_skin(registered(draw(tone, seed=1).linear * slope), ruler_of(tone))
    assert np.abs(found.sheen).max() < 0.002


@pytest.mark.parametrize("tone", SKINS)
def test_glare_is_left_out_and_leaves_the_rest_as_it_is(tone):
    place = (20.0, 20.0)
    found = map_skin(with_light(draw(tone, seed=1), 0.35 * bump(*place, 1.5)), ruler_of(tone))
    away = np.hypot(X - place[0], Y - place[1])
    assert not found.valid[away < 2.0].any()
    assert found.valid[away > 9.0].all()
    assert contrast(found) == pytest.approx(contrast(map_skin(baseline(tone), ruler_of(tone))), rel=0.03)


@pytest.mark.parametrize("tone", SKINS)
def test_skin_that_lost_its_pigment_is_no_glare(tone):
    spots = (*SPOTS, type(SPOT)(20.0, 20.0, 2.0, {"light": -0.02, "tan": -0.03, "dark": -0.04}[tone]))
    found = map_skin(draw(tone, spots, seed=1), ruler_of(tone))
    assert found.valid.all()


def test_a_picture_of_another_frame_is_the_callers_fault():
    image = baseline("light")
    with pytest.raises(ValueError, match="frame"):
        map_skin(registered(image.linear[:300]), ruler_of("light"))
