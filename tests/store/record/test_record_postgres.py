"""The same stories on SQLite and on PostgreSQL: what is kept comes back, nothing kept is lost, faults are sentences."""

import json
import threading
from dataclasses import asdict, replace

import pytest
from drawn_records import (
    ANNA,
    add_drawn,
    add_drawn_measurement,
    drawn_course,
    drawn_measurement,
    fill,
    keep_at_once,
    lay_out_drawn,
)
from sqlalchemy import delete, insert, select, text, update

from pigtrack.errors import RecordError
from pigtrack.model.metrics import Verdict
from pigtrack.model.overview import CourseState
from pigtrack.model.repeatability import ShotValues
from pigtrack.store.record.courses import need_course
from pigtrack.store.record.erasing import erase_subject
from pigtrack.store.record.measurements import add_measurement
from pigtrack.store.record.overview import read_overview, read_series
from pigtrack.store.record.reading import read_course
from pigtrack.store.record.streaming import stream_rows
from pigtrack.store.record.subjects import add_subject, need_subject
from pigtrack.store.record.tables import (
    ENTITIES,
    KEPT,
    lesion_rows,
    measurements,
    metadata,
    photo_rows,
    session_rows,
    subjects,
    trail,
)
from pigtrack.store.record.trail import check_chain, read_entries, read_head
from pigtrack.store.record.unit import row_digest
from pigtrack.tracker.record.importing import import_courses

COURSE = drawn_course(7, sessions=3)


def everything(record):
    """All rows of all tables, as the database gives them."""
    with record.reading() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key.columns))]
            for table in metadata.sorted_tables
        }


def is_whole(record):
    """Whether the chain is whole, and every row as the trail last told of it."""
    with record.reading() as connection:
        entries = list(read_entries(connection))
        assert list(check_chain(iter(entries))) == []
        told = {}
        for entry in entries:
            body = json.loads(entry["body"])
            if "new" in body:
                told[entry["entity"], entry["entity_id"]] = body["new"]
        for table in ENTITIES:
            for row in connection.execute(select(table)).mappings():
                assert told[table.name, row["id"]] == row_digest(table, row), table.name
    return True


def add_seven(record, versions=1):
    with record.writing(ANNA) as unit:
        add_drawn(unit, COURSE, keep_at_once(record), versions=versions)


def test_a_course_is_imported_and_the_same_twice_changes_nothing(record_place, tmp_path):
    record_place.begin()
    folder = lay_out_drawn(tmp_path / "course", COURSE)
    (taken,) = import_courses(folders=[folder], data=record_place.folder, measure=False, by="anna")
    assert taken.news
    with record_place.open() as record:
        before = everything(record)
    (again,) = import_courses(folders=[folder], data=record_place.folder, measure=False, by="anna")
    assert not again.news
    with record_place.open() as record:
        assert everything(record) == before
        assert is_whole(record)
        with record.reading() as connection:
            recorded = read_course(record, connection, need_course(connection, COURSE.id))
    assert recorded.course == COURSE
    given = [photograph.read() for photograph in recorded.photographs]
    assert given == [(folder / name).read_bytes() for session in COURSE.sessions for name in session.photos]


def test_measurements_are_versions_and_come_back_as_they_were(record):
    add_seven(record, versions=2)
    with record.writing(ANNA) as unit:
        add_drawn_measurement(unit, COURSE, version=2)  # the same again
    with record.reading() as connection:
        recorded = read_course(record, connection, need_course(connection, COURSE.id))
    assert [each.number for each in recorded.versions] == [1, 2]
    header, *rows = drawn_measurement(COURSE, version=2).lesions.splitlines()
    assert [",".join(cells.values()) for cells in recorded.lesions] == rows
    assert list(recorded.lesions[0]) == header.split(",")
    assert is_whole(record)


def test_the_database_refuses_to_change_or_lose_what_is_kept(record):
    add_seven(record)
    _keep_one_more(record)
    before = everything(record)
    for table in KEPT:
        assert before[table.name], f"{table.name} is empty: its triggers say nothing"
        column = next(iter(table.columns))
        for statement in (update(table).values({column.name: column}), delete(table)):
            with pytest.raises(RecordError, match="refuses to lose"), record.writing(ANNA) as unit:
                unit.connection.execute(statement)
    assert everything(record) == before


def _keep_one_more(record):
    """A signature, a shot and a time stamp, so that no kept table is empty: triggers speak of rows."""
    with record.writing(ANNA) as unit:
        measurement = unit.connection.execute(select(measurements.c.id)).scalar_one()
        signed = {"id": "s", "measurement_id": measurement, "by": "anna", "at": noon(), "meaning": "seen"}
        columns = metadata.tables["sign_offs"].columns
        missing = {each.name: "0" for each in columns if not each.nullable and each.name not in signed}
        unit.connection.execute(insert(metadata.tables["sign_offs"]), {**missing, **signed})
        shot = ShotValues(1, 1, False, 1, 9.5, 1, 12.0, 1, 114.0)
        unit.connection.execute(insert(metadata.tables["shot_values"]), {"measurement_id": measurement, **asdict(shot)})
        stamp = {"seq": 1, "authority": "tsa", "token": b"x"}
        unit.connection.execute(insert(metadata.tables["time_stamps"]), stamp)


def noon():
    return "2026-01-11T12:00:00.000000Z"


def test_postgres_refuses_to_empty_a_kept_table_at_once(postgres_place):
    postgres_place.begin()
    with postgres_place.open() as record:
        add_seven(record)
        for table in KEPT:
            with pytest.raises(RecordError, match="refuses to lose"), record.writing(ANNA) as unit:
                unit.connection.execute(text(f"TRUNCATE {table.name} CASCADE"))
        assert is_whole(record)


def test_sqlite_refuses_to_replace_a_kept_row(sqlite_place):
    sqlite_place.begin()
    with sqlite_place.open() as record:
        row = everything(record)["trail"][0]
        placed = ", ".join("?" * len(row))
        with pytest.raises(RecordError, match="refuses to lose"), record.writing(ANNA) as unit:
            unit.connection.exec_driver_sql(f"INSERT OR REPLACE INTO trail VALUES ({placed})", tuple(row))


def test_an_erased_patient_leaves_numbers_and_a_whole_chain(record):
    add_seven(record)
    with record.reading() as connection:
        subject = need_subject(connection, COURSE.subject)
    with record.writing(ANNA) as unit:
        erase_subject(unit, subject, reason="demanded by the patient")
    assert is_whole(record)
    with record.reading() as connection:
        (line,) = read_overview(connection)
        assert (line.state, line.patient, line.site, line.last_day) == (CourseState.ERASED, None, None, None)
        assert line.verdict is not None
        row = connection.execute(select(metadata.tables["courses"])).mappings().one()
        series = read_series(connection, row)
        assert [each.day for each in series.sessions] == [None] * 3
        assert all(each.load is not None for each in series.sessions)
        assert [len(each.changes) for each in series.sessions] == [1, 1, 1]
        assert sum(len(each.lines) for each in stream_rows(connection, lesion_rows)) == 30
        assert [each.lines for each in stream_rows(connection, session_rows)] == [()]


def test_a_reader_sees_one_state_while_another_writes(record):
    add_seven(record)
    with record.reading() as connection:
        before = read_head(connection)
        with record.writing(ANNA) as unit:
            after = unit.note("view", "courses")
        assert read_head(connection) == before
    with record.reading() as connection:
        assert read_head(connection) == after


def test_nothing_can_be_written_while_reading_and_be_kept(record):
    before = everything(record)
    try:
        with record.reading() as connection:
            connection.execute(insert(subjects), {"id": "x", "pseudonym": "P-x"})
    except RecordError as fault:
        assert "may not be written" in str(fault)  # noqa: PT017 - PostgreSQL says so, SQLite takes it back at the end
    assert everything(record) == before


def test_writers_side_by_side_wait_for_one_another(record):
    def write(name):
        for number in range(10):
            with record.writing(replace(ANNA, name=name)) as unit:
                add_subject(unit, f"{name}-{number}")

    writers = [threading.Thread(target=write, args=(name,)) for name in ("ben", "cleo", "dora")]
    for each in writers:
        each.start()
    for each in writers:
        each.join()
    assert len(everything(record)["subjects"]) == 30
    assert is_whole(record)


def test_the_overview_tells_each_course_once_whatever_the_database(record):
    fill(record, range(12), sessions=3, lesions=2)
    with record.writing(ANNA) as unit:
        add_drawn_measurement(unit, drawn_course(3, sessions=3), lesions=2, version=2)
    with record.reading() as connection:
        found = read_overview(connection)
    assert [each.label for each in found] == [f"C-{number:05d}" for number in range(12)]
    third = found[3]
    assert (third.patient, third.site, third.sessions, third.measured) == ("P-00003", "back of the left hand", 3, 3)
    assert (third.version, third.versions, third.signed, third.corrected) == (2, 2, False, False)
    assert third.verdict is Verdict.IMPROVED
    assert third.change.low < third.change.percent < third.change.high < 0
    with record.reading() as connection:
        assert [each.label for each in read_overview(connection, due_by="2026-02-22")] == ["C-00000"]


def test_a_session_without_verdict_does_not_hide_the_last_one_that_has_one(record):
    measured = drawn_measurement(COURSE)
    blind = measured.sessions.splitlines()
    blind[-1] = blind[-1].replace("improved", "not_measurable").replace("no_detectable_change", "not_measurable")
    with record.writing(ANNA) as unit:
        add_drawn(unit, COURSE, keep_at_once(record), versions=0)
        row = need_course(unit.connection, COURSE.id)
        add_measurement(unit, row, replace(measured, sessions="\n".join(blind) + "\n"))
    with record.reading() as connection:
        (line,) = read_overview(connection)
        series = read_series(connection, need_course(connection, COURSE.id))
    assert series.sessions[-1].verdict is Verdict.NOT_MEASURABLE
    assert line.verdict is series.sessions[1].verdict is not Verdict.NOT_MEASURABLE
    assert line.change == series.sessions[1].changes[-1]


def test_streams_give_what_was_measured_in_the_order_of_labels(record):
    fill(record, range(60), sessions=2, lesions=3)
    with record.writing(ANNA) as unit:
        add_drawn_measurement(unit, drawn_course(5, sessions=2), lesions=3, version=2)
    with record.reading() as connection:
        for table, name in ((session_rows, "sessions"), (lesion_rows, "lesions"), (photo_rows, "photos")):
            streamed = list(stream_rows(connection, table, versions="all"))
            numbers = [*range(6), *range(5, 60)]  # the sixth course has two versions
            assert [each.label for each in streamed] == [f"C-{number:05d}" for number in numbers]
            for at, (number, each) in enumerate(zip(numbers, streamed, strict=True)):
                measured = drawn_measurement(drawn_course(number, sessions=2), lesions=3, version=1 + (at == 6))
                header, *rows = getattr(measured, name).splitlines()
                assert ["course_id", *each.columns] == header.split(",")
                assert [f"{each.label},{line}" for line in each.lines] == rows
                assert [",".join(cells.values()) for cells in each.cells()] == rows
        (only,) = stream_rows(connection, lesion_rows, labels=["C-00005"])
    assert only.version.number == 2


def test_a_way_of_streaming_that_is_none_is_the_callers_fault(record):
    with record.reading() as connection, pytest.raises(ValueError, match="versions must be"):
        next(stream_rows(connection, lesion_rows, versions="latest"))


def test_letters_that_a_database_can_not_keep_are_refused_in_a_sentence(postgres_place):
    postgres_place.begin()
    with postgres_place.open() as record, pytest.raises(RecordError, match="NUL"), record.writing(ANNA) as unit:
        add_subject(unit, "P-\0")


def test_a_server_that_does_not_answer_is_told_in_a_sentence(postgres_place, tmp_path):
    postgres_place.begin()
    settings = postgres_place.folder / "pigtrack.toml"
    settings.write_text(settings.read_text().replace("host=", "host=/nowhere"))
    with pytest.raises(RecordError, match=r"does not answer.*Start it"), postgres_place.open():
        pass


def test_a_record_in_postgres_leaves_no_database_in_the_folder(postgres_place):
    postgres_place.begin()
    assert sorted(path.name for path in postgres_place.folder.iterdir()) == ["pigtrack.toml"]


def test_the_trail_counts_on_without_gaps_on_both(record):
    fill(record, range(3), sessions=1, lesions=1)
    with record.reading() as connection:
        numbers = connection.execute(select(trail.c.seq).order_by(trail.c.seq)).scalars().all()
    assert numbers == list(range(1, len(numbers) + 1))
