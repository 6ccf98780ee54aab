"""Which sessions may show crusts is told by the calendar and by what course.toml says."""

from datetime import date, timedelta

from pigtrack.imaging.change import ChangeSettings
from pigtrack.model.course import Course, Session
from pigtrack.pipeline.course import healing_sessions, with_protocol
from pigtrack.store.protocol_file import load_protocol

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


def fifth_day():
    """A course with a photograph five days after needles."""
    return Course(
        "C", (Session(1, date(2026, 1, 11), ("1.jpg",), treatment=NEEDLES), Session(2, date(2026, 1, 16), ("2.jpg",)))
    )


def three_days(folder):
    (folder / "own.toml").write_text('base = "dark-spot-mesotherapy"\n[schedule]\nquiet_days = 3\n', encoding="utf-8")
    return load_protocol("own.toml", folder=folder)


def test_the_fifth_day_after_needles_is_healing_by_mesotherapy_and_not_by_a_protocol_of_three_days(tmp_path):
    assert healing_sessions(fifth_day(), load_protocol("dark-spot-mesotherapy")) == {2}
    assert healing_sessions(fifth_day(), three_days(tmp_path)) == frozenset()
    assert healing_sessions(fifth_day()) == {2}


def test_a_laser_keeps_four_weeks_out():
    sessions = tuple(
        Session(number, date(2026, 1, 11) + timedelta(days=days), ("a",), treatment=NEEDLES if number == 1 else {})
        for number, days in ((1, 0), (2, 27), (3, 28))
    )
    assert healing_sessions(Course("C", sessions), load_protocol("example-pigment-laser")) == {2}


def test_the_judgement_takes_the_protocols_days_and_without_one_a_week(tmp_path):
    assert with_protocol(ChangeSettings(), None) == ChangeSettings()
    assert with_protocol(ChangeSettings(), three_days(tmp_path)).quiet_days == 3
    assert ChangeSettings().quiet_days == 7
