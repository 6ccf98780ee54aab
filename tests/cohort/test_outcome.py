"""What a cohort takes from a course's tables: the change, its variance, and how far it lies from the baseline."""

import math
from dataclasses import replace
from pathlib import Path

import pytest
from drawn_cohorts import write_course

from pigtrack.cohort import take_course
from pigtrack.cohort.outcome import COVERAGE
from pigtrack.model.cohort import CohortCourse, Factor, LeftOut
from pigtrack.model.course import Endpoint, Mode
from pigtrack.store.measured import read_measured


def taken(folder: Path, endpoint: Endpoint = Endpoint.LOAD, **more: object) -> CohortCourse:
    found = take_course(read_measured(write_course(folder, **more)), endpoint)
    assert isinstance(found, CohortCourse)
    return found


def test_load_enters_as_its_log_ratio_with_the_variance_of_its_interval(tmp_path):
    course = taken(tmp_path / "c", percents=(-10.0, -20.0), half=3.0)
    assert course.change == pytest.approx([math.log(0.9), math.log(0.8)])
    u = [(math.log(0.93) - math.log(0.87)) / (2 * COVERAGE), (math.log(0.83) - math.log(0.77)) / (2 * COVERAGE)]
    assert course.variance + course.shared == pytest.approx([each**2 for each in u])
    assert course.shared == pytest.approx(min(u) ** 2 / 2)
    assert course.level == pytest.approx(math.log(1000))


def test_contrast_enters_as_a_difference(tmp_path):
    course = taken(tmp_path / "c", Endpoint.CONTRAST, percents=(-10.0, -20.0))
    assert course.change == pytest.approx([-1.0, -2.0], abs=0.01)


def test_days_and_treatments_count_from_the_baseline(tmp_path):
    course = taken(tmp_path / "c", days=(0, 45, 90))
    assert course.days == pytest.approx([45, 90])
    assert course.treatments == pytest.approx([1, 2])  # that of the day itself comes after the photograph


def test_several_products_of_one_course_are_one_label(tmp_path):
    folder = write_course(tmp_path / "c", product="B")
    text = (folder / "course.toml").read_text()
    (folder / "course.toml").write_text(text.replace('product = "B"', 'product = "A"', 1))
    found = take_course(read_measured(folder), Endpoint.LOAD)
    assert isinstance(found, CohortCourse)
    assert found.groups[Factor.PRODUCT] == "A + B"


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"exploratory": True}, LeftOut.EXPLORATORY),
        ({"subject": None}, LeftOut.NO_SUBJECT),
        ({"verdict": "not_measurable"}, LeftOut.NO_LATER_SESSION),
        ({"flags": "after_procedure"}, LeftOut.NO_LATER_SESSION),
        ({"flags": "soon_after_treatment;tan"}, LeftOut.NO_LATER_SESSION),
        ({"days": (0,), "percents": ()}, LeftOut.NO_LATER_SESSION),
    ],
)
def test_a_course_that_can_not_take_part_says_why(tmp_path, more, reason):
    assert take_course(read_measured(write_course(tmp_path / "c", **more)), Endpoint.LOAD) is reason


def test_a_course_of_the_other_mode_is_left_out_where_one_was_chosen(tmp_path):
    tables = read_measured(write_course(tmp_path / "c"))
    assert take_course(tables, Endpoint.LOAD, Mode.FIELD) is LeftOut.OTHER_MODE


def test_a_percentage_without_a_sane_interval_is_not_taken(tmp_path):
    tables = read_measured(write_course(tmp_path / "c"))
    broken = tuple({**row, "load_change_ci_low": "-150"} for row in tables.sessions)
    assert take_course(replace(tables, sessions=broken), Endpoint.LOAD) is LeftOut.NO_LATER_SESSION
