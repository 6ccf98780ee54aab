"""The scale of a course: all its cards together tell the baseline's, the registrations carry it to every photograph."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from pigtrack.imaging.scale import (
    PooledScale,
    ScaleClue,
    measure_scale,
    place_in_photograph,
    pool_scales,
    registered_ratio,
)
from pigtrack.model.calibration import SpatialCalibration
from pigtrack.model.flags import QualityFlag
from pigtrack.model.metrics import PhotographMeasurement, SpotMeasurement
from pigtrack.model.photograph import Registration, WorkingGrid
from pigtrack.model.quality import QualityCheck, QualityVerdict
from pigtrack.model.quantity import FloatArray, Measured
from pigtrack.model.result import PhotographReading, Placement
from pigtrack.pipeline.reading import told_focal_length

CHECK = "scale_in_course"
"""Name of the check that holds a photograph's own scale against the other sessions'."""

_STEEPEST = 0.15
"""Largest relative change of scale across the frame that is believed: a lean of 20 degrees over 80 mm at 30 cm."""


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
    laid = {index: each.registration for index, each in sorted(placements.items()) if each.registration is not None}
    course = _Laid({index: readings[index] for index in laid}, laid, frame)
    where = (np.asarray(point, dtype=np.float64) - frame.origin) / frame.step
    clues, pooled = course.ask(where)
    u = float(np.hypot(pooled.u_own, own.u_shared))
    found = list(readings)
    for index, each in laid.items():
        mm_per_px = pooled.mm_per_px / registered_ratio(each, frame, where)
        known = SpatialCalibration(mm_per_px, u, float("nan"), u_shared=own.u_shared, source="course")
        found[index] = _with_scale(readings[index], known)
    for index, away, limit in zip(clues, pooled.away, pooled.limits, strict=True):
        if np.isfinite(away):
            found[index] = _with_check(found[index], float(abs(away)), float(limit))
    sloped = replace(
        frame,
        mm_per_px=pooled.mm_per_px * frame.step,
        scale_point=(float(where[0]), float(where[1])),
        scale_slope=_slope(course, where),
    )
    return ScaledCourse(sloped, tuple(found))


def to_scale(measured: PhotographMeasurement, frame: WorkingGrid) -> PhotographMeasurement:
    """Give each spot the scale of its own place on the frame, as a camera that leans shows near skin larger.

    Lengths, areas and loads of a lesion change by the same factor in all sessions; its changes stay as they are.
    """
    if frame.mm_per_px is None or not any(frame.scale_slope):
        return measured
    return replace(measured, spots=tuple(_spot_to_scale(spot, frame) for spot in measured.spots))


def _spot_to_scale(spot: SpotMeasurement, frame: WorkingGrid) -> SpotMeasurement:
    away = np.asarray(spot.centroid) - frame.scale_point
    length = float(np.exp(np.clip(away @ np.asarray(frame.scale_slope), -_STEEPEST, _STEEPEST)))
    return replace(
        spot,
        area=_times(spot.area, length**2),
        area_frozen=_times(spot.area_frozen, length**2),
        load=_times(spot.load, length**2),
        diameter=None if spot.diameter is None else spot.diameter * length,
        edge_width=None if spot.edge_width is None else spot.edge_width * length,
    )


def _times(measured: Measured | None, factor: float) -> Measured | None:
    return None if measured is None else Measured(measured.value * factor, measured.u * factor, measured.unit)


@dataclass(frozen=True, eq=False, slots=True)
class _Laid:
    """The photographs that lie on the frame, by index."""

    readings: Mapping[int, PhotographReading]
    registrations: Mapping[int, Registration]
    frame: WorkingGrid

    def ask(self, where: FloatArray) -> tuple[tuple[int, ...], PooledScale]:
        """Pool what they tell of the baseline's scale at a frame point; with the indices of those that tell."""
        clues = {}
        for index, reading in self.readings.items():
            scale = _rescale(reading, self.registrations[index], where)
            if scale is not None:
                clues[index] = _clue(reading, scale, registered_ratio(self.registrations[index], self.frame, where))
        return tuple(clues), pool_scales(list(clues.values()))


def _slope(course: _Laid, where: FloatArray) -> tuple[float, float]:
    """Relative change of the baseline's millimetres a pixel, a frame pixel along x and along y."""
    rows, columns = course.frame.shape
    reach = min(rows, columns) / 4
    logs = [
        np.log(course.ask(where + step)[1].mm_per_px) for step in reach * np.array([[1, 0], [-1, 0], [0, 1], [0, -1]])
    ]
    return float(logs[0] - logs[1]) / (2 * reach), float(logs[2] - logs[3]) / (2 * reach)


def _rescale(reading: PhotographReading, registration: Registration, where: FloatArray) -> SpatialCalibration | None:
    """Scale of a photograph by its own card where the baseline's point lies in it; None where it tells none."""
    if reading.scale is None or reading.scale.mm_per_px is None:
        return None
    return measure_scale(
        reading.card,
        reading.pitch_mm,
        place_in_photograph(registration, where),
        image_shape=reading.shape,
        focal_length_35mm=told_focal_length(reading.capture),
        sticker=reading.sticker,
    )


def _clue(reading: PhotographReading, scale: SpatialCalibration, ratio: float) -> ScaleClue:
    own = max(scale.u_relative**2 - scale.u_shared**2, 1e-10) ** 0.5
    return ScaleClue(reading.session, float(scale.mm_per_px or 0.0) * ratio, own)


def _with_scale(reading: PhotographReading, known: SpatialCalibration) -> PhotographReading:
    own = reading.scale
    if own is None:
        return replace(reading, scale=known)
    return replace(reading, scale=replace(known, tilt_deg=own.tilt_deg, distance_mm=own.distance_mm, flags=own.flags))


def _with_check(reading: PhotographReading, away: float, limit: float) -> PhotographReading:
    far = away > limit
    verdict = QualityVerdict.WARN if far else QualityVerdict.PASS
    check = QualityCheck(CHECK, away, limit, verdict, QualityFlag.SCALE_MISMATCH.remedy)
    flags = reading.flags | ({QualityFlag.SCALE_MISMATCH} if far else set())
    return replace(reading, checks=(*reading.checks, check), flags=flags)
