"""A course that is in the record and was told again: what is new is added, what was retold is changed, nothing lost."""

from collections.abc import Mapping, Sequence
from datetime import date

import tomli_w
from sqlalchemy import RowMapping, Table, select

from pigtrack.errors import RecordError
from pigtrack.model.course import Course, day_of
from pigtrack.store.naming import quoted
from pigtrack.store.record.courses import (
    KeptOriginal,
    add_correction,
    add_file,
    add_photograph,
    add_session,
    add_told,
    course_columns,
    file_paths,
)
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

_ADD_ONLY = "The record keeps what it was told; import the course as it was, with what is new added."


def update_course(
    unit: Unit,
    row: RowMapping,
    course: Course,
    *,
    originals: Mapping[str, KeptOriginal],
    files: Mapping[str, KeptOriginal],
    next_day: str | None = None,
) -> None:
    """Bring a recorded course to what its folder tells now.

    Raises
    ------
    RecordError
        If something would be lost: a visit, a photograph, a treatment that is in the record and not in the folder.
    """
    pieces, subject, course_id = split_course(course), row["subject_id"], row["id"]
    columns = {**course_columns(course), "next_day": next_day}
    unit.change(courses, course_id, columns, content=pieces.about, subject=subject, course=course_id)
    _update_screen(unit, row, pieces)
    _update_files(unit, row, files)
    _update_corrections(unit, row, pieces)
    wanted = select(sessions).where(sessions.c.course_id == course_id).order_by(sessions.c.number)
    known = unit.connection.execute(wanted).mappings().all()
    if len(known) > len(pieces.sessions):
        raise RecordError(f"Course {quoted(course.id)} has {len(known)} sessions in the record, fewer here.", _ADD_ONLY)
    for session, told, visit in zip(known, pieces.sessions, course.sessions, strict=False):
        _update_session(unit, row, session, told, originals, day=day_of(visit))
    for number in range(len(known) + 1, len(pieces.sessions) + 1):
        add_session(unit, course_id, course, pieces, number, subject=subject, originals=originals)


def _update_screen(unit: Unit, row: RowMapping, pieces: CoursePieces) -> None:
    found = unit.connection.execute(select(screens).where(screens.c.course_id == row["id"])).mappings().first()
    if found is None and pieces.screen is not None:
        words = {"content": pieces.screen, "subject": row["subject_id"], "course": row["id"]}
        unit.add(screens, {"course_id": row["id"]}, **words)
    elif found is not None and pieces.screen is None:
        raise RecordError("The screen before the course is in the record, and not here.", _ADD_ONLY)
    elif found is not None:
        _retell(unit, row, screens, found, pieces.screen or "")


def _update_files(unit: Unit, row: RowMapping, files: Mapping[str, KeptOriginal]) -> None:
    known = file_paths(unit.connection, row)
    for path, kept in sorted(files.items()):
        if path not in known:
            add_file(unit, row["id"], path, kept, subject=row["subject_id"])
        elif known[path]["original"] != kept.original:
            values = {"original": kept.original, "bytes": kept.bytes}
            words = {"content": tomli_w.dumps({"path": path}), "subject": row["subject_id"], "course": row["id"]}
            unit.change(course_files, known[path]["id"], values, **words)


def _update_corrections(unit: Unit, row: RowMapping, pieces: CoursePieces) -> None:
    """Add corrections that are new; those that only the record knows stay, as they were made there."""
    wanted = select(corrections).where(corrections.c.course_id == row["id"])
    found = unit.connection.execute(wanted).mappings().all()
    known = {open_content(unit.connection, corrections, each, row["subject_id"]) for each in found}
    new = [text for text in pieces.corrections if text not in known]
    for number, text in enumerate(new, start=len(found) + 1):
        add_correction(unit, row["id"], number, text, subject=row["subject_id"])


def _update_session(
    unit: Unit,
    row: RowMapping,
    session: RowMapping,
    told: SessionPieces,
    originals: Mapping[str, KeptOriginal],
    *,
    day: date | None,
) -> None:
    subject, course = row["subject_id"], row["id"]
    _retell(unit, row, sessions, session, told.about, values={"day": None if day is None else day.isoformat()})
    wanted = select(photographs.c.sha256).where(photographs.c.session_id == session["id"])
    known = unit.connection.execute(wanted.order_by(photographs.c.position)).scalars().all()
    now = [originals[name].sha256 for name in told.photos]
    if now[: len(known)] != list(known):
        raise RecordError(
            f"Session {session['number']} of the course has other photographs in the record.",
            "Originals are kept for good: give new photographs after the earlier ones, or leave one out by a "
            "correction.",
        )
    for position in range(len(known) + 1, len(now) + 1):
        name = told.photos[position - 1]
        add_photograph(unit, session["id"], position, name, originals[name], subject=subject, course=course)
    _update_told(unit, row, session, treatments, told.treatments)
    _update_told(unit, row, session, adverse_events, told.adverse_events)


def _update_told(unit: Unit, row: RowMapping, session: RowMapping, table: Table, texts: Sequence[str]) -> None:
    wanted = select(table).where(table.c.session_id == session["id"]).order_by(table.c.position)
    known = unit.connection.execute(wanted).mappings().all()
    if len(known) > len(texts):
        what = table.name.replace("_", " ")
        raise RecordError(f"Session {session['number']}: the record holds more {what} than are told here.", _ADD_ONLY)
    for found, text in zip(known, texts, strict=False):
        _retell(unit, row, table, found, text)
    new = texts[len(known) :]
    add_told(unit, table, session["id"], new, subject=row["subject_id"], course=row["id"], start=len(known) + 1)


def _retell(
    unit: Unit,
    row: RowMapping,
    table: Table,
    found: RowMapping,
    text: str,
    *,
    values: Mapping[str, object] | None = None,
) -> None:
    unit.change(table, found["id"], values or {}, content=text, subject=row["subject_id"], course=row["id"])
