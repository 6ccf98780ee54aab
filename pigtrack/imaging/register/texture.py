"""A picture of the skin's relief and pattern that does not depend on lamp, exposure or redness."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from pigtrack.imaging import opencv
from pigtrack.imaging.surround import surrounding_mean
from pigtrack.model.photograph import CalibratedImage, WorkingGrid
from pigtrack.model.quantity import BoolImage, FloatArray, FloatImage

ASSUMED_MM_PER_PX = 1 / 17
"""Where the scale is unknown: the usual working scale."""

FAINTEST = 0.004
"""Contrast (natural log units) below which there is only noise to be evened up."""

_GREY_PER_SIGMA = 36.0

_FINEST_PX, _RIM_PX = 1.0, 3
"""Noise is what this Gaussian takes away, so far from invalid pixels."""

_EVERY, _ENOUGH = 3, 500
"""Pixels that tell the noise: of each third row and column, a stride that meets no block of a JPEG; and how many at
least."""

_NOISY = 1.5
"""Times the noise of the least noisy mixture from which the usual one is given up."""

_LEAST_VARIANCE = 1e-12
"""Of a blank wall."""

_MOSTLY = 0.5
"""Share of usable pixels from which a texture pixel is usable: noise drives single pixels of dark skin to their end."""


@dataclass(frozen=True, slots=True)
class Band:
    """What is kept of the skin's pattern.

    Attributes
    ----------
    finest_mm : float
        Standard deviation of the Gaussian that takes noise away; at least 0.7 texture pixels.
    coarsest_mm : float
        Of the Gaussian that is taken off: light and large mottling go.
    evened_mm : float
        Of the Gaussian over which contrast is evened out, so that faint skin speaks as loudly as a dark spot.
    """

    finest_mm: float
    coarsest_mm: float
    evened_mm: float


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

    def to_texture(self, points: FloatArray) -> FloatArray:
        """Working x, y to texture x, y; shrinking keeps the corners of pixels, not their centres."""
        return np.asarray((points + 0.5) * np.asarray(self.scale) - 0.5)

    def to_working(self, points: FloatArray) -> FloatArray:
        """Texture x, y to working x, y."""
        return np.asarray((points + 0.5) / np.asarray(self.scale) - 0.5)


def scale_of(grid: WorkingGrid) -> float:
    """Millimetres per working pixel, or what is assumed for them."""
    return grid.mm_per_px or ASSUMED_MM_PER_PX


def draw_texture(image: CalibratedImage, shrink: float, band: Band) -> Texture:
    """Shrink, take the logarithm of light, high-pass it and even its contrast out, minding invalid pixels.

    Parameters
    ----------
    shrink : float
        Working pixels per texture pixel; less than 1 counts as 1.

    Notes
    -----
    Relief and shading are alike in the logarithms of all channels, noise is not: after a camera's matrix one channel
    may hold most of it, above all on dark skin. Where the usual mixture, by brightness, is 1.5 times as noisy at the
    finest scale as it must be, the least noisy one is taken, none of the channels turned round. (Turned-round channels
    would do better still on raw noise, but in JPEGs colour has no finest scale, and differences of channels would be
    taken for calm; and the least noisy mixture is often red alone, which shows little of the skin's pattern.)
    """
    rows, columns = image.valid.shape
    shape = (max(round(rows / max(shrink, 1.0)), 1), max(round(columns / max(shrink, 1.0)), 1))
    mm_per_px = scale_of(image.grid) * max(shrink, 1.0)
    valid = np.asarray(opencv.resize_area(image.valid.astype(np.float32), shape)) > _MOSTLY
    logs = np.log(np.maximum(opencv.resize_area(image.linear, shape), np.float32(1e-3)))
    grey = _evened(logs @ _weights(logs, valid), valid, mm_per_px, band)
    return Texture(grey, valid, (shape[1] / columns, shape[0] / rows), mm_per_px)


def _weights(logs: FloatImage, valid: BoolImage) -> FloatImage:
    """Weights of the channels, summing to 1: by brightness, or where these are noisy the least noisy ones."""
    thin = (slice(None, None, _EVERY), slice(None, None, _EVERY))
    inside = opencv.erode(valid, _RIM_PX)[thin]
    fine = (logs[thin] - opencv.blur(logs, _FINEST_PX)[thin])[inside].astype(np.float64)
    if len(fine) < _ENOUGH:
        return np.full(3, 1 / 3, np.float32)
    covariance = np.cov(np.clip(fine, *np.percentile(fine, [1, 99], axis=0)).T) + _LEAST_VARIANCE * np.eye(3)
    brightness = np.exp(logs[thin][inside].astype(np.float64)).mean(axis=0)
    usual = brightness / brightness.sum()
    mixtures = [_mixture(covariance, list(channels)) for n in (1, 2, 3) for channels in combinations(range(3), n)]
    sane = [weights for weights in mixtures if (weights >= 0).all()]
    calm = min(sane, key=lambda weights: float(weights @ covariance @ weights))
    noisy = usual @ covariance @ usual > _NOISY**2 * (calm @ covariance @ calm)
    return np.asarray(calm if noisy else usual, dtype=np.float32)


def _mixture(covariance: FloatArray, channels: list[int]) -> FloatArray:
    """Least noisy weights of some channels, summing to 1."""
    solution = np.linalg.solve(covariance[np.ix_(channels, channels)], np.ones(len(channels)))
    weights = np.zeros(3)
    weights[channels] = solution / solution.sum()
    return weights


def _evened(log_light: FloatImage, valid: BoolImage, mm_per_px: float, band: Band) -> NDArray[np.uint8]:
    weight = valid.astype(np.float32)
    fine = surrounding_mean(log_light, weight, max(band.finest_mm / mm_per_px, 0.7))
    detail = np.where(valid, fine - surrounding_mean(log_light, weight, band.coarsest_mm / mm_per_px), np.float32(0))
    contrast = np.sqrt(surrounding_mean(np.square(detail), weight, band.evened_mm / mm_per_px)) + np.float32(FAINTEST)
    return np.clip(128 + _GREY_PER_SIGMA * detail / contrast, 0, 255).astype(np.uint8)
