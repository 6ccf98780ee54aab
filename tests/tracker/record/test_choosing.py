"""Which courses go out: told quickly, however many there are, and only of patients who agreed."""

from datetime import date

import pytest
from drawn_records import ANNA, drawn_course, fill
from sqlalchemy import event, select

from pigtrack.model.exporting import ExportChoice, ExportFormat, ExportVersions
from pigtrack.model.record import Consent, Purpose
from pigtrack.store.record.erasing import erase_subject
from pigtrack.store.record.opening import create_record, open_record
from pigtrack.store.record.subjects import add_consent, consented, need_subject, read_agreed
from pigtrack.store.record.tables import subjects
from pigtrack.tracker.record.choosing import choose
from pigtrack.tracker.record.desk import now

COURSES = 6


@pytest.fixture
def record(tmp_path):
    create_record(tmp_path / "data", clock=now)
    with open_record(tmp_path / "data", clock=now) as opened:
        fill(opened, range(COURSES), sessions=1, lesions=1)
        yield opened


def say(record, number, *given, purpose=Purpose.RESEARCH):
    for day, each in enumerate(given, start=1):
        with record.writing(ANNA) as unit:
            subject = need_subject(unit.connection, f"P-{number:05d}")["id"]
            add_consent(unit, subject, Consent(purpose, each, date(2026, 1, day)))


def statements(record, **asked):
    """What goes out, and how many times the database was asked."""
    seen = []
    with record.reading() as connection:
        event.listen(connection, "before_cursor_execute", lambda *told: seen.append(told[2]))
        chosen = choose(connection, ExportChoice(ExportFormat.CSV, **asked))
    return [each.label for each in chosen.courses], len(seen)


def test_only_patients_whose_last_word_was_yes_and_who_were_not_erased_take_part(record):
    say(record, 0, True)
    say(record, 1, True, False)
    say(record, 2, False, True)
    say(record, 3, True, purpose=Purpose.TEACHING)
    say(record, 4, True)
    with record.writing(ANNA) as unit:
        erase_subject(unit, need_subject(unit.connection, "P-00004"), reason="asked for")
    with record.reading() as connection:
        everybody = connection.execute(select(subjects.c.id)).scalars().all()
        for purpose in Purpose:
            one_by_one = {each for each in everybody if consented(connection, each, purpose)}
            assert read_agreed(connection, purpose) == one_by_one
    chosen, _ = statements(record, purpose=Purpose.RESEARCH)
    assert chosen == ["C-00000", "C-00002"]


def test_the_database_is_asked_a_few_times_however_many_courses_there_are(record):
    for number in range(COURSES):
        say(record, number, True)
    _, before = statements(record, purpose=Purpose.RESEARCH, versions=ExportVersions.ALL)
    fill(record, range(COURSES, 3 * COURSES), sessions=1, lesions=1)
    for number in range(COURSES, 3 * COURSES):
        say(record, number, True)
    chosen, after = statements(record, purpose=Purpose.RESEARCH, versions=ExportVersions.ALL)
    assert len(chosen) == 3 * COURSES
    assert after == before <= 5


def test_courses_that_are_asked_for_by_name_are_found_and_no_other(record):
    wanted = (drawn_course(4).id, drawn_course(1).id)
    assert statements(record, courses=wanted)[0] == ["C-00001", "C-00004"]
