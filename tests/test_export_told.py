"""What people told, did and signed, as tables: the same cells as `measure` writes, and days instead of dates."""

import csv
import io
from dataclasses import replace
from datetime import date

import pytest
from record_stories import MEASURED_AT, erased, with_exclusion

from pigtrack.export.cells import csv_pieces
from pigtrack.export.columns import dictionary_rows
from pigtrack.export.told import told_rows
from pigtrack.export.told_columns import TOLD
from pigtrack.model.record import Consent, Purpose
from pigtrack.model.treatment import Screen
from pigtrack.store.cells import csv_text
from pigtrack.store.dictionary import DICTIONARY_COLUMNS
from pigtrack.store.dictionary import dictionary_rows as measured_rows
from pigtrack.store.treatment_tables import EVENT_COLUMNS, TREATMENT_COLUMNS, event_rows, treatment_rows

SECRETS = ("2026", "anna", "going to sea", "asked twice", "March", "sailing")


@pytest.fixture
def told(sample):
    screen = Screen((("diabetes", False), ("herpes", True)), "staff-1", date(2026, 1, 8), "sailing in March")
    consents = (*sample.consents, Consent(Purpose.TEACHING, given=True, day=date(2026, 1, 25)))
    course = replace(with_exclusion(sample, 3, "a mole, seen in March"), consents=consents)
    return replace(course, course=replace(course.course, screen=screen))


def rows_of(course, table, **how):
    return list(told_rows(course, table, **how))


@pytest.mark.parametrize(
    ("table", "make", "columns"),
    [("treatments", treatment_rows, TREATMENT_COLUMNS), ("adverse_events", event_rows, EVENT_COLUMNS)],
)
def test_treatments_and_events_are_told_as_measure_tells_them(sample, table, make, columns):
    expected = list(csv.DictReader(io.StringIO(csv_text(make(sample.course)))))
    assert expected
    assert [{name: row[name] for name in columns} for row in rows_of(sample, table)] == expected


def test_the_columns_that_measure_writes_too_are_of_the_same_type():
    kinds = {row[:2]: row[2] for row in measured_rows()}
    for table in ("treatments", "adverse_events"):
        for column in TOLD[table]:
            assert kinds.get((table, column.name), column.kind) == column.kind, column.name


def test_every_table_has_its_columns_and_its_place_in_the_dictionary(told):
    for table, columns in TOLD.items():
        names = [column.name for column in columns]
        assert len(set(names)) == len(names)
        rows = rows_of(told, table)
        assert rows, table
        assert all(list(row) == names for row in rows)
        assert all(row[each.name] for row in rows for each in columns if each.always)
        assert [row[1] for row in dictionary_rows(columns, table)] == names
        assert all(len(row) == len(DICTIONARY_COLUMNS) for row in dictionary_rows(columns, table))
        assert all(row[each.name] in ("", *each.allowed) for row in rows for each in columns if each.allowed)


def test_a_word_that_was_given_stands_there(told):
    (course,) = rows_of(told, "courses")
    assert (course["subject_id"], course["site"], course["screen_signed_on"]) == ("P-0007", "left cheek", "2026-01-08")
    assert [row["answer"] for row in rows_of(told, "screen")] == ["false", "true"]
    assert [(row["purpose"], row["given"], row["date"]) for row in rows_of(told, "consents")] == [
        ("care", "true", ""),
        ("research", "false", ""),
        ("teaching", "true", "2026-01-25"),
    ]
    (correction,) = rows_of(told, "corrections")
    assert (correction["kind"], correction["reason"], correction["by"]) == (
        "exclude",
        "a mole, seen in March",
        "clinician-1",
    )
    x, y = told.course.corrections[0].at[0]
    assert correction["at"] == f"{x:.12g} {y:.12g}"
    (signature,) = rows_of(told, "signatures")
    assert (signature["signed_by"], signature["signed_at"]) == ("clinician-1", MEASURED_AT)
    (measurement,) = rows_of(told, "measurements")
    assert (measurement["measurement"], measurement["current"]) == ("1", "true")


def test_days_instead_of_dates_tell_as_much_and_nothing_else(told):
    text = b"".join(
        piece
        for table, columns in TOLD.items()
        for piece in csv_pieces(told_rows(told, table, offsets=True), [column.name for column in columns])
    ).decode()
    for secret in SECRETS:
        assert secret not in text
    (course,) = rows_of(told, "courses", offsets=True)
    (event,) = rows_of(told, "adverse_events", offsets=True)
    assert course["screen_days_from_baseline"] == "-3"
    days = ("days_after_session", "days_from_baseline", "until_days_from_baseline")
    assert [event[name] for name in days] == ["1", "15", "18"]
    assert rows_of(told, "treatments", offsets=True)[0]["patch_test_days_from_baseline"] == "-3"
    assert rows_of(told, "consents", offsets=True)[2]["days_from_baseline"] == "14"
    assert rows_of(told, "corrections", offsets=True)[0]["reason"] == "told in the record"


def test_the_story_holds_what_must_not_be_left(told):
    text = b"".join(
        piece
        for table, columns in TOLD.items()
        for piece in csv_pieces(told_rows(told, table), [column.name for column in columns])
    ).decode()
    assert all(secret in text for secret in SECRETS if secret != "anna")


def test_of_an_erased_course_nothing_is_told_but_that_it_was(sample):
    (course,) = rows_of(erased(sample), "courses")
    assert (course["erased"], course["site"], course["diagnosis"]) == ("true", "", "")
    for table in ("treatments", "adverse_events", "screen", "consents", "corrections"):
        assert rows_of(erased(sample), table) == []


def test_there_is_no_other_table(sample):
    with pytest.raises(ValueError, match="courses, treatments"):
        told_rows(sample, "people")
