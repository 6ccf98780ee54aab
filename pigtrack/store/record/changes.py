"""Whether a course is still what it was when it was measured: the trail knows."""

from sqlalchemy import ColumnElement, Connection, ScalarSelect, and_, exists, func, select

from pigtrack.store.record.tables import (
    adverse_events,
    corrections,
    course_files,
    courses,
    measurements,
    photographs,
    screens,
    sessions,
    trail,
    treatments,
)

MEASURED = "measure"
"""The trail's word for a course that was made to stand at a measurement: its numbers are those of its input, now."""

_INPUTS = (courses, sessions, photographs, course_files, screens, treatments, adverse_events, corrections)
"""What course.toml is written from: all that a measurement can rest on."""

_NO_CHANGES = (MEASURED, "view", "export", "verify")


def last_change(connection: Connection, course: str) -> int:
    """Return the trail's number of the last entry that may have changed what a course's measurement rests on."""
    return int(connection.execute(select(_last(course, _is_change()))).scalar_one())


def is_stale(connection: Connection, course: str) -> bool:
    """Tell whether a course was changed since it was last made to stand at a measurement."""
    measured = _last(course, trail.c.action == MEASURED)
    return bool(connection.execute(select(measured < _last(course, _is_change()))).scalar_one())


def stands_measured(*, versions_digest: str, settings_digest: str) -> ColumnElement[bool]:
    """Return the condition, for a query over `courses`, that nothing is to be measured again.

    The course stands at a measurement by these versions and settings, and nothing was changed since. It errs on the
    safe side: what is told again in the same words counts as a change.
    """
    by_these = exists().where(
        measurements.c.id == courses.c.measurement_id,
        measurements.c.versions_digest == versions_digest,
        measurements.c.settings_digest == settings_digest,
    )
    return and_(by_these, _last(courses.c.id, trail.c.action == MEASURED) > _last(courses.c.id, _is_change()))


def _is_change() -> ColumnElement[bool]:
    names = [table.name for table in _INPUTS]
    return and_(trail.c.entity.in_(names), trail.c.action.not_in(_NO_CHANGES))


def _last(course: object, which: ColumnElement[bool]) -> ScalarSelect[int]:
    found = select(func.coalesce(func.max(trail.c.seq), 0)).where(trail.c.course_id == course, which)
    return found.scalar_subquery()
