"""The outline at half of a spot's own height, its area to a fraction of a pixel, and its edge.

Half of the height is meant as it is on the skin: the level at which the photograph shows that place is read off the
spot's `twin`, as blur moves the half level inwards.
"""

from dataclasses import dataclass, replace

import numpy as np

from pigtrack.imaging import opencv
from pigtrack.imaging.measure.twin import Optics, Twin, fit_twin
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
        Half of the plateau's height, what blur takes off it given back.
    area_px : float
    slope_px2 : float
        Pixels² that the area loses per index unit that the level rises.
    edge_px : float
        Width of the edge from 10 to 90 %, without what blur adds where that is known.
    noise_px2 : float
        Standard deviation of the area from noise along the rim alone.
    parts : int
    given_back_px2 : float
        Part of the area that blur had taken.
    twin : Twin or None
        The disc that told what blur does; None where the photograph's blur is not known.
    """

    mask: BoolImage
    level: float
    area_px: float
    slope_px2: float
    edge_px: float
    noise_px2: float
    parts: int
    given_back_px2: float = 0.0
    twin: Twin | None = None


@dataclass(frozen=True, eq=False, slots=True)
class CalmHeight:
    """Height above the ring's level, calmed as far as its outline needs.

    Attributes
    ----------
    height : ndarray of float32
    noise : float
        Robust standard deviation in the ring.
    sigma_px : float
        Of the Gaussian that calmed it.
    """

    height: FloatImage
    noise: float
    sigma_px: float

    @property
    def grain_px(self) -> float:
        """Width over which the noise hangs together."""
        return 2.5 * self.sigma_px


def calm(height: FloatImage, ring: BoolImage, *, contrast: float, diameter_px: float, mm_per_px: float) -> CalmHeight:
    """Smooth a height until the rim of a spot of this contrast is quiet, but not so far that its size suffers."""
    for calm_mm in CALM_MM:
        sigma = max(calm_mm / mm_per_px, 0.3)
        if calm_mm > CALM_MM[0] and sigma > WIDEST_SHARE * diameter_px:
            break
        smooth = opencv.blur(height, sigma)
        inside = smooth[ring]
        noise = 1.4826 * float(np.median(np.abs(inside - np.median(inside))))
        found = CalmHeight(smooth, noise, sigma)
        if contrast >= CALM * noise:
            break
    return found


def outline(
    calmed: CalmHeight, allowed: BoolImage, start: BoolImage, *, mm_per_px: float, optics: Optics | None = None
) -> Outline | None:
    """Find the level that is half of the plateau inside it; None where no pigment is left inside.

    Parameters
    ----------
    calmed : CalmHeight
    allowed : ndarray of bool
        Valid pixels of the lesion's territory.
    start : ndarray of bool
        Its footprint, from which the rounds set out.
    optics : Optics or None
        What blurs the photograph; None: the outline is that of the blurred spot.
    """
    settled = _settle(calmed.height, allowed, start & allowed, mm_per_px)
    if settled is None:
        return None
    edge = _edge_width(calmed.height, settled.mask, settled.plateau)
    if optics is None:
        return _outline_at(settled.plateau / 2, settled.plateau, calmed, settled.mask, allowed, edge)
    twin = _twin_of(settled, optics, calmed.sigma_px, edge, mm_per_px)
    level = twin.seen_at(twin.half)
    mask = _parts(calmed.height, level, allowed)
    if not mask.any():
        return None
    found = _outline_at(level, settled.plateau, calmed, mask, allowed, edge)
    given_back = float(mask.sum() - settled.mask.sum())
    return replace(found, level=twin.half, edge_px=twin.disc.edge_px, given_back_px2=given_back, twin=twin)


@dataclass(frozen=True, eq=False, slots=True)
class _Settled:
    """A mask at half of the plateau that is read inside it."""

    mask: BoolImage
    plateau: float


def _settle(smooth: FloatImage, allowed: BoolImage, mask: BoolImage, mm_per_px: float) -> _Settled | None:
    plateau = _plateau(smooth, mask, mm_per_px)
    for _ in range(ROUNDS):
        if plateau <= 0:
            return None
        mask = _parts(smooth, plateau / 2, allowed)
        if not mask.any():
            return None
        plateau = (plateau + _plateau(smooth, mask, mm_per_px)) / 2
    return _Settled(mask, plateau)


def _twin_of(settled: _Settled, optics: Optics, calm_px: float, edge_px: float, mm_per_px: float) -> Twin:
    """Fit the disc that stands for one part of the spot."""
    parts = int(opencv.label_components(settled.mask).max())
    radius = float(np.sqrt(settled.mask.sum() / parts / np.pi))
    core = radius - min(CORE_MM / mm_per_px, radius / 2)
    return fit_twin(optics, radius_px=radius, edge_px=edge_px, height=settled.plateau, calm_px=calm_px, core_px=core)


def _outline_at(
    level: float, plateau: float, calmed: CalmHeight, mask: BoolImage, allowed: BoolImage, edge: float
) -> Outline:
    smooth, step = calmed.height, 0.05 * plateau
    larger, smaller = (area_above(smooth, level + s, mask, allowed) for s in (-step, step))
    slope = max(larger - smaller, 0.0) / (2 * step)
    perimeter = slope * plateau / edge
    return Outline(
        mask=mask,
        level=level,
        area_px=area_above(smooth, level, mask, allowed),
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


def measure_variation(calmed: CalmHeight, found: Outline, *, mm_per_px: float) -> float:
    """How uneven a plateau is: its standard deviation beyond that of the ring, as a share of its height; 0 is even."""
    inside = calmed.height[_core(found.mask, mm_per_px)]
    beyond = max(float(inside.var(dtype=np.float64)) - calmed.noise**2, 0.0)
    return float(np.sqrt(beyond) / (2 * found.level))


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
    return float(np.median(smooth[_core(mask, mm_per_px)]))


def _core(mask: BoolImage, mm_per_px: float) -> BoolImage:
    depth = opencv.distance_inside(np.pad(mask, 1))[1:-1, 1:-1]
    return np.asarray(depth >= min(CORE_MM / mm_per_px, float(depth.max()) / 2))


def _edge_width(smooth: FloatImage, mask: BoolImage, plateau: float) -> float:
    """From the steepness at the outline, as a step blurred by a Gaussian would have it."""
    slopes = np.stack([np.gradient(smooth.astype(np.float64), axis=k) for k in (0, 1)])
    rim = mask & ~opencv.erode(mask, 1)
    steepness = float(np.median(np.hypot(*slopes[:, rim])))
    sigma = plateau / (max(steepness, 1e-6) * np.sqrt(2 * np.pi))
    return max(float(_SIGMAS_10_TO_90 * sigma), 1.0)
