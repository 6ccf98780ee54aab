"""All rows that tell of one course, in a form that others can hold against the trail without any key."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, select

from pigtrack.store.record.tables import (
    adverse_events,
    consents,
    corrections,
    course_files,
    courses,
    measurements,
    notes,
    photographs,
    reviews,
    screens,
    sessions,
    sign_offs,
    subjects,
    treatments,
    uploads,
)
from pigtrack.store.record.unit import plain_value

_OF_COURSE = (screens, course_files, sessions, reviews, corrections, measurements, notes, uploads)
_OF_SESSION = (photographs, treatments, adverse_events)

COURSE_TABLES = frozenset({courses.name, *(each.name for each in (*_OF_COURSE, *_OF_SESSION)), sign_offs.name})
"""Tables whose every row for a course is given, so that a missing one is found."""


@dataclass(frozen=True, slots=True)
class PlainRow:
    """A row by column; sealed bytes as their SHA-256, exactly as the row's digest takes them."""

    table: str
    values: Mapping[str, Any]


def read_course_rows(connection: Connection, course: str, subject: str) -> Iterator[PlainRow]:
    """Yield the rows of a course and of its patient, always in the same order."""
    yield from _rows(connection, subjects, subjects.c.id == subject)
    yield from _rows(connection, consents, consents.c.subject_id == subject)
    yield from _rows(connection, courses, courses.c.id == course)
    for table in _OF_COURSE:
        yield from _rows(connection, table, table.c.course_id == course)
    visits = select(sessions.c.id).where(sessions.c.course_id == course)
    for table in _OF_SESSION:
        yield from _rows(connection, table, table.c.session_id.in_(visits))
    measured = select(measurements.c.id).where(measurements.c.course_id == course)
    yield from _rows(connection, sign_offs, sign_offs.c.measurement_id.in_(measured))


def _rows(connection: Connection, table: Table, wanted: ColumnElement[bool]) -> Iterator[PlainRow]:
    for row in connection.execute(select(table).where(wanted).order_by(table.c.id)).mappings():
        yield PlainRow(table.name, {name: plain_value(value) for name, value in row.items()})
