"""Who works through a batch: this process, processes beside it, or a Dask cluster. All do the same with a task."""

import gc
import multiprocessing
import os
import socket
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError, Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, contextmanager
from importlib import import_module
from typing import Any, Protocol
from urllib.parse import urlsplit

from sqlalchemy import select

from pigtrack.errors import OutputError, PigtrackError, RecordError
from pigtrack.store.naming import quoted
from pigtrack.store.record.jobs import this_host
from pigtrack.store.record.opening import Record
from pigtrack.store.record.tables import photographs
from pigtrack.store.workspace import clear_left_workspaces
from pigtrack.tracker.processes import deaf_to_interrupt, follow_whoever_hired, leave_if_asked, leave_tidily
from pigtrack.tracker.record.reprocessing_worker import measure_task, opened_for
from pigtrack.tracker.record.runs import Run

Outcome = Future[Counter[str]]

_ANSWER_S = 15
"""How long a Dask scheduler may take to answer."""

_PORT = 8786
"""Where a Dask scheduler listens that was told nothing else."""

_ALONE_S = 120
"""How long a Dask cluster may be without any worker; a killed one is back within seconds where a nanny minds it."""

_AGAIN = 3
"""How often Dask gives a task to another worker when it fails, as on a machine whose disk is full."""


class Hands(Protocol):
    """Who works through a batch.

    Attributes
    ----------
    count : int
        How many work at the same time.
    photographs : int
        How many photographs a task may hold at most; a course is never split.
    losses : tuple of exception types
        What a task's outcome is when whoever was at it is gone: not the task's fault.
    """

    count: int
    photographs: int
    losses: tuple[type[BaseException], ...]

    def submit(self, run: Run, task: Sequence[str]) -> Outcome:
        """Hand a task out."""

    def look(self) -> None:
        """Look whether anybody is there still; raise RecordError if nobody will come back."""


class OwnHands:
    """The process itself: each course is a task of its own, so that progress is told after each."""

    count = 1
    photographs = 1
    losses: tuple[type[BaseException], ...] = ()

    def submit(self, run: Run, task: Sequence[str]) -> Outcome:
        """Do a task at once."""
        outcome: Outcome = Future()
        outcome.set_result(measure_task(run, task))
        return outcome

    def look(self) -> None:
        """Whoever asks is there."""


class LocalHands:
    """Processes beside this one, each measuring whole courses on one thread.

    One that dies takes the pool with it; then a new pool is opened. The others tidy up first: what they were at is
    free again.
    """

    losses: tuple[type[BaseException], ...] = (BrokenProcessPool, CancelledError)

    def __init__(self, count: int, photographs: int) -> None:
        self.count = count
        self.photographs = photographs
        self._before = {child.pid for child in multiprocessing.active_children()}
        self._pool = self._open()

    def _open(self) -> ProcessPoolExecutor:
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(self.count, mp_context=context, initializer=_begin)

    def submit(self, run: Run, task: Sequence[str]) -> Outcome:
        """Hand a task to a process."""
        try:
            with deaf_to_interrupt():
                return self._pool.submit(_measure_and_leave, run, task)
        except BrokenProcessPool:
            self._pool.shutdown(wait=True)
            self._pool = self._open()
            with deaf_to_interrupt():
                return self._pool.submit(_measure_and_leave, run, task)
        except BlockingIOError as fault:
            raise OutputError("No further process may be started.", "Measure with fewer workers.") from fault

    def look(self) -> None:
        """A pool tells by itself."""

    def close(self, *, at_once: bool) -> None:
        """Send the processes home, ``at_once`` from the middle of their work; clear away what they could not."""
        if at_once:
            for child in multiprocessing.active_children():
                if child.pid not in self._before:
                    child.terminate()
        self._pool.shutdown(wait=True, cancel_futures=True)
        if at_once:
            clear_left_workspaces()


def _begin() -> None:
    follow_whoever_hired()
    leave_tidily()


def _measure_and_leave(run: Run, task: Sequence[str]) -> Counter[str]:
    """Measure a task's courses; a process that was asked to end ends, having given back what it was at."""
    try:
        leave_if_asked()
        return measure_task(run, task)
    except SystemExit:
        os._exit(1)  # a pool would go on with its next task


class DaskHands:
    """The workers of a Dask cluster that is there already."""

    def __init__(self, client: Any, address: str, photographs: int) -> None:
        self.photographs = photographs
        self._client = client
        self._address = address
        self._executor: Executor = client.get_executor(pure=False, retries=_AGAIN)
        self._seen = time.monotonic()
        self.losses: tuple[type[BaseException], ...] = (CancelledError, import_module("distributed").KilledWorker)
        self.count = max(1, len(client.nthreads()))

    def submit(self, run: Run, task: Sequence[str]) -> Outcome:
        """Hand a task to the scheduler, under a name of its own."""
        return self._executor.submit(_measure_and_collect, run, task)

    def look(self) -> None:
        """Count the workers there are now."""
        try:
            workers = len(self._client.nthreads()) if self._client.status == "running" else 0
        except OSError:  # the scheduler does not answer; it may be back in time
            workers = 0
        if workers:
            self.count, self._seen = workers, time.monotonic()
        elif time.monotonic() - self._seen > _ALONE_S:
            raise lost(self._address)


def _measure_and_collect(run: Run, task: Sequence[str]) -> Counter[str]:
    """Measure a task's courses, and leave no garbage: Dask has Python collect it so seldom that its workers grow."""
    try:
        return measure_task(run, task)
    finally:
        gc.collect()


def lost(address: str) -> RecordError:
    """Return what there is to say when a cluster is gone."""
    return RecordError(
        f"The Dask cluster at {quoted(address)} is gone.",
        "What was measured is in the record; start the cluster, and run it again to go on.",
    )


@contextmanager
def local_hands(count: int, photographs: int) -> Iterator[Hands]:
    """Give processes for the length of a ``with`` block; one alone is this process itself."""
    if count == 1:
        yield OwnHands()
        return
    hands = LocalHands(count, photographs)
    try:
        yield hands
    except BaseException:
        hands.close(at_once=True)
        raise
    hands.close(at_once=False)


@contextmanager
def dask_hands(address: str, run: Run, photographs: int) -> Iterator[Hands]:
    """Give the workers of a Dask cluster for the length of a ``with`` block.

    Raises
    ------
    RecordError
        If no scheduler answers there, it has no workers, or one of them can't measure for this record.
    """
    with _client(address) as client:
        _refuse_unfit(client, address, run)
        yield DaskHands(client, address, photographs)


def _client(address: str) -> AbstractContextManager[Any]:
    try:
        distributed = import_module("distributed")
    except ModuleNotFoundError as fault:
        raise RecordError(
            "Measuring on a Dask cluster needs pigtrack[dask].", "Install it: pip install 'pigtrack[dask]'."
        ) from fault
    _refuse_silent(address)
    try:
        client: AbstractContextManager[Any] = distributed.Client(address, timeout=_ANSWER_S, set_as_default=False)
    except (OSError, ValueError, TypeError) as fault:
        raise _no_scheduler(address) from fault
    return client


def _refuse_silent(address: str) -> None:
    """Refuse an address at which nothing listens before Dask tries it: its client would complain later on too."""
    try:
        parts = urlsplit(address if "://" in address else f"tcp://{address}")
        with socket.create_connection((parts.hostname or "", parts.port or _PORT), timeout=_ANSWER_S):
            pass
    except (OSError, ValueError) as fault:
        raise _no_scheduler(address) from fault


def _no_scheduler(address: str) -> RecordError:
    return RecordError(
        f"No Dask scheduler answers at {quoted(address)}.", "Start one, or mend the address: tcp://HOST:8786."
    )


def _refuse_unfit(client: Any, address: str, run: Run) -> None:
    told = client.run(look_from_worker, run, on_error="return")
    if not told:
        raise RecordError(f"The Dask cluster at {quoted(address)} has no workers.", "Start some: dask worker.")
    for worker, fault in told.items():
        if isinstance(fault, PigtrackError):
            raise fault
        if isinstance(fault, BaseException):
            raise RecordError(
                f"The Dask worker at {worker} can't measure ({type(fault).__name__}: {fault}).",
                "Install the same pigtrack there, with the same packages.",
            )


def look_from_worker(run: Run) -> PigtrackError | None:
    """Return why a worker can't measure for a record; None: it can."""
    if os.environ.get("OPENBLAS_NUM_THREADS") != "1":  # as the command line sets it: the same numbers everywhere
        return RecordError(
            f"The Dask worker on {quoted(this_host())} lets small matrices be solved on many threads.",
            "Start it with a nanny, or with OPENBLAS_NUM_THREADS=1.",
        )
    try:
        with opened_for(run) as record:
            return None if _reaches_originals(record) else _no_originals()
    except PigtrackError as fault:
        return fault


def _reaches_originals(record: Record) -> bool:
    with record.reading() as connection:
        any_one = connection.execute(select(photographs.c.original).limit(1)).scalar()
    return any_one is None or record.originals.has(any_one)


def _no_originals() -> RecordError:
    return RecordError(
        f"The Dask worker on {quoted(this_host())} finds the record, but not its originals.",
        "Share their folder with it, or keep them in S3.",
    )
