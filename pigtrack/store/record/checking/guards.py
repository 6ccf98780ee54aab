"""The database's own guards: triggers that refuse to change or take away what is kept, each as it was made."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from sqlalchemy import Connection, text

from pigtrack.store.record.checking.mismatch import Mismatch
from pigtrack.store.record.tables import KEPT

_VERBS = {"update": "change a row", "delete": "take away a row"}


class Guard(NamedTuple):
    """A trigger of the database: its name, its table, and how it was made."""

    name: str
    table: str
    made: str


_POSTGRES = """
SELECT t.tgname, c.relname, pg_get_triggerdef(t.oid, true) || ' ' || btrim(p.prosrc)
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A') AND pg_table_is_visible(c.oid)
"""
"""Triggers that fire, with their function's text: one that is left standing may do nothing any more."""

_REFUSING = "BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END"

_CALL = f"EXECUTE FUNCTION refuse_loss() {_REFUSING}"


def check_guards(connection: Connection) -> Iterator[Mismatch]:
    """Yield each guard that is gone, switched off or made otherwise, and each trigger that pigtrack did not make."""
    expected = _expected(connection)
    found = {guard.name: guard for guard in _found(connection)}
    for name, (guard, what) in expected.items():
        if name not in found:
            yield Mismatch("database", guard.table, f"The guard that refuses to {what} is gone.")
        elif found[name] != guard:
            yield Mismatch("database", guard.table, f"The guard that refuses to {what} was made another.")
    for name in sorted(found.keys() - expected.keys()):
        yield Mismatch("database", found[name].table, f"The trigger {name} is none of pigtrack's.")


def _found(connection: Connection) -> Iterator[Guard]:
    sqlite = "SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'"
    for row in connection.execute(text(sqlite if connection.dialect.name == "sqlite" else _POSTGRES)):
        yield Guard(*row)


def _expected(connection: Connection) -> Mapping[str, tuple[Guard, str]]:
    """Return each guard as the migrations make it, by name, with the verb that it refuses."""
    guards = {}
    for table in KEPT:
        for event, what in _VERBS.items():
            name = f"{table.name}_no_{event}"
            guards[name] = (Guard(name, table.name, _made(connection, name, table.name, event)), what)
        if connection.dialect.name != "sqlite":
            name = f"{table.name}_no_truncate"
            made = f"CREATE TRIGGER {name} BEFORE TRUNCATE ON {table.name} FOR EACH STATEMENT {_CALL}"
            guards[name] = (Guard(name, table.name, made), "empty the table")
    return guards


def _made(connection: Connection, name: str, table: str, event: str) -> str:
    before = f"CREATE TRIGGER {name} BEFORE {event.upper()} ON {table}"
    if connection.dialect.name == "sqlite":
        return f"{before} BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    return f"{before} FOR EACH ROW {_CALL}"
