"""Reads measured courses back: course.toml and the tables beside it, streaming, without their pictures."""

import csv
import hashlib
import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pigtrack.errors import CourseError, OutputError
from pigtrack.model.cohort import LeftOut, MeasuredTables
from pigtrack.store.course_file import parse_course
from pigtrack.store.naming import quoted
from pigtrack.store.results import RUN_FILE, refuse_foreign

COURSE_FILE = "course.toml"
RESULTS = "results"
_TABLE = "sessions.csv"
_LARGEST = 50_000_000
"""Bytes; a table of a thousand sessions has less than one million."""


class UnusableTables(CourseError):
    """The folder of a measured course cannot take part; ``reason`` says in one word why."""

    def __init__(self, reason: LeftOut, problem: str, remedy: str) -> None:
        super().__init__(problem, remedy)
        self.reason = reason

    def __reduce__(self) -> tuple[Any, ...]:
        """Survive the way back from a worker process."""
        return type(self), (self.reason, self.problem, self.remedy)


def find_courses(folder: Path) -> Iterator[Path]:
    """Yield the folder if it holds a course, else each folder one level below that does, by name.

    Raises
    ------
    CourseError
        If there is no such folder, it can't be looked into, or no course is in it.
    """
    if _is_course(folder):
        yield folder
        return
    found = False
    for name in _names(folder):
        if _is_course(folder / name):
            found = True
            yield folder / name
    if not found:
        raise CourseError(
            f"{quoted(folder)} holds no course: there is no {COURSE_FILE} in it or one level below.",
            "Name folders of measured courses, or a folder of such folders.",
        )


def _is_course(folder: Path) -> bool:
    try:
        return (folder / COURSE_FILE).is_file()
    except OSError:
        return False


def _names(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.name for entry in entries if not entry.name.startswith("."))
    except NotADirectoryError as fault:
        raise CourseError(f"{quoted(folder)} is no folder.", "Name folders of measured courses.") from fault
    except FileNotFoundError as fault:
        raise CourseError(f"There is no folder {quoted(folder)}.", "Check the name.") from fault
    except OSError as fault:
        raise CourseError(
            f"The folder {quoted(folder)} can't be looked into ({fault.strerror}).",
            "Check its permissions, or name other folders.",
        ) from fault


def read_measured(folder: Path) -> MeasuredTables:
    """Read what a measured course came to.

    Parameters
    ----------
    folder : Path
        With course.toml and ``results``.

    Raises
    ------
    UnusableTables
        If the course was not measured, or its files are damaged or not of one piece.
    """
    again = f"Measure it again: pigtrack measure {quoted(folder)}."
    if not (folder / RESULTS / RUN_FILE).is_file():
        raise UnusableTables(LeftOut.NOT_MEASURED, f"The course {quoted(folder)} was not measured yet.", again)
    run = _run(folder, again)
    table = _bytes(folder / RESULTS / _TABLE, folder, again)
    digest = hashlib.sha256(table).hexdigest()
    if digest != run["files"].get(_TABLE):
        what = f"{_TABLE} of {quoted(folder)} is not what was measured: its digest differs from {RUN_FILE}'s."
        raise UnusableTables(LeftOut.DAMAGED, what, again)
    rows = tuple(csv.DictReader(io.StringIO(table.decode("utf-8", "replace"))))
    text = _bytes(folder / COURSE_FILE, folder, again).decode("utf-8", "replace")
    course, faults = parse_course(text, folder.resolve().name)
    if course is None or faults.said():
        what = f"{COURSE_FILE} of {quoted(folder)} can't be read: {faults.said()[0]}"
        raise UnusableTables(LeftOut.DAMAGED, what, "Mend it, and measure the course again.")
    if [row.get("session") for row in rows] != [str(session.number) for session in course.sessions]:
        what = f"{COURSE_FILE} of {quoted(folder)} names other sessions than were measured."
        raise UnusableTables(LeftOut.OUT_OF_STEP, what, again)
    return MeasuredTables(course, rows, run["algorithms"], run["pigtrack"], run["exploratory"], digest)


def refuse_other_results(out: Path) -> Path:
    """Return the full path of a folder that a cohort may be written to: empty, or holding an earlier cohort.

    Raises
    ------
    OutputError
        If something else stands there, a measured course's results above all: pigtrack wrote them too.
    """
    out = refuse_foreign(out)
    if not (out / RUN_FILE).is_file():
        return out
    try:
        earlier = "cohort" in json.loads((out / RUN_FILE).read_bytes())
    except (OSError, ValueError, TypeError, RecursionError):
        earlier = False
    if not earlier:
        raise OutputError(f"{quoted(out)} holds other results than a cohort's.", "Name another place with --out.")
    return out


def _run(folder: Path, again: str) -> dict[str, Any]:
    text = _bytes(folder / RESULTS / RUN_FILE, folder, again)
    try:
        run = json.loads(text)
    except (ValueError, RecursionError):
        run = None
    wanted = {"files": dict, "algorithms": dict, "pigtrack": str, "exploratory": bool}
    if not isinstance(run, dict) or not all(isinstance(run.get(key), kind) for key, kind in wanted.items()):
        what = f"{RUN_FILE} of {quoted(folder)} is damaged, or of a version that did not write what is needed."
        raise UnusableTables(LeftOut.DAMAGED, what, again)
    return run


def _bytes(path: Path, folder: Path, again: str) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
    except OSError as fault:
        what = f"{path.name} of {quoted(folder)} can't be read ({fault.strerror})."
        raise UnusableTables(
            LeftOut.DAMAGED, what, f"Check its permissions; else: {again[0].lower()}{again[1:]}"
        ) from fault
    if len(data) > _LARGEST:
        raise UnusableTables(LeftOut.DAMAGED, f"{path.name} of {quoted(folder)} is larger than any table.", again)
    return data
