"""After an erasure: the database is written anew, so that no byte of what was destroyed is left between its rows."""

import sqlite3
from pathlib import Path

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from pigtrack.errors import RecordError
from pigtrack.store.record.engine import is_sqlite
from pigtrack.store.record.tables import ENTITIES, KEPT, jobs, subject_keys

_COPIES = "before-*-from-*"
"""Copies that `migrating` keeps beside a SQLite file; they hold the keys of their day."""

_PATIENCE_MS = 5_000
"""How long readers are waited for; a look lasts well under a second, only an export takes longer."""


def scrub(engine: Engine) -> int:
    """Write a database anew without what was deleted; return how many copies of earlier upgrades were removed.

    SQLite zeroes what it deletes (``secure_delete``), but rows that it moved may have left pieces between others: only
    VACUUM leaves none. Its write-ahead log is emptied. PostgreSQL: VACUUM FULL of the tables that were blanked, and new
    statistics, as these quote values. Its own log and archives keep what they were told; that is for whoever runs it.

    Raises
    ------
    RecordError
        If somebody else is at the record, or the disk is full. What was erased stays erased.
    """
    if is_sqlite(engine):
        _scrub_sqlite(engine)
        return _remove_copies(Path(str(engine.url.database)))
    _scrub_postgres(engine)
    return 0


def _scrub_postgres(engine: Engine) -> None:
    try:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(f"SET lock_timeout = {_PATIENCE_MS}"))
            for table in (subject_keys, jobs, *(each for each in ENTITIES if each not in KEPT)):
                connection.execute(text(f"VACUUM (FULL, ANALYZE) {table.name}"))
            connection.invalidate()  # its patience is another than that of those in the pool
    except DBAPIError as fault:
        raise _unfinished(str(fault.orig).strip().partition("\n")[0]) from fault


def _scrub_sqlite(engine: Engine) -> None:
    raw = engine.raw_connection()
    raw.detach()  # its patience is another than that of those in the pool
    try:
        cursor = raw.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {_PATIENCE_MS}")
        cursor.execute("VACUUM")
        busy = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    except sqlite3.Error as fault:
        raise _unfinished(str(fault)) from fault
    finally:
        raw.close()
    if busy:
        raise _unfinished("somebody else is reading it")


def _unfinished(reason: str) -> RecordError:
    return RecordError(
        f"The database could not be written anew ({reason}).",
        "Do it again when nobody else is at the record and its disk has room: pigtrack erase --finish.",
    )


def _remove_copies(database: Path) -> int:
    copies = sorted(database.parent.glob(f"{database.name}.{_COPIES}"))
    try:
        for copy in copies:
            copy.unlink(missing_ok=True)
    except OSError as fault:
        raise _unfinished(f"{fault.strerror}: {fault.filename}") from fault
    return len(copies)
