"""Looks at the clinic's courses, and at one through its sessions; the trail tells of it before anything is shown."""

from pigtrack.model.overview import CourseOverview, CourseSeries
from pigtrack.model.record import Actor
from pigtrack.store.record.courses import need_course
from pigtrack.store.record.measurements import find_version
from pigtrack.store.record.opening import Record
from pigtrack.store.record.overview import read_overview, read_series
from pigtrack.tracker.record.auditing import audited_view
from pigtrack.tracker.record.desk import By, Data, actor_of, now, opened


def look_at_courses(
    *, data: Data = None, by: By = None, search: str | None = None, due: bool = False
) -> tuple[CourseOverview, ...]:
    """Return the clinic's courses, a line each.

    Parameters
    ----------
    search : str or None
        Only courses with this in label, patient or site, in capitals or not.
    due : bool
        Only open courses whose next session is due today or was before.

    Raises
    ------
    PigtrackError
        If there is no record, or who asks may not see it.
    """
    with opened(data) as record:
        actor = actor_of(record, by)
        return overview(record, actor=actor, search=search, due_by=now()[:10] if due else None)


def overview(
    record: Record, *, actor: Actor, search: str | None = None, due_by: str | None = None
) -> tuple[CourseOverview, ...]:
    """Return an open record's courses, a line each; ``due_by``: as for `read_overview`.

    The trail does not hold what was searched for: it may name a patient.
    """
    searched, due = search is not None, due_by is not None
    with audited_view(record, actor, "overview", searched=searched, due=due) as connection:
        found = read_overview(connection, due_by=due_by)
    return found if search is None else tuple(each for each in found if _holds(each, search))


def _holds(course: CourseOverview, search: str) -> bool:
    told = (course.label, course.patient or "", course.site or "")
    return any(search.casefold() in each.casefold() for each in told)


def look_at_course(*, label: str, data: Data = None, by: By = None, measurement: int | None = None) -> CourseSeries:
    """Return one course through its sessions, under the measurement it stands at or the named one.

    Raises
    ------
    PigtrackError
        If there is no such course or measurement, or who asks may not see it.
    """
    with opened(data) as record:
        return series(record, label, actor=actor_of(record, by), measurement=measurement)


def series(record: Record, label: str, *, actor: Actor, measurement: int | None = None) -> CourseSeries:
    """Return one course of an open record through its sessions."""
    with record.reading() as connection:
        row = need_course(connection, label)
        chosen = None if measurement is None else find_version(connection, row, measurement)
    with audited_view(record, actor, "courses", course=row, measurement=measurement) as connection:
        return read_series(connection, row, measurement=chosen)
