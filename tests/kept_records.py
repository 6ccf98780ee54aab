"""A clinic's record for tests: a drawn course, taken in and measured; changed by hand as somebody might."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from pigtrack.model.record import RecordedCourse
from pigtrack.tracker.record.course_folder import write_course_folder
from pigtrack.tracker.record.importing import import_courses


def begin(place: Path, course: RecordedCourse, *, measure: bool = True) -> Path:
    """Take a course into a new record, measure it there, and return the data folder."""
    with TemporaryDirectory() as folder:
        written = write_course_folder(course, Path(folder) / "c")
        import_courses(folders=[written], data=place, by="staff-1", measure=measure)
    return place


def copied(kept: Path, place: Path) -> Path:
    """Return a copy of a data folder that a test may do anything to."""
    return Path(shutil.copytree(kept, place))


def by_hand(data: Path, *statements: str, unguarded: bool = True) -> None:
    """Run SQL on a record past pigtrack, its guards taken away for the moment and put back after."""
    with closing(sqlite3.connect(data / "record.sqlite")) as database, database:
        database.execute("PRAGMA foreign_keys = OFF")
        guards = database.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in guards if unguarded else []:
            database.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            database.execute(statement)
        for _, made in guards if unguarded else []:
            database.execute(made)
