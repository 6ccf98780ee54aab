"""A process beside this one: does what it is ordered, says why it could not, and leaves tidily whenever it is asked."""

import gc
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from pigtrack.errors import OutputError, PhotographError
from pigtrack.store.workspace import Workspace
from pigtrack.tracker.processes import Hired, LostError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="processes end in another way there")

HERE = "test_processes"


def square(order, progress):
    """Return a square, having said so; refuse what is below nothing; die of 13, and have no memory for 14."""
    progress(1, 1, "Squaring")
    if order < 0:
        raise PhotographError(f"{order} is cut short.", "Copy it again.")
    if order == 13:
        os._exit(1)
    if order == 14:
        raise MemoryError
    return order * order


class Deaf:
    """Holds the process in a destructor, in which nothing can be raised."""

    seconds = 0.0

    def __init__(self, seconds):
        self.seconds = seconds

    def __del__(self):
        end = time.monotonic() + self.seconds
        while time.monotonic() < end:
            pass


def work_in_destructors(order, progress):
    """Hold a temporary folder for good, and be in a destructor half of the time."""
    place, seconds = order
    os.environ["TMPDIR"], tempfile.tempdir = place, place
    with Workspace() as workspace:
        (workspace.folder / "photograph").write_bytes(b"decrypted")
        progress(1, 1, "there")
        while True:
            circle = [Deaf(seconds)]
            circle.append(circle)
            del circle
            gc.collect()
            time.sleep(seconds)


@pytest.fixture
def hired():
    worker = Hired(f"{HERE}:square", name="squaring")
    yield worker
    worker.leave()
    assert not worker.is_there


def test_one_order_after_the_other_is_done_with_its_progress_and_its_faults(hired):
    seen = []
    assert hired.have_done(3, progress=lambda *told: seen.append(told)) == 9
    assert seen == [(1, 1, "Squaring")]
    with pytest.raises(PhotographError, match=r"-2 is cut short\. Copy it again\."):
        hired.have_done(-2)
    with pytest.raises(OutputError, match="not enough memory"):
        hired.have_done(14)
    assert hired.have_done(4) == 16
    with pytest.raises(LostError, match="ended from outside"):
        hired.have_done(13)
    with pytest.raises(LostError):
        hired.have_done(2)


def test_what_takes_for_ever_is_not_waited_for(tmp_path):
    worker = Hired(f"{HERE}:work_in_destructors", name="for ever")
    with pytest.raises(TimeoutError):
        worker.have_done((str(tmp_path), 0.01), within_s=2.5)
    worker.leave(at_once=True)
    assert list(tmp_path.glob("pigtrack-*")) == []


def test_what_a_killed_process_left_unsealed_goes_when_it_is_missed(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    worker = Hired(f"{HERE}:work_in_destructors", name="killed")

    def kill(done, total, what):
        assert list(tmp_path.glob("pigtrack-*/photograph"))
        os.kill(worker.pid, signal.SIGKILL)

    with pytest.raises(LostError):
        worker.have_done((str(tmp_path), 0.01), progress=kill)
    worker.leave()
    assert list(tmp_path.iterdir()) == []


def test_a_machine_that_starts_no_further_process_is_told_in_a_sentence(monkeypatch):
    def full(process):
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(multiprocessing.get_context("spawn").Process, "start", full)
    with pytest.raises(OutputError, match="No further process may be started"):
        Hired(f"{HERE}:square", name="squaring")


ASKING = """
import sys
from pigtrack.tracker.processes import Hired

def main():
    worker = Hired("test_processes:work_in_destructors", name="held")
    print(worker.pid, flush=True)
    try:
        worker.have_done((sys.argv[1], float(sys.argv[2])), progress=lambda *told: print("there", flush=True))
    except Exception as fault:
        print(type(fault).__name__, flush=True)
    worker.leave()

if __name__ == "__main__":
    main()
"""


def end_in_a_destructor(place, seconds, wait):
    """Ask a process to end after a while; return who heard what, and what was printed besides."""
    place.mkdir()
    (place / "asking.py").write_text(ASKING, encoding="utf-8")
    command = [sys.executable, "asking.py", str(place), str(seconds)]
    paths = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    asking = subprocess.Popen(command, cwd=place, env=paths, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    worker = int(asking.stdout.readline())
    assert asking.stdout.readline() == "there\n"
    time.sleep(wait)
    asked = time.monotonic()
    os.kill(worker, signal.SIGTERM)
    told, complaints = asking.communicate(timeout=30)
    assert time.monotonic() - asked < 8, "it was killed, as it did not leave by itself"
    assert list(place.glob("pigtrack-*")) == []
    return told, complaints


def test_a_process_that_is_asked_to_end_inside_a_destructor_leaves_tidily_and_without_a_word(tmp_path):
    assert end_in_a_destructor(tmp_path / "place", 0.3, 0.1) == ("LostError\n", "")


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_asked_at_twenty_random_moments_it_leaves_tidily_and_without_a_word(tmp_path, seed):
    chance = random.Random(seed)
    for number in range(20):
        told = end_in_a_destructor(tmp_path / str(number), chance.choice((0, 1e-4, 1e-3)), chance.uniform(0, 0.2))
        assert told == ("LostError\n", ""), number


def test_a_process_ends_with_whoever_hired_it(tmp_path):
    (tmp_path / "asking.py").write_text(ASKING, encoding="utf-8")
    paths = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    command = [sys.executable, "asking.py", str(tmp_path), "0.01"]
    asking = subprocess.Popen(command, cwd=tmp_path, env=paths, stdout=subprocess.PIPE, text=True)
    worker = int(asking.stdout.readline())
    assert asking.stdout.readline() == "there\n"
    asking.kill()
    asking.communicate()
    end = time.monotonic() + 20
    while is_alive(worker):
        assert time.monotonic() < end, "it goes on"
        time.sleep(0.05)


def is_alive(process):
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
