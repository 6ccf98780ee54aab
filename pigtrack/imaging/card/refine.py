"""The grid laid on the patches' real edges, to a small part of a pixel.

Each patch has four sides. Across each side the photograph is sampled in linear light; the half level between patch
and gap is the edge, whatever the blur. The middle between opposite edges is the patch's centre, whatever the width
of the patches on this make of card. A homography is fitted to the centres, and the sides are looked for again.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pigtrack.imaging.card.window import Window, sample_linear
from pigtrack.imaging.geometry import apply_homography, fit_homography, local_jacobian
from pigtrack.model.calibration import Card
from pigtrack.model.quantity import BoolImage, FloatArray

_ROUNDS = 3
_INNERMOST, _OUTERMOST = 0.16, 0.5
"""Where a side is looked for, in pitches from the patch's centre; 0.5 is the middle of the gap."""

_STEPS = 86
_ALONG = np.linspace(-0.22, 0.22, 13)
"""Where along the side the picture is sampled, in pitches."""

_LEAST_CONTRAST = 0.012
"""Contrast of patch and gap, as a share of the brightest patches' light, below which a side is left out: the black
patch on a black card."""

_CLEAR_CONTRAST = 0.03
"""The same for patches beside the card: a frame's shine and threads of cloth have less."""

_IN_PLACE = 0.09
"""How far a side may lie from half the median width, in pitches, to be counted as a side of its patch."""

_AS_SHARP = 1.6
"""How much more blurred than the median side a side may be; a slope of light or skin is wider."""

_BILINEAR_VARIANCE = 1 / 6
"""Variance in pixels² that linear interpolation adds, averaged over the position between pixels."""

_DIRECTIONS = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])


@dataclass(frozen=True, eq=False, slots=True)
class Grid:
    """A grid on its patches.

    Attributes
    ----------
    homography : ndarray, shape (3, 3)
        Pitches to upright pixels.
    centre_error_px : float
        Root mean square distance of the patches' own centres from it; nan where fewer than six were seen.
    edges_found : float
        Share of sides found, 0..1.
    sides_seen : ndarray, shape (patches,), int
        Sides found of each patch at the distance where they should be, 0 to 4.
    patch_width : float
        Median width of the patches in pitches; nan where none was seen.
    edge_blur_px : float
        Median standard deviation of the edges' blur in upright pixels; nan where none was seen. Blur wider than 4 %
        of the pitch fills the gaps and is then read too small (2.1 for 2.5 px at a pitch of 50).
    """

    homography: FloatArray
    centre_error_px: float
    edges_found: float
    sides_seen: NDArray[np.intp]
    patch_width: float
    edge_blur_px: float


@dataclass(frozen=True, eq=False, slots=True)
class _Sides:
    """Distance of each side from its patch's centre, and its blur, in pitches; shape (patches, 4), nan: unseen."""

    distance: FloatArray
    blur: FloatArray


def card_points(card: Card) -> FloatArray:
    """Patch centres in pitches, shape (patches, 2): patch 1 at 0, 0, columns along x."""
    rows, columns = np.divmod(np.arange(card.columns * card.rows), card.columns)
    return np.column_stack([columns, rows]).astype(np.float64)


def refine_grid(window: Window, card: Card, centres: FloatArray) -> Grid:
    """Lay the card's grid on the edges of the patches near ``centres``, shape (patches, 2)."""
    points = card_points(card)
    homography = fit_homography(points, centres)
    for _ in range(_ROUNDS):
        sides = _find_sides(window, points, homography)
        own, seen = _own_centres(points, sides)
        if seen.sum() < max(6, len(points) // 3):
            return Grid(homography, float("nan"), *_seen(sides), *_unseen())
        placed = apply_homography(homography, own)
        homography = _robust_homography(points[seen], placed[seen])
    residual = np.linalg.norm(placed[seen] - apply_homography(homography, points[seen]), axis=1)
    return Grid(
        homography,
        float(np.sqrt(np.mean(np.sort(residual)[: max(6, int(0.9 * len(residual)))] ** 2))),
        *_seen(sides),
        _width(sides),
        _blur_px(sides, points, homography),
    )


def _seen(sides: _Sides) -> tuple[float, NDArray[np.intp]]:
    """Share of all sides found, and how many of each patch lie where they should."""
    with np.errstate(invalid="ignore"):
        in_place = np.abs(sides.distance - _width(sides) / 2) < _IN_PLACE
        sharp = sides.blur < _AS_SHARP * np.nanmedian(sides.blur) + 0.02 if in_place.any() else in_place
        in_place &= sharp
    return float(np.isfinite(sides.distance).mean()), in_place.sum(axis=1)


def share_around(window: Window, card: Card, grid: Grid) -> float:
    """Share of the sites next to the card, corners included, that hold a patch too: 0 beside a frame.

    Sites beyond the window count as empty.
    """
    columns, rows = np.meshgrid(np.arange(-1, card.columns + 1), np.arange(-1, card.rows + 1))
    outer = (columns < 0) | (rows < 0) | (columns == card.columns) | (rows == card.rows)
    points = np.column_stack([columns[outer], rows[outer]]).astype(np.float64)
    light = float(np.nanmax(sample_linear(window, apply_homography(grid.homography, card_points(card))[None])))
    sides = _find_sides(window, points, grid.homography, contrast=_CLEAR_CONTRAST * light)
    with np.errstate(invalid="ignore"):
        in_place = np.abs(sides.distance - grid.patch_width / 2) < _IN_PLACE
    return float(np.mean(in_place.sum(axis=1) >= 3))


def _unseen() -> tuple[float, float]:
    return float("nan"), float("nan")


def _find_sides(window: Window, points: FloatArray, homography: FloatArray, *, contrast: float | None = None) -> _Sides:
    """Sample across all sides at once: patches x directions x steps outward x positions along."""
    outward = np.linspace(_INNERMOST, _OUTERMOST, _STEPS)
    across = np.roll(_DIRECTIONS, 1, axis=1)
    offsets = (
        _DIRECTIONS[:, None, None, :] * outward[None, :, None, None]
        + across[:, None, None, :] * _ALONG[None, None, :, None]
    )
    where = points[:, None, None, None, :] + offsets[None]
    upright = apply_homography(homography, where)
    flat = sample_linear(window, upright.reshape(-1, _STEPS * len(_ALONG), 2))
    profiles = np.median(flat.reshape(*upright.shape[:-1], 3), axis=3)
    return _locate(profiles, outward, _least_contrast(profiles) if contrast is None else contrast)


def _least_contrast(profiles: FloatArray) -> float:
    inner = profiles[:, :, :12].mean(axis=2)
    return _LEAST_CONTRAST * (float(np.nanpercentile(inner, 97)) if np.isfinite(inner).any() else 1.0)


def _locate(profiles: FloatArray, outward: FloatArray, least_contrast: float) -> _Sides:
    """Half-level crossing of each profile, shape (patches, 4, steps, 3), after projection on its own contrast."""
    patch = profiles[:, :, :12].mean(axis=2, keepdims=True)
    gap = profiles[:, :, -8:].mean(axis=2, keepdims=True)
    contrast = gap - patch
    size = np.linalg.norm(contrast[:, :, 0], axis=-1)
    level = np.sum((profiles - patch) * contrast, axis=-1) / np.maximum(size[..., None] ** 2, 1e-12)
    crossings = [_crossing(level, outward, share) for share in (0.5, 0.1587, 0.8413)]
    good = (size > least_contrast) & np.isfinite(size) & _monotone(level)
    middle = np.where(good, crossings[0], np.nan)
    return _Sides(middle, np.where(good, (crossings[2] - crossings[1]) / 2, np.nan))


def _crossing(level: FloatArray, outward: FloatArray, share: float) -> FloatArray:
    """Interpolate where each profile last rises through ``share`` on its way outward."""
    below = level < share
    last = level.shape[-1] - 1 - np.argmax(below[..., ::-1], axis=-1)
    last = np.clip(last, 0, level.shape[-1] - 2)
    low = np.take_along_axis(level, last[..., None], axis=-1)[..., 0]
    high = np.take_along_axis(level, last[..., None] + 1, axis=-1)[..., 0]
    rise = np.where(np.abs(high - low) > 1e-9, high - low, 1.0)
    return np.asarray(outward[last] + np.clip((share - low) / rise, 0, 1) * (outward[1] - outward[0]))


def _monotone(level: FloatArray) -> BoolImage:
    """Whether a profile is one edge: flat before, flat after, one rise between."""
    before = np.abs(level[..., :12]).max(axis=-1) < 0.35
    after = np.abs(level[..., -8:] - 1).max(axis=-1) < 0.45
    return np.asarray(before & after)


def _own_centres(points: FloatArray, sides: _Sides) -> tuple[FloatArray, BoolImage]:
    """Centre of each patch from its opposite sides; one side alone borrows the median width."""
    half = _width(sides) / 2
    right, left, below, above = sides.distance.T
    shift = np.column_stack([_middle(right, left, half), _middle(below, above, half)])
    seen = np.isfinite(shift).all(axis=1) & (np.isfinite(sides.distance).sum(axis=1) >= 3)
    return points + np.where(seen[:, None], shift, 0.0), seen


def _middle(ahead: FloatArray, behind: FloatArray, half: float) -> FloatArray:
    both = (ahead - behind) / 2
    return np.where(np.isfinite(both), both, np.where(np.isfinite(ahead), ahead - half, half - behind))


def _width(sides: _Sides) -> float:
    right, left, below, above = sides.distance.T
    widths = np.concatenate([right + left, below + above])
    widths = widths[np.isfinite(widths)]
    return float(np.median(widths)) if len(widths) else float("nan")


def _robust_homography(points: FloatArray, placed: FloatArray) -> FloatArray:
    """Fit with Tukey's weights, so that a scratched or half-covered patch does not pull the grid."""
    weights = np.ones(len(points))
    for _ in range(4):
        homography = fit_homography(points, placed, weights=weights)
        residual = np.linalg.norm(placed - apply_homography(homography, points), axis=1)
        limit = 4.685 * max(1.4826 * float(np.median(residual)), 0.02)
        weights = np.maximum(1 - (residual / limit) ** 2, 1e-3) ** 2
    return homography


def _blur_px(sides: _Sides, points: FloatArray, homography: FloatArray) -> float:
    """Blur in upright pixels, the interpolation's own share taken off."""
    steps = [np.linalg.norm(local_jacobian(homography, point) @ _DIRECTIONS.T, axis=0) for point in points]
    sigma = sides.blur * np.array(steps)
    sigma = sigma[np.isfinite(sigma)]
    if len(sigma) < 6:
        return float("nan")
    return float(np.sqrt(max(float(np.median(sigma)) ** 2 - _BILINEAR_VARIANCE, 0.01)))
