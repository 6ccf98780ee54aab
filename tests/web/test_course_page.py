"""The page of a course: what it came to, what is open, when the next visit is, what the numbers rest on."""

import re

import pytest
from sqlalchemy import select

from pigtrack.model.record import Actor
from pigtrack.store.record.courses import need_course
from pigtrack.store.record.originals import keep_original
from pigtrack.store.record.tables import trail
from pigtrack.store.record.uploads import add_upload
from pigtrack.tracker.record.looking import look_at_course


@pytest.fixture
def page(clinic):
    return clinic.as_("cleo").get(f"/courses/{clinic.course_ids()[0]}").text


def words(page):
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", page))


def test_no_percentage_stands_without_its_interval(clinic, page):
    told = words(page)
    assert re.search(r"Pigment load [−+]?\d+ % \(95 % interval [−+]?\d+ to [−+]?\d+ %\) against the baseline", told)
    assert len(re.findall(r"\d %", told)) == 3  # the change, the interval's name, its upper end


def test_it_says_what_is_open_and_where_to_see_to_it(clinic, page):
    told = words(page)
    assert "Nobody wrote down whether the patient agrees to the care." in told
    assert "The measurement is not signed." in told
    assert f'href="/courses/{clinic.course_ids()[0]}/about">Consents</a>' in page


def test_it_says_what_the_numbers_rest_on(clinic, page):
    series = look_at_course(label="C-0001", data=clinic.record, by="cleo")
    assert f"{series.version.number} of {len(series.versions)}" in words(page)
    assert "by nobody" in words(page)


def test_each_look_is_told_of_once_and_says_nothing_of_the_patient(clinic):
    def entries():
        with clinic.record.reading() as connection:
            return connection.execute(select(trail).where(trail.c.action == "view")).mappings().all()

    otto, course = clinic.as_("otto"), clinic.course_ids()[0]
    for path in ("", "/visits", "/about"):
        before = len(entries())
        assert otto.get(f"/courses/{course}{path}").status_code == 200
        new = entries()[before:]
        assert [(each["actor"], each["entity"], each["course_id"]) for each in new] == [("otto", "courses", course)]
        assert all(name not in each["body"] for each in new for name in ("C-0001", "P-0007", "cheek"))


def test_a_course_that_is_not_there_is_told_in_a_sentence(clinic):
    answer = clinic.as_("cleo").get("/courses/11111111-1111-4111-8111-111111111111/visits")
    assert answer.status_code == 404
    assert "The record holds no such course." in answer.text


def test_the_list_says_whose_next_visit_is_overdue(clinic):
    cleo, course = clinic.as_("cleo"), clinic.course_ids()[0]
    assert "due</span>" not in cleo.get("/").text  # without a protocol nothing is planned
    told = {"mode": "spots", "primary": "load", "card": "colorchecker-classic", "card_patch_pitch_mm": "9.0"}
    seen = re.search(r'name="seen" value="(\d+)"', cleo.get(f"/courses/{course}/about").text)[1]
    planned = {**told, "protocol": "dark-spot-mesotherapy", "seen": seen}
    assert cleo.submit(f"/courses/{course}/about/assessment", **planned).status_code == 303
    assert ">overdue</span>" in cleo.get("/").text
    assert ">overdue</span>" in cleo.get(f"/courses/{course}").text


def test_photographs_that_nobody_decided_on_are_told_of(clinic):
    with clinic.record.writing(Actor("cleo")) as unit:
        row = need_course(unit.connection, "C-0001")
        about = {"key": unit.key(row["subject_id"]), "subject": row["subject_id"]}
        kept = keep_original(clinic.record, b"a photograph", "image/jpeg", **about)
        add_upload(unit, row, "6f0d3f0e-26a8-4d0c-b6c3-0a4f0d9d5b11", kept, suffix=".jpg", capture={})
    page = clinic.as_("cleo").get(f"/courses/{clinic.course_ids()[0]}").text
    assert "1 photograph waits to be kept or taken again." in page
