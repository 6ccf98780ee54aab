"""A recorded course by its visits: what was told, what was photographed and what was measured at each, side by side."""

from dataclasses import dataclass
from datetime import date

from pigtrack.model.course import Session, day_of
from pigtrack.model.metrics import Verdict
from pigtrack.model.record import Cells, RecordedCourse, RecordedPhotograph

UNUSED = "reject"
"""The quality of a photograph that nothing was measured in."""


@dataclass(frozen=True, eq=False, slots=True)
class Visit:
    """One session of a recorded course.

    Attributes
    ----------
    day : int or None
        Whole calendar days from the baseline session; None: undated.
    told : Session or None
        As course.toml tells it.
    totals : mapping of str to str or None
        Its row of sessions.csv.
    lesions, photos : tuple of mapping
        Its rows of lesions.csv and photos.csv.
    """

    number: int
    day: int | None
    told: Session | None
    totals: Cells | None
    lesions: tuple[Cells, ...]
    photos: tuple[Cells, ...]
    photographs: tuple[RecordedPhotograph, ...]

    @property
    def date(self) -> str:
        """Day or day and time as course.toml tells it, ISO 8601; empty: undated."""
        return "" if self.told is None or self.told.date is None else self.told.date.isoformat()

    @property
    def used(self) -> tuple[Cells, ...]:
        """Rows of the photographs that were measured."""
        return tuple(row for row in self.photos if row.get("qc_status") != UNUSED)


def list_visits(course: RecordedCourse) -> tuple[Visit, ...]:
    """Return the visits of a course in order; of an erased course those that have numbers left."""
    told = {session.number: session for session in course.course.sessions}
    totals = {int(row["session"]): row for row in course.sessions}
    lesions, photos = _by_session(course.lesions), _by_session(course.photos)
    start = told.get(baseline_session(course))
    return tuple(
        Visit(
            number=number,
            day=_day(told.get(number), start, totals.get(number)),
            told=told.get(number),
            totals=totals.get(number),
            lesions=tuple(lesions.get(number, ())),
            photos=tuple(photos.get(number, ())),
            photographs=tuple(each for each in course.photographs if each.session == number),
        )
        for number in sorted({*told, *totals, *lesions})
    )


def baseline_session(course: RecordedCourse) -> int:
    """Return the number of the session that the others are compared with; 1 where none was measured."""
    found = (row["session"] for row in course.sessions if row.get("verdict") == Verdict.BASELINE)
    return int(next(found, "1"))


def days_after_baseline(course: RecordedCourse, day: date | None) -> int | None:
    """Whole calendar days from the baseline session to a day; None where either is not known."""
    start = next((day_of(each) for each in course.course.sessions if each.number == baseline_session(course)), None)
    return None if day is None or start is None else (day - start).days


def _day(told: Session | None, start: Session | None, totals: Cells | None) -> int | None:
    """As the table says, which stays where dates were taken out; else from the dates."""
    if totals is not None and totals.get("days_from_baseline"):
        return int(totals["days_from_baseline"])
    here, there = (None if each is None else day_of(each) for each in (told, start))
    return None if here is None or there is None else (here - there).days


def _by_session(rows: tuple[Cells, ...]) -> dict[int, list[Cells]]:
    found: dict[int, list[Cells]] = {}
    for row in rows:
        found.setdefault(int(row["session"]), []).append(row)
    return found


def lesion_ids(course: RecordedCourse) -> tuple[int, ...]:
    """Return the numbers of all lesions of a course, rising."""
    return tuple(sorted({int(row["lesion_id"]) for row in course.lesions}))
