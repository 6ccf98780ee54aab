"""Grades in the manner of MASI: the known sums, and an uncertainty that tells how near the next grade is."""

import pytest

from pigtrack.imaging.field import MASI_WEIGHTS, grade_field
from pigtrack.model.field import RegionReading


def region(name="forehead", fraction=0.4, contrast=4.5, variation=0.3, slope=0.1):
    return RegionReading(name, fraction, slope, contrast, variation)


def graded(*regions, u_level=0.05, scale_error=0.02):
    return grade_field(regions, u_level=u_level, scale_error=scale_error)


def test_the_worst_face_has_48_and_24():
    worst = graded(*(region(name, 1.0, 12.0, 0.0) for name in MASI_WEIGHTS))
    assert worst.masi_style.value == pytest.approx(48)
    assert worst.mmasi_style.value == pytest.approx(24)


def test_a_clear_face_has_nothing():
    clear = graded(*(region(name, 0.0, 0.0, 0.0, 0.0) for name in MASI_WEIGHTS))
    assert clear.masi_style.value == clear.mmasi_style.value == 0


def test_one_region_gives_its_own_share():
    alone = graded(region("chin", 0.4, 4.5, 0.3))
    assert alone.mmasi_style.value == pytest.approx(0.1 * 3 * 2)
    assert [each.name for each in alone.regions] == ["chin"]


@pytest.mark.parametrize(
    ("fraction", "grade"), [(0.0, 0), (0.05, 1), (0.2, 2), (0.4, 3), (0.6, 4), (0.8, 5), (0.95, 6)]
)
def test_area_is_graded_by_masis_own_fractions(fraction, grade):
    assert graded(region(fraction=fraction)).regions[0].area == grade


def test_the_uncertainty_grows_where_a_grade_is_near():
    far, near = graded(region(contrast=4.5)), graded(region(contrast=5.98))
    assert near.mmasi_style.u > 3 * far.mmasi_style.u
    assert near.masi_style.u >= near.mmasi_style.u
