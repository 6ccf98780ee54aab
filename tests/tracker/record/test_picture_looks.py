"""Who looked at whose pictures, and when: told once for a page's pictures, and again to whoever goes on looking."""

import pytest
from kept_records import copied
from reviewed_records import pictured
from sqlalchemy import select

from pigtrack.errors import UnknownError
from pigtrack.model.record import Actor
from pigtrack.store.derived import keep_derived
from pigtrack.store.record.opening import open_record
from pigtrack.store.record.tables import courses
from pigtrack.store.record.trail import Choice, check_chain, read_entries
from pigtrack.tracker.record.picturing import LOOK_MINUTES, read_picture

PICTURES = ("aligned/1.jpg", "melanin/1.jpg", "redness/1.jpg", "thumb/1.jpg")
ANN, BEN = Actor("ann", via="web"), Actor("ben", via="web")


class Clinic:
    """A record with pictures and a clock of its own."""

    def __init__(self, record, time):
        self.record, self.time = record, time
        with record.reading() as connection:
            self.course = connection.execute(select(courses.c.id)).scalar_one()

    def look(self, *names, by=ANN):
        return [read_picture(data=self.record, by=by, course=self.course, name=name) for name in names]

    def told(self):
        """Who is told of in the trail, in order."""
        with self.record.reading() as connection:
            found = list(read_entries(connection, choice=Choice(entity="pictures")))
            assert list(check_chain(read_entries(connection))) == []
        assert {each["course_id"] for each in found} <= {self.course}
        return [each["actor"] for each in found]


@pytest.fixture
def clinic(kept, tmp_path, monkeypatch):
    data = copied(kept, tmp_path / "data")
    pictured(data)
    time = ["2026-12-01T09:00:00.000000Z"]
    monkeypatch.setattr("pigtrack.tracker.record.auditing.now", lambda: time[0])
    with open_record(data, clock=lambda: time[0]) as record:
        yield Clinic(record, time)


def test_the_pictures_of_a_page_are_one_entry_and_it_says_for_how_long_it_stands(clinic):
    assert all(clinic.look(*PICTURES, *PICTURES))
    assert clinic.told() == ["ann"]
    with clinic.record.reading() as connection:
        (entry,) = read_entries(connection, choice=Choice(entity="pictures"))
    assert f'"measurement":1,"minutes":{LOOK_MINUTES}' in entry["body"]


def test_somebody_else_is_told_of_and_so_is_another_door(clinic):
    clinic.look(*PICTURES)
    clinic.look(*PICTURES, by=BEN)
    clinic.look(*PICTURES, by=Actor("ann", via="command line"))
    assert clinic.told() == ["ann", "ben", "ann"]


def test_whoever_goes_on_looking_is_told_of_again(clinic):
    clinic.look(PICTURES[0])
    clinic.time[0] = "2026-12-01T09:05:00.000000Z"
    clinic.look(PICTURES[1])
    clinic.time[0] = "2026-12-01T09:05:00.000001Z"
    clinic.look(PICTURES[2])
    assert clinic.told() == ["ann", "ann"]


def test_a_clock_that_was_set_back_hides_no_look(clinic):
    clinic.look(PICTURES[0])
    clinic.time[0] = "2026-12-01T08:00:00.000000Z"
    clinic.look(PICTURES[0])
    assert clinic.told() == ["ann", "ann"]


def test_a_report_that_is_taken_along_is_told_of_each_time(clinic):
    with clinic.record.reading() as connection:
        row = connection.execute(select(courses)).mappings().one()
    keep_derived(clinic.record, row, row["measurement_id"], {"report.html": b"<p>", "thumb/1.jpg": b"picture"})
    clinic.look("thumb/1.jpg", "report.html", "report.html")
    assert clinic.told() == ["ann"] * 3


def test_what_is_not_there_is_no_look(clinic):
    with pytest.raises(UnknownError):
        clinic.look("aligned/99.jpg")
    assert clinic.told() == []


def test_the_entry_stands_before_the_picture_is_read(clinic, monkeypatch):
    def broken(*_):
        raise OSError("the disk is gone")

    monkeypatch.setattr("pigtrack.tracker.record.picturing.read_derived_of", broken)
    with pytest.raises(OSError, match="disk"):
        clinic.look(PICTURES[0])
    assert clinic.told() == ["ann"]
