"""A course with one more photograph: of a visit that there is, or of one that begins with it."""

from dataclasses import dataclass, replace
from datetime import date
from pathlib import PurePosixPath

from pigtrack.errors import FormError
from pigtrack.model.course import Course, Session, day_of

CLEAN = "clean"

SHOTS_WANTED = 3
"""Replicate shots of a visit, each set up anew, that the camera's page asks for, as docs/photographing.md does.

No protocol tells a number of its own.
Of one shot's variance a quarter stays through all shots of a visit (``reseated_share`` in `imaging.change.settings`).
So three halve the variance of a visit, and a fourth would take a sixteenth more.
"""


@dataclass(frozen=True, slots=True)
class Shot:
    """A photograph that is to be added; ``skin_state`` None: as the visit has it."""

    day: date
    suffix: str
    after_procedure: bool = False
    skin_state: str | None = None
    reseated: bool = True


@dataclass(frozen=True, slots=True)
class AddedShot:
    """A course with its new photograph: what it is called, and in which session it stands."""

    course: Course
    session: int
    name: str


def find_visit(course: Course, day: date, *, after_procedure: bool = False) -> Session | None:
    """Return the visit of a day; photographs from after that day's procedure are a visit of their own."""
    found = (each for each in course.sessions if day_of(each) == day and each.after_procedure == after_procedure)
    return next(found, None)


def add_shot(course: Course, shot: Shot) -> AddedShot:
    """Return a course with one more photograph.

    Raises
    ------
    FormError
        If its day lies before the last visit's and is none of the visits' days, or its visit was told otherwise.
    """
    visit = find_visit(course, shot.day, after_procedure=shot.after_procedure)
    return _begin_visit(course, shot) if visit is None else _add_to(course, visit, shot)


def _begin_visit(course: Course, shot: Shot) -> AddedShot:
    days = [day_of(each) for each in course.sessions]
    if None in days:
        raise FormError("The course's sessions have no days.", "Give them their days first; import the course again.")
    if any(day is not None and day > shot.day for day in days):
        raise FormError(
            f"There is a later visit than {shot.day.isoformat()}, and none on that day.",
            "Choose the day of a visit, or one after the last.",
            field="day",
        )
    number = len(course.sessions) + 1
    name = _name(course, number, 1, shot.suffix)
    state = shot.skin_state or CLEAN
    visit = Session(number, shot.day, (name,), after_procedure=shot.after_procedure, skin_state=state)
    return AddedShot(replace(course, sessions=(*course.sessions, visit)), number, name)


def _add_to(course: Course, visit: Session, shot: Shot) -> AddedShot:
    if shot.skin_state not in (None, visit.skin_state):
        raise FormError(
            f"The skin of this visit was told as “{visit.skin_state}”.",
            "Keep the photograph as that, or change the visit on its own page.",
            field="skin_state",
        )
    name = _name(course, visit.number, len(visit.photos) + 1, shot.suffix)
    grown = replace(visit, photos=(*visit.photos, name))
    others = tuple(grown if each.number == visit.number else each for each in course.sessions)
    told = replace(course, sessions=others, reseated_shots=_reseated(course, shot))
    return AddedShot(told, visit.number, name)


def _reseated(course: Course, shot: Shot) -> bool:
    """Tell whether all replicate shots of a course were each set up anew, this one among them.

    One that was not spoils it for all: its scatter is the camera's alone, and would be taken for a session's.
    """
    replicates = any(len(each.photos) > 1 for each in course.sessions)
    return shot.reseated and (course.reseated_shots or not replicates)


def _name(course: Course, number: int, position: int, suffix: str) -> str:
    """Return a name of ours that no photograph of the course has, whatever its suffix."""
    taken = {PurePosixPath(photo).with_suffix("").as_posix() for each in course.sessions for photo in each.photos}
    while (stem := f"session-{number:02d}-{position}") in taken:
        position += 1
    return stem + suffix
