"""Measurements as versions: each is added whole, with all its rows, and none is ever changed."""

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import chain
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, func, insert, select

from pigtrack.errors import RecordError
from pigtrack.model.provenance import Algorithm, digest_versions
from pigtrack.model.record import Cells, MeasurementVersion, RecordedCourse
from pigtrack.model.repeatability import ShotValues
from pigtrack.store.naming import quoted
from pigtrack.store.record.changes import MEASURED
from pigtrack.store.record.tables import courses, lesion_rows, measurements, photo_rows, session_rows, shot_values
from pigtrack.store.record.trail import canonical
from pigtrack.store.record.unit import Row, Unit, new_id, open_content, plain_value, subject_key
from pigtrack.store.vault.sealing import seal, unseal

COURSE_COLUMN = "course_id"
"""First of every table; it is written at the door, as an erased course has no label any more."""


@dataclass(frozen=True, slots=True)
class NewMeasurement:
    """What one measuring of a course came to.

    Attributes
    ----------
    sessions, lesions, photos : str
        The promised tables as CSV text, as `measure` writes them.
    algorithms : tuple of Algorithm
    settings_digest, input_digest : str
    run : str
        JSON of what run.json says.
    labels : str or None
        Name in the vault of the label images.
    shots : tuple of ShotValues
        What single photographs of sessions with several came to, by rising session and shot.
    """

    sessions: str
    lesions: str
    photos: str
    algorithms: tuple[Algorithm, ...]
    settings_digest: str
    input_digest: str
    run: str
    exploratory: bool
    corrected: bool
    pigtrack: str
    labels: str | None = None
    shots: tuple[ShotValues, ...] = ()


def digest_rows(tables: Sequence[tuple[Sequence[str], Sequence[Sequence[str]]]]) -> str:
    """Return the SHA-256 of tables' headers and cells, the course's name left out."""
    digest = hashlib.sha256()
    for columns, rows in tables:
        for cells in (columns, *rows):
            digest.update(csv_line(cells).encode())
    return digest.hexdigest()


def digest_stored(rows: Iterable[Row]) -> str:
    """Return the SHA-256 of rows as they stand in the database, sealed cells and all: an erased patient's too.

    Parameters
    ----------
    rows : iterable of mapping
        Of session_rows, lesion_rows, photo_rows and shot_values, in this order, each in the order of its numbers.
    """
    digest = hashlib.sha256()
    for row in rows:
        digest.update(canonical([plain_value(value) for _, value in sorted(row.items())]).encode() + b"\n")
    return digest.hexdigest()


def csv_line(cells: Sequence[str]) -> str:
    """Return one line of CSV, with its line feed."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(cells)
    return line.getvalue()


def _table(text: str) -> tuple[list[str], list[list[str]]]:
    """Return a table's columns and rows without the course's name."""
    header, *rows = csv.reader(io.StringIO(text))
    if header[:1] != [COURSE_COLUMN]:
        raise ValueError(f"a promised table begins with {COURSE_COLUMN}, not {header[:1]}")
    return header[1:], [row[1:] for row in rows]


def find_measurement(
    connection: Connection, course: str, *, input_digest: str, versions_digest: str, settings_digest: str
) -> RowMapping | None:
    """Return the measurement of the same input by the same versions and settings, if there is one."""
    wanted = select(measurements).where(
        measurements.c.course_id == course,
        measurements.c.input_digest == input_digest,
        measurements.c.versions_digest == versions_digest,
        measurements.c.settings_digest == settings_digest,
    )
    return connection.execute(wanted).mappings().first()


def add_measurement(unit: Unit, course: RowMapping, new: NewMeasurement) -> str:
    """Add a measurement with all its rows, and make it the course's own; return its id.

    The same input measured by the same versions and settings adds nothing.
    """
    versions = digest_versions(new.algorithms)
    digests = {"input_digest": new.input_digest, "versions_digest": versions, "settings_digest": new.settings_digest}
    known = find_measurement(unit.connection, course["id"], **digests)
    return stand_at(unit, course, _add(unit, course, new, digests) if known is None else str(known["id"]))


def stand_at(unit: Unit, course: RowMapping, measurement: str) -> str:
    """Make a measurement of what a course is now the course's own; return its id."""
    stands = {"measurement_id": measurement}
    unit.change(courses, course["id"], stands, subject=course["subject_id"], course=course["id"], action=MEASURED)
    return measurement


def _add(unit: Unit, course: RowMapping, new: NewMeasurement, digests: Mapping[str, str]) -> str:
    tables = [_table(text) for text in (new.sessions, new.lesions, new.photos)]
    counted = select(func.count()).where(measurements.c.course_id == course["id"])
    row = {
        **{"course_id": course["id"], "number": unit.connection.execute(counted).scalar_one() + 1, "at": unit.at},
        **{"by": unit.actor.name, "pigtrack": new.pigtrack, **digests, "rows_digest": digest_rows(tables)},
        "algorithms": canonical([[each.name, each.version] for each in new.algorithms]),
        **{"corrected": new.corrected, "exploratory": new.exploratory, "labels": new.labels},
        **{
            f"{name}_columns": canonical(columns)
            for name, (columns, _) in zip(("session", "lesion", "photo"), tables, strict=True)
        },
    }
    subject, measurement = course["subject_id"], new_id()
    key = unit.key(subject)
    made = {
        table: [_row(table, measurement, number, columns, cells, key) for number, cells in enumerate(rows, start=1)]
        for table, (columns, rows) in zip((session_rows, lesion_rows, photo_rows), tables, strict=True)
    }
    made[shot_values] = [{"measurement_id": measurement, **_plain(each)} for each in new.shots]
    words = {"content": new.run, "subject": subject, "course": course["id"]}
    stored = {"stored": digest_stored(chain.from_iterable(made.values()))}
    unit.add(measurements, {"id": measurement, **row}, **words, told=stored)
    for table, rows in made.items():
        if rows:
            unit.connection.execute(insert(table), rows)
    return measurement


def _plain(shot: ShotValues) -> dict[str, Any]:
    return {name: value + 0.0 if isinstance(value, float) else value for name, value in asdict(shot).items()}


def _row(
    table: Table, measurement: str, number: int, columns: Sequence[str], cells: Sequence[str], key: bytes
) -> dict[str, Any]:
    """Return a table's row in the record: plain columns, and all cells as one line, sealed where days or words are."""
    plain = plain_columns(table, columns, cells)
    line = csv_line(cells).rstrip("\n")
    row: dict[str, Any] = {"measurement_id": measurement, **plain}
    if table is photo_rows:
        row["number"] = number
    row["cells"] = line if table is lesion_rows else seal(key, line.encode(), label=row_label(table, row))
    return row


def plain_columns(table: Table, columns: Sequence[str], cells: Sequence[str]) -> dict[str, Any]:
    """Return what stands beside a row's cells, typed, for searching."""
    told = dict(zip(columns, cells, strict=True))
    return {
        column.name: _typed(told.get(column.name, ""), column.type.python_type)
        for column in table.columns
        if column.name not in ("measurement_id", "cells", "number")
    }


def row_label(table: Table, row: Row) -> bytes:
    """Return what the sealed cells of a row are bound to."""
    number = row["number"] if table is photo_rows else row["session"]
    return f"{table.name}/{row['measurement_id']}/{number}".encode()


def _typed(cell: str, kind: type) -> Any:
    if kind is str:
        return cell
    return None if cell == "" else kind(cell) + 0  # SQLite keeps -0.0 as 0.0, and the digest is of what it keeps


def read_versions(connection: Connection, course: str) -> tuple[MeasurementVersion, ...]:
    """Return all versions of a course's measurement, oldest first."""
    wanted = select(measurements).where(measurements.c.course_id == course).order_by(measurements.c.number)
    return tuple(to_version(row) for row in connection.execute(wanted).mappings())


def to_version(row: Mapping[Any, Any]) -> MeasurementVersion:
    """Return where a measurement's numbers came from."""
    algorithms = tuple(Algorithm(name, version) for name, version in json.loads(row["algorithms"]))
    names = ("number", "at", "by", "pigtrack", "settings_digest", "input_digest", "rows_digest", "corrected")
    return MeasurementVersion(**{name: row[name] for name in names}, algorithms=algorithms)


def find_version(connection: Connection, course: RowMapping, number: int | None = None) -> RowMapping:
    """Return a measurement of a course: the ``number``-th, else the one that the course stands at.

    Raises
    ------
    RecordError
        If there is none.
    """
    own = measurements.c.id == course["measurement_id"] if number is None else measurements.c.number == number
    wanted = select(measurements).where(measurements.c.course_id == course["id"], own)
    found = connection.execute(wanted).mappings().first()
    if found is None:
        which = "has not been measured" if number is None else f"has no measurement {number}"
        raise RecordError(f"Course {quoted(course['label'] or '')} {which}.", "See what there is: pigtrack courses.")
    return found


def read_measurement(connection: Connection, course: RecordedCourse) -> RowMapping:
    """Return the row of the measurement that a recorded course is told under; it must have been measured."""
    if course.measurement is None:
        raise ValueError(f"course {course.course.id} was not measured")
    wanted = select(measurements).where(
        measurements.c.course_id == course.uid, measurements.c.number == course.measurement.number
    )
    return connection.execute(wanted).mappings().one()


def read_rows(connection: Connection, table: Table, measurement: RowMapping, subject: str) -> Iterator[list[str]]:
    """Yield a table's rows as `measure` wrote them, without the course's name.

    Rows that tell days or words are not there any more once the patient's key was destroyed: then none is yielded.
    """
    key = None if table is lesion_rows else subject_key(connection, subject)
    if key is None and table is not lesion_rows:
        return
    order = [column for column in table.primary_key.columns if column.name != "measurement_id"]
    found = connection.execute(select(table).where(table.c.measurement_id == measurement["id"]).order_by(*order))
    for row in found.mappings():
        line = row["cells"] if key is None else unseal(key, bytes(row["cells"]), label=row_label(table, row)).decode()
        yield next(csv.reader([line]))


def read_cells(
    connection: Connection, table: Table, measurement: RowMapping, *, label: str, subject: str
) -> tuple[Cells, ...]:
    """Return a table's rows by column, the course's label in front."""
    columns = json.loads(measurement[f"{table.name.removesuffix('_rows')}_columns"])
    rows = read_rows(connection, table, measurement, subject)
    return tuple({COURSE_COLUMN: label, **dict(zip(columns, cells, strict=True))} for cells in rows)


def read_run(connection: Connection, measurement: RowMapping, subject: str) -> str | None:
    """Return the JSON of what run.json said; None: the patient's key was destroyed."""
    return open_content(connection, measurements, measurement, subject)
