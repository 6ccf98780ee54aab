"""Corrections of a drawn map of spots: what moves, and what must not."""

import numpy as np
import pytest

from pigtrack.imaging.segment.correcting import MARGIN_MM, DrawnCorrection, correct_spots, find_lesion
from pigtrack.model.correction import CorrectionKind
from pigtrack.model.flags import QualityFlag
from pigtrack.model.metrics import SpotMap

SHAPE, MM = (120, 160), 0.1
EXCLUDE, MERGE, SPLIT, OUTLINE = (
    CorrectionKind.EXCLUDE,
    CorrectionKind.MERGE,
    CorrectionKind.SPLIT,
    CorrectionKind.OUTLINE,
)
CENTRES = {1: (30, 30), 2: (58, 30), 3: (120, 40), 4: (50, 90)}
"""x, y of discs of 1 mm radius; the first two touch in their margins."""


def disc(x, y, radius=10):
    rows, columns = np.ogrid[: SHAPE[0], : SHAPE[1]]
    return (columns - x) ** 2 + (rows - y) ** 2 <= radius**2


@pytest.fixture
def spots():
    territories, footprints = np.zeros(SHAPE, np.int32), np.zeros(SHAPE, np.int32)
    for number, centre in CENTRES.items():
        territories[disc(*centre, 20) & (territories == 0)] = number
        footprints[disc(*centre)] = number
    skin = ~np.any([disc(*centre, 14) for centre in CENTRES.values()], axis=0)
    flags = {1: frozenset({QualityFlag.AT_EDGE}), 2: frozenset({QualityFlag.DOUBTFUL_MARK})}
    return SpotMap(territories, footprints, skin, flags=flags)


def corrected(spots, *corrections, **options):
    return correct_spots(spots, [DrawnCorrection(*each) for each in corrections], mm_per_px=MM, **options)


def same(first, second):
    maps = ("territories", "footprints", "skin")
    return all(np.array_equal(getattr(first, name), getattr(second, name)) for name in maps)


def right_half(x):
    return np.broadcast_to(np.arange(SHAPE[1]) > x, SHAPE)


def test_without_corrections_nothing_moves(spots):
    assert corrected(spots).spots is spots


def test_a_spot_is_named_by_its_skin_and_else_by_the_nearest_within_its_radius_and_margin(spots):
    assert find_lesion(spots, (30.4, 29.6), mm_per_px=MM) == 1
    assert find_lesion(spots, (120, 59), mm_per_px=MM) == 3  # in the margin
    assert find_lesion(spots, (120, 40 + 10 + 10 + MARGIN_MM / MM - 1), mm_per_px=MM) == 3
    assert find_lesion(spots, (120, 40 + 10 + 10 + MARGIN_MM / MM + 2), mm_per_px=MM) is None
    assert find_lesion(spots, (-500, 40), mm_per_px=MM) is None


def test_an_excluded_spot_keeps_its_place_and_nobody_else_moves(spots):
    out = corrected(spots, (EXCLUDE, ((120.0, 40.0),), None))
    assert same(out.spots, spots)
    assert out.spots.excluded == {3}
    assert out.touched == (frozenset({3}),)


def test_an_excluded_outline_takes_the_spots_that_it_holds_and_its_skin(spots):
    box = np.zeros(SHAPE, bool)
    box[20:45, 10:75] = True
    out = corrected(spots, (EXCLUDE, (), box))
    assert out.spots.excluded == {1, 2}
    assert not out.spots.skin[box].any()
    assert np.array_equal(out.spots.skin[~box], spots.skin[~box])
    few = np.zeros(SHAPE, bool)
    few[25:32, 22:28] = True
    assert corrected(spots, (EXCLUDE, (), few)).spots.excluded == frozenset()


def test_merged_spots_keep_the_lowest_number_and_all_that_was_said_of_them(spots):
    out = corrected(spots, (MERGE, ((58.0, 30.0), (30.0, 30.0)), None)).spots
    assert set(np.unique(out.footprints)) == {0, 1, 3, 4}
    assert np.array_equal(out.territories > 0, spots.territories > 0)
    assert out.flags == {1: frozenset({QualityFlag.AT_EDGE, QualityFlag.DOUBTFUL_MARK})}


def test_a_part_takes_the_next_free_number_and_the_skin_that_is_nearer_to_it(spots):
    out = corrected(spots, (SPLIT, ((120.0, 40.0),), right_half(120)))
    assert out.touched == (frozenset({3, 5}),)
    assert np.array_equal(out.spots.footprints == 5, (spots.footprints == 3) & right_half(120))
    assert np.isin(out.spots.territories[spots.territories == 3], [3, 5]).all()
    others = ~np.isin(spots.territories, [3])
    assert np.array_equal(out.spots.territories[others], spots.territories[others])
    sides = np.nonzero(out.spots.territories == 5)[1].min(), np.nonzero(out.spots.territories == 3)[1].max()
    assert sides[0] >= 119
    assert sides[1] <= 126  # the disc's topmost pixel is the left part's, and so is the skin above it


def test_split_and_merged_again_is_as_before(spots):
    split = (SPLIT, ((30.0, 30.0),), right_half(31))
    out = corrected(spots, split, (MERGE, ((24.0, 30.0), (38.0, 30.0)), None))
    assert out.problems == {}
    assert same(out.spots, spots)
    assert out.spots.flags == spots.flags


def test_a_number_is_not_given_twice(spots):
    split = (SPLIT, ((30.0, 30.0),), right_half(31))
    merge = (MERGE, ((24.0, 30.0), (38.0, 30.0)), None)
    assert corrected(spots, split, merge, split).touched[2] == {1, 6}


def test_an_outline_redrawn_leaves_to_nobody_what_the_baseline_shows_beyond_it(spots):
    small = disc(115, 40, 5)
    out = corrected(spots, (OUTLINE, ((120.0, 40.0),), small)).spots
    assert out.footprints[40, 115] == out.territories[40, 115] == 3
    far = (spots.footprints == 3) & ~disc(115, 40, 5 + 5)
    assert far.any()
    assert not out.territories[far].any()
    assert not out.skin[far].any()
    assert not (out.skin & small).any()


def test_what_a_spot_has_grown_by_since_stays_its_own_when_the_baseline_is_redrawn(spots):
    """The footprint is the widest extent of all sessions; the person drew what the first one shows."""
    at_first = disc(120, 40, 5)
    out = corrected(spots, (OUTLINE, ((120.0, 40.0),), at_first), seen=at_first).spots
    assert np.array_equal(out.footprints, spots.footprints)
    assert (out.territories[spots.territories == 3] == 3).all()


def test_an_outline_takes_no_other_spots_footprint_but_its_margin(spots):
    wide = disc(44, 30, 26)
    out = corrected(spots, (OUTLINE, ((30.0, 30.0),), wide))
    assert np.array_equal(out.spots.footprints == 2, spots.footprints == 2)
    assert out.touched == (frozenset({1, 2}),)
    assert ((out.spots.footprints == 1) == (wide & (spots.footprints != 2))).all()


def test_a_new_spot_is_drawn_on_free_skin_of_the_region_alone(spots):
    region = right_half(80)
    drawn = disc(130, 95, 8)
    out = corrected(spots, (OUTLINE, (), drawn), scored=region)
    assert np.array_equal(out.spots.footprints == 5, drawn)
    assert out.touched == (frozenset({5}),)
    assert QualityFlag.AT_EDGE not in out.spots.flags[5]
    cut = corrected(spots, (OUTLINE, (), disc(83, 95, 8)), scored=region)
    assert cut.spots.flags[5] == {QualityFlag.AT_EDGE}


NOWHERE = ((130.0, 100.0),)
REFUSED = {
    "exclude": ((EXCLUDE, NOWHERE, None), "no spot was found"),
    "merge with nothing": ((MERGE, ((30.0, 30.0), *NOWHERE), None), "not every point"),
    "merge with itself": ((MERGE, ((30.0, 30.0), (31.0, 31.0)), None), "one and the same"),
    "split beside": ((SPLIT, ((30.0, 30.0),), right_half(100)), "does not cut"),
    "outline of a dot": ((OUTLINE, ((30.0, 30.0),), disc(30, 30, 2)), "smaller than the smallest"),
    "new on an old one": ((OUTLINE, (), disc(30, 30, 8)), "found there already"),
    "new outside": ((OUTLINE, (), disc(130, 95, 8)), "outside the region"),
    "new dot": ((OUTLINE, (), disc(50, 60, 2)), "smaller than the smallest"),
}


@pytest.mark.parametrize(("correction", "said"), REFUSED.values(), ids=REFUSED)
def test_what_finds_no_place_changes_nothing_and_says_why(spots, correction, said):
    out = corrected(spots, correction, scored=~right_half(100))
    assert said in out.problems[0]
    assert same(out.spots, spots)
    assert out.spots.excluded == frozenset()
    assert out.touched == (frozenset(),)


def test_one_that_finds_no_place_does_not_hinder_the_next(spots):
    out = corrected(spots, (EXCLUDE, NOWHERE, None), (EXCLUDE, ((50.0, 90.0),), None))
    assert list(out.problems) == [0]
    assert out.spots.excluded == {4}


def test_what_is_left_out_stays_out_through_split_and_merge(spots):
    exclude = (EXCLUDE, ((30.0, 30.0),), None)
    assert corrected(spots, exclude, (SPLIT, ((30.0, 30.0),), right_half(31))).spots.excluded == {1, 5}
    assert corrected(spots, exclude, (MERGE, ((30.0, 30.0), (58.0, 30.0)), None)).spots.excluded == {1}


def test_inputs_are_never_modified(spots):
    before = [each.copy() for each in (spots.territories, spots.footprints, spots.skin)]
    corrected(spots, (SPLIT, ((30.0, 30.0),), right_half(31)), (OUTLINE, (), disc(130, 95, 8)))
    assert all(map(np.array_equal, before, (spots.territories, spots.footprints, spots.skin)))
