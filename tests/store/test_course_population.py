"""population in course.toml."""

import pytest

from pigtrack.store import course_file

TEXT = '[course]\npopulation = {}\n[[session]]\ndate = 2026-01-11\nphotos = ["a.jpg"]\n'


@pytest.mark.parametrize(("said", "taken"), [("true", True), ("false", False)])
def test_what_the_course_asks_for_is_taken(said, taken):
    course, faults = course_file.parse_course(TEXT.format(said), "c")
    assert not faults.said()
    assert course.population is taken


@pytest.mark.parametrize("said", ["1", '"true"', "[]"])
def test_anything_else_is_refused_with_its_line(said):
    _, faults = course_file.parse_course(TEXT.format(said), "c")
    assert faults.said() == ["line 2: population must be true or false."]


def test_without_the_key_it_is_told_from_the_spots():
    course, _ = course_file.parse_course(TEXT.replace("population = {}\n", ""), "c")
    assert course.population is None
