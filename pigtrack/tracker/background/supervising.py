"""The server's side of its background: what is to be done next, who is at it, and how far it is."""

import logging
import threading
import time
from dataclasses import dataclass

from pigtrack.errors import PigtrackError
from pigtrack.model.record import Actor
from pigtrack.model.work import Work, WorkState
from pigtrack.store.record.jobs import Batch, enlist_asked, this_host
from pigtrack.store.record.opening import Record
from pigtrack.store.record.trail import read_head
from pigtrack.store.record.unmeasured import is_readable, read_lagging
from pigtrack.store.workspace import clear_left_workspaces
from pigtrack.tracker.background.orders import Came, Order
from pigtrack.tracker.processes import Hired, LostError
from pigtrack.tracker.record.methods import batch_of, find_method
from pigtrack.tracker.record.runs import Run
from pigtrack.tracker.verdicts import Verdicts

METHOD_PATH = "pigtrack.tracker.record.methods:DRAWN"
"""How courses are measured; tests name a cheaper way."""

SETTLE_S = 20.0
"""How long a course that was photographed waits for another shot: several are measured together."""

IDLE_S = 60.0
"""How long a worker stays when there is nothing to do; its start costs two seconds, its memory half a gigabyte."""

_WORK = "pigtrack.tracker.background.worker:work"
_NICE = 10
"""People who wait for a page come first."""

_LATER_S = 5.0
_LEAVES_WITHIN_S = 10.0
_MOST_LOSSES = 3
"""How often a course is begun whose worker dies of it."""

LOG = logging.getLogger("pigtrack.background")

_ACTOR = Actor("pigtrack", via="background")


@dataclass(slots=True)
class _Wanted:
    """A course that waits: from ``due`` on (monotonic seconds); ``measure``: else it is only drawn."""

    due: float
    measure: bool
    losses: int = 0


class _ErasedError(PigtrackError):
    """A course's patient was erased while it was measured."""


class Background:
    """Measures and draws beside a server, one course after another, in one process that comes and goes.

    Parameters
    ----------
    record : Record
        Open as long as this is.
    method : str
        Import path of a `pigtrack.tracker.record.methods.Method`.
    settle_s, idle_s : float
        See `SETTLE_S`, `IDLE_S`.
    """

    def __init__(
        self, record: Record, *, method: str = METHOD_PATH, settle_s: float = SETTLE_S, idle_s: float = IDLE_S
    ) -> None:
        self.verdicts = Verdicts()
        self._record = record
        self._method = method
        self._settle_s = settle_s
        self._idle_s = idle_s
        self._wanted: dict[str, _Wanted] = {}
        self._faults: dict[str, str] = {}
        self._at: tuple[str, Work] | None = None
        self._news = threading.Condition()
        self._ended = False
        self._worker: Hired | None = None
        self._thread = threading.Thread(target=self._run, name="background", daemon=True)

    def start(self) -> None:
        """Begin, with what was left when a server of this record was ended last."""
        self._thread.start()

    def close(self) -> None:
        """End, the worker in the middle of its work: the record's jobs tell the next server what is left."""
        with self._news:
            self._ended = True
            self._news.notify_all()
            if self._worker is not None:
                self._worker.interrupt()  # then whoever waits for it hears that nobody is there
        if self._thread.is_alive():
            self._thread.join(timeout=_LEAVES_WITHIN_S)
        self._dismiss(at_once=True)
        self.verdicts.close()

    def measure_soon(self, course: str, *, at_once: bool = False) -> None:
        """Have a course measured and drawn; it is in the record's jobs when this returns.

        Parameters
        ----------
        course : str
            Its id.
        at_once : bool
            Without waiting for another shot.
        """
        batch = self._batch(course)
        with self._record.writing(_ACTOR) as unit:
            enlist_asked(unit, batch)
        self._want(course, time.monotonic() + (0 if at_once else self._settle_s), measure=True)

    def draw_soon(self, course: str) -> None:
        """Have drawn what a course stands at; nothing if that was done, or is under way."""
        with self._news:
            if course in self._faults or course in self._wanted or (self._at is not None and self._at[0] == course):
                return
        self._want(course, time.monotonic(), measure=False)

    def work_of(self, course: str) -> Work | None:
        """Return what is being done with a course; None: nothing, and nothing failed."""
        with self._news:
            if self._at is not None and self._at[0] == course:
                return self._at[1]
            if course in self._wanted:
                return Work(WorkState.WAITING if self._wanted[course].measure else WorkState.DRAWING)
            return Work(WorkState.FAILED, fault=self._faults[course]) if course in self._faults else None

    def all_work(self) -> dict[str, Work]:
        """Return what is being done, by course."""
        with self._news:
            courses = [*self._wanted, *self._faults, *(() if self._at is None else (self._at[0],))]
        found = {course: self.work_of(course) for course in courses}
        return {course: each for course, each in found.items() if each is not None}

    def _want(self, course: str, due: float, *, measure: bool) -> None:
        with self._news:
            before = self._wanted.get(course)
            self._faults.pop(course, None)
            self._wanted[course] = _Wanted(due, measure or (before is not None and before.measure))
            self._news.notify_all()

    def _run(self) -> None:
        """Do what is wanted until the server ends."""
        clear_left_workspaces()
        self._resume()
        while True:
            chosen = self._choose()
            if chosen is None:
                return
            course, wanted = chosen
            try:
                came = self._order(course, wanted)
            except LostError:
                self._dismiss(at_once=True)
                came = None
            except _ErasedError:  # what the worker has unsealed goes with it
                self._dismiss(at_once=True)
                came = Came()
            except PigtrackError as fault:
                came = Came(fault=str(fault))
            self._settle(course, wanted, came)

    def _resume(self) -> None:
        """Take up what an earlier server left."""
        try:
            with self._record.reading() as connection:
                left = read_lagging(connection, self._batch())
            for course in left:
                if self.work_of(course) is None:  # else somebody asked for it since this server began
                    self.measure_soon(course, at_once=True)
        except PigtrackError as fault:  # a disk that is full now: each course says so itself when it is asked for
            LOG.error("What an earlier server left can't be taken up: %s", fault)

    def _choose(self) -> tuple[str, _Wanted] | None:
        """Wait for the course that is due first, and take it; None: the server ends. Dismiss an idle worker."""
        idle_since = time.monotonic()
        with self._news:
            while not self._ended:
                first = min(self._wanted.items(), key=lambda each: each[1].due, default=None)
                left = self._idle_s if first is None else first[1].due - time.monotonic()
                if first is not None and left <= 0:
                    self._at = (first[0], Work(_state(first[1])))
                    return first[0], self._wanted.pop(first[0])
                self._news.wait(min(left, self._idle_s))
                if time.monotonic() - idle_since >= self._idle_s:
                    self._dismiss()
            return None

    def _order(self, course: str, wanted: _Wanted) -> Came:
        """Have the worker do it."""
        if wanted.measure:  # it may have been done meanwhile, by another server or by `reprocess`
            with self._record.writing(_ACTOR) as unit:
                enlist_asked(unit, self._batch(course))

        def tell(done: int, total: int, what: str) -> None:
            with self._news:
                self._at = (course, Work(_state(wanted), done, total, what))

        def look() -> None:
            with self._record.reading() as connection:
                if not is_readable(connection, course):
                    raise _ErasedError("The patient's data were erased.", "There is nothing to measure.")

        order = Order(self._describe(), course, wanted.measure)
        came: Came = self._hire().have_done(order, progress=tell, look=look)
        return came

    def _settle(self, course: str, wanted: _Wanted, came: Came | None) -> None:
        """Write down what came of it; what was lost (None) or must wait is wanted again."""
        with self._news:
            self._at = None
            if self._ended:
                return
            if came is None and wanted.losses + 1 < _MOST_LOSSES:
                self._wanted.setdefault(course, _Wanted(time.monotonic(), wanted.measure, wanted.losses + 1))
            elif came is None:
                self._faults[course] = f"Whoever measured it was ended from outside {_MOST_LOSSES} times. {_REMEDY}"
            elif came.later:
                self._wanted.setdefault(course, _Wanted(time.monotonic() + _LATER_S, wanted.measure))
            elif came.fault is not None:
                self._faults[course] = came.fault

    def _batch(self, *only: str) -> Batch:
        return batch_of(find_method(self._method), only or None)

    def _describe(self) -> Run:
        with self._record.reading() as connection:
            head = read_head(connection)
        folder = str(self._record.folder.path.resolve())
        return Run(folder, this_host(), self._record.uid, head, self._method, self._batch().name, _ACTOR)

    def _hire(self) -> Hired:
        """Return a living worker, begun where there is none."""
        if self._worker is not None and not self._worker.is_there:
            self._dismiss()
        with self._news:
            if self._ended:
                raise LostError("The server ends.", "Ask again when it is there.")
            if self._worker is None:
                self._worker = Hired(_WORK, name="pigtrack-measuring", niceness=_NICE)
            return self._worker

    def _dismiss(self, *, at_once: bool = False) -> None:
        """Send the worker home; ``at_once``: from the middle of its work, tidily."""
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.leave(at_once=at_once)


_REMEDY = "Most likely there was too little memory: close other programs, and measure again."


def _state(wanted: _Wanted) -> WorkState:
    return WorkState.MEASURING if wanted.measure else WorkState.DRAWING
