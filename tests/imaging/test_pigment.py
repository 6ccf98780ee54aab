"""The pigment ruler reads melanin, whatever the lamp, and does not take a blush for it."""

import numpy as np
import pytest
from drawn_skin import MM_PER_PX, SPOTS, coverage, draw, draw_linear, registered

from pigtrack.errors import CourseError
from pigtrack.imaging.pigment import fit_ruler, map_skin, pigment_directions, tone_of
from pigtrack.imaging.skin import TONES, linear_srgb, reflectance
from pigtrack.store.reference_data import load_spectra

SKINS = ("light", "tan", "dark")
TABLES = load_spectra()
MI_PER_DELTA_E00 = {"light": 1.2, "tan": 1.5, "dark": 2.2}
"""A lentigo's contrast in MI over its contrast in CIEDE2000, by the skin model."""

INSIDE = sum(coverage(spot) for spot in SPOTS) > 0.95
OUTSIDE = sum(coverage(spot) for spot in SPOTS) < 0.01


def ruler_of(*images):
    return fit_ruler(images, tables=TABLES, mm_per_px=MM_PER_PX)


def maps_of(image, ruler):
    return map_skin(image, ruler)


def contrast(channel):
    return float(np.median(channel[INSIDE]) - np.median(channel[OUTSIDE]))


@pytest.mark.parametrize("tone", SKINS)
def test_melanin_reads_one_and_blood_reads_nothing(tone):
    ruler = ruler_of(draw(tone))
    assert ruler.weights @ ruler.melanin == pytest.approx(1)
    assert ruler.weights @ ruler.haemoglobin == pytest.approx(0, abs=1e-9)
    assert ruler.erythema_weights @ ruler.melanin == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("tone", SKINS)
def test_doubled_blood_does_not_move_the_melanin_map(tone):
    pale, flushed = draw(tone), draw(tone, blood_gain=2.0)
    ruler = ruler_of(pale)
    before, after = maps_of(pale, ruler), maps_of(flushed, ruler)
    assert abs(np.median(after.melanin - before.melanin)) < 1.0
    assert contrast(after.melanin) == pytest.approx(contrast(before.melanin), abs=0.3 * MI_PER_DELTA_E00[tone])
    assert np.median(after.erythema - before.erythema) > 5


@pytest.mark.parametrize("tone", SKINS)
def test_a_brighter_lamp_gives_the_same_contrast(tone):
    image = draw(tone)
    ruler = ruler_of(image)
    brighter = registered(image.linear * np.float32(1.4))
    assert contrast(maps_of(brighter, ruler).melanin) == pytest.approx(
        contrast(maps_of(image, ruler).melanin), abs=0.01
    )


@pytest.mark.parametrize("tone", SKINS)
def test_added_melanin_reads_as_its_red_density(tone):
    image = draw(tone, texture=0.0, noise=0.0)
    red = -100 * np.log10(image.linear[..., 0])
    assert contrast(maps_of(image, ruler_of(draw(tone))).melanin) == pytest.approx(contrast(red), rel=0.06)


@pytest.mark.parametrize("tone", SKINS)
def test_the_model_skin_is_found_again_from_its_colour(tone):
    skin = TONES[tone]
    colour = linear_srgb(reflectance(skin, np.array(skin.melanin), np.array(skin.blood), TABLES), TABLES)
    found = tone_of(colour, TABLES)
    assert found.melanin == pytest.approx(skin.melanin, rel=1e-6)
    assert found.scattering == pytest.approx(skin.scattering, rel=1e-6)


@pytest.mark.parametrize("tone", SKINS)
def test_a_blue_that_calibration_gets_wrong_moves_contrast_little(tone):
    """On dark skin half of the blue light comes from the surface: with all of it taken off, 4 % would become 9 %."""
    image = draw(tone)
    off = registered(image.linear * np.array([1, 1, 0.96], np.float32))
    ruler = ruler_of(image)
    before, after = (contrast(maps_of(each, ruler).melanin) for each in (image, off))
    assert after == pytest.approx(before, rel=0.06)


def test_noise_does_not_lift_dark_spots():
    """The logarithm of noisy light lies too high; calming the light first takes most of it away."""
    clean, noisy = draw("dark", noise=0.002), draw("dark", noise=0.4)
    ruler = ruler_of(clean, noisy)
    quiet, loud = (float(np.mean(maps_of(i, ruler).melanin[INSIDE])) for i in (clean, noisy))
    assert ruler.calm_radius_px > ruler_of(clean).calm_radius_px
    assert loud == pytest.approx(quiet, abs=0.5)


def test_melanin_darkens_blue_most_and_blood_darkens_green_most():
    melanin, haemoglobin = pigment_directions(TONES["light"], TABLES)
    assert melanin[2] > melanin[1] > melanin[0] == pytest.approx(1)
    assert haemoglobin[1] == pytest.approx(1)
    assert haemoglobin.argmax() == 1


def test_the_ruler_does_not_depend_on_what_lies_outside_the_region():
    linear = draw_linear("light")
    region = np.zeros(linear.shape[:2], bool)
    region[100:500, 100:600] = True
    spoilt = linear.copy()
    spoilt[~region] = 0.9
    first = fit_ruler([registered(linear)], tables=TABLES, mm_per_px=MM_PER_PX, region=region)
    second = fit_ruler([registered(spoilt)], tables=TABLES, mm_per_px=MM_PER_PX, region=region)
    np.testing.assert_allclose(first.weights, second.weights, rtol=1e-6)


def test_no_skin_at_all_is_told_with_its_remedy():
    linear = draw_linear("light", spots=())
    with pytest.raises(CourseError, match="no piece of skin"):
        fit_ruler([registered(linear)], tables=TABLES, mm_per_px=MM_PER_PX, region=np.zeros(linear.shape[:2], bool))
