"""`pigtrack cohort` on folders of tables: what is written, what is said, and what is refused."""

import csv
import json
import os
import re
import shutil
from pathlib import Path

import pytest
from drawn_cohorts import write_cohort, write_course
from typer.testing import CliRunner

import pigtrack
from pigtrack.cli import app
from pigtrack.errors import CourseError, OutputError

CHECKOUT = Path(__file__).parent.parent.parent


def run(*arguments: object):
    return CliRunner().invoke(app, ["cohort", *map(str, arguments)])


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    return write_cohort(tmp_path_factory.mktemp("cohort") / "clinic", groups={"Alpha": 6, "Beta": 5, "Gamma": 4})


@pytest.fixture(scope="module")
def written(cohort, tmp_path_factory):
    out = tmp_path_factory.mktemp("written") / "out"
    return run(cohort, "--out", out), out


def test_it_writes_two_tables_a_page_a_chart_and_what_made_them(written):
    result, out = written
    assert result.exit_code == 0, result.output
    names = sorted(path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file())
    assert names == [
        "charts/cohort.png",
        "charts/cohort.svg",
        "cohort.csv",
        "cohort.html",
        "differences.csv",
        "run.json",
    ]
    assert f"Page: {out / 'cohort.html'}" in result.output


def test_the_table_tells_groups_with_intervals_and_hides_the_small_one(written):
    table = rows(written[1] / "cohort.csv")
    assert [row["group"] for row in table] == ["Alpha", "Alpha", "Beta", "Beta", "Gamma"]
    gamma = table[-1]
    assert gamma["hidden"] == "true"
    assert {name for name, cell in gamma.items() if cell} == {"group", "hidden", "notes"}
    for row in table[:-1]:
        assert float(row["change_ci_low"]) < float(row["change_percent"]) < float(row["change_ci_high"])


def test_beside_every_difference_stands_that_nothing_was_randomised(written):
    result, out = written
    table = rows(out / "differences.csv")
    assert len(table) == 2
    assert all("not randomised" in row["note"] for row in table)
    assert result.output.count("Not randomised") == 1
    page = (out / "cohort.html").read_text(encoding="utf-8")
    assert page.count("Not randomised: the groups may differ") == 1


def test_no_pseudonym_and_no_folder_stands_in_what_is_shared(cohort, written):
    for path in written[1].rglob("*"):
        if path.is_file() and path.suffix != ".png":
            text = path.read_text(encoding="utf-8")
            assert not re.search(r"P-\d\d|course-\d\d", text), path.name
            assert str(cohort) not in text


def test_no_total_gives_the_hidden_group_away(written):
    told = json.loads((written[1] / "run.json").read_text())
    assert told["patients"] is None
    assert told["courses"] is None
    assert told["randomised"] is False
    assert re.fullmatch(r"[0-9a-f]{64}", told["inputs_sha256"])


def test_the_same_courses_give_the_same_bytes_in_any_order(cohort, written, tmp_path):
    every = sorted(cohort.iterdir(), reverse=True)
    run(*every, "--out", tmp_path / "again")
    for path in written[1].rglob("*"):
        if path.is_file():
            assert path.read_bytes() == (tmp_path / "again" / path.relative_to(written[1])).read_bytes()


def test_a_course_named_twice_counts_once_and_a_copy_is_left_out(cohort, tmp_path):
    copied = tmp_path / "copied"
    shutil.copytree(cohort, copied)
    folders = [cohort, cohort / "course-01", copied / "course-02"]
    compared = pigtrack.compare_courses(folders)
    assert compared.result.groups[0].courses == 6
    assert len(compared.warnings) == 1
    assert "is a copy of another" in compared.warnings[0]


def test_the_page_is_told_in_german_too(cohort, tmp_path):
    run(cohort, "--out", tmp_path / "out", "--language", "de", "--endpoint", "contrast")
    page = (tmp_path / "out" / "cohort.html").read_text(encoding="utf-8")
    assert '<html lang="de">' in page
    assert "Nicht randomisiert" in page
    assert "weniger als 5 Personen" in page
    assert "Not randomised" not in page


def test_groups_of_three_may_be_seen_inside_the_clinic_with_a_word_of_caution(cohort, tmp_path):
    result = run(cohort, "--out", tmp_path / "out", "--least", 3)
    assert "Gamma: 4 patients" in result.output
    assert "Do not pass this page on" in (tmp_path / "out" / "cohort.html").read_text(encoding="utf-8")
    assert run(cohort, "--out", tmp_path / "other", "--least", 2).exit_code == 2


def test_json_is_one_object_with_the_figures(cohort, tmp_path):
    told = json.loads(run(cohort, "--out", tmp_path / "out", "--json").stdout)
    assert told["by"] == "product"
    assert [group["group"] for group in told["groups"]] == ["Alpha", "Alpha", "Beta", "Beta", "Gamma"]
    assert told["groups"][-1]["n_patients"] is None


def test_public_python_gives_tables_and_pictures(cohort):
    compared = pigtrack.compare_courses(cohort, by="technique")
    assert list(compared.groups["group"]) == ["injection", "injection", "injection", "injection"]
    assert set(compared.groups["adjusted"]) == {True, False}  # fifteen patients
    assert compared.chart_svg.startswith(b"<?xml")
    assert compared.page().startswith("<!doctype html>")
    with pytest.raises(ValueError, match="is not a valid Factor"):
        pigtrack.compare_courses(cohort, by="clinic")


def test_a_label_that_is_html_or_a_formula_stays_a_text(tmp_path):
    folder = write_cohort(tmp_path / "clinic", groups={"=1+1<b>$x^2_$": 5})
    result = run(folder, "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert "&lt;b&gt;" in (tmp_path / "out" / "cohort.html").read_text(encoding="utf-8")
    assert rows(tmp_path / "out" / "cohort.csv")[0]["group"].startswith("'=1+1")


def test_the_docs_name_the_columns_as_they_stand_in_the_files(written):
    text = (CHECKOUT / "docs" / "cohort.md").read_text(encoding="utf-8")
    for name in ("cohort.csv", "differences.csv"):
        columns = (written[1] / name).read_text(encoding="utf-8").splitlines()[0].split(",")
        assert f"`{', '.join(columns)}`" in text


# What is left out: one clear sentence each, and the others go on.


def broken(cohort, tmp_path, name="course-99", **more):
    folder = tmp_path / "clinic"
    shutil.copytree(cohort, folder)
    return folder, write_course(folder / name, subject="P-99", product="Alpha", **more)


def left_out(folder, tmp_path):
    result = run(folder, "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert len(result.stderr.splitlines()) == 1
    return result.stderr, (tmp_path / "out" / "cohort.html").read_text(encoding="utf-8")


def test_a_course_that_was_not_measured_is_told_of_with_what_to_do(cohort, tmp_path):
    folder, course = broken(cohort, tmp_path)
    shutil.rmtree(course / "results")
    said, page = left_out(folder, tmp_path)
    assert "was not measured yet" in said
    assert "pigtrack measure" in said
    assert "Fewer than 5 courses: not measured yet." in page
    assert "course-99" not in page


@pytest.mark.parametrize("text", ["", "{", "[]", '{"files": {}}', "[" * 100_000])
def test_half_written_results_are_told_of(cohort, tmp_path, text):
    folder, course = broken(cohort, tmp_path)
    (course / "results" / "run.json").write_text(text)
    assert "run.json" in left_out(folder, tmp_path)[0]


def test_a_changed_table_is_not_believed(cohort, tmp_path):
    folder, course = broken(cohort, tmp_path)
    table = course / "results" / "sessions.csv"
    table.write_text(table.read_text().replace("-10.0", "-60.0"))
    assert "is not what was measured" in left_out(folder, tmp_path)[0]


def test_a_course_file_that_names_other_sessions_is_told_of(cohort, tmp_path):
    folder, course = broken(cohort, tmp_path)
    with (course / "course.toml").open("a") as file:
        file.write('\n[[session]]\ndate = 2026-09-01\nphotos = ["new.jpg"]\n')
    assert "names other sessions than were measured" in left_out(folder, tmp_path)[0]


def test_a_damaged_course_file_is_told_of_with_its_line(cohort, tmp_path):
    folder, course = broken(cohort, tmp_path)
    (course / "course.toml").write_text("[course\n")
    assert "line 1" in left_out(folder, tmp_path)[0]


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_table_without_permission_is_told_of(cohort, tmp_path):
    folder, course = broken(cohort, tmp_path)
    (course / "results" / "sessions.csv").chmod(0)
    assert "can't be read" in left_out(folder, tmp_path)[0]


def test_a_table_that_is_a_folder_is_told_of(cohort, tmp_path):
    folder, course = broken(cohort, tmp_path)
    table = course / "results" / "sessions.csv"
    table.unlink()
    table.mkdir()
    assert "can't be read" in left_out(folder, tmp_path)[0]


def test_an_exploratory_course_is_left_out(cohort, tmp_path):
    folder, _ = broken(cohort, tmp_path, exploratory=True)
    assert "its baseline shows no colour card" in left_out(folder, tmp_path)[0]


# What is refused: problem and remedy, status 1, nothing half-written.


def refused(*arguments, tmp_path):
    result = run(*arguments, "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert "Traceback" not in result.output
    assert not (tmp_path / "out").exists()
    return result.stderr


def test_different_versions_are_refused_unless_that_is_wanted(cohort, tmp_path):
    folder, _ = broken(cohort, tmp_path, version=1)
    said = refused(folder, tmp_path=tmp_path)
    assert "change 1 in 1 and 2 in 15" in said
    assert "--mix-versions" in said
    assert run(folder, "--out", tmp_path / "out", "--mix-versions").exit_code == 0
    page = (tmp_path / "out" / "cohort.html").read_text(encoding="utf-8")
    assert "measured by different versions" in page
    assert json.loads((tmp_path / "out" / "run.json").read_text())["mixed_versions"] is True


def test_a_field_beside_spots_is_refused_and_can_be_chosen(cohort, tmp_path):
    folder, _ = broken(cohort, tmp_path, more='mode = "field"')
    assert "15 in mode spots" in refused(folder, tmp_path=tmp_path)
    assert run(folder, "--out", tmp_path / "out", "--mode", "spots").exit_code == 0


def test_an_empty_folder_is_refused(tmp_path):
    (tmp_path / "nothing").mkdir()
    assert "holds no course" in refused(tmp_path / "nothing", tmp_path=tmp_path)


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    assert "There is no folder" in refused(tmp_path / "gone", tmp_path=tmp_path)


def test_a_file_in_place_of_a_folder_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    assert "is no folder" in refused(tmp_path / "file", tmp_path=tmp_path)


def test_where_no_course_is_left_every_reason_is_told(tmp_path):
    write_course(tmp_path / "clinic" / "a", exploratory=True)
    write_course(tmp_path / "clinic" / "b", subject=None)
    said = refused(tmp_path / "clinic", tmp_path=tmp_path)
    assert "no colour card" in said
    assert "names no subject" in said
    assert "No course is left" in said


def test_a_folder_of_somebody_else_is_not_written_into(cohort, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "letter.txt").write_text("mine")
    result = run(cohort, "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert "what pigtrack did not write" in result.stderr
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["letter.txt"]


def test_the_results_of_a_measured_course_are_never_replaced_by_a_cohort(cohort, tmp_path):
    folder = tmp_path / "clinic"
    shutil.copytree(cohort, folder)
    results = folder / "course-01" / "results"
    before = {path.name: path.read_bytes() for path in results.iterdir()}
    result = run(folder, "--out", results)
    assert result.exit_code == 1
    assert "holds other results than a cohort's" in result.stderr
    assert {path.name: path.read_bytes() for path in results.iterdir()} == before


def test_an_earlier_cohort_is_replaced(cohort, tmp_path):
    assert run(cohort, "--out", tmp_path / "out").exit_code == 0
    assert run(cohort, "--out", tmp_path / "out", "--by", "technique").exit_code == 0
    assert json.loads((tmp_path / "out" / "run.json").read_text())["by"] == "technique"


def test_errors_survive_as_their_own_kind(tmp_path):
    with pytest.raises(CourseError):
        pigtrack.compare_courses(tmp_path)
    assert not issubclass(CourseError, OutputError)
