"""Tables of the whole record, a measurement at a time: as many courses as there are, in the memory of a few."""

import csv
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, RowMapping, Table, select

from pigtrack.model.record import Cells, MeasurementVersion
from pigtrack.store.record.measurements import COURSE_COLUMN, row_label, to_version
from pigtrack.store.record.overview import label_of
from pigtrack.store.record.tables import courses, lesion_rows, measurements, subject_keys
from pigtrack.store.vault.sealing import unseal

_AT_ONCE = 50
"""Measurements whose rows are fetched together: some thousands of rows, well below what a statement may name."""


@dataclass(frozen=True, slots=True)
class StreamedRows:
    """The rows of one promised table of one measurement, as `measure` wrote them.

    Attributes
    ----------
    label : str
        The course's; it is not in ``columns`` and ``lines``, and comes first in every promised table.
    columns : tuple of str
        Names of the cells. They may differ from one version to another.
    lines : tuple of str
        A row each: its cells as CSV, without line feed. None where they were sealed and the key was destroyed.
    erased : bool
        The key was destroyed.
    """

    course_uid: str
    subject_uid: str
    label: str
    version: MeasurementVersion
    columns: tuple[str, ...]
    lines: tuple[str, ...]
    erased: bool

    def cells(self) -> Iterator[Cells]:
        """Yield the rows by column, the course's label in front."""
        for values in csv.reader(self.lines):
            yield {COURSE_COLUMN: self.label, **dict(zip(self.columns, values, strict=True))}


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A measurement to be read, and whose it is."""

    measurement: str
    course: RowMapping


def stream_rows(
    connection: Connection, table: Table, *, labels: Collection[str] | None = None, versions: str = "current"
) -> Iterator[StreamedRows]:
    """Yield the rows of measurements by the course's label and the version's number, erased courses last.

    Parameters
    ----------
    table : Table
        ``session_rows``, ``lesion_rows`` or ``photo_rows``.
    labels : collection of str or None
        Of the courses; None: of all.
    versions : str
        ``current``: the measurement that each course stands at; ``all``: every one that is kept.
    """
    if versions not in ("current", "all"):
        raise ValueError(f"versions must be 'current' or 'all', not {versions!r}")
    wanted = _wanted(connection, labels, everything=versions == "all")
    for start in range(0, len(wanted), _AT_ONCE):
        yield from _fetched(connection, table, wanted[start : start + _AT_ONCE])


def _wanted(connection: Connection, labels: Collection[str] | None, *, everything: bool) -> list[_Wanted]:
    """Return what to read, in order. It is put in order here: databases differ in how they sort letters."""
    of_course = (
        measurements.c.course_id == courses.c.id if everything else measurements.c.id == courses.c.measurement_id
    )
    kept = (courses.c.id, courses.c.label, courses.c.subject_id)
    found = connection.execute(
        select(*kept, measurements.c.id.label("measurement"), measurements.c.number).join(measurements, of_course)
    )
    chosen = None if labels is None else frozenset(labels)
    rows = [row for row in found.mappings() if chosen is None or row["label"] in chosen]
    rows.sort(key=lambda row: (row["label"] is None, row["label"] or "", row["id"], row["number"]))
    return [_Wanted(row["measurement"], row) for row in rows]


def _fetched(connection: Connection, table: Table, wanted: Sequence[_Wanted]) -> Iterator[StreamedRows]:
    ids = [each.measurement for each in wanted]
    found = connection.execute(select(measurements).where(measurements.c.id.in_(ids))).mappings()
    about = {row["id"]: row for row in found}
    keys = _keys(connection, {str(each.course["subject_id"]) for each in wanted})
    lines = _lines(connection, table, ids, {each.measurement: keys.get(each.course["subject_id"]) for each in wanted})
    for each in wanted:
        row = about[each.measurement]
        yield StreamedRows(
            course_uid=each.course["id"],
            subject_uid=each.course["subject_id"],
            label=label_of(each.course),
            version=to_version(row),
            columns=tuple(json.loads(row[f"{table.name.removesuffix('_rows')}_columns"])),
            lines=tuple(lines[each.measurement]),
            erased=each.course["subject_id"] not in keys,
        )


def _keys(connection: Connection, subjects: Collection[str]) -> dict[str, bytes]:
    found = connection.execute(select(subject_keys).where(subject_keys.c.subject_id.in_(sorted(subjects))))
    return {row.subject_id: bytes(row.key) for row in found}


def _lines(
    connection: Connection, table: Table, ids: Sequence[str], keys: Mapping[str, bytes | None]
) -> dict[str, list[str]]:
    """Return rows' cells by measurement, in their order; sealed ones whose key was destroyed are left out."""
    order = [column for column in table.primary_key.columns if column.name != "measurement_id"]
    columns = (table.c.measurement_id, *order, table.c.cells)
    found = connection.execute(select(*columns).where(table.c.measurement_id.in_(ids)).order_by(*columns[:-1]))
    lines: dict[str, list[str]] = {each: [] for each in ids}
    if table is lesion_rows:
        for measurement, *_, cells in found:
            lines[measurement].append(cells)
        return lines
    for row in found.mappings():
        key = keys[row["measurement_id"]]
        if key is not None:
            lines[row["measurement_id"]].append(unseal(key, bytes(row["cells"]), label=row_label(table, row)).decode())
    return lines
