"""Find the spots of a course, on all its photographs together, and give each its own skin.

A spot that only one photograph shows is found as well, so that new and resolved ones are counted; spots that touch
in one photograph but not in another stay apart. Nothing is outlined here for measuring: see `imaging.measure`.
"""

from collections.abc import Collection, Iterable, Sequence

import numpy as np
from skimage.segmentation import watershed

from pigtrack.imaging import opencv
from pigtrack.imaging.segment.choosing import Choice, choose_spots
from pigtrack.imaging.segment.evidence import Evidence, gather_evidence
from pigtrack.imaging.segment.territories import find_footprints
from pigtrack.model.flags import QualityFlag
from pigtrack.model.metrics import SkinMaps, SpotMap
from pigtrack.model.provenance import Algorithm
from pigtrack.model.quantity import BoolImage, LabelImage

__all__ = ["ALGORITHM", "find_spots"]

ALGORITHM = Algorithm("segment", 2)

ASSUMED_MM_PER_PX = 1 / 17
"""Where the scale is unknown: the working scale that photographs are brought to."""

MARGIN_MM = 1.0
"""Skin around the widest extent that still belongs to the lesion: two widths of a usual edge."""

RIM_MM = 0.4
"""A spot's edge reaches this far; what is to serve as spot-free skin keeps away from it."""

DOUBTFUL = 0.6
"""Strength from which skin is no ring, though not certain enough to be a spot."""


def find_spots(
    maps: Iterable[SkinMaps],
    *,
    mm_per_px: float | None,
    region: BoolImage | None = None,
    exclude: BoolImage | None = None,
    control: BoolImage | None = None,
    sessions: Sequence[int] | None = None,
    healing: Collection[int] = (),
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
    sessions : sequence of int, optional
        Session of each photograph; None: every photograph is a session of its own.
    healing : collection of int
        Sessions after a procedure, whose tiny spots, where many, are crusts.

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
    chosen = choose_spots(
        every,
        evidence,
        scored=np.asarray(opencv.resize_area(scored.astype(np.float32), every.shape)) > 0.5,
        seen=evidence.reliefs[0].valid,
        sessions=sessions or range(1, len(evidence.maps) + 1),
        healing=healing,
    )
    return _at_frame_scale(chosen, every, evidence, usable)


def _chain(first: SkinMaps, rest: Iterable[SkinMaps]) -> Iterable[SkinMaps]:
    yield first
    yield from rest


def _at_frame_scale(chosen: Choice, every: LabelImage, evidence: Evidence, usable: BoolImage) -> SpotMap:
    shape, kept = usable.shape, chosen.labels
    near = _nearest_owner(kept, MARGIN_MM / evidence.spacing_mm)
    owners = _enlarge_labels(near, shape)
    footprints = np.where(_enlarge_mask(kept > 0, shape), owners, 0).astype(np.int32)
    doubtful = (every > 0) | (evidence.strength > DOUBTFUL)
    rim = max(round(RIM_MM / evidence.spacing_mm), 1)
    pigment = _enlarge_mask(opencv.dilate(doubtful, rim), shape)
    flags = {number: frozenset({QualityFlag.AT_EDGE}) for number in chosen.at_border}
    for number in chosen.doubtful:
        flags[number] = flags.get(number, frozenset()) | {QualityFlag.DOUBTFUL_MARK}
    return SpotMap(owners, footprints, usable & ~pigment, flags=flags, marks=chosen.marks)


def _nearest_owner(labels: LabelImage, reach_px: float) -> LabelImage:
    """Give each spot the pixels within reach that are nearest to it."""
    near = opencv.dilate(labels > 0, max(round(reach_px), 1))
    away = -opencv.distance_inside(labels == 0)
    return np.asarray(watershed(-away, labels, mask=near), dtype=np.int32)


def _enlarge_labels(labels: LabelImage, shape: tuple[int, int]) -> LabelImage:
    return np.asarray(opencv.resize_nearest(labels, shape), dtype=np.int32)


def _enlarge_mask(mask: BoolImage, shape: tuple[int, int]) -> BoolImage:
    return np.asarray(opencv.resize_linear(mask.astype(np.float32), shape) >= 0.5)
