"""Brings a record's tables to this version of pigtrack, whole or not at all, after keeping a copy."""

import sqlite3
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from pigtrack.errors import RecordError
from pigtrack.store.record.engine import is_sqlite, reading, writing

HEAD = "0003"
"""The newest step in `migrations`; a test holds it there."""


def read_version(engine: Engine) -> str | None:
    """Return the step that a database stands at; None: it holds no record yet."""
    with reading(engine) as connection:
        return _version(connection)


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def upgrade(engine: Engine, *, to: str = HEAD) -> bool:
    """Bring a database up to a step; say whether anything was to be done.

    A SQLite file is copied beside itself first. The steps run in one transaction: one that fails leaves all as it was.

    Raises
    ------
    RecordError
        If the record was written by a newer pigtrack, or a step fails.
    """
    version = read_version(engine)
    if version == to:
        return False
    if version is not None and version > HEAD:
        raise RecordError(
            f"This record was written by a newer pigtrack (step {version}; this one knows {HEAD}).",
            "Install that version or a newer one.",
        )
    if version is not None and is_sqlite(engine):
        _keep_copy(Path(str(engine.url.database)), version)
    with writing(engine) as connection:
        if _version(connection) == to:  # somebody else was quicker
            return False
        run_steps(connection, to)
    return True


def downgrade(engine: Engine, *, to: str) -> None:
    """Take a database down to an earlier step, or to ``base``; for tests and for whoever must go back."""
    with writing(engine) as connection:
        run_steps(connection, to, down=True)


def run_steps(connection: Connection, to: str, *, down: bool = False) -> None:
    """Run Alembic's steps inside a transaction that the caller commits."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    (command.downgrade if down else command.upgrade)(config, to)


def _keep_copy(database: Path, version: str) -> None:
    """Copy a database file beside itself as it stands, in one consistent piece."""
    kept = database.with_name(f"{database.name}.before-{HEAD}-from-{version}")
    try:
        with sqlite3.connect(database) as source, sqlite3.connect(kept) as target:
            source.backup(target)
        source.close()
        target.close()
    except sqlite3.Error as fault:
        raise RecordError(
            f"No copy of the record can be made before it is brought up to date ({fault}).",
            "Free some space in the data folder, and do it again.",
        ) from fault
