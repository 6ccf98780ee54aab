"""The outline of a close-up's lesion: where half of the light is lost that the lesion takes away."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_fill_holes

from pigtrack.imaging import opencv
from pigtrack.model.quantity import BoolImage, FloatArray, FloatImage

ROUNDS = 8
"""Outline and plateau settle in three to five rounds."""

RIM_SHARE = 0.006
"""Of the picture's longer side: how far inside the outline the plateau begins, a usual blurred edge's width."""

TENDRIL_SHARE = 0.012
"""Of the picture's longer side: half the width of what hangs on a lesion and is cut off: vessels, marks, folds."""


FINER = 4
"""Each pixel at the rim is split into this many each way, linearly interpolated, to count an area."""


@dataclass(frozen=True, eq=False, slots=True)
class Outline:
    """A lesion's extent in one view.

    Attributes
    ----------
    mask : ndarray, shape (rows, columns), bool
    plateau : float
        Median of the relief well inside.
    level : float
        Of the relief at the outline.
    """

    mask: BoolImage
    plateau: float
    level: float


def half_light(contrast: float | FloatArray) -> FloatArray:
    """Return the density at which half of the light is lost that a density contrast takes away.

    ``-log10((1 + 10^-contrast) / 2)``: half of a faint contrast, less of a strong one. Light, not density, is what a
    lens and the skin mix across an edge; a pixel that is half lesion and half skin lies at this level.
    """
    return np.asarray(-np.log10((1 + 10.0 ** -np.asarray(contrast)) / 2))


def outline_lesion(relief: FloatImage, allowed: BoolImage, start: BoolImage, *, noise: float) -> Outline | None:
    """Settle the outline and the plateau inside it; None where nothing stands out over the start.

    Parameters
    ----------
    relief : ndarray, shape (rows, columns), float32
    allowed : ndarray, shape (rows, columns), bool
        Valid pixels where the lesion may lie.
    start : ndarray, shape (rows, columns), bool
        Where it was found.
    noise : float
        Standard deviation of the relief over skin.
    """
    longer, mask = max(relief.shape), start & allowed
    for _ in range(ROUNDS):
        if not mask.any():
            return None
        plateau = _plateau(relief, mask, RIM_SHARE * longer)
        level = float(half_light(plateau))
        if level <= noise:
            return None
        mask = _overlapping((relief > level) & allowed, start)
    whole = _without_tendrils(np.asarray(binary_fill_holes(mask)), round(TENDRIL_SHARE * longer))
    return Outline(whole, plateau, level) if whole.any() else None


def enlarge_outline(found: Outline, relief: FloatImage, shape: tuple[int, int]) -> BoolImage:
    """Draw an outline on the photograph's own pixels, along the interpolated relief."""
    if shape == found.mask.shape:
        return found.mask
    fine = np.asarray(opencv.resize_linear(relief, shape)) > found.level
    near = _enlarge(opencv.dilate(found.mask, 1), shape)
    core = _enlarge(opencv.erode(found.mask, 1), shape)
    return np.asarray((fine & near) | core)


def area_above(relief: FloatImage, level: float, near: BoolImage) -> float:
    """Area in pixels inside a level of the relief: its holes count, and the rim is counted to a fraction of a pixel.

    Parameters
    ----------
    near : ndarray, shape (rows, columns), bool
        Where it is counted.
    """
    inside = np.asarray(binary_fill_holes((relief > level) & near))
    if not inside.any():
        return 0.0
    core = opencv.erode(inside, 1)
    rim = opencv.dilate(inside, 1) & near & ~core
    rows, columns = np.nonzero(rim.any(axis=1))[0], np.nonzero(rim.any(axis=0))[0]
    box = np.s_[max(rows[0] - 1, 0) : rows[-1] + 2, max(columns[0] - 1, 0) : columns[-1] + 2]
    finer = (FINER * rim[box].shape[0], FINER * rim[box].shape[1])
    above = np.asarray(opencv.resize_linear(np.ascontiguousarray(relief[box]), finer)) > level
    along = np.asarray(opencv.resize_nearest(np.ascontiguousarray(rim[box]).view(np.uint8), finer)) > 0
    return float(core.sum() + np.count_nonzero(above & along) / FINER**2)


def _plateau(relief: FloatImage, mask: BoolImage, rim_px: float) -> float:
    depth = opencv.distance_inside(np.pad(mask, 1))[1:-1, 1:-1]
    return float(np.median(relief[depth >= min(rim_px, float(depth.max()) / 2)]))


def _overlapping(mask: BoolImage, start: BoolImage) -> BoolImage:
    """Connected part that covers most of the start."""
    labels = opencv.measure_components(mask.view(np.uint8))[0]
    counts = np.bincount(labels[start], minlength=2)
    counts[0] = 0
    return np.asarray((labels == counts.argmax()) & mask & bool(counts.any()))


def _without_tendrils(mask: BoolImage, radius_px: int) -> BoolImage:
    """Opened by a disc; the largest part. A lesion smaller than the disc stays as it is."""
    opened = opencv.dilate(opencv.erode(mask, radius_px), radius_px) & mask
    if not opened.any():
        return mask
    labels, table = opencv.measure_components(opened.view(np.uint8))
    return np.asarray(labels == 1 + table[1:, 4].argmax())


def _enlarge(mask: BoolImage, shape: tuple[int, int]) -> BoolImage:
    enlarged: NDArray[np.float32] = opencv.resize_linear(mask.astype(np.float32), shape)
    return np.asarray(enlarged >= 0.5)
