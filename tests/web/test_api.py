"""The record for programs: the same numbers as on the pages, with units, uncertainty and where they came from."""

import math
from dataclasses import replace

import pytest
from served_records import PEOPLE

from pigtrack.model.quantity import Unit
from pigtrack.model.work import Work, WorkState
from pigtrack.tracker.record.looking import look_at_course


@pytest.fixture(scope="module")
def course(clinic):
    return clinic.course_ids()[0]


def test_a_program_learns_who_it_is_what_it_may_and_the_token_it_must_bring(clinic):
    for name, role in PEOPLE.items():
        person = clinic.as_(name)
        told = person.get("/api/me").json()
        assert (told["name"], told["role"]) == (name, role.value)
        assert told["form_token"] == person.form_token()
    assert "manage users" not in clinic.as_("cleo").get("/api/me").json()["may"]


def test_courses_come_a_page_at_a_time_and_are_found_by_a_word(clinic, course):
    otto = clinic.as_("otto")
    told = otto.get("/api/courses", params={"size": 1}).json()
    assert (told["found"], told["page"], told["pages"]) == (1, 1, 1)
    assert told["courses"][0]["id"] == course
    assert told["courses"][0]["patient"] == "P-0007"
    assert otto.get("/api/courses", params={"search": "p-0007"}).json()["found"] == 1
    assert otto.get("/api/courses", params={"search": "nobody"}).json()["courses"] == []
    assert otto.get("/api/courses", params={"page": 1_000_000, "size": 200}).json()["courses"] == []


def test_a_course_is_told_with_units_uncertainty_and_versions_as_the_record_holds_it(clinic, course):
    told = clinic.as_("cleo").get(f"/api/courses/{course}").json()
    held = look_at_course(label=told["course"]["label"], data=clinic.record, by="cleo")
    assert len(told["sessions"]) == len(held.sessions) > 0
    for session, own in zip(told["sessions"], held.sessions, strict=True):
        assert (session["session"], session["day"], session["verdict"]) == (own.session, own.day, own.verdict.value)
        if own.load is not None:
            assert session["load"] == {"value": own.load.value, "u": own.load.u, "unit": own.load.unit.value}
            assert session["load"]["unit"] in list(Unit)
        for change in session["changes"]:
            known = [change[each] is not None for each in ("percent", "ci_low", "ci_high")]
            assert all(known) or not any(known)  # never a percentage without its interval
            assert all(math.isfinite(change[each]) for each in ("percent", "ci_low", "ci_high") if change[each])
    assert told["version"]["algorithms"]
    assert len(told["version"]["input_digest"]) == 64


def test_lesions_are_the_rows_of_the_table_and_an_empty_cell_is_null(clinic, course):
    told = clinic.as_("cleo").get(f"/api/courses/{course}/lesions").json()
    assert told["columns"][:3] == ["course_id", "session", "lesion_id"]
    assert {"area_mm2", "area_mm2_u", "verdict", "flags"} <= set(told["columns"])
    assert len(told["rows"]) > 0
    assert all(len(row) == len(told["columns"]) for row in told["rows"])
    assert "" not in {cell for row in told["rows"] for cell in row}


def test_an_earlier_measurement_can_be_asked_for_and_one_that_is_none_is_a_problem(clinic, course):
    olga = clinic.as_("olga")
    assert olga.get(f"/api/courses/{course}?version=1").json()["version"]["number"] == 1
    for path in (f"/api/courses/{course}?version=99", f"/api/courses/{course}/lesions?version=99"):
        answer = olga.get(path)
        assert answer.status_code == 409
        assert answer.json()["title"].endswith("has no measurement 99.")
        assert answer.json()["detail"]


def test_what_goes_on_in_the_background_is_told_and_nothing_where_nothing_does(clinic, course):
    class AtWork:
        def all_work(self):
            return {course: Work(WorkState.MEASURING, 2, 5, "Reading photograph")}

    otto = clinic.as_("otto")
    assert otto.get("/api/work").json() == {"work": []}
    state = clinic.app.state
    before, state.desk = state.desk, replace(state.desk, background=AtWork())
    try:
        told = otto.get("/api/work").json()["work"]
    finally:
        state.desk = before
    assert [(each["course"], each["state"], each["done"], each["total"]) for each in told] == [
        (course, "measuring", 2, 5)
    ]


@pytest.mark.parametrize(
    ("name", "path", "status"),
    [
        (None, "/api/courses", 401),
        (None, "/api/openapi.json", 401),
        ("olga", "/api/courses/00000000-0000-4000-8000-000000000000", 404),
        ("olga", "/api/no-such-thing", 404),
        ("olga", "/api/courses/C-0001", 422),
        ("olga", "/api/courses?page=0", 422),
        ("olga", "/api/courses?which=mine", 422),
        ("olga", "/api/courses?search=%00", 422),
        ("olga", "/api/courses?search=" + "x" * 101, 422),
    ],
)
def test_every_no_is_a_problem_with_its_remedy(clinic, name, path, status):
    answer = clinic.as_(name).get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"]


def test_what_a_method_can_not_do_is_said_with_what_can(clinic):
    answer = clinic.as_("olga").delete("/api/courses")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")
    assert answer.headers["content-type"] == "application/problem+json"


def test_the_schema_tells_of_programs_alone_and_of_every_no(clinic):
    schema = clinic.as_("olga").get("/api/openapi.json").json()
    assert all(path.startswith("/api/") for path in schema["paths"])
    assert not {"HTTPValidationError", "ValidationError"} & set(schema["components"]["schemas"])
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            answers = operation["responses"]
            assert {"401", "403", "429"} <= set(answers), (method, path)
            for status, answer in answers.items():
                if int(status) >= 400:
                    assert list(answer["content"]) == ["application/problem+json"], (method, path, status)


def test_looks_of_programs_are_told_to_the_trail_as_those_of_people_are(clinic, course):
    from sqlalchemy import select

    from pigtrack.store.record.tables import trail

    clinic.as_("otto").get(f"/api/courses/{course}/lesions")
    with clinic.record.reading() as connection:
        last = connection.execute(select(trail).order_by(trail.c.seq.desc())).mappings().first()
    assert (last["action"], last["entity"], last["course_id"], last["actor"]) == ("view", "courses", course, "otto")
