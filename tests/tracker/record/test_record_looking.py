"""Looking at the clinic's courses: what is told, what the trail is told first, and who may look."""

import json
import shutil

import pytest
from drawn_records import ANNA, add_drawn, add_drawn_measurement, drawn_course, fill, keep_at_once
from typer.testing import CliRunner

from pigtrack.cli import app
from pigtrack.errors import NotAllowedError, RecordError
from pigtrack.store.record.courses import need_course
from pigtrack.store.record.erasing import erase_subject
from pigtrack.store.record.opening import create_record, open_record
from pigtrack.store.record.subjects import need_subject
from pigtrack.store.record.tables import courses, sign_offs, users
from pigtrack.store.record.trail import read_entries
from pigtrack.tracker.record.looking import look_at_course, look_at_courses


def noon():
    return "2026-03-01T12:00:00.000000Z"


@pytest.fixture(scope="module")
def eight(tmp_path_factory):
    """A record of eight courses; the fourth was measured twice, and somebody signed that."""
    folder = tmp_path_factory.mktemp("eight") / "data"
    create_record(folder, clock=noon)
    with open_record(folder, clock=noon) as record:
        fill(record, range(7), sessions=3, lesions=2)
        with record.writing(ANNA) as unit:
            add_drawn(unit, drawn_course(7, sessions=3), keep_at_once(record), versions=0)
            measurement = add_drawn_measurement(unit, drawn_course(3, sessions=3), lesions=2, version=2)
            required = {each.name: "0" for each in sign_offs.columns if not each.nullable and each.name != "id"}
            row = {**required, "measurement_id": measurement, "by": "anna", "at": noon(), "meaning": "reviewed"}
            unit.add(sign_offs, row)
    return folder


@pytest.fixture
def data(eight, tmp_path):
    return shutil.copytree(eight, tmp_path / "data")


def entries(data):
    with open_record(data, clock=noon) as record, record.reading() as connection:
        return [json.loads(each["body"]) for each in read_entries(connection)]


def shown(*command):
    result = CliRunner().invoke(app, ["courses", *map(str, command)])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_overview_is_one_view_of_the_trail_and_names_nobody_there(data):
    before = len(entries(data))
    assert len(look_at_courses(data=data, by="anna", search="p-00003")) == 1
    (entry,) = entries(data)[before:]
    assert (entry["action"], entry["entity"], entry["actor"]) == ("view", "overview", "anna")
    assert "00003" not in json.dumps(entry).lower()


def test_a_course_is_found_by_label_patient_or_site_in_capitals_or_not(data):
    def found(text):
        return [each.label for each in look_at_courses(data=data, by="anna", search=text)]

    assert found("c-00002") == ["C-00002"]
    assert found("P-00005") == ["C-00005"]
    assert found("DEKOLLETÉ") == ["C-00004"]
    assert found("moon") == []


def test_a_course_is_due_from_its_day_on_unless_it_is_closed(data):
    assert len(look_at_courses(data=data, by="anna", due=True)) == 8  # all of February 2026
    with open_record(data, clock=noon) as record, record.writing(ANNA) as unit:
        row = need_course(unit.connection, "C-00002")
        told = {"subject": row["subject_id"], "course": row["id"]}
        unit.change(courses, row["id"], {"closed": True}, **told)
        row = need_course(unit.connection, "C-00003")
        told = {"subject": row["subject_id"], "course": row["id"]}
        unit.change(courses, row["id"], {"next_day": "2999-01-01"}, **told)
    due = [each.label for each in look_at_courses(data=data, by="anna", due=True)]
    assert due == [f"C-{number:05d}" for number in (0, 1, 4, 5, 6, 7)]


def test_a_view_of_a_course_is_told_with_ids_alone(data):
    series = look_at_course(label="C-00003", data=data, by="anna")
    assert [each.session for each in series.sessions] == [1, 2, 3]
    assert (series.version.number, [each.number for each in series.versions]) == (2, [1, 2])
    assert [(each.measurement, each.by) for each in series.signatures] == [(2, "anna")]
    entry = entries(data)[-1]
    assert (entry["action"], entry["entity"], entry["course"]) == ("view", "courses", series.overview.uid)
    assert "C-00003" not in json.dumps(entry)


def test_an_earlier_measurement_can_be_looked_at(data):
    newer, older = (look_at_course(label="C-00003", data=data, by="anna", measurement=n) for n in (2, 1))
    assert older.version.number == 1
    assert older.sessions[1].load != newer.sessions[1].load
    with pytest.raises(RecordError, match="has no measurement 9"):
        look_at_course(label="C-00003", data=data, by="anna", measurement=9)


def test_a_course_that_is_not_there_is_told(data):
    with pytest.raises(RecordError, match="knows no course"):
        look_at_course(label="C-9", data=data, by="anna")


def test_where_there_are_users_only_they_may_look(data):
    with open_record(data, clock=noon) as record, record.writing(ANNA) as unit:
        unit.add(users, {"name": "anna", "role": "auditor", "active": True})
    before = len(entries(data))
    assert len(look_at_courses(data=data, by="anna")) == 8
    with pytest.raises(NotAllowedError):
        look_at_courses(data=data, by="eve")
    assert len(entries(data)) == before + 1


def test_the_command_tells_verdicts_with_their_interval_and_what_they_rest_on(data):
    lines = shown("--data", data, "--by", "anna").splitlines()
    assert lines[0].split("  ")[0] == "course"
    third = next(line for line in lines if line.startswith("C-00003"))
    assert "95 % interval" in third.replace("\N{NO-BREAK SPACE}", " ")
    assert "measurement 2 of 2, automatic, signed" in third
    seventh = next(line for line in lines if line.startswith("C-00007"))
    assert "not measured" in seventh
    assert "0001-01-01" not in seventh
    assert all(len(line.encode()) < 400 for line in lines)


def test_the_command_tells_a_course_through_its_sessions(data):
    told = shown("C-00003", "--data", data, "--by", "anna")
    assert "Measurement 2, shown here: automatic" in told
    assert "Measurement 1, kept beside" in told
    assert "Measurement 2 signed by anna" in told
    assert told.count("2026-0") >= 3
    assert "Not measured yet." in shown("C-00007", "--data", data, "--by", "anna")


def test_json_is_an_object_a_course(data):
    found = [json.loads(line) for line in shown("--json", "--data", data, "--by", "anna").splitlines()]
    assert len(found) == 8
    assert found[7]["verdict"] is None
    assert found[3]["change_ci_low"] < found[3]["change_percent"] < found[3]["change_ci_high"]
    series = json.loads(shown("C-00003", "--json", "--data", data, "--by", "anna"))
    assert [each["session"] for each in series["series"]] == [1, 2, 3]
    assert set(series["series"][2]["changes"]) == {"area", "contrast", "load"}


def test_a_choice_that_has_no_meaning_is_wrong_usage(data):
    for command in (["--measurement", "1"], ["C-00003", "--due"], ["C-00003", "--search", "x"]):
        assert CliRunner().invoke(app, ["courses", "--data", str(data), *command]).exit_code == 2


def test_an_erased_course_is_shown_by_its_numbers_alone(data):
    with open_record(data, clock=noon) as record, record.writing(ANNA) as unit:
        uid = need_course(unit.connection, "C-00003")["id"]
        erase_subject(unit, need_subject(unit.connection, "P-00003"), reason="demanded by the patient")
    told = shown("--data", data, "--by", "anna")
    assert f"erased-{uid[:8]}" in told
    assert "P-00003" not in told
