"""The process that measures and draws: takes one course after another from whoever began it, tells how far it is."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING

from pigtrack.errors import PigtrackError
from pigtrack.model.progress import Progress
from pigtrack.store.record.jobs import read_failed
from pigtrack.store.record.opening import Record, open_record
from pigtrack.store.record.unmeasured import is_taken
from pigtrack.tracker.record.desk import now
from pigtrack.tracker.workers import begin_leaving

if TYPE_CHECKING:  # a server loads this module too, and is ready sooner without what measures
    from pigtrack.tracker.record.reprocessing_worker import Run

_NICE = 10
"""People who wait for a page come first."""

_TELL_S = 0.2
"""How often progress is told at most."""


@dataclass(frozen=True, slots=True)
class Order:
    """What a worker is to do: measure a course of a run and draw it, or draw what stands measured."""

    run: "Run"
    course: str
    measure: bool


@dataclass(frozen=True, slots=True)
class Told:
    """What a worker says: how far it is; or, ``ended``, what came of an order, with the fault in a sentence.

    ``later``: somebody else is at the course.
    """

    done: int = 0
    total: int = 0
    what: str = ""
    ended: bool = False
    fault: str | None = None
    later: bool = False


def work(orders: Connection) -> None:
    """Do what is ordered until nobody orders any more."""
    begin_leaving(_NICE)
    while True:
        try:
            order: Order = orders.recv()
            orders.send(_do(order, _telling(orders.send)))
        except (EOFError, OSError):  # whoever ordered is gone
            return


def _do(order: Order, progress: Progress) -> Told:
    """Do one thing; say why it can't be done."""
    from pigtrack.tracker.record.drawing import draw_known
    from pigtrack.tracker.record.reprocessing_worker import find_method, measure_task

    try:
        came = measure_task(order.run, [order.course], progress=progress) if order.measure else Counter[str]()
        with open_record(Path(order.run.data), clock=now) as record:
            told = _ended(record, order, came)
            if told is None:
                draw_known(record, order.course, method=find_method(order.run.method), progress=progress)
    except PigtrackError as fault:
        return Told(ended=True, fault=str(fault))
    except MemoryError:
        return Told(ended=True, fault="There is not enough memory. Close other programs, and measure again.")
    return told or Told(ended=True)


def _ended(record: Record, order: Order, came: Counter[str]) -> Told | None:
    """Return what there is to say when nothing is to be drawn; None: go on and draw."""
    from pigtrack.tracker.record.reprocessing_worker import batch_of, find_method

    batch = batch_of(find_method(order.run.method), (order.course,))
    with record.reading() as connection:
        if came["failed"]:
            return Told(ended=True, fault=next((fault for _, fault in read_failed(connection, batch)), _UNKNOWN))
        if came["passed over"] and is_taken(connection, batch, order.course):
            return Told(ended=True, later=True)
        return Told(ended=True) if came["erased"] else None


_UNKNOWN = "The course can't be measured. Look at its photographs and what is told of it."


def _telling(send: Callable[[Told], None]) -> Progress:
    last = 0.0

    def tell(done: int, total: int, what: str) -> None:
        nonlocal last
        if time.monotonic() - last >= _TELL_S or done == total:
            last = time.monotonic()
            send(Told(done, total, what))

    return tell
