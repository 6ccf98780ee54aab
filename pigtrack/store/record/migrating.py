"""Brings a record's tables to this version of pigtrack, whole or not at all, after keeping a copy."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DBAPIError

from pigtrack.errors import RecordError
from pigtrack.store.record.engine import first_line, is_sqlite, reading, writing
from pigtrack.store.whole import write_file_through, write_folder_through

HEAD = "0006"
"""The newest step in `migrations`; a test holds it there."""

STEPS = Path(__file__).parent / "migrations"
"""Where Alembic finds the steps."""

Tell = Callable[[Connection, str | None], None]
"""Told, inside the transaction, that the steps were done; and at which step the record stood before: None, at none."""


def read_version(engine: Engine) -> str | None:
    """Return the step that a database stands at; None: it holds no record yet."""
    with reading(engine) as connection:
        return _version(connection)


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def upgrade(engine: Engine, *, to: str | None = None, tell: Tell | None = None) -> bool:
    """Bring a database up to a step, the newest where none is named; say whether anything was to be done.

    A SQLite file is copied beside itself first. The steps and what is told of them are one transaction: if any of it
    fails, or the power does, all is as it was.

    Parameters
    ----------
    tell : callable, optional
        Called with the connection and the step before, inside that transaction.

    Raises
    ------
    RecordError
        If the record was written by a newer pigtrack, or a step fails.
    """
    to = to or HEAD
    if _is_at(read_version(engine), to):
        return False
    with writing(engine) as connection:
        version = _version(connection)
        if _is_at(version, to):  # somebody else was quicker
            return False
        if version is not None and is_sqlite(engine):
            _keep_copy(Path(str(engine.url.database)), version)
        _step(connection, version, to)
        if tell is not None:
            tell(connection, version)
    return True


def _is_at(version: str | None, wanted: str) -> bool:
    """Tell whether a database stands at a step; refuse one that knows more than this pigtrack."""
    if version is not None and version > HEAD:
        raise RecordError(
            f"This record was written by a newer pigtrack (step {version}; this one knows {HEAD}).",
            "Install that version or a newer one.",
        )
    return version == wanted


def _step(connection: Connection, version: str | None, to: str) -> None:
    try:
        run_steps(connection, to)
    except DBAPIError as fault:
        if version is None:
            raise
        raise RecordError(
            f"The record can't be brought up to date ({first_line(fault)}). It is as it was, at step {version}.",
            "Go on with the pigtrack that wrote it, and report this.",
        ) from fault


def downgrade(engine: Engine, *, to: str) -> None:
    """Take a database down to an earlier step, or to ``base``; for tests and for whoever must go back."""
    with writing(engine) as connection:
        run_steps(connection, to, down=True)


def run_steps(connection: Connection, to: str, *, down: bool = False) -> None:
    """Run Alembic's steps inside a transaction that the caller commits."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(STEPS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    (command.downgrade if down else command.upgrade)(config, to)


def _keep_copy(database: Path, version: str) -> None:
    """Copy a database file beside itself as it stands, in one consistent piece, there whole or not at all.

    Whoever calls holds the lock of writing, so that the copy is what the steps begin with.
    """
    kept = database.with_name(f"{database.name}.before-{HEAD}-from-{version}")
    draft = kept.with_name(f"{kept.name}.{os.getpid()}.part")
    try:
        _copy(database, draft)
        draft.replace(kept)
        write_folder_through(kept.parent)
    except (sqlite3.Error, OSError) as fault:
        raise RecordError(
            f"No copy of the record can be made before it is brought up to date ({fault}).",
            "Free some space in the data folder, and do it again.",
        ) from fault
    finally:
        for left in kept.parent.glob(f"{kept.name}.*.part*"):  # also of those who were killed: only one may be here
            left.unlink(missing_ok=True)


def _copy(database: Path, copy: Path) -> None:
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    write_file_through(copy)
