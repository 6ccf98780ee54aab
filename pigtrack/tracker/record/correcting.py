"""Corrects a recorded course by hand: the correction is kept, the course measured anew, the automatic result stays."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from sqlalchemy import Connection, RowMapping

from pigtrack.errors import CourseError, RecordError
from pigtrack.imaging import opencv
from pigtrack.model.correction import Correction, CorrectionKind, Point
from pigtrack.model.progress import Progress
from pigtrack.model.record import Actor, MeasurementVersion, RecordedCourse
from pigtrack.model.roles import Verb
from pigtrack.store.naming import quoted
from pigtrack.store.point_list import read_points
from pigtrack.store.record.corrections import (
    KeptCorrection,
    find_review,
    keep_correction,
    read_corrections,
    withdraw_correction,
)
from pigtrack.store.record.courses import need_course
from pigtrack.store.record.measurements import read_versions
from pigtrack.store.record.opening import Record
from pigtrack.store.record.reading import read_course
from pigtrack.tracker.record.auditing import audited_view
from pigtrack.tracker.record.desk import By, Data, actor_of, opened
from pigtrack.tracker.record.measuring import MeasuredVersion, measure_recorded

_UNMEASURABLE = "the course could not be measured with it"
_NUMBERED = re.compile(r"^Correction (\d+)")


@dataclass(frozen=True, slots=True)
class ToldCorrection:
    """What a person says of a correction.

    Attributes
    ----------
    lesions : tuple of int
        Numbers of spots in the course's current measurement, which are turned into points.
    at, outline, line : tuple of str, str or None
        Points as texts, or the names of JSON files: see `pigtrack.store.point_list.read_points`.
    review : str or None
        Id of the blinded review in which it was made.
    """

    kind: CorrectionKind
    reason: str
    lesions: tuple[int, ...] = ()
    at: tuple[str, ...] = ()
    outline: str | None = None
    line: str | None = None
    photo: str | None = None
    review: str | None = None


@dataclass(frozen=True, slots=True)
class CorrectedRecord:
    """What became of it.

    Attributes
    ----------
    number : int
        Of the correction.
    version : MeasurementVersion or None
        That the course stands at now; None: it was not measured anew.
    warnings : tuple of str
        Of corrections that found no place.
    """

    number: int
    told: str
    version: MeasurementVersion | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ListedCorrections:
    """The corrections of a course, and the versions of its measurement; ``current``: the number of its own."""

    corrections: tuple[KeptCorrection, ...]
    versions: tuple[MeasurementVersion, ...]
    current: int | None


def correct(
    *,
    label: str,
    told: ToldCorrection,
    data: Data = None,
    by: By = None,
    measure: bool = True,
    workers: int = 1,
    progress: Progress | None = None,
) -> CorrectedRecord:
    """Keep a correction, and measure the course with it.

    The automatic result is measured first where it is not in the record yet, so that it stands beside.

    Raises
    ------
    PigtrackError
        If it says nothing that can be done; or the course can't be measured with it: then it is withdrawn again.
    """
    with opened(data) as record:
        actor = actor_of(record, by, to=Verb.CORRECT)
        if measure:
            _measure_automatically(record, label, actor, workers, progress)
        correction = _correction(record, label, told, actor)
        with record.writing(actor, told.reason) as unit:
            course = need_course(unit.connection, label)
            number = keep_correction(unit, course, correction, review=told.review)
        said = f"Course {label}: correction {number} ({told.kind}) is kept."
        if not measure:
            return CorrectedRecord(number, said)
        try:
            measured = measure_recorded(record, label, actor=actor, workers=workers, progress=progress)
        except CourseError as fault:
            problem = _renumbered(fault.problem, _active(record, label))
            _withdraw(record, label, number, _UNMEASURABLE, actor)
            raise RecordError(f"{problem} The correction was withdrawn again.", fault.remedy) from fault
        return CorrectedRecord(number, said, measured.version, _warnings(measured, _active(record, label)))


def withdraw(
    *,
    label: str,
    number: int,
    reason: str,
    data: Data = None,
    by: By = None,
    measure: bool = True,
    workers: int = 1,
    progress: Progress | None = None,
) -> CorrectedRecord:
    """Let a correction count no more, and measure the course without it; it stays in the record, with the reason.

    Raises
    ------
    PigtrackError
        If there is no such correction, or the course can't be measured.
    """
    with opened(data) as record:
        actor = actor_of(record, by, to=Verb.CORRECT)
        _withdraw(record, label, number, reason, actor)
        said = f"Course {label}: correction {number} is withdrawn."
        if not measure:
            return CorrectedRecord(number, said)
        measured = measure_recorded(record, label, actor=actor, workers=workers, progress=progress)
        return CorrectedRecord(number, said, measured.version, _warnings(measured, _active(record, label)))


def list_corrections(*, label: str, data: Data = None, by: By = None) -> ListedCorrections:
    """Return a course's corrections, those that were withdrawn too, and the versions of its measurement.

    Raises
    ------
    PigtrackError
        If there is no such course, or who asks may not see it.
    """
    with opened(data) as record:
        actor = actor_of(record, by)
        with record.reading() as connection:
            course = need_course(connection, label)
        with audited_view(record, actor, "corrections", course=course) as connection:
            versions = read_versions(connection, course["id"])
            current = read_course(record, connection, course).measurement
            kept = read_corrections(connection, course)
    return ListedCorrections(kept, versions, None if current is None else current.number)


def _active(record: Record, label: str) -> tuple[int, ...]:
    """Numbers of the corrections that count, in their order: measuring knows no others."""
    with record.reading() as connection:
        kept = read_corrections(connection, need_course(connection, label))
    return tuple(each.number for each in kept if each.active)


def _warnings(measured: MeasuredVersion, active: Sequence[int]) -> tuple[str, ...]:
    """What a measuring says of corrections; of a blinded course nothing else: a photograph's name may tell its day."""
    return tuple(_renumbered(each, active) for each in measured.warnings if _NUMBERED.match(each))


def _renumbered(said: str, active: Sequence[int]) -> str:
    """Put the record's number of a correction in place of its number among those that count."""
    return _NUMBERED.sub(lambda found: f"Correction {active[int(found[1]) - 1]}", said)


def _measure_automatically(record: Record, label: str, actor: Actor, workers: int, progress: Progress | None) -> None:
    """Measure a course that nobody corrected yet, unless that was done."""
    with record.reading() as connection:
        course = need_course(connection, label)
        corrected = any(each.active for each in read_corrections(connection, course))
    if not corrected:
        measure_recorded(record, label, actor=actor, workers=workers, progress=progress)


def _withdraw(record: Record, label: str, number: int, reason: str, actor: Actor) -> None:
    with record.writing(actor, reason) as unit:
        withdraw_correction(unit, need_course(unit.connection, label), number)


def _correction(record: Record, label: str, told: ToldCorrection, actor: Actor) -> Correction:
    """Return what was told as a correction of the course, spots' numbers turned into points."""
    at = tuple(point for text in told.at for point in read_points(text))
    outline = None if told.outline is None else read_points(told.outline)
    line = None if told.line is None else read_points(told.line)
    if line is not None and len(line) != 2:
        raise RecordError(f"A line has two points, not {len(line)}.", 'Write it as "600,850 608,950".')
    with record.reading() as connection:
        course = need_course(connection, label)
        if told.review is not None:
            _refuse_review(connection, course, told.review)
        if told.lesions:
            recorded = read_course(record, connection, course)
            at = (*at, *(place_of(recorded, lesion) for lesion in told.lesions))
    correction = Correction(told.kind, told.reason, at=at, outline=outline, photo=told.photo, by=actor.name)
    return replace(correction, line=None if line is None else (line[0], line[1]), blinded=told.review is not None)


def _refuse_review(connection: Connection, course: RowMapping, review: str) -> None:
    found = find_review(connection, review)
    if found.course != course["id"] or found.closed:
        why = "is closed" if found.closed else f"is not of course {quoted(course['label'])}"
        raise RecordError(f"The review {quoted(review)} {why}.", "Correct without a review, or open a new one.")


def place_of(recorded: RecordedCourse, lesion: int) -> Point:
    """Return a point well inside a spot: x, y in upright pixels of the first usable photograph.

    Raises
    ------
    RecordError
        If the course's measurement has no such spot, or can't tell where it lies.
    """
    rows = [each for each in recorded.lesions if each["lesion_id"] == str(lesion)]
    numbers = sorted({int(each["lesion_id"]) for each in recorded.lesions})
    if not rows:
        raise RecordError(
            f"Course {quoted(recorded.course.id)} has no spot {lesion}.",
            f"It has: {', '.join(map(str, numbers)) or 'none, as it was not measured'}.",
        )
    photo = next((each["photo"] for each in recorded.photos if each["qc_status"] != "reject"), None)
    labels = None if photo is None else recorded.labels(photo)
    if labels is not None and (labels == lesion).any():
        return _deepest(np.asarray(labels == lesion))
    first = next((each for each in rows if each["verdict"] == "baseline"), rows[0])
    if not first["x_px"]:
        raise RecordError(f"Nothing tells where spot {lesion} lies.", "Name it by a point: --at X,Y.")
    return float(first["x_px"]), float(first["y_px"])


def _deepest(mask: np.ndarray[tuple[int, int], np.dtype[np.bool_]]) -> Point:
    """The pixel farthest from the edge: the middle of a bent or parted spot may lie outside it."""
    row, column = np.unravel_index(int(opencv.distance_inside(np.pad(mask, 1))[1:-1, 1:-1].argmax()), mask.shape)
    return float(column), float(row)


def tell_listed(listed: ListedCorrections) -> Sequence[str]:
    """Say what was corrected, and which measurement rests on what, a line each."""
    lines = [_tell(each) for each in listed.corrections] or ["No corrections."]
    for version in listed.versions:
        how = "with corrections by hand" if version.corrected else "automatic"
        stands = "; the course stands at it" if version.number == listed.current else ""
        lines.append(f"Measurement {version.number}: {how}{stands}.")
    return lines


def _tell(kept: KeptCorrection) -> str:
    told = kept.told
    words = [f"{kept.number}. {told['kind']}: {told['reason']}"]
    words += [f"by {told['by']}"] if "by" in told else []
    words += ["blinded"] if told.get("blinded") else []
    words += [] if kept.active else ["withdrawn"]
    return ", ".join(words) + "."
