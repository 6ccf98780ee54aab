"""The outline at half of a spot's own height, its area to a fraction of a pixel, and its edge."""

from dataclasses import dataclass

import numpy as np

from pigtrack.imaging import opencv
from pigtrack.model.quantity import BoolImage, FloatImage

CALM_MM = (0.08, 0.14, 0.2, 0.3)
"""Standard deviations of the Gaussians before outlining, the next one taken while the rim is too noisy."""

CALM = 8.0
"""Contrast over noise from which an outline is smooth: the half level is then four deviations from skin and plateau."""

WIDEST_SHARE = 0.08
"""Of a spot's diameter that smoothing may reach: it moves the half level of a disc by 2 % of its area there."""

CORE_MM = 0.3
"""From the outline inwards to the plateau: a usual edge's width."""

FINER = 4
"""Each pixel is split into this many each way, linearly interpolated, to count an area: good to 0.1 % at 3 mm."""

LEAST_PART = 0.1
"""Parts smaller than this share of the largest are noise at the rim."""

ROUNDS = 8
"""The half level and the plateau inside it settle in three or four rounds."""

_SIGMAS_10_TO_90 = 2.563
"""Between the 10 and 90 % points of a Gaussian's integral."""


@dataclass(frozen=True, eq=False, slots=True)
class Outline:
    """A spot's extent in one photograph.

    Attributes
    ----------
    mask : ndarray of bool
        Pixels of the cut-out that lie inside.
    level : float
        Height of the outline: half of the plateau's.
    area_px : float
    slope_px2 : float
        Pixels² that the area loses per index unit that the level rises.
    edge_px : float
        Width of the edge from 10 to 90 %.
    noise_px2 : float
        Standard deviation of the area from noise along the rim alone.
    parts : int
    """

    mask: BoolImage
    level: float
    area_px: float
    slope_px2: float
    edge_px: float
    noise_px2: float
    parts: int


@dataclass(frozen=True, eq=False, slots=True)
class CalmHeight:
    """Height above the ring's level, calmed as far as its outline needs.

    Attributes
    ----------
    height : ndarray of float32
    noise : float
        Robust standard deviation in the ring.
    grain_px : float
        Width over which that noise hangs together.
    """

    height: FloatImage
    noise: float
    grain_px: float


def calm(height: FloatImage, ring: BoolImage, *, contrast: float, diameter_px: float, mm_per_px: float) -> CalmHeight:
    """Smooth a height until the rim of a spot of this contrast is quiet, but not so far that its size suffers."""
    for calm_mm in CALM_MM:
        sigma = max(calm_mm / mm_per_px, 0.3)
        if calm_mm > CALM_MM[0] and sigma > WIDEST_SHARE * diameter_px:
            break
        smooth = opencv.blur(height, sigma)
        inside = smooth[ring]
        noise = 1.4826 * float(np.median(np.abs(inside - np.median(inside))))
        found = CalmHeight(smooth, noise, 2.5 * sigma)
        if contrast >= CALM * noise:
            break
    return found


def outline(calmed: CalmHeight, allowed: BoolImage, start: BoolImage, *, mm_per_px: float) -> Outline | None:
    """Find the level that is half of the plateau inside it; None where no pigment is left inside.

    Parameters
    ----------
    calmed : CalmHeight
    allowed : ndarray of bool
        Valid pixels of the lesion's territory.
    start : ndarray of bool
        Its footprint, from which the rounds set out.
    """
    smooth, mask = calmed.height, start & allowed
    plateau = _plateau(smooth, mask, mm_per_px)
    for _ in range(ROUNDS):
        if plateau <= 0:
            return None
        mask = _parts(smooth, plateau / 2, allowed)
        if not mask.any():
            return None
        plateau = (plateau + _plateau(smooth, mask, mm_per_px)) / 2
    step = 0.05 * plateau
    larger, smaller = (area_above(smooth, plateau / 2 + s, mask, allowed) for s in (-step, step))
    slope, edge = max(larger - smaller, 0.0) / (2 * step), _edge_width(smooth, mask, plateau)
    perimeter = slope * plateau / edge
    return Outline(
        mask=mask,
        level=plateau / 2,
        area_px=area_above(smooth, plateau / 2, mask, allowed),
        slope_px2=slope,
        edge_px=edge,
        noise_px2=float(np.sqrt(perimeter * calmed.grain_px)) * calmed.noise * edge / plateau,
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


def _plateau(smooth: FloatImage, mask: BoolImage, mm_per_px: float) -> float:
    """Median height well inside a mask: an edge's width from its outline, or half way in for a small one."""
    if not mask.any():
        return 0.0
    depth = opencv.distance_inside(np.pad(mask, 1))[1:-1, 1:-1]
    core = depth >= min(CORE_MM / mm_per_px, float(depth.max()) / 2)
    return float(np.median(smooth[core]))


def _edge_width(smooth: FloatImage, mask: BoolImage, plateau: float) -> float:
    """From the steepness at the outline, as a step blurred by a Gaussian would have it."""
    slopes = np.stack([np.gradient(smooth.astype(np.float64), axis=k) for k in (0, 1)])
    rim = mask & ~opencv.erode(mask, 1)
    steepness = float(np.median(np.hypot(*slopes[:, rim])))
    sigma = plateau / (max(steepness, 1e-6) * np.sqrt(2 * np.pi))
    return max(float(_SIGMAS_10_TO_90 * sigma), 1.0)
