"""Small even areas with an edge all round: what the patches of a card look like, before anything is known of them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from pigtrack.imaging import opencv
from pigtrack.model.quantity import FloatArray

Codes = NDArray[np.uint8]

STEPS = (12, 20, 7, 34)
"""Heights of a step, in codes of 255, that end an area: low ones for dim cards, high ones for noise and texture."""

_SAME_PLACE = 0.25

_LEAST_SIDE, _MOST_SIDE = 3, 30
"""Of an area inside its edges, pixels; larger ones are looked for in a smaller picture."""

_FULLEST, _LEAST_FULL = 0.80, 1.17
"""12·√det(covariance) over area is 1 for any parallelogram; rough shapes have more."""

_LONGEST = 2.6
"""Longer by shorter axis: a square seen at 60 degrees has 2."""


@dataclass(frozen=True, eq=False, slots=True)
class Tiles:
    """Even areas.

    Attributes
    ----------
    centres : ndarray, shape (n, 2)
        x, y of their centres of gravity.
    sides : ndarray, shape (n,)
        Square root of the area, the edge's own width added.
    colours : ndarray, shape (n, 3)
        Encoded R, G, B about their centres, 0..1.
    """

    centres: FloatArray
    sides: FloatArray
    colours: FloatArray


def find_tiles(codes: Codes, *, steps: tuple[int, ...] = STEPS) -> Tiles:
    """Find the even areas of a picture, shape (rows, columns, 3), uint8, each once."""
    heights = opencv.step_heights(codes)
    found = [_tiles_below(heights, step) for step in steps]
    centres, sides = _each_once(np.concatenate([c for c, _ in found]), np.concatenate([s for _, s in found]))
    return Tiles(centres, sides, _colours_at(codes, centres))


def _tiles_below(heights: Codes, step: int) -> tuple[FloatArray, FloatArray]:
    labels, table = opencv.measure_components((heights <= step).view(np.uint8))
    wide, high, area = table[:, 2], table[:, 3], table[:, 4]
    likely = (area >= _LEAST_SIDE**2) & (area <= _MOST_SIDE**2) & (area >= 0.36 * wide * high)
    likely &= np.maximum(wide, high) <= _LONGEST * np.minimum(wide, high)
    likely[0] = False
    chosen = np.flatnonzero(likely)
    owner, rows, columns = _box_pixels(table[chosen].astype(np.intp))
    mine = labels[rows, columns] == chosen[owner]
    return _shapes(owner[mine], rows[mine].astype(np.float64), columns[mine].astype(np.float64), len(chosen))


def _box_pixels(table: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Pixels of all boxes (left, top, width, height): number of the box, row, column."""
    left, top, wide, high = table[:, :4].T
    size = wide * high
    owner = np.repeat(np.arange(len(table)), size)
    within = np.arange(int(size.sum())) - np.repeat(np.cumsum(size) - size, size)
    return owner, top[owner] + within // wide[owner], left[owner] + within % wide[owner]


def _each_once(centres: FloatArray, sides: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Drop a tile that an earlier step has found in the same place already."""
    if len(centres) < 2:
        return centres, sides
    away, who = cKDTree(centres).query(centres, k=min(5, len(centres)))
    again = (away < _SAME_PLACE * sides[:, None]) & (who < np.arange(len(who))[:, None])
    kept = ~again.any(axis=1)
    return centres[kept], sides[kept]


def _colours_at(codes: Codes, centres: FloatArray) -> FloatArray:
    around = np.stack(np.meshgrid([-1, 0, 1], [-1, 0, 1]), axis=-1).reshape(9, 2)
    spots = np.clip(np.rint(centres).astype(np.intp)[:, None] + around, 0, [codes.shape[1] - 1, codes.shape[0] - 1])
    return np.asarray(codes[spots[..., 1], spots[..., 0]].mean(axis=1) / 255)


def _shapes(owner: NDArray[np.intp], y: FloatArray, x: FloatArray, count: int) -> tuple[FloatArray, FloatArray]:
    """Keep the areas that fill their own moments as a square does."""
    area = np.maximum(np.bincount(owner, minlength=count), 1)
    mean_x, mean_y = (np.bincount(owner, v, minlength=count) / area for v in (x, y))
    dx, dy = x - mean_x[owner], y - mean_y[owner]
    xx, yy, xy = (np.bincount(owner, v, minlength=count) / area for v in (dx * dx, dy * dy, dx * dy))
    xx, yy = xx + 1 / 12, yy + 1 / 12  # a pixel is a square itself
    root = np.sqrt(np.maximum(xx * yy - xy**2, 1e-9))
    spread = np.sqrt((xx - yy) ** 2 / 4 + xy**2)
    longest = np.sqrt((xx + yy) / 2 + spread) / np.sqrt(np.maximum((xx + yy) / 2 - spread, 1e-9))
    shape = 12 * root / area
    kept = (shape > _FULLEST) & (shape < _LEAST_FULL) & (longest < _LONGEST)
    return np.column_stack([mean_x, mean_y])[kept], np.sqrt(area[kept]) + 2.0
