"""A server measures beside its answers: each course once, after a restart too, whoever is killed meanwhile."""

import os
import signal
import sys
import time
from contextlib import contextmanager

import pytest
from cheap_courses import LOG, fill, tell_treatment
from sqlalchemy import func, select

from pigtrack.model.record import Actor
from pigtrack.model.work import WorkState
from pigtrack.store.derived import is_drawn
from pigtrack.store.record.checking import check_record
from pigtrack.store.record.erasing import erase_subject
from pigtrack.store.record.opening import open_record
from pigtrack.store.record.subjects import need_subject
from pigtrack.store.record.tables import courses, measurements
from pigtrack.tracker.background import Background
from pigtrack.tracker.record.desk import now

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="workers end in another way there")


@pytest.fixture
def data(tmp_path, monkeypatch):
    monkeypatch.setenv(LOG, str(tmp_path / "log"))
    (tmp_path / "log").touch()
    return fill(tmp_path / "data", 3)


@contextmanager
def beside(data, method="DRAWN", **how):
    with open_record(data, clock=now) as record:
        background = Background(record, method=f"cheap_courses:{method}", **{"settle_s": 0.3, **how})
        background.start()
        try:
            yield record, background
        finally:
            background.close()


def ids(record):
    with record.reading() as connection:
        return [str(each) for each in connection.execute(select(courses.c.id).order_by(courses.c.label)).scalars()]


def wait_for(true, seconds=60):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def ended(background, course):
    work = background.work_of(course)
    return work is None or not work.is_going_on


def log(data):
    return data.with_name("log").read_text(encoding="utf-8").splitlines()


def test_what_is_asked_for_several_times_is_measured_once_and_drawn(data):
    with beside(data, settle_s=1.5) as (record, background):
        first, second, _ = ids(record)
        for course in (first, second, first):
            background.measure_soon(course)
        assert background.work_of(first).state is WorkState.WAITING
        assert set(background.all_work()) == {first, second}
        wait_for(lambda: ended(background, first) and ended(background, second))
        assert sorted(log(data)) == ["C-00001", "C-00002"]
        with record.reading() as connection:
            made = connection.execute(select(measurements.c.id)).scalars().all()
        assert all(is_drawn(record, each, "manifest.json") for each in made)
        assert list(check_record(record)) == []


@pytest.mark.slow
def test_how_far_it_is_is_told_while_it_goes_on(data):
    with beside(data) as (record, background):
        course, seen = ids(record)[0], set()
        background.measure_soon(course, at_once=True)

        def look():
            work = background.work_of(course)
            seen.add(None if work is None else (work.state, work.total))
            return work is None

        wait_for(look)
    assert (WorkState.MEASURING, 5) in seen


def test_a_course_that_can_t_be_measured_says_why_until_it_is_asked_for_again(data):
    with beside(data, "REFUSING") as (record, background):
        course = ids(record)[1]
        background.measure_soon(course, at_once=True)
        wait_for(lambda: ended(background, course))
        work = background.work_of(course)
        assert (work.state, "No session is usable." in work.fault) == (WorkState.FAILED, True)
        background.measure_soon(course)
        assert background.work_of(course).state is WorkState.WAITING


@pytest.mark.slow
def test_a_course_of_which_workers_die_is_given_up_and_others_are_measured(data):
    with beside(data, "DEADLY") as (record, background):
        first, deadly, _ = ids(record)
        background.measure_soon(deadly, at_once=True)
        background.measure_soon(first, at_once=True)
        wait_for(lambda: ended(background, first) and ended(background, deadly))
        assert "ended from outside" in background.work_of(deadly).fault
        assert "C-00001" in log(data)


@pytest.mark.slow
def test_a_killed_worker_is_replaced(data):
    with beside(data) as (record, background):
        course = ids(record)[0]
        background.measure_soon(course, at_once=True)
        wait_for(
            lambda: (background.work_of(course) or WorkState).state is WorkState.MEASURING and worker_of(background)
        )
        os.kill(worker_of(background), signal.SIGKILL)
        wait_for(lambda: ended(background, course))
        assert background.work_of(course) is None
        with record.reading() as connection:
            assert connection.execute(select(func.count()).select_from(measurements)).scalar_one() == 1


def is_measuring(background, course):
    work = background.work_of(course)
    return work is not None and work.total > 0


def worker_of(background):
    return None if background._worker is None else background._worker.pid


def test_what_changed_before_a_server_was_ended_is_measured_by_the_next(data):
    with beside(data) as (record, background):
        first, second, _ = ids(record)
        background.measure_soon(first, at_once=True)
        wait_for(lambda: ended(background, first))
        tell_treatment(record, first)  # and the server dies before it is asked to measure
    with beside(data) as (record, background):
        wait_for(lambda: log(data) == ["C-00001", "C-00001"] and ended(background, first))
        assert background.work_of(first) is None
        assert background.work_of(second) is None  # nobody asked for that one here


def test_what_was_asked_for_and_never_begun_is_measured_by_the_next_server(data):
    with beside(data, settle_s=60) as (record, background):
        first, second, _ = ids(record)
        background.measure_soon(second)
    with beside(data) as (record, background):
        wait_for(lambda: log(data) == ["C-00002"] and ended(background, second))
        assert background.work_of(first) is None


def test_what_was_begun_when_a_server_was_asked_to_end_is_measured_by_the_next_one(data):
    """A course that came by an import: nothing but the job tells that somebody wants it measured."""
    with beside(data, "HELD_UP") as (record, background):
        first, second, _ = ids(record)
        background.measure_soon(second, at_once=True)
        wait_for(lambda: is_measuring(background, second))
    with beside(data) as (record, background):
        wait_for(lambda: log(data) == ["C-00002"] and ended(background, second))
        assert background.work_of(first) is None


def test_a_patient_who_is_erased_while_measured_leaves_nothing_unsealed(data, tmp_path, monkeypatch):
    (tmp_path / "scratch").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "scratch"))
    with beside(data, "ENDLESS") as (record, background):
        course = ids(record)[0]
        background.measure_soon(course, at_once=True)
        wait_for(lambda: is_measuring(background, course))
        assert list((tmp_path / "scratch").glob("pigtrack-*/course"))
        with record.writing(Actor("olga")) as unit:
            erase_subject(unit, need_subject(unit.connection, "P-C-00001"), reason="demanded")
        wait_for(lambda: ended(background, course), 15)
        assert background.work_of(course) is None
        assert list((tmp_path / "scratch").glob("pigtrack-*")) == []


def test_an_idle_server_has_no_worker(data):
    with beside(data, idle_s=0.3) as (record, background):
        course = ids(record)[0]
        background.measure_soon(course, at_once=True)
        wait_for(lambda: ended(background, course))
        wait_for(lambda: worker_of(background) is None)


@pytest.mark.slow
def test_two_servers_of_one_record_measure_a_course_once(data):
    with beside(data) as (record, background), beside(data) as (_, other):
        course = ids(record)[0]
        background.measure_soon(course, at_once=True)
        other.measure_soon(course, at_once=True)
        wait_for(lambda: ended(background, course) and ended(other, course))
        with record.reading() as connection:
            assert connection.execute(select(func.count()).select_from(measurements)).scalar_one() == 1
        # the second may find the numbers there a moment before their pictures are, and draws them, too
        assert log(data) in (["C-00001"], ["C-00001"] * 2)


def test_who_waits_for_pictures_alone_is_not_told_of_measuring(data):
    with open_record(data, clock=now) as record:
        background = Background(record)  # never begun, so it stays as it is asked
        drawn, measured, _ = ids(record)
        background.draw_soon(drawn)
        background.measure_soon(measured)
        assert background.work_of(drawn).state is WorkState.DRAWING
        assert background.work_of(measured).state is WorkState.WAITING
        background.close()
