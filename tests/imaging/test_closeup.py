"""One lesion that fills its view, without card and scale: found and outlined on drawn skin."""

import numpy as np
import pytest
from drawn_closeups import (
    SHAPE,
    Drawn,
    draw_closeup,
    registered,
    with_dark_rim,
    with_hair,
    with_ruler,
    with_stickers,
)

from pigtrack.imaging import opencv
from pigtrack.imaging.closeup import find_lesion, keep_shared_view, measure_closeup
from pigtrack.imaging.closeup.outline import area_above, half_light
from pigtrack.imaging.pigment import fit_ruler, map_skin
from pigtrack.store.reference_data import load_spectra

TONES = ["light", "tan", "dark"]


def outlined(drawn):
    """Measure a close-up alone; the mask on its own pixels."""
    return measured(drawn).outlines > 0


def measured(drawn, first=None):
    """Measure a close-up, or a later one against the first."""
    start = drawn if first is None else first
    closeup = find_lesion(start.image)
    ruler = fit_ruler([start.image], tables=load_spectra(), mm_per_px=None)
    before = None if first is None else measured(first).spots
    return measure_closeup(drawn.image, map_skin(drawn.image, ruler), closeup, baseline=before)


def dice(mask, truth):
    return 2 * (mask & truth).sum() / (mask.sum() + truth.sum())


def enlarged(small):
    return np.asarray(opencv.resize_linear(small.astype(np.float32), SHAPE)) >= 0.5


def found(drawn):
    closeup = find_lesion(drawn.image)
    assert closeup is not None
    return enlarged(closeup.footprint)


@pytest.mark.parametrize("tone", TONES)
def test_a_lesion_is_outlined_on_skin_of_every_tone(tone):
    drawn = draw_closeup(tone)
    mask = outlined(drawn)
    assert dice(mask, drawn.truth) > 0.96
    assert abs(mask.sum() / drawn.truth.sum() - 1) < 0.06
    assert find_lesion(drawn.image).is_of_one_lesion


@pytest.mark.parametrize("tone", TONES)
@pytest.mark.parametrize("addition", [with_dark_rim, with_ruler, with_hair, with_stickers])
def test_what_a_dermoscope_adds_is_not_the_lesion_nor_part_of_it(tone, addition):
    drawn = addition(draw_closeup(tone))
    assert dice(outlined(drawn), drawn.truth) > 0.94


@pytest.mark.parametrize("tone", TONES)
def test_a_lesion_of_two_tones_is_outlined_whole(tone):
    drawn = draw_closeup(tone, tones=True)
    assert dice(outlined(drawn), drawn.truth) > 0.95


@pytest.mark.parametrize(("radius", "least"), [(18, 0.92), (97, 0.95)])
def test_small_and_large_lesions_are_outlined(radius, least):
    drawn = draw_closeup(radius=radius)
    assert dice(outlined(drawn), drawn.truth) > least


def test_a_brighter_lamp_that_falls_off_leaves_the_outline():
    even, uneven = draw_closeup(), draw_closeup(lamp=1.3, falloff=0.3)
    assert dice(found(even), found(uneven)) > 0.98


@pytest.mark.parametrize("tone", TONES)
def test_redder_skin_leaves_the_outline(tone):
    assert dice(found(draw_closeup(tone)), found(draw_closeup(tone, blood=1.5))) > 0.97


def test_plain_skin_holds_no_lesion_that_fills_its_view():
    closeup = find_lesion(draw_closeup(melanin=0.0).image)
    assert closeup is None or not closeup.is_of_one_lesion


def test_many_spots_are_no_close_up():
    places = [(75, 68), (188, 82), (315, 75), (390, 188), (285, 218), (180, 210), (68, 225)]
    drawn = [draw_closeup(centre=place, radius=20) for place in places]
    closeup = find_lesion(registered(np.min([each.image.linear for each in drawn], axis=0)))
    assert closeup is None or not closeup.is_of_one_lesion


def test_a_black_picture_has_no_lesion():
    assert find_lesion(registered(np.zeros((*SHAPE, 3)))) is None


def test_the_same_lesion_in_a_later_photograph_has_the_same_area_and_load():
    first = draw_closeup(seed=1)
    before = measured(first).spots[0]
    later = measured(draw_closeup(seed=2), first).spots[0]
    assert later.lesion_id == before.lesion_id == 1
    assert later.area.value == pytest.approx(before.area.value, rel=0.02)
    assert later.area_frozen.value == pytest.approx(before.area.value, rel=0.03)
    assert later.load.value == pytest.approx(before.load.value, rel=0.04)


def test_a_shrunk_lesion_has_lost_area_and_a_faded_one_only_contrast():
    first = draw_closeup(seed=1)
    before = measured(first).spots[0]
    shrunk = measured(draw_closeup(radius=52 * np.sqrt(0.8), seed=2), first).spots[0]
    assert shrunk.area.value / before.area.value == pytest.approx(0.8, abs=0.02)
    assert shrunk.delta_mi.value == pytest.approx(before.delta_mi.value, rel=0.04)
    faded = measured(draw_closeup(fade=0.7, seed=2), first).spots[0]
    assert faded.area.value / before.area.value == pytest.approx(1.0, abs=0.04)
    assert faded.delta_mi.value / before.delta_mi.value == pytest.approx(0.7, abs=0.06)
    assert faded.area_frozen.value < faded.area.value


def test_a_lesion_that_is_gone_is_below_the_limit_and_one_out_of_sight_not_visible():
    first = draw_closeup(seed=1)
    gone = measured(draw_closeup(melanin=0.0, seed=2), first)
    assert not gone.spots[0].present
    assert gone.spots[0].area is None
    assert not gone.outlines.any()
    hidden = Drawn(registered(first.image.linear, np.indices(SHAPE)[1] > 300), first.truth)
    assert "not_visible" in {flag.value for flag in measured(hidden, first).spots[0].flags}


def test_a_later_photograph_that_shows_less_skin_shows_no_change():
    drawn = draw_closeup(radius=75, falloff=0.3, seed=1)
    rows, columns = np.indices(SHAPE)
    inside = (rows > 25) & (rows < 285) & (columns > 30) & (columns < 430)
    cut = registered(drawn.image.linear * inside[..., None], inside)
    closeup = keep_shared_view(find_lesion(drawn.image), [cut])
    ruler = fit_ruler([drawn.image], tables=load_spectra(), mm_per_px=None)
    before, later = (measure_closeup(each, map_skin(each, ruler), closeup).spots[0] for each in (drawn.image, cut))
    assert later.area.value == pytest.approx(before.area.value, rel=0.003)
    assert later.load.value == pytest.approx(before.load.value, rel=0.01)


def test_inputs_are_not_modified():
    drawn = draw_closeup()
    before = drawn.image.linear.copy()
    measured(drawn)
    np.testing.assert_array_equal(drawn.image.linear, before)


def test_the_level_of_half_the_light_is_half_of_a_faint_contrast_and_less_of_a_strong_one():
    assert half_light(0.01) / 0.01 == pytest.approx(0.5, abs=0.01)
    assert half_light(np.log10(4.0)) == pytest.approx(-np.log10(0.625))
    assert half_light(3.0) < 0.31


def test_the_area_of_a_drawn_disc_is_counted_to_a_fraction_of_a_pixel():
    y, x = np.mgrid[:80, :90]
    for radius in (10.3, 22.6):
        height = (radius - np.hypot(x - 44.3, y - 39.6)).astype(np.float32)
        counted = area_above(height, 0.0, np.ones((80, 90), bool))
        assert counted == pytest.approx(np.pi * radius**2, rel=3e-3)
