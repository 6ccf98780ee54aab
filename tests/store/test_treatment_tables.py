"""treatments.csv, adverse_events.csv, and what sessions.csv tells of treatments and the plan."""

import csv
import io
import json
from datetime import date, datetime

import pytest

from pigtrack.model.course import AdverseEvent, Course, Session
from pigtrack.store.cells import csv_text
from pigtrack.store.columns import TABLES, describe_columns
from pigtrack.store.protocol_file import load_protocol
from pigtrack.store.treatment_tables import (
    EVENT_COLUMNS,
    TREATMENT_COLUMNS,
    event_rows,
    treatment_rows,
    visit_cells,
)

NEEDLES = {
    "technique": "manual injection",
    "product": "F-RADIANCE",
    "country": "Spain",
    "ingredients": ["arbutin", "ascorbic acid"],
    "dose": 2.5,
    "dose_unit": "ml",
    "patch_test": {"date": date(2026, 1, 8), "site": "inner elbow", "hours": 3, "result": "negative"},
    "needle_mm": 4,
}
COURSE = Course(
    "C-1",
    (
        Session(
            1,
            datetime(2026, 1, 11, 10, 30),
            ("1.jpg",),
            NEEDLES,
            adverse_events=(
                AdverseEvent("bruise", date(2026, 1, 12), "mild", "resolved", "left of the nose", date(2026, 1, 15)),
                AdverseEvent("allergic-reaction"),
            ),
            further_treatments=({"product": "Dermaheal", "ingredients": ["arbutin", "collagen"]},),
        ),
        Session(2, date(2026, 1, 14), ("2.jpg",)),
        Session(3, date(2026, 2, 11), ("3.jpg",), {"product": "=1+1"}),
    ),
)


def read(table):
    return list(csv.DictReader(io.StringIO(csv_text(table))))


def test_every_treatment_has_its_row_with_all_that_was_told():
    first, second, third = read(treatment_rows(COURSE))
    assert tuple(first) == TREATMENT_COLUMNS
    assert (first["course_id"], first["session"], first["treatment"], first["date"]) == ("C-1", "1", "1", "2026-01-11")
    assert (first["technique"], first["product"], first["country"]) == ("manual injection", "F-RADIANCE", "Spain")
    assert first["ingredients"] == "arbutin; ascorbic acid"
    assert (first["dose"], first["dose_unit"]) == ("2.5", "ml")
    assert (first["patch_test_date"], first["patch_test_hours"]) == ("2026-01-08", "3")
    assert (first["patch_test_site"], first["patch_test_result"]) == ("inner elbow", "negative")
    assert json.loads(first["more"]) == {"needle_mm": 4}
    assert (second["session"], second["treatment"], second["product"], second["dose"]) == ("1", "2", "Dermaheal", "")
    assert (third["session"], third["more"]) == ("3", "")


def test_every_event_has_its_row():
    first, second = read(event_rows(COURSE))
    assert tuple(first) == EVENT_COLUMNS
    assert (first["kind"], first["date"], first["days_after_session"]) == ("bruise", "2026-01-12", "1")
    assert (first["severity"], first["outcome"], first["until"]) == ("mild", "resolved", "2026-01-15")
    assert first["note"] == "left of the nose"
    assert (second["event"], second["date"], second["days_after_session"]) == ("2", "2026-01-11", "0")


def test_a_course_without_any_has_the_header_alone():
    empty = Course("C", (Session(1, None, ("a.jpg",)),))
    assert csv_text(treatment_rows(empty)) == ",".join(TREATMENT_COLUMNS) + "\n"
    assert csv_text(event_rows(empty)) == ",".join(EVENT_COLUMNS) + "\n"


def test_what_a_spreadsheet_would_take_for_a_formula_is_defused():
    assert read(treatment_rows(COURSE))[2]["product"] == "'=1+1"


def test_open_keys_of_any_kind_are_kept_as_json():
    odd = {"product": "A", "when": date(2026, 1, 1), "nested": {"deep": [1, {"b": True}]}, "nan": float("nan")}
    (row,) = read(treatment_rows(Course("C", (Session(1, None, ("a.jpg",), odd),))))
    told = json.loads(row["more"], parse_constant=pytest.fail)
    assert (told["when"], told["nan"], told["nested"]) == ("2026-01-01", "nan", {"deep": [1, {"b": True}]})


def test_a_session_tells_its_treatments_and_those_before_its_photographs():
    first, second, third = (visit_cells(COURSE, each, None) for each in COURSE.sessions)
    assert (first["treatments"], first["treatments_before"], first["days_since_treatment"]) == (2, 0, None)
    assert (second["treatments"], second["treatments_before"], second["days_since_treatment"]) == (0, 2, 3)
    assert (third["treatments"], third["treatments_before"], third["days_since_treatment"]) == (1, 2, 31)
    assert (first["product"], first["technique"]) == ("F-RADIANCE; Dermaheal", "manual injection")
    assert first["ingredients"] == "arbutin; ascorbic acid; collagen"
    assert first["adverse_events"] == "bruise; allergic-reaction"
    assert second["product"] is None
    assert {first[name] for name in ("protocol", "planned_from", "days_off_plan", "expected")} == {None}


def test_a_session_tells_how_it_lies_in_the_plan():
    protocol = load_protocol("dark-spot-mesotherapy")
    first, second, third = (visit_cells(COURSE, each, protocol) for each in COURSE.sessions)
    assert (first["protocol"], first["planned_from"], first["expected"]) == ("dark-spot-mesotherapy", None, "not_yet")
    assert (second["days_off_plan"], second["expected"]) == (None, "not_yet")
    assert (third["planned_from"], third["planned_to"]) == ("2026-01-18", "2026-01-25")
    assert (third["days_off_plan"], third["sessions_missed"], third["expected"]) == (17, 1, "may_show")


def test_whether_skin_may_be_darker_is_told_where_the_protocol_knows():
    laser, needles = load_protocol("example-pigment-laser"), load_protocol("dark-spot-mesotherapy")
    told = [visit_cells(COURSE, each, laser)["may_be_darker"] for each in COURSE.sessions]
    assert told == [False, False, True]
    assert {visit_cells(COURSE, each, needles)["may_be_darker"] for each in COURSE.sessions} == {None}


@pytest.mark.parametrize(("table", "columns"), [("treatments", TREATMENT_COLUMNS), ("adverse_events", EVENT_COLUMNS)])
def test_every_column_is_described_in_its_order(table, columns):
    assert tuple(each.name for each in describe_columns(table)) == columns
    assert all(each.meaning.endswith(".") for each in describe_columns(table))


def test_the_columns_of_sessions_are_described():
    known = {each.name for each in describe_columns("sessions")}
    assert set(visit_cells(COURSE, COURSE.sessions[0], None)) <= known
    assert len(TABLES) == 5
