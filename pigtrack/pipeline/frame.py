"""The frame of a course: the part of the baseline photograph in which everything is compared."""

import math

import numpy as np

from pigtrack.errors import CourseError
from pigtrack.imaging import opencv
from pigtrack.imaging.resample import polygon_in_frame
from pigtrack.model.course import Course, Polygon, treated_polygons
from pigtrack.model.photograph import WorkingGrid
from pigtrack.model.quantity import BoolImage, FloatArray
from pigtrack.pipeline.settings import MeasurementSettings

_MARGIN_WITHOUT_SCALE = 0.06
"""Of the longer side of the drawn region, where a millimetre is not known."""


def plan_frame(
    course: Course, shape: tuple[int, int], mm_per_px: float | None, settings: MeasurementSettings
) -> WorkingGrid:
    """Lay the working grid over the drawn region and control of the baseline, or over all of it.

    Parameters
    ----------
    shape : tuple of int
        Rows and columns of the upright baseline photograph.
    mm_per_px : float or None
        Of the upright photograph at the region.

    Raises
    ------
    CourseError
        If a drawn polygon lies outside the photograph.
    """
    box = _box(course, shape, mm_per_px, settings)
    return grid_over(box, mm_per_px, settings.frame_px_per_mm, settings.frame_megapixels)


def grid_over(
    box: tuple[float, float, float, float], mm_per_px: float | None, px_per_mm: float, megapixels: float
) -> WorkingGrid:
    """Return the grid that covers a box (x0, y0, x1, y1) of upright pixels at the wanted scale."""
    x0, y0, x1, y1 = box
    step = 1.0 if mm_per_px is None else max(1.0, 1 / (px_per_mm * mm_per_px))
    step = max(step, math.sqrt((x1 - x0 + 1) * (y1 - y0 + 1) / (megapixels * 1e6)))
    shape = (int((y1 - y0 + 1) // step), int((x1 - x0 + 1) // step))
    origin = (x0 + (step - 1) / 2, y0 + (step - 1) / 2)
    return WorkingGrid(shape, origin, step, None if mm_per_px is None else mm_per_px * step)


def refuse_stray_region(course: Course, shape: tuple[int, int]) -> None:
    """Refuse treated skin that no part of a photograph shows; ``shape``: rows and columns of the first one.

    Raises
    ------
    CourseError
        If the region lies outside: the checks, which see no skin then, would blame the photograph.
    """
    for polygon in treated_polygons(course):
        points = np.array(polygon)
        if (points.max(axis=0) < 0).any() or (points.min(axis=0) > (shape[1] - 1, shape[0] - 1)).any():
            _refuse_outside(points, shape)


def mask_of(polygon: Polygon | None, grid: WorkingGrid) -> BoolImage | None:
    """Return the frame pixels inside a polygon of the baseline's upright pixels; None where none was drawn."""
    return None if polygon is None else opencv.fill_polygon(grid.shape, polygon_in_frame(polygon, grid))


def excluded(course: Course, grid: WorkingGrid) -> BoolImage:
    """Return the frame pixels of all excluded polygons."""
    mask = np.zeros(grid.shape, bool)
    for polygon in course.exclude:
        mask |= opencv.fill_polygon(grid.shape, polygon_in_frame(polygon, grid))
    return mask


def point_of_interest(region: Polygon | None, shape: tuple[int, ...]) -> tuple[float, float]:
    """Return the upright x, y where the scale is asked for: the middle of the region, or of the photograph."""
    if region is None:
        return (shape[1] - 1) / 2, (shape[0] - 1) / 2
    x, y = np.asarray(region).mean(axis=0)
    return float(x), float(y)


def _box(
    course: Course, shape: tuple[int, int], mm_per_px: float | None, settings: MeasurementSettings
) -> tuple[float, float, float, float]:
    whole = (0.0, 0.0, shape[1] - 1.0, shape[0] - 1.0)
    treated = treated_polygons(course)
    if not treated:
        return whole
    points = np.array([point for polygon in (*treated, course.control or ()) for point in polygon])
    _refuse_outside(points, shape)
    low, high = points.min(axis=0), points.max(axis=0)
    margin = float((high - low).max()) * _MARGIN_WITHOUT_SCALE if mm_per_px is None else settings.margin_mm / mm_per_px
    x0, y0 = np.maximum(np.floor(low - margin), 0)
    x1, y1 = np.minimum(np.ceil(high + margin), (shape[1] - 1, shape[0] - 1))
    return float(x0), float(y0), float(x1), float(y1)


def _refuse_outside(points: FloatArray, shape: tuple[int, int]) -> None:
    if (points < 0).any() or (points > (shape[1] - 1, shape[0] - 1)).any():
        raise CourseError(
            f"A polygon of course.toml leaves the first usable photograph, which is {shape[1]} x {shape[0]} pixels.",
            "Give region, control and exclude as [x, y] of that photograph, turned upright.",
        )
