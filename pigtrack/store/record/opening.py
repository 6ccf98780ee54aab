"""An open record: its database, its originals, and a clock that somebody else winds."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, insert, select

from pigtrack.errors import RecordError
from pigtrack.model.record import Actor
from pigtrack.store.record.data_folder import DATABASE, ORIGINALS, DataFolder, find_folder, make_folder
from pigtrack.store.record.engine import open_engine, reading, writing
from pigtrack.store.record.migrating import HEAD, upgrade
from pigtrack.store.record.tables import meta
from pigtrack.store.record.unit import Unit, new_id
from pigtrack.store.vault.originals import Originals, open_originals

Clock = Callable[[], str]
"""Tells the time, UTC in ISO 8601."""


class Record:
    """A clinic's record, open. Read under `reading`, written under `writing`, and nowhere else."""

    def __init__(self, folder: DataFolder, engine: Engine, originals: Originals, clock: Clock) -> None:
        self.folder = folder
        self.engine = engine
        self.originals = originals
        self._clock = clock
        self._turn = threading.Lock()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection that sees one state of the record."""
        with reading(self.engine) as connection:
            yield connection

    @contextmanager
    def writing(self, actor: Actor, reason: str | None = None) -> Iterator[Unit]:
        """Give a unit of work: all of it is kept when the block ends well, else nothing.

        Threads of one process take turns here: waiting for the database itself would cost each of them work.
        """
        with self._turn, writing(self.engine) as connection:
            yield Unit(connection, actor=actor, at=self._clock(), reason=reason)

    def tell_steps(self, connection: Connection, before: str | None) -> None:
        """Tell the trail that the record was begun, or brought up to date; a new one is given its identifier."""
        unit = Unit(connection, actor=Actor("pigtrack"), at=self._clock())
        if before is None:
            uid = new_id()
            connection.execute(insert(meta), {"key": "uid", "value": uid})
            unit.note("create", "record", record=uid)
        else:
            unit.note("upgrade", "record", before=before, step=HEAD)

    @property
    def uid(self) -> str:
        """The record's own identifier, the same for ever.

        Raises
        ------
        RecordError
            If somebody took it away.
        """
        with self.reading() as connection:
            found = connection.execute(select(meta.c.value).where(meta.c.key == "uid")).scalar()
        if found is None:
            raise RecordError("The record's identifier is gone.", "Run pigtrack verify; restore a backup.")
        return str(found)

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()


@contextmanager
def open_record(path: Path, *, clock: Clock) -> Iterator[Record]:
    """Open the record of a data folder, brought up to date first where an earlier pigtrack wrote it.

    Raises
    ------
    RecordError
        If there is none, or it can't be opened.
    """
    record = _opened(find_folder(path), clock)
    try:
        upgrade(record.engine, tell=record.tell_steps)
        yield record
    finally:
        record.close()


def create_record(path: Path, *, clock: Clock, database: str = DATABASE, originals: str = ORIGINALS) -> None:
    """Begin a record in an empty or new folder."""
    record = _opened(make_folder(path, database=database, originals=originals), clock)
    try:
        upgrade(record.engine, tell=record.tell_steps)
    finally:
        record.close()


def _opened(folder: DataFolder, clock: Clock) -> Record:
    engine = open_engine(folder.database, base=folder.path)
    return Record(folder, engine, open_originals(folder.originals, base=folder.path), clock)
