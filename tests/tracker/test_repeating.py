"""A clinic's own repeatability, from refusal to table; courses are followed for real only in the slow test."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pigtrack.cli import app
from pigtrack.errors import CourseError
from pigtrack.model.course import Course, Endpoint, Session
from pigtrack.model.repeatability import EndpointRepeatability, Repeatability, ReplicateKind, Spread
from pigtrack.tracker import repeating
from pigtrack.tracker.clinic import noise_entries, noise_settings
from pigtrack.tracker.phantoms import render_phantom
from pigtrack.tracker.repeating import repeatability

FALLS = ((1, 5.4, 2.7, 13.0), (3, 3.1, 1.6, 8.0))
FOUND = Repeatability(
    ReplicateKind.RESEATED,
    tuple(
        EndpointRepeatability(each, Spread(0.02, 0.01, 0.05, 4), 0.015, 0.03, 1.5, 0.9, 4, 60, FALLS)
        for each in Endpoint
    ),
    lesions=14,
    photographs=6,
    groups=2,
)


def course(*shots: int, reseated: bool = True) -> Course:
    sessions = (
        Session(number, None, tuple(f"{number}-{shot}.jpg" for shot in range(count)))
        for number, count in enumerate(shots, start=1)
    )
    return Course("c", tuple(sessions), reseated_shots=reseated)


@pytest.fixture
def given(monkeypatch):
    """Let a course be what the test says, and its measurement what `FOUND` says."""

    def give(what: Course, found: Repeatability | None = FOUND) -> None:
        monkeypatch.setattr(repeating, "load_course", lambda folder: what)
        monkeypatch.setattr(repeating, "_follow", lambda *asked: None)
        monkeypatch.setattr(repeating, "measure_repeatability", lambda linked, kind: found)

    return give


def test_one_shot_a_session_is_nothing_to_learn_from_unless_nothing_changed(given):
    given(course(1, 1, 1))
    with pytest.raises(CourseError, match="three shots at a session"):
        repeatability(courses=[Path("c")])
    assert repeatability(courses=[Path("c")], unchanged=True).lines


def test_a_single_photograph_is_refused(given):
    given(course(1))
    with pytest.raises(CourseError, match="nothing to be compared with"):
        repeatability(courses=[Path("c")], unchanged=True)


def test_shots_of_one_setting_up_make_no_noise_file(given, tmp_path):
    given(course(3, reseated=False))
    with pytest.raises(CourseError, match="reseated_shots"):
        repeatability(courses=[Path("c")], out=tmp_path / "noise.toml")
    assert not (tmp_path / "noise.toml").exists()


def test_a_course_without_clear_lesions_is_refused(given):
    given(course(3), None)
    with pytest.raises(CourseError, match="stands clear"):
        repeatability(courses=[Path("c")])


def test_the_table_names_every_endpoint_with_interval_degrees_and_smallest_falls(given):
    given(course(3, 3))
    lines = repeatability(courses=[Path("c")]).lines
    rows = {line.split()[0]: line for line in lines if line.split()[0] in {each.value for each in Endpoint}}
    assert len(rows) == 3
    assert "2.00 (1.00 to 5.00)" in rows["load"]
    assert "1 shot 5.4 % (2.7 to 13.0); 3 shots 3.1 % (1.6 to 8.0)" in rows["load"]


def test_json_holds_what_the_table_says(given):
    given(course(3, 3))
    said = CliRunner().invoke(app, ["repeatability", "c", "--json"])
    entries = json.loads(said.stdout)
    assert entries["kind"] == "reseated"
    assert entries["endpoints"]["load"]["total_cv_percent"] == pytest.approx(2.0)
    assert entries["endpoints"]["area"]["smallest_falls"][1] == {
        "shots": 3, "percent": 3.1, "low_percent": 1.6, "high_percent": 8.0,
    }  # fmt: skip


def test_a_refusal_ends_with_1_and_a_remedy(given):
    given(course(1, 1))
    said = CliRunner().invoke(app, ["repeatability", "c"])
    assert said.exit_code == 1
    assert "--unchanged" in said.stderr


def test_a_course_that_names_a_noise_file_is_judged_by_it(given, tmp_path):
    given(course(3, 3))
    repeatability(courses=[Path("c")], out=tmp_path / "clinic.toml")
    usual = noise_settings(tmp_path, course(1))
    own = noise_settings(tmp_path, Course("c", (), noise="clinic.toml"))
    assert own.load.veil == pytest.approx(1.5 * usual.load.veil)
    assert own.load.common_degrees == 4
    assert noise_entries(own, Course("c", (), noise="clinic.toml"))["file"] == "clinic.toml"
    with pytest.raises(CourseError, match=r"missing\.toml"):
        noise_settings(tmp_path, Course("c", (), noise="missing.toml"))


@pytest.mark.slow
def test_reseated_shots_of_a_phantom_tell_their_noise_and_a_course_uses_it(tmp_path):
    folder = render_phantom(
        out=tmp_path / "c", seed=7, sessions=1, shots=3, change="static", reseated=True, megapixels=2
    )
    told = repeatability(courses=[folder], out=folder / "clinic.toml")
    load = next(each for each in told.found.endpoints if each.endpoint is Endpoint.LOAD)
    assert 0 < load.total.value < 0.1
    assert load.common_degrees == 2
    assert noise_settings(folder, Course("c", (), noise="clinic.toml")).load.own > 0
