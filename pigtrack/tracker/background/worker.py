"""What the process does that measures and draws: one course after another, as whoever hired it orders."""

from collections import Counter
from pathlib import Path

from pigtrack.imaging import opencv
from pigtrack.model.progress import Progress
from pigtrack.store.record.jobs import read_failed
from pigtrack.store.record.opening import Record, open_record
from pigtrack.store.record.unmeasured import is_taken
from pigtrack.tracker.background.orders import Came, Order
from pigtrack.tracker.record.desk import now
from pigtrack.tracker.record.drawing import draw_known
from pigtrack.tracker.record.methods import batch_of, find_method
from pigtrack.tracker.record.reprocessing_worker import measure_task

_UNKNOWN = "The course can't be measured. Look at its photographs and what is told of it."


def work(order: Order, progress: Progress) -> Came:
    """Measure and draw a course, or draw what stands measured."""
    opencv.use_threads(1)
    came = measure_task(order.run, [order.course], progress=progress) if order.measure else Counter[str]()
    with open_record(Path(order.run.data), clock=now) as record:
        ended = _ended(record, order, came)
        if ended is None:
            draw_known(record, order.course, method=find_method(order.run.method), progress=progress)
    return ended or Came()


def _ended(record: Record, order: Order, came: Counter[str]) -> Came | None:
    """Return what there is to say when nothing is to be drawn; None: go on and draw."""
    batch = batch_of(find_method(order.run.method), (order.course,))
    with record.reading() as connection:
        if came["failed"]:
            return Came(fault=next((fault for _, fault in read_failed(connection, batch)), _UNKNOWN))
        if came["passed over"] and is_taken(connection, batch, order.course):
            return Came(later=True)
        return Came() if came["erased"] else None
