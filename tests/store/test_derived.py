"""What was drawn is kept whole, sealed with the patient's key, and looked for under plain names only."""

import pytest
from kept_records import copied
from sqlalchemy import select

from pigtrack.errors import OriginalError, OutputError
from pigtrack.model.record import Actor
from pigtrack.store import derived
from pigtrack.store.derived import clear_derived, is_drawn, keep_derived, read_derived_of
from pigtrack.store.record.checking.whole import check_record
from pigtrack.store.record.erasing import erase_subject
from pigtrack.store.record.subjects import need_subject
from pigtrack.store.record.tables import courses
from pigtrack.tracker.record.desk import opened

PAGE = "patient/en/page.json"
WORDS = b"There is less pigment than at your first visit."


@pytest.fixture
def record(kept, tmp_path):
    with opened(copied(kept, tmp_path / "data")) as record:
        yield record


def course_of(record):
    with record.reading() as connection:
        return connection.execute(select(courses)).mappings().one()


def read(record, name=PAGE):
    course = course_of(record)
    with record.reading() as connection:
        return read_derived_of(record, connection, course, course["measurement_id"], name)


def keep(record, files):
    course = course_of(record)
    keep_derived(record, course, course["measurement_id"], files)


def test_what_was_kept_is_read_again_and_replaced_as_a_whole(record):
    keep(record, {PAGE: WORDS, "charts/course.svg": b"<svg/>"})
    assert read(record) == WORDS
    keep(record, {PAGE: b"later"})
    assert (read(record), read(record, "charts/course.svg")) == (b"later", None)
    assert [each.name for each in (record.folder.path / "derived").iterdir()] == [course_of(record)["measurement_id"]]


def test_it_is_no_part_of_what_the_record_vouches_for(record):
    keep(record, {PAGE: WORDS})
    assert list(check_record(record)) == []


def test_what_is_drawn_while_its_patient_is_erased_leaves_no_file(record, monkeypatch):
    move = derived._move

    def erased_meanwhile(draft, place):
        with record.writing(Actor("olga")) as unit:
            erase_subject(unit, need_subject(unit.connection, "P-0007"), reason="demanded")
        clear_derived(record)
        move(draft, place)

    monkeypatch.setattr(derived, "_move", erased_meanwhile)
    keep(record, {PAGE: WORDS})
    assert list((record.folder.path / "derived").iterdir()) == []


def test_nobody_reads_it_on_the_disk_or_after_an_erasure(record):
    keep(record, {PAGE: WORDS})
    place = record.folder.path / "derived" / course_of(record)["measurement_id"] / PAGE
    assert WORDS not in place.read_bytes()
    with record.writing(Actor("olga")) as unit:
        erase_subject(unit, need_subject(unit.connection, "P-0007"), reason="demanded")
    assert read(record) is None


def test_what_was_changed_or_put_in_anothers_place_is_refused(record):
    keep(record, {PAGE: WORDS, "patient/de/page.json": b"Es ist weniger Pigment da."})
    folder = record.folder.path / "derived" / course_of(record)["measurement_id"]
    (folder / PAGE).write_bytes((folder / "patient/de/page.json").read_bytes())
    with pytest.raises(OriginalError, match="not what was sealed"):
        read(record)


@pytest.mark.parametrize(
    "name", ["../../record.sqlite", "/etc/passwd", "patient/../page.json", "PAGE.JSON", "", "a\0.svg"]
)
def test_names_that_are_none_of_ours_are_not_looked_for(record, name):
    assert read(record, name) is None
    assert not is_drawn(record, course_of(record)["measurement_id"], name)
    with pytest.raises(ValueError, match="plain"):
        keep(record, {name: WORDS})


def test_a_place_that_takes_nothing_is_told_in_one_sentence(record):
    (record.folder.path / "derived").write_bytes(b"")
    with pytest.raises(OutputError, match="can't be written"):
        keep(record, {PAGE: WORDS})
    assert read(record) is None


def test_what_no_key_opens_any_more_is_removed_and_the_rest_stays(record):
    keep(record, {PAGE: WORDS})
    assert clear_derived(record) == 0
    assert read(record) == WORDS
    with record.writing(Actor("olga")) as unit:
        erase_subject(unit, need_subject(unit.connection, "P-0007"), reason="asked for")
    assert clear_derived(record) == 1
    assert not any((record.folder.path / "derived").iterdir())
