"""The clinic's courses a page at a time, as the web app lists them."""

from datetime import date
from functools import cache

from pigtrack.store.protocol_file import list_protocols
from pigtrack.store.record.browsing import CoursePage, Which, label_by_id, read_page
from pigtrack.tracker.record.auditing import audited_view
from pigtrack.tracker.record.desk import By, Record, actor_of

__all__ = ["CoursePage", "Which", "browse", "label_of"]


def browse(
    *, record: Record, by: By, which: Which = Which.ALL, search: str = "", skip: int = 0, most: int = 50
) -> CoursePage:
    """Return a page of courses; the trail tells that somebody looked, not what they searched for: it may be a name."""
    actor = actor_of(record, by)
    with audited_view(record, actor, "overview", searched=bool(search), which=which.value) as connection:
        return read_page(
            connection, today=date.today(), windows=_windows(), which=which, search=search, skip=skip, most=most
        )


@cache
def _windows() -> dict[str, int]:
    """By protocol, for how many days after the first one the next visit is in time."""
    return {each.name: each.interval_days[1] - each.interval_days[0] for each in list_protocols()}


def label_of(*, record: Record, course: str) -> str:
    """Return a course's label by its id.

    Raises
    ------
    UnknownError
        If there is none, or it was erased.
    """
    with record.reading() as connection:
        return label_by_id(connection, course)
