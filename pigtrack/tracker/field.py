"""Measures a course of confluent pigment: cells of every photograph, one field for all, one reading each."""

from dataclasses import dataclass, replace

import numpy as np

from pigtrack.imaging.field import LESION_ID, draw_outline, read_field
from pigtrack.imaging.resample import labels_in_photograph
from pigtrack.model.course import Course
from pigtrack.model.field import FieldCells, FieldReading
from pigtrack.model.linked import CourseChange
from pigtrack.model.metrics import PhotographMeasurement, PigmentRuler
from pigtrack.model.photograph import RegisteredImage, WorkingGrid
from pigtrack.model.protocol import Protocol
from pigtrack.model.quantity import BoolImage, FloatArray
from pigtrack.pipeline.field import (
    draw_face,
    find_course_field,
    follow_field,
    read_course_cells,
    tell_light,
    weigh_course,
)
from pigtrack.store.reference_data import load_spectra
from pigtrack.store.workspace import keep_record, recall_record
from pigtrack.tracker.jobs import Bench, MeasureJob, draw_pictures, image_name
from pigtrack.tracker.rounds import LaidCourse
from pigtrack.tracker.workers import Workers


@dataclass(frozen=True, eq=False, slots=True)
class CellsJob:
    """Average one placed photograph into cells."""

    bench: Bench
    index: int
    frame: WorkingGrid
    ruler: PigmentRuler
    direction: FloatArray


def cells_job(job: CellsJob) -> None:
    """Keep the cells of a placed photograph in the workspace."""
    image: RegisteredImage = recall_record(job.bench.workspace, image_name(job.index))
    cells = read_course_cells(image, job.ruler, job.direction, job.frame)
    keep_record(job.bench.workspace, _cells_name(job.index), cells)


def field_job(job: MeasureJob) -> FieldReading:
    """Read the field off one photograph; keep its label image and its pictures in the workspace."""
    folder = job.bench.workspace
    cells: FieldCells = recall_record(folder, _cells_name(job.index))
    field, face = recall_record(folder, "field")
    reading = read_field(cells, field, regions=face)
    image: RegisteredImage = recall_record(folder, image_name(job.index))
    outline = draw_outline(reading, job.frame.shape)
    labels = labels_in_photograph(outline, image.registration, job.reading.shape)
    keep_record(folder, f"labels-{job.index}", labels)
    if job.bench.pictures:
        names = {LESION_ID: "" if job.bench.catalogue is None else job.bench.catalogue.say("chart.field_name")}
        draw_pictures(job, image, outline, labels, names=names)
    return replace(reading, above=np.zeros((0, 0), bool))


def measure_field(
    course: Course,
    laid: LaidCourse,
    ruler: PigmentRuler,
    bench: Bench,
    crew: Workers,
    *,
    protocol: Protocol | None = None,
) -> tuple[CourseChange, dict[int, PhotographMeasurement]]:
    """Measure all photographs of a field and compare its sessions; with the measurements by photograph."""
    direction = tell_light(ruler, load_spectra())
    jobs = [CellsJob(bench, index, laid.frame, ruler, direction) for index in laid.placed]
    crew.run(cells_job, jobs, "Averaging photograph")
    cells: list[FieldCells] = [recall_record(bench.workspace, _cells_name(index)) for index in laid.placed]
    field = find_course_field(cells, laid.masks, laid.frame, baseline=laid.placed.index(laid.baseline))
    face: dict[str, BoolImage] = draw_face(course, field, laid.frame)
    keep_record(bench.workspace, "field", (field, face))
    read = crew.run(field_job, [_job(course, laid, bench, index) for index in laid.placed], "Measuring photograph")
    readings = dict(zip(laid.placed, read, strict=True))
    measured = weigh_course(readings, field, laid.frame, baseline=laid.baseline)
    change = follow_field(
        course,
        measured,
        readings,
        laid.readings,
        field,
        baseline_session=laid.baseline_session,
        calibrated=not laid.exploratory,
        protocol=protocol,
    )
    return change, measured


def _job(course: Course, laid: LaidCourse, bench: Bench, index: int) -> MeasureJob:
    reading = laid.readings[index]
    return MeasureJob(bench, index, reading, laid.frame, None, bench.caption(course, reading.session))


def _cells_name(index: int) -> str:
    return f"cells-{index}"
