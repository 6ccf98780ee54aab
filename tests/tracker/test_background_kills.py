"""A server killed at any moment, with its worker or alone: what it acknowledged is measured once, by the next one."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import cheap_courses
import pytest
from cheap_courses import LOG, WHO, fill
from sqlalchemy import func, select

from pigtrack.store.derived import is_drawn
from pigtrack.store.record.checking import check_record
from pigtrack.store.record.opening import open_record
from pigtrack.store.record.tables import courses, jobs, measurements
from pigtrack.store.record.unmeasured import read_lagging
from pigtrack.tracker.record.desk import now
from pigtrack.tracker.record.measuring import measure_known
from pigtrack.tracker.record.methods import batch_of

pytestmark = pytest.mark.skipif(not Path("/proc").exists(), reason="this system does not tell who is whose child")

SERVER = """
import sys
from pathlib import Path

def main():
    from cheap_courses import tell_treatment
    from pigtrack.store.record.opening import open_record
    from pigtrack.tracker.background import Background
    from pigtrack.tracker.record.desk import now
    with open_record(Path(sys.argv[1]), clock=now) as record:
        background = Background(record, method="cheap_courses:DRAWN", settle_s=0.2)
        background.start()
        print("ready", flush=True)
        for line in sys.stdin:
            course = line.strip()
            tell_treatment(record, course)
            background.measure_soon(course)
            print(course, flush=True)
        background.close()

if __name__ == "__main__":
    main()
"""


@pytest.fixture
def place(tmp_path):
    """A record whose courses are measured, and a server's script beside it."""
    data = fill(tmp_path / "data", 8)
    with open_record(data, clock=now) as record:
        for course in ids(record):
            measure_known(record, course, actor=WHO, method=cheap_courses.DRAWN, progress=print)
    (tmp_path / "server.py").write_text(SERVER, encoding="utf-8")
    (tmp_path / "scratch").mkdir()
    (tmp_path / "log").touch()
    return tmp_path


def ids(record):
    with record.reading() as connection:
        return [str(each) for each in connection.execute(select(courses.c.id).order_by(courses.c.label)).scalars()]


def start(place):
    tests = str(Path(cheap_courses.__file__).parent)
    surroundings = {"TMPDIR": str(place / "scratch"), LOG: str(place / "log"), "PYTHONPATH": tests}
    server = subprocess.Popen(
        [sys.executable, "server.py", str(place / "data")],
        cwd=place,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **surroundings},
    )
    assert server.stdout.readline() == "ready\n"
    return server


def change(server, course):
    """Have a server change a course, and wait until it says that this is in the record."""
    server.stdin.write(f"{course}\n")
    server.stdin.flush()
    assert server.stdout.readline() == f"{course}\n"


def workers_of(server):
    """Ids of a server's processes that measure."""
    children = Path(f"/proc/{server.pid}/task").glob("*/children")
    found = [int(each) for path in children for each in path.read_text().split()]
    return [each for each in found if "spawn_main" in _command(each)]


def _command(process):
    try:
        return Path(f"/proc/{process}/cmdline").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def wait_for(true, seconds=120):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def kill(server):
    """Kill a server without a warning; its workers end by themselves."""
    orphans = workers_of(server)
    server.kill()
    server.wait()
    server.stdin.close()
    server.stdout.close()
    wait_for(lambda: not any("spawn_main" in _command(each) for each in orphans), 20)


def end(server):
    server.stdin.close()
    assert server.wait(60) == 0
    server.stdout.close()


def lagging(record):
    with record.reading() as connection:
        return read_lagging(connection, batch_of(cheap_courses.DRAWN))


def assert_each_once(place, changed, killed):
    """Each changed course has one measurement more, with its pictures; only what the killed were at was done again."""
    with open_record(place / "data", clock=now) as record, record.reading() as connection:
        counted = select(measurements.c.course_id, func.count()).group_by(measurements.c.course_id)
        found = dict(map(tuple, connection.execute(counted)))
        assert found == {course: 1 + (course in changed) for course in ids(record)}
        stands = connection.execute(select(courses.c.measurement_id).where(courses.c.id.in_(changed))).scalars().all()
        assert all(is_drawn(record, each, "manifest.json") for each in stands)
        assert connection.execute(select(jobs.c.course_id).where(jobs.c.state != "done")).all() == []
        assert list(check_record(record)) == []
    done = len((place / "log").read_text(encoding="utf-8").splitlines())
    assert len(changed) <= done <= len(changed) + killed
    assert list((place / "scratch").glob("pigtrack-*")) == []


def killed_at_random(place, chance, times):
    """Change courses one after another while servers and workers are killed; return the courses."""
    with open_record(place / "data", clock=now) as record:
        courses_left = ids(record)
    changed = []
    for _ in range(times):
        server = start(place)
        if courses_left:
            change(server, courses_left[0])
            changed.append(courses_left.pop(0))
        time.sleep(chance.uniform(0, 4))
        if chance.random() < 0.3:
            for worker in workers_of(server):
                os.kill(worker, signal.SIGKILL)
            time.sleep(chance.uniform(0, 1))
        kill(server)
    return changed


def finished(place):
    """Start a last server, which is left in peace."""
    server = start(place)
    with open_record(place / "data", clock=now) as record:
        wait_for(lambda: lagging(record) == ())
        wait_for(lambda: all_drawn(record))
    end(server)


def all_drawn(record):
    with record.reading() as connection:
        stands = connection.execute(select(courses.c.measurement_id)).scalars().all()
    return all(is_drawn(record, each, "manifest.json") for each in stands)


def test_a_killed_server_s_course_is_measured_once_by_the_next(place):
    server = start(place)
    with open_record(place / "data", clock=now) as record:
        course = ids(record)[0]
    change(server, course)
    wait_for(lambda: workers_of(server))
    kill(server)
    finished(place)
    assert_each_once(place, {course}, 1)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_killed_many_times_at_random_each_acknowledged_course_is_measured_once(place, seed):
    changed = killed_at_random(place, random.Random(seed), 8)
    finished(place)
    assert_each_once(place, set(changed), 2 * 8)
