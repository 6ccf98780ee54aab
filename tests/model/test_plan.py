"""When the next session is due, which came late, and what may be seen by when."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pigtrack.model.course import Course, Session
from pigtrack.model.plan import (
    Phase,
    Stretch,
    expected_stretches,
    may_be_darker,
    next_visit,
    phase_on,
    plan_visits,
    session_phase,
    treatment_days,
)
from pigtrack.model.protocol import Protocol

START = date(2026, 1, 11)
MESOTHERAPY = Protocol(
    name="example",
    title={"": "Example"},
    source="drawn for this test",
    sessions_usual=(4, 6),
    sessions_range=(1, 10),
    interval_days=(7, 14),
    visible_from_session=2,
    clearer_from_session=4,
    visible_from_days=14,
    quiet_days=7,
)


def course(*days, untreated=()):
    """A course with sessions so many days after the first; those of ``untreated`` without a treatment."""
    sessions = tuple(
        Session(
            number,
            None if day is None else START + timedelta(days=day),
            (f"{number}.jpg",),
            treatment={} if day in untreated else {"product": "A"},
        )
        for number, day in enumerate(days, start=1)
    )
    return Course("C", sessions)


def day(number):
    return START + timedelta(days=number)


def test_a_session_is_due_one_to_two_weeks_after_the_treatment_before_it():
    (second,) = plan_visits(course(0, 10), MESOTHERAPY)
    assert (second.session, second.earliest, second.latest, second.days_off) == (2, day(7), day(14), 0)


@pytest.mark.parametrize(("came", "off"), [(6, -1), (7, 0), (14, 0), (15, 1), (20, 6)])
def test_days_early_are_negative_and_days_late_positive(came, off):
    assert plan_visits(course(0, came), MESOTHERAPY)[0].days_off == off


@pytest.mark.parametrize(("came", "missed"), [(14, 0), (27, 0), (28, 1), (42, 2)])
def test_sessions_that_would_have_fitted_into_a_gap_were_missed(came, missed):
    assert plan_visits(course(0, came), MESOTHERAPY)[0].missed == missed


def test_a_look_between_two_treatments_is_neither_early_nor_does_it_move_the_plan():
    look, third = plan_visits(course(0, 5, 14, untreated=(5,)), MESOTHERAPY)
    assert (look.session, look.days_off) == (2, None)
    assert (third.session, third.earliest, third.days_off) == (3, day(7), 0)


def test_a_look_long_after_a_usual_course_is_not_late_but_one_after_too_few_treatments_is():
    after = plan_visits(course(0, 14, 28, 42, 132, untreated=(132,)), MESOTHERAPY)[-1]
    assert (after.days_off, after.missed) == (None, 0)
    early = plan_visits(course(0, 14, 28, 118, untreated=(118,)), MESOTHERAPY)[-1]
    assert (early.days_off, early.missed) == (76, 5)
    treated = plan_visits(course(0, 14, 28, 42, 132), MESOTHERAPY)[-1]
    assert (treated.days_off, treated.missed) == (76, 5)


def test_a_time_of_day_does_not_move_the_day():
    hours = Course("C", (Session(1, datetime(2026, 1, 11, 23), ("a",), {"p": "A"}), Session(2, day(7), ("b",), {})))
    assert plan_visits(hours, MESOTHERAPY)[0].days_off == 0


def test_without_any_recorded_treatment_every_session_counts_as_one():
    assert treatment_days(course(0, 14, 28, untreated=(0, 14, 28))) == (day(0), day(14), day(28))


def test_the_next_session_is_counted_from_the_last_one():
    upcoming = next_visit(course(0, 14), MESOTHERAPY)
    assert (upcoming.session, upcoming.earliest, upcoming.latest) == (None, day(21), day(28))


def test_the_next_session_is_counted_from_the_treatment_where_the_last_was_a_look_between():
    assert next_visit(course(0, 14, 17, untreated=(17,)), MESOTHERAPY).earliest == day(21)


def test_after_as_many_treatments_as_any_course_has_nothing_is_due():
    assert next_visit(course(*range(0, 140, 14)), MESOTHERAPY) is None
    assert next_visit(course(*range(0, 126, 14)), MESOTHERAPY) is not None


def test_after_a_look_long_after_a_usual_course_nothing_is_due():
    assert next_visit(course(0, 14, 28, 42, 132, untreated=(132,)), MESOTHERAPY) is None
    assert next_visit(course(0, 14, 28, 42, 56, untreated=(56,)), MESOTHERAPY).earliest == day(63)
    assert next_visit(course(0, 14, 28, 118, untreated=(118,)), MESOTHERAPY).earliest == day(125)


def test_nothing_is_expected_before_the_second_session_and_two_weeks():
    assert expected_stretches(course(0, 14, 28, 42), MESOTHERAPY) == (
        Stretch(Phase.NOT_YET, day(0), day(14)),
        Stretch(Phase.MAY_SHOW, day(14), day(42)),
        Stretch(Phase.CLEARER, day(42), None),
    )


def test_weekly_sessions_wait_for_the_two_weeks_too():
    weekly = course(0, 7, 14, 21)
    assert [session_phase(each, weekly, MESOTHERAPY) for each in weekly.sessions] == [
        Phase.NOT_YET,
        Phase.NOT_YET,
        Phase.MAY_SHOW,
        Phase.CLEARER,
    ]


def test_sessions_to_come_are_taken_to_come_as_soon_as_they_may():
    assert expected_stretches(course(0), MESOTHERAPY)[1:] == (
        Stretch(Phase.MAY_SHOW, day(14), day(21)),
        Stretch(Phase.CLEARER, day(21), None),
    )


def test_a_look_before_the_course_belongs_to_the_time_in_which_nothing_is_expected():
    looked = course(-10, 0, untreated=(-10,))
    assert expected_stretches(looked, MESOTHERAPY)[0].start == day(-10)
    assert session_phase(looked.sessions[0], looked, MESOTHERAPY) is Phase.NOT_YET


def test_where_nobody_is_treated_nothing_is_expected_but_visits_are_planned():
    watched, watching = course(0, 90, untreated=(0, 90)), replace(MESOTHERAPY, treats=False, interval_days=(60, 120))
    assert expected_stretches(watched, watching) == ()
    assert session_phase(watched.sessions[1], watched, watching) is None
    assert next_visit(watched, watching).earliest == day(150)


def test_an_undated_course_has_no_plan():
    undated = course(None, None)
    assert plan_visits(undated, MESOTHERAPY) == ()
    assert next_visit(undated, MESOTHERAPY) is None
    assert expected_stretches(undated, MESOTHERAPY) == ()


@pytest.mark.parametrize(("came", "darker"), [(13, False), (14, True), (84, True), (85, False)])
def test_skin_may_be_darker_in_the_days_after_a_treatment_that_the_protocol_names(came, darker):
    laser = replace(MESOTHERAPY, darkening_days=(14, 84))
    seen = course(0, came, untreated=(came,))
    assert may_be_darker(seen.sessions[1], seen, laser) is darker
    assert not may_be_darker(seen.sessions[0], seen, laser)
    assert not may_be_darker(seen.sessions[1], seen, MESOTHERAPY)


GAPS = st.lists(st.tuples(st.dates(), st.booleans()), min_size=1, max_size=12)


@given(
    GAPS, st.tuples(st.integers(1, 60), st.integers(0, 60)), st.integers(1, 8), st.integers(0, 4), st.integers(0, 99)
)
def test_the_phases_of_any_course_follow_one_another_without_gap_or_overlap(told, least, visible, more, waits):
    told = sorted(told)
    sessions = tuple(Session(k, on, ("a",), {"p": 1} if treated else {}) for k, (on, treated) in enumerate(told, 1))
    any_course = Course("C", sessions)
    protocol = replace(
        MESOTHERAPY,
        interval_days=(least[0], sum(least)),
        visible_from_session=visible,
        clearer_from_session=visible + more,
        visible_from_days=waits,
    )
    stretches = expected_stretches(any_course, protocol)
    assert stretches[-1].end is None
    for before, after in pairwise(stretches):
        assert before.end == after.start
        assert list(Phase).index(before.phase) < list(Phase).index(after.phase)
    assert all(phase_on(on, stretches) is not None for on, _ in told)
    for visit in plan_visits(any_course, protocol):
        on = sessions[visit.session - 1].date
        assert visit.earliest <= visit.latest
        assert visit.missed >= 0
        assert visit.days_off is None or (visit.days_off == 0) == (visit.earliest <= on <= visit.latest)
