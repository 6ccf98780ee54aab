"""Every drawn spot is found, nothing else is, and touching spots keep their own skin."""

from dataclasses import replace

import numpy as np
import pytest
from drawn_skin import MM_PER_PX, SHAPE, SPOTS, Spot, coverage, draw

from pigtrack.imaging.pigment import fit_ruler, map_skin
from pigtrack.imaging.segment import find_spots
from pigtrack.model.flags import QualityFlag
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


def pricked(tone, *, spots=(), seed=0):
    """Skin after the needles: a tiny blood-red point every 8 mm, each with a red halo."""
    calm, bloody, flushed = (draw(tone, spots, blood_gain=gain, seed=seed, noise=0.03) for gain in (1.0, 8.0, 2.6))
    places = [(x, y) for x in range(6, 46, 8) for y in range(6, 36, 8)]
    halo, point = (
        np.max([coverage(Spot(x, y, radius, edge_mm=edge)) for x, y in places], axis=0)[..., None].astype(np.float32)
        for radius, edge in ((1.0, 1.3), (0.25, 0.15))
    )
    skin = calm.linear * (1 - halo) + flushed.linear * halo
    return replace(calm, linear=skin * (1 - point) + bloody.linear * point)


@pytest.mark.parametrize("tone", SKINS)
def test_needle_marks_are_no_spots(tone):
    images = draw(tone, noise=0.03), pricked(tone, spots=SPOTS, seed=1)
    spots = find_spots(maps_of(*images), mm_per_px=MM_PER_PX)
    assert spots.footprints.max() == len(SPOTS)


@pytest.mark.parametrize("tone", SKINS)
def test_a_new_spot_among_needle_marks_is_found(tone):
    images = draw(tone, SPOTS[:5], noise=0.03), pricked(tone, spots=SPOTS, seed=1)
    spots = find_spots(maps_of(*images), mm_per_px=MM_PER_PX)
    assert found_at(spots, SPOTS[5]) > 0


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


def test_a_spot_that_mostly_lies_inside_the_region_is_kept_whole_and_said_to_be_cut():
    region = np.zeros(SHAPE, bool)
    region[:, : round(37 / MM_PER_PX)] = True
    spots = find_spots(maps_of(draw("light")), mm_per_px=MM_PER_PX, region=region)
    cut = found_at(spots, SPOTS[2])
    assert dice(spots.footprints == cut, coverage(SPOTS[2]) > 0.5) > 0.94
    assert spots.flags == {cut: frozenset({QualityFlag.AT_EDGE})}


def crusted(*, spots=(), seed=0, count=8):
    """Tiny brown crusts, no redder than a spot."""
    places = [Spot(6 + 5 * k, y, 0.35, 0.05, 0.2) for y in (18, 36) for k in range(count // 2)]
    return draw("light", (*spots, *places), seed=seed)


def test_a_shower_of_crusts_after_a_procedure_is_left_out_and_told_of():
    images = draw("light"), crusted(spots=SPOTS, seed=1), draw("light", seed=2)
    spots = find_spots(maps_of(*images), mm_per_px=MM_PER_PX, healing=(2,))
    assert spots.footprints.max() == len(SPOTS)
    assert spots.marks == {2: 8}


def test_a_shower_of_tiny_spots_without_a_procedure_is_kept_and_doubted():
    maps = maps_of(draw("light"), crusted(spots=SPOTS, seed=1), draw("light", seed=2))
    spots = find_spots(maps, mm_per_px=MM_PER_PX)
    assert spots.footprints.max() == len(SPOTS) + 8
    assert len(spots.flags) == 8
    assert set(spots.flags.values()) == {frozenset({QualityFlag.DOUBTFUL_MARK})}


@pytest.mark.parametrize("left", [0.2, 0.0])
def test_tiny_spots_that_faded_or_cleared_since_the_baseline_are_lesions(left):
    places = [Spot(6 + 5 * k, y, 0.4, 0.05, 0.2) for y in (18, 36) for k in range(4)]
    faded = [replace(spot, melanin=left * spot.melanin) for spot in places]
    maps = maps_of(draw("light", (*SPOTS, *places)), draw("light", (*SPOTS, *faded), seed=1))
    spots = find_spots(maps, mm_per_px=MM_PER_PX, healing=(2,))
    assert spots.footprints.max() == len(SPOTS) + 8
    assert not spots.flags


def test_tiny_spots_that_stay_are_lesions():
    images = draw("light"), crusted(spots=SPOTS, seed=1), crusted(spots=SPOTS, seed=2)
    spots = find_spots(maps_of(*images), mm_per_px=MM_PER_PX, healing=(2,))
    assert spots.footprints.max() == len(SPOTS) + 8
    assert not spots.marks


def test_two_photographs_of_one_session_bear_no_witness_for_each_other():
    images = draw("light"), crusted(spots=SPOTS, seed=1), crusted(spots=SPOTS, seed=2)
    spots = find_spots(maps_of(*images), mm_per_px=MM_PER_PX, sessions=(1, 2, 2), healing=(2,))
    assert spots.footprints.max() == len(SPOTS)


def test_a_few_tiny_spots_that_are_new_are_lesions():
    images = draw("light"), crusted(spots=SPOTS, seed=1, count=2)
    spots = find_spots(maps_of(*images), mm_per_px=MM_PER_PX, healing=(2,))
    assert spots.footprints.max() == len(SPOTS) + 2


def test_a_new_spot_as_red_as_brown_is_kept_and_doubted():
    angry = Spot(20, 18, 1.2, 0.025)
    brown, flushed = draw("light", (*SPOTS, angry), seed=1), draw("light", (*SPOTS, angry), blood_gain=2.4, seed=1)
    patch = coverage(Spot(20, 18, 1.4))[..., None].astype(np.float32)
    later = replace(brown, linear=brown.linear * (1 - patch) + flushed.linear * patch)
    spots = find_spots(maps_of(draw("light"), later), mm_per_px=MM_PER_PX)
    assert spots.flags == {found_at(spots, angry): frozenset({QualityFlag.DOUBTFUL_MARK})}


def test_excluded_skin_control_and_cut_off_spots_are_not_scored():
    maps = maps_of(draw("light"))
    exclude, control, region = (np.zeros(SHAPE, bool) for _ in range(3))
    exclude[100:200, 100:200] = True
    control[350:450, 100:260] = True
    region[:, : round(35 / MM_PER_PX)] = True
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
