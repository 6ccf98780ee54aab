"""Erasure: a patient's key is destroyed and what is personal in plain columns is blanked; numbers of lesions stay."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, Table, delete, func, select, update

from pigtrack.errors import RecordError
from pigtrack.store.record.tables import (
    ENTITIES,
    KEPT,
    course_files,
    courses,
    jobs,
    measurements,
    patient_links,
    photographs,
    sessions,
    subject_keys,
    subjects,
    trail,
    uploads,
    web_sessions,
)
from pigtrack.store.record.unit import Unit, subject_key

ERASE = "erase"
"""Action of the tombstone: the entry that tells of an erasure."""

BLANK = "blank"
"""Action of an entry that tells of one row that was blanked for it."""

_PERSONAL: Mapping[Table, Mapping[str, Any]] = {
    subjects: {"pseudonym": None},
    courses: dict.fromkeys(("label", "site", "protocol", "first_day", "last_day", "next_day")),
    sessions: {"day": None},
    patient_links: {"withdrawn": True},
}
"""What becomes of the plain columns; the contents are blanked in all tables that may be changed."""


@dataclass(frozen=True, slots=True)
class Held:
    """How much the record holds of a patient."""

    courses: int
    sessions: int
    photographs: int


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What stays of an erasure outside of the record, so that a restored backup can be made to forget again."""

    subject: str
    erased: str


def count_held(connection: Connection, subject: str) -> Held:
    """Return how much the record holds of a patient."""
    counts = (len(_ids(connection, table, subject)) for table in (courses, sessions, photographs))
    return Held(*counts)


def count_erased(connection: Connection) -> int:
    """Return how many patients were erased so far; it never becomes less."""
    left = select(subject_keys.c.subject_id)
    return int(connection.execute(select(func.count()).where(subjects.c.id.not_in(left))).scalar_one())


def erase_subject(unit: Unit, row: RowMapping, *, reason: str) -> Held:
    """Destroy a patient's key, and blank what is plain; return what there was.

    The tombstone comes first and is plain: how much there was, and the reason. Then an entry for each row tells its
    digest before and after, so that the rows as they stand go on to be vouched for.

    Raises
    ------
    RecordError
        If the reason is empty or names the patient or a course: it stays for ever.
    """
    subject = row["id"]
    _refuse_telling(unit.connection, row, reason)
    held = count_held(unit.connection, subject)
    counts: dict[str, Any] = {"courses": held.courses, "sessions": held.sessions, "photographs": held.photographs}
    head = unit.note(ERASE, subjects.name, subject, subject=subject, reason=reason, **counts)
    for table in ENTITIES:
        if table in KEPT or "content" not in table.c:
            continue
        values = {"content": None, **_PERSONAL.get(table, {}), **({"erased": head.seq} if table is subjects else {})}
        for row_id in _ids(unit.connection, table, subject):
            unit.change(table, row_id, values, subject=subject, action=BLANK)
    mine = select(courses.c.id).where(courses.c.subject_id == subject)
    unit.connection.execute(update(jobs).where(jobs.c.course_id.in_(mine)).values(fault=None))
    links = select(patient_links.c.id).where(patient_links.c.course_id.in_(mine))
    unit.connection.execute(delete(web_sessions).where(web_sessions.c.link_id.in_(links)))
    unit.connection.execute(delete(subject_keys).where(subject_keys.c.subject_id == subject))
    return held


def _refuse_telling(connection: Connection, row: RowMapping, reason: str) -> None:
    labels = connection.execute(select(courses.c.label).where(courses.c.subject_id == row["id"])).scalars()
    names = [name.casefold() for name in (row["pseudonym"], *labels) if name]
    if not reason.strip() or any(name in reason.casefold() for name in names):
        raise RecordError(
            "The reason of an erasure stays in the trail for ever, so it must be given and name nobody.",
            'Say it without pseudonym or course, as in "demanded by the patient".',
        )


def _ids(connection: Connection, table: Table, subject: str) -> list[str]:
    """Return the ids of a patient's rows in a table."""
    return list(connection.scalars(_of_subject(table, subject).order_by(table.c.id)))


def _of_subject(table: Table, subject: str) -> Select[Any]:
    """Return how to find a patient's rows: a table refers to them itself, or through a course or a session."""
    wanted = select(table.c.id)
    if table is subjects:
        return wanted.where(table.c.id == subject)
    if "subject_id" in table.c:
        return wanted.where(table.c.subject_id == subject)
    if "course_id" in table.c:
        wanted = wanted.join(courses, courses.c.id == table.c.course_id)
    else:
        wanted = wanted.join(sessions, sessions.c.id == table.c.session_id)
        wanted = wanted.join(courses, courses.c.id == sessions.c.course_id)
    return wanted.where(courses.c.subject_id == subject)


def erased_originals(connection: Connection) -> set[str]:
    """Return the names in the vault of all that was sealed with keys that were destroyed."""
    gone = subjects.c.erased.is_not(None)
    of_course = courses.join(subjects, subjects.c.id == courses.c.subject_id)
    of_session = sessions.join(of_course, courses.c.id == sessions.c.course_id)
    wanted = (
        select(photographs.c.original).select_from(photographs.join(of_session)).where(gone),
        select(course_files.c.original).select_from(course_files.join(of_course)).where(gone),
        select(uploads.c.original).select_from(uploads.join(of_course)).where(gone),
        select(measurements.c.labels).select_from(measurements.join(of_course)).where(gone),
    )
    return {name for each in wanted for name in connection.execute(each).scalars() if name is not None}


def read_tombstones(connection: Connection) -> tuple[Tombstone, ...]:
    """Return what stays of all erasures, in the order in which they were."""
    wanted = select(subjects.c.id, trail.c.at).join(trail, trail.c.seq == subjects.c.erased).order_by(trail.c.seq)
    return tuple(Tombstone(row.id, row.at) for row in connection.execute(wanted))


def find_key_left(connection: Connection, subject: str) -> RowMapping | None:
    """Return the row of a patient whose key is there, by id; None: it was destroyed, or there was none."""
    if subject_key(connection, subject) is None:
        return None
    return connection.execute(select(subjects).where(subjects.c.id == subject)).mappings().one()
