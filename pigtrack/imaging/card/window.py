"""The part of a photograph that holds the card, in linear light at full resolution."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pigtrack.imaging import opencv
from pigtrack.imaging.colour import decode, decoding_table
from pigtrack.imaging.geometry import bounding_box
from pigtrack.model.photograph import Encoding, Pixels
from pigtrack.model.quantity import FloatArray, FloatImage

_MARGIN = 0.32
"""Of the longest distance between centres: 1.6 pitches beside a card of six columns."""


@dataclass(frozen=True, eq=False, slots=True)
class Window:
    """A cut of the photograph.

    Attributes
    ----------
    codes : ndarray, shape (rows, columns, 3), uint8 or uint16
        As stored.
    linear : ndarray, shape (rows, columns, 3), float32
        The declared encoding undone, 0..1.
    origin : ndarray, shape (2,)
        x, y of its first pixel in the photograph.
    """

    codes: Pixels
    linear: FloatImage
    origin: FloatArray


def cut_window(pixels: Pixels, encoding: Encoding, grid: FloatArray) -> Window:
    """Cut the box around the patch centres, shape (n, 2), with a margin for the sites around it."""
    low, high = grid.min(axis=0), grid.max(axis=0)
    margin = _MARGIN * np.max(high - low)
    left, top, right, bottom = bounding_box(np.stack([low - margin, high + margin]), pixels.shape[:2])
    codes = pixels[top:bottom, left:right]
    return Window(codes, _linear(codes, encoding), np.array([left, top], dtype=np.float64))


def sample_linear(window: Window, points: FloatArray) -> FloatArray:
    """Linear R, G, B at upright positions, shape (rows, columns, 2) → (rows, columns, 3); nan outside."""
    local = (points - window.origin).astype(np.float32)
    values = opencv.remap_linear(window.linear, local[..., 0].copy(), local[..., 1].copy(), outside=np.nan)
    return np.asarray(values, dtype=np.float64)


def nearest_pixels(window: Window, points: FloatArray) -> NDArray[np.intp]:
    """Row and column of the pixels nearest to upright positions, shape (..., 2), int; kept inside the window."""
    local = np.rint(points - window.origin).astype(np.intp)
    rows, columns = window.codes.shape[:2]
    return np.stack([np.clip(local[..., 1], 0, rows - 1), np.clip(local[..., 0], 0, columns - 1)], axis=-1)


def _linear(codes: Pixels, encoding: Encoding) -> FloatImage:
    if codes.dtype == np.uint8:
        return opencv.look_up(codes.astype(np.uint8, copy=False), decoding_table(encoding, 8))
    return decode(codes / 65535.0, encoding).astype(np.float32)
