import pytest

from pigtrack.errors import CourseError, OutputError
from pigtrack.model.course import Endpoint
from pigtrack.model.repeatability import EndpointRepeatability, Repeatability, ReplicateKind, Spread
from pigtrack.store.course_file import parse_course
from pigtrack.store.noise_file import load_noise, noise_text, save_noise

OWN = Repeatability(
    ReplicateKind.RESEATED,
    (EndpointRepeatability(Endpoint.LOAD, Spread(0.02, 0.01, 0.05, 4), 0.015, 0.03, 1.2, 0.9, 4, 60, ()),),
    lesions=14,
    photographs=6,
    groups=2,
)


def test_what_is_written_is_read_again(tmp_path):
    save_noise(tmp_path / "clinic.toml", OWN)
    assert load_noise(tmp_path / "clinic.toml") == OWN


def test_a_file_of_its_own_kind_is_replaced_and_any_other_kept(tmp_path):
    path = tmp_path / "clinic.toml"
    save_noise(path, OWN)
    save_noise(path, OWN)
    path.write_text("[course]\n")
    with pytest.raises(OutputError, match="something else"):
        save_noise(path, OWN)
    assert path.read_text() == "[course]\n"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[noise]\n",
        "not toml",
        noise_text(OWN).replace("0.02", "nan"),
        noise_text(OWN).replace('"reseated"', '"guessed"'),
        noise_text(OWN).replace("total = 0.02\n", ""),
        noise_text(OWN).replace("common_degrees = 4", "common_degrees = 0"),
    ],
)
def test_what_is_no_noise_file_is_refused_with_what_to_do(tmp_path, text):
    path = tmp_path / "clinic.toml"
    path.write_text(text)
    with pytest.raises(CourseError, match="pigtrack repeatability"):
        load_noise(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(CourseError, match=r"clinic\.toml"):
        load_noise(tmp_path / "clinic.toml")


def test_a_course_names_its_noise_and_says_whether_its_shots_were_reseated():
    text = '[course]\n{}\n[[session]]\ndate = 2026-01-11\nphotos = ["a.jpg"]\n'
    course, faults = parse_course(text.format('noise = "clinic.toml"\nreseated_shots = true'), "c")
    assert (course.noise, course.reseated_shots, faults.said()) == ("clinic.toml", True, [])
    assert not parse_course(text.format(""), "c")[0].reseated_shots
    for wrong in ("reseated_shots = 3", "noise = 4"):
        assert parse_course(text.format(wrong), "c")[1].said()[0].startswith("line 2: ")
