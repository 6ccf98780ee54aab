"""An upgrade that fails, is killed or is begun by two at once: the record is as it was, or up to date."""

import os
import shutil
import signal
import subprocess
import sys
import time

import pytest
from old_records import STEPS, contents, dump, later, tables_of
from sqlalchemy import select, text

from pigtrack.errors import RecordError
from pigtrack.store.record import migrating
from pigtrack.store.record.courses import need_course
from pigtrack.store.record.engine import open_engine, writing
from pigtrack.store.record.migrating import read_version, upgrade
from pigtrack.store.record.opening import open_record
from pigtrack.store.record.tables import lesion_rows, trail
from pigtrack.store.record.trail import check_chain, read_entries

SHIPPED = migrating.STEPS


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
        open_record(old_folder, clock=later),
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
    with open_record(old_folder, clock=later) as record, record.reading() as connection:
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
        SHIPPED,
        STEPS[-1],
    )  # put back by the fixture
    with open_record(old_folder, clock=later) as record, record.reading() as connection:
        assert list(check_chain(read_entries(connection))) == []
        assert need_course(connection, "C-0001")["site"] == "left cheek"
