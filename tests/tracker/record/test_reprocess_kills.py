"""Killed at any moment, interrupted, shared by two: every course gets its numbers once, and nothing is left behind."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from cheap_courses import LOG, fill
from sqlalchemy import func, select

from pigtrack.store.record.checking import check_record
from pigtrack.store.record.opening import open_record
from pigtrack.store.record.tables import courses, jobs, measurements
from pigtrack.tracker.record.desk import now

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="nothing is killed so there")

RUN = """
import signal
import sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever started us in the background may have it ignored
sys.path.insert(0, sys.argv[4])
from pathlib import Path
from pigtrack.tracker.record.reprocessing import reprocess
progress = lambda done, total, what: print("done", done, flush=True)
outcome = reprocess(data=Path(sys.argv[1]), workers=int(sys.argv[2]), tell=lambda line: print(line, flush=True),
                    method="cheap_courses:" + sys.argv[3], progress=progress)
print(outcome.told, flush=True)
"""
TESTS = Path(__file__).resolve().parents[2]


@pytest.fixture
def scratch(tmp_path):
    made = tmp_path / "scratch"
    made.mkdir()
    return made


def start(data, scratch, *, workers=1, method="SLOW"):
    return subprocess.Popen(
        [sys.executable, "-c", RUN, str(data), str(workers), method, str(TESTS)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(scratch), LOG: str(data.with_name("log"))},
    )


def ended(process):
    told, wrong = process.communicate(timeout=120)
    assert process.returncode == 0, wrong
    return told


def rows(data, query):
    with open_record(data, clock=now) as record, record.reading() as connection:
        return connection.execute(query).mappings().all()


def taken(data):
    return rows(data, select(jobs).where(jobs.c.state == "taken"))


def measured(data):
    """Courses that a measuring came to an end for, kept or not."""
    return data.with_name("log").read_text(encoding="utf-8").splitlines()


def wait_until(true, *, seconds=60):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def workers_of(parent):
    """Ids of a process's children that measure; the others mind resources."""
    found = []
    for child in Path(f"/proc/{parent}/task/{parent}/children").read_text().split():
        if "spawn_main" in Path(f"/proc/{child}/cmdline").read_text():
            found.append(int(child))
    return found


def assert_once_and_whole(data, scratch, count):
    found = rows(data, select(func.count().label("count")).select_from(measurements).group_by(measurements.c.course_id))
    assert [row["count"] for row in found] == [1] * count
    assert rows(data, select(courses).where(courses.c.measurement_id.is_(None))) == []
    with open_record(data, clock=now) as record:
        assert list(check_record(record)) == []
    assert list(scratch.iterdir()) == []


def test_killed_at_random_moments_it_goes_on_each_time_and_nothing_is_lost_or_doubled(tmp_path, scratch):
    data, chance = fill(tmp_path / "data", 10), random.Random(7)
    for workers in (1, 1, 2):
        run = start(data, scratch, workers=workers)
        wait_until(lambda crew=workers: len(taken(data)) == crew)
        time.sleep(chance.uniform(0, 0.5))
        run.kill()
        run.communicate()
    began = time.monotonic()
    ended(start(data, scratch))
    assert time.monotonic() - began < 60  # no lease had to end: the dead are known
    assert_once_and_whole(data, scratch, 10)
    assert len(measured(data)) <= 10 + 4  # again only what the killed were at


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc").exists(), reason="this system does not tell who is whose child")
def test_a_worker_killed_in_the_middle_is_replaced(tmp_path, scratch):
    data = fill(tmp_path / "data", 10)
    run = start(data, scratch, workers=2)
    wait_until(lambda: len(taken(data)) == 2)
    os.kill(workers_of(run.pid)[0], signal.SIGKILL)
    ended(run)
    assert rows(data, select(jobs).where(jobs.c.state != "done")) == []
    ended(start(data, scratch))
    assert_once_and_whole(data, scratch, 10)


@pytest.mark.slow
def test_a_course_of_which_workers_die_is_given_up_and_the_others_are_measured(tmp_path, scratch):
    data = fill(tmp_path / "data", 3)
    told = ended(start(data, scratch, workers=2, method="DEADLY"))
    assert "Course C-00002 can't be measured: Whoever measured it was ended from outside 3 times." in told
    assert len(rows(data, select(measurements))) == 2


def test_two_at_once_share_the_work_and_measure_nothing_twice(tmp_path, scratch):
    data = fill(tmp_path / "data", 12)
    first, second = start(data, scratch), start(data, scratch)
    counts = [int(ended(run).splitlines()[-1].split()[0]) for run in (first, second)]
    assert sum(counts) == 12
    assert min(counts) > 0
    assert len(measured(data)) == 12
    assert_once_and_whole(data, scratch, 12)


@pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_an_interrupt_says_what_is_left_and_gives_it_back(tmp_path, scratch, workers):
    data = fill(tmp_path / "data", 30)
    run = start(data, scratch, workers=workers)
    wait_until(lambda: len(taken(data)) == workers)
    run.send_signal(signal.SIGINT)
    told, _ = run.communicate(timeout=60)
    done = len(rows(data, select(measurements)))
    assert f"{30 - done} of the courses are left. Run it again to go on with them." in told
    assert taken(data) == []
    assert list(scratch.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_interrupted_at_any_moment_two_workers_give_all_back_and_leave_nothing(tmp_path, scratch, seed):
    data, chance = fill(tmp_path / "data", 40), random.Random(seed)
    for _ in range(8):
        run = start(data, scratch, workers=2)
        wait_until(lambda: len(taken(data)) > 0)
        time.sleep(chance.uniform(0, 0.4))
        run.send_signal(signal.SIGINT)
        _, complaints = run.communicate(timeout=60)
        assert [line for line in complaints.splitlines() if line.startswith("Exception ignored")] == []
        assert taken(data) == []
        assert list(scratch.iterdir()) == []
    ended(start(data, scratch))
    assert_once_and_whole(data, scratch, 40)
