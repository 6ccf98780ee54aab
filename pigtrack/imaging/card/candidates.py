"""Where a card may be: grids of 24 centres proposed by OpenCV's chart detector. None of them is believed."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from pigtrack.imaging import opencv
from pigtrack.imaging.geometry import apply_homography, bounding_box
from pigtrack.model.quantity import FloatArray

_WHOLE_PIXELS = 2.0e6
"""The whole picture is searched at this size: a card of 60 px pitch in 12 megapixels still has 24 px."""

_TILE_PIXELS = 1.0e6
_TILINGS = (2, 3, 4)
"""The picture is cut into 2x2, 3x3 and 4x4 overlapping tiles, for cards too small for the whole."""

_OVERLAP = 0.5
_LARGEST_ENLARGEMENT = 6.0
_CLOSE_UP = 0.5
"""Margin of the second look, as a share of the card."""

Codes = NDArray[np.uint8]


def propose_grids(pixels: Codes) -> Iterator[FloatArray]:
    """Yield likely grids, the cheapest search first.

    Parameters
    ----------
    pixels : ndarray, shape (rows, columns, 3), uint8
        Encoded R, G, B of the whole photograph.

    Yields
    ------
    ndarray, shape (24, 2)
        x, y of the patch centres in upright pixels, in an order that the verifier has to check.
    """
    whole = (0, 0, pixels.shape[1], pixels.shape[0])
    yield from _search(pixels, whole, _WHOLE_PIXELS)
    yield from _search(pixels, whole, _WHOLE_PIXELS, brighten=True)
    yield from _search(pixels, whole, _WHOLE_PIXELS / 6)
    for tiles in _TILINGS:
        for box in _tiles(pixels.shape[:2], tiles):
            yield from _search(pixels, box, _TILE_PIXELS)


def propose_near(pixels: Codes, centres: FloatArray) -> Iterator[FloatArray]:
    """Look again, enlarged, around a grid that was nearly right."""
    low, high = centres.min(axis=0), centres.max(axis=0)
    margin = _CLOSE_UP * float(np.max(high - low))
    box = bounding_box(np.stack([low - margin, high + margin]), pixels.shape[:2])
    for size in (_TILE_PIXELS / 4, _TILE_PIXELS):
        yield from _search(pixels, box, size)


def _search(
    pixels: Codes, box: tuple[int, int, int, int], size: float, *, brighten: bool = False
) -> Iterator[FloatArray]:
    left, top, right, bottom = box
    part = pixels[top:bottom, left:right]
    zoom = min(float(np.sqrt(size / (part.shape[0] * part.shape[1]))), _LARGEST_ENLARGEMENT)
    shape = (max(1, round(part.shape[0] * zoom)), max(1, round(part.shape[1] * zoom)))
    resized = opencv.resize_area(part, shape) if zoom < 1 else opencv.resize_linear(part, shape)
    if brighten:
        resized = _brightened(resized)
    for grid in opencv.find_charts(resized):
        yield _to_upright(grid, shape, part.shape[:2]) + np.array([left, top], dtype=np.float64)


def _to_upright(grid: FloatArray, shape: tuple[int, int], part_shape: tuple[int, ...]) -> FloatArray:
    factor = np.array([part_shape[1] / shape[1], part_shape[0] / shape[0]])
    move = np.array([[factor[0], 0, (factor[0] - 1) / 2], [0, factor[1], (factor[1] - 1) / 2], [0, 0, 1]])
    return apply_homography(move, grid)


def _brightened(codes: Codes) -> Codes:
    """Stretch each channel so that its 98th percentile comes to 230: undoes darkness and a colour cast."""
    top = np.percentile(codes[::8, ::8].reshape(-1, 3), 98, axis=0)
    return np.clip(codes * (230.0 / np.maximum(top, 8.0)), 0, 255).astype(np.uint8)


def _tiles(shape: tuple[int, ...], count: int) -> Iterator[tuple[int, int, int, int]]:
    rows, columns = shape[:2]
    high, wide = rows / (1 + (count - 1) * _OVERLAP), columns / (1 + (count - 1) * _OVERLAP)
    for row in range(count):
        for column in range(count):
            top, left = round(row * high * _OVERLAP), round(column * wide * _OVERLAP)
            yield left, top, min(columns, round(left + wide)), min(rows, round(top + high))
