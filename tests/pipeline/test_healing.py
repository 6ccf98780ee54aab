"""Which sessions may show crusts is told by the calendar and by what course.toml says."""

from datetime import date

from pigtrack.model.course import Course, Session
from pigtrack.pipeline.course import healing_sessions

NEEDLES = {"technique": "manual injection"}


def test_the_days_after_a_needle_and_photographs_after_a_procedure_are_healing():
    sessions = (
        Session(1, date(2026, 1, 11), ("1.jpg",), treatment=NEEDLES),
        Session(2, date(2026, 1, 14), ("2.jpg",)),
        Session(3, date(2026, 1, 25), ("3.jpg",), treatment=NEEDLES),
        Session(4, date(2026, 2, 8), ("4.jpg",), after_procedure=True),
        Session(5, date(2026, 2, 22), ("5.jpg",)),
    )
    assert healing_sessions(Course("C", sessions)) == {2, 4}


def test_without_dates_only_what_is_said_counts():
    sessions = (Session(1, None, ("1.jpg",), treatment=NEEDLES), Session(2, None, ("2.jpg",), after_procedure=True))
    assert healing_sessions(Course("C", sessions)) == {2}
