"""What a person corrects of the spots that were found: left out, joined, cut in two, redrawn, drawn anew.

Corrections hold for the course: they change the one map by which every photograph is measured.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from scipy.ndimage import distance_transform_edt, find_objects

from pigtrack.imaging import opencv
from pigtrack.imaging.segment.choosing import SMALLEST_MM
from pigtrack.model.correction import CorrectionKind, Point
from pigtrack.model.flags import QualityFlag
from pigtrack.model.metrics import SpotMap
from pigtrack.model.quantity import BoolImage, LabelImage

ASSUMED_MM_PER_PX = 1 / 17
"""Where the scale is unknown: the working scale that photographs are brought to."""

MARGIN_MM = 1.0
"""Skin around a drawn outline that belongs to the lesion, as around one that was found."""

RIM_MM = 0.4
"""A spot's edge reaches this far: skin keeps away from it, and nobody draws an outline more exactly."""

MOST = 0.5
"""Share of a spot from which a polygon holds it."""


@dataclass(frozen=True, eq=False, slots=True)
class DrawnCorrection:
    """A correction on the frame.

    Attributes
    ----------
    at : tuple of point
        x, y in frame pixels.
    inside : ndarray, shape (rows, columns), bool, or None
        What was drawn: the inside of the outline, or what lies to the right of the line.
    """

    kind: CorrectionKind
    at: tuple[Point, ...]
    inside: BoolImage | None


@dataclass(frozen=True, eq=False, slots=True)
class CorrectedSpots:
    """The map as corrected.

    Attributes
    ----------
    touched : tuple of frozenset of int
        Of each correction, the lesions that it named or changed.
    problems : mapping of int to str
        By index of the correction, why it could not be applied; nothing of the others is lost by it.
    """

    spots: SpotMap
    touched: tuple[frozenset[int], ...]
    problems: Mapping[int, str]


@dataclass(frozen=True, eq=False, slots=True)
class _Desk:
    """A map under correction: where lesions count, where the baseline shows any, and the next free number."""

    spots: SpotMap
    mm_per_px: float
    scored: BoolImage | None
    seen: BoolImage
    next_number: int
    touched: frozenset[int] = field(default_factory=frozenset)
    problem: str | None = None

    def pixels(self, length_mm: float) -> int:
        return max(round(length_mm / self.mm_per_px), 1)

    def is_large(self, mask: BoolImage) -> bool:
        """Whether a mask has the area of the smallest spot that counts."""
        return float(mask.sum()) * self.mm_per_px**2 >= np.pi / 4 * SMALLEST_MM**2

    def refused(self, problem: str) -> "_Desk":
        return replace(self, problem=problem)


def correct_spots(
    spots: SpotMap,
    corrections: Sequence[DrawnCorrection],
    *,
    mm_per_px: float | None,
    scored: BoolImage | None = None,
    seen: BoolImage | None = None,
) -> CorrectedSpots:
    """Apply corrections to a course's spots, one after the other.

    Parameters
    ----------
    spots : SpotMap
        As found.
    corrections : sequence of DrawnCorrection
        Of the kinds exclude, merge, split and outline, in the order in which they were made.
    mm_per_px : float or None
        Millimetres per frame pixel; None: the usual working scale is assumed.
    scored : ndarray of bool, optional
        Where a lesion drawn anew must lie; everywhere by default.
    seen : ndarray of bool, optional
        Where the baseline shows spots: what a redrawn outline leaves out of that is no part of the lesion. What later
        sessions alone show is growth, and stays. None: the footprints.

    Returns
    -------
    CorrectedSpots
        Numbers of lesions never move: a merged one keeps the lowest, a new one takes the next that is free.
    """
    first = int(spots.territories.max()) + 1
    shown = spots.footprints > 0 if seen is None else seen
    desk = _Desk(spots, mm_per_px or ASSUMED_MM_PER_PX, scored, shown, first)
    touched, problems = [], {}
    for index, correction in enumerate(corrections):
        desk = _apply(replace(desk, touched=frozenset(), problem=None), correction)
        touched.append(desk.touched)
        if desk.problem is not None:
            problems[index] = desk.problem
    return CorrectedSpots(desk.spots, tuple(touched), problems)


def find_lesion(spots: SpotMap, point: Point, *, mm_per_px: float) -> int | None:
    """Return the lesion at a frame point: the one whose skin holds it, else the nearest within its radius and margin.

    Parameters
    ----------
    point : tuple of float
        x, y in frame pixels.
    """
    column, row = round(point[0]), round(point[1])
    if 0 <= row < spots.territories.shape[0] and 0 <= column < spots.territories.shape[1]:
        here = int(spots.territories[row, column])
        if here:
            return here
    rows, columns = np.nonzero(spots.footprints)
    if len(rows) == 0:
        return None
    away = np.hypot(columns - point[0], rows - point[1])
    nearest = int(spots.footprints[rows[away.argmin()], columns[away.argmin()]])
    radius = float(np.sqrt((spots.footprints == nearest).sum() / np.pi))
    return nearest if away.min() <= radius + MARGIN_MM / mm_per_px else None


def _apply(desk: _Desk, correction: DrawnCorrection) -> _Desk:
    lesions = [find_lesion(desk.spots, point, mm_per_px=desk.mm_per_px) for point in correction.at]
    known = [lesion for lesion in lesions if lesion is not None]
    if len(known) < len(lesions):
        return desk.refused("no spot was found at its point" if len(lesions) == 1 else "not every point is on a spot")
    if correction.kind is CorrectionKind.MERGE:
        return _merge(desk, frozenset(known))
    if correction.kind is CorrectionKind.EXCLUDE:
        return _exclude(desk, frozenset(known), correction.inside)
    if correction.inside is None:
        raise ValueError(f"a correction of the kind {correction.kind} must be drawn")
    if correction.kind is CorrectionKind.SPLIT:
        return _split(desk, known[0], correction.inside)
    if correction.kind is CorrectionKind.OUTLINE:
        return _outline(desk, known[0], correction.inside) if known else _draw(desk, correction.inside)
    raise ValueError(f"kind must be one that corrects spots, not {correction.kind}")


def _exclude(desk: _Desk, lesions: frozenset[int], inside: BoolImage | None) -> _Desk:
    """Leave lesions out, and what a polygon holds: its pixels are neither spots nor skin."""
    spots = desk.spots
    if inside is not None:
        lesions |= _held_by(inside, spots.footprints)
        spots = replace(spots, skin=spots.skin & ~inside)
    return replace(desk, spots=replace(spots, excluded=spots.excluded | lesions), touched=lesions)


def _held_by(inside: BoolImage, footprints: LabelImage) -> frozenset[int]:
    whole = np.bincount(footprints.ravel())
    held = np.bincount(footprints[inside], minlength=len(whole))
    return frozenset(int(each) for each in np.nonzero(held > MOST * whole)[0] if each)


def _merge(desk: _Desk, lesions: frozenset[int]) -> _Desk:
    """Make one lesion of several; what was left out of them stays out, and takes the rest with it."""
    if len(lesions) < 2:
        return desk.refused("its points lie on one and the same spot")
    spots, kept = desk.spots, min(lesions)
    territories, footprints = (
        np.where(np.isin(labels, list(lesions)), np.int32(kept), labels)
        for labels in (spots.territories, spots.footprints)
    )
    told = frozenset().union(*(spots.flags.get(each, frozenset()) for each in lesions))
    excluded = spots.excluded - lesions | ({kept} if spots.excluded & lesions else frozenset())
    flags = {number: each for number, each in spots.flags.items() if number not in lesions}
    merged = replace(
        spots,
        territories=territories,
        footprints=footprints,
        flags={**flags, kept: told} if told else flags,
        excluded=excluded,
    )
    return replace(desk, spots=merged, touched=frozenset({kept}))


def _split(desk: _Desk, lesion: int, inside: BoolImage) -> _Desk:
    """Give what was drawn of a lesion the next free number, and each part the skin that is nearer to it."""
    spots, number = desk.spots, desk.next_number
    own = spots.footprints == lesion
    part, rest = own & inside, own & ~inside
    if not (desk.is_large(part) and desk.is_large(rest)):
        return desk.refused("what was drawn does not cut the spot in two")
    territories = spots.territories.copy()
    box = find_objects((territories == lesion).astype(np.uint8))[0]
    territories[box][(territories[box] == lesion) & _nearer(part[box], rest[box])] = number
    parted = replace(
        spots,
        territories=territories,
        footprints=np.where(part, np.int32(number), spots.footprints),
    )
    return replace(
        desk,
        spots=_inherited(parted, lesion, number),
        next_number=number + 1,
        touched=frozenset({lesion, number}),
    )


def _inherited(spots: SpotMap, lesion: int, number: int) -> SpotMap:
    """Let a part be told of as the whole was."""
    flags = {**spots.flags, number: spots.flags[lesion]} if lesion in spots.flags else spots.flags
    return replace(spots, flags=flags, excluded=spots.excluded | ({number} if lesion in spots.excluded else set()))


def _outline(desk: _Desk, lesion: int, inside: BoolImage) -> _Desk:
    """Redraw a lesion as the baseline shows it; what it had grown by later stays its own."""
    spots = desk.spots
    extent = inside & ((spots.footprints == lesion) | (spots.footprints == 0))
    if not desk.is_large(extent):
        return desk.refused("what was drawn is smaller than the smallest spot, or lies on other spots")
    own = spots.territories == lesion
    left = desk.seen & own & ~opencv.dilate(inside, desk.pixels(RIM_MM))
    kept = own & ~_nearer(left, extent)
    return _claim(desk, lesion, extent | (kept & (spots.footprints == lesion)), kept)


def _nearer(first: BoolImage, second: BoolImage) -> BoolImage:
    """Pixels that are nearer to the first mask than to the second; none where the first is empty."""
    if not first.any():
        return np.zeros(first.shape, bool)
    return np.asarray(distance_transform_edt(~first) < distance_transform_edt(~second))


def _draw(desk: _Desk, inside: BoolImage) -> _Desk:
    """Draw a lesion where none was found."""
    extent = inside & (desk.spots.footprints == 0)
    if extent.sum() <= MOST * inside.sum():
        return desk.refused("a spot was found there already; name it by a point (at) to redraw it")
    if desk.scored is not None and (extent & desk.scored).sum() <= MOST * extent.sum():
        return desk.refused("what was drawn lies outside the region")
    if not desk.is_large(extent):
        return desk.refused("what was drawn is smaller than the smallest spot")
    drawn = _claim(desk, desk.next_number, extent, np.zeros(inside.shape, bool))
    return replace(drawn, next_number=desk.next_number + 1)


def _claim(desk: _Desk, lesion: int, extent: BoolImage, kept: BoolImage) -> _Desk:
    """Give a lesion its extent, what it kept of its skin, and the free skin around what was drawn."""
    spots = desk.spots
    free = spots.territories == 0
    territory = extent | kept | (opencv.dilate(extent, desk.pixels(MARGIN_MM)) & free)
    before = np.where(spots.territories == lesion, 0, spots.territories)
    footprints = np.where(spots.footprints == lesion, 0, spots.footprints)
    robbed = frozenset(np.unique(before[territory & (before > 0)]).tolist())
    claimed = replace(
        spots,
        territories=np.where(territory, lesion, before).astype(np.int32),
        footprints=np.where(extent, lesion, footprints).astype(np.int32),
        skin=spots.skin & ~opencv.dilate(extent, desk.pixels(RIM_MM)),
        flags={**spots.flags, lesion: _at_edge(extent, desk.scored)},
    )
    return replace(desk, spots=claimed, touched=robbed | {lesion})


def _at_edge(extent: BoolImage, scored: BoolImage | None) -> frozenset[QualityFlag]:
    """What a drawn outline leaves in doubt: whether the region's border cuts it."""
    cut = scored is not None and bool((extent & ~scored).any())
    return frozenset({QualityFlag.AT_EDGE} if cut else ())
