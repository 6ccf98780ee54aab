"""Looks at a record after a kill: everything that must be so whatever happened, or `Lost` says what is not."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from killed_works import Bench, Lost, Work
from sqlalchemy import Connection, func, select

from pigtrack.store.record.checking import Mismatch, check_database, check_record
from pigtrack.store.record.opening import Record
from pigtrack.store.record.tables import courses, measurements, photographs, sessions
from pigtrack.store.record.trail import Head, read_head
from pigtrack.tracker.record.desk import opened


def look(bench: Bench, work: Work) -> str:
    """Look at all that must be so whatever happened; return the state of the work."""
    data = work.data(bench)
    state = work.state(bench)
    if not (data / "pigtrack.toml").exists():
        if data.exists() and any(data.iterdir()):
            _look_at_beginning(data)
        return state
    _look_at_file(data / "record.sqlite")
    if state == "before" and data != bench.data:
        return state  # an old record: to open it would upgrade it
    with opened(data) as record:
        before = bench.head if data == bench.data else None
        faults = list(_check(record, before))
        if faults:
            raise Lost(f"round {bench.round}: {faults[0].line}")
        with record.reading() as connection:
            head = read_head(connection)
            _look_at_courses(connection)
    if data == bench.data:
        if before is not None and head.seq < before.seq:
            raise Lost(f"round {bench.round}: the trail ended at {before.seq}, now at {head.seq}")
        bench.head = head
    return state


def _check(record: Record, before: Head | None) -> Iterator[Mismatch]:
    """Check a record; the old one came without its originals."""
    if before is None and record.folder.path.name.startswith("old"):
        with record.reading() as connection:
            yield from check_database(connection)
    else:
        yield from check_record(record, head=None if before is None else before.hash)


def _look_at_beginning(data: Path) -> None:
    """A data folder that was being made: nothing but drafts may lie in it."""
    left = [path.name for path in data.iterdir() if not path.name.startswith(".pigtrack-")]
    if left:
        raise Lost(f"a data folder without settings holds {left}")


def _look_at_file(database: Path) -> None:
    """SQLite's own word on its file, through a connection that pigtrack did not make."""
    if not database.exists():
        return
    with closing(sqlite3.connect(database)) as connection:
        told = connection.execute("PRAGMA integrity_check").fetchall()
        strays = connection.execute("PRAGMA foreign_key_check").fetchall()
    if told != [("ok",)] or strays:
        raise Lost(f"{database.name}: {told[:1]} {strays[:1]}")


def _look_at_courses(connection: Connection) -> None:
    """Every course has all its sessions and photographs, and no version twice."""
    for row in connection.execute(select(courses.c.id, courses.c.sessions)).all():
        of_course = select(func.count()).select_from(sessions).where(sessions.c.course_id == row.id)
        kept = select(func.count()).select_from(photographs.join(sessions)).where(sessions.c.course_id == row.id)
        counts = {connection.execute(each).scalar_one() for each in (of_course, kept)}
        if counts != {row.sessions}:
            raise Lost(f"a course of {row.sessions} sessions has {counts} sessions and photographs")
    same = (measurements.c.course_id, measurements.c.input_digest, measurements.c.versions_digest)
    doubled = select(func.count()).select_from(measurements).group_by(*same).having(func.count() > 1)
    if connection.execute(doubled).first() is not None:
        raise Lost("a course was measured twice by the same versions")


def look_at_leftovers(bench: Bench) -> None:
    """After the last run nothing of the killed lies about: neither beside the backups nor in the temporary folder.

    But for empty folders: who is killed between making one and locking it leaves one that nobody may judge.
    """
    for folder in (*bench.scratch.glob(".pigtrack-*"), *(bench.scratch / "tmp").iterdir()):
        left = [path.name for path in folder.iterdir() if path.name != "new lock"] if folder.is_dir() else ["a file"]
        if left:
            raise Lost(f"left behind by the killed: {folder.name} with {left[:3]}")
