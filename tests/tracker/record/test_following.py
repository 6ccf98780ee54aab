"""A reviewer follows lesions through a course: the rows of one measurement, what to look at, who corrected what."""

import pytest
from kept_records import copied

from pigtrack.errors import NotAllowedError, RecordError
from pigtrack.model.correction import CorrectionKind
from pigtrack.model.course import Endpoint
from pigtrack.model.metrics import Status, Verdict
from pigtrack.store.record.courses import need_course
from pigtrack.store.record.reading import read_course
from pigtrack.store.record.trail import read_entries
from pigtrack.tracker.record.correcting import ToldCorrection, correct, withdraw
from pigtrack.tracker.record.desk import opened
from pigtrack.tracker.record.following import follow


@pytest.fixture(scope="module")
def label(sample):
    return sample.course.id


@pytest.fixture(scope="module")
def corrected(kept, label, tmp_path_factory):
    """A correction made and taken back; nothing was measured with it."""
    data = copied(kept, tmp_path_factory.mktemp("followed") / "data")
    told = ToldCorrection(CorrectionKind.EXCLUDE, "a mole", at=("100,100",))
    correct(label=label, told=told, data=data, by="staff-1", measure=False)
    withdraw(label=label, number=1, reason="it is none", data=data, by="staff-2", measure=False)
    return data


def test_every_row_of_the_record_is_a_line_with_the_same_numbers(kept, label):
    with opened(kept) as record, record.reading() as connection:
        rows = read_course(record, connection, need_course(connection, label)).lesions
    lines = follow(label=label, data=kept, by="staff-1").lesions
    assert [(each.lesion, each.session) for each in lines] == [
        (int(row["lesion_id"]), int(row["session"])) for row in rows
    ]
    for line, row in zip(lines, rows, strict=True):
        assert line.status is Status(row["status"])
        assert line.verdict is Verdict(row["verdict"])
        assert ("" if line.area is None else f"{line.area.value:.4f}") == row["area_mm2"]
        change = line.change_of(Endpoint.LOAD)
        told = (change.percent, change.low, change.high)
        wanted = (row[f"load_change_{part}"] for part in ("percent", "ci_low", "ci_high"))
        assert told == tuple(float(each) if each else None for each in wanted)


def test_a_spot_that_is_to_be_looked_at_is_named_in_the_reports_words(kept, label):
    followed = follow(label=label, data=kept, by="staff-1")
    pointed = {each.lesion for each in followed.lesions if each.pointed}
    said = " ".join(followed.pointed)
    assert bool(pointed) == bool(said)
    assert all(str(lesion) in said for lesion in pointed)
    assert not pointed or "looked at" in said


def test_a_correction_is_told_with_who_made_it_and_who_took_it_back_and_why(corrected, label):
    (made,) = follow(label=label, data=corrected, by="staff-1").corrections
    assert (made.number, made.kind, made.reason, made.by) == (1, CorrectionKind.EXCLUDE, "a mole", "staff-1")
    assert not made.active
    assert (made.withdrawn_by, made.withdrawn_why) == ("staff-2", "it is none")
    assert made.at < made.withdrawn_at


def test_what_was_changed_since_the_measuring_is_said(kept, corrected, label):
    assert not follow(label=label, data=kept, by="staff-1").stale
    assert follow(label=label, data=corrected, by="staff-1").stale


def test_the_look_stands_in_the_trail_without_a_word_of_the_patient(kept, label, tmp_path):
    data = copied(kept, tmp_path / "data")
    follow(label=label, data=data, by="staff-9")
    with opened(data) as record, record.reading() as connection:
        last = list(read_entries(connection))[-1]
    assert (last["actor"], last["action"], last["entity"]) == ("staff-9", "view", "courses")
    assert not any(word in last["body"] for word in (label, "P-0007", "left cheek"))


def test_there_is_no_measurement_that_was_not_made(kept, label):
    with pytest.raises(RecordError, match="no measurement 7"):
        follow(label=label, data=kept, by="staff-1", measurement=7)


def test_a_stranger_sees_nothing(staffed_record, label):
    with pytest.raises(NotAllowedError):
        follow(label=label, data=staffed_record, by="nobody")


@pytest.fixture
def staffed_record(kept, tmp_path):
    from served_records import staff

    return staff(copied(kept, tmp_path / "data"))
