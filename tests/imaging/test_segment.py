"""Every drawn spot is found, nothing else is, and touching spots keep their own skin."""

import numpy as np
import pytest
from drawn_skin import MM_PER_PX, SHAPE, SPOTS, Spot, coverage, draw

from pigtrack.imaging.pigment import fit_ruler, map_skin
from pigtrack.imaging.segment import find_spots
from pigtrack.model.metrics import SkinMaps
from pigtrack.store.reference_data import load_spectra

SKINS = ("light", "tan", "dark")
TABLES = load_spectra()


def maps_of(*images):
    ruler = fit_ruler(images, tables=TABLES, mm_per_px=MM_PER_PX)
    return [map_skin(image, ruler) for image in images]


def found_at(spots, spot):
    return int(spots.footprints[round(spot.y_mm / MM_PER_PX), round(spot.x_mm / MM_PER_PX)])


def dice(first, second):
    return 2 * (first & second).sum() / (first.sum() + second.sum())


@pytest.mark.parametrize("tone", SKINS)
def test_every_spot_is_found_and_nothing_else(tone):
    spots = find_spots(maps_of(draw(tone)), mm_per_px=MM_PER_PX)
    assert spots.footprints.max() == len(SPOTS)
    for spot in SPOTS:
        mask = spots.footprints == found_at(spots, spot)
        assert dice(mask, coverage(spot) > 0.5) > 0.94


@pytest.mark.parametrize("tone", SKINS)
def test_plain_skin_has_no_spots(tone):
    assert find_spots(maps_of(draw(tone, ())), mm_per_px=MM_PER_PX).footprints.max() == 0


@pytest.mark.parametrize("tone", SKINS)
def test_a_blush_is_no_spot(tone):
    image = draw(tone, ())
    flushed = draw(tone, (), blood_gain=1.5)
    patch = coverage(Spot(20, 20, 3))[..., None].astype(np.float32)
    mixed = type(image)(image.linear * (1 - patch) + flushed.linear * patch, image.valid, image.registration)
    assert find_spots(maps_of(mixed), mm_per_px=MM_PER_PX).footprints.max() == 0


def test_a_spot_that_only_the_last_session_shows_is_found():
    before, after = draw("light", SPOTS[:5]), draw("light", SPOTS, seed=1)
    images = [before, draw("light", SPOTS[:5], seed=2), draw("light", SPOTS[:5], seed=3), after]
    spots = find_spots(maps_of(*images), mm_per_px=MM_PER_PX)
    assert spots.footprints.max() == 6
    assert found_at(spots, SPOTS[5]) > 0


def test_spots_that_grow_together_keep_their_own_skin():
    apart = (Spot(18, 20, 2.0), Spot(25, 20, 2.0))
    joined = (Spot(18, 20, 3.6), Spot(25, 20, 3.6))
    spots = find_spots(maps_of(draw("light", apart), draw("light", joined, seed=1)), mm_per_px=MM_PER_PX)
    assert spots.territories.max() == 2
    assert found_at(spots, apart[0]) != found_at(spots, apart[1])


def test_a_spot_that_comes_apart_stays_one():
    joined = (Spot(18, 20, 3.6), Spot(25, 20, 3.6))
    apart = (Spot(18, 20, 2.0), Spot(25, 20, 2.0))
    spots = find_spots(maps_of(draw("light", joined), draw("light", apart, seed=1)), mm_per_px=MM_PER_PX)
    assert spots.territories.max() == 1


def test_a_new_spot_beside_an_old_one_is_its_own():
    old, new = Spot(18, 20, 2.0), Spot(22.5, 20, 1.5)
    spots = find_spots(maps_of(draw("light", (old,)), draw("light", (old, new), seed=1)), mm_per_px=MM_PER_PX)
    assert spots.territories.max() == 2
    assert found_at(spots, old) != found_at(spots, new)


def test_the_footprint_is_the_widest_of_all_sessions():
    images = [draw("light", (Spot(20, 20, r),), seed=k) for k, r in enumerate((3.0, 2.5, 2.0))]
    spots = find_spots(maps_of(*images), mm_per_px=MM_PER_PX)
    assert (spots.footprints > 0).sum() * MM_PER_PX**2 == pytest.approx(np.pi * 9, rel=0.06)


def test_spots_are_numbered_from_the_top():
    spots = find_spots(maps_of(draw("light")), mm_per_px=MM_PER_PX)
    rows = [np.argwhere(spots.footprints == n)[:, 0].mean() for n in range(1, 7)]
    assert rows == sorted(rows)


def test_the_skin_around_is_free_of_spots():
    spots = find_spots(maps_of(draw("light")), mm_per_px=MM_PER_PX)
    assert sum(coverage(s) for s in SPOTS)[spots.skin].max() < 0.05
    assert spots.skin.mean() > 0.6
    assert not (spots.skin & (spots.footprints > 0)).any()


def test_excluded_skin_control_and_cut_off_spots_are_not_scored():
    maps = maps_of(draw("light"))
    exclude, control, region = (np.zeros(SHAPE, bool) for _ in range(3))
    exclude[100:200, 100:200] = True
    control[350:450, 100:260] = True
    region[:, : round(36 / MM_PER_PX)] = True
    spots = find_spots(maps, mm_per_px=MM_PER_PX, region=region, exclude=exclude, control=control)
    kept = [spot for spot in SPOTS if found_at(spots, spot)]
    assert kept == [SPOTS[1], SPOTS[4]]
    assert not spots.skin[exclude].any()
    assert spots.skin[control].any()


def test_invalid_pixels_hold_no_spot_and_no_skin():
    maps = maps_of(draw("light"))[0]
    valid = maps.valid.copy()
    valid[100:200, 100:200] = False
    spots = find_spots([SkinMaps(maps.melanin, maps.erythema, valid)], mm_per_px=MM_PER_PX)
    assert spots.footprints.max() == 5
    assert not spots.footprints[~valid].any()


def test_without_a_scale_the_usual_one_is_assumed():
    assert find_spots(maps_of(draw("light")), mm_per_px=None).footprints.max() == 6


def test_no_photograph_is_the_callers_fault():
    with pytest.raises(ValueError, match="at least one"):
        find_spots([], mm_per_px=MM_PER_PX)
