"""The record as tables: those of `measure` with their versions beside, and a long one with a row a number."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import Connection, Table, select

from pigtrack.export.cdisc import FINDING_COLUMNS, FINDINGS, findings_rows
from pigtrack.export.cells import as_told, csv_safe
from pigtrack.export.columns import LONG, LONG_COLUMNS, LONG_KINDS, VERSION_COLUMNS, dictionary_rows
from pigtrack.export.parquet import write_parquet
from pigtrack.export.provenance import cells_of_version
from pigtrack.export.tabular import csv_pieces, jsonl_line, long_rows, wide_rows
from pigtrack.export.told import told_rows
from pigtrack.export.told_columns import TOLD
from pigtrack.model.exporting import ExportChoice
from pigtrack.model.progress import Progress
from pigtrack.model.record import RecordedCourse
from pigtrack.store.bundle import BundleWriter
from pigtrack.store.dictionary import DICTIONARY_COLUMNS
from pigtrack.store.dictionary import dictionary_rows as measured_rows
from pigtrack.store.record.measurements import COURSE_COLUMN, csv_line
from pigtrack.store.record.opening import Record
from pigtrack.store.record.streaming import StreamedRows, stream_rows
from pigtrack.store.record.tables import lesion_rows, measurements, photo_rows, session_rows
from pigtrack.tracker.record.choosing import Chosen, read_chosen

WIDE: dict[str, Table] = {"sessions": session_rows, "lesions": lesion_rows, "photos": photo_rows}
DICTIONARY = "data-dictionary.csv"

_VERSION_NAMES = tuple(column.name for column in VERSION_COLUMNS)
_WORDY = frozenset({"photos"})
"""Tables with words of people and cameras, in which a spreadsheet may find a formula anywhere in a cell."""

_PIECE_LINES = 2_000


@dataclass(frozen=True)
class Export:
    """What goes out, from one state of the record."""

    record: Record
    connection: Connection
    choice: ExportChoice
    chosen: Chosen
    progress: Progress | None = None

    def recorded(self, what: str, *, unmeasured: bool = False) -> Iterator[RecordedCourse]:
        """Yield the courses one at a time, telling how far it is."""
        found = read_chosen(self.record, self.connection, self.chosen, unmeasured=unmeasured)
        total = sum(max(len(each.measurements), int(unmeasured)) for each in self.chosen.courses)
        for done, course in enumerate(found, start=1):
            yield course
            if self.progress is not None:
                self.progress(done, total, what)

    @cached_property
    def kinds(self) -> Mapping[str, Mapping[str, str]]:
        """By table and column: the type that the data dictionary tells."""
        kinds: dict[str, dict[str, str]] = {name: {} for name in WIDE}
        for table, column, kind, *_ in measured_rows():
            if table in kinds:
                kinds[table][column] = kind
        return {name: {**known, **{each.name: each.kind for each in VERSION_COLUMNS}} for name, known in kinds.items()}


def add_csv(writer: BundleWriter, export: Export, *, folder: str = "") -> None:
    """Add the three tables of `measure` with the versions that they rest on."""
    for name in WIDE:
        writer.add(f"{folder}{name}.csv", csv_table(export, name))


def add_long(writer: BundleWriter, export: Export, *, folder: str = "") -> None:
    """Add the long table."""
    writer.add(f"{folder}long.csv", csv_pieces(all_rows(export, "long"), LONG_COLUMNS))


def add_jsonl(writer: BundleWriter, export: Export, *, folder: str = "") -> None:
    """Add all four tables, one row a line."""
    for name in (*WIDE, "long"):
        writer.add(f"{folder}{name}.jsonl", _lines(export, name))


def add_parquet(writer: BundleWriter, export: Export, *, folder: str = "") -> None:
    """Add all four tables with typed columns."""
    for name in (*WIDE, "long"):
        columns = LONG_COLUMNS if name == "long" else wide_columns(export, name)
        known = LONG_KINDS if name == "long" else export.kinds[name]
        kinds = {column: known.get(column, "text") for column in columns}
        with writer.file(f"{folder}{name}.parquet") as file:
            write_parquet(all_rows(export, name), kinds, file)


def add_cdisc(writer: BundleWriter, export: Export, *, folder: str = "") -> None:
    """Add the findings of CDISC SDTM, numbered through for each subject."""
    writer.add(f"{folder}findings.csv", csv_pieces(_findings(export), FINDING_COLUMNS))


def add_told(writer: BundleWriter, export: Export, *, folder: str = "") -> None:
    """Add what was told of the courses: treatments, events, screens, consents, corrections, versions, signatures.

    One pass over the courses for all these tables; a course has some tens of such rows.
    """
    rows: dict[str, list[Mapping[str, str]]] = {table: [] for table in TOLD}
    before = ""
    for course in export.recorded("what was told", unmeasured=True):
        if course.uid != before:
            for table, told in rows.items():
                told.extend(told_rows(course, table, offsets=export.choice.offsets))
        before = course.uid
    for table, told in rows.items():
        writer.add(f"{folder}{table}.csv", csv_pieces(told, tuple(column.name for column in TOLD[table])))


def _findings(export: Export) -> Iterator[Mapping[str, str]]:
    told: Counter[str] = Counter()
    for course in export.recorded("cdisc"):
        for row in findings_rows(course, offsets=export.choice.offsets, start=told[course.subject_uid] + 1):
            told[course.subject_uid] += 1
            yield row


def add_dictionary(writer: BundleWriter, *, folder: str = "") -> None:
    """Add what every column of these tables means."""
    rows = [
        *measured_rows(),
        *(row for name in WIDE for row in dictionary_rows(VERSION_COLUMNS, name)),
        *dictionary_rows(LONG, "long"),
        *dictionary_rows(FINDINGS, "findings"),
        *(row for table, columns in TOLD.items() for row in dictionary_rows(columns, f"told/{table}")),
    ]
    cells = (dict(zip(DICTIONARY_COLUMNS, row, strict=True)) for row in rows)
    writer.add(f"{folder}{DICTIONARY}", csv_pieces(cells, DICTIONARY_COLUMNS))


def rows_of(export: Export, course: RecordedCourse, name: str) -> Iterator[dict[str, str]]:
    """Yield a course's rows of one of the four tables."""
    if name == "long":
        return long_rows(course, offsets=export.choice.offsets)
    return wide_rows(course, name, offsets=export.choice.offsets)


def all_rows(export: Export, name: str) -> Iterator[dict[str, str]]:
    """Yield the rows of one of the four tables, of all courses."""
    return (row for course in export.recorded(name) for row in rows_of(export, course, name))


def _lines(export: Export, name: str) -> Iterator[bytes]:
    kinds = LONG_KINDS if name == "long" else export.kinds[name]
    for course in export.recorded(name):
        yield b"".join(jsonl_line(row, kinds) for row in rows_of(export, course, name))


def csv_table(export: Export, name: str) -> Iterator[bytes]:
    """Yield one of the three tables as CSV in pieces; 600,000 rows take the memory of a few thousand."""
    columns = wide_columns(export, name)
    if export.choice.offsets:
        return csv_pieces(all_rows(export, name), columns)
    return _fast(export, name, columns)


def wide_columns(export: Export, name: str) -> tuple[str, ...]:
    """Return a table's columns: those of all its versions, the most at first, and of the versions themselves."""
    column = measurements.c[f"{name.removesuffix('s')}_columns"]
    wanted = export.chosen.measurements
    found = {row[1] for row in export.connection.execute(select(measurements.c.id, column)) if row[0] in wanted}
    told = sorted((json.loads(text) for text in found), key=lambda columns: (-len(columns), columns))
    return (COURSE_COLUMN, *dict.fromkeys(each for columns in told for each in columns), *_VERSION_NAMES)


def _fast(export: Export, name: str, columns: tuple[str, ...]) -> Iterator[bytes]:
    """Yield rows as they are kept, as text, the course in front and the version behind."""
    own = columns[1 : -len(_VERSION_NAMES)]
    yield csv_line(columns).encode()
    lines: list[str] = []
    for part in _chosen_rows(export, name):
        before, behind = csv_line([csv_safe(part.label)])[:-1], csv_line(_version_cells(part))
        if part.columns == own and name not in _WORDY:
            lines += [f"{before},{line},{behind}" for line in part.lines]
        else:
            lines += [csv_line(_told(cells, columns, part)) for cells in part.cells()]
        if len(lines) >= _PIECE_LINES:
            yield "".join(lines).encode("utf-8", "backslashreplace")
            lines = []
    yield "".join(lines).encode("utf-8", "backslashreplace")


def _chosen_rows(export: Export, name: str) -> Iterator[StreamedRows]:
    versions = "current" if export.choice.versions == "current" and export.choice.measurement is None else "all"
    labels = [each.label for each in export.chosen.courses] if export.choice.courses else None
    ids, total, done = export.chosen.ids, len(export.chosen.measurements), 0
    for part in stream_rows(export.connection, WIDE[name], labels=labels, versions=versions):
        if part.course_uid in ids and export.choice.measurement in (None, part.version.number):
            yield part
            done += 1
            if export.progress is not None:
                export.progress(done, total, name)


def _version_cells(part: StreamedRows) -> list[str]:
    cells = cells_of_version(part.version)
    return [cells[name] for name in _VERSION_NAMES]


def _told(cells: Mapping[str, str], columns: tuple[str, ...], part: StreamedRows) -> list[str]:
    told = {**cells, **cells_of_version(part.version)}
    return [csv_safe(as_told(told.get(name, ""))) for name in columns]
