"""Draws what the web app shows of a measurement that was made without: by `import`, by `reprocess`."""

from sqlalchemy import select

from pigtrack.errors import RecordError
from pigtrack.model.pictures import MANIFEST
from pigtrack.model.progress import Progress
from pigtrack.store.derived import is_drawn, keep_derived
from pigtrack.store.record.opening import Record
from pigtrack.store.record.tables import courses
from pigtrack.tracker.record.measuring import measure_at_hand, take_in_hand
from pigtrack.tracker.record.methods import DRAWN, Method


def draw_known(record: Record, course: str, *, method: Method = DRAWN, progress: Progress | None = None) -> bool:
    """Draw the measurement that a course stands at, by measuring its input once more; say whether that was to be done.

    The numbers of that are not kept: by the same versions and settings from the same input they are the same.

    Raises
    ------
    RecordError
        If the course was changed since it was measured, or measured by other versions or settings: its pictures would
        not be those of its numbers.
    """
    if not needs_drawing(record, course):
        return False
    told = take_in_hand(record, course, method)
    if told.known is None or told.known["id"] != told.row["measurement_id"]:
        raise RecordError(
            "These numbers were measured by another version of pigtrack, or before the course was changed.",
            "Have it measured anew: then pictures are drawn, too.",
        )
    measured = measure_at_hand(told, method, progress=progress)
    keep_derived(record, told.row, told.known["id"], measured.pictures)
    return True


def needs_drawing(record: Record, course: str) -> bool:
    """Tell whether a course stands at a measurement of which nothing was drawn yet."""
    with record.reading() as connection:
        found = connection.execute(select(courses.c.measurement_id).where(courses.c.id == course)).scalar()
    return found is not None and not is_drawn(record, found, MANIFEST)
