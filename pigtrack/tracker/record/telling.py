"""Tells what was done at a visit and what happened after it; told again it is mended, and never taken away."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from pigtrack.errors import FormError
from pigtrack.model.course import AdverseEvent, Course, Session, day_of
from pigtrack.tracker.record.desk import By, Data
from pigtrack.tracker.record.editing import ChangedCourse, change_course


def tell_visit(
    *,
    label: str,
    session: int,
    after_procedure: bool,
    skin_state: str,
    day: date | None = None,
    seen: int | None = None,
    data: Data = None,
    by: By = None,
) -> ChangedCourse:
    """Tell how the skin was when it was photographed; ``day``: on which, if it is another than was told.

    Raises
    ------
    FormError
        If the day is still to come, or it can't be told so.
    RecordError
        If the course was changed since ``seen``.
    """
    _refuse_future(day)

    def told_again(told: Session) -> Session:
        when = told.date if day in (None, day_of(told)) else day  # the hour stays with its day
        return replace(told, date=when, after_procedure=after_procedure, skin_state=skin_state)

    change = _of_session(session, told_again)
    return change_course(label=label, change=change, seen=seen, data=data, by=by)


def tell_treatment(
    *,
    label: str,
    session: int,
    entries: Mapping[str, Any],
    position: int | None = None,
    seen: int | None = None,
    data: Data = None,
    by: By = None,
) -> ChangedCourse:
    """Tell a treatment of a visit; ``position``: in place of that one (from 1), None: a further one.

    Raises
    ------
    FormError
        If it says nothing, or can't be told so.
    RecordError
        If the course was changed since ``seen``.
    """
    if not entries:
        raise FormError("The treatment says nothing.", "Give the technique or the product, at least.")
    change = _of_session(session, lambda told: _with_treatment(told, dict(entries), position))
    return change_course(label=label, change=change, seen=seen, data=data, by=by)


def _with_treatment(told: Session, entries: dict[str, Any], position: int | None) -> Session:
    done = [each for each in (told.treatment, *told.further_treatments) if each]
    first, *further = _placed(done, entries, position)
    return replace(told, treatment=first, further_treatments=tuple(further))


def tell_event(
    *,
    label: str,
    session: int,
    event: AdverseEvent,
    position: int | None = None,
    seen: int | None = None,
    data: Data = None,
    by: By = None,
) -> ChangedCourse:
    """Tell an adverse event after a visit; ``position``: in place of that one (from 1), None: a further one.

    Raises
    ------
    FormError
        If a day is still to come, or it can't be told so.
    RecordError
        If the course was changed since ``seen``.
    """
    _refuse_future(event.day, event.until)
    change = _of_session(
        session, lambda told: replace(told, adverse_events=_placed(told.adverse_events, event, position))
    )
    return change_course(label=label, change=change, seen=seen, data=data, by=by)


def _refuse_future(*days: date | None) -> None:
    for day in days:
        if day is not None and day > date.today():
            raise FormError(f"{day.isoformat()} is still to come.", "Check the day.", field="day")


def _placed(told: Any, new: Any, position: int | None) -> tuple[Any, ...]:
    """Return what was told with one more, or with one in another's place."""
    if position is None:
        return (*told, new)
    if not 1 <= position <= len(told):
        raise FormError(f"There is no number {position} to tell again.", "Load the page again.")
    return (*told[: position - 1], new, *told[position:])


def _of_session(number: int, change: Callable[[Session], Session]) -> Callable[[Course], Course]:
    """Return what changes one session of a course."""

    def changed(course: Course) -> Course:
        if not 1 <= number <= len(course.sessions):
            raise FormError(f"The course has no session {number}.", "Load the page again.")
        sessions = [change(each) if each.number == number else each for each in course.sessions]
        return replace(course, sessions=tuple(sessions))

    return changed
