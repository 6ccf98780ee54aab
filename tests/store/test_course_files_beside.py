"""Files that a course.toml refers to beside photographs, taken in with the course."""

from datetime import date

import numpy as np
import pytest

from pigtrack.errors import CardError, CourseError, ProtocolError
from pigtrack.imaging.colour import xyz_to_lab
from pigtrack.model.course import Course, Endpoint, Session
from pigtrack.model.repeatability import EndpointRepeatability, Repeatability, ReplicateKind, Spread
from pigtrack.store.course_file.beside import LARGEST_BYTES, read_files_beside
from pigtrack.store.folder import load_course_card
from pigtrack.store.noise_file import noise_text
from pigtrack.store.protocol_file import load_course_protocol
from pigtrack.store.reference_data import load_card

CARD = 'base = "colorchecker-classic"\nmeasured = "readings/ours.csv"\nilluminant = "D65"\n'
LAB = xyz_to_lab(load_card("colorchecker-classic").xyz) * [1, 0.93, 0.93]
READINGS = "L,A,B\n" + "".join(",".join(f"{x:.3f}" for x in row) + "\n" for row in LAB)
PROTOCOL = 'base = "dark-spot-mesotherapy"\ntitle = "Ours"\n'
SPREAD = Spread(0.02, 0.01, 0.05, 4)
OWN = Repeatability(
    ReplicateKind.RESEATED,
    (EndpointRepeatability(Endpoint.LOAD, SPREAD, 0.015, 0.03, 1.2, 0.9, 4, 60, ()),),
    lesions=14,
    photographs=6,
    groups=2,
)


@pytest.fixture
def clinic(tmp_path):
    """A clinic's folder with a card for all courses, and a course inside."""
    put(tmp_path / "cards" / "our card.toml", CARD)
    put(tmp_path / "cards" / "readings" / "ours.csv", READINGS)
    put(tmp_path / "noise.toml", noise_text(OWN))
    put(tmp_path / "course" / "ours.toml", PROTOCOL)
    return tmp_path


def put(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def course(**told):
    return Course("C", (Session(1, date(2026, 1, 11), ("a.jpg",)),), **told)


def lay_out(folder, files):
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


def test_a_course_that_names_no_files_brings_none(tmp_path):
    found = read_files_beside(tmp_path, course(protocol="dark-spot-mesotherapy"))
    assert (found.files, found.course) == ({}, course(protocol="dark-spot-mesotherapy"))


def test_files_inside_keep_their_names(clinic):
    folder = clinic / "course"
    (clinic / "cards").rename(folder / "cards")
    put(folder / "noise.toml", noise_text(OWN))
    told = course(card="cards/our card.toml", protocol="ours.toml", noise="noise.toml")
    found = read_files_beside(folder, told)
    assert found.course == told
    assert sorted(found.files) == ["cards/our card.toml", "cards/readings/ours.csv", "noise.toml", "ours.toml"]
    assert found.files["cards/our card.toml"] == CARD.encode()


@pytest.mark.parametrize("place", ["../cards/our card.toml", "absolute", "a link"])
def test_what_lies_outside_comes_in_with_all_it_needs_and_its_place_is_told_nowhere(clinic, place):
    folder = clinic / "course"
    if place == "absolute":
        place = str(clinic / "cards" / "our card.toml")
    if place == "a link":
        (folder / "shared").symlink_to(clinic / "cards")
        place = "shared/our card.toml"
    found = read_files_beside(folder, course(card=place, noise="../noise.toml"))
    assert sorted(found.files) == [
        "files/card/our card.toml",
        "files/card/readings/ours.csv",
        "files/noise/noise.toml",
    ]
    assert str(clinic) not in repr(found.course)
    assert ".." not in repr(found.course)


def test_what_was_taken_in_is_read_as_before_and_taken_in_again_as_it_is(clinic):
    told = course(card="../cards/our card.toml", protocol="ours.toml", noise="../noise.toml")
    found = read_files_beside(clinic / "course", told)
    elsewhere = clinic / "elsewhere"
    lay_out(elsewhere, found.files)
    before, after = load_course_card(clinic / "course", told), load_course_card(elsewhere, found.course)
    assert (before.name, before.source) == (after.name, after.source)
    assert np.array_equal(before.xyz, after.xyz)
    protocols = load_course_protocol(clinic / "course", told), load_course_protocol(elsewhere, found.course)
    assert protocols[0].digest == protocols[1].digest
    assert protocols[0].name == protocols[1].name
    assert read_files_beside(elsewhere, found.course) == found


def test_a_folder_of_that_name_is_left_alone(clinic):
    put(clinic / "course" / "files" / "card" / "notes.txt", "mine")
    found = read_files_beside(clinic / "course", course(card="../cards/our card.toml"))
    assert found.course.card == "files/card-2/our card.toml"


def test_spectra_that_travel_with_pigtrack_stay_there(tmp_path):
    put(tmp_path / "ours.toml", 'base = "colorchecker-classic"\npitch_mm = 11.0\n')
    assert list(read_files_beside(tmp_path, course(card="ours.toml")).files) == ["ours.toml"]


@pytest.mark.parametrize(
    ("told", "fault", "said"),
    [
        ({"card": "none.toml"}, CardError, "There is no card file"),
        ({"protocol": "none.toml"}, ProtocolError, "There is no protocol file"),
        ({"protocol": "../noise.toml"}, ProtocolError, "outside the course's folder"),
        ({"noise": "none.toml"}, CourseError, "can't be read"),
        ({"noise": "ours.toml"}, CourseError, "is no noise file"),
        ({"noise": "large.toml"}, CourseError, "is no noise file"),
    ],
)
def test_what_is_missing_or_something_else_is_said(clinic, told, fault, said):
    put(clinic / "course" / "large.toml", "#" * (LARGEST_BYTES + 1))
    with pytest.raises(fault, match=said):
        read_files_beside(clinic / "course", course(**told))
