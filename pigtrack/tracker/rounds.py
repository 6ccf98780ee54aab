"""The three rounds of a course over its photographs: read every card, lay every photograph down, measure every one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pigtrack.imaging.calibrate import UNCALIBRATED
from pigtrack.imaging.measure import measure_photograph
from pigtrack.model.calibration import Card
from pigtrack.model.course import Course
from pigtrack.model.metrics import PhotographMeasurement, PigmentRuler, SkinMaps, SpotMap
from pigtrack.model.photograph import RegisteredImage, WorkingGrid
from pigtrack.model.quantity import LabelImage
from pigtrack.model.result import PhotographReading, Placement
from pigtrack.pipeline.colouring import calibrate_together
from pigtrack.pipeline.correcting import leave_out_photographs, refuse_corrections
from pigtrack.pipeline.course import CourseMasks, draw_masks, find_baseline, is_exploratory
from pigtrack.pipeline.frame import plan_frame, point_of_interest, refuse_stray_region
from pigtrack.pipeline.judging import choose_course_method, grade_reading
from pigtrack.pipeline.placing import compare_with_baseline
from pigtrack.pipeline.scaling import scale_course, to_scale
from pigtrack.store.workspace import recall_record
from pigtrack.tracker.colours import know_colours
from pigtrack.tracker.jobs import (
    Bench,
    MapJob,
    MeasureJob,
    PlaceJob,
    ReadJob,
    image_name,
    map_job,
    maps_name,
    measure_job,
    place_job,
    read_job,
)
from pigtrack.tracker.workers import Workers


@dataclass(frozen=True, eq=False, slots=True)
class LaidCourse:
    """A course whose photographs lie on one frame.

    Attributes
    ----------
    readings : tuple of PhotographReading
        Of every photograph, in the course's order.
    placements : mapping of int to Placement
        Of the photographs that passed their checks, by index; one that could not be registered has a refusal.
    baseline : int
        Index of the photograph whose frame it is.
    """

    readings: tuple[PhotographReading, ...]
    placements: Mapping[int, Placement]
    baseline: int
    frame: WorkingGrid
    masks: CourseMasks
    method: str
    exploratory: bool

    @property
    def placed(self) -> tuple[int, ...]:
        """Indices of the photographs that lie on the frame."""
        return tuple(index for index, each in sorted(self.placements.items()) if each.registration is not None)

    @property
    def first_placed(self) -> dict[int, int]:
        """Index of the photograph that stands for a session, its first on the frame, by the session's number."""
        first: dict[int, int] = {}
        for index in self.placed:
            first.setdefault(self.readings[index].session, index)
        return first

    @property
    def baseline_session(self) -> int:
        """Number of the session that all others are compared with."""
        return self.readings[self.baseline].session


def read_all(course: Course, card: Card, bench: Bench, crew: Workers) -> tuple[PhotographReading, ...]:
    """Read the card of every photograph of the course."""
    pitch = course.card_patch_pitch_mm or card.pitch_mm
    jobs = [
        ReadJob(bench, session.number, photo, card, pitch, course.region, course.scale_sticker_mm)
        for session in course.sessions
        for photo in session.photos
    ]
    return tuple(crew.run(read_job, jobs, "Reading photograph"))


def lay_all(course: Course, readings: tuple[PhotographReading, ...], bench: Bench, crew: Workers) -> LaidCourse:
    """Choose baseline, frame and colour method, and lay every usable photograph on the frame."""
    everything, readings = readings, leave_out_photographs(course, readings)
    exploratory = is_exploratory(readings)
    usable = [grade_reading(reading, exploratory=exploratory) != "reject" for reading in readings]
    if not any(usable):
        refuse_stray_region(course, readings[0].shape)
    baseline = find_baseline(readings, usable)
    refuse_corrections(course, everything, baseline, exploratory=exploratory)
    if not exploratory:
        readings = calibrate_together(readings, usable, know_colours(), method=bench.settings.method)
    fit_for_use = [reading for reading, fit in zip(readings, usable, strict=True) if fit]
    method = UNCALIBRATED.method if exploratory else choose_course_method(fit_for_use, bench.settings)
    first = readings[baseline]
    frame = plan_frame(course, first.shape, None if first.scale is None else first.scale.mm_per_px, bench.settings)
    placements = _place_all(readings, usable, baseline, method, frame, bench, crew)
    point = point_of_interest(course.region, first.shape)
    scaled = scale_course(readings, placements, baseline=baseline, frame=frame, point=point)
    masks = draw_masks(course, scaled.frame)
    return LaidCourse(scaled.readings, placements, baseline, scaled.frame, masks, method, exploratory)


def _place_all(
    readings: Sequence[PhotographReading],
    usable: Sequence[bool],
    baseline: int,
    method: str,
    frame: WorkingGrid,
    bench: Bench,
    crew: Workers,
) -> dict[int, Placement]:
    """Lay the baseline down, then every other usable photograph over it; by index."""
    first = readings[baseline]
    jobs = [
        PlaceJob(
            bench,
            index,
            readings[index],
            method,
            frame,
            None if index == baseline else (baseline, first),
        )
        for index, fit in enumerate(usable)
        if fit
    ]
    jobs.sort(key=lambda job: job.first is not None)
    placed = crew.run(place_job, jobs[:1], "Calibrating baseline") + crew.run(place_job, jobs[1:], "Laying over")
    return {
        job.index: compare_with_baseline(each, readings[job.index], first)
        for job, each in zip(jobs, placed, strict=True)
    }


def map_all(laid: LaidCourse, ruler: PigmentRuler, bench: Bench, crew: Workers) -> tuple[str, ...]:
    """Read the pigment of every placed photograph; the names under which the maps are kept, in the course's order."""
    return tuple(crew.run(map_job, [MapJob(bench, index, ruler) for index in laid.placed], "Mapping pigment"))


def measure_all(course: Course, laid: LaidCourse, bench: Bench, crew: Workers) -> dict[int, PhotographMeasurement]:
    """Measure the baseline, then every other photograph against it."""

    def job(index: int, before: PhotographMeasurement | None) -> MeasureJob:
        reading = laid.readings[index]
        caption = bench.caption(course, reading.session)
        return MeasureJob(bench, index, reading, laid.frame, None if before is None else before.spots, caption)

    first = crew.run(measure_job, [job(laid.baseline, None)], "Measuring baseline")[0]
    rest = [index for index in laid.placed if index != laid.baseline]
    measured = crew.run(measure_job, [job(index, first) for index in rest], "Measuring photograph")
    found = {laid.baseline: first, **dict(zip(rest, measured, strict=True))}
    return {index: to_scale(each, laid.frame) for index, each in found.items()}


def outline_baseline(laid: LaidCourse, ruler: PigmentRuler, bench: Bench, spots: SpotMap) -> LabelImage:
    """Outline the spots of the baseline's photograph by a map of spots, its pigment being mapped; nothing is kept."""
    image: RegisteredImage = recall_record(bench.workspace, image_name(laid.baseline))
    maps: SkinMaps = recall_record(bench.workspace, maps_name(laid.baseline))
    return measure_photograph(image, maps, spots, mm_per_px=laid.frame.mm_per_px, ruler=ruler).outlines
