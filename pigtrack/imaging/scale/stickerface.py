"""The printable scale sticker: a coded black square on white with a millimetre ruler below it.

Its coordinates are in modules, an eighth of the black square's side: 0, 0 at the square's top left corner, x to the
right, y down. A module is the size of one cell of the code.
"""

import numpy as np

from pigtrack.imaging import opencv
from pigtrack.model.quantity import BoolImage, FloatArray

MODULES = 8
"""Cells along a side of the black square: six of the code and the border on both sides."""

SIDES_MM = (10.0, 20.0)
"""Sides of the black square that are printed."""

STICKERS_PER_SIDE = 10
"""Numbers 0 to 9 are of 10 mm, 10 to 19 of 20 mm."""

QUIET = 2.0
"""White around the square, in modules: without it neither square nor code is found."""

FOOT = 4.0
"""White below the square with ruler and text, in modules."""


def nominal_side_mm(number: int) -> float | None:
    """Side of the sticker of a number; None where there is no such sticker."""
    return SIDES_MM[number // STICKERS_PER_SIDE] if 0 <= number < STICKERS_PER_SIDE * len(SIDES_MM) else None


def sticker_cells(number: int) -> BoolImage:
    """Black cells of a sticker with one white cell around, shape (10, 10).

    Raises
    ------
    ValueError
        If there is no sticker of this number.
    """
    if nominal_side_mm(number) is None:
        raise ValueError(f"number must lie in 0..{STICKERS_PER_SIDE * len(SIDES_MM) - 1}, got {number}")
    return np.pad(opencv.marker_modules(number), 1)


def square_corners() -> FloatArray:
    """Corners of the black square, shape (4, 2): top left, top right, bottom right, bottom left."""
    return MODULES * np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])


def paper_corners(*, beyond: float = 0.0) -> FloatArray:
    """Corners of the white paper, and ``beyond`` modules around it, shape (4, 2)."""
    low, right, bottom = -QUIET - beyond, MODULES + QUIET + beyond, MODULES + FOOT + beyond
    return np.array([[low, low], [right, low], [right, bottom], [low, bottom]])
