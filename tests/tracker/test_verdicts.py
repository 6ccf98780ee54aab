"""Whoever looks at photographs as they arrive is replaced when they are ended, goes when idle, and holds nobody up."""

import os
import signal
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from pigtrack.errors import OutputError
from pigtrack.tracker.verdicts import Shown, Verdicts

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="processes end in another way there")


@pytest.fixture
def verdicts():
    beside = Verdicts()
    yield beside
    beside.close()


@pytest.fixture(scope="module")
def shot(drawn):
    return Shown(min(drawn.folder.glob("*.jpg")).read_bytes(), ".jpg")


def process_of(verdicts, other_than=None):
    """Wait for a process that looks; return its number."""
    end = time.monotonic() + 30
    while (pid := getattr(verdicts._worker, "pid", None)) in (None, other_than):
        assert time.monotonic() < end, "nobody looks"
        time.sleep(0.005)
    return pid


def test_whoever_was_ended_is_replaced_once_and_then_it_is_told_in_a_sentence(verdicts, shot):
    with ThreadPoolExecutor(1) as asking:
        asked = asking.submit(verdicts.draw, shot)
        first = process_of(verdicts)
        os.kill(first, signal.SIGKILL)
        assert asked.result(30)[:2] == b"\xff\xd8"

        os.kill(process_of(verdicts), signal.SIGKILL)  # while nothing is asked: nobody hears of it
        assert verdicts.draw(shot)[:2] == b"\xff\xd8"

        verdicts._worker.leave()
        gone = verdicts._worker.pid
        asked = asking.submit(verdicts.draw, shot)
        second = process_of(verdicts, other_than=gone)
        os.kill(second, signal.SIGKILL)
        os.kill(process_of(verdicts, other_than=second), signal.SIGKILL)
        with pytest.raises(OutputError, match="The photograph is safe"):
            asked.result(30)


def test_a_server_that_ends_waits_for_nobody_who_looks(verdicts, shot):
    with ThreadPoolExecutor(1) as asking:
        asked = asking.submit(verdicts.draw, shot)
        process_of(verdicts)
        began = time.monotonic()
        verdicts.close()
        assert time.monotonic() - began < 5
        with pytest.raises(OutputError):
            asked.result(5)
        assert verdicts._worker is None


def test_an_idle_process_goes_and_another_looks_when_it_is_asked_for(shot):
    verdicts = Verdicts(idle_s=0.2)
    assert verdicts.draw(shot)[:2] == b"\xff\xd8"
    end = time.monotonic() + 15
    while verdicts._worker is not None:
        assert time.monotonic() < end
        time.sleep(0.05)
    assert verdicts.draw(Shown(b"no picture", ".jpg")) is None
    verdicts.close()


def test_eight_who_ask_at_a_time_each_get_their_own(verdicts, shot):
    with ThreadPoolExecutor(8) as asking:
        gate = threading.Barrier(8)

        def ask(number):
            gate.wait()
            return verdicts.draw(shot if number % 2 else Shown(b"no picture", ".jpg"))

        found = list(asking.map(ask, range(8)))
    assert [each is not None for each in found] == [bool(number % 2) for number in range(8)]
