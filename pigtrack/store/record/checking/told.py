"""The chain of the trail, and what it tells of each row: the digest it had when it was last written."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, func, select

from pigtrack.store.record.checking.mismatch import Mismatch, Tally
from pigtrack.store.record.tables import courses, trail
from pigtrack.store.record.trail import check_chain, read_entries


@dataclass(slots=True)
class Told:
    """What the trail tells, gathered while its chain is checked.

    Attributes
    ----------
    digests : dict
        By table and id: the SHA-256 of the row as it was last written. 32 bytes each, as there may be a million.
    stored : dict
        By a measurement's id: the SHA-256 of its rows as they were stored.
    stamps : dict
        By the entry's number and the authority: the SHA-256 of each time stamp that was kept.
    uid : str or None
        The record's own identifier, as its first entry tells it; None: it was begun before entries told that.
    heads : set of str
        Of those digests that were looked for: the ones that the chain has.
    of_course : dict or None
        By a course's id and table: ids of its rows. None: not gathered; the record itself has all its rows at hand.
    """

    digests: dict[str, dict[str, bytes]] = field(default_factory=dict)
    stored: dict[str, bytes] = field(default_factory=dict)
    stamps: dict[tuple[int, str], bytes] = field(default_factory=dict)
    uid: str | None = None
    heads: set[str] = field(default_factory=set)
    of_course: dict[str, dict[str, set[str]]] | None = None

    def listen(self, entry: Mapping[str, Any]) -> None:
        """Take in one entry; one that can't be read tells nothing, and the chain has a word on it."""
        try:
            body = json.loads(entry["body"])
            table, row, new = body["entity"], body["id"], body.get("new")
            if isinstance(new, str) and isinstance(table, str) and isinstance(row, str):
                self.digests.setdefault(table, {})[row] = bytes.fromhex(new)
                if self.of_course is not None:
                    self._file(str(body["course"] or (row if table == courses.name else "")), table, row)
            if isinstance(stored := body.get("stored"), str):
                self.stored[row] = bytes.fromhex(stored)
            if new is None:
                self._note(body)
        except (ValueError, TypeError, KeyError, RecursionError):
            return

    def _note(self, body: Mapping[str, Any]) -> None:
        """Take in an entry that tells of no row."""
        about = (body["action"], body["entity"])
        if about == ("stamp", "trail"):
            self.stamps[body["stamped"], body["authority"]] = bytes.fromhex(body["token"])
        elif about == ("create", "record") and self.uid is None:
            self.uid = body.get("record")

    def _file(self, course: str, table: str, row: str) -> None:
        if self.of_course is not None:
            self.of_course.setdefault(course, {}).setdefault(table, set()).add(row)


def check_trail(connection: Connection, told: Told, tally: Tally, *, head: str | None = None) -> Iterator[Mismatch]:
    """Yield each place where the chain is broken; fill ``told`` on the way.

    Parameters
    ----------
    head : str or None
        Digest of an entry that somebody kept: the chain must still have it, or its end was cut off or written anew.
    """
    total = connection.execute(select(func.count()).select_from(trail)).scalar_one()
    entries = tally.watch(read_entries(connection), "entries of the trail", total)
    yield from check_entries(entries, told, head=head)


def check_entries(entries: Iterable[Mapping[str, Any]], told: Told, *, head: str | None = None) -> Iterator[Mismatch]:
    """Yield each place where entries, wherever they come from, make no whole chain."""
    for fault in check_chain(_heard(entries, told, head)):
        yield Mismatch("trail", f"entry {fault.seq}", fault.told)
    if head is not None and head not in told.heads:
        yield Mismatch("trail", "", f"No entry has the digest {head}: the trail was cut off or written anew.")


def _heard(entries: Iterable[Mapping[str, Any]], told: Told, head: str | None) -> Iterator[Mapping[str, Any]]:
    for entry in entries:
        told.listen(entry)
        if head is not None and entry["hash"] == head:
            told.heads.add(head)
        yield entry
