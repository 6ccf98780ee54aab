"""Reads the trail for people and programs, and has others confirm where it stands."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, RowMapping, insert, select

from pigtrack.errors import UnknownError
from pigtrack.model.roles import Verb
from pigtrack.model.trail import OpenedEntry
from pigtrack.store.naming import quoted
from pigtrack.store.record.opened_trail import read_opened, read_page
from pigtrack.store.record.tables import courses, subjects, time_stamps, users
from pigtrack.store.record.trail import Choice, Head, read_head
from pigtrack.tracker.record.auditing import audited_view
from pigtrack.tracker.record.desk import By, Data, actor_of, opened


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries somebody asks for, by names as people know them; days are UTC, ``until`` is included.

    ``looks``: also entries that tell of nothing but a look.
    """

    course: str | None = None
    subject: str | None = None
    since: date | None = None
    until: date | None = None
    actor: str | None = None
    action: str | None = None
    looks: bool = True


@contextmanager
def trail_of(*, wanted: Wanted, data: Data = None, by: By = None) -> Iterator[Iterator[OpenedEntry]]:
    """Give the chosen entries of the trail, opened as far as keys are there; to be read inside the block.

    The look itself is told of first, and is not among them.

    Raises
    ------
    RecordError
        If there is no such course or patient.
    """
    with opened(data) as record:
        actor = actor_of(record, by, to=Verb.VIEW)
        with record.reading() as connection:
            choice, before = _choice(connection, wanted), read_head(connection)
        with audited_view(record, actor, "trail", **_told(choice)) as connection:
            yield read_opened(connection, until=before.seq, choice=choice)


@dataclass(frozen=True, slots=True)
class TrailPage:
    """Some entries of the trail, newest first; ``older``: where the next page begins, None: there is none.

    ``head`` is where the trail ended before this look was told of.
    """

    entries: tuple[OpenedEntry, ...]
    head: Head
    older: int | None
    actors: tuple[str, ...] = ()


def trail_page(
    *, wanted: Wanted, before: int | None = None, most: int = 50, data: Data = None, by: By = None
) -> TrailPage:
    """Return a page of the chosen entries, newest first; the look itself is told of, and is not among them.

    Raises
    ------
    RecordError
        If there is no such course or patient.
    """
    with opened(data) as record:
        actor = actor_of(record, by, to=Verb.VIEW)
        with record.reading() as connection:
            choice, head = _choice(connection, wanted), read_head(connection)
            known = tuple(connection.execute(select(users.c.name).order_by(users.c.name)).scalars())
        below = head.seq + 1 if before is None else min(before, head.seq + 1)
        with audited_view(record, actor, "trail", **_told(choice)) as connection:
            found = read_page(connection, before=below, most=most + 1, choice=choice)
    older = found[most - 1].seq if len(found) > most else None
    return TrailPage(found[:most], head, older, known)


def _told(choice: Choice) -> dict[str, Any]:
    """Return what a look at the trail tells of what was asked for: ids and words, no days."""
    ids = {"of_subject": choice.subject, "of_course": choice.course, "of_action": choice.action}
    return {name: value for name, value in ids.items() if value is not None}


def _choice(connection: Connection, wanted: Wanted) -> Choice:
    course = None if wanted.course is None else _course(connection, wanted.course)
    return Choice(
        subject=None if wanted.subject is None else _subject_id(connection, wanted.subject),
        course=None if course is None else course["id"],
        owner=None if course is None else course["subject_id"],
        actor=wanted.actor,
        action=wanted.action,
        since=None if wanted.since is None else _midnight(wanted.since),
        until=None if wanted.until is None else _midnight(wanted.until + timedelta(days=1)),
        looks=wanted.looks,
    )


def _midnight(day: date) -> str:
    return datetime.combine(day, time()).isoformat()


def _subject_id(connection: Connection, name: str) -> str:
    """Return the id of a patient by pseudonym, or by the id that is left once they were erased."""
    wanted = select(subjects.c.id).where((subjects.c.pseudonym == name) | (subjects.c.id == name))
    found = connection.execute(wanted).scalar()
    if found is None:
        raise UnknownError(f"The record knows no patient {quoted(name)}.", "Erased patients are found by their id.")
    return str(found)


def _course(connection: Connection, name: str) -> RowMapping:
    wanted = select(courses).where((courses.c.label == name) | (courses.c.id == name))
    found = connection.execute(wanted).mappings().first()
    if found is None:
        raise UnknownError(
            f"The record knows no course {quoted(name)}.", "See what there is: pigtrack courses. Erased: by their id."
        )
    return found


def head(*, data: Data = None, by: By = None) -> Head:
    """Return where the trail ends, to be noted where nobody who can change the record can change the note."""
    with opened(data) as record:
        actor_of(record, by, to=Verb.VERIFY)
        with record.reading() as connection:
            return read_head(connection)


def stamp(*, url: str, data: Data = None, by: By = None) -> Head:
    """Have a time stamping authority (RFC 3161) confirm the end of the trail, and keep its answer; return that end.

    Only the digest leaves the machine.

    Raises
    ------
    RecordError
        If the authority does not answer as it should, or stamped this end before.
    """
    from pigtrack.store.timestamps import request_stamp

    with opened(data) as record:
        actor = actor_of(record, by, to=Verb.STAMP)
        with record.reading() as connection:
            end = read_head(connection)
        authority = urlsplit(url).hostname or ""
        token = request_stamp(bytes.fromhex(end.hash), url)
        with record.writing(actor) as unit:
            unit.connection.execute(insert(time_stamps), {"seq": end.seq, "authority": authority, "token": token})
            kept: dict[str, Any] = {"stamped": end.seq, "hash": end.hash, "authority": authority}
            unit.note("stamp", "trail", token=hashlib.sha256(token).hexdigest(), **kept)
    return end
