"""Where things lie in the field of view, in millimetres of the baseline's skin: x to the right, y down."""

import numpy as np

from pigtrack.model.course import Polygon
from pigtrack.model.quantity import FloatArray

FIELD_MM = (150.0, 112.5)
"""Width and height that the first photograph shows."""

CENTRE_MM = (75.0, 56.25)

REGION_MM = (5.0, 5.0, 74.0, 107.5)
"""Treated skin: left, top, right, bottom."""

CONTROL_MM = (84.0, 6.0, 137.0, 46.0)
"""Untreated skin."""

CARD_CENTRE_MM = (110.0, 80.0)
CARD_PITCH_MM = 9.0
"""Of the Classic Mini, the size that fits beside a cheek."""

MARGIN_MM = 16.0
"""Skin drawn beyond the field, seen when the camera moves."""


def photograph_shape(megapixels: float) -> tuple[int, int]:
    """Rows and columns of a 4:3 photograph; both even.

    Examples
    --------
    >>> photograph_shape(12)
    (3000, 4000)
    """
    columns = 2 * round(np.sqrt(megapixels * 1e6 * 4 / 3) / 2)
    return 2 * round(columns * 3 / 8), columns


def pixels_per_mm(shape: tuple[int, int]) -> float:
    """Upright pixels on a millimetre of skin in a photograph taken straight on from the planned distance."""
    return shape[1] / FIELD_MM[0]


def rectangle(bounds: tuple[float, float, float, float]) -> Polygon:
    """Corners of left, top, right, bottom; clockwise from the top left."""
    left, top, right, bottom = bounds
    return ((left, top), (right, top), (right, bottom), (left, bottom))


def circle(centre: tuple[float, float], radius_mm: float) -> Polygon:
    """Twelve-sided polygon around a place, as a clinician would click it."""
    angles = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    return tuple((float(centre[0] + radius_mm * np.cos(a)), float(centre[1] + radius_mm * np.sin(a))) for a in angles)


def grid_mm(step_mm: float, *, margin_mm: float = MARGIN_MM) -> FloatArray:
    """Points that cover field and margin, shape (rows, columns, 2), x and y in millimetres."""
    x = np.arange(-margin_mm, FIELD_MM[0] + margin_mm + step_mm / 2, step_mm)
    y = np.arange(-margin_mm, FIELD_MM[1] + margin_mm + step_mm / 2, step_mm)
    return np.stack(np.meshgrid(x, y), axis=-1)
