"""The record's stories on both databases: a file beside the originals, and a real PostgreSQL where there is one."""

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from old_records import DATA, OLD
from postgres_server import NoPostgres, running_server

from pigtrack.store.record.data_folder import DATABASE, make_folder
from pigtrack.store.record.engine import open_engine, writing
from pigtrack.store.record.migrating import upgrade
from pigtrack.store.record.opening import create_record, open_record


def noon() -> str:
    return "2026-01-11T12:00:00.000000Z"


@dataclass(frozen=True)
class RecordPlace:
    """An empty place for a record, and the database that it is to use."""

    folder: Path
    database: str

    def begin(self) -> Path:
        """Begin the record; return its data folder."""
        create_record(self.folder, clock=noon, database=self.database)
        return self.folder

    def open(self):
        return open_record(self.folder, clock=noon)


@pytest.fixture(scope="session")
def postgres():
    """A running PostgreSQL; skips where none can be had."""
    try:
        with running_server() as server:
            yield server
    except NoPostgres as fault:
        pytest.skip(str(fault))


@pytest.fixture
def postgres_place(postgres, tmp_path):
    return RecordPlace(tmp_path / "data", postgres.new_database())


@pytest.fixture
def sqlite_place(tmp_path):
    return RecordPlace(tmp_path / "data", DATABASE)


@pytest.fixture(params=["sqlite", "postgres"])
def record_place(request):
    return request.getfixturevalue(f"{request.param}_place")


@pytest.fixture
def record(record_place):
    record_place.begin()
    with record_place.open() as opened:
        yield opened


@pytest.fixture
def making(monkeypatch):
    """The script that made the old record, as a module."""
    monkeypatch.syspath_prepend(str(DATA))
    import make_record_0001

    yield make_record_0001
    sys.modules.pop("make_record_0001", None)


@pytest.fixture
def old_folder(tmp_path):
    """A data folder as the first step of the database knew it."""
    folder = make_folder(tmp_path / "old").path
    shutil.copy(OLD, folder / "record.sqlite")
    return folder


@pytest.fixture
def old_record(record_place, making):
    """The same on both databases: the engine of an old record."""
    folder = make_folder(record_place.folder, database=record_place.database)
    engine = open_engine(folder.database, base=folder.path)
    upgrade(engine, to="0001")
    with writing(engine) as connection:
        making.fill(connection)
    yield engine
    engine.dispose()
