"""Every original that the record names: there, whole, and what was taken in."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Integer, Select, Text, cast, func, literal, null, select, union_all

from pigtrack.errors import OriginalError
from pigtrack.store.record.checking.mismatch import Mismatch, Tally
from pigtrack.store.record.originals import seal_label
from pigtrack.store.record.tables import (
    course_files,
    courses,
    measurements,
    photographs,
    sessions,
    subject_keys,
    uploads,
)
from pigtrack.store.vault.originals import Originals
from pigtrack.store.vault.sealing import unseal

_AT_ONCE = 2_000
"""Rows fetched together."""


@dataclass(frozen=True, slots=True)
class _Named:
    """What the record says of one stored object."""

    original: str
    sha256: str | None
    size: int | None
    what: str
    course: str
    subject: str
    key: bytes | None


def check_originals(connection: Connection, originals: Originals, tally: Tally) -> Iterator[Mismatch]:
    """Yield every original that is missing, damaged, or not what was taken in; one is held at a time.

    What is stored though no row names it is noted: an import that was killed leaves such, and they harm nobody.
    """
    wanted = _wanted()
    names = wanted.subquery()
    total = connection.execute(select(func.count(func.distinct(names.c.original)))).scalar_one()
    ordered = connection.execute(
        select(names).order_by(names.c.original), execution_options={"stream_results": True, "yield_per": _AT_ONCE}
    )
    named: set[str] = set()
    groups = groupby(map(_to_named, ordered), key=lambda each: each.original)
    for original, rows in tally.watch(((name, list(rows)) for name, rows in groups), "originals", total):
        named.add(original)
        yield from _check(originals, original, rows, tally)
    _note_leftovers(originals, named, tally)


def _wanted() -> Select[Any] | Any:
    def owned(select_: Select[Any]) -> Select[Any]:
        return select_.outerjoin(subject_keys, subject_keys.c.subject_id == courses.c.subject_id)

    whose = (courses.c.label, courses.c.id, courses.c.subject_id, subject_keys.c.key)
    shots = select(
        photographs.c.original,
        photographs.c.sha256.label("sha256"),
        photographs.c.bytes.label("size"),
        literal("photograph").label("what"),
        *whose,
    )
    files = select(course_files.c.original, cast(null(), Text), course_files.c.bytes, literal("file"), *whose)
    sent = (uploads.c.original, uploads.c.sha256, uploads.c.bytes, literal("photograph that was sent"))
    arrived = select(*sent, *whose)
    labels = select(measurements.c.labels, cast(null(), Text), cast(null(), Integer), literal("label images"), *whose)
    return union_all(
        owned(
            shots.join(sessions, sessions.c.id == photographs.c.session_id).join(
                courses, courses.c.id == sessions.c.course_id
            )
        ),
        owned(files.join(courses, courses.c.id == course_files.c.course_id)),
        owned(arrived.join(courses, courses.c.id == uploads.c.course_id)),
        owned(labels.join(courses, courses.c.id == measurements.c.course_id)).where(measurements.c.labels.is_not(None)),
    )


def _to_named(row: Any) -> _Named:
    key = None if row.key is None else bytes(row.key)
    course = row.label or f"erased-{row.id[:8]}"
    return _Named(row.original, row.sha256, row.size, row.what, course, row.subject_id, key)


def _check(originals: Originals, original: str, rows: list[_Named], tally: Tally) -> Iterator[Mismatch]:
    if all(row.key is None for row in rows):  # erased: gone, or nobody can read it
        tally.counts["originals of erased patients"] += 1
        return
    try:
        stored = originals.get(original)
    except OriginalError as fault:
        yield from (Mismatch("originals", _where(row), fault.problem) for row in rows)
        return
    for row in rows:
        if row.key is not None and (told := _unlike(row, stored)):
            yield Mismatch("originals", _where(row), told)


def _unlike(row: _Named, stored: bytes) -> str | None:
    """Say what a stored object is not; None: it is what was taken in."""
    try:
        data = unseal(row.key or b"", stored, label=seal_label(row.subject))
    except OriginalError:
        return "It can't be opened with the patient's key."
    if row.sha256 is not None and hashlib.sha256(data).hexdigest() != row.sha256:
        return "It is not the photograph that was taken in."
    if row.size is not None and len(data) != row.size:
        return "It is not as long as what was taken in."
    return None


def _where(row: _Named) -> str:
    return f"{row.what} of course {row.course}, {row.original}"


def _note_leftovers(originals: Originals, named: set[str], tally: Tally) -> None:
    left = [digest for digest in originals.digests() if digest not in named]
    tally.counts["originals that no row names"] += len(left)
    if left:
        some = ", ".join(digest[:12] for digest in left[:5]) + (", ..." if len(left) > 5 else "")
        tally.notes.append(f"{len(left)} stored originals are named by no row (left by who was killed): {some}")
