"""Measures recorded courses again from their originals, and holds every number against the recorded one."""

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Connection, select

from pigtrack.errors import PigtrackError
from pigtrack.imaging import opencv
from pigtrack.model.progress import Progress
from pigtrack.model.provenance import Algorithm
from pigtrack.model.quantity import LabelImage
from pigtrack.model.record import Cells, MeasurementVersion, RecordedCourse
from pigtrack.store.naming import quoted
from pigtrack.store.record.checking import Mismatch, Tally
from pigtrack.store.record.measurements import read_measurement, read_run
from pigtrack.store.record.opening import Record
from pigtrack.store.record.reading import read_course
from pigtrack.store.record.tables import courses
from pigtrack.store.workspace import Workspace
from pigtrack.tracker.record.course_folder import input_digest, write_course_folder
from pigtrack.tracker.record.methods import METHOD, MeasuredFolder, Method
from pigtrack.tracker.record.tolerances import EXACT, tolerance_of

PART = "numbers"
KEYS = {"sessions": ("session",), "lesions": ("session", "lesion_id"), "photos": ("session", "photo")}
"""What names a row of each table."""

_MACHINE = ("pigtrack", "python", "machine", "libraries")
"""What of run.json must be the same for the same bytes."""


@dataclass(frozen=True, slots=True)
class RecordedNumbers:
    """A measurement as it was recorded: its tables by name, where it came from, what run.json said."""

    label: str
    version: MeasurementVersion
    input_digest: str
    tables: Mapping[str, Sequence[Cells]]
    run: Mapping[str, Any]
    labels: Callable[[str], LabelImage | None] = field(default=lambda photo: None, repr=False)

    @property
    def where(self) -> str:
        """How a mismatch names it."""
        return f"course {self.label}, measurement {self.version.number}"


def recompute_record(
    record: Record, *, workers: int, progress: Progress | None, tally: Tally, method: Method = METHOD
) -> Iterator[Mismatch]:
    """Yield each number of the courses' current measurements that the originals do not give again.

    A course that can't be compared is named as such: nothing passes in silence. One course is held at a time.
    """
    with record.reading() as connection:
        listed = select(courses.c.id).order_by(courses.c.label, courses.c.id)
        ids = connection.execute(listed).scalars().all()
    for course in ids:
        yield from _recompute_recorded(record, course, method, workers, progress, tally)


def _recompute_recorded(
    record: Record, course: str, method: Method, workers: int, progress: Progress | None, tally: Tally
) -> Iterator[Mismatch]:
    with record.reading() as connection:
        row = connection.execute(select(courses).where(courses.c.id == course)).mappings().one()
        name = f"course {row['label'] or course}"
        try:
            recorded = read_course(record, connection, row)
            if recorded.erased:
                tally.notes.append(f"Course {recorded.course.id} was erased: nothing is left to be measured.")
                return
            if recorded.measurement is None:
                tally.notes.append(f"Course {recorded.course.id} was never measured: there is nothing to compare.")
                return
            numbers = numbers_of(connection, recorded)
        except PigtrackError as fault:
            yield Mismatch(PART, name, f"Not measured again: {fault.problem}")
            return
    if told := why_not(numbers, method):
        yield Mismatch(PART, numbers.where, told)
        return
    try:
        with Workspace() as workspace:
            folder = write_course_folder(recorded, workspace.folder / "course")
            yield from recompute_folder(folder, numbers, method, workers=workers, progress=progress, tally=tally)
    except PigtrackError as fault:
        yield Mismatch(PART, numbers.where, f"Not measured again: {fault.problem}")


def recompute_folder(
    folder: Path,
    numbers: RecordedNumbers,
    method: Method,
    *,
    workers: int,
    progress: Progress | None,
    tally: Tally,
) -> Iterator[Mismatch]:
    """Measure a course's folder, and yield each number that is not the recorded one.

    Raises
    ------
    PigtrackError
        If the folder can't be measured.
    """
    measured = method.measure(folder, workers=workers, progress=progress)
    tally.counts["courses measured again"] += 1
    yield from compare(numbers, measured, tally)


def _either(version: MeasurementVersion) -> str:
    """Say how numbers of another make come to stand beside those of this one."""
    return (
        f"Install pigtrack {version.pigtrack} as it was then; or, in the record, measure the course by this one too: "
        "pigtrack reprocess."
    )


def why_not(numbers: RecordedNumbers, method: Method) -> str | None:
    """Say why recorded numbers can't be held against those of a method; None: they can."""
    version = numbers.version
    if told := _unlike_versions(version.algorithms, method.algorithms):
        return f"Not compared: it was measured by other versions ({told}). {_either(version)}"
    if version.settings_digest != method.settings_digest:
        return f"Not compared: it was measured with other settings. {_either(version)}"
    if version.input_digest != numbers.input_digest:
        return "Not compared: the course was changed after it was measured. Measure it: pigtrack reprocess."
    return None


def _unlike_versions(recorded: Sequence[Algorithm], here: Sequence[Algorithm]) -> str:
    then, now = ({each.name: each.version for each in some} for some in (recorded, here))
    unlike = [name for name in sorted(then.keys() | now.keys()) if then.get(name) != now.get(name)]
    return ", ".join(f"{name} {then.get(name, 'none')}, here {now.get(name, 'none')}" for name in unlike)


def numbers_of(connection: Connection, course: RecordedCourse) -> RecordedNumbers:
    """Return a recorded course's numbers with what run.json said of them; the course must be measured."""
    if course.measurement is None:
        raise ValueError(f"course {course.course.id} was not measured")
    row = read_measurement(connection, course)
    tables = {"sessions": course.sessions, "lesions": course.lesions, "photos": course.photos}
    run = json.loads(read_run(connection, row, course.subject_uid) or "{}")
    return RecordedNumbers(course.course.id, course.measurement, input_digest(course), tables, run, course.labels)


def compare_results(numbers: RecordedNumbers, results: Path, tally: Tally) -> Iterator[Mismatch]:
    """Yield what in a results folder that was just written is not as it was recorded."""
    sessions, lesions, photos = ((results / f"{name}.csv").read_text(encoding="utf-8") for name in KEYS)
    run = (results / "run.json").read_text(encoding="utf-8")
    yield from compare(numbers, MeasuredFolder(sessions, lesions, photos, run, labels={}), tally)


def compare(numbers: RecordedNumbers, measured: MeasuredFolder, tally: Tally) -> Iterator[Mismatch]:
    """Yield each cell that differs by more than is allowed, and each row that only one side has."""
    exact = _is_same_machine(numbers.run, json.loads(measured.run))
    if not exact:
        tally.notes.append(
            f"Course {numbers.label} was measured on another machine type or with other libraries: "
            "numbers are compared within tolerances, not to the byte."
        )
    again = {"sessions": measured.sessions, "lesions": measured.lesions, "photos": measured.photos}
    for table, text in again.items():
        yield from _compare_table(numbers, table, rows_of(text), tally, exact=exact)
    if exact:
        yield from _compare_labels(numbers, measured.labels, tally)


def _compare_labels(numbers: RecordedNumbers, again: Mapping[str, bytes], tally: Tally) -> Iterator[Mismatch]:
    """Yield each label image that differs in a pixel; on another machine outlines may, by one."""
    for photo, png in sorted(again.items()):
        tally.counts["label images compared"] += 1
        recorded = numbers.labels(photo)
        if recorded is None or not np.array_equal(recorded, opencv.decode_png(png)):
            told = "is missing" if recorded is None else "is not what was measured again"
            yield Mismatch(PART, f"{numbers.where}, {quoted(photo)}", f"Its label image {told}.")


def _is_same_machine(recorded: Mapping[str, Any], here: Mapping[str, Any]) -> bool:
    return all(name in recorded and recorded[name] == here.get(name) for name in _MACHINE)


def rows_of(text: str) -> list[dict[str, str]]:
    """Return a table's rows by column."""
    return list(csv.DictReader(io.StringIO(text)))


def _compare_table(
    numbers: RecordedNumbers, table: str, again: Sequence[Cells], tally: Tally, *, exact: bool
) -> Iterator[Mismatch]:
    then, now = _by_key(table, numbers.tables[table]), _by_key(table, again)
    for key in sorted(then.keys() | now.keys()):
        where = f"{numbers.where}, {table}: {_named(table, key)}"
        if key not in now or key not in then:
            told = "recorded, but not found again" if key in then else "found, but not recorded"
            yield Mismatch(PART, where, f"The row is {told}.")
            continue
        tally.counts["numbers compared"] += sum(1 for cell in then[key].values() if cell)
        yield from _compare_row(where, table, then[key], now[key], exact=exact)


def _by_key(table: str, rows: Sequence[Cells]) -> dict[tuple[str, ...], Cells]:
    return {tuple(row[name] for name in KEYS[table]): row for row in rows}


def _named(table: str, key: tuple[str, ...]) -> str:
    return ", ".join(f"{name.removesuffix('_id')} {part}" for name, part in zip(KEYS[table], key, strict=True))


def _compare_row(where: str, table: str, then: Cells, now: Cells, *, exact: bool) -> Iterator[Mismatch]:
    for column in dict.fromkeys((*then, *now)):
        recorded, again = then.get(column, ""), now.get(column, "")
        if column != "course_id" and not _agree(table, column, recorded, again, exact=exact):
            told = f"recorded {recorded or 'nothing'}, measured again {again or 'nothing'}."
            yield Mismatch(PART, f"{where}, {column}", told)


def _agree(table: str, column: str, recorded: str, again: str, *, exact: bool) -> bool:
    if recorded == again:
        return True
    allowed = EXACT if exact else tolerance_of(table, column, recorded)
    try:
        return allowed is not EXACT and allowed.allows(float(recorded), float(again))
    except ValueError:  # a word, or nothing, on one side
        return False
