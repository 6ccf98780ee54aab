"""Which finds are lesions of the course: not too small, no lines, well inside, and pigment rather than blood."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import find_objects

from pigtrack.imaging import opencv
from pigtrack.imaging.segment.evidence import Evidence, skin_noise
from pigtrack.imaging.segment.redness import MARK_MM, Sighting, is_blood, is_prick, is_reddened, look_at, only_session
from pigtrack.model.quantity import BoolImage, LabelImage

SMALLEST_MM = 0.8
"""Diameter of an equal disc below which a find is a pore, a hair's end or noise."""

SLENDER = 6.0
"""Area of a find over that of the largest disc inside it; a disc has 1, two joined ones 2, a star of five prongs 4."""

CUT_OFF = 0.2
"""Share of a spot's rim that may be out of sight before the spot is but a fragment."""

SHOWER = 6
"""Tiny spots that one session alone shows, from which on they may be crusts and pricks."""


@dataclass(frozen=True, eq=False, slots=True)
class Choice:
    """The finds that are spots, and what is to be said of the others.

    Attributes
    ----------
    labels : ndarray, shape (rows, columns), int32
        Spots numbered from 1 by position, from the top and then from the left.
    at_border, doubtful : frozenset of int
        Spots that the region's border cuts; spots that one session alone shows, reddened or among many tiny ones.
    marks : mapping of int to int
        By session, points of blood and crusts that were left out.
    """

    labels: LabelImage
    at_border: frozenset[int]
    doubtful: frozenset[int]
    marks: dict[int, int]


@dataclass(frozen=True, eq=False, slots=True)
class _Find:
    label: int
    centroid: tuple[float, float]
    diameter_mm: float
    inside: float
    sightings: tuple[Sighting, ...]
    session: int | None


def choose_spots(
    every: LabelImage,
    evidence: Evidence,
    *,
    scored: BoolImage,
    seen: BoolImage,
    sessions: Sequence[int],
    healing: Collection[int] = (),
) -> Choice:
    """Choose the lesions among all finds.

    Parameters
    ----------
    every : ndarray, shape (rows, columns), int32
        All finds, at the evidence's spacing.
    scored : ndarray, shape (rows, columns), bool
        Where more than half of a lesion must lie.
    seen : ndarray, shape (rows, columns), bool
        What the photographs show and nobody excluded.
    sessions : sequence of int
        Session of each photograph.
    healing : collection of int
        Sessions in which the skin may bear crusts.
    """
    finds = [find for find in _finds(every, evidence, scored, seen, sessions) if find is not None]
    blood = [find for find in finds if _is_blood(find)]
    rest = [find for find in finds if not _is_blood(find)]
    shower = _shower(rest)
    crusts = [find for find in shower if find.session in healing]
    spots = sorted((find for find in rest if find not in crusts), key=lambda find: find.centroid)
    numbers = np.zeros(int(every.max()) + 1, np.int32)
    numbers[[spot.label for spot in spots]] = np.arange(1, len(spots) + 1)
    told = list(enumerate(spots, start=1))
    return Choice(
        labels=numbers[every],
        at_border=frozenset(number for number, spot in told if spot.inside < 1),
        doubtful=frozenset(
            number
            for number, spot in told
            if (spot in shower and spot.session != min(sessions))
            or (spot.session is not None and is_reddened(spot.sightings))
        ),
        marks=_count([*blood, *crusts]),
    )


def _finds(
    every: LabelImage, evidence: Evidence, scored: BoolImage, seen: BoolImage, sessions: Sequence[int]
) -> "list[_Find | None]":
    noises = [skin_noise(relief) for relief in evidence.reliefs[1:]]
    return [
        _find(label, box, every, evidence, scored, seen, sessions, noises)
        for label, box in enumerate(find_objects(every), start=1)
        if box is not None
    ]


def _find(
    label: int,
    box: tuple[slice, slice],
    every: LabelImage,
    evidence: Evidence,
    scored: BoolImage,
    seen: BoolImage,
    sessions: Sequence[int],
    noises: Sequence[float],
) -> _Find | None:
    """Describe a find that can be a lesion; None for what is too small, a line, outside or but a fragment."""
    shape = every[box] == label
    pixels = int(shape.sum())
    diameter = 2 * float(np.sqrt(pixels / np.pi)) * evidence.spacing_mm
    inside = float(scored[box][shape].mean())
    if diameter < SMALLEST_MM or inside <= 0.5 or _is_slender(shape) or _is_cut_off(shape, box, seen):
        return None
    rows, columns = np.nonzero(shape)
    sightings = look_at(every, label, box, evidence, noises)
    return _Find(
        label=label,
        centroid=(float(rows.mean()) + box[0].start, float(columns.mean()) + box[1].start),
        diameter_mm=diameter,
        inside=inside,
        sightings=sightings,
        session=only_session(sightings, sessions),
    )


def _is_slender(spot: BoolImage) -> bool:
    """Tell a line (hair, furrow, scratch) from a spot by the largest disc that fits in."""
    inner = float(opencv.distance_inside(np.pad(spot, 1)).max())
    return bool(spot.sum() > SLENDER * np.pi * inner**2)


def _is_cut_off(spot: BoolImage, box: tuple[slice, slice], seen: BoolImage) -> bool:
    """Tell whether too much of the rim, two pixels wide, lies where nothing is to be seen."""
    whole = np.pad(spot, 2)
    rim = opencv.dilate(whole, 2) & ~whole
    rows, columns = (slice(side.start - 2, side.stop + 2) for side in box)
    within = np.zeros_like(whole)
    top, left = max(rows.start, 0), max(columns.start, 0)
    part = seen[top : rows.stop, left : columns.stop]
    down, across = top - rows.start, left - columns.start
    within[down : down + part.shape[0], across : across + part.shape[1]] = part
    return bool((rim & within).sum() < (1 - CUT_OFF) * rim.sum())


def _is_blood(find: _Find) -> bool:
    return is_blood(find.sightings) or (find.session is not None and is_prick(find.sightings, find.diameter_mm))


def _shower(finds: list[_Find]) -> list[_Find]:
    """Return the tiny spots that came in numbers and in one session alone, as crusts and points of dried blood do."""
    tiny = [find for find in finds if find.session is not None and find.diameter_mm < MARK_MM]
    showers = {number for number, count in _count(tiny).items() if count >= SHOWER}
    return [find for find in tiny if find.session in showers]


def _count(finds: list[_Find]) -> dict[int, int]:
    found = [find.session for find in finds if find.session is not None]
    return {session: found.count(session) for session in sorted(set(found))}
