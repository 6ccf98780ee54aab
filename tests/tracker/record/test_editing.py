"""A recorded course is changed: whole or not at all, by one at a time, and nothing that was told is lost."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta

import pytest
from drawn_records import fill
from sqlalchemy import func, select

from pigtrack.errors import FormError, ProtocolError, RecordError
from pigtrack.model.correction import Correction, CorrectionKind
from pigtrack.model.course import AdverseEvent, Course
from pigtrack.model.plan import treatment_days
from pigtrack.model.record import Actor, Consent, Purpose
from pigtrack.store.record.corrections import keep_correction
from pigtrack.store.record.courses import add_file, need_course
from pigtrack.store.record.opening import create_record
from pigtrack.store.record.originals import keep_original
from pigtrack.store.record.tables import corrections, courses, trail
from pigtrack.tracker.record.desk import now, opened
from pigtrack.tracker.record.editing import change_course, close_course, open_course
from pigtrack.tracker.record.telling import tell_event, tell_treatment
from pigtrack.tracker.record.verifying import verify_record
from pigtrack.tracker.record.visiting import look_at_told

LABEL = "C-00001"


@pytest.fixture
def record(tmp_path, monkeypatch):
    monkeypatch.setenv("PIGTRACK_USER", "anna")
    create_record(tmp_path / "data", clock=now)
    with opened(tmp_path / "data") as record:
        fill(record, range(1, 2), sessions=3, lesions=2)
        yield record


def told(record):
    return look_at_told(label=LABEL, data=record)


def entries(record):
    with record.reading() as connection:
        changing = trail.c.action.not_in(("view", "verify"))
        return connection.execute(select(func.count()).select_from(trail).where(changing)).scalar_one()


def test_what_says_the_same_leaves_no_trace(record):
    before = entries(record)
    assert not change_course(label=LABEL, change=lambda course: course, data=record).news
    assert entries(record) == before


def test_one_changed_word_is_one_entry(record):
    before = entries(record)
    changed = change_course(label=LABEL, change=lambda course: replace(course, cause="sun"), data=record)
    assert changed.news
    assert changed.measurable
    assert entries(record) == before + 1
    assert told(record).course.cause == "sun"


@pytest.mark.parametrize("lost", ["a visit", "a photograph", "a treatment", "an event"])
def test_what_was_told_is_told_again_and_never_taken_away(record, lost):
    tell_treatment(label=LABEL, session=1, entries={"product": "A"}, data=record)
    tell_event(label=LABEL, session=1, event=AdverseEvent("bruise"), data=record)
    before, trace = told(record).course, entries(record)
    first, second, *others = before.sessions
    less = {
        "a visit": (first, second),
        "a photograph": (replace(first, photos=others[0].photos), second, *others),
        "a treatment": (replace(first, treatment={}, further_treatments=()), second, *others),
        "an event": (replace(first, adverse_events=()), second, *others),
    }
    with pytest.raises((RecordError, FormError)):
        change_course(label=LABEL, change=lambda course: replace(course, sessions=less[lost]), data=record)
    assert told(record).course == before
    assert entries(record) == trace


def test_of_many_who_saw_the_same_one_writes(record):
    seen = told(record).change

    def write(number):
        try:
            change = {"label": LABEL, "seen": seen, "data": record}
            return change_course(change=lambda course: replace(course, cause=f"cause {number}"), **change).news
        except RecordError:
            return False

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(write, range(8))) == 1
    assert verify_record(data=record).mismatches == ()


def test_corrections_by_hand_stay_as_they_were_made(record):
    def kept():
        with record.reading() as connection:
            return connection.execute(select(corrections)).mappings().all()

    excluded = Correction(CorrectionKind.EXCLUDE, "a mole", at=((10.0, 12.5),), by="anna")
    with record.writing(Actor("anna")) as unit:
        keep_correction(unit, need_course(unit.connection, LABEL), excluded)
    before = kept()
    assert len(before) == 1
    change_course(label=LABEL, change=lambda course: replace(course, cause="sun"), data=record)
    assert kept() == before


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"cause": "two\nlines"}, "Cause must be one line"),
        ({"card_patch_pitch_mm": 500.0}, "millimetres from 1 to 100"),
        ({"cause": "\ud800"}, "can't be written down"),
        ({"cause": "x" * 501}, "1 to 500 letters"),
    ],
)
def test_what_no_course_can_be_is_refused_whole(record, change, said):
    before, trace = told(record).course, entries(record)
    with pytest.raises(FormError, match=said):
        change_course(label=LABEL, change=lambda course: replace(course, **change), data=record)
    assert (told(record).course, entries(record)) == (before, trace)


def test_a_protocol_that_there_is_not_is_refused(record):
    with pytest.raises(ProtocolError, match="no protocol named"):
        change_course(label=LABEL, change=lambda course: replace(course, protocol="gone"), data=record)
    with pytest.raises(ProtocolError, match="lies outside"):
        change_course(label=LABEL, change=lambda course: replace(course, protocol="../gone.toml"), data=record)
    assert told(record).course.protocol == "dark-spot-mesotherapy"


def test_a_new_course_is_there_whole_with_its_consent_or_not_at_all(record):
    care = Consent(Purpose.CARE, True, date(2026, 1, 8))
    with pytest.raises(FormError):
        open_course(told=Course("", (), subject="P-1", cause="two\nlines"), known=False, care=care, data=record)
    first = open_course(told=Course("", (), subject="P-1"), known=False, care=care, data=record)
    assert (first.course.id, first.measurable) == ("P-1-1", False)
    assert open_course(told=Course("", (), subject="P-1"), known=True, data=record).course.id == "P-1-2"
    with pytest.raises(FormError, match="already"):
        open_course(told=Course("P-1-1", (), subject="P-1"), known=True, data=record)
    with record.reading() as connection:
        assert connection.execute(select(func.count()).select_from(courses)).scalar_one() == 3


def test_a_pseudonym_that_counted_looks_like_a_day_is_none_that_names_anybody(record):
    begun = open_course(told=Course("", (), subject="2020-1"), known=False, data=record)
    assert begun.course.id == "2020-1-1"
    with pytest.raises(FormError, match="looks like what names a person"):
        open_course(told=Course("1961-3-7", (), subject="2020-1"), known=True, data=record)


def test_a_closed_course_keeps_all_it_was_told_and_says_why_only_under_the_patients_key(record):
    before = told(record).course
    close_course(label=LABEL, closed=True, reason="moved to the sea", data=record)
    assert (told(record).is_open, told(record).course) == (False, before)
    with record.reading() as connection:
        assert not [each for each in connection.execute(select(trail.c.body)).scalars() if "moved to the sea" in each]
    with pytest.raises(RecordError, match="closed already"):
        close_course(label=LABEL, closed=True, reason="again", data=record)


def test_a_protocol_of_the_courses_own_plans_its_visits(record):
    text = b'base = "dark-spot-mesotherapy"\n[schedule]\ninterval_days = { value = [21, 28], source = "articles" }\n'
    with record.reading() as connection:
        row = need_course(connection, LABEL)
    with record.writing(Actor("anna")) as unit:
        subject = row["subject_id"]
        kept = keep_original(record, text, "application/toml", key=unit.key(subject), subject=subject)
        add_file(unit, row["id"], "plans/ours.toml", kept, subject=subject)
    change_course(label=LABEL, change=lambda course: replace(course, protocol="plans/ours.toml"), data=record)
    seen = told(record)
    last = seen.course.sessions[-1].date
    assert (seen.protocol.interval_days, seen.protocol_fault) == ((21, 28), "")
    assert seen.ahead[0].earliest == last + timedelta(days=21)
    assert seen.line.next_day == seen.ahead[0].earliest.isoformat()


def test_visits_ahead_are_counted_up_to_what_is_usual_each_window_from_the_one_before(record):
    change_course(label=LABEL, change=lambda course: replace(course, protocol="dark-spot-mesotherapy"), data=record)
    seen = told(record)
    least, most = seen.protocol.interval_days
    assert len(seen.ahead) == seen.protocol.sessions_usual[1] - len(treatment_days(seen.course))
    for k, each in enumerate(seen.ahead[1:], start=1):
        assert each.earliest == seen.ahead[0].earliest + timedelta(days=least * k)
        assert each.latest == seen.ahead[0].latest + timedelta(days=most * k)
