"""Apply a calibration to the part of a photograph that is measured."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pigtrack.imaging import opencv
from pigtrack.imaging.calibrate.expansion import LINEAR_TERMS, expand
from pigtrack.imaging.calibrate.tone import apply_tone
from pigtrack.imaging.colour import XYZ_TO_SRGB, decode
from pigtrack.imaging.geometry import card_outline
from pigtrack.model.calibration import CardReading, ColourCalibration
from pigtrack.model.photograph import CalibratedImage, Encoding, Photograph, Pixels, WorkingGrid
from pigtrack.model.quantity import BoolImage, FloatArray, FloatImage

_RIM_PITCHES = 1.3
_FOOT_PITCHES = 1.9
"""The card's body and its shadow reach about this far beyond its outermost patch centres; below the last row stands
the maker's name."""

_FULL, _EMPTY = 0.985, 0.008
"""Encoded values at which a channel counts as at its end: codes 251 and 2 of 255."""

_WHOLE = 250
"""Of 255: a working pixel is valid where at least 98 % of its weight lies on pixels that are not at their end."""

_BLACK_PX, _BLACK = 2.0, 77
"""Standard deviation of the neighbourhood in which black is told from noise, and the share of it, of 255, that is black
where there is no light: the corner of a black square has a quarter to a third."""

_FARTHEST = 0.25
"""The light's slope over the card is believed on the skin beside it up to this change of brightness."""

_SHRINKING = 1.05
"""From this step on, pixels are averaged before they are sampled."""

_STRIP_ROWS = 32
"""Working rows that are taken at a time: all steps of a strip then run in the processor's cache, in half the time."""

_ROOTS = (3, 5, 4)
"""Where √RG, √GB and √BR stand among the terms of `expansion.expand`."""


def calibrate_image(
    photograph: Photograph, calibration: ColourCalibration, grid: WorkingGrid, *, card: CardReading | None
) -> CalibratedImage:
    """Turn a photograph's pixels on a working grid into linear sRGB.

    Parameters
    ----------
    card : CardReading or None
        Its pixels are marked as no skin.

    Notes
    -----
    Pixels are averaged in linear light, after the tone curve and before the colour correction, which is homogeneous
    of degree one and hardly bends over a pixel's width.
    """
    linear, usable = np.empty((*grid.shape, 3), np.float32), np.empty(grid.shape, bool)
    table = _light_table(photograph.pixels.dtype.itemsize * 8, photograph.encoding, calibration)
    matrix = XYZ_TO_SRGB @ calibration.matrix
    for rows, strip in _strips(grid):
        light, usable[rows] = _sample(photograph.pixels, table, strip)
        light /= _brightness(calibration, strip)[..., None]
        linear[rows] = _correct(light, matrix)
    usable &= ~_card_mask(card, grid)
    return CalibratedImage(linear, usable, grid, _sharpness(card, grid), calibration.flags)


def calibrate_patches(reading: CardReading, calibration: ColourCalibration) -> FloatArray:
    """Return what the calibration makes of the card's own patches: CIE XYZ, shape (patches, 3)."""
    brightness = 1 + (reading.centres - np.asarray(calibration.light_centre)) @ calibration.light
    return calibrate_values(reading.patches, calibration, brightness=brightness)


def calibrate_values(
    values: FloatArray, calibration: ColourCalibration, *, brightness: FloatArray | float = 1.0
) -> FloatArray:
    """Return CIE XYZ of decoded R, G, B, shape (..., 3); ``brightness``, shape (...), is the light where they lie."""
    light = apply_tone(values, calibration.tone) / np.asarray(brightness)[..., None]
    return np.asarray(expand(light, calibration.matrix.shape[1]) @ calibration.matrix.T)


def _strips(grid: WorkingGrid) -> Iterator[tuple[slice, WorkingGrid]]:
    """The grid cut into strips of rows: where each lies in it, and the strip as a grid of its own."""
    for first in range(0, grid.shape[0], _STRIP_ROWS):
        count = min(_STRIP_ROWS, grid.shape[0] - first)
        origin = (grid.origin[0], grid.origin[1] + grid.step * first)
        yield slice(first, first + count), replace(grid, shape=(count, grid.shape[1]), origin=origin)


def _light_table(depth: int, encoding: Encoding, calibration: ColourCalibration) -> FloatImage:
    """Light behind every code of a channel, shape (2**depth, 3): the encoding and the tone curve undone."""
    codes = np.arange(2**depth, dtype=np.float64)[:, None] / (2**depth - 1)
    return apply_tone(np.repeat(decode(codes, encoding), 3, axis=1), calibration.tone).astype(np.float32)


def _sample(pixels: Pixels, table: FloatImage, grid: WorkingGrid) -> tuple[FloatImage, BoolImage]:
    """Light on the grid, and where no pixel behind it is at its end."""
    left, top, window = _window(pixels, grid)
    light, valid = opencv.look_up_channels(window, table), _within_range(window)
    if grid.step > _SHRINKING:
        light, valid = opencv.blur(light, _prefilter(grid.step)), opencv.blur_codes(valid, _prefilter(grid.step))
    sampling = np.array([[grid.step, 0, grid.origin[0] - left], [0, grid.step, grid.origin[1] - top], [0, 0, 1.0]])
    light, valid = (opencv.warp_perspective(each, sampling, grid.shape) for each in (light, valid))
    return light, valid >= _WHOLE


def _window(pixels: Pixels, grid: WorkingGrid) -> tuple[int, int, Pixels]:
    """The part of the photograph that the grid needs, with room for the prefilter; at least one pixel."""
    room = int(np.ceil(2 * grid.step)) + 1
    rows, columns = pixels.shape[:2]
    left = min(max(int(np.floor(grid.origin[0])) - room, 0), columns - 1)
    top = min(max(int(np.floor(grid.origin[1])) - room, 0), rows - 1)
    right = max(int(grid.origin[0] + grid.step * grid.shape[1]) + room, left + 1)
    bottom = max(int(grid.origin[1] + grid.step * grid.shape[0]) + room, top + 1)
    return left, top, pixels[top:bottom, left:right]


def _within_range(window: Pixels) -> NDArray[np.uint8]:
    """255 where no channel is at its upper end, nor at its lower one among others like it, else 0.

    Single black pixels are noise of a dark place. Left out, they would leave the brighter half of that noise, and a
    dark spot would fade with the noise of its photograph.
    """
    top = int(np.iinfo(window.dtype).max)
    valid = opencv.within(window, 0, int(np.ceil(_FULL * top)) - 1).view(np.uint8) * np.uint8(255)
    empty = ~opencv.within(window, int(_EMPTY * top) + 1, top)
    if empty.any():
        valid[empty & (opencv.blur_codes(empty.view(np.uint8) * np.uint8(255), _BLACK_PX) >= _BLACK)] = 0
    return valid


def _prefilter(step: float) -> float:
    """Sigma in photograph pixels that, with linear sampling, averages over about a working pixel."""
    return float(0.35 * np.sqrt(step**2 - 1))


def _brightness(calibration: ColourCalibration, grid: WorkingGrid) -> FloatImage:
    """Relative brightness of the light at each working pixel."""
    x = grid.origin[0] + grid.step * np.arange(grid.shape[1]) - calibration.light_centre[0]
    y = grid.origin[1] + grid.step * np.arange(grid.shape[0]) - calibration.light_centre[1]
    along, down = (calibration.light[0] * x).astype(np.float32), (calibration.light[1] * y).astype(np.float32)
    fall = np.clip(down[:, None] + along[None, :], -_FARTHEST, _FARTHEST)
    return np.asarray(1 + fall, dtype=np.float32)


def _correct(light: FloatImage, matrix: FloatArray) -> FloatImage:
    """Multiply the terms of `expansion.expand` by a matrix of shape (3, terms), never holding more than three."""
    linear = opencv.transform_channels(light, matrix[:, :LINEAR_TERMS])
    if matrix.shape[1] == LINEAR_TERMS:
        return linear
    roots = np.sqrt(light)
    roots *= opencv.rotate_channels(roots)  # √RG, √GB, √BR
    linear += opencv.transform_channels(roots, matrix[:, _ROOTS])
    return linear


def _card_mask(card: CardReading | None, grid: WorkingGrid) -> BoolImage:
    if card is None:
        return np.zeros(grid.shape, bool)
    outline = card_outline(card, rim=_RIM_PITCHES, foot=_FOOT_PITCHES)
    return opencv.fill_polygon(grid.shape, (outline - np.asarray(grid.origin)) / grid.step)


def _sharpness(card: CardReading | None, grid: WorkingGrid) -> float:
    if card is None:
        return 0.0
    filtered = _prefilter(grid.step) if grid.step > _SHRINKING else 0.0
    return float(np.hypot(card.edge_blur_px, filtered) / grid.step)
