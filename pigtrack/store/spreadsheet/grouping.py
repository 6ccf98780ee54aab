"""Rows put together: rows of one course as a course, rows of one visit as a visit, and what must agree among them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from pigtrack.model.course import AdverseEvent, Course, Endpoint, Mode, Session
from pigtrack.model.record import Consent
from pigtrack.model.treatment import Screen
from pigtrack.store.naming import quoted
from pigtrack.store.spreadsheet.faults import SheetFaults
from pigtrack.store.spreadsheet.fields import SIGNATURE_FIELDS
from pigtrack.store.spreadsheet.visits import Fields, RowTold


@dataclass(slots=True)
class _Together:
    """Values that several rows tell, each with the row that told it first."""

    values: Fields = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)

    def take(self, told: Fields, row: int, of: str, faults: SheetFaults) -> None:
        for key, value in told.items():
            if key not in self.values:
                self.values[key], self.rows[key] = value, row
            elif self.values[key] != value:
                said = f"{key} of {of} is {quoted(value)} here, but {quoted(self.values[key])} in row {self.rows[key]}."
                faults.add(said, row)


@dataclass(frozen=True, slots=True)
class CourseDraft:
    """A course put together from rows, not judged yet; ``session_rows`` the rows of each session."""

    course: Course
    rows: tuple[int, ...]
    session_rows: tuple[tuple[int, ...], ...]


def group_courses(rows: Iterable[RowTold], *, by_photograph: bool, faults: SheetFaults) -> list[CourseDraft]:
    """Return the courses that rows tell, in the order of their first rows; rows with faults are left out."""
    courses: dict[str, list[RowTold]] = {}
    for row in rows:
        if not faults.of_row(row.number):
            courses.setdefault(str(row.course["id"]), []).append(row)
    return [_course(told, by_photograph, faults) for told in courses.values()]


def _course(rows: Sequence[RowTold], by_photograph: bool, faults: SheetFaults) -> CourseDraft:
    about, screen = _Together(), _Together()
    for row in rows:
        about.take(row.course, row.number, "this course", faults)
        screen.take(row.screen, row.number, "this course's screen", faults)
    visits: dict[object, list[RowTold]] = {}
    for row in rows:
        same = (_day(row), row.session.get("after_procedure", False)) if by_photograph else row.number
        visits.setdefault(same, []).append(row)
    ordered = sorted(visits.values(), key=_moment)
    sessions = tuple(_session(told, number, faults) for number, told in enumerate(ordered, start=1))
    fields = {key: value for key, value in about.values.items() if key not in ("mode", "primary")}
    course = Course(sessions=sessions, **fields, **_choices(about.values), screen=_screen(screen.values))
    numbers = tuple(tuple(row.number for row in told) for told in ordered)
    return CourseDraft(course, tuple(row.number for row in rows), numbers)


def _choices(fields: Fields) -> dict[str, Any]:
    """Mode and endpoint; a word that is neither stays as it is, for the judge of course.toml to refuse."""
    known: dict[str, Any] = {}
    for key, kind in (("mode", Mode), ("primary", Endpoint)):
        if key in fields:
            known[key] = kind(fields[key]) if fields[key] in tuple(kind) else fields[key]
    return known


def _moment(rows: Sequence[RowTold]) -> tuple[date, bool, str]:
    """Visits of one day: before the procedure first, then by the clock where it is told."""
    begun = _begun(rows)
    clock = begun.time().isoformat() if isinstance(begun, datetime) else ""
    return _day(rows[0]), rows[0].session.get("after_procedure", False), clock


def _day(row: RowTold) -> date:
    day: date = row.session["date"]
    return day.date() if isinstance(day, datetime) else day


def _begun(rows: Sequence[RowTold]) -> date:
    """Return when a visit began: rows of single photographs may each tell their own time."""
    told = [row.session["date"] for row in rows]
    return min([each for each in told if isinstance(each, datetime)], default=told[0])


def _session(rows: Sequence[RowTold], number: int, faults: SheetFaults) -> Session:
    about = _Together()
    for row in rows:
        about.take(
            {key: value for key, value in row.session.items() if key not in ("date", "photos")},
            row.number,
            "this visit",
            faults,
        )
    done = _each_once(treatment for row in rows for treatment in row.treatments)
    events = _each_once(event for row in rows for event in row.events)
    return Session(
        number=number,
        date=_begun(rows),
        photos=tuple(photo for row in rows for photo in row.session["photos"]),
        treatment=done[0] if done else {},
        further_treatments=tuple(done[1:]),
        adverse_events=tuple(_event(each) for each in events),
        **about.values,
    )


def _each_once(told: Iterable[Fields]) -> list[Fields]:
    """Several rows of one visit repeat what was done there."""
    found: list[Fields] = []
    for each in told:
        if each not in found:
            found.append(each)
    return found


def _event(told: Fields) -> AdverseEvent:
    return AdverseEvent(day=told.get("date"), **{key: value for key, value in told.items() if key != "date"})


def _screen(told: Fields) -> Screen | None:
    if not told:
        return None
    answers = tuple((key, value == "yes") for key, value in told.items() if key not in SIGNATURE_FIELDS)
    return Screen(answers, **{key: value for key, value in told.items() if key in SIGNATURE_FIELDS})


def group_consents(rows: Iterable[RowTold], faults: SheetFaults) -> dict[str, tuple[Consent, ...]]:
    """Return the consents of each subject, in the order of their days; rows may repeat one another, not contradict."""
    told: dict[str, dict[tuple[object, object], tuple[Consent, int]]] = {}
    for row in rows:
        for consent in row.consents:
            known = told.setdefault(str(row.course.get("subject")), {})
            before, at = known.setdefault((consent.purpose, consent.day), (consent, row.number))
            if before != consent:
                said = f"the consent to {consent.purpose.value} is told otherwise in row {at}, of the same day."
                faults.add(said, row.number)
    return {
        subject: tuple(
            sorted((each for each, _ in known.values()), key=lambda each: (each.day or date.min, each.purpose))
        )
        for subject, known in told.items()
    }
