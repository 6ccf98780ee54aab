"""What a worker does, wherever it runs: it opens the record itself, and measures courses of a batch one by one.

No photograph, no key and no result travels to or from it: a task is a handful of courses' ids, and its outcome a count.
"""

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import select

from pigtrack import __version__
from pigtrack.errors import OriginalError, OutputError, PigtrackError, RecordError
from pigtrack.imaging import opencv
from pigtrack.model.progress import Progress
from pigtrack.store.naming import quoted
from pigtrack.store.record.engine import is_sqlite
from pigtrack.store.record.jobs import (
    LEASE_S,
    Batch,
    Claimant,
    claim,
    fail,
    finish,
    forget,
    keep_claim,
    lease_end,
    release,
    this_host,
)
from pigtrack.store.record.opening import Record, open_record
from pigtrack.store.record.tables import courses, trail
from pigtrack.store.record.unit import subject_key
from pigtrack.store.workspace import Workspace
from pigtrack.tracker.record.desk import now
from pigtrack.tracker.record.measuring import measure_known
from pigtrack.tracker.record.methods import Method, batch_of, find_method
from pigtrack.tracker.record.runs import Run

PULSE_S = LEASE_S / 5
"""How often a worker says that it is still at a course."""

_ONE_AT_A_TIME = threading.Lock()
"""Measuring is made for one thread a process; a Dask worker with more of them uses one."""


def measure_task(run: Run, task: Sequence[str], *, progress: Progress | None = None) -> Counter[str]:
    """Measure the courses of a task that nobody else is at; return how many were measured, known, failed, passed over.

    Raises
    ------
    RecordError
        If the record can't be used from here.
    """
    method = find_method(run.method)
    with _ONE_AT_A_TIME, opened_for(run) as record, Workspace() as workspace, opencv.honest_about_memory():
        opencv.use_threads(1)
        claimant = Claimant(this_host(), workspace.folder)
        return Counter(_measure_one(record, run, method, claimant, course, progress) for course in task)


@contextmanager
def opened_for(run: Run) -> Iterator[Record]:
    """Open the record of a run, having made sure that it is the same one, measured with the same versions.

    Raises
    ------
    RecordError
        If it can't be opened from here, or is another.
    """
    if run.pigtrack != __version__ or batch_of(find_method(run.method)).name != run.batch:
        raise RecordError(
            f"The worker on {quoted(this_host())} runs pigtrack {__version__} with other versions than "
            f"{run.pigtrack}, which hands out.",
            "Install the same pigtrack on both.",
        )
    with open_record(Path(run.data), clock=now) as record:
        _refuse_other(record, run)
        yield record


def _refuse_other(record: Record, run: Run) -> None:
    here = quoted(this_host())
    if is_sqlite(record.engine) and run.host != this_host():
        raise RecordError(
            f"The worker on {here} can't share a record in SQLite with {quoted(run.host)}.",
            "Run workers on that machine alone, or keep the record in PostgreSQL and S3.",
        )
    with record.reading() as connection:
        found = connection.execute(select(trail.c.hash).where(trail.c.seq == run.begun.seq)).scalar()
    if record.uid != run.uid or found != run.begun.hash:
        raise RecordError(
            f"What the worker on {here} finds at {quoted(run.data)} is another record, or a copy.",
            "Give every worker the same data folder, under the same path.",
        )


def _measure_one(
    record: Record, run: Run, method: Method, claimant: Claimant, course: str, progress: Progress | None
) -> str:
    batch = batch_of(method)
    try:
        with record.writing(run.actor) as unit:
            if not claim(unit, batch, course, claimant, lease_ends=lease_end(now())):
                return "passed over"
        with _pulse(record, run, batch, course, claimant):
            return _measure_claimed(record, run, method, course, progress)
    except BaseException:
        _give_back(record, run, batch, course, claimant)
        raise


def _measure_claimed(record: Record, run: Run, method: Method, course: str, progress: Progress | None) -> str:
    batch = batch_of(method)
    try:
        done = measure_known(
            record,
            course,
            actor=run.actor,
            method=method,
            also=lambda unit: finish(unit, batch, course),
            progress=progress,
        )
    except (PigtrackError, MemoryError) as fault:
        if _was_erased(record, course):
            with record.writing(run.actor) as unit:
                forget(unit, batch, course)
            return "erased"
        if _is_machines(fault):
            raise
        with record.writing(run.actor) as unit:
            fail(unit, batch, course, str(fault) if isinstance(fault, PigtrackError) else _NO_MEMORY)
        return "failed"
    return "measured" if done.added else "known"


_NO_MEMORY = "There is not enough memory. Close other programs, or measure with fewer workers."


def _is_machines(fault: BaseException) -> bool:
    """Tell whether a fault is not of the course: every other would meet it too, and going on would only repeat it."""
    return isinstance(fault, RecordError | OutputError) and not isinstance(fault, OriginalError)


def _was_erased(record: Record, course: str) -> bool:
    with record.reading() as connection:
        subject = connection.execute(select(courses.c.subject_id).where(courses.c.id == course)).scalar_one()
        return subject_key(connection, subject) is None


def _give_back(record: Record, run: Run, batch: Batch, course: str, claimant: Claimant) -> None:
    """Give a course back on the way out; where the record can't be written any more, the lost folder tells as much."""
    try:
        with record.writing(run.actor) as unit:
            release(unit, batch, course, claimant)
    except PigtrackError:
        return


@contextmanager
def _pulse(record: Record, run: Run, batch: Batch, course: str, claimant: Claimant) -> Iterator[None]:
    """Say from time to time that somebody is at a course, for those on other machines."""
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(PULSE_S):
            try:
                with record.writing(run.actor) as unit:
                    keep_claim(unit, batch, course, claimant)
            except PigtrackError:  # the next beat may get through; the course's own transaction will tell if not
                continue

    beating = threading.Thread(target=beat, daemon=True)
    beating.start()
    try:
        yield
    finally:
        ended.set()
        beating.join()
