"""Apply a calibration to the part of a photograph that is measured."""

import numpy as np

from pigtrack.imaging import opencv
from pigtrack.imaging.calibrate.expansion import expand_image
from pigtrack.imaging.calibrate.tone import apply_tone
from pigtrack.imaging.colour import XYZ_TO_SRGB, decode
from pigtrack.imaging.geometry import apply_homography
from pigtrack.model.calibration import CardReading, ColourCalibration
from pigtrack.model.photograph import CalibratedImage, Photograph, Pixels, WorkingGrid
from pigtrack.model.quantity import BoolImage, FloatArray, FloatImage

_RIM_PITCHES = 1.3
_FOOT_PITCHES = 1.9
"""The card's body and its shadow reach about this far beyond its outermost patch centres; below the last row stands
the maker's name."""

_FULL, _EMPTY = 0.985, 0.008
"""Encoded values at which a channel counts as at its end: codes 251 and 2 of 255."""

_FARTHEST = 0.25
"""The light's slope over the card is believed on the skin beside it up to this change of brightness."""

_SHRINKING = 1.05
"""From this step on, pixels are averaged before they are sampled."""


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
    left, top, window = _window(photograph.pixels, grid)
    light = _linear_light(window, photograph, calibration)
    valid = _within_range(window)
    sampling = _sampling(grid, left, top)
    if grid.step > _SHRINKING:
        light = opencv.blur(light, _prefilter(grid.step))
    light = opencv.warp_perspective(light, sampling, grid.shape)
    usable = opencv.warp_perspective(valid.astype(np.float32), sampling, grid.shape) > 0.999
    usable = usable & ~_card_mask(card, grid)
    light /= _brightness(calibration, grid)[..., None]
    matrix = XYZ_TO_SRGB @ calibration.matrix
    linear = opencv.transform_channels(expand_image(light, calibration.matrix.shape[1]), matrix)
    return CalibratedImage(linear, usable, grid, _sharpness(card, grid), calibration.flags)


def _window(pixels: Pixels, grid: WorkingGrid) -> tuple[int, int, Pixels]:
    """The part of the photograph that the grid needs, with room for the prefilter."""
    room = int(np.ceil(2 * grid.step)) + 1
    left, top = (max(int(np.floor(each)) - room, 0) for each in grid.origin)
    right = int(grid.origin[0] + grid.step * grid.shape[1]) + room
    bottom = int(grid.origin[1] + grid.step * grid.shape[0]) + room
    return left, top, pixels[top:bottom, left:right]


def _linear_light(window: Pixels, photograph: Photograph, calibration: ColourCalibration) -> FloatImage:
    """Decode and undo the tone curve, by table."""
    depth = 8 * window.dtype.itemsize
    codes = np.arange(2**depth, dtype=np.float64)[:, None] / (2**depth - 1)
    table = apply_tone(np.repeat(decode(codes, photograph.encoding), 3, axis=1), calibration.tone).astype(np.float32)
    if window.dtype == np.uint8:
        return opencv.look_up_channels(window.astype(np.uint8, copy=False), table)
    return np.stack([table[:, k][window[..., k]] for k in range(3)], axis=-1)


def _within_range(window: Pixels) -> BoolImage:
    top = np.iinfo(window.dtype).max
    return opencv.within(window, int(_EMPTY * top) + 1, int(np.ceil(_FULL * top)) - 1)


def _sampling(grid: WorkingGrid, left: int, top: int) -> FloatArray:
    return np.array([[grid.step, 0, grid.origin[0] - left], [0, grid.step, grid.origin[1] - top], [0, 0, 1.0]])


def _prefilter(step: float) -> float:
    """Sigma in photograph pixels that, with linear sampling, averages over about a working pixel."""
    return float(0.35 * np.sqrt(step**2 - 1))


def _brightness(calibration: ColourCalibration, grid: WorkingGrid) -> FloatImage:
    """Relative brightness of the light at each working pixel."""
    x = grid.origin[0] + grid.step * np.arange(grid.shape[1]) - calibration.light_centre[0]
    y = grid.origin[1] + grid.step * np.arange(grid.shape[0]) - calibration.light_centre[1]
    fall = calibration.light[0] * x[None, :] + calibration.light[1] * y[:, None]
    return np.asarray(1 + np.clip(fall, -_FARTHEST, _FARTHEST), dtype=np.float32)


def _card_mask(card: CardReading | None, grid: WorkingGrid) -> BoolImage:
    if card is None:
        return np.zeros(grid.shape, bool)
    left, top = -_RIM_PITCHES, -_RIM_PITCHES
    right, bottom = card.card.columns - 1 + _RIM_PITCHES, card.card.rows - 1 + _FOOT_PITCHES
    corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
    outline = (apply_homography(card.homography, corners) - np.asarray(grid.origin)) / grid.step
    return opencv.fill_polygon(grid.shape, outline)


def _sharpness(card: CardReading | None, grid: WorkingGrid) -> float:
    if card is None:
        return 0.0
    filtered = _prefilter(grid.step) if grid.step > _SHRINKING else 0.0
    return float(np.hypot(card.edge_blur_px, filtered) / grid.step)
