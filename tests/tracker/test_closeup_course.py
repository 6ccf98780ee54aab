"""Courses of close-ups: one lesion without card and scale, followed from its first photograph on."""

import numpy as np
import pytest
from drawn_closeups import SHAPE, draw_closeup
from drawn_files import encoded

import pigtrack
from pigtrack.imaging import opencv
from pigtrack.imaging.colour import encode_srgb


def photograph(turn_deg=0.0, **options):
    """A drawn close-up through a camera that is turned about the middle: what it sees beyond is cut off."""
    linear = draw_closeup(**options).image.linear
    angle, middle = np.radians(turn_deg), np.array([SHAPE[1] / 2, SHAPE[0] / 2])
    turned = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    homography = np.eye(3)
    homography[:2, :2] = turned
    homography[:2, 2] = middle - turned @ middle
    seen = opencv.warp_perspective(linear, homography, SHAPE)
    return encoded(np.round(255 * encode_srgb(seen)).astype(np.uint8), "PNG")


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    folder = tmp_path_factory.mktemp("closeups")
    (folder / "1.png").write_bytes(photograph(seed=1))
    (folder / "2.png").write_bytes(photograph(8.0, seed=1, lamp=0.9))
    (folder / "3.png").write_bytes(photograph(-5.0, seed=1, radius=52 * np.sqrt(0.8)))
    return pigtrack.measure_course(folder)


def test_the_lesion_stays_the_same_one_through_the_course(course):
    assert list(course.lesions["lesion_id"]) == [1, 1, 1]
    assert list(course.lesions["status"]) == ["baseline", "present", "present"]


def test_areas_are_relative_and_registered(course):
    change = course.lesions["area_change_percent"]
    assert change.iloc[1] == pytest.approx(0.0, abs=2.0)
    assert change.iloc[2] == pytest.approx(-20.0, abs=2.5)
    assert course.lesions[["area_mm2", "diameter_mm", "pigment_load"]].isna().all(axis=None)


def test_nothing_is_called_a_change_without_calibration(course):
    assert set(course.lesions["verdict"]) <= {"baseline", "not_measurable"}
    assert course.result.exploratory


def test_the_person_is_told_what_was_assumed(course):
    assert any("close-up of one lesion" in sentence for sentence in course.warnings)
    assert any("close-up of one lesion" in note for note in course.result.notes)
    assert "closeup" in {each.name for each in course.result.algorithms}
