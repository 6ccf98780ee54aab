"""Killed at random moments, the record is whole each time; and the looks at it would see if it were not."""

import random
import runpy
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from pigtrack.errors import PigtrackError

SCRIPT = Path(__file__).parents[3] / "benchmarks" / "kills.py"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="nothing forks there")


def killed(*more):
    memory = Path("/dev/shm")
    on = ["--on", str(memory)] if memory.is_dir() else []
    return subprocess.run([sys.executable, str(SCRIPT), *more, *on], capture_output=True, text=True, timeout=540)


@pytest.mark.parametrize("rounds", [20, pytest.param(200, marks=pytest.mark.slow)])
def test_whoever_is_killed_leaves_all_or_nothing(rounds):
    run = killed("--rounds", str(rounds), "--seed", str(rounds))
    assert run.returncode == 0, run.stdout + run.stderr
    assert f"{rounds} kills" in run.stdout
    for work in ("import", "reprocess", "backup", "migration"):
        assert work in run.stdout


@pytest.fixture
def kills(monkeypatch):
    """The script's definitions, as Python gives them to a script, and nothing kept of them."""
    monkeypatch.setattr(sys, "path", sys.path[:])
    yield runpy.run_path(str(SCRIPT))
    for name in ("killed_methods", "killed_works", "killed_looks"):
        sys.modules.pop(name, None)


@pytest.fixture
def bench(kills, tmp_path):
    """A record of two courses, and what was seen of it last."""
    bench = kills["Bench"](tmp_path, random.Random(1))
    work = kills["WORKS"]["import"]
    for _ in range(2):
        bench.round += 1
        work.prepare(bench)
        work.do(bench)
    assert kills["look"](bench, work) == "after"
    return bench


def spoil(bench, statement):
    """Change the database by hand, past its triggers."""
    with closing(sqlite3.connect(bench.data / "record.sqlite")) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(statement)
        connection.commit()


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM trail WHERE seq = (SELECT max(seq) FROM trail)",
        "DELETE FROM photographs WHERE id = (SELECT max(id) FROM photographs)",
        "UPDATE courses SET site = 'elsewhere' WHERE label = 'C-00001'",
        "DELETE FROM subject_keys",
    ],
)
def test_the_looks_see_what_is_lost_from_the_database(kills, bench, statement):
    spoil(bench, statement)
    with pytest.raises(kills["Lost"]):
        kills["look"](bench, kills["WORKS"]["import"])


def test_the_looks_see_an_original_that_is_gone_or_damaged(kills, bench):
    stored = next(path for path in (bench.data / "originals").rglob("*") if path.is_file() and len(path.name) == 64)
    data = stored.read_bytes()
    stored.chmod(0o600)
    stored.write_bytes(data[:-1] + b"x")
    with pytest.raises(kills["Lost"], match="original"):
        kills["look"](bench, kills["WORKS"]["import"])
    stored.unlink()
    with pytest.raises(kills["Lost"], match="original"):
        kills["look"](bench, kills["WORKS"]["import"])


def test_the_looks_see_a_backup_that_is_not_whole(kills, bench):
    work = kills["WORKS"]["backup"]
    work.do(bench)
    assert work.state(bench) == "after"
    original = next(path for path in (bench.fresh("backup") / "originals").rglob("*") if path.is_file())
    original.unlink()
    with pytest.raises(PigtrackError, match="original"):
        work.state(bench)


def test_the_looks_see_a_record_that_is_upgraded_by_half(kills, bench):
    work = kills["WORKS"]["migration"]
    work.prepare(bench)
    assert work.state(bench) == "before"
    database = bench.fresh("old") / "record.sqlite"
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("CREATE TABLE jobs (batch TEXT)")
        connection.commit()
    with pytest.raises(kills["Lost"], match="half-upgraded"):
        work.state(bench)
    shutil.rmtree(bench.fresh("old"))
