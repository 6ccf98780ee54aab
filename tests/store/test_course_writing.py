"""A course written as course.toml comes back as the same course."""

import tomllib
from dataclasses import fields, replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pigtrack.errors import CourseError
from pigtrack.model.course import (
    FACE_REGIONS,
    OUTCOMES,
    SEVERITIES,
    AdverseEvent,
    Course,
    Endpoint,
    Mode,
    Session,
)
from pigtrack.model.treatment import PATCH_TEST_RESULTS, TREATMENT_TEXTS, Screen
from pigtrack.store.course_file import parse_course
from pigtrack.store.course_file.screen import SCREEN_KEYS
from pigtrack.store.course_file.writing import course_text
from pigtrack.store.toml_text import toml_line, toml_value

SAMPLES = sorted((Path(__file__).parents[2] / "sample_images").rglob("course.toml"))
WHOLE = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])

FIRST, LAST = date(2020, 1, 1), date(2030, 1, 1)

lines = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=20).map(
    lambda text: f"{text} {text[0]}"
)
"""What people write: one line of letters of any script, quotes and backslashes among them."""

keys = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=12)
days = st.dates(FIRST, LAST)
zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
moments = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.none() | zones)
numbers = st.floats(-1e6, 1e6) | st.integers(-1000, 10_000).map(float)
anything = st.recursive(
    st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=True)
    | st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
    | days
    | moments
    | st.times(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=5,
)
"""Whatever a clinic writes under a key of its own."""


@st.composite
def polygons(draw):
    """A rectangle, somewhere."""
    x, y = draw(numbers), draw(numbers)
    width, height = draw(st.floats(2, 5000)), draw(st.floats(2, 5000))
    return ((x, y), (x + width, y), (x + width, y + height), (x, y + height))


@st.composite
def treatments(draw, day):
    told = draw(st.fixed_dictionaries({}, optional={key: lines for key in TREATMENT_TEXTS if key != "dose_unit"}))
    if draw(st.booleans()):
        told |= {"dose": draw(st.floats(1e-6, 1e6) | st.integers(1, 100)), "dose_unit": draw(lines)}
    if draw(st.booleans()):
        told["ingredients"] = draw(st.lists(lines, max_size=3))
    if draw(st.booleans()):
        told["patch_test"] = draw(
            st.fixed_dictionaries(
                {},
                optional={
                    "date": st.dates(FIRST, day),
                    "site": lines,
                    "hours": st.floats(0.01, 300) | st.integers(1, 300),
                    "result": st.sampled_from(PATCH_TEST_RESULTS),
                },
            )
        )
    own = draw(st.dictionaries(keys, anything, max_size=2))
    return {key: value for key, value in own.items() if key not in KNOWN} | told


KNOWN = {*TREATMENT_TEXTS, "ingredients", "dose", "patch_test"}


@st.composite
def events(draw, day):
    begun = draw(st.none() | st.dates(day, LAST))
    until = draw(st.none() | st.dates(begun or day, LAST))
    outcomes = [None, *(each for each in OUTCOMES if until is None or each not in ("ongoing", "resolving"))]
    severity, outcome = draw(st.sampled_from([None, *SEVERITIES])), draw(st.sampled_from(outcomes))
    return AdverseEvent(draw(lines), begun, severity, outcome, draw(st.none() | lines), until)


@st.composite
def sessions(draw, number, day, zoned):
    clock = draw(st.none() | st.times())
    shots = draw(st.integers(1, 3))
    done = draw(st.lists(treatments(day).filter(bool), max_size=3))
    return Session(
        number=number,
        date=day if clock is None else datetime.combine(day, clock, zoned),
        photos=tuple(f"visit {number}/é-{shot}.jpg" for shot in range(shots)),
        treatment=done[0] if done else {},
        after_procedure=draw(st.booleans()),
        skin_state=draw(st.just("clean") | st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=9)),
        adverse_events=tuple(draw(st.lists(events(day), max_size=2))),
        further_treatments=tuple(done[1:]),
    )


@st.composite
def screens(draw):
    answers = draw(st.dictionaries(keys.filter(lambda key: key not in SCREEN_KEYS), st.booleans(), max_size=4))
    signed = any(answers.values())
    who, why = (lines, lines) if signed else (st.none() | lines, st.none() | lines)
    return Screen(tuple(answers.items()), draw(who), draw(st.none() | days), draw(why))


@st.composite
def courses(draw):
    visited = draw(st.lists(days, min_size=1, max_size=3, unique=True).map(sorted))
    zone = draw(st.none() | zones)
    mode = draw(st.sampled_from(Mode))
    drawn = draw(st.lists(st.sampled_from(FACE_REGIONS), unique=True)) if mode is Mode.FIELD else []
    text = st.none() | lines
    return Course(
        id=draw(lines),
        sessions=tuple(draw(sessions(k, day, zone)) for k, day in enumerate(visited, start=1)),
        **{key: draw(text) for key in ("subject", "site", "diagnosis", "cause", "depth", "skin_type", "protocol")},
        mode=mode,
        primary=draw(st.sampled_from(Endpoint)),
        card=draw(lines),
        card_patch_pitch_mm=draw(st.none() | st.floats(1, 100)),
        scale_sticker_mm=draw(st.none() | st.floats(8, 12) | st.floats(16, 24)),
        region=draw(st.none() | polygons()),
        control=draw(st.none() | polygons()),
        exclude=tuple(draw(st.lists(polygons(), max_size=2))),
        reseated_shots=draw(st.booleans()),
        noise=draw(text),
        face=tuple((name, draw(polygons())) for name in FACE_REGIONS if name in drawn),
        population=draw(st.sampled_from([None, True, False])),
        patient_language=draw(st.sampled_from([None, "en", "de"])),
        screen=draw(st.none() | screens()),
    )


def back(text):
    course, faults = parse_course(text, "the folder's name")
    assert faults.said() == []
    return course


@WHOLE
@given(courses())
def test_whatever_a_course_tells_comes_back(course):
    text = course_text(course)
    assert repr_of(back(text)) == repr_of(course)
    assert course_text(back(text)) == text


def repr_of(course):
    """A course whose numbers that are none compare equal, and whose tables have no order."""

    def plain(value):
        if isinstance(value, dict):
            return {key: plain(each) for key, each in sorted(value.items())}
        if isinstance(value, list):
            return [plain(each) for each in value]
        return repr(value) if isinstance(value, float) else value

    visits = [
        (plain(each.treatment), [plain(more) for more in each.further_treatments], each.date)
        for each in course.sessions
    ]
    bare = [replace(each, treatment={}, further_treatments=()) for each in course.sessions]
    return replace(course, sessions=tuple(bare)), visits


def test_every_field_of_a_course_is_drawn_by_the_test_above():
    """A field that is added to the model must be written, and drawn here."""
    drawn = {"id", "sessions", "subject", "site", "diagnosis", "cause", "depth", "skin_type", "protocol", "mode"}
    drawn |= {"primary", "card", "card_patch_pitch_mm", "scale_sticker_mm", "region", "control", "exclude"}
    drawn |= {"reseated_shots", "noise", "face", "population", "patient_language", "screen", "assumptions"}
    drawn |= {"corrections"}  # tests/test_corrections
    assert {each.name for each in fields(Course)} <= drawn


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.parent.name)
def test_every_sample_course_comes_back(path):
    course = back(path.read_text(encoding="utf-8"))
    assert back(course_text(course)) == course


def test_the_text_reads_as_the_manual_writes_it():
    treated = {"product": "A", "technique": "laser", "wavelength_nm": 532}
    course = Course(
        "C-1",
        (Session(1, datetime(2026, 1, 11, 10, 30), ("a.jpg",), treated),),
        subject="P-7",
        region=((1.0, 2.0), (30.5, 2.0), (30.0, 40.0)),
        screen=Screen((("diabetes", False),)),
        protocol="dark-spot-mesotherapy",
    )
    assert course_text(course) == (
        '[course]\nid = "C-1"\nsubject = "P-7"\nprotocol = "dark-spot-mesotherapy"\nmode = "spots"\n'
        'primary = "load"\ncard = "colorchecker-classic"\nregion = [[1, 2], [30.5, 2], [30, 40]]\n\n'
        '[screen]\ndiabetes = "no"\n\n'
        '[[session]]\ndate = 2026-01-11T10:30:00\nphotos = ["a.jpg"]\n'
        'treatment = { technique = "laser", product = "A", wavelength_nm = 532 }\n'
    )


def test_a_long_treatment_gets_a_table_of_its_own():
    told = {"technique": "manual injection", "note": "x" * 120}
    text = course_text(Course("C", (Session(1, date(2026, 1, 11), ("a.jpg",), told),)))
    assert "[session.treatment]\ntechnique" in text
    assert back(text).sessions[0].treatment == told


def test_the_order_in_which_a_treatment_was_told_changes_nothing():
    def text(treated):
        return course_text(Course("C", (Session(1, date(2026, 1, 11), ("a.jpg",), treated),)))

    assert text({"b": 1, "a": {"z": 1, "y": 2}, "lot": "7"}) == text({"lot": "7", "a": {"y": 2, "z": 1}, "b": 1})


def test_what_was_assumed_of_dated_photographs_is_told_in_a_comment():
    course = Course("C", (Session(1, date(2026, 1, 11), ("a.jpg",)),), assumptions=("There is no course.toml.",))
    text = course_text(course)
    assert text.startswith("# There is no course.toml.\n\n[course]\n")
    assert back(text) == replace(course, assumptions=())


def test_a_course_that_has_only_begun_is_told_and_read_again_but_is_no_folder_to_measure(tmp_path):
    text = course_text(Course("C", (), subject="P-0007"))
    assert parse_course(text, "", begun=True)[0] == Course("C", (), subject="P-0007")
    assert parse_course(text, "")[1].said() == ["there is no [[session]]."]


def test_a_course_without_dates_is_refused_with_what_to_do():
    course = Course("C", tuple(Session(k, None, (f"{k}.jpg",)) for k in (1, 2)))
    with pytest.raises(CourseError) as caught:
        course_text(course)
    assert caught.value.problem == 'The course "C" has no date for sessions 1, 2.'
    assert "pigtrack init" in caught.value.remedy


@pytest.mark.parametrize(
    "course",
    [
        Course("C", (Session(2, date(2026, 1, 11), ("a.jpg",)),)),
        Course("C", (Session(1, date(2026, 1, 11), ("a.jpg",), {}, further_treatments=({"lot": "7"},)),)),
        Course("C", (Session(1, date(2026, 1, 11), ("../a.jpg",)),)),
        Course("C", (Session(1, date(2026, 1, 11), ("a.jpg",), {"lot": 7}),)),
        Course("C", (Session(1, date(2026, 1, 11), ("a.jpg",), {"own": None}),)),
        Course("C", (Session(1, date(2026, 1, 11), ("a.jpg",), {"own": "\ud800"}),)),
        Course("C", (Session(1, datetime(2026, 1, 11, tzinfo=timezone(timedelta(seconds=30))), ("a.jpg",)),)),
        Course("two\nlines", (Session(1, date(2026, 1, 11), ("a.jpg",)),)),
        Course("C", (Session(1, date(2026, 1, 11), ("a.jpg",)),), screen=Screen((("herpes", True),))),
    ],
)
def test_a_course_that_no_file_can_tell_is_refused_and_never_written_as_another(course):
    with pytest.raises(ValueError, match="must"):
        course_text(course)


def test_a_list_that_is_too_long_for_a_line_gets_one_an_item():
    photos = [f"session-01-shot-{shot}.jpg" for shot in range(9)]
    line = toml_line("photos", photos)
    assert line.count("\n") == 10
    assert tomllib.loads(line) == {"photos": photos}


def test_a_time_with_a_zone_is_refused():
    with pytest.raises(ValueError, match="zone"):
        toml_value(time(3, tzinfo=UTC))
