"""Corrections by hand in course.toml: written, read back, and refused with their lines."""

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pigtrack.errors import CourseError
from pigtrack.model.correction import Correction, CorrectionKind
from pigtrack.model.course import Course, Mode, Session
from pigtrack.store.course_file import CORRECTION_KEYS, parse_course
from pigtrack.store.course_file.writing import course_text
from pigtrack.store.folder import load_course

PHOTOS = ("one.jpg", "visit 2/é.jpg")
SESSIONS = tuple(Session(number, date(2026, 1, number), (photo,)) for number, photo in enumerate(PHOTOS, start=1))
HEAD = """[course]
id = "c"

[[session]]
date = 2026-01-01
photos = ["one.jpg"]

[[session]]
date = 2026-01-02
photos = ["visit 2/é.jpg"]

"""
FIRST = HEAD.count("\n") + 1
"""The line after the head."""

lines = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=20)
numbers = st.floats(0, 1e5) | st.integers(0, 9000).map(float)
points = st.tuples(numbers, numbers)


@st.composite
def polygons(draw):
    (x, y), width, height = draw(points), draw(st.floats(2, 5000)), draw(st.floats(2, 5000))
    return ((x, y), (x + width, y), (x + width, y + height), (x, y + height))


@st.composite
def corrections(draw):
    kind = draw(st.sampled_from([each for each in CorrectionKind if each is not CorrectionKind.PHOTOGRAPH]))
    one, outline = (draw(points),), draw(polygons())
    if kind is CorrectionKind.EXCLUDE:
        drawn = draw(st.sampled_from([{"at": one}, {"outline": outline}, {"at": one, "outline": outline}]))
    elif kind is CorrectionKind.MERGE:
        drawn = {"at": tuple(draw(st.lists(points, min_size=2, max_size=5)))}
    elif kind is CorrectionKind.SPLIT:
        line = tuple(draw(st.lists(points, min_size=2, max_size=2, unique=True)))
        drawn = {"at": one} | draw(st.sampled_from([{"line": line}, {"outline": outline}]))
    elif kind is CorrectionKind.OUTLINE:
        drawn = draw(st.sampled_from([{"outline": outline}, {"at": one, "outline": outline}]))
    else:
        drawn = {"outline": outline}
    return Correction(kind, draw(lines), by=draw(st.none() | lines), blinded=draw(st.booleans()), **drawn)


left_out = st.lists(st.sampled_from(PHOTOS), unique=True).map(
    lambda photos: [Correction(CorrectionKind.PHOTOGRAPH, "blurred", photo=photo) for photo in photos]
)


def read(text):
    course, faults = parse_course(HEAD + text, "c")
    return course, faults.said()


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(corrections(), max_size=6), left_out)
def test_corrections_written_into_a_course_come_back_as_they_were(several, photographs):
    course = Course("c", SESSIONS, corrections=(*several, *photographs))
    text = course_text(course)
    again, faults = parse_course(text, "")
    assert faults.said() == []
    assert again.corrections == course.corrections
    assert course_text(again) == text


def test_corrections_of_a_field_come_back_too():
    outline = ((1.0, 1.0), (9.0, 1.0), (9.0, 9.5))
    kinds = (CorrectionKind.EXCLUDE, CorrectionKind.REGION, CorrectionKind.CONTROL)
    course = Course(
        "c", SESSIONS, mode=Mode.FIELD, corrections=tuple(Correction(k, "so", outline=outline) for k in kinds)
    )
    assert parse_course(course_text(course), "")[0].corrections == course.corrections


def test_a_point_may_stand_alone_or_in_a_list():
    text = '[[correction]]\nkind = "exclude"\nreason = "a mole"\nat = {}\n'
    alone, listed = (read(text.format(at))[0].corrections for at in ("[5, 6.5]", "[[5, 6.5]]"))
    assert alone == listed == (Correction(CorrectionKind.EXCLUDE, "a mole", at=((5.0, 6.5),)),)


SPOILT = {
    "a kind that is none": ('kind = "remove"\nreason = "x"', "kind must be one of exclude, merge, split"),
    "no kind": ('reason = "x"', "kind must be one of"),
    "no reason": ('kind = "exclude"\nat = [1, 2]', "needs its reason"),
    "an empty reason": ('kind = "exclude"\nat = [1, 2]\nreason = ""', "reason must be one line"),
    "an unknown key": ('kind = "exclude"\nat = [1, 2]\nreason = "x"\nlesion = 4', 'unknown key "lesion"'),
    "a key of another kind": ('kind = "region"\nat = [1, 2]\nreason = "x"', 'of the kind "region" has no at'),
    "nothing to exclude": ('kind = "exclude"\nreason = "x"', "needs a point on the spot (at), or an outline"),
    "a merge of one point": ('kind = "merge"\nat = [1, 2]\nreason = "x"', "needs two points or more"),
    "two spots excluded as one": ('kind = "exclude"\nat = [[1, 2], [3, 4]]\nreason = "x"', "write one for each spot"),
    "a split without a line": ('kind = "split"\nat = [1, 2]\nreason = "x"', "needs a point (at), and a line or an"),
    "a split by both": (
        'kind = "split"\nat = [1, 2]\nreason = "x"\nline = [[1, 1], [2, 2]]\noutline = [[1, 1], [9, 1], [9, 9]]',
        "needs a point (at), and a line or an outline",
    ),
    "a line of one point": (
        'kind = "split"\nat = [1, 2]\nreason = "x"\nline = [[1, 1], [1, 1]]',
        "two different points",
    ),
    "an outline of two corners": ('kind = "region"\nreason = "x"\noutline = [[1, 1], [9, 1]]', "3 to 1000 corners"),
    "an outline that crosses itself": (
        'kind = "region"\nreason = "x"\noutline = [[0, 0], [9, 9], [9, 0], [0, 5]]',
        "crosses itself",
    ),
    "a point of three numbers": ('kind = "exclude"\nreason = "x"\nat = [1, 2, 3]', "at must be a point [x, y]"),
    "a point of words": ('kind = "exclude"\nreason = "x"\nat = ["a", 2]', "at must be a point [x, y]"),
    "no point at all": ('kind = "exclude"\nreason = "x"\nat = []', "at must be a point [x, y]"),
    "a photograph that is none": ('kind = "photograph"\nreason = "x"\nphoto = "two.jpg"', 'photograph "two.jpg"'),
    "no photograph": ('kind = "photograph"\nreason = "x"', "needs the name of a photograph"),
    "blinded in words": (
        'kind = "exclude"\nreason = "x"\nat = [1, 2]\nblinded = "yes"',
        "blinded must be true or false",
    ),
}


@pytest.mark.parametrize(("text", "said"), SPOILT.values(), ids=SPOILT)
def test_a_spoilt_correction_is_told_with_its_line_and_left_out(text, said):
    course, faults = read(f"[[correction]]\n{text}\n")
    assert any(said in each for each in faults)
    assert all(FIRST <= int(each.split(":")[0].removeprefix("line ")) <= FIRST + 5 for each in faults)
    if said != "blinded must be true or false":  # told wrongly, but nothing hangs on it
        assert course.corrections == () or "key" in said


def test_all_faults_of_all_corrections_are_told_at_once():
    _, faults = read("".join(f"[[correction]]\n{text}\n" for text, _ in SPOILT.values()))
    assert len(faults) >= len(SPOILT)
    assert all(any(said in each for each in faults) for _, said in SPOILT.values())


def test_a_photograph_is_left_out_once():
    one = '[[correction]]\nkind = "photograph"\nreason = "x"\nphoto = "one.jpg"\n'
    assert read(one + one)[1] == [f'line {FIRST + 7}: the photograph "one.jpg" is left out twice.']


@pytest.mark.parametrize("kind", ["merge", "split", "outline", "exclude"])
def test_a_field_has_no_single_spots_to_correct(kind):
    text = f'[[correction]]\nkind = "{kind}"\nreason = "x"\nat = [1, 2]\n'
    _, faults = parse_course(HEAD.replace('id = "c"', 'id = "c"\nmode = "field"') + text, "c")
    assert any("a field has no single spots" in each for each in faults.said())


def test_corrections_stand_in_double_brackets():
    assert "double brackets" in read("[correction]\nkind = 'merge'\n")[1][0]
    assert "[[correction]]" in read("[corrections]\n")[1][0]


def test_a_bad_correction_keeps_the_whole_course_from_being_measured(tmp_path):
    (tmp_path / "one.jpg").write_bytes(b"1")
    (tmp_path / "visit 2").mkdir()
    (tmp_path / "visit 2" / "é.jpg").write_bytes(b"2")
    (tmp_path / "course.toml").write_text(HEAD + '[[correction]]\nkind = "merge"\nreason = "x"\nat = [1, 2]\n', "utf-8")
    with pytest.raises(CourseError, match=rf'line {FIRST + 1}: a correction of the kind "merge" needs two points'):
        load_course(tmp_path)


def test_the_manual_describes_every_key_of_a_correction():
    from pathlib import Path

    said = (Path(__file__).parents[2] / "docs" / "course-toml.md").read_text(encoding="utf-8")
    part = said.split("## [[correction]]")[1]
    assert all(f"| `{key}` |" in part for key in CORRECTION_KEYS)
    assert all(f"`{kind}`" in part for kind in CorrectionKind)
