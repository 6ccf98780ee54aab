"""The clinic's courses a page at a time: found by a word, due today, overdue; each once, in order."""

from datetime import date

import pytest
from drawn_records import ANNA, fill
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from pigtrack.errors import UnknownError
from pigtrack.store.record.browsing import Which, label_by_id, read_page
from pigtrack.store.record.opening import create_record, open_record
from pigtrack.store.record.tables import courses

TODAY = date(2026, 5, 1)


@pytest.fixture(scope="module")
def record(tmp_path_factory):
    place = tmp_path_factory.mktemp("browsed") / "data"
    create_record(place, clock=lambda: "2026-04-30T10:00:00.000000+00:00")
    with open_record(place, clock=lambda: "2026-04-30T10:00:00.000000+00:00") as opened:
        fill(opened, range(12), sessions=2, lesions=2)
        with opened.writing(ANNA) as unit:
            for label, day in (("C-00001", "2026-05-01"), ("C-00002", "2026-04-20"), ("C-00003", "2026-06-01")):
                unit.connection.execute(update(courses).where(courses.c.label == label).values(next_day=day))
        yield opened


def page(record, **asked):
    with record.reading() as connection:
        return read_page(connection, today=TODAY, **asked)


def labels(found):
    return [line.label for line in found.lines]


def test_what_is_due_today_and_what_is_overdue_are_told_apart(record):
    due = page(record, which=Which.DUE)
    assert "C-00001" in labels(due)
    assert "C-00003" not in labels(due)
    assert "C-00002" in labels(page(record, which=Which.OVERDUE))
    assert (due.due, len(labels(due))) == (due.found, due.due)


def test_a_visit_within_its_protocol_s_window_is_due_and_not_yet_overdue(record):
    windows = {"dark-spot-mesotherapy": 11}
    assert "C-00002" in labels(page(record, which=Which.DUE, windows=windows))
    assert "C-00002" not in labels(page(record, which=Which.OVERDUE, windows=windows))
    assert "C-00002" in labels(page(record, which=Which.OVERDUE, windows={"dark-spot-mesotherapy": 10}))
    assert "C-00002" in labels(page(record, which=Which.OVERDUE, windows={"peel": 11}))


@pytest.mark.parametrize("word", ["dekolleté", "DEKOLLETÉ", "p-00004", "C-00004"])
def test_a_course_is_found_by_site_patient_or_label_in_capitals_or_not(record, word):
    assert "C-00004" in labels(page(record, search=word))


@pytest.mark.parametrize("word", ["%", "_", "nobody", "\\"])
def test_signs_that_mean_something_to_a_database_mean_nothing_here(record, word):
    assert page(record, search=word).found == 0


@settings(max_examples=20, deadline=None)
@given(size=st.integers(1, 13))
def test_page_by_page_each_course_comes_once_and_in_order(record, size):
    seen = [label for skip in range(0, 12, size) for label in labels(page(record, skip=skip, most=size))]
    assert seen == labels(page(record)) == sorted(seen)


def test_a_course_that_is_not_there_has_no_label(record):
    with record.reading() as connection, pytest.raises(UnknownError, match="no such course"):
        label_by_id(connection, "8f2b2f0e-4f0f-5d9d-9c50-6b8f4f2d0a01")
