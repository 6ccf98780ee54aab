"""A course of confluent pigment: the order of its stages, and what is taken for noise between its sessions."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from statistics import fmean

from pigtrack.imaging.change import ChangeSettings, SessionNoise, measure_change
from pigtrack.imaging.field import (
    SCALE_ERROR,
    cells_of,
    find_field,
    fit_light_direction,
    grade_field,
    read_cells,
    to_measurement,
    weigh_readings,
)
from pigtrack.imaging.link import link_lesions
from pigtrack.imaging.pigment import apply_curve, tone_of
from pigtrack.model.course import Course
from pigtrack.model.field import FieldCells, FieldGrade, FieldMap, FieldReading, FieldSession, RegionReading
from pigtrack.model.flags import QualityFlag
from pigtrack.model.linked import CourseChange
from pigtrack.model.metrics import PhotographMeasurement, PigmentRuler, SessionMetrics
from pigtrack.model.photograph import RegisteredImage, WorkingGrid
from pigtrack.model.protocol import Protocol
from pigtrack.model.quantity import BoolImage, FloatArray, FloatImage, Measured, Unit
from pigtrack.model.result import PhotographReading
from pigtrack.model.spectra import SpectralTables
from pigtrack.pipeline.course import CourseMasks, by_session, with_protocol
from pigtrack.pipeline.frame import mask_of
from pigtrack.pipeline.scaling import to_scale

ASSUMED_MM_PER_PX = 1 / 17
"""Where the scale is unknown: the working scale that photographs are brought to."""

FIELD_NOISE = ChangeSettings(
    area=SessionNoise(common=0.0125, own=0.0, own_degrees=math.inf),
    contrast=SessionNoise(common=0.024, own=0.0, own_degrees=math.inf),
    load=SessionNoise(common=0.023, own=0.0, own_degrees=math.inf),
    proportion=0.0,
    tanned=0.0,
    surround_mi=1.0,
    skin_mi=0.7,
)
"""What phantom fields, unchanged and fading, scatter from session to session beyond what their own clear skin tells:
78 sessions of light to dark skin in studio, ward and phone, on seeds apart from the benchmark's.

A field is one lesion, so what is its own and what all share is one number."""


def tell_light(ruler: PigmentRuler, tables: SpectralTables) -> FloatArray:
    """Direction in density that reads a course's light, whatever its field does."""
    return fit_light_direction(ruler, tone_of(10**-ruler.skin_density, tables), tables)


def read_course_cells(
    image: RegisteredImage, ruler: PigmentRuler, direction: FloatArray, frame: WorkingGrid
) -> FieldCells:
    """Average a photograph into cells."""
    return read_cells(image, ruler, direction, _indices(ruler), mm_per_px=frame.mm_per_px or ASSUMED_MM_PER_PX)


def _indices(ruler: PigmentRuler) -> Callable[[FloatImage], FloatImage]:
    return partial(apply_curve, ruler.curve)


def find_course_field(
    cells: Sequence[FieldCells], masks: CourseMasks, frame: WorkingGrid, *, baseline: int
) -> FieldMap:
    """Fix level, clear skin and footprint of a course; ``baseline`` is an index of ``cells``."""
    return find_field(
        cells,
        baseline=baseline,
        frame_shape=frame.shape,
        mm_per_px=frame.mm_per_px or ASSUMED_MM_PER_PX,
        region=masks.region,
        control=masks.control,
        exclude=masks.excluded,
    )


def draw_face(course: Course, field: FieldMap, frame: WorkingGrid) -> dict[str, BoolImage]:
    """Lay the drawn regions of a face on the cells."""
    masks = {name: mask_of(polygon, frame) for name, polygon in course.face}
    shape = (field.region.shape[0], field.region.shape[1])
    return {name: cells_of(mask, shape) & field.region for name, mask in masks.items() if mask is not None}


def weigh_course(
    readings: Mapping[int, FieldReading], field: FieldMap, frame: WorkingGrid, *, baseline: int
) -> dict[int, PhotographMeasurement]:
    """Give the readings of a course, by photograph, their uncertainties; ``baseline`` is a key of ``readings``."""
    order = sorted(readings)
    noise = weigh_readings([readings[k] for k in order], baseline=order.index(baseline))
    return {
        index: to_scale(
            to_measurement(
                readings[index],
                field,
                baseline=readings[baseline],
                noise=own,
                frame_shape=frame.shape,
                mm_per_px=frame.mm_per_px,
            ),
            frame,
        )
        for index, own in zip(order, noise, strict=True)
    }


def follow_field(
    course: Course,
    measured: Mapping[int, PhotographMeasurement],
    readings: Mapping[int, FieldReading],
    photographs: Sequence[PhotographReading],
    field: FieldMap,
    *,
    baseline_session: int,
    calibrated: bool,
    protocol: Protocol | None = None,
) -> CourseChange:
    """Compare a field's sessions with its baseline, and grade what was drawn of a face."""
    linked = link_lesions(by_session(measured, photographs, len(course.sessions)), baseline=baseline_session)
    region = field.region.sum() * field.cell_area * _unit_area(measured, readings)
    settings = with_protocol(FIELD_NOISE, protocol)
    change = measure_change(course, linked, calibrated=calibrated, region_area=float(region), settings=settings)
    own = {
        session.number: [
            readings[k] for k, each in enumerate(photographs) if each.session == session.number and k in readings
        ]
        for session in course.sessions
    }
    without = frozenset({QualityFlag.NO_CONTROL} if course.control is None else ())
    return replace(
        change,
        sessions=tuple(
            replace(each, flags=each.flags | without, field=_field_session(each, own[each.session], field))
            for each in change.sessions
        ),
    )


def _unit_area(measured: Mapping[int, PhotographMeasurement], readings: Mapping[int, FieldReading]) -> float:
    """Areas of the measurements for an area of the readings, mm² or pixels for one of them."""
    for index, reading in readings.items():
        area = measured[index].spots[0].area
        if area is not None and reading.area > 0:
            return area.value / reading.area
    return 1.0


def _field_session(metrics: SessionMetrics, readings: Sequence[FieldReading], field: FieldMap) -> FieldSession:
    if not readings:
        return FieldSession(field.level, None)
    variation = 100 * fmean(each.variation for each in readings)
    contrast = metrics.delta_mi
    share = contrast.u / contrast.value if contrast is not None and contrast.value > 0 else 1.0
    told = Measured(variation, variation * share, Unit.PERCENT)
    return FieldSession(field.level, told, _grade(metrics, readings))


def _grade(metrics: SessionMetrics, readings: Sequence[FieldReading]) -> FieldGrade | None:
    if not readings[0].regions or metrics.delta_mi is None:
        return None
    pooled = [_pool([each.regions[k] for each in readings]) for k in range(len(readings[0].regions))]
    return grade_field(pooled, u_level=metrics.delta_mi.u, scale_error=SCALE_ERROR)


def _pool(regions: Sequence[RegionReading]) -> RegionReading:
    return RegionReading(
        name=regions[0].name,
        fraction=fmean(each.fraction for each in regions),
        fraction_slope=fmean(each.fraction_slope for each in regions),
        contrast=fmean(each.contrast for each in regions),
        variation=fmean(each.variation for each in regions),
    )
