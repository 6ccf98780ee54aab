"""The outline at half of a spot's own height, its area to a fraction of a pixel, and its edge."""

from dataclasses import dataclass

import numpy as np

from pigtrack.imaging import opencv
from pigtrack.model.quantity import BoolImage, FloatImage

SMOOTHING_MM = 0.1
"""Standard deviation of the Gaussian before outlining: under half a usual edge, enough to calm single pixels."""

FINER = 4
"""Each pixel is split into this many each way, linearly interpolated, to count an area: good to 0.1 % at 3 mm."""

LEAST_PART = 0.1
"""Parts smaller than this share of the largest are noise at the rim."""

ROUNDS = 8
"""The half level and the median inside it settle in three or four rounds."""

_SIGMAS_10_TO_90 = 2.563
"""Between the 10 and 90 % points of a Gaussian's integral."""


@dataclass(frozen=True, eq=False, slots=True)
class Outline:
    """A spot's extent in one photograph.

    Attributes
    ----------
    mask : ndarray of bool
        Pixels of the cut-out that lie inside.
    contrast : float
        Median height inside; the outline runs at half of it.
    area_px : float
    slope_px2 : float
        Pixels² that the area loses per index unit that the level rises.
    edge_px : float
        Width of the edge from 10 to 90 %.
    parts : int
    """

    mask: BoolImage
    contrast: float
    area_px: float
    slope_px2: float
    edge_px: float
    parts: int


def smoothed(height: FloatImage, mm_per_px: float) -> FloatImage:
    """Calm single pixels before outlining."""
    return opencv.blur(height, max(SMOOTHING_MM / mm_per_px, 0.3))


def outline(height: FloatImage, smooth: FloatImage, allowed: BoolImage, start: BoolImage) -> Outline | None:
    """Find the level that is half of the median height inside it; None where no pigment is left inside.

    Parameters
    ----------
    height, smooth : ndarray of float32
        Melanin index above the ring's level, as measured and calmed.
    allowed : ndarray of bool
        Valid pixels of the lesion's territory.
    start : ndarray of bool
        Its footprint, from which the rounds set out.
    """
    mask = start & allowed
    contrast = _median(height, mask)
    for _ in range(ROUNDS):
        if contrast <= 0:
            return None
        mask = _parts(smooth, contrast / 2, allowed)
        if not mask.any():
            return None
        contrast = (contrast + _median(height, mask)) / 2
    step = 0.05 * contrast
    larger, smaller = (area_above(smooth, contrast / 2 + s, mask, allowed) for s in (-step, step))
    return Outline(
        mask=mask,
        contrast=contrast,
        area_px=area_above(smooth, contrast / 2, mask, allowed),
        slope_px2=max(larger - smaller, 0.0) / (2 * step),
        edge_px=_edge_width(smooth, mask, contrast),
        parts=int(opencv.label_components(mask).max()),
    )


def area_above(smooth: FloatImage, level: float, mask: BoolImage, allowed: BoolImage) -> float:
    """Area in pixels where the interpolated height exceeds a level, in and beside the mask."""
    near = opencv.dilate(mask, 2) & allowed
    rows, columns = np.nonzero(near.any(axis=1))[0], np.nonzero(near.any(axis=0))[0]
    if len(rows) == 0:
        return 0.0
    box = np.s_[max(rows[0] - 1, 0) : rows[-1] + 2, max(columns[0] - 1, 0) : columns[-1] + 2]
    shape = tuple(FINER * n for n in near[box].shape)
    fine = opencv.resize_linear(np.ascontiguousarray(smooth[box]), shape)
    inside = opencv.resize_nearest(near[box].view(np.uint8), shape) > 0
    return float(np.count_nonzero(inside & (fine >= level)) / FINER**2)


def _parts(smooth: FloatImage, level: float, allowed: BoolImage) -> BoolImage:
    """Connected parts above the level, crumbs left out."""
    labels = opencv.label_components((smooth >= level) & allowed)
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    keep = sizes >= max(LEAST_PART * sizes.max(), 1)
    return np.asarray(keep[labels])


def _median(height: FloatImage, mask: BoolImage) -> float:
    return float(np.median(height[mask])) if mask.any() else 0.0


def _edge_width(smooth: FloatImage, mask: BoolImage, contrast: float) -> float:
    """From the steepness at the outline, as a step blurred by a Gaussian would have it."""
    slopes = np.stack([np.gradient(smooth.astype(np.float64), axis=k) for k in (0, 1)])
    rim = mask & ~opencv.erode(mask, 1)
    steepness = float(np.median(np.hypot(*slopes[:, rim])))
    sigma = contrast / (max(steepness, 1e-6) * np.sqrt(2 * np.pi))
    return float(_SIGMAS_10_TO_90 * sigma)
