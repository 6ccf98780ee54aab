"""One way to a database: SQLite beside the originals, or PostgreSQL by its address; faults told once, here."""

import random
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from pigtrack.errors import RecordError, UnusableError

_PATIENCE_S = 60
"""How long one writer waits for another. A course is written in well under a second."""

_PAUSE_S = (0.0005, 0.004)
"""Between two tries to be the one who writes: as long as a small transaction takes."""

_KEPT_OPEN = 8
"""Connections that are not closed between two uses: as many as the web app has threads; opening one costs more than
what most pages ask of it."""

_ONE_WRITER = 0x70696774
"""Number of PostgreSQL's advisory lock under which the trail grows: "pigt"."""


def open_engine(url: str, *, base: Path) -> Engine:
    """Return the engine of a database.

    Parameters
    ----------
    url : str
        ``sqlite:record.sqlite``, relative to ``base``; or ``postgresql://user@host/name``.

    Raises
    ------
    RecordError
        If the address is none, or PostgreSQL's driver is not installed.
    """
    if url.startswith("sqlite:"):
        return _sqlite(base / url.removeprefix("sqlite:").removeprefix("//"))
    try:
        parts = make_url(url)
        if parts.get_backend_name() != "postgresql":
            raise RecordError(f"{parts.get_backend_name()} is no database that pigtrack keeps a record in.", _WHICH)
        return create_engine(parts.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
    except ModuleNotFoundError as fault:
        raise RecordError(
            "A record in PostgreSQL needs pigtrack[pg].", "Install it: pip install 'pigtrack[pg]'."
        ) from fault
    except (ArgumentError, NoSuchModuleError) as fault:
        raise RecordError("The database's address in pigtrack.toml can't be read.", _WHICH) from fault


_WHICH = "Give database as sqlite:record.sqlite or as postgresql://user@host/name."


def _sqlite(path: Path) -> Engine:
    how: dict[str, Any] = {"timeout": _PATIENCE_S, "isolation_level": None}
    engine = create_engine(f"sqlite:///{path}", connect_args=how, pool_size=_KEPT_OPEN)
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)
    return engine


def _set_up(connection: sqlite3.Connection, _: Any) -> None:
    """Make a connection durable (full sync), with people reading while one writes; what is erased leaves the file."""
    for pragma in (
        "journal_mode = WAL",
        "foreign_keys = ON",
        "synchronous = FULL",
        "secure_delete = ON",
        "cache_size = -32768",  # 32 MB of pages: the overview of 10,000 courses reads 25 MB, and is looked at again
        "recursive_triggers = ON",  # else INSERT OR REPLACE would take rows away past the triggers that refuse it
        "trusted_schema = OFF",
    ):
        connection.execute(f"PRAGMA {pragma}")
    connection.create_function("fold", 1, _folded, deterministic=True)


def _folded(text: Any) -> Any:
    """Return a text without its capitals, whatever the alphabet: SQLite's own ways know A to Z alone."""
    return text.casefold() if isinstance(text, str) else text


def _begin(connection: Connection) -> None:
    if connection.get_execution_options().get("writing", False):
        _begin_writing(connection)
    else:
        connection.exec_driver_sql("BEGIN")


def _begin_writing(connection: Connection) -> None:
    """Begin as the one who writes, however long that takes, up to our patience.

    SQLite's own way of waiting tries ever more seldom, at last ten times a second: one who writes without a pause is
    then hardly ever caught between two of their transactions. We try often, and at no fixed beat.
    """
    end = time.monotonic() + _PATIENCE_S
    connection.exec_driver_sql("PRAGMA busy_timeout = 0")
    while True:
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            break
        except DBAPIError as fault:
            if _is_busy(fault) and time.monotonic() < end:
                time.sleep(random.uniform(*_PAUSE_S))
            else:
                raise
    connection.exec_driver_sql(f"PRAGMA busy_timeout = {1000 * _PATIENCE_S}")


def _is_busy(fault: DBAPIError) -> bool:
    return getattr(fault.orig, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY  # the low byte is the kind


def is_sqlite(engine: Engine) -> bool:
    """Tell whether a record's database is a file beside it."""
    return engine.dialect.name == "sqlite"


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Give a connection that sees one state of the record; nothing it does is kept."""
    with translated(), engine.connect() as connection:
        if not is_sqlite(engine):
            connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with connection.begin() as transaction:
            yield connection
            transaction.rollback()


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Give a connection for one transaction: all of it is kept when the block ends well, else nothing.

    One writer at a time, whatever the database: the trail is one chain.
    """
    with translated(), engine.connect().execution_options(writing=True) as connection, connection.begin():
        if not is_sqlite(engine):
            connection.execute(text(f"SET LOCAL lock_timeout = '{_PATIENCE_S}s'"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ONE_WRITER})
        yield connection


@contextmanager
def translated() -> Iterator[None]:
    """Tell a database's fault in one sentence with its remedy."""
    try:
        yield
    except DBAPIError as fault:
        raise _told(fault) from fault


def _told(fault: DBAPIError) -> RecordError:
    reason = first_line(fault)
    if "append-only" in reason.lower():
        return RecordError(f"The record refuses to lose what it holds ({reason}).", "Add a new version instead.")
    for sign, problem, remedy in _SIGNS:
        if sign in reason.lower():
            return UnusableError(f"{problem} ({reason}).", remedy)
    return UnusableError(f"The record can't be used ({reason}).", "Run pigtrack verify; restore a backup if need be.")


def first_line(fault: DBAPIError) -> str:
    """Return what the database said, its first line."""
    said = str(fault.orig).strip().splitlines()
    return said[0] if said else type(fault.orig).__name__


_SIGNS = (
    ("disk is full", "The record's disk is full; nothing was changed", "Free some space there, and do it again."),
    ("readonly", "The record may not be written; nothing was changed", "Have the data folder's rights mended."),
    ("read-only", "The record may not be written; nothing was changed", "Have the data folder's rights mended."),
    ("no space left", "The record's disk is full; nothing was changed", "Free some space there, and do it again."),
    ("lock timeout", "Somebody else is writing to the record for long", "Wait until they have ended, and do it again."),
    ("locked", "Somebody else is writing to the record for long", "Wait until they have ended, and do it again."),
    ("malformed", "The record's database is damaged", "Keep the folder as it is, and restore the latest backup."),
    ("not a database", "The record's database is damaged", "Keep the folder as it is, and restore the latest backup."),
    ("unable to open", "The record's database can't be opened", "Check the rights, and that the disk takes writing."),
    ("disk i/o", "The record's disk is full, or fails", "Free some space there, and check the disk."),
    ("connect", "The record's database does not answer", "Start it, or mend its address in pigtrack.toml."),
)
