"""The scale of a course: all its cards together tell the baseline's, the registrations carry it to every photograph."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from pigtrack.imaging.scale import ScaleClue, measure_scale, place_in_photograph, pool_scales, registered_ratio
from pigtrack.model.calibration import SpatialCalibration
from pigtrack.model.flags import QualityFlag
from pigtrack.model.photograph import Registration, WorkingGrid
from pigtrack.model.quality import QualityCheck, QualityVerdict
from pigtrack.model.quantity import FloatArray
from pigtrack.model.result import PhotographReading, Placement

CHECK = "scale_in_course"
"""Name of the check that holds a photograph's own scale against the other sessions'."""


@dataclass(frozen=True, eq=False, slots=True)
class ScaledCourse:
    """The frame and the readings of a course, with one scale for all."""

    frame: WorkingGrid
    readings: tuple[PhotographReading, ...]


def scale_course(
    readings: Sequence[PhotographReading],
    placements: Mapping[int, Placement],
    *,
    baseline: int,
    frame: WorkingGrid,
    point: tuple[float, float],
) -> ScaledCourse:
    """Take the baseline's scale from all photographs that were laid over it, and theirs from the baseline's.

    Parameters
    ----------
    placements : mapping of int to Placement
        By index of the reading.
    baseline : int
        Index of the photograph whose frame it is.
    point : tuple of float
        Upright x, y of the baseline at which the scale holds.

    Returns
    -------
    ScaledCourse
        Unchanged where the baseline itself has no scale. A photograph that is far off what the other sessions say has
        the flag ``scale_mismatch`` and a check that tells by how much.
    """
    own = readings[baseline].scale
    if own is None or own.mm_per_px is None:
        return ScaledCourse(frame, tuple(readings))
    where = (np.asarray(point, dtype=np.float64) - frame.origin) / frame.step
    laid = {index: each.registration for index, each in sorted(placements.items()) if each.registration is not None}
    ratios = {index: registered_ratio(each, frame, where) for index, each in laid.items()}
    scales = {index: _rescale(readings[index], each, where) for index, each in laid.items()}
    clues = {
        index: _clue(readings[index], scale, ratios[index]) for index, scale in scales.items() if scale is not None
    }
    pooled = pool_scales(list(clues.values()))
    u = float(np.hypot(pooled.u_own, own.u_shared))
    found = list(readings)
    for index, ratio in ratios.items():
        known = SpatialCalibration(pooled.mm_per_px / ratio, u, 0.0, u_shared=own.u_shared, source="course")
        found[index] = _with_scale(readings[index], scales[index], known)
    for index, away, limit in zip(clues, pooled.away, pooled.limits, strict=True):
        if np.isfinite(away):
            found[index] = _with_check(found[index], float(abs(away)), float(limit))
    return ScaledCourse(replace(frame, mm_per_px=pooled.mm_per_px * frame.step), tuple(found))


def _rescale(reading: PhotographReading, registration: Registration, where: FloatArray) -> SpatialCalibration | None:
    """Scale of a photograph by its own card where the baseline's point lies in it; None where it tells none."""
    if reading.scale is None or reading.scale.mm_per_px is None:
        return None
    return measure_scale(
        reading.card,
        reading.pitch_mm,
        place_in_photograph(registration, where),
        image_shape=reading.shape,
        focal_length_35mm=reading.capture.focal_length_35mm,
        sticker=reading.sticker,
    )


def _clue(reading: PhotographReading, scale: SpatialCalibration, ratio: float) -> ScaleClue:
    own = max(scale.u_relative**2 - scale.u_shared**2, 1e-10) ** 0.5
    return ScaleClue(reading.session, float(scale.mm_per_px or 0.0) * ratio, own)


def _with_scale(
    reading: PhotographReading, own: SpatialCalibration | None, known: SpatialCalibration
) -> PhotographReading:
    if own is None:
        return replace(reading, scale=known)
    return replace(reading, scale=replace(known, tilt_deg=own.tilt_deg, distance_mm=own.distance_mm, flags=own.flags))


def _with_check(reading: PhotographReading, away: float, limit: float) -> PhotographReading:
    far = away > limit
    verdict = QualityVerdict.WARN if far else QualityVerdict.PASS
    check = QualityCheck(CHECK, away, limit, verdict, QualityFlag.SCALE_MISMATCH.remedy)
    flags = reading.flags | ({QualityFlag.SCALE_MISMATCH} if far else set())
    return replace(reading, checks=(*reading.checks, check), flags=flags)
