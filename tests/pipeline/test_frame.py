"""The frame of a course: where it lies in the baseline photograph, and at which scale."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pigtrack.errors import CourseError
from pigtrack.model.course import Course
from pigtrack.pipeline.course import draw_masks, region_area
from pigtrack.pipeline.frame import excluded, grid_over, mask_of, plan_frame, point_of_interest
from pigtrack.pipeline.settings import MeasurementSettings

SETTINGS = MeasurementSettings()
SHAPE = (3000, 4000)
REGION = ((1000.0, 800.0), (2000.0, 800.0), (2000.0, 1600.0), (1000.0, 1600.0))

boxes = st.tuples(st.integers(0, 300), st.integers(0, 300), st.integers(40, 3000), st.integers(40, 3000)).map(
    lambda b: (float(b[0]), float(b[1]), float(b[0] + b[2]), float(b[1] + b[3]))
)
scales = st.one_of(st.none(), st.floats(0.01, 0.5))


@given(boxes, scales, st.floats(4.0, 30.0), st.floats(0.1, 8.0))
def test_a_grid_stays_inside_its_box_and_nearly_fills_it(box, mm_per_px, px_per_mm, megapixels):
    grid = grid_over(box, mm_per_px, px_per_mm, megapixels)
    x0, y0, x1, y1 = box
    rows, columns = grid.shape
    left, top = grid.origin
    half = (grid.step - 1) / 2  # a working pixel covers step upright pixels about its centre
    assert left - half >= x0 - 1e-6
    assert top - half >= y0 - 1e-6
    assert left + grid.step * (columns - 1) + half <= x1 + 1e-6
    assert top + grid.step * (rows - 1) + half <= y1 + 1e-6
    assert (x1 - x0 + 1) - columns * grid.step < grid.step + 1e-6
    assert (y1 - y0 + 1) - rows * grid.step < grid.step + 1e-6


@given(boxes, scales, st.floats(4.0, 30.0), st.floats(0.1, 8.0))
def test_a_grid_never_has_more_pixels_than_asked_nor_more_than_the_photograph(box, mm_per_px, px_per_mm, megapixels):
    grid = grid_over(box, mm_per_px, px_per_mm, megapixels)
    assert grid.step >= 1
    assert math.prod(grid.shape) <= megapixels * 1e6 * (1 + 1e-9)
    if mm_per_px is None:
        assert grid.mm_per_px is None
    else:
        assert grid.mm_per_px == pytest.approx(mm_per_px * grid.step)
        assert 1 / grid.mm_per_px <= px_per_mm * (1 + 1e-9) or grid.step == 1


def test_a_millimetre_is_a_millimetre_whatever_the_camera():
    near = plan_frame(Course("c", (), region=REGION), SHAPE, 1 / 32, SETTINGS)
    assert near.mm_per_px == pytest.approx(1 / 16)
    assert near.step == pytest.approx(2)


def test_without_a_region_the_frame_is_the_photograph():
    frame = plan_frame(Course("c", ()), (300, 400), None, SETTINGS)
    assert (frame.shape, frame.origin, frame.step) == ((300, 400), (0.0, 0.0), 1.0)


def test_skin_around_the_region_is_looked_at_too():
    frame = plan_frame(Course("c", (), region=REGION), SHAPE, 0.0625, SETTINGS)
    margin = SETTINGS.margin_mm / 0.0625
    assert frame.origin == (1000 - margin, 800 - margin)
    assert frame.shape == (int(800 + 2 * margin + 1), int(1000 + 2 * margin + 1))


def test_the_frame_covers_the_control_too_and_ends_at_the_photograph_s_edge():
    control = ((3900.0, 2900.0), (3999.0, 2900.0), (3999.0, 2999.0))
    frame = plan_frame(Course("c", (), region=REGION, control=control), SHAPE, None, SETTINGS)
    right = frame.origin[0] + frame.step * (frame.shape[1] - 1)
    assert 3999 - frame.step <= right <= 3999


@pytest.mark.parametrize("point", [(-1.0, 10.0), (4000.0, 10.0), (10.0, 3000.5)])
def test_a_polygon_that_leaves_the_photograph_is_refused_with_its_size(point):
    with pytest.raises(CourseError, match="4000 x 3000"):
        plan_frame(Course("c", (), region=(*REGION[:3], point)), SHAPE, None, SETTINGS)


@given(st.floats(1.0, 6.0), st.integers(0, 20), st.integers(0, 20), st.integers(20, 60), st.integers(20, 60))
def test_a_mask_has_the_polygon_s_area_at_every_scale(step, x, y, width, height):
    grid = grid_over((0.0, 0.0, 599.0, 599.0), step / 16, 16.0, 99.0)
    left, top = 100.0 + 5 * x, 100.0 + 5 * y
    square = ((left, top), (left + 5 * width, top), (left + 5 * width, top + 5 * height), (left, top + 5 * height))
    mask = mask_of(square, grid)
    covered = mask.sum() * grid.step**2
    assert covered == pytest.approx(25 * width * height, rel=0.06)


def test_a_region_s_area_is_in_square_millimetres_without_what_is_excluded():
    mole = ((1000.0, 800.0), (1500.0, 800.0), (1500.0, 1600.0), (1000.0, 1600.0))
    course = Course("c", (), region=REGION, exclude=(mole,))
    frame = plan_frame(course, SHAPE, 0.0625, SETTINGS)
    assert region_area(draw_masks(course, frame), frame) == pytest.approx(0.5 * 1000 * 800 * 0.0625**2, rel=0.01)
    whole = Course("c", (), region=REGION)
    assert region_area(draw_masks(whole, frame), frame) == pytest.approx(1000 * 800 * 0.0625**2, rel=0.01)


def test_nothing_drawn_masks_nothing():
    frame = grid_over((0.0, 0.0, 99.0, 99.0), None, 16.0, 4.0)
    course = Course("c", ())
    masks = draw_masks(course, frame)
    assert masks.region is None
    assert masks.control is None
    assert masks.scored is None
    assert not excluded(course, frame).any()
    assert region_area(masks, frame) == 10_000


def test_spots_are_followed_on_the_region_and_on_the_control():
    control = ((2500.0, 800.0), (2600.0, 800.0), (2600.0, 900.0), (2500.0, 900.0))
    course = Course("c", (), region=REGION, control=control)
    frame = plan_frame(course, SHAPE, None, SETTINGS)
    masks = draw_masks(course, frame)
    np.testing.assert_array_equal(masks.scored, masks.region | masks.control)
    assert not (masks.region & masks.control).any()


def test_the_scale_is_asked_for_in_the_middle_of_the_region():
    assert point_of_interest(REGION, SHAPE) == (1500.0, 1200.0)
    assert point_of_interest(None, (100, 300)) == (149.5, 49.5)
