"""Runs the same step on many photographs, in this process or in several."""

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TypeVar

from pigtrack.errors import OutputError
from pigtrack.imaging import opencv
from pigtrack.model.progress import Progress
from pigtrack.tracker.processes import deaf_to_interrupt, follow_whoever_hired

Job = TypeVar("Job")
Outcome = TypeVar("Outcome")


class Workers:
    """Hands out jobs and returns their outcomes in the order of the jobs, so that results do not depend on timing."""

    def __init__(self, pool: ProcessPoolExecutor | None, progress: Progress | None) -> None:
        self._pool = pool
        self._progress = progress

    def run(self, step: Callable[[Job], Outcome], jobs: Sequence[Job], what: str) -> list[Outcome]:
        """Run ``step`` on every job; the first fault ends the run.

        Raises
        ------
        OutputError
            If a worker was ended from outside.
        """
        try:
            outcomes = map(step, jobs) if self._pool is None else self._hand_out(self._pool, step, jobs)
            return list(self._watched(outcomes, len(jobs), what))
        except BlockingIOError as fault:
            raise OutputError(f"{what}: no further process may be started.", "Measure with fewer workers.") from fault
        except BrokenProcessPool as fault:
            raise OutputError(
                f"{what}: a worker was ended from outside, most likely for want of memory.",
                "Measure with fewer workers; nothing was changed.",
            ) from fault

    @staticmethod
    def _hand_out(pool: ProcessPoolExecutor, step: Callable[[Job], Outcome], jobs: Sequence[Job]) -> Iterator[Outcome]:
        """Hand jobs to a pool; processes that it starts for them begin deaf to the keyboard's interrupt."""
        with deaf_to_interrupt():
            return pool.map(step, jobs)

    def _watched(self, outcomes: Iterator[Outcome], total: int, what: str) -> Iterator[Outcome]:
        for done, outcome in enumerate(outcomes, start=1):
            yield outcome
            if self._progress is not None:
                self._progress(done, total, what)


@contextmanager
def hire(count: int, progress: Progress | None = None) -> Iterator[Workers]:
    """Give ``count`` workers for the length of a ``with`` block.

    Each works on one thread: photographs side by side use the cores better than threads inside one. Processes are
    spawned, as OpenCV does not survive a fork.
    """
    opencv.use_threads(1)
    with opencv.honest_about_memory(), _pool(count) as pool:
        yield Workers(pool, progress)


def _pool(count: int) -> AbstractContextManager[ProcessPoolExecutor | None]:
    context = multiprocessing.get_context("spawn")
    return nullcontext() if count == 1 else ProcessPoolExecutor(count, mp_context=context, initializer=_begin)


def _begin() -> None:
    """Make a new process a worker on one thread that is gone with who hired it."""
    opencv.use_threads(1)
    follow_whoever_hired()
