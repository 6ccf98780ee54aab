"""Find the spots of a course, on all its photographs together, and give each its own skin.

A spot that only one photograph shows is found as well, so that new and resolved ones are counted; spots that touch
in one photograph but not in another stay apart. Nothing is outlined here for measuring: see `imaging.measure`.
"""

from collections.abc import Iterable

import numpy as np
from skimage.measure import regionprops
from skimage.segmentation import watershed

from pigtrack.imaging import opencv
from pigtrack.imaging.segment.evidence import Evidence, gather_evidence
from pigtrack.imaging.segment.territories import find_footprints
from pigtrack.model.metrics import SkinMaps, SpotMap
from pigtrack.model.provenance import Algorithm
from pigtrack.model.quantity import BoolImage, LabelImage

__all__ = ["ALGORITHM", "find_spots"]

ALGORITHM = Algorithm("segment", 1)

ASSUMED_MM_PER_PX = 1 / 17
"""Where the scale is unknown: the working scale that photographs are brought to."""

SMALLEST_MM = 0.8
"""Diameter of an equal disc below which a find is a pore, a hair's end or noise."""

MARGIN_MM = 1.0
"""Skin around the widest extent that still belongs to the lesion: two widths of a usual edge."""

SLENDER = 6.0
"""Area of a find over that of the largest disc inside it; a disc has 1, two joined ones 2, a star of five prongs 4."""

RIM_MM = 0.4
"""A spot's edge reaches this far; what is to serve as spot-free skin keeps away from it."""

DOUBTFUL = 0.6
"""Strength from which skin is no ring, though not certain enough to be a spot."""

CUT_OFF = 0.2
"""Share of a spot's rim that may lie outside the usable skin before the spot is but a fragment."""


def find_spots(
    maps: Iterable[SkinMaps],
    *,
    mm_per_px: float | None,
    region: BoolImage | None = None,
    exclude: BoolImage | None = None,
    control: BoolImage | None = None,
) -> SpotMap:
    """Find the spots of a course.

    Parameters
    ----------
    maps : iterable of SkinMaps
        Of every photograph, on one frame; read once and not kept.
    mm_per_px : float or None
        Millimetres per frame pixel; None: the usual working scale is assumed.
    region : ndarray of bool, optional
        Where a spot must lie to be a lesion of the course; everywhere by default. Skin outside serves as background.
    exclude : ndarray of bool, optional
        Moles, tattoos, scars: neither spots nor spot-free skin.
    control : ndarray of bool, optional
        Untreated skin: its spots are no lesions of the course.

    Returns
    -------
    SpotMap
        Lesions numbered from 1 by position, from the top and then from the left.
    """
    maps = iter(maps)
    first = next(maps, None)
    if first is None:
        raise ValueError("maps must hold at least one photograph")
    spacing = mm_per_px or ASSUMED_MM_PER_PX
    shape = first.valid.shape
    usable = np.ones(shape, bool) if exclude is None else ~exclude
    scored = usable if region is None else usable & region
    scored = scored if control is None else scored & ~control
    evidence = gather_evidence(_chain(first, maps), usable, mm_per_px=spacing)
    every = find_footprints(evidence)
    scored_small = np.asarray(opencv.resize_area(scored.astype(np.float32), every.shape)) > 0.5
    kept = _kept(every, evidence, scored_small & evidence.reliefs[0].valid)
    return _at_frame_scale(kept, every, evidence, usable, spacing)


def _chain(first: SkinMaps, rest: Iterable[SkinMaps]) -> Iterable[SkinMaps]:
    yield first
    yield from rest


def _kept(every: LabelImage, evidence: Evidence, scored: BoolImage) -> LabelImage:
    """Number the spots that are large and broad enough and lie well inside, from the top and then from the left."""
    smallest = np.pi / 4 * (SMALLEST_MM / evidence.spacing_mm) ** 2
    spots = [
        spot
        for spot in regionprops(every)
        if spot.area >= smallest and not _is_slender(spot.image) and not _is_cut_off(every == spot.label, scored)
    ]
    kept = np.zeros(every.shape, np.int32)
    for number, spot in enumerate(sorted(spots, key=lambda s: s.centroid), start=1):
        kept[every == spot.label] = number
    return kept


def _is_slender(spot: BoolImage) -> bool:
    """Tell a line (hair, furrow, scratch) from a spot by the largest disc that fits in."""
    inner = float(opencv.distance_inside(np.pad(spot, 1)).max())
    return bool(spot.sum() > SLENDER * np.pi * inner**2)


def _is_cut_off(spot: BoolImage, scored: BoolImage) -> bool:
    rim = opencv.dilate(spot, 2) & ~spot
    inside = (rim & scored).sum()
    frame = np.pad(spot, 2)
    whole = (opencv.dilate(frame, 2) & ~frame).sum()
    return bool(inside < (1 - CUT_OFF) * whole)


def _at_frame_scale(
    kept: LabelImage, every: LabelImage, evidence: Evidence, usable: BoolImage, mm_per_px: float
) -> SpotMap:
    shape = usable.shape
    near = _nearest_owner(kept, MARGIN_MM / evidence.spacing_mm)
    owners = _enlarge_labels(near, shape)
    footprints = np.where(_enlarge_mask(kept > 0, shape), owners, 0).astype(np.int32)
    doubtful = (every > 0) | (evidence.strength > DOUBTFUL)
    rim = max(round(RIM_MM / evidence.spacing_mm), 1)
    pigment = _enlarge_mask(opencv.dilate(doubtful, rim), shape)
    return SpotMap(owners, footprints, usable & ~pigment)


def _nearest_owner(labels: LabelImage, reach_px: float) -> LabelImage:
    """Give each spot the pixels within reach that are nearest to it."""
    near = opencv.dilate(labels > 0, max(round(reach_px), 1))
    away = -opencv.distance_inside(labels == 0)
    return np.asarray(watershed(-away, labels, mask=near), dtype=np.int32)


def _enlarge_labels(labels: LabelImage, shape: tuple[int, int]) -> LabelImage:
    return np.asarray(opencv.resize_nearest(labels, shape), dtype=np.int32)


def _enlarge_mask(mask: BoolImage, shape: tuple[int, int]) -> BoolImage:
    return np.asarray(opencv.resize_linear(mask.astype(np.float32), shape) >= 0.5)
