"""What a protocol plans for a course: when the next session is due, which came late, and what may be seen by when.

Pure reckoning with days. A plan says nothing of whether a treatment works.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from pigtrack.model.course import Course, Session, day_of
from pigtrack.model.protocol import Protocol


class Phase(StrEnum):
    """What the protocol lets expect of a day's photograph."""

    NOT_YET = "not_yet"
    MAY_SHOW = "may_show"
    CLEARER = "clearer"


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days of one phase: from ``start`` on, and before ``end``; None: to the last."""

    phase: Phase
    start: date
    end: date | None


@dataclass(frozen=True, slots=True)
class PlannedVisit:
    """When a session was due, counted from the treatment before it.

    Attributes
    ----------
    session : int or None
        Its number; None: the next one, which has not been yet.
    earliest, latest : date
        First and last day of the window.
    days_off : int or None
        Days before the window (negative) or after it (positive); 0: in time. None for a visit to come, and for one
        that nobody planned: without treatment before the window (a look between), or after it when there were as many
        treatments as is usual (a look afterwards).
    missed : int
        Sessions that were left out before this one: so many more would have fitted at the longest interval.
    """

    session: int | None
    earliest: date
    latest: date
    days_off: int | None = None
    missed: int = 0


def treatment_days(course: Course) -> tuple[date, ...]:
    """Return the days of treatment in order, each once.

    Where no session carries a treatment, none was written down: every session's day then counts as one.
    """
    treated = [session for session in course.sessions if session.treatment] or list(course.sessions)
    return tuple(sorted({day for session in treated if (day := day_of(session)) is not None}))


def plan_visits(course: Course, protocol: Protocol) -> tuple[PlannedVisit, ...]:
    """Return when each dated session but the first was due, in their order."""
    days = treatment_days(course)
    visits = (_visit(session, days, protocol) for session in course.sessions)
    return tuple(visit for visit in visits if visit is not None)


def _visit(session: Session, treated: tuple[date, ...], protocol: Protocol) -> PlannedVisit | None:
    day = day_of(session)
    earlier = [each for each in treated if day is not None and each < day]
    if day is None or not earlier:
        return None
    earliest, latest = _window(earlier[-1], protocol)
    if (day < earliest and day not in treated) or _is_afterwards(day, treated, protocol):
        return PlannedVisit(session.number, earliest, latest)
    days_off = min((day - earliest).days, 0) + max((day - latest).days, 0)
    missed = max((day - earlier[-1]).days // protocol.interval_days[1] - 1, 0)
    return PlannedVisit(session.number, earliest, latest, days_off, missed)


def next_visit(course: Course, protocol: Protocol) -> PlannedVisit | None:
    """Return when the session after the last one is due.

    None where nothing is dated, where there were as many treatments as any course of this protocol has, or as is usual
    and then a look long afterwards.
    """
    treated, seen = treatment_days(course), [day for each in course.sessions if (day := day_of(each)) is not None]
    if not seen or (protocol.treats and len(treated) >= protocol.sessions_range[1]):
        return None
    if protocol.treats and _is_afterwards(max(seen), treated, protocol):
        return None
    unplanned = bool(treated) and max(seen) < _window(treated[-1], protocol)[0]
    return PlannedVisit(None, *_window(treated[-1] if unplanned else max(seen), protocol))


def planned_ahead(course: Course, protocol: Protocol) -> tuple[PlannedVisit, ...]:
    """Return the visits to come, the next first, up to as many as are usual: each window counted from the one before.

    Empty where none is to come, as `next_visit` tells.
    """
    due = next_visit(course, protocol)
    if due is None:
        return ()
    least, most = protocol.interval_days
    left = max(protocol.sessions_usual[1] - len(treatment_days(course)), 1)
    return tuple(PlannedVisit(None, _after(due.earliest, least * k), _after(due.latest, most * k)) for k in range(left))


def _is_afterwards(day: date, treated: tuple[date, ...], protocol: Protocol) -> bool:
    """Tell whether a day without treatment lies after the window, with as many treatments before it as is usual."""
    earlier = [each for each in treated if each < day]
    enough = len(earlier) >= protocol.sessions_usual[0]
    return enough and day not in treated and day > _window(earlier[-1], protocol)[1]


def _window(day: date, protocol: Protocol) -> tuple[date, date]:
    least, most = protocol.interval_days
    return _after(day, least), _after(day, most)


def _after(day: date, days: int) -> date:
    """So many days later; the calendar's last day where it ends before."""
    return day + min(timedelta(days=days), date.max - day)


def expected_stretches(course: Course, protocol: Protocol) -> tuple[Stretch, ...]:
    """Return the stretches of a course in which nothing is expected yet, something may show, and more clearly.

    Sessions that have not been yet are taken to come at the shortest interval. Empty where nothing is dated, and for a
    course that is only watched.
    """
    treated = treatment_days(course)
    if not treated or not protocol.treats:
        return ()
    seen = [day for each in course.sessions if (day := day_of(each)) is not None]
    waited = _after(treated[0], protocol.visible_from_days)
    visible = max(waited, _day_of_session(protocol.visible_from_session, treated, protocol))
    clearer = max(visible, _day_of_session(protocol.clearer_from_session, treated, protocol))
    bounds = ((Phase.NOT_YET, min(seen), visible), (Phase.MAY_SHOW, visible, clearer), (Phase.CLEARER, clearer, None))
    return tuple(Stretch(*each) for each in bounds if each[2] is None or each[1] < each[2])


def _day_of_session(number: int, treated: tuple[date, ...], protocol: Protocol) -> date:
    """The day of a treatment by its number; of one to come the earliest."""
    if number <= len(treated):
        return treated[number - 1]
    return _after(treated[-1], (number - len(treated)) * protocol.interval_days[0])


def phase_on(day: date, stretches: tuple[Stretch, ...]) -> Phase | None:
    """Return the phase of a day; None outside all stretches."""
    for each in stretches:
        if each.start <= day and (each.end is None or day < each.end):
            return each.phase
    return None


def may_be_darker(session: Session, course: Course, protocol: Protocol) -> bool:
    """Tell whether a session lies in the days in which treated skin may be darker for a while, by its protocol."""
    day = day_of(session)
    if day is None or protocol.darkening_days is None:
        return False
    first, last = protocol.darkening_days
    return any(first <= (day - each).days <= last for each in treatment_days(course) if each < day)


def session_phase(session: Session, course: Course, protocol: Protocol) -> Phase | None:
    """Return what the protocol lets expect of a session's photographs; None where nothing is dated or expected."""
    day = day_of(session)
    return None if day is None else phase_on(day, expected_stretches(course, protocol))
