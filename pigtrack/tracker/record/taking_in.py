"""Takes one course into the record: originals first, then everything else in one transaction."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, RowMapping, select

from pigtrack.errors import CourseError, RecordError
from pigtrack.model.course import Course
from pigtrack.model.plan import next_visit
from pigtrack.model.record import Actor, Consent
from pigtrack.store.course_file.beside import read_files_beside
from pigtrack.store.naming import quoted
from pigtrack.store.photographs import OriginalFile, read_original_file, read_photograph
from pigtrack.store.protocol_file import load_course_protocol
from pigtrack.store.record.courses import KeptOriginal, add_course, find_course
from pigtrack.store.record.opening import Record
from pigtrack.store.record.originals import keep_original
from pigtrack.store.record.subjects import add_consent, add_subject, consent_history, find_subject, read_consents
from pigtrack.store.record.tables import courses, photographs, sessions
from pigtrack.store.record.trail import read_head
from pigtrack.store.record.unit import Unit, subject_key
from pigtrack.store.record.updating import update_course

_SETTINGS = "application/toml"
"""Kind of the files that course.toml refers to."""


@dataclass(frozen=True, slots=True)
class ToldCourse:
    """A course that is to be taken in, its photographs relative to a folder; and what its patient agreed to.

    ``digests``: SHA-256 of its photographs as they were looked at, by name; None: nobody looked. ``warnings``: what a
    person should look at. ``origin``: where it was told, for the trail's reason; None: in a folder.
    """

    folder: Path
    course: Course
    consents: tuple[Consent, ...] = ()
    digests: Mapping[str, str] | None = None
    warnings: tuple[str, ...] = ()
    origin: str | None = None


@dataclass(frozen=True, slots=True)
class TakenCourse:
    """What taking a course in came to; ``passed_over``: consents on which the record has another word."""

    news: bool
    passed_over: tuple[Consent, ...] = ()


def look_at_photographs(record: Record, told: ToldCourse) -> dict[str, str]:
    """Return the digests of a course's photographs; each that the record does not hold yet is decoded once.

    Raises
    ------
    PhotographError
        If one is missing or can't be decoded: in the words of measuring it.
    """
    with record.reading() as connection:
        known = set() if told.course.subject is None else set(_known_digests(connection, told.course.subject))
    digests = {}
    for name in _photographs(told.course):
        digests[name] = hashlib.sha256(read_original_file(told.folder / name, name=name).data).hexdigest()
        if digests[name] not in known:
            digests[name] = read_photograph(told.folder / name, name=name).sha256
    return digests


def _photographs(course: Course) -> Iterator[str]:
    return (name for session in course.sessions for name in session.photos)


def _known_digests(connection: Connection, pseudonym: str) -> Iterator[str]:
    subject = find_subject(connection, pseudonym)
    if subject is None:
        return iter(())
    of_course = select(photographs.c.sha256).join(sessions, sessions.c.id == photographs.c.session_id)
    wanted = of_course.join(courses, courses.c.id == sessions.c.course_id).where(courses.c.subject_id == subject["id"])
    return iter(connection.execute(wanted).scalars().all())


def take_in(record: Record, told: ToldCourse, *, actor: Actor) -> TakenCourse:
    """Take one course in, or what is new in it: whole or not at all.

    Raises
    ------
    RecordError
        If the course is another patient's, the patient's data were erased, or something in the record would be lost.
    PigtrackError
        If one of its files can't be read.
    """
    beside = read_files_beside(told.folder, told.course)
    course = beside.course
    subject = _subject(record, course, actor)
    with record.reading() as connection:
        key = subject_key(connection, subject)
    if key is None:
        raise RecordError(f"The data of patient {quoted(course.subject or '')} were erased.", "Use a new pseudonym.")
    originals = {name: _keep(record, _read(told, name), key, subject) for name in _photographs(course)}
    files = {path: _keep(record, OriginalFile(data, _SETTINGS), key, subject) for path, data in beside.files.items()}
    due = _next_day(told.folder, told.course)
    with record.writing(actor, told.origin) as unit:
        before = read_head(unit.connection)
        known = find_course(unit.connection, course.id)
        if known is None:
            add_course(unit, course, subject=subject, originals=originals, files=files, next_day=due)
        else:
            _refuse_other_subject(known, course, subject)
            update_course(unit, known, course, originals=originals, files=files, next_day=due)
        passed_over = _take_consents(unit, subject, told.consents)
        return TakenCourse(read_head(unit.connection) != before, passed_over)


def _read(told: ToldCourse, name: str) -> OriginalFile:
    file = read_original_file(told.folder / name, name=name)
    if told.digests is not None and told.digests.get(name) != hashlib.sha256(file.data).hexdigest():
        raise CourseError(
            f"The photograph {quoted(name)} was changed while it was imported.", "Import the course again."
        )
    return file


def _next_day(folder: Path, course: Course) -> str | None:
    """Return the first day on which the next visit is planned, by the course's protocol."""
    protocol = load_course_protocol(folder, course)
    planned = None if protocol is None else next_visit(course, protocol)
    return None if planned is None else planned.earliest.isoformat()


def _subject(record: Record, course: Course, actor: Actor) -> str:
    """Return the id of the course's patient, opened where they are new: originals are sealed with their key."""
    pseudonym = course.subject or course.id
    with record.reading() as connection:
        known, there = find_subject(connection, pseudonym), find_course(connection, course.id)
    if there is not None:  # asked before a patient is opened in vain
        _refuse_other_subject(there, course, None if known is None else known["id"])
    if known is not None:
        return str(known["id"])
    with record.writing(actor) as unit:
        return _open_subject(unit, pseudonym)


def _open_subject(unit: Unit, pseudonym: str) -> str:
    """Return the patient's id; another process may have opened them meanwhile."""
    known = find_subject(unit.connection, pseudonym)
    return add_subject(unit, pseudonym) if known is None else str(known["id"])


def _refuse_other_subject(known: RowMapping, course: Course, subject: str | None) -> None:
    if known["subject_id"] != subject:
        raise RecordError(
            f"Course {quoted(course.id)} belongs to another patient in the record.",
            "Give this course an id of its own, or mend its subject.",
        )


def _keep(record: Record, file: OriginalFile, key: bytes, subject: str) -> KeptOriginal:
    return keep_original(record, file.data, file.media_type, key=key, subject=subject)


def _take_consents(unit: Unit, subject: str, told: tuple[Consent, ...]) -> tuple[Consent, ...]:
    """Add consents that are news; return those on which the record has another word that is not surely older.

    What a patient withdrew since must not come back from a sheet that was written before.
    """
    passed_over = []
    for consent in told:
        if consent in consent_history(unit.connection, subject):
            continue
        latest = {each.purpose: each for each in read_consents(unit.connection, subject)}.get(consent.purpose)
        if latest is None or (latest.day and consent.day and latest.day < consent.day):
            add_consent(unit, subject, consent)
        elif latest.given != consent.given:
            passed_over.append(consent)
    return tuple(passed_over)
