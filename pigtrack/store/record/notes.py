"""Notes on a course: added, never changed; sealed with the patient's key, as they may tell of them."""

import tomllib

import tomli_w
from sqlalchemy import Connection, RowMapping, func, select

from pigtrack.errors import RecordError
from pigtrack.model.note import Note
from pigtrack.store.record.tables import notes, sessions
from pigtrack.store.record.unit import Unit, open_content


def add_note(unit: Unit, course: RowMapping, text: str, *, session: int | None = None) -> int:
    """Add a note to a course, or to one of its sessions; return its number.

    Raises
    ------
    RecordError
        If the course has no such session, or the patient's data were erased.
    """
    if session is not None:
        visit = select(sessions.c.id).where(sessions.c.course_id == course["id"], sessions.c.number == session)
        if unit.connection.execute(visit).scalar() is None:
            raise RecordError(f"The course has no session {session}.", "Choose one that it has.")
    last = select(func.max(notes.c.number)).where(notes.c.course_id == course["id"])
    number = int(unit.connection.execute(last).scalar() or 0) + 1
    row = {"course_id": course["id"], "number": number, "session": session, "at": unit.at, "by": unit.actor.name}
    words = tomli_w.dumps({"text": text})
    unit.add(notes, row, content=words, subject=course["subject_id"], course=course["id"])
    return number


def read_notes(connection: Connection, course: RowMapping) -> tuple[Note, ...]:
    """Return a course's notes, newest first; none once the patient's key was destroyed."""
    wanted = select(notes).where(notes.c.course_id == course["id"]).order_by(notes.c.number.desc())
    rows = connection.execute(wanted).mappings().all()
    told = ((row, open_content(connection, notes, row, course["subject_id"])) for row in rows)
    return tuple(
        Note(row["number"], row["session"], row["at"], row["by"], str(tomllib.loads(words)["text"]))
        for row, words in told
        if words is not None
    )
