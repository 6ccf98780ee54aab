"""Points that somebody set on the pictures of a course find the photograph that corrections are told in."""

import numpy as np
import pytest

from pigtrack.tracker.record.placing import point_inside, to_photograph

HORSESHOE = [(0.0, 0.0), (60.0, 0.0), (60.0, 60.0), (40.0, 60.0), (40.0, 20.0), (20.0, 20.0), (20.0, 60.0), (0.0, 60.0)]


def holds(polygon, point):
    """Tell whether a polygon holds a point: by the crossings of a line to the right."""
    (x, y), inside = point, False
    for (ax, ay), (bx, by) in zip(polygon, [*polygon[1:], polygon[0]], strict=True):
        if (ay > y) != (by > y) and x < ax + (y - ay) / (by - ay) * (bx - ax):
            inside = not inside
    return inside


def test_points_go_through_the_matrix_as_opencv_takes_them():
    import cv2

    matrix = np.array([[1.9, 0.1, 12.0], [-0.05, 2.1, 7.0], [1e-5, 2e-5, 1.0]])
    points = [(0.0, 0.0), (640.5, 12.25), (900.0, 1300.0)]
    wanted = cv2.perspectiveTransform(np.array([points]), matrix)[0]
    assert np.allclose(to_photograph(points, matrix.tolist()), wanted, atol=0.051)


def test_a_point_inside_a_bent_spot_lies_on_it_and_not_in_its_middle():
    assert not holds(HORSESHOE, (30.0, 40.0))
    assert holds(HORSESHOE, point_inside(HORSESHOE))


@pytest.mark.parametrize("seed", range(20))
def test_a_point_inside_any_ragged_spot_lies_on_it(seed):
    rng = np.random.default_rng(seed)
    angles = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    radii = rng.uniform(6, 40, size=40)
    polygon = [(100 + r * np.cos(a), 80 + r * np.sin(a)) for r, a in zip(radii, angles, strict=True)]
    assert holds(polygon, point_inside(polygon))


def test_a_spot_without_extent_is_named_by_its_own_pixel():
    assert point_inside([(7.0, 9.0), (7.0, 9.0), (7.0, 9.0)]) == (7.0, 9.0)
