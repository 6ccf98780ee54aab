"""Measure a course: a folder of photographs in; tables, pictures, charts and a report out."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from pigtrack.errors import CourseError
from pigtrack.imaging import opencv
from pigtrack.imaging.closeup import Closeup
from pigtrack.model.calibration import Card
from pigtrack.model.course import Course, Mode
from pigtrack.model.linked import CourseChange
from pigtrack.model.metrics import PhotographMeasurement, PigmentRuler
from pigtrack.model.photograph import RegisteredImage
from pigtrack.model.progress import Progress
from pigtrack.model.protocol import Protocol
from pigtrack.model.result import CourseResult
from pigtrack.pipeline.closeup import NOTE
from pigtrack.pipeline.correcting import (
    correct_course_spots,
    tell_corrections,
    with_drawn_corrections,
)
from pigtrack.pipeline.course import (
    fit_course_ruler,
    flag_unknown_size,
    refuse_blank,
)
from pigtrack.pipeline.settings import MeasurementSettings
from pigtrack.pipeline.versions import ALGORITHMS
from pigtrack.store.catalogues import load_catalogue
from pigtrack.store.folder import load_course, load_course_card
from pigtrack.store.pdf import require_printer
from pigtrack.store.protocol_file import load_course_protocol
from pigtrack.store.reference_data import load_spectra
from pigtrack.store.results import refuse_foreign, write_results
from pigtrack.store.tables import lesion_rows, photo_rows, session_rows
from pigtrack.store.treatment_tables import event_rows, treatment_rows
from pigtrack.store.workspace import KeptRecords, Workspace, keep_record
from pigtrack.tracker.clinic import noise_entries, noise_settings
from pigtrack.tracker.comparing import compare_spots, lesion_places, record_photographs
from pigtrack.tracker.course_pictures import course_pictures
from pigtrack.tracker.field import measure_field
from pigtrack.tracker.finding import find_lesions, map_for_people
from pigtrack.tracker.jobs import Bench, image_name
from pigtrack.tracker.printing import print_pages
from pigtrack.tracker.rounds import LaidCourse, lay_all, measure_all, read_all
from pigtrack.tracker.showing import KeptLabels, draw_files
from pigtrack.tracker.summary import describe_run, summarise, warn
from pigtrack.tracker.workers import Workers, hire


@dataclass(frozen=True, eq=False, slots=True)
class MeasuredCourse:
    """A measured course: its records, its tables, and what to tell the person who asked.

    Attributes
    ----------
    sessions, lesions, photos : DataFrame
        The promised tables.
    out : Path or None
        Where the results were written.
    pdf : bool
        Whether the pages were printed too.
    automatic : mapping of str to DataFrame
        Where corrections were made by hand, the promised tables without them, by name below ``automatic/``.
    """

    result: CourseResult
    sessions: pd.DataFrame
    lesions: pd.DataFrame
    photos: pd.DataFrame
    out: Path | None = None
    pdf: bool = False
    automatic: Mapping[str, pd.DataFrame] = field(default_factory=dict)

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """All tables by name: the promised ones, and what was done and what happened, from course.toml."""
        course = self.result.course
        promised = {"sessions": self.sessions, "lesions": self.lesions, "photos": self.photos}
        told = {"treatments": treatment_rows(course), "adverse_events": event_rows(course)}
        return {**promised, **told, **self.automatic}

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was assumed, and each photograph that could not be used, one sentence each."""
        return warn(self.result)

    @property
    def summary(self) -> tuple[str, ...]:
        """What became of the course, in a few lines."""
        return summarise(self.result, self.out, pdf=self.pdf)


def measure(
    *,
    course_folder: Path,
    out: Path | None = None,
    workers: int = 1,
    progress: Progress | None = None,
    settings: MeasurementSettings | None = None,
    language: str = "en",
    pdf: bool = False,
) -> MeasuredCourse:
    """Measure a course and write its results, whole or not at all.

    Parameters
    ----------
    course_folder : Path
        A folder with ``course.toml``, or with photographs alone.
    out : Path or None
        The results folder; None: ``results`` inside the course's folder.
    workers : int
        Photographs measured side by side. Results do not depend on it.
    language : str
        Of the pages and charts, a code of `pigtrack.store.catalogues.list_languages`. What the patient reads is in the
        course's ``patient_language`` where it names one.
    pdf : bool
        Print the pages as PDF too.

    Raises
    ------
    PigtrackError
        If the course can't be measured or the results can't be written.
    """
    folder = Path(course_folder)
    if pdf:
        require_printer()
    catalogue = load_catalogue(language)
    course = load_course(folder)
    reader = load_catalogue(course.patient_language or language)
    target = refuse_foreign(folder / "results" if out is None else Path(out))
    with Workspace() as workspace, hire(workers, progress) as crew:
        bench = Bench(folder, workspace.folder, settings or MeasurementSettings(), pictures=True, catalogue=catalogue)
        measured, laid = measure_on(course, load_course_card(folder, course), bench, crew)
        measured = _beside_automatic(measured, course, bench, crew)
        files = draw_files(measured.result, laid, workspace.folder, crew, catalogue=catalogue, reader=reader)
        write_results(
            target,
            tables=measured.tables,
            labels=KeptLabels(workspace.folder, laid),
            files=print_pages(files, crew) if pdf else files,
            run=describe_run(measured.result),
        )
    return replace(measured, out=target, pdf=pdf)


def measure_course(folder: str | Path, *, workers: int = 1) -> MeasuredCourse:
    """Measure a course without writing anything.

    Parameters
    ----------
    folder : str or Path
        As for `measure`.

    Returns
    -------
    MeasuredCourse
        With ``.sessions``, ``.lesions`` and ``.photos`` as pandas tables, and ``.result``, the records behind them.
    """
    course = load_course(folder)
    with Workspace() as workspace, hire(workers) as crew:
        bench = Bench(Path(folder), workspace.folder, MeasurementSettings(), pictures=False)
        return measure_on(course, load_course_card(folder, course), bench, crew)[0]


@dataclass(frozen=True, eq=False, slots=True)
class LabelledCourse:
    """A measured course with its label images, 16-bit PNG by photograph; and what the web app shows, if asked for."""

    measured: MeasuredCourse
    labels: dict[str, bytes]
    pictures: dict[str, bytes] = field(default_factory=dict)


def measure_labelled(
    folder: Path,
    *,
    workers: int = 1,
    progress: Progress | None = None,
    settings: MeasurementSettings | None = None,
    pictures: bool = False,
) -> LabelledCourse:
    """Measure a course as `measure_course` does, and keep the label images too; nothing is written.

    ``pictures``: draw what the web app shows, see `pigtrack.tracker.course_pictures`.
    """
    course, words = load_course(folder), load_catalogue("en")
    with Workspace() as workspace, hire(workers, progress) as crew:
        at = settings or MeasurementSettings()
        bench = Bench(folder, workspace.folder, at, pictures=pictures, catalogue=words if pictures else None)
        measured, laid = measure_on(course, load_course_card(folder, course), bench, crew)
        labels = KeptLabels(workspace.folder, laid)
        kept = {photo: opencv.encode_png(image) for photo, image in labels.items()}
        if not pictures:
            return LabelledCourse(measured, kept)
        reader = load_catalogue(course.patient_language or "en")
        drawn = course_pictures(measured.result, laid, workspace.folder, crew, catalogue=words, reader=reader)
        return LabelledCourse(measured, kept, drawn)


def measure_on(course: Course, card: Card, bench: Bench, crew: Workers) -> tuple[MeasuredCourse, LaidCourse]:
    """Measure a course on a bench, whose workspace then holds every step's records; with how its photographs lie."""
    course = with_drawn_corrections(course)
    protocol = load_course_protocol(bench.course_folder, course)
    laid = lay_all(course, read_all(course, card, bench, crew), bench, crew)
    images = KeptRecords(bench.workspace, tuple(image_name(index) for index in laid.placed), RegisteredImage)
    refuse_blank(images[0], laid.masks)
    ruler = fit_course_ruler(images, laid.masks, laid.frame, load_spectra())
    if course.mode is Mode.FIELD:
        map_for_people(laid, ruler, bench, crew)
        return _measure_field(course, protocol, laid, ruler, bench, crew), laid
    corrected = find_lesions(course, protocol, laid, images, ruler, bench, crew)
    keep_record(bench.workspace, "course", (ruler, corrected.spots, laid.masks))
    measured = measure_all(course, laid, bench, crew)
    noise = noise_settings(bench.course_folder, course, protocol)
    compared = compare_spots(course, laid, measured, corrected, ruler, noise)
    notes = (*((NOTE,) if isinstance(corrected.spots, Closeup) else ()), *corrected.notes)
    result = replace(
        _result(course, protocol, laid, ruler, compared.change, bench, notes=notes),
        linked=compared.linked,
        corrections=corrected.applied,
    )
    result = replace(result, settings={**result.settings, "noise": noise_entries(noise, course)})
    return _tabled(result, laid, measured), laid


def _beside_automatic(measured: MeasuredCourse, course: Course, bench: Bench, crew: Workers) -> MeasuredCourse:
    """Measure a course that was corrected by hand once more without that, its tables to be kept beside."""
    if not course.corrections:
        return measured
    found = replace(course, corrections=())
    with Workspace() as workspace:
        plain = replace(bench, workspace=workspace.folder, pictures=False)
        try:
            automatic = measure_on(found, load_course_card(bench.course_folder, found), plain, crew)[0]
        except CourseError as fault:
            note = f"Without its corrections by hand this course has no result: {fault.problem}"
            return replace(measured, result=replace(measured.result, notes=(*measured.result.notes, note)))
    beside = {f"automatic/{name}": automatic.tables[name] for name in ("sessions", "lesions", "photos")}
    return replace(measured, result=replace(measured.result, automatic_beside=True), automatic=beside)


def _measure_field(
    course: Course, protocol: Protocol | None, laid: LaidCourse, ruler: PigmentRuler, bench: Bench, crew: Workers
) -> MeasuredCourse:
    change, measured = measure_field(course, laid, ruler, bench, crew, protocol=protocol)
    if laid.frame.mm_per_px is None and not laid.exploratory:
        change = flag_unknown_size(change)
    corrected = correct_course_spots(course, None, laid.masks, laid.frame)
    change = tell_corrections(change, corrected)
    result = replace(_result(course, protocol, laid, ruler, change, bench), corrections=corrected.applied)
    return _tabled(result, laid, measured)


def _result(
    course: Course,
    protocol: Protocol | None,
    laid: LaidCourse,
    ruler: PigmentRuler,
    change: CourseChange,
    bench: Bench,
    *,
    notes: tuple[str, ...] = (),
) -> CourseResult:
    scale = laid.readings[laid.baseline].scale
    return CourseResult(
        course=course,
        protocol=protocol,
        sessions=change.sessions,
        lesions=change.lesions,
        photographs=record_photographs(laid),
        frame=laid.frame,
        ruler=ruler,
        method=laid.method,
        exploratory=laid.exploratory,
        u_scale=None if scale is None or scale.mm_per_px is None else scale.u_relative,
        algorithms=ALGORITHMS,
        settings=bench.settings.entries(),
        registrations={
            laid.readings[index].photo: placement.registration
            for index, placement in sorted(laid.placements.items())
            if placement.registration is not None
        },
        notes=notes,
        trend=change.trend,
        population=change.population,
    )


def _tabled(result: CourseResult, laid: LaidCourse, measured: Mapping[int, PhotographMeasurement]) -> MeasuredCourse:
    lesions = lesion_rows(result, lesion_places(laid, measured))
    return MeasuredCourse(result, session_rows(result), lesions, photo_rows(result.course, result.photographs))
