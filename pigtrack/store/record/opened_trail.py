"""Entries of the trail with their sealed parts opened, as far as the patients' keys are there."""

import base64
import json
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, select

from pigtrack.errors import OriginalError
from pigtrack.model.trail import OpenedEntry, Sealed, TimeStamp
from pigtrack.store.record.tables import courses, reviews, time_stamps
from pigtrack.store.record.trail import Choice, read_entries, read_newest
from pigtrack.store.record.unit import subject_key
from pigtrack.store.vault.sealing import unseal


def read_opened(connection: Connection, *, until: int, choice: Choice) -> Iterator[OpenedEntry]:
    """Yield chosen entries, oldest first, opened. Memory does not grow with the trail.

    The order of a blinded review stays closed until the review is: the trail must not unblind it.
    """
    opener = _Opener(connection)
    for entry in read_entries(connection, until=until, choice=choice):
        yield opener.opened(entry)


def read_page(connection: Connection, *, before: int, most: int, choice: Choice) -> tuple[OpenedEntry, ...]:
    """Return chosen entries below a number, newest first, opened; ``most`` of them."""
    opener = _Opener(connection)
    return tuple(opener.opened(entry) for entry in read_newest(connection, before=before, most=most, choice=choice))


class _Opener:
    """Opens entries with the keys and labels of those whose they are, each looked up once."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._keys: dict[str, bytes | None] = {}
        self._labels: dict[str, str | None] = {}
        wanted = select(reviews.c.id).where(reviews.c.blinded, ~reviews.c.closed)
        self._blinded = set(connection.execute(wanted).scalars())

    def opened(self, entry: Mapping[str, Any]) -> OpenedEntry:
        try:
            body = json.loads(entry["body"])
        except (ValueError, RecursionError):
            return OpenedEntry(entry["seq"], entry["hash"], {}, {}, Sealed.DAMAGED)
        sealed = body.pop("sealed", None)
        course = entry["course_id"] or (entry["entity_id"] if entry["entity"] == courses.name else None)
        state, words = self._words(entry, sealed)
        return OpenedEntry(entry["seq"], entry["hash"], body, words, state, self._label(course))

    def _words(self, entry: Mapping[str, Any], sealed: str | None) -> tuple[Sealed, Mapping[str, Any]]:
        if sealed is None:
            return Sealed.NONE, {}
        if entry["entity"] == reviews.name and entry["entity_id"] in self._blinded:
            return Sealed.BLINDED, {}
        key = self._key(entry["subject_id"])
        if key is None:
            return Sealed.ERASED, {}
        try:
            plain = unseal(key, base64.b64decode(sealed), label=f"trail/{entry['subject_id']}".encode())
        except (OriginalError, ValueError):
            return Sealed.DAMAGED, {}
        return Sealed.OPENED, json.loads(plain)

    def _label(self, course: str | None) -> str | None:
        if course is not None and course not in self._labels:
            wanted = select(courses.c.label).where(courses.c.id == course)
            self._labels[course] = self._connection.execute(wanted).scalar()
        return None if course is None else self._labels[course]

    def _key(self, subject: str) -> bytes | None:
        if subject not in self._keys:
            self._keys[subject] = subject_key(self._connection, subject)
        return self._keys[subject]


def read_stamps(connection: Connection) -> tuple[TimeStamp, ...]:
    """Return all time stamps, by entry."""
    found = connection.execute(select(time_stamps).order_by(time_stamps.c.seq, time_stamps.c.authority)).mappings()
    return tuple(TimeStamp(row["seq"], row["authority"], bytes(row["token"])) for row in found)
