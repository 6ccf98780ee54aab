"""Jobs side by side: same order, same outcome, and no traceback when a worker dies."""

import os

import pytest

from pigtrack.errors import OutputError, PhotographError
from pigtrack.tracker.workers import Workers, hire


def square(number: int) -> int:
    return number * number


def die(number: int) -> int:
    os._exit(1)


def refuse(number: int) -> int:
    raise PhotographError(f"{number} is cut short.", "Copy it again.")


@pytest.mark.parametrize("count", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_outcomes_keep_the_order_of_the_jobs_and_each_is_counted(count):
    seen = []
    with hire(count, lambda done, total, what: seen.append((done, total, what))) as crew:
        assert crew.run(square, [3, 1, 2], "Squaring") == [9, 1, 4]
        assert crew.run(square, [], "Squaring") == []
    assert seen == [(1, 3, "Squaring"), (2, 3, "Squaring"), (3, 3, "Squaring")]


@pytest.mark.parametrize("count", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_a_fault_comes_back_with_all_that_was_said(count):
    with hire(count) as crew, pytest.raises(PhotographError, match=r"2 is cut short\. Copy it again\."):
        crew.run(refuse, [2], "Reading")


@pytest.mark.slow
def test_a_worker_ended_from_outside_is_said_in_a_sentence():
    with hire(2) as crew, pytest.raises(OutputError, match="ended from outside"):
        crew.run(die, [1], "Reading")


class Crowded:
    """A pool on a machine that starts no further process."""

    def map(self, step, jobs):
        raise BlockingIOError(11, "Resource temporarily unavailable")


def test_a_machine_that_starts_no_further_process_is_said_in_a_sentence():
    with pytest.raises(OutputError, match="no further process"):
        Workers(Crowded(), None).run(square, [1], "Reading")
