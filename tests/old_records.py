"""The oldest record there may be, and what a database holds: for the stories of its upgrades."""

import sqlite3
from contextlib import closing
from pathlib import Path

from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from pigtrack.store.record import migrating
from pigtrack.store.record.engine import reading

DATA = Path(__file__).parent / "data"
OLD = DATA / "record-0001.sqlite"
STEPS = sorted(step.revision for step in ScriptDirectory(str(migrating.STEPS)).walk_revisions())


def later():
    return "2026-02-01T12:00:00.000000Z"


def dump(database):
    """All that a SQLite file holds, as text."""
    with closing(sqlite3.connect(database)) as connection:
        return "\n".join(connection.iterdump())


def contents(engine, tables):
    """The rows of tables, whatever else their database has by now."""
    with reading(engine) as connection:
        return {
            name: sorted(map(tuple, connection.execute(text(f"SELECT {', '.join(columns)} FROM {name}"))), key=repr)
            for name, columns in tables.items()
        }


def tables_of(engine):
    """Names of tables with their columns, as the database has them now."""
    inspector = inspect(engine)
    names = [name for name in inspector.get_table_names() if name not in ("alembic_version", "trail")]
    return {name: [f'"{column["name"]}"' for column in inspector.get_columns(name)] for name in names}
