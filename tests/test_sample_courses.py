"""The sample courses are what their script writes, and tell all that a course can."""

import runpy
from pathlib import Path

import pytest

from pigtrack.imaging.phantom import plan_course
from pigtrack.model.plan import plan_visits
from pigtrack.store.folder import load_course
from pigtrack.store.phantom_folder import course_toml
from pigtrack.store.protocol_file import load_course_protocol

SAMPLES = Path(__file__).parents[1] / "sample_images"
SCRIPT = runpy.run_path(str(SAMPLES / "make_samples.py"))


@pytest.mark.parametrize("name", SCRIPT["PLANS"])
def test_a_course_file_is_as_its_script_writes_it(name):
    drawn = course_toml(plan_course(SCRIPT["PLANS"][name]), name)
    assert (SAMPLES / name / "course.toml").read_text(encoding="utf-8") == SCRIPT["tell"](drawn)


def test_the_script_notices_when_a_phantom_tells_of_no_treatment():
    with pytest.raises(ValueError, match="no treatment"):
        SCRIPT["tell"]("[course]\n")


def test_the_sample_course_tells_all_that_a_course_can():
    folder = SAMPLES / "sample-course"
    course = load_course(folder)
    protocol = load_course_protocol(folder, course)
    assert {key for key, _ in course.screen.answers} == set(protocol.screen_keys)
    assert [len(session.treatments) for session in course.sessions] == [1, 1, 1, 1, 1, 0]
    assert course.sessions[0].treatments[0].patch_test.result == "negative"
    assert [each.kind for session in course.sessions for each in session.adverse_events] == ["bruise"]
    assert protocol.find_technique(course.sessions[0].treatments[0].technique).needles
    assert protocol.find_product(course.sessions[0].treatments[0].product).country == "Spain"
    assert all(visit.days_off == 0 for visit in plan_visits(course, protocol))
