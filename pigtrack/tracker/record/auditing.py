"""Looking at patients' data leaves an entry in the trail: the entry first, then the look."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, RowMapping

from pigtrack.model.record import Actor
from pigtrack.store.record.opening import Record
from pigtrack.store.record.trail import VIEW


@contextmanager
def audited_view(
    record: Record,
    actor: Actor,
    entity: str,
    *,
    course: RowMapping | None = None,
    subject: str | None = None,
    action: str = VIEW,
    **told: Any,
) -> Iterator[Connection]:
    """Tell of a view, then give a connection that sees one state of the record, the entry in it.

    The entry stands before anything is shown, so that a look that is broken off has been told of, too.

    Parameters
    ----------
    entity : str
        What is looked at: ``courses``, ``subjects``, ``trail``; ``overview`` for all courses at once.
    course : RowMapping or None
        The one course, where it is one.
    subject : str or None
        Id of the one patient, where it is one and not a course.
    told
        Plain words of what was asked for. They stay for ever: no pseudonym, label or day may be among them.
    """
    patient = subject if course is None else course["subject_id"]
    course_id = None if course is None else course["id"]
    with record.writing(actor) as unit:
        unit.note(action, entity, course_id or subject, subject=patient, course=course_id, **told)
    with record.reading() as connection:
        yield connection
