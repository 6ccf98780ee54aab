"""A blinded reader gets pictures that do not tell which day was first."""

import re
from dataclasses import replace

import numpy as np
import pytest
from drawn_courses import digests
from PIL import Image

from pigtrack.errors import OutputError
from pigtrack.model.blinding import blind_sessions, letters
from pigtrack.model.course import Course, Session
from pigtrack.tracker.reviewing import review_blinded


def course_of(count):
    return Course("c", tuple(Session(number, None, (f"{number}.jpg",)) for number in range(1, count + 1)))


@pytest.fixture(scope="module")
def review(drawn, tmp_path_factory):
    return review_blinded(course_folder=drawn.folder, out=tmp_path_factory.mktemp("review") / "r", seed="s")


def test_letters_follow_the_seed_and_nothing_else():
    key = blind_sessions(course_of(6), "one")
    assert key == blind_sessions(course_of(6), "one")
    assert [letter for letter, _ in key] == ["A", "B", "C", "D", "E", "F"]
    assert sorted(session for _, session in key) == [1, 2, 3, 4, 5, 6]
    others = {tuple(session for _, session in blind_sessions(course_of(6), f"seed {each}")) for each in range(40)}
    assert len(others) > 30


def test_every_order_comes_about_as_often_and_the_true_one_too():
    orders = [tuple(each for _, each in blind_sessions(course_of(3), str(seed))) for seed in range(1200)]
    counts = [orders.count(order) for order in set(orders)]
    assert len(counts) == 6
    assert (1, 2, 3) in orders
    assert max(abs(count - 200) for count in counts) < 4 * np.sqrt(200)


def test_a_seed_must_be_given():
    with pytest.raises(ValueError, match="seed must not be empty"):
        blind_sessions(course_of(2), "")


def test_there_are_letters_for_every_session():
    assert len(set(letters(800))) == 800


def test_a_review_holds_a_picture_a_session_and_no_name_date_or_order(drawn, review):
    assert {path.name for path in review.folder.iterdir()} == {"A.png", "B.png", "C.png", "spots.png", "README.txt"}
    told = (review.folder / "README.txt").read_text(encoding="utf-8")
    names = [
        drawn.course.id,
        drawn.course.subject or "phantom",
        *(photo for each in drawn.course.sessions for photo in each.photos),
    ]
    assert not any(name.lower() in told.lower() for name in names)
    assert not re.search(r"\d{4}-\d\d|20\d\d|session|baseline", told)


def test_all_files_have_one_time_and_pictures_no_metadata(review):
    times = {path.stat().st_mtime for path in (*review.folder.iterdir(), review.folder)}
    assert len(times) == 1
    for path in review.folder.glob("*.png"):
        chunks = re.findall(rb"(tEXt|zTXt|iTXt|eXIf|tIME)", path.read_bytes()[:200])
        with Image.open(path) as picture:
            assert picture.info == {}
        assert chunks == []


def test_no_picture_stands_out_by_its_size_or_by_what_it_shows(review):
    """The photograph that the others were laid on has no border of its own: all show what all of them show."""
    pixels = [np.array(Image.open(review.folder / f"{letter}.png")) for letter, _ in review.key]
    assert len({each.shape for each in pixels}) == 1
    grey = [np.all(each == (214, 217, 220), axis=2) for each in pixels]
    assert grey[0].any()
    assert all(np.array_equal(grey[0], each) for each in grey)


@pytest.mark.slow
def test_the_key_tells_which_picture_is_which(drawn, review, tmp_path):
    """Another seed gives the same pictures to other letters."""
    seed = next(each for each in map(str, range(50)) if blind_sessions(drawn.course, each)[0][1] != review.key[0][1])
    other = review_blinded(course_folder=drawn.folder, out=tmp_path / "r", seed=seed)
    first, second = (
        {session: digests(each.folder)[f"{letter}.png"] for letter, session in each.key} for each in (review, other)
    )
    assert first == second
    assert len(set(first.values())) == 3


def test_the_key_lies_nowhere_beside_the_pictures(review):
    order = "".join(str(session) for _, session in review.key)
    for path in review.folder.iterdir():
        assert order.encode() not in path.read_bytes() or path.suffix == ".png"
    assert not list(review.folder.parent.glob("*.json"))


def test_a_point_of_a_picture_is_told_in_pixels_of_the_course(drawn, review):
    told = (review.folder / "README.txt").read_text(encoding="utf-8")
    left, scale, top = map(float, re.search(r"\[([\d.-]+) \+ ([\d.]+) x, ([\d.-]+) \+", told).groups())
    with Image.open(review.folder / "A.png") as picture:
        width, height = picture.size
    region = np.array(drawn.course.region)
    low, high = (region - (left, top)).min(axis=0) / scale, (region - (left, top)).max(axis=0) / scale
    assert (low >= 0).all()
    assert (high <= (width, height)).all()


def test_a_folder_that_holds_something_is_left_alone(drawn, tmp_path):
    (tmp_path / "r").mkdir()
    (tmp_path / "r" / "A.png").write_bytes(b"another review")
    with pytest.raises(OutputError, match="is there already"):
        review_blinded(course_folder=drawn.folder, out=tmp_path / "r", seed="s")
    assert (tmp_path / "r" / "A.png").read_bytes() == b"another review"


def test_sessions_without_a_picture_have_no_letter():
    usable = replace(course_of(5), sessions=course_of(5).sessions[::2])
    assert sorted(session for _, session in blind_sessions(usable, "s")) == [1, 3, 5]
