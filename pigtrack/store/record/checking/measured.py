"""Every measurement's rows against the digests that were taken when it was added."""

import csv
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from sqlalchemy import Connection, RowMapping, Table, select

from pigtrack.errors import OriginalError
from pigtrack.store.record.checking.mismatch import Mismatch, Tally
from pigtrack.store.record.checking.told import Told
from pigtrack.store.record.measurements import csv_line, digest_stored, plain_columns, row_label
from pigtrack.store.record.tables import (
    courses,
    lesion_rows,
    measurements,
    photo_rows,
    session_rows,
    shot_values,
    subject_keys,
)
from pigtrack.store.vault.sealing import unseal

TABLES = (session_rows, lesion_rows, photo_rows)
"""Promised to whoever measures: their cells are what a signature stands under."""

STORED = (*TABLES, shot_values)
"""All of whose rows the entry of the measurement vouches for."""

_AT_ONCE = 2_000
"""Rows fetched together."""


@dataclass(frozen=True, slots=True)
class _Course:
    name: str
    key: bytes | None


def check_measurements(connection: Connection, told: Told, tally: Tally) -> Iterator[Mismatch]:
    """Yield every measurement whose rows are not those that came out of it. One measurement is held at a time.

    Of an erased patient's measurements the rows as they are stored are checked; what they say can't be read any more.
    """
    known = frozenset(connection.execute(select(measurements.c.id)).scalars())
    groups = [_Groups(connection, table, known) for table in STORED]
    owners = _owners(connection)
    wanted = select(measurements).order_by(measurements.c.id)
    streamed = connection.execute(wanted, execution_options={"stream_results": True, "yield_per": _AT_ONCE})
    for row in tally.watch(streamed.mappings(), "measurements", len(known)):
        owner = owners.get(row["course_id"], _Course(row["course_id"], None))
        parts = [group.take(row["id"]) for group in groups]
        tally.counts["rows of measurements"] += sum(map(len, parts))
        where = f"measurement {row['number']} of course {owner.name}"
        for sentence in _faults(row, parts, owner.key, told, tally):
            yield Mismatch("measurements", where, sentence)
    for group in groups:
        group.finish()
        for stray in sorted(group.strays):
            yield Mismatch("measurements", f"{group.table.name} {stray}", "These rows belong to no measurement.")


def _owners(connection: Connection) -> dict[str, _Course]:
    wanted = select(courses.c.id, courses.c.label, subject_keys.c.key)
    joined = wanted.outerjoin(subject_keys, subject_keys.c.subject_id == courses.c.subject_id)
    return {
        row.id: _Course(row.label or f"erased-{row.id[:8]}", None if row.key is None else bytes(row.key))
        for row in connection.execute(joined)
    }


class _Groups:
    """Rows of a table, read once from end to end, given out by measurement."""

    def __init__(self, connection: Connection, table: Table, known: frozenset[str]) -> None:
        self.table = table
        self.strays: set[str] = set()
        self._known = known
        wanted = select(table).order_by(*table.primary_key.columns)
        options = {"stream_results": True, "yield_per": _AT_ONCE}
        self._rows = iter(connection.execute(wanted, execution_options=options).mappings())
        self._next = next(self._rows, None)

    def take(self, measurement: str) -> list[RowMapping]:
        """Return the rows of the next measurement; those of no known one before it are strays."""
        self._pass_strays()
        taken = []
        while self._next is not None and self._next["measurement_id"] == measurement:
            taken.append(self._next)
            self._next = next(self._rows, None)
        return taken

    def finish(self) -> None:
        """Read to the end."""
        self._pass_strays()

    def _pass_strays(self) -> None:
        while self._next is not None and self._next["measurement_id"] not in self._known:
            self.strays.add(self._next["measurement_id"])
            self._next = next(self._rows, None)


def _faults(
    measurement: RowMapping, parts: list[list[RowMapping]], key: bytes | None, told: Told, tally: Tally
) -> Iterator[str]:
    stored = told.stored.get(measurement["id"])
    intact = stored is None or digest_stored(chain.from_iterable(parts)) == stored.hex()
    if not intact:
        yield "Its rows in the database are not those that were added."
    if key is None:
        tally.counts["measurements of erased patients"] += 1
        if stored is None:
            tally.counts["measurements that nobody can check any more"] += 1
        return
    try:
        yield from _unlike(measurement, parts, key, intact=intact)
    except OriginalError:
        yield "A sealed row can't be opened with the patient's key."
    except (ValueError, StopIteration, csv.Error):
        yield "A row can't be read."


def _unlike(measurement: RowMapping, parts: list[list[RowMapping]], key: bytes, *, intact: bool) -> Iterator[str]:
    """Yield what differs between cells, the columns beside them, and the digest over all cells."""
    digest = hashlib.sha256()
    for table, rows in zip(TABLES, parts[: len(TABLES)], strict=True):
        columns = json.loads(measurement[f"{table.name.removesuffix('_rows')}_columns"])
        digest.update(csv_line(columns).encode())
        for row in rows:
            line = (
                row["cells"]
                if table is lesion_rows
                else unseal(key, row["cells"], label=row_label(table, row)).decode()
            )
            digest.update(f"{line}\n".encode())
            if told := _beside(table, row, columns, next(csv.reader([line]))):
                yield told
    if digest.hexdigest() != measurement["rows_digest"]:
        yield (
            "Its numbers are not those that came out: their digest does not fit."
            if intact
            else "Nor do its numbers fit."
        )


def _beside(table: Table, row: RowMapping, columns: list[str], cells: list[str]) -> str | None:
    """Say which plain column of a row differs from its cells."""
    wrong = [name for name, value in plain_columns(table, columns, cells).items() if row[name] != value]
    if not wrong:
        return None
    lesion = f", lesion {row['lesion_id']}" if table is lesion_rows else ""
    return f"{table.name}, session {row['session']}{lesion}: {wrong[0]} beside the cells is not what the cells say."
