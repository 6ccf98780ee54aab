"""A picture of the skin's relief and pattern that does not depend on lamp, exposure or redness."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pigtrack.imaging import opencv
from pigtrack.imaging.surround import surrounding_mean
from pigtrack.model.photograph import CalibratedImage
from pigtrack.model.quantity import BoolImage, FloatImage

PIXELS = 1.2e6
"""Photographs are registered at about this size: furrows and pores still show, and SIFT takes a third of a second."""

ASSUMED_MM_PER_PX = 1 / 17
"""Where the scale is unknown: the usual working scale."""

COARSEST_MM = 1.5
"""Standard deviation of the Gaussian taken away: light and large mottling go, pores, furrows and spot edges stay."""

EVENED_MM = 4.0
"""Contrast is evened out over this Gaussian, so that faint skin speaks as loudly as a dark spot."""

FAINTEST = 0.004
"""Contrast (natural log units) below which there is only noise to be evened up."""

_GREY_PER_SIGMA = 36.0


@dataclass(frozen=True, eq=False, slots=True)
class Texture:
    """Evened texture at registration scale.

    Attributes
    ----------
    grey : ndarray, shape (rows, columns), uint8
        Local contrast about 128.
    valid : ndarray, shape (rows, columns), bool
    scale : tuple of float
        Texture pixels per working pixel along x and y.
    mm_per_px : float
        Of the texture's pixels.
    """

    grey: NDArray[np.uint8]
    valid: BoolImage
    scale: tuple[float, float]
    mm_per_px: float


def draw_texture(image: CalibratedImage) -> Texture:
    """Shrink, take the logarithm of luminance, high-pass it and even its contrast out, minding invalid pixels."""
    rows, columns = image.valid.shape
    shrink = max(float(np.sqrt(rows * columns / PIXELS)), 1.0)
    shape = (max(round(rows / shrink), 1), max(round(columns / shrink), 1))
    mm_per_px = (image.grid.mm_per_px or ASSUMED_MM_PER_PX) * shrink
    valid = np.asarray(opencv.resize_area(image.valid.astype(np.float32), shape)) > 0.99
    light = opencv.resize_area(image.linear, shape).mean(axis=2)
    grey = _evened(np.log(np.maximum(light, np.float32(1e-3))), valid, mm_per_px)
    return Texture(grey, valid, (shape[1] / columns, shape[0] / rows), mm_per_px)


def _evened(log_light: FloatImage, valid: BoolImage, mm_per_px: float) -> NDArray[np.uint8]:
    weight = valid.astype(np.float32)
    fine = surrounding_mean(log_light, weight, 0.7)
    detail = np.where(valid, fine - surrounding_mean(log_light, weight, COARSEST_MM / mm_per_px), np.float32(0))
    contrast = np.sqrt(surrounding_mean(np.square(detail), weight, EVENED_MM / mm_per_px)) + np.float32(FAINTEST)
    return np.clip(128 + _GREY_PER_SIGMA * detail / contrast, 0, 255).astype(np.uint8)
