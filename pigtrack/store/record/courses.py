"""Courses in the record: taken in piece by piece, and put together again."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import tomli_w
from sqlalchemy import Connection, RowMapping, Table, select

from pigtrack.errors import UnknownError
from pigtrack.model.course import Course, day_of
from pigtrack.store.naming import quoted
from pigtrack.store.record.parts import CoursePieces, SessionPieces, split_course
from pigtrack.store.record.tables import (
    adverse_events,
    corrections,
    course_files,
    courses,
    photographs,
    screens,
    sessions,
    treatments,
)
from pigtrack.store.record.unit import Unit, open_content


@dataclass(frozen=True, slots=True)
class KeptOriginal:
    """An original that is in the vault: its own digest, its name there, its size and kind."""

    sha256: str
    original: str
    bytes: int
    media_type: str


def find_course(connection: Connection, label: str) -> RowMapping | None:
    """Return the row of the course with a label, if there is one."""
    return connection.execute(select(courses).where(courses.c.label == label)).mappings().first()


def need_course(connection: Connection, label: str) -> RowMapping:
    """Return the row of the course with a label.

    Raises
    ------
    RecordError
        If there is none.
    """
    found = find_course(connection, label)
    if found is None:
        raise UnknownError(f"The record knows no course {quoted(label)}.", "See what there is: pigtrack courses.")
    return found


def add_course(
    unit: Unit,
    course: Course,
    *,
    subject: str,
    originals: Mapping[str, KeptOriginal],
    files: Mapping[str, KeptOriginal],
    next_day: str | None = None,
) -> str:
    """Take a new course in, whole; return its id.

    Parameters
    ----------
    originals, files : mapping of str to KeptOriginal
        Of the photographs, by the course's names; of the other files, by relative path.
    """
    pieces = split_course(course)
    row = {**course_columns(course), "subject_id": subject, "next_day": next_day, "closed": False}
    course_id = unit.add(courses, row, content=pieces.about, subject=subject)
    if pieces.screen is not None:
        unit.add(screens, {"course_id": course_id}, content=pieces.screen, subject=subject, course=course_id)
    for path, kept in sorted(files.items()):
        add_file(unit, course_id, path, kept, subject=subject)
    for number in range(1, len(course.sessions) + 1):
        add_session(unit, course_id, course, pieces, number, subject=subject, originals=originals)
    for number, text in enumerate(pieces.corrections, start=1):
        add_correction(unit, course_id, number, text, subject=subject)
    return course_id


def course_columns(course: Course) -> dict[str, object]:
    """Return the plain columns that a course is found by."""
    days = sorted(day.isoformat() for session in course.sessions if (day := day_of(session)) is not None)
    return {
        **{"label": course.id, "site": course.site, "protocol": course.protocol},
        **{"mode": course.mode.value, "endpoint": course.primary.value, "sessions": len(course.sessions)},
        **{"first_day": days[0] if days else None, "last_day": days[-1] if days else None},
    }


def add_file(unit: Unit, course: str, path: str, kept: KeptOriginal, *, subject: str) -> None:
    """Add a file that course.toml refers to."""
    row = {"course_id": course, "original": kept.original, "bytes": kept.bytes}
    unit.add(course_files, row, content=tomli_w.dumps({"path": path}), subject=subject, course=course)


def add_session(
    unit: Unit,
    course_id: str,
    course: Course,
    pieces: CoursePieces,
    number: int,
    *,
    subject: str,
    originals: Mapping[str, KeptOriginal],
) -> str:
    """Add a visit with its photographs, treatments and events; return its id."""
    told, day = pieces.sessions[number - 1], day_of(course.sessions[number - 1])
    row = {"course_id": course_id, "number": number, "day": None if day is None else day.isoformat()}
    session = unit.add(sessions, row, content=told.about, subject=subject, course=course_id)
    for position, name in enumerate(told.photos, start=1):
        add_photograph(unit, session, position, name, originals[name], subject=subject, course=course_id)
    for table, texts in ((treatments, told.treatments), (adverse_events, told.adverse_events)):
        add_told(unit, table, session, texts, subject=subject, course=course_id)
    return session


def add_photograph(
    unit: Unit, session: str, position: int, name: str, kept: KeptOriginal, *, subject: str, course: str
) -> None:
    """Add a photograph of a visit, the ``position``-th."""
    place = {"session_id": session, "position": position, "sha256": kept.sha256, "original": kept.original}
    about = {"bytes": kept.bytes, "media_type": kept.media_type}
    words = tomli_w.dumps({"name": name})
    unit.add(photographs, {**place, **about}, content=words, subject=subject, course=course)


def file_paths(connection: Connection, course: RowMapping) -> dict[str, RowMapping]:
    """Return the rows of the files that course.toml refers to, by relative path."""
    found = connection.execute(select(course_files).where(course_files.c.course_id == course["id"])).mappings().all()
    subject = course["subject_id"]
    return {str(tomllib.loads(_words(connection, course_files, row, subject))["path"]): row for row in found}


def add_told(
    unit: Unit, table: Table, session: str, texts: Sequence[str], *, subject: str, course: str, start: int = 1
) -> None:
    """Add treatments or events of a visit, counted from ``start``."""
    for position, text in enumerate(texts, start=start):
        unit.add(table, {"session_id": session, "position": position}, content=text, subject=subject, course=course)


def add_correction(unit: Unit, course: str, number: int, text: str, *, subject: str, review: str | None = None) -> None:
    """Add a correction by hand, the ``number``-th of its course; ``review``: the blinded one it was made in."""
    told = tomllib.loads(text)
    row = {"course_id": course, "number": number, "kind": told["kind"], "active": True, "review_id": review}
    blinded = {"blinded": bool(told.get("blinded", False))}
    unit.add(corrections, {**row, **blinded}, content=text, subject=subject, course=course)


def read_pieces(connection: Connection, course: RowMapping) -> CoursePieces | None:
    """Return a course in pieces, corrections that were withdrawn left out; None: the patient's key was destroyed."""
    subject = course["subject_id"]
    about = open_content(connection, courses, course, subject)
    if about is None:
        return None
    visits = select(sessions).where(sessions.c.course_id == course["id"]).order_by(sessions.c.number)
    screen = connection.execute(select(screens).where(screens.c.course_id == course["id"])).mappings().first()
    active = select(corrections).where(corrections.c.course_id == course["id"], corrections.c.active)
    told = connection.execute(active.order_by(corrections.c.number)).mappings()
    return CoursePieces(
        about,
        tuple(_read_session(connection, row, subject) for row in connection.execute(visits).mappings().all()),
        None if screen is None else open_content(connection, screens, screen, subject),
        tuple(_words(connection, corrections, row, subject) for row in told.all()),
    )


def _read_session(connection: Connection, row: RowMapping, subject: str) -> SessionPieces:
    def words(table: Table) -> tuple[str, ...]:
        wanted = select(table).where(table.c.session_id == row["id"]).order_by(table.c.position)
        return tuple(_words(connection, table, each, subject) for each in connection.execute(wanted).mappings().all())

    names = tuple(str(tomllib.loads(text)["name"]) for text in words(photographs))
    return SessionPieces(_words(connection, sessions, row, subject), names, words(treatments), words(adverse_events))


def _words(connection: Connection, table: Table, row: RowMapping, subject: str) -> str:
    return open_content(connection, table, row, subject) or ""
