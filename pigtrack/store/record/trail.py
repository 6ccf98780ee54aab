"""The trail of who did what: an append-only chain in which each entry holds the digest of all before it."""

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, insert, or_, select

from pigtrack.model.record import Actor
from pigtrack.store.record.tables import trail

GENESIS = "0" * 64
"""What stands before the first entry."""

VIEW = "view"
"""Action of an entry that tells of a look at patients' data; most entries are."""

_AT_ONCE = 5_000
"""Rows fetched together while the chain is read."""


@dataclass(frozen=True, slots=True)
class Head:
    """The last entry of a chain: its number, and the digest that vouches for all up to it."""

    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class Choice:
    """Which entries are wanted; None: all. Times are UTC in ISO 8601, ``until`` not included.

    ``course`` goes with ``owner``, the id of its patient: by it the entry of the course's own making is found quickly,
    which is of the course and not in it. ``looks``: also entries that tell of a look alone.
    """

    subject: str | None = None
    course: str | None = None
    owner: str | None = None
    actor: str | None = None
    action: str | None = None
    entity: str | None = None
    since: str | None = None
    until: str | None = None
    looks: bool = True


@dataclass(frozen=True, slots=True)
class ChainFault:
    """What is wrong at one place of the chain, in one sentence."""

    seq: int
    told: str


def chain_hash(before: str, body: str) -> str:
    """Return an entry's digest: SHA-256 over the digest before it, a line feed, and the entry's text."""
    return hashlib.sha256(f"{before}\n{body}".encode()).hexdigest()


def canonical(value: Any) -> str:
    """Return JSON that is the same text for the same value: keys sorted, no spaces, no nan."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def read_head(connection: Connection) -> Head:
    """Return where the chain ends now."""
    row = connection.execute(select(trail.c.seq, trail.c.hash).order_by(trail.c.seq.desc()).limit(1)).first()
    return Head(0, GENESIS) if row is None else Head(row.seq, row.hash)


def append(
    connection: Connection,
    *,
    at: str,
    actor: Actor,
    action: str,
    entity: str,
    entity_id: str | None = None,
    subject: str | None = None,
    course: str | None = None,
    told: Mapping[str, Any] | None = None,
    sealed: bytes | None = None,
) -> Head:
    """Add one entry, inside the transaction of what it tells of.

    Parameters
    ----------
    told : mapping
        Plain parts: digests ``old`` and ``new`` of a row, a reason that names nobody, counts.
    sealed : bytes or None
        What is personal: reason, old and new values, sealed with the subject's key.
    """
    before = read_head(connection)
    seq = before.seq + 1
    entry = {
        **{"seq": seq, "at": at, "actor": actor.name, "role": actor.role and actor.role.value, "via": actor.via},
        **{"action": action, "entity": entity, "id": entity_id, "subject": subject, "course": course},
        **({} if told is None else told),
        **({} if sealed is None else {"sealed": base64.b64encode(sealed).decode()}),
    }
    body = canonical(entry)
    row = {"seq": seq, "body": body, "hash": chain_hash(before.hash, body), **entry_columns(entry)}
    connection.execute(insert(trail), row)
    return Head(seq, row["hash"])


def entry_columns(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns beside an entry's text, which repeat parts of it for searching."""
    plain = {name: entry[name] for name in ("at", "actor", "action", "entity")}
    return {**plain, "entity_id": entry["id"], "subject_id": entry["subject"], "course_id": entry["course"]}


def read_entries(
    connection: Connection, *, after: int = 0, until: int | None = None, choice: Choice | None = None
) -> Iterator[dict[str, Any]]:
    """Yield entries as their columns, oldest first, a few thousand at a time; ``until`` is the last one's number."""
    wanted = select(trail).where(trail.c.seq > after, *_chosen(choice or Choice())).order_by(trail.c.seq)
    if until is not None:
        wanted = wanted.where(trail.c.seq <= until)
    found = connection.execution_options(stream_results=True, yield_per=_AT_ONCE).execute(wanted)
    for row in found:
        yield dict(row._mapping)


def read_newest(connection: Connection, *, before: int, most: int, choice: Choice) -> list[dict[str, Any]]:
    """Return the newest ``most`` chosen entries below a number, as their columns."""
    wanted = select(trail).where(trail.c.seq < before, *_chosen(choice)).order_by(trail.c.seq.desc()).limit(most)
    return [dict(row._mapping) for row in connection.execute(wanted)]


def tells_of_look(connection: Connection, *, course: str, since: str, until: str, told: Mapping[str, Any]) -> bool:
    """Tell whether a look at a course, from a moment to another, is in the trail with all of these plain parts.

    Only the course and the time are asked of the database: a course has hundreds of entries, a user a hundred thousand.
    """
    wanted = select(trail.c.body).where(trail.c.course_id == course, trail.c.at >= since, trail.c.at <= until)
    bodies = (json.loads(body) for body in connection.execute(wanted).scalars())
    return any({"action": VIEW, **told}.items() <= body.items() for body in bodies)


def _chosen(choice: Choice) -> Iterator[ColumnElement[bool]]:
    """Yield a condition for each thing that is asked for.

    Entries are found by the narrowest index that fits, which neither database knows by itself: a course's or a
    patient's before that of a user or of a kind of entry, and a user's before that of looks, which most entries are.
    """
    few = choice.subject is not None or choice.course is not None
    by_action = not few and (choice.actor is None or choice.action != VIEW)
    for column, value, indexed in (
        (trail.c.subject_id, choice.subject, True),
        (trail.c.actor, choice.actor, not few and not (by_action and choice.action is not None)),
        (trail.c.action, choice.action, by_action),
        (trail.c.entity, choice.entity, True),
    ):
        if value is not None:
            yield (column if indexed else func.coalesce(column, "")) == value
    if not choice.looks:
        yield trail.c.action != VIEW
    if choice.course is not None:
        made = and_(trail.c.subject_id == choice.owner, trail.c.entity_id == choice.course)
        yield or_(trail.c.course_id == choice.course, made)
    if choice.since is not None:
        yield trail.c.at >= choice.since
    if choice.until is not None:
        yield trail.c.at < choice.until


def check_chain(entries: Iterator[Mapping[str, Any]]) -> Iterator[ChainFault]:
    """Yield every place where the chain is not what was written; nothing: it is whole.

    Parameters
    ----------
    entries : iterator of mapping
        From the first on, with the columns of the trail.
    """
    before, expected = GENESIS, 1
    for entry in entries:
        seq = entry["seq"]
        if seq != expected:
            yield ChainFault(seq, f"Entry {expected} of the trail is missing." if seq > expected else "Out of order.")
        if chain_hash(before, entry["body"]) != entry["hash"]:
            yield ChainFault(seq, f"Entry {seq} of the trail, or one before it, was changed: its digest does not fit.")
        elif told := _misfit(entry):
            yield ChainFault(seq, told)
        before, expected = entry["hash"], seq + 1


def _misfit(entry: Mapping[str, Any]) -> str:
    """Say which column beside an entry's text differs from it; empty: none."""
    try:
        body = json.loads(entry["body"])
        wanted = {"seq": body["seq"], **entry_columns(body)}
    except (ValueError, TypeError, KeyError, RecursionError):
        return f"Entry {entry['seq']} of the trail can't be read."
    wrong = [name for name, value in wanted.items() if entry[name] != value]
    return f"Entry {entry['seq']} of the trail: {wrong[0]} was changed." if wrong else ""
