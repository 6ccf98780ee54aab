"""Hair is found, bridged over, and makes neither spots nor gaps."""

import numpy as np
import pytest
from drawn_skin import MM_PER_PX, SHAPE, SPOTS, draw, draw_linear, registered

from pigtrack.imaging import opencv
from pigtrack.imaging.hair import bridge_hair, find_hair
from pigtrack.imaging.measure import measure_photograph
from pigtrack.imaging.pigment import density, fit_ruler, map_skin
from pigtrack.imaging.segment import find_spots
from pigtrack.store.reference_data import load_spectra

SKINS = ("light", "tan", "dark")


def hair_cover(count=14, seed=4):
    """Straight dark hairs of 0.15 mm, 6 to 12 mm long; one runs over the first spot."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]] * MM_PER_PX
    cover = np.zeros(SHAPE, np.float32)
    places = [(10.0, 10.3, 0.4, 4.0), *rng.uniform([3, 3, 0, 3], [47, 37, np.pi, 6], (count - 1, 4))]
    for centre_x, centre_y, turn, half in places:
        along = (x - centre_x) * np.cos(turn) + (y - centre_y) * np.sin(turn)
        off = (y - centre_y) * np.cos(turn) - (x - centre_x) * np.sin(turn)
        cover = np.maximum(cover, np.where((np.abs(along) < half) & (np.abs(off) < 0.075), 1, 0))
    return opencv.blur(cover.astype(np.float32), 0.8)


def with_hair(image):
    return registered((image.linear * (1 - 0.6 * hair_cover()[..., None])).astype(np.float32))


def mean_density(linear):
    return np.ascontiguousarray(density(opencv.blur(linear, 0.8)).mean(axis=2))


@pytest.mark.parametrize("tone", SKINS)
def test_hair_is_found_and_bare_skin_has_none(tone):
    bare = draw_linear(tone)
    valid = np.ones(SHAPE, bool)
    found = find_hair(mean_density(with_hair(registered(bare)).linear), valid, mm_per_px=MM_PER_PX)
    assert found[hair_cover() > 0.5].mean() > 0.9
    assert found[hair_cover() < 0.01].mean() < 0.03
    assert not find_hair(mean_density(bare), valid, mm_per_px=MM_PER_PX).any()


@pytest.mark.parametrize("tone", SKINS)
def test_hair_makes_no_spots_and_costs_no_area(tone):
    bare, hairy = draw(tone), with_hair(draw(tone, seed=1))
    ruler = fit_ruler([bare, hairy], tables=load_spectra(), mm_per_px=MM_PER_PX)
    maps = [map_skin(image, ruler) for image in (bare, hairy)]
    spots = find_spots(maps, mm_per_px=MM_PER_PX)
    assert spots.territories.max() == len(SPOTS)
    before, after = (
        measure_photograph(image, own, spots, mm_per_px=MM_PER_PX).spots
        for image, own in zip((bare, hairy), maps, strict=True)
    )
    for first, second in zip(before, after, strict=True):
        assert second.area.value == pytest.approx(first.area.value, rel=0.06)
        assert second.delta_mi.value == pytest.approx(first.delta_mi.value, rel=0.05)


def test_a_bridge_takes_the_skin_beside_it():
    image = np.full((40, 40), 5.0, np.float32)
    hair = np.zeros((40, 40), bool)
    image[:, 19:22], hair[:, 19:22] = 60.0, True
    bridged = bridge_hair(image, hair, np.ones((40, 40), bool), mm_per_px=0.06)
    np.testing.assert_allclose(bridged, 5.0, atol=1e-4)
    assert image[0, 20] == 60.0


def test_no_valid_skin_has_no_hair():
    nothing = np.zeros((20, 20), bool)
    assert not find_hair(np.ones((20, 20), np.float32), nothing, mm_per_px=0.06).any()
