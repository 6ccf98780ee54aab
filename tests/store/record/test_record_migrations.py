"""An older record opens after an upgrade with nothing lost; an upgrade that fails leaves it as it was."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import select, text

from pigtrack.errors import RecordError
from pigtrack.store.record import migrating
from pigtrack.store.record.courses import need_course
from pigtrack.store.record.data_folder import make_folder
from pigtrack.store.record.engine import open_engine, reading, writing
from pigtrack.store.record.migrating import HEAD, downgrade, read_version, upgrade
from pigtrack.store.record.opening import open_record
from pigtrack.store.record.overview import read_overview, read_series
from pigtrack.store.record.reading import read_course
from pigtrack.store.record.tables import ENTITIES, KEPT, lesion_rows, metadata, trail
from pigtrack.store.record.trail import check_chain, read_entries

DATA = Path(__file__).parents[2] / "data"
OLD = DATA / "record-0001.sqlite"
STEPS = sorted(step.revision for step in ScriptDirectory(str(migrating.STEPS)).walk_revisions())


def noon():
    return "2026-02-01T12:00:00.000000Z"


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
    from sqlalchemy import inspect

    inspector = inspect(engine)
    names = [name for name in inspector.get_table_names() if name not in ("alembic_version", "trail")]
    return {name: [f'"{column["name"]}"' for column in inspector.get_columns(name)] for name in names}


def test_the_newest_step_is_the_one_that_pigtrack_asks_for():
    assert STEPS[-1] == HEAD
    assert [f"{number:04d}" for number in range(1, len(STEPS) + 1)] == STEPS


def test_every_step_goes_up_and_down_again(record_place):
    folder = make_folder(record_place.folder, database=record_place.database)
    engine = open_engine(folder.database, base=folder.path)
    seen = {}
    for step in STEPS:
        assert upgrade(engine, to=step)
        assert read_version(engine) == step
        seen[step] = tables_of(engine)
    for step in reversed(STEPS[:-1]):
        downgrade(engine, to=step)
        assert read_version(engine) == step
        assert tables_of(engine) == seen[step]
    downgrade(engine, to="base")
    assert tables_of(engine) == {}
    assert upgrade(engine)
    assert tables_of(engine) == seen[HEAD]
    engine.dispose()


def test_after_all_steps_the_tables_are_those_that_the_code_knows(record_place):
    record_place.begin()
    with record_place.open() as record, record.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []
        kept = _triggers(connection)
    assert {f"{table.name}_no_{what}" for table in KEPT for what in ("update", "delete")} <= kept


def _triggers(connection):
    sqlite = connection.dialect.name == "sqlite"
    where = "sqlite_master WHERE type = 'trigger'" if sqlite else "(SELECT tgname AS name FROM pg_trigger) AS known"
    return set(connection.execute(text(f"SELECT name FROM {where}")).scalars())


def test_an_old_record_keeps_every_row_through_all_steps_up_and_down(old_record):
    known = tables_of(old_record)
    before = contents(old_record, known)
    assert all(before[name] for name in ("courses", "photographs", "measurements", "lesion_rows", "subject_keys"))
    for step in STEPS[1:]:
        upgrade(old_record, to=step)
        assert contents(old_record, known) == before
    for step in reversed(STEPS[:-1]):
        downgrade(old_record, to=step)
        assert contents(old_record, known) == before


def test_an_old_data_folder_opens_and_tells_all_it_knew(old_folder, making):
    before = dump(old_folder / "record.sqlite")
    with open_record(old_folder, clock=noon) as record:
        assert record.uid == making.UID
        with record.reading() as connection:
            entries = list(read_entries(connection))
            assert list(check_chain(iter(entries))) == []
            assert (entries[-1]["action"], entries[-1]["entity"]) == ("upgrade", "record")
            recorded = read_course(record, connection, need_course(connection, making.LABEL))
            series = read_series(connection, need_course(connection, making.LABEL))
            (line,) = read_overview(connection)
    assert recorded.course.subject == making.PSEUDONYM
    assert [each.name for each in recorded.photographs] == ["session-01.jpg", "session-02.jpg"]
    assert [each["area_mm2"] for each in recorded.lesions] == ["4.2000", "3.9000"]
    assert [each.day for each in series.sessions] == ["2026-01-11", "2026-02-08"]
    assert line.verdict.value == "improved"
    kept = old_folder / f"record.sqlite.before-{HEAD}-from-0001"
    assert dump(kept) == before
    assert sorted(path.name for path in old_folder.iterdir()) == ["pigtrack.toml", "record.sqlite", kept.name]


def test_an_old_row_is_as_the_trail_tells_of_it_after_the_upgrade(old_record, making):
    import json

    from pigtrack.store.record.unit import row_digest

    upgrade(old_record)
    with reading(old_record) as connection:
        bodies = [json.loads(each["body"]) for each in read_entries(connection)]
        told = {(each["entity"], each["id"]): each["new"] for each in bodies if "new" in each}
        for table in ENTITIES:
            for row in connection.execute(select(table)).mappings():
                assert told[table.name, row["id"]] == row_digest(table, row)


def test_the_committed_file_is_the_one_that_its_script_makes(making, tmp_path):
    made = tmp_path / "made.sqlite"
    making.make(made)
    assert dump(made) == dump(OLD)
    assert OLD.stat().st_size < 100_000


@pytest.fixture
def steps(tmp_path, monkeypatch):
    """Steps with one more, whose text each test gives; that is what a later pigtrack would bring."""
    folder = tmp_path / "steps"
    shutil.copytree(migrating.STEPS, folder, ignore=shutil.ignore_patterns("__pycache__"))

    def put(last):
        lines = last.replace("\n", "\n    ")
        (folder / "versions" / "record_9000.py").write_text(
            f'"""A step of tomorrow."""\nimport sqlalchemy as sa\nfrom alembic import op\nrevision = "9000"\n'
            f'down_revision = "{STEPS[-1]}"\n\n\ndef upgrade():\n    {lines}\n\n\ndef downgrade():\n    pass\n'
        )
        monkeypatch.setattr(migrating, "STEPS", folder)
        monkeypatch.setattr(migrating, "HEAD", "9000")
        return folder

    return put


BROKEN = """op.create_table("halves", sa.Column("id", sa.Text()))
op.execute("INSERT INTO halves VALUES ('x')")
op.execute("UPDATE courses SET site = 'elsewhere'")
op.execute("DROP TABLE jobs")
op.execute("INSERT INTO nowhere VALUES (1)")"""


def test_a_step_that_fails_leaves_the_record_as_it_was_and_is_told(old_record, steps):
    upgrade(old_record)
    known = tables_of(old_record)
    before = contents(old_record, {**known, "trail": ["*"]})
    steps(BROKEN)
    with pytest.raises(RecordError, match=rf"can't be brought up to date.*as it was, at step {STEPS[-1]}"):
        upgrade(old_record, to="9000")
    assert tables_of(old_record) == known
    assert contents(old_record, {**known, "trail": ["*"]}) == before
    assert read_version(old_record) == STEPS[-1]


def test_a_file_whose_upgrade_fails_is_the_same_and_a_copy_is_kept(old_folder, steps):
    before = dump(old_folder / "record.sqlite")
    steps(BROKEN)
    for _ in range(2):  # the second time finds the first one's copy
        engine = open_engine("sqlite:record.sqlite", base=old_folder)
        with pytest.raises(RecordError, match="at step 0001"):
            upgrade(engine, to="9000")
        engine.dispose()
        assert dump(old_folder / "record.sqlite") == before
        assert dump(old_folder / "record.sqlite.before-9000-from-0001") == before
    assert len(list(old_folder.iterdir())) == 3


def test_what_is_told_of_an_upgrade_is_kept_with_it_or_not_at_all(old_folder):
    before = dump(old_folder / "record.sqlite")
    engine = open_engine("sqlite:record.sqlite", base=old_folder)

    def tell(connection, version):
        assert version == "0001"
        raise RuntimeError("power gone")

    with pytest.raises(RuntimeError, match="power"):
        upgrade(engine, tell=tell)
    engine.dispose()
    assert dump(old_folder / "record.sqlite") == before


def test_a_newer_record_is_refused_in_a_sentence(record_place):
    record_place.begin()
    with record_place.open() as record, writing(record.engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(RecordError, match=r"written by a newer pigtrack.*Install"), record_place.open():
        pass


def test_no_copy_no_upgrade(old_folder, monkeypatch):
    def refuse(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(migrating, "_copy", refuse)
    before = dump(old_folder / "record.sqlite")
    with (
        pytest.raises(RecordError, match=r"No copy.*No space left.*Free some space"),
        open_record(old_folder, clock=noon),
    ):
        pass
    assert dump(old_folder / "record.sqlite") == before


CHILD = """
import sys, time
from pathlib import Path
from pigtrack.store.record import migrating
from pigtrack.store.record.opening import open_record

if len(sys.argv) > 2:
    migrating.STEPS, migrating.HEAD = Path(sys.argv[2]), "9000"
print("ready", flush=True)
sys.stdin.readline()
with open_record(Path(sys.argv[1]), clock=lambda: "2026-02-01T12:00:00.000000Z") as record:
    with record.reading():
        print("open", flush=True)
"""


def start(folder, *more):
    process = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(folder), *map(str, more)],
        **dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE),
        text=True,
    )
    assert process.stdout.readline() == "ready\n"
    return process


def test_two_who_open_an_old_folder_at_once_upgrade_it_once(old_folder):
    both = [start(old_folder) for _ in range(2)]
    for each in both:
        each.stdin.write("\n")
        each.stdin.flush()
    for each in both:
        out, complaint = each.communicate(timeout=60)
        assert (each.returncode, out) == (0, "open\n"), complaint
    with open_record(old_folder, clock=noon) as record, record.reading() as connection:
        actions = connection.execute(select(trail.c.action)).scalars().all()
        assert list(check_chain(read_entries(connection))) == []
        assert connection.execute(select(lesion_rows)).first() is not None
    assert actions.count("upgrade") == 1


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
def test_a_kill_in_the_middle_of_a_step_leaves_the_record_and_the_next_one_brings_it_up(old_folder, steps, tmp_path):
    before, sign = dump(old_folder / "record.sqlite"), tmp_path / "sign"
    slow = steps(
        "import pathlib, time\n"
        "op.execute(\"UPDATE courses SET site = 'elsewhere'\")\n"
        'op.execute("DROP TABLE jobs")\n'
        f"pathlib.Path({str(sign)!r}).touch()\n"
        "time.sleep(60)"
    )
    child = start(old_folder, slow)
    child.stdin.write("\n")
    child.stdin.flush()
    while not sign.exists():
        assert child.poll() is None, child.stderr.read()
        time.sleep(0.01)
    os.kill(child.pid, signal.SIGKILL)
    child.communicate()
    assert dump(old_folder / "record.sqlite") == before
    migrating.STEPS, migrating.HEAD = (
        Path(migrating.__file__).parent / "migrations",
        STEPS[-1],
    )  # put back by the fixture
    with open_record(old_folder, clock=noon) as record, record.reading() as connection:
        assert list(check_chain(read_entries(connection))) == []
        assert need_course(connection, "C-0001")["site"] == "left cheek"
