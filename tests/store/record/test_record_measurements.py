"""Measurements are versions: added whole, given back cell by cell, told apart by what they rest on, never changed."""

import csv
import io
import shutil
from dataclasses import asdict, replace

import pytest
from kept_records import by_hand
from sqlalchemy import delete, select, update

from pigtrack.errors import RecordError
from pigtrack.model.provenance import Algorithm
from pigtrack.model.record import Actor
from pigtrack.model.repeatability import ShotValues
from pigtrack.store.folder import load_course
from pigtrack.store.record.checking import check_database
from pigtrack.store.record.courses import need_course
from pigtrack.store.record.measurements import NewMeasurement, add_measurement, read_cells, read_run, read_versions
from pigtrack.store.record.opening import create_record, open_record
from pigtrack.store.record.parts import join_course, split_course
from pigtrack.store.record.reading import read_course
from pigtrack.store.record.tables import lesion_rows, measurements, photo_rows, session_rows, shot_values, subject_keys
from pigtrack.tracker.record.importing import import_course

WHO = Actor("anna")
LABEL = "C-0001"
SESSIONS = """course_id,session,date,days_from_baseline,photos,qc_status,lesion_count,pigment_load,verdict,flags
C-0001,1,2026-01-11,0,1,pass,2,12.5,baseline,
C-0001,2,2026-02-08,28,1,warn,1,9.75,improved,"few_photos;a, b"
"""
LESIONS = """course_id,session,lesion_id,status,area_mm2,delta_mi,pigment_load,verdict,flags
C-0001,1,1,baseline,4.2000,8.1000,10.0000,baseline,
C-0001,1,2,baseline,,,,not_measurable,glare
C-0001,2,1,present,3.9000,6.0000,7.7500,improved,
"""
PHOTOS = """course_id,session,photo,sha256,qc_status,flags
C-0001,1,session-01.jpg,aa,pass,
C-0001,2,session-02.jpg,bb,warn,dim
"""
MEASURED = NewMeasurement(
    sessions=SESSIONS,
    lesions=LESIONS,
    photos=PHOTOS,
    algorithms=(Algorithm("segment", 2), Algorithm("change", 2)),
    settings_digest="5" * 64,
    input_digest="1" * 64,
    run='{"pigtrack":"0.1.0"}',
    exploratory=False,
    corrected=False,
    pigtrack="0.1.0",
)

SHOTS = (
    ShotValues(1, 1, True, 2, 8.5, 2, 7.25, 0, None),
    ShotValues(1, 2, True, 2, 8.25, 2, 7.5, 0, None),
)


@pytest.fixture
def record(tmp_path, drawn):
    folder = tmp_path / "course"
    shutil.copytree(drawn.folder, folder, ignore=shutil.ignore_patterns("results"))
    create_record(tmp_path / "data", clock=lambda: "2026-01-11T12:00:00Z")
    with open_record(tmp_path / "data", clock=lambda: "2026-01-11T12:00:00Z") as opened:
        import_course(opened, folder, replace(load_course(folder), id=LABEL, subject="P-0007"), actor=WHO)
        yield opened


def keep(record, new):
    with record.writing(WHO) as unit:
        return add_measurement(unit, need_course(unit.connection, LABEL), new)


def table(text):
    return tuple(csv.DictReader(io.StringIO(text)))


def test_every_cell_comes_back_as_it_was_written(record):
    keep(record, MEASURED)
    with record.reading() as connection:
        recorded = read_course(record, connection, need_course(connection, LABEL))
    assert recorded.sessions == table(SESSIONS)
    assert recorded.lesions == table(LESIONS)
    assert recorded.photos == table(PHOTOS)
    assert recorded.measurement.algorithms == MEASURED.algorithms
    assert (recorded.measurement.at, recorded.measurement.by) == ("2026-01-11T12:00:00Z", "anna")


def test_the_same_input_by_the_same_versions_adds_nothing(record):
    assert keep(record, MEASURED) == keep(record, MEASURED)
    with record.reading() as connection:
        assert len(read_versions(connection, need_course(connection, LABEL)["id"])) == 1


@pytest.mark.parametrize(
    "other",
    [{"input_digest": "2" * 64}, {"settings_digest": "6" * 64}, {"algorithms": (Algorithm("segment", 3),)}],
    ids=["other photographs", "other settings", "another version of the method"],
)
def test_other_input_settings_or_versions_add_a_version_and_leave_the_first(record, other):
    first = keep(record, MEASURED)
    second = keep(record, replace(MEASURED, **other, sessions=SESSIONS.replace("9.75", "9.80")))
    with record.reading() as connection:
        course = need_course(connection, LABEL)
        versions = read_versions(connection, course["id"])
        kept = {row["id"]: row for row in connection.execute(select(measurements)).mappings()}
        rows = read_cells(connection, session_rows, kept[first], label=LABEL, subject=course["subject_id"])
    assert [version.number for version in versions] == [1, 2]
    assert course["measurement_id"] == second
    assert rows == table(SESSIONS)
    assert versions[0].rows_digest != versions[1].rows_digest


def test_measured_again_as_before_the_course_stands_at_the_earlier_version_again(record):
    first = keep(record, MEASURED)
    keep(record, replace(MEASURED, input_digest="2" * 64, corrected=True))
    assert keep(record, MEASURED) == first
    with record.reading() as connection:
        assert need_course(connection, LABEL)["measurement_id"] == first


def test_the_database_refuses_to_change_or_lose_what_was_measured(record):
    keep(record, replace(MEASURED, shots=SHOTS))
    for kept in (measurements, session_rows, lesion_rows, photo_rows, shot_values):
        column = kept.columns["measurement_id" if kept is not measurements else "id"]
        for statement in (update(kept).values({column: "x"}), delete(kept)):
            with pytest.raises(RecordError), record.writing(WHO) as unit:
                unit.connection.execute(statement)


def test_what_single_shots_came_to_is_kept_beside_the_rows_that_are_signed(record):
    first = keep(record, MEASURED)
    second = keep(record, replace(MEASURED, input_digest="2" * 64, shots=SHOTS))
    with record.reading() as connection:
        rows = connection.execute(select(shot_values).order_by(shot_values.c.shot)).mappings().all()
        kept = dict(connection.execute(select(measurements.c.id, measurements.c.rows_digest)).all())
        assert list(check_database(connection)) == []
    assert [{**row} for row in rows] == [{"measurement_id": second, **asdict(each)} for each in SHOTS]
    assert kept[first] == kept[second], "a signature stands under the same digest with and without them"


@pytest.mark.parametrize(
    "statement",
    ["UPDATE shot_values SET area_mm2 = 8.4 WHERE shot = 1", "DELETE FROM shot_values WHERE shot = 2"],
)
def test_a_shot_that_was_changed_or_lost_by_hand_is_found(record, statement):
    keep(record, replace(MEASURED, shots=SHOTS))
    by_hand(record.folder.path, statement)
    with record.reading() as connection:
        (found,) = check_database(connection)
    assert "Its rows in the database are not those that were added." in str(found)


def test_minus_nothing_is_kept_so_that_its_digest_fits(record):
    """A change of -0.00 %: SQLite forgets the sign of nothing."""
    keep(record, replace(MEASURED, lesions=LESIONS.replace("6.0000", "-0.0000")))
    with record.reading() as connection:
        assert list(check_database(connection)) == []


def test_without_the_patients_key_only_the_lesions_numbers_can_be_read(record):
    keep(record, MEASURED)
    with record.writing(WHO) as unit:
        unit.connection.execute(delete(subject_keys))
    with record.reading() as connection:
        course = need_course(connection, LABEL)
        recorded = read_course(record, connection, course)
        row = connection.execute(select(measurements)).mappings().one()
        assert read_run(connection, row, course["subject_id"]) is None
    assert recorded.erased
    assert recorded.lesions == table(LESIONS)
    assert recorded.sessions == recorded.photos == recorded.photographs == ()
    assert recorded.course.subject is None


def test_days_and_names_stand_nowhere_in_the_open(record, tmp_path):
    keep(record, replace(MEASURED, photos=PHOTOS.replace("session-02", "secretname")))
    record.close()
    stored = b"".join(path.read_bytes() for path in (tmp_path / "data").glob("record.sqlite*"))
    assert b"secretname" not in stored
    assert b"few_photos" in stored  # what is plain on purpose is found this way


def test_a_course_taken_apart_is_the_same_course_put_together(drawn):
    from pathlib import Path

    samples = Path(__file__).parents[3] / "sample_images"
    for folder in (drawn.folder, samples / "sample-course", samples / "before-after"):
        course = load_course(folder)
        assert join_course(split_course(course), label="another") == course
