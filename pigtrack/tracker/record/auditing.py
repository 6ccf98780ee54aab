"""Looking at patients' data leaves an entry in the trail: the entry first, then the look."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping

from pigtrack.model.record import Actor
from pigtrack.model.trail import as_moment
from pigtrack.store.record.opening import Record
from pigtrack.store.record.trail import VIEW, tells_of_look
from pigtrack.tracker.record.desk import now


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


@contextmanager
def audited_spell(
    record: Record, actor: Actor, entity: str, *, course: RowMapping, minutes: int, **told: Any
) -> Iterator[Connection]:
    """Tell of a view that goes on, as of a page's pictures: one entry stands for all alike of the next minutes.

    The entry says for how long it stands, and stands before anything is shown. Who looks at another course, at what is
    told otherwise, or later, is told of anew; so is everybody else. Whether it is there is read from the trail itself.

    Parameters
    ----------
    minutes : int
        For how long an entry stands.
    """
    full = {**told, "minutes": minutes}
    with record.reading() as connection:
        known = _is_told(connection, actor, entity, course, full, now())
    if not known:
        with record.writing(actor) as unit:
            if not _is_told(unit.connection, actor, entity, course, full, unit.at):  # others of the page were quicker
                unit.note(VIEW, entity, course["id"], subject=course["subject_id"], course=course["id"], **full)
    with record.reading() as connection:
        yield connection


def _is_told(
    connection: Connection, actor: Actor, entity: str, course: RowMapping, told: dict[str, Any], at: str
) -> bool:
    since = as_moment(datetime.fromisoformat(at) - timedelta(minutes=told["minutes"]))
    who = {"actor": actor.name, "via": actor.via, "entity": entity}
    return tells_of_look(connection, course=course["id"], since=since, until=at, told={**told, **who})
