"""Takes a course's folder into the record: originals first, then everything else in one transaction."""

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import RowMapping

from pigtrack.errors import CourseError, PigtrackError, RecordError
from pigtrack.model.course import Course
from pigtrack.model.record import Actor
from pigtrack.model.roles import Verb
from pigtrack.store.course_file.beside import read_files_beside
from pigtrack.store.folder import load_course, load_course_card
from pigtrack.store.naming import quoted
from pigtrack.store.photographs import OriginalFile, read_original_file
from pigtrack.store.record.courses import KeptOriginal, add_course, find_course
from pigtrack.store.record.opening import Record
from pigtrack.store.record.reading import seal_label
from pigtrack.store.record.subjects import add_subject, find_subject
from pigtrack.store.record.trail import read_head
from pigtrack.store.record.unit import Unit, subject_key
from pigtrack.store.record.updating import update_course
from pigtrack.store.vault.sealing import seal
from pigtrack.tracker.record.desk import actor_of, opened
from pigtrack.tracker.record.measuring import MeasuredVersion, measure_recorded
from pigtrack.tracker.workers import Progress

_SETTINGS = "application/toml"
"""Kind of the files that course.toml refers to."""


@dataclass(frozen=True, slots=True)
class ImportedCourse:
    """What importing a course's folder came to; ``fault``: it was taken in, but can't be measured."""

    label: str
    news: bool
    measured: MeasuredVersion | None = None
    fault: str | None = None
    assumptions: tuple[str, ...] = ()

    @property
    def lines(self) -> tuple[str, ...]:
        """What became of it, in a few sentences."""
        taken = "is in the record." if self.news else "was in the record already; nothing changed."
        told = [f"Course {quoted(self.label)} {taken}", *self.assumptions]
        if self.fault is not None:
            told.append(f"It can't be measured: {self.fault}")
        elif self.measured is not None:
            told += [*self.measured.warnings, self.measured.told]
        return tuple(told)


def import_courses(
    *,
    folders: list[Path],
    data: Path | None = None,
    by: str | None = None,
    measure: bool = True,
    workers: int = 1,
    progress: Progress | None = None,
) -> list[ImportedCourse]:
    """Take courses into the record of a data folder, begun where there is none; the same twice changes nothing.

    Each course is one transaction: it is in whole or not at all.

    Raises
    ------
    PigtrackError
        At the first course that can't be taken in; those before it are in.
    """
    loaded = [(folder, _load(folder)) for folder in folders]
    with opened(data, begin=True) as record:
        actor = actor_of(record, by, to=Verb.RECORD)
        imported = []
        for folder, course in loaded:
            taken = import_course(record, folder, course, actor=actor)
            imported.append(_measured(record, taken, actor, workers=workers, progress=progress) if measure else taken)
    return imported


def _load(folder: Path) -> Course:
    course = load_course(folder)
    load_course_card(folder, course)
    if any(session.date is None for session in course.sessions):
        raise CourseError(
            f"The photographs in {quoted(folder)} carry no dates.", "Write a course.toml with dates: pigtrack init."
        )
    return course if course.subject else replace(course, subject=course.id)


def _measured(
    record: Record, taken: ImportedCourse, actor: Actor, *, workers: int, progress: Progress | None
) -> ImportedCourse:
    """Measure what was taken in; a course that can't be measured stays in the record, and that is said."""
    try:
        return replace(
            taken, measured=measure_recorded(record, taken.label, actor=actor, workers=workers, progress=progress)
        )
    except RecordError:
        raise
    except PigtrackError as fault:
        return replace(taken, fault=str(fault))


def import_course(record: Record, folder: Path, course: Course, *, actor: Actor) -> ImportedCourse:
    """Take one course in, or what is new in it."""
    beside = read_files_beside(folder, course)
    course = beside.course
    subject = _subject(record, course, actor)
    with record.reading() as connection:
        key, before = subject_key(connection, subject), read_head(connection)
    if key is None:
        raise RecordError(f"The data of patient {quoted(course.subject or '')} were erased.", "Use a new pseudonym.")
    names = (name for session in course.sessions for name in session.photos)
    originals = {name: _keep(record, read_original_file(folder / name, name=name), key, subject) for name in names}
    files = {path: _keep(record, OriginalFile(data, _SETTINGS), key, subject) for path, data in beside.files.items()}
    with record.writing(actor) as unit:
        known = find_course(unit.connection, course.id)
        if known is None:
            add_course(unit, course, subject=subject, originals=originals, files=files, next_day=None)
        else:
            _refuse_other_subject(known, course, subject)
            update_course(unit, known, course, originals=originals, files=files, next_day=None)
        news = read_head(unit.connection) != before
    return ImportedCourse(course.id, news, assumptions=course.assumptions)


def _subject(record: Record, course: Course, actor: Actor) -> str:
    """Return the id of the course's patient, opened where they are new."""
    pseudonym = course.subject or course.id
    with record.reading() as connection:
        known = find_subject(connection, pseudonym)
    if known is not None:
        return str(known["id"])
    with record.writing(actor) as unit:
        return _open_subject(unit, pseudonym)


def _open_subject(unit: Unit, pseudonym: str) -> str:
    known = find_subject(unit.connection, pseudonym)
    return add_subject(unit, pseudonym) if known is None else str(known["id"])


def _refuse_other_subject(known: RowMapping, course: Course, subject: str) -> None:
    if known["subject_id"] != subject:
        raise RecordError(
            f"Course {quoted(course.id)} belongs to another patient in the record.",
            "Give this course an id of its own, or mend its subject.",
        )


def _keep(record: Record, file: OriginalFile, key: bytes, subject: str) -> KeptOriginal:
    original = record.originals.put(seal(key, file.data, label=seal_label(subject)))
    return KeptOriginal(hashlib.sha256(file.data).hexdigest(), original, len(file.data), file.media_type)
