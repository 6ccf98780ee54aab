"""Skin in cells of half a millimetre, the slope of the light taken off: what a field is measured on.

A field of pigment is millimetres to centimetres wide, so its pixels are averaged first. What noise costs elsewhere
costs nothing here; what counts is that region and control lie centimetres apart, in different light.
"""

from collections.abc import Callable

import numpy as np

from pigtrack.imaging import opencv
from pigtrack.imaging.hair import find_hair
from pigtrack.imaging.surround import surrounding_mean
from pigtrack.model.field import FieldCells
from pigtrack.model.metrics import PigmentRuler
from pigtrack.model.photograph import RegisteredImage
from pigtrack.model.quantity import BoolImage, FloatArray, FloatImage

CELL_MM = 0.5
"""Side of a cell: finer than melasma's meshes, coarser than pores and furrows."""

LIGHT_MM = 18.0
"""Standard deviation of the Gaussian over which the light is told: it bends with cheek and nose, and is wider than a
patch of melasma, of which a poor colour fit takes a share for light: over 9 mm the changes of phone photographs were
wrong by 6.2 %, over 25 mm by 4.6 %."""

DARKEST = 2e-3
"""Light below this share of white is noise; densities stop at 2.7."""

OUTLIER = 4.0
"""Robust standard deviations beyond which a cell (hair, shine, a mole) tells nothing of the light."""

FULL = 0.5
"""Share of a cell that must be valid."""

Indices = Callable[[FloatImage], FloatImage]
"""From two readings of density along melanin and along blood, shape (..., columns, 2), to the two indices."""


def read_cells(
    image: RegisteredImage, ruler: PigmentRuler, direction: FloatArray, indices: Indices, *, mm_per_px: float
) -> FieldCells:
    """Average a registered photograph into cells, level them, and read melanin and blood.

    Parameters
    ----------
    direction : ndarray, shape (3,)
        From `ruler.fit_light_direction`.
    indices : callable
        The ruler's own curve.

    Notes
    -----
    Melanin, blood and light add in optical density, and three channels tell three things apart: ``l`` with
    ``l·m = 0``, ``l·h = 0``, ``l·1 = 1`` reads the light alone, whatever melanin and blood do. Smoothed over
    `LIGHT_MM`, it is taken off the density before that is read. So a slope of the light moves no index, and a field,
    however wide, is no light; the fine structure keeps the ruler's own weights and their low noise. Hair is left out.
    """
    shape = cell_shape(image.valid.shape, mm_per_px=mm_per_px)
    skin = image.valid & ~_hair(image, mm_per_px)
    share = opencv.resize_area(skin.astype(np.float32), shape)
    valid = np.asarray(share > FULL)
    linear = _averaged(image.linear, skin, share)
    dense = density(linear)
    light = _read_light(dense - ruler.skin_density.astype(np.float32), valid, direction, radius=LIGHT_MM / CELL_MM)
    weights = 100 * np.stack([ruler.weights, ruler.erythema_weights])
    read = indices(opencv.transform_channels(dense - light[..., None], weights))
    level = np.asarray(linear * 10 ** light[..., None], dtype=np.float32)
    melanin, erythema = (np.ascontiguousarray(read[..., k]) for k in range(2))
    return FieldCells(melanin, erythema, level, light, valid)


def cell_shape(shape: tuple[int, ...], *, mm_per_px: float) -> tuple[int, int]:
    """Rows and columns of the cells that cover a frame."""
    shrink = max(CELL_MM / mm_per_px, 1.0)
    return max(round(shape[0] / shrink), 1), max(round(shape[1] / shrink), 1)


def cells_of(mask: BoolImage, shape: tuple[int, int]) -> BoolImage:
    """Return the cells of which at least half lies in a mask of the frame."""
    return np.asarray(opencv.resize_area(mask.astype(np.float32), shape) >= FULL)


def density(light: FloatImage) -> FloatImage:
    """Optical density of linear light, float32, held at `DARKEST`."""
    return np.asarray(-np.log10(np.maximum(light, np.float32(DARKEST))), dtype=np.float32)


def _hair(image: RegisteredImage, mm_per_px: float) -> BoolImage:
    return find_hair(density(image.linear.mean(axis=2)), image.valid, mm_per_px=mm_per_px)


def _averaged(linear: FloatImage, valid: BoolImage, share: FloatImage) -> FloatImage:
    total = opencv.resize_area(linear * valid[..., None], (share.shape[0], share.shape[1]))
    return np.asarray(total / np.maximum(share, 1e-6)[..., None], dtype=np.float32)


def _read_light(dense: FloatImage, valid: BoolImage, direction: FloatArray, *, radius: float) -> FloatImage:
    """Density of the light in each cell, 0 on the course's usual skin, smooth; shape (rows, columns), float32."""
    seen = np.asarray(dense @ direction.astype(np.float32))
    kept, smooth = valid, np.zeros_like(seen)
    for _ in range(3):
        fall = _fall(seen, kept)
        smooth = fall + surrounding_mean(np.asarray(seen - fall), kept.astype(np.float32), radius)
        kept = valid & _central(seen - smooth, valid)
    return np.asarray(smooth, dtype=np.float32)


def _fall(seen: FloatImage, kept: BoolImage) -> FloatImage:
    """Surface of second order through the kept cells: a mean over `LIGHT_MM` alone would flatten a slope at the rim."""
    rows, columns = seen.shape
    y, x = np.mgrid[-1 : 1 : rows * 1j, -1 : 1 : columns * 1j]
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1)
    if kept.sum() < 10 * terms.shape[-1]:
        return np.zeros_like(seen)
    found = np.linalg.lstsq(terms[kept], seen[kept].astype(np.float64), rcond=None)[0]
    return np.asarray(terms @ found, dtype=np.float32)


def _central(values: FloatImage, valid: BoolImage) -> BoolImage:
    inside = values[valid]
    if inside.size == 0:
        return valid
    middle = np.median(inside)
    spread = 1.4826 * np.median(np.abs(inside - middle))
    return np.asarray(np.abs(values - middle) <= OUTLIER * spread)
