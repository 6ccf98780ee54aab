"""Measures courses of the record again, one or all: resumable after a kill at any moment, beside others, on any hands.

What is to be done stands in the database, and what was done, too. Whoever runs this only hands out and counts.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, wait
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import islice

from pigtrack.model.progress import Progress
from pigtrack.model.record import Actor
from pigtrack.model.roles import Verb
from pigtrack.store.record.courses import need_course
from pigtrack.store.record.jobs import (
    Batch,
    JobCounts,
    count_jobs,
    count_photographs_left,
    enlist,
    lease_end,
    read_failed,
    read_free,
    this_host,
)
from pigtrack.store.record.opening import Record
from pigtrack.tracker.record.desk import By, Data, actor_of, now, opened
from pigtrack.tracker.record.methods import batch_of, find_method
from pigtrack.tracker.record.reprocessing_compare import compare_added
from pigtrack.tracker.record.reprocessing_hands import Hands, Outcome, dask_hands, local_hands
from pigtrack.tracker.record.runs import Run

METHOD_PATH = "pigtrack.tracker.record.methods:METHOD"
"""How courses are measured; tests and benchmarks name a cheaper way, with versions of its own."""

PHOTOGRAPHS_AT_ONCE = 40
"""In a task: some minutes of work, so that handing it out costs nothing beside it, and little is begun in vain."""

_AHEAD = 2
"""Tasks handed out for each worker: one at work, one waiting."""

_PAGE = 200
"""Courses read together while handing out."""

_LOOK_S = 1.0
"""How often progress is counted, and how long to wait for what others are at."""

Tell = Callable[[str], None]
"""Takes one line for whoever asked."""


@dataclass(frozen=True, slots=True)
class Reprocessed:
    """What measuring again came to.

    Attributes
    ----------
    measured : int
        Courses that a version was added to, here; others may have done more.
    moved, same : int
        Of the versions added meanwhile, how many have other numbers than the version before, and how many the same.
    counts : JobCounts
        Where the courses stand.
    """

    measured: int
    moved: int
    same: int
    counts: JobCounts

    @property
    def told(self) -> str:
        """Say it in two sentences at most."""
        counted = f"{self.measured} measured, {self.counts.failed} can't be measured, {self.counts.open} left."
        if not self.moved and not self.same:
            return counted
        return f"{counted} Beside the version before, {self.moved} moved and {self.same} have the same numbers."


def reprocess(
    *,
    labels: Sequence[str] = (),
    data: Data = None,
    by: By = None,
    workers: int = 1,
    dask: str | None = None,
    photographs: int = PHOTOGRAPHS_AT_ONCE,
    progress: Progress | None = None,
    tell: Tell,
    method: str = METHOD_PATH,
) -> Reprocessed:
    """Measure courses again that these versions and settings have not measured as they are now.

    Parameters
    ----------
    labels : sequence of str
        Of the courses; none: all there are.
    dask : str or None
        Address of a Dask scheduler whose workers measure; None: processes of this machine.
    photographs : int
        In a task, at most; a course is never split.
    tell : callable
        Gets a line for each course whose numbers moved from those of an earlier version, and for each that can't be
        measured; and what is left when it is interrupted.

    Raises
    ------
    RecordError
        If a course is not known, or the record or the cluster can't be used. What was measured stays.
    """
    with opened(data) as record:
        actor = actor_of(record, by, to=Verb.MEASURE)
        batch = batch_of(find_method(method), _ids(record, labels))
        run = _begin(record, batch, actor, method)
        try:
            measured = _work(record, run, batch, _hands(run, workers, dask, photographs), progress)
        except (KeyboardInterrupt, SystemExit):
            with record.reading() as connection:
                left = count_jobs(connection, batch).open
            tell(f"{left} of the courses are left. Run it again to go on with them.")
            raise
        return _report(record, run, batch, measured, tell)


def _report(record: Record, run: Run, batch: Batch, measured: Counter[str], tell: Tell) -> Reprocessed:
    """Tell of each course whose numbers moved and of each that can't be measured, one at a time; count the others."""
    moved: Counter[bool] = Counter()
    with record.reading() as connection:
        for compared in compare_added(connection, after=run.begun.seq, only=batch.only):
            if compared is not None:
                moved[compared.is_same] += 1
                if not compared.is_same:
                    tell(compared.told)
        for label, fault in read_failed(connection, batch):
            tell(f"Course {label} can't be measured: {fault}")
        return Reprocessed(measured["measured"], moved[False], moved[True], count_jobs(connection, batch))


def _ids(record: Record, labels: Sequence[str]) -> tuple[str, ...] | None:
    if not labels:
        return None
    with record.reading() as connection:
        return tuple(str(need_course(connection, label)["id"]) for label in dict.fromkeys(labels))


def _begin(record: Record, batch: Batch, actor: Actor, method: str) -> Run:
    """Write down what is to be done, and tell the trail who asked for it."""
    with record.writing(actor) as unit:
        enlist(unit, batch)
        told = {"batch": batch.name, "versions": batch.versions_digest, "settings": batch.settings_digest}
        head = unit.note("reprocess", "courses", **told, left=count_jobs(unit.connection, batch).open)
    folder = str(record.folder.path.resolve())
    return Run(folder, this_host(), record.uid, head, method, batch.name, actor)


def _hands(run: Run, workers: int, dask: str | None, photographs: int) -> AbstractContextManager[Hands]:
    return local_hands(workers, photographs) if dask is None else dask_hands(dask, run, photographs)


def _work(
    record: Record, run: Run, batch: Batch, hired: AbstractContextManager[Hands], progress: Progress | None
) -> Counter[str]:
    watch = _Watch(record, batch, progress)
    if not watch.left():
        return Counter()
    with hired as hands:
        return _work_off(record, run, batch, hands, watch)


class _Watch:
    """Counts what is left, now and then, and tells of it."""

    def __init__(self, record: Record, batch: Batch, progress: Progress | None) -> None:
        self._record = record
        self._batch = batch
        self._progress = progress
        self._begun = self._left = self._count()
        self._at = time.monotonic()

    def _count(self) -> int:
        with self._record.reading() as connection:
            return count_jobs(connection, self._batch).open

    def left(self, *, at_once: bool = False) -> int:
        """Return how many courses had not come to an end, a moment ago at most."""
        if at_once or time.monotonic() - self._at >= _LOOK_S:
            self._left, self._at = self._count(), time.monotonic()
            self._begun = max(self._begun, self._left)
            if self._progress is not None:
                self._progress(self._begun - self._left, self._begun, "Courses measured:")
        return self._left


def _work_off(record: Record, run: Run, batch: Batch, hands: Hands, watch: _Watch) -> Counter[str]:
    """Hand out until nothing is left, neither here nor with others; return how many courses came to what, here."""
    measured: Counter[str] = Counter()
    while watch.left(at_once=True):
        handed = _hand_round(record, run, batch, hands, watch)
        if not handed:  # others are at what is left
            time.sleep(_LOOK_S)
        measured += handed
    return measured


def _hand_round(record: Record, run: Run, batch: Batch, hands: Hands, watch: _Watch) -> Counter[str]:
    """Hand out once what nobody is at; what is lost on the way comes with the next round."""
    measured: Counter[str] = Counter()
    tasks = _tasks(record, batch, hands)
    flying: set[Outcome] = set()
    while True:
        hands.look()
        flying |= {hands.submit(run, task) for task in islice(tasks, max(0, hands.count * _AHEAD - len(flying)))}
        if not flying:
            return measured
        done, flying = wait(flying, timeout=_LOOK_S, return_when=FIRST_COMPLETED)
        for outcome in done:
            measured += _outcome(outcome, hands)
        watch.left()


def _outcome(outcome: Outcome, hands: Hands) -> Counter[str]:
    try:
        return outcome.result()
    except hands.losses:  # whoever was at it is gone; what they were at is free again
        return Counter()


def _tasks(record: Record, batch: Batch, hands: Hands) -> Iterator[tuple[str, ...]]:
    """Yield courses that nobody is at, some at a time: many while there is much to do, towards the end ever fewer."""
    with record.reading() as connection:
        left = count_photographs_left(connection, batch)
    task: list[str] = []
    held = 0
    for course, photographs in _free(record, batch):
        size = min(hands.photographs, left // (hands.count * _AHEAD * 2))
        if task and held + photographs > size:
            yield tuple(task)
            left, task, held = left - held, [], 0
        task.append(course)
        held += photographs
    if task:
        yield tuple(task)


def _free(record: Record, batch: Batch) -> Iterator[tuple[str, int]]:
    after: str | None = ""
    while after is not None:
        with record.reading() as connection:
            page, after = read_free(connection, batch, after=after, limit=_PAGE, lease_ends=lease_end(now()))
        yield from page
