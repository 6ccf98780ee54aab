"""The sample cohort that travels along: drawn slopes, measured by this version, told by the cohort's own words."""

import csv
import runpy
from pathlib import Path

import numpy as np
import pytest

import pigtrack
from pigtrack.model.cohort import Axis
from pigtrack.pipeline.versions import ALGORITHMS

SAMPLE = Path(__file__).parent.parent / "sample_images" / "sample-cohort"


@pytest.fixture(scope="module")
def compared():
    return pigtrack.compare_courses(SAMPLE, by="product")


def drawn_slopes() -> dict[str, dict[str, float]]:
    slopes: dict[str, dict[str, float]] = {}
    with (SAMPLE / "truth.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            slopes.setdefault(row["product"], {})[row["patient"]] = float(row["log_slope_per_30_days"])
    return slopes


def test_every_course_takes_part_and_one_product_is_hidden(compared):
    assert compared.warnings == ()
    assert [(g.label, g.hidden, g.patients, g.courses) for g in compared.result.groups] == [
        ("Product A", False, 8, 10),
        ("Product B", False, 7, 7),
        ("Product C", True, None, None),
    ]


def test_it_was_measured_by_the_algorithms_of_this_version(compared):
    # If this fails, an algorithm's version was raised: run sample_images/make_cohort.py again.
    assert list(compared.result.algorithms) == [{each.name: each.version for each in ALGORITHMS}]


def test_each_interval_holds_the_mean_of_the_slopes_that_were_drawn(compared):
    slopes = drawn_slopes()
    for group in compared.result.groups:
        for effect in (each for each in group.effects if each.axis is Axis.DAYS and not each.adjusted):
            true = float(np.expm1(np.mean(list(slopes[str(group.label)].values())) * effect.at / 30))
            assert effect.mean.low <= 100 * true <= effect.mean.high


def test_it_names_its_patients_nowhere_that_is_shared(compared):
    page = compared.page()
    assert "P-0" not in page
    assert "course-" not in page


@pytest.mark.slow
def test_its_script_makes_it_again(tmp_path):
    script = runpy.run_path(str(SAMPLE.parent / "make_cohort.py"))
    number = 16  # the shortest course
    visits = script["plan_courses"]()[number - 1]
    (tmp_path / "work").mkdir()
    script["make_course"](number, visits, tmp_path / "work", tmp_path / "shelf")
    kept, again = (folder / f"course-{number:02}" for folder in (SAMPLE, tmp_path / "shelf"))
    assert (again / "course.toml").read_text() == (kept / "course.toml").read_text()
    assert changes(again) == pytest.approx(changes(kept), abs=0.2)  # other machines round otherwise


def changes(course: Path) -> list[float]:
    with (course / "results" / "sessions.csv").open(encoding="utf-8", newline="") as file:
        return [float(row["load_change_percent"]) for row in csv.DictReader(file) if row["load_change_percent"]]
