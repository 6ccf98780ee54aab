"""The card's face laid flat, and what each patch tells without its own colour: the light on it and its condition.

A patch has one colour, so what changes within it is light, gloss, dirt, or a camera that bent its tones by the
surroundings. All of that is read from cells of the patches after each patch's own level has been taken away; no
reference, no tone curve and no calibration is asked for.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pigtrack.imaging import opencv
from pigtrack.imaging.colour import decoding_table
from pigtrack.imaging.geometry import apply_homography
from pigtrack.model.calibration import CardReading
from pigtrack.model.photograph import Photograph
from pigtrack.model.quantity import FloatArray

SAMPLES = 24
"""Samples a pitch on the flat face; a patch then has five by five cells of three by three samples."""

MARGIN = 2.0
"""Pitches beyond the outermost patch centres that are looked at for what surrounds a patch."""

_CELLS = 5
_CENTRAL = 0.66
"""Share of the patch's width that the cells cover: clear of the edges and of the camera's sharpening along them."""

LUMA = np.array([0.25, 0.5, 0.25])
"""Weights of linear R, G, B: any sum will do, as only its changes within one patch are looked at."""

_DARKEST = 1e-4

_FRAME = -1
"""Group of the points on the frame between the patches."""

_ROUNDS = 6
_LEAST_SPREAD = 0.004
"""Robust fits: rounds, and the spread (natural log units) below which a deviation is never called an outlier."""


@dataclass(frozen=True, eq=False, slots=True)
class CardFace:
    """The card seen straight on.

    Attributes
    ----------
    linear : ndarray, shape (rows, columns, 3), float64
        Linear R, G, B, `SAMPLES` a pitch, from `MARGIN` pitches before the first patch's centre.
    places : ndarray, shape (n, 2)
        x, y of the cells in pitches, patch 1 at 0, 0.
    logs : ndarray, shape (n, 3)
        Median natural logarithm of linear R, G, B in each cell.
    groups : ndarray, shape (n,), int
        Patch of each cell, from 0; the points of the frame, -1.
    """

    linear: FloatArray
    places: FloatArray
    logs: FloatArray
    groups: NDArray[np.intp]

    @property
    def luma(self) -> FloatArray:
        """Natural logarithm of each cell's brightness, shape (n,)."""
        return np.asarray(np.log(np.exp(self.logs) @ LUMA))

    def levelled(self, values: FloatArray) -> FloatArray:
        """Take each patch's own mean away from values of the cells, shape (n, ...)."""
        out = np.array(values, dtype=np.float64)
        for group in np.unique(self.groups):
            mine = self.groups == group
            out[mine] -= out[mine].mean(axis=0)
        return out


def lay_flat(photograph: Photograph, reading: CardReading) -> CardFace:
    """Sample the card's face, the cells of its unclipped patches and the frame between them."""
    linear = _rectified(photograph, reading)
    logs = np.log(np.maximum(linear, _DARKEST))
    places, values, groups = [], [], []
    for patch in np.flatnonzero(~reading.clipped):
        where, cells = _cells(logs, int(patch), reading)
        places.append(where)
        values.append(cells)
        groups.append(np.full(len(cells), patch, np.intp))
    frame = _frame_points(reading)
    places.append(frame)
    values.append(_around_points(logs, frame))
    groups.append(np.full(len(frame), _FRAME, np.intp))
    return CardFace(linear, np.concatenate(places), np.concatenate(values), np.concatenate(groups))


def sample_map(image: FloatArray, places: FloatArray) -> FloatArray:
    """Values of a picture of the flat face at places in pitches, the nearest sample."""
    column, row = np.round((places + MARGIN) * SAMPLES).astype(int).T
    return np.asarray(image[np.clip(row, 0, image.shape[0] - 1), np.clip(column, 0, image.shape[1] - 1)])


def fit_robustly(design: FloatArray, values: FloatArray) -> tuple[FloatArray, FloatArray, float]:
    """Least squares that dirt and glints do not sway: coefficients, the weight of each row, the rows' spread."""
    weights, spread = np.ones(len(values)), 1.0
    solution: FloatArray = np.zeros(design.shape[1])
    for _ in range(_ROUNDS):
        root = np.sqrt(weights)
        solution = np.asarray(np.linalg.lstsq(design * root[:, None], values * root, rcond=None)[0])
        residual = np.abs(values - design @ solution)
        spread = 1.4826 * float(np.median(residual)) + _LEAST_SPREAD
        weights = 1 / (1 + (residual / (2 * spread)) ** 2)
    return solution, weights, spread


def _rectified(photograph: Photograph, reading: CardReading) -> FloatArray:
    columns, rows = reading.card.columns, reading.card.rows
    shape = (round((rows - 1 + 2 * MARGIN) * SAMPLES) + 1, round((columns - 1 + 2 * MARGIN) * SAMPLES) + 1)
    to_card = np.array([[1 / SAMPLES, 0, -MARGIN], [0, 1 / SAMPLES, -MARGIN], [0, 0, 1.0]])
    columns_rows = np.stack(np.meshgrid(np.arange(shape[1]), np.arange(shape[0])), axis=-1)
    places = apply_homography(reading.homography @ to_card, columns_rows.astype(np.float64))
    inside = np.clip(places, 0, np.array(photograph.pixels.shape[1::-1]) - 1).astype(np.float32)
    x, y = (np.ascontiguousarray(inside[..., k]) for k in (0, 1))
    codes = opencv.remap_linear(photograph.pixels, x, y)
    table = decoding_table(photograph.encoding, 8 * photograph.pixels.dtype.itemsize)
    return np.asarray(table[codes], dtype=np.float64)


def _cells(logs: FloatArray, patch: int, reading: CardReading) -> tuple[FloatArray, FloatArray]:
    across = max(1, round(_CENTRAL * reading.card.patch_width * SAMPLES / _CELLS))
    side = across * _CELLS
    middle = np.array([patch % reading.card.columns, patch // reading.card.columns]) + MARGIN
    left, top = np.round(middle * SAMPLES - side / 2).astype(int)
    block = logs[top : top + side, left : left + side].reshape(_CELLS, across, _CELLS, across, 3)
    cells = np.median(block.transpose(0, 2, 1, 3, 4).reshape(_CELLS**2, across**2, 3), axis=1)
    row, column = np.divmod(np.arange(_CELLS**2), _CELLS)
    inside = (np.stack([column, row], axis=1) + 0.5) * across - 0.5
    return (inside + np.array([left, top])) / SAMPLES - MARGIN, cells


def _frame_points(reading: CardReading) -> FloatArray:
    """Middles of the gaps between neighbouring patches, and their crossings."""
    columns, rows = reading.card.columns, reading.card.rows
    doubled = np.stack(np.meshgrid(np.arange(2 * columns - 1), np.arange(2 * rows - 1)), axis=-1).reshape(-1, 2)
    return np.asarray(doubled[(doubled % 2).any(axis=1)] / 2)


def _around_points(logs: FloatArray, places: FloatArray) -> FloatArray:
    column, row = np.round((places + MARGIN) * SAMPLES).astype(int).T
    near = [logs[row + dy, column + dx] for dy in (-1, 0, 1) for dx in (-1, 0, 1)]
    return np.asarray(np.median(near, axis=0))


def area_noise(reading: CardReading) -> FloatArray:
    """Noise of three by three cells of each patch, natural log units, shape (patches,)."""
    relative = np.median(reading.spread / np.maximum(reading.patches, _DARKEST), axis=1)
    return np.asarray(1.25 * relative / 9)


def worst_areas(face: CardFace, values: FloatArray) -> dict[int, float]:
    """Largest mean size of three by three neighbouring cells in each patch, by the patch's number from 0."""
    worst = {}
    for patch in np.unique(face.groups[face.groups != _FRAME]).tolist():
        cells = values[face.groups == patch].reshape(_CELLS, _CELLS)
        areas = [cells[y : y + 3, x : x + 3].mean() for y in range(_CELLS - 2) for x in range(_CELLS - 2)]
        worst[int(patch)] = float(np.abs(areas).max())
    return worst
