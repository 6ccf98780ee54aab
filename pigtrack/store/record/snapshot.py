"""One state of a record's database in one SQLite file, whichever database the record is kept in."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import CompoundSelect, Connection, Engine, create_engine, func, insert, select, union

from pigtrack.errors import OutputError, RecordError
from pigtrack.store.naming import quoted
from pigtrack.store.record.engine import is_sqlite, open_engine, reading, writing
from pigtrack.store.record.migrating import read_version, upgrade
from pigtrack.store.record.tables import (
    course_files,
    courses,
    measurements,
    meta,
    metadata,
    photographs,
    sessions,
    subject_keys,
    uploads,
    web_sessions,
)
from pigtrack.store.whole import write_file_through

_AT_ONCE = 2_000
"""Rows copied together."""


def take_snapshot(engine: Engine, file: Path) -> None:
    """Write one state of a record into a new SQLite file, while others go on reading and writing the record.

    Raises
    ------
    OutputError
        If the file can't be written.
    RecordError
        If the record can't be read.
    """
    try:
        if is_sqlite(engine):
            _copy_file(engine, file)
        else:
            _copy_to_file(engine, file)
        _settle_file(file)
    except (sqlite3.Error, OSError) as fault:
        raise OutputError(
            f"{quoted(file)} can't be written ({fault}).", "Free some space there, or name another place."
        ) from fault


def _copy_file(engine: Engine, file: Path) -> None:
    with reading(engine) as connection:
        source = connection.connection.driver_connection
        if not isinstance(source, sqlite3.Connection):
            raise ValueError("not SQLite")
        target = sqlite3.connect(file)
        try:
            source.backup(target)
        finally:
            target.close()


def _copy_to_file(engine: Engine, file: Path) -> None:
    version = read_version(engine)
    target = open_engine(f"sqlite:{file.name}", base=file.parent)
    try:
        upgrade(target, to=str(version))
        _copy_rows(engine, target)
    finally:
        target.dispose()


def _settle_file(file: Path) -> None:
    """Make it one file that can be read from a disk that takes no writing, and write it through.

    Nobody is signed in by a backup: who is signed in to the web app stays out of it.
    """
    settled = sqlite3.connect(file, isolation_level=None)
    try:
        settled.execute("PRAGMA journal_mode = DELETE")
        settled.execute("PRAGMA secure_delete = ON")
        settled.execute(f"DELETE FROM {web_sessions.name}")
    finally:
        settled.close()
    file.chmod(0o600)
    write_file_through(file)


def load_snapshot(file: Path, engine: Engine) -> None:
    """Fill an empty database with what a snapshot holds, in one transaction. The snapshot stands at the newest step.

    Raises
    ------
    RecordError
        If the database holds a record already.
    """
    upgrade(engine)
    source = open_engine(f"sqlite:{file.name}", base=file.parent)
    try:
        _copy_rows(source, engine)
    finally:
        source.dispose()


def _copy_rows(source: Engine, target: Engine) -> None:
    """Copy every row of every table. What a table refers to comes before it."""
    with reading(source) as connection, writing(target) as filling:
        if filling.execute(select(func.count()).select_from(meta)).scalar_one():
            raise RecordError("The database holds a record already.", "Name an empty one.")
        for table in metadata.sorted_tables:
            options = {"stream_results": True, "yield_per": _AT_ONCE}
            for rows in connection.execute(select(table), execution_options=options).partitions():
                filling.execute(insert(table), [dict(row._mapping) for row in rows])


def open_snapshot(file: Path) -> Engine:
    """Return the engine of a snapshot, for reading only: not a byte of the file changes, nor one beside it."""
    address = f"{file.absolute().as_uri()}?mode=ro&immutable=1"

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(address, uri=True, isolation_level=None, check_same_thread=False)

    return create_engine("sqlite://", creator=connect)


def named_originals(connection: Connection) -> Iterator[str]:
    """Yield the digest of every stored original that a record names, in order, each once; not those of the erased."""
    options = {"stream_results": True, "yield_per": _AT_ONCE}
    yield from connection.execute(_named().order_by("original"), execution_options=options).scalars()


def count_originals(connection: Connection) -> int:
    """Return how many `named_originals` yields."""
    return int(connection.execute(select(func.count()).select_from(_named().subquery())).scalar_one())


def _named() -> CompoundSelect[str]:
    owned = courses.join(subject_keys, subject_keys.c.subject_id == courses.c.subject_id)
    shots = photographs.join(sessions, sessions.c.id == photographs.c.session_id).join(
        owned, courses.c.id == sessions.c.course_id
    )
    files = course_files.join(owned, courses.c.id == course_files.c.course_id)
    labels = measurements.join(owned, courses.c.id == measurements.c.course_id)
    arrived = uploads.join(owned, courses.c.id == uploads.c.course_id)
    return union(
        select(photographs.c.original.label("original")).select_from(shots),
        select(course_files.c.original).select_from(files),
        select(uploads.c.original).select_from(arrived),
        select(measurements.c.labels).select_from(labels).where(measurements.c.labels.is_not(None)),
    )


def erased_since(snapshot: Connection, live: Connection) -> bool:
    """Tell whether a patient whose key a snapshot holds has been erased from the record since."""
    wanted = select(subject_keys.c.subject_id)
    there = set(live.execute(wanted).scalars())
    return any(subject not in there for subject in snapshot.execute(wanted).scalars())
