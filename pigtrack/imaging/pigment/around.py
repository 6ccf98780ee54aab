"""The plain skin around each place of a photograph, coarsely: what light, and what mirrored light, falls there."""

from dataclasses import dataclass

import numpy as np

from pigtrack.imaging import opencv
from pigtrack.imaging.pigment.tone import density
from pigtrack.imaging.surround import surrounding_mean
from pigtrack.model.photograph import RegisteredImage
from pigtrack.model.quantity import BoolImage, FloatArray, FloatImage

COARSER = 8
"""Pixels that are averaged each way before skin is looked at coarsely: half a millimetre."""

CELLS = 8
"""... and again before what was found around is kept: 4 mm, fine against the skin that it is averaged over."""

OUTLIER = 3.0
"""Robust standard deviations beyond which skin is no plain skin."""

GLARING = 0.1
"""Density by which glare is at least brighter than the skin around; sheen is less, against its own surroundings."""

LEAST_SHARE = 0.15
"""Share of plain skin, within the Gaussian, with which the skin around a cell is known."""

NARROWER = 0.45
"""Of the radius over which light is told: the high-pass by which spots are told from skin, and the mean that is kept;
4 mm of 9. Sheen is seldom narrower."""


@dataclass(frozen=True, eq=False, slots=True)
class CoarseSkin:
    """Density of a photograph's skin in cells of `COARSER` pixels, the cells that are valid, and those of interest."""

    dense: FloatImage
    valid: BoolImage
    use: BoolImage


def coarsen(image: RegisteredImage, use: BoolImage | None = None) -> CoarseSkin:
    """Average a photograph over `COARSER` pixels each way; ``use``: its pixels of interest, by default the valid."""
    shape = image.valid.shape
    small = (max(shape[0] // COARSER, 1), max(shape[1] // COARSER, 1))
    valid, used = (_whole(image.valid if mask is None else mask, small) for mask in (None, use))
    return CoarseSkin(density(opencv.resize_area(image.linear, small)), valid, used)


def _whole(mask: BoolImage, shape: tuple[int, int]) -> BoolImage:
    return np.asarray(opencv.resize_area(mask.astype(np.float32), shape) > 0.99)


def skin_around(skin: CoarseSkin, weights: FloatArray, *, radius_px: float) -> FloatImage:
    """Mean density of the plain skin around each cell.

    Parameters
    ----------
    weights : ndarray, shape (3,)
        Direction of melanin, by which spots are left out.
    radius_px : float
        Standard deviation of the Gaussian over which light is told, in the photograph's pixels.

    Returns
    -------
    ndarray, shape (rows, columns, 4), float32
        Density in R, G, B; then 1 where there is plain skin of interest, else 0.
    """
    radius = NARROWER * radius_px / COARSER
    plain = _plain(skin, weights, radius).astype(np.float32)
    shape = (max(plain.shape[0] // CELLS, 1), max(plain.shape[1] // CELLS, 1))
    mean = opencv.resize_area(surrounding_mean(skin.dense, plain, radius), shape)
    near = surrounding_mean(plain * skin.use, np.ones_like(plain), radius)
    return np.dstack([mean, (opencv.resize_area(near, shape) > LEAST_SHARE).astype(np.float32)])


def widen(values: FloatImage, seen: FloatImage, *, radius_px: float) -> FloatImage:
    """Average what was found in the cells of `skin_around` further, to a Gaussian of ``radius_px`` in all."""
    return surrounding_mean(values, seen, float(np.sqrt(1 - NARROWER**2)) * radius_px / (COARSER * CELLS))


def _plain(skin: CoarseSkin, weights: FloatArray, radius: float) -> BoolImage:
    """Valid cells that are no darker, along melanin and in all, than skin is, and no glare."""
    plain = skin.valid
    readings = np.dstack([skin.dense @ weights.astype(np.float32), skin.dense.mean(axis=2)])
    for _ in range(2):
        rest = readings - surrounding_mean(readings, plain.astype(np.float32), radius)
        fits = plain & ~(_darker(rest[..., 0], plain) | _darker(rest[..., 1], plain)) & (rest[..., 1] > -GLARING)
        if not fits.any():
            break
        plain = fits
    return plain


def _darker(values: FloatImage, valid: BoolImage) -> BoolImage:
    inside = values[valid]
    return np.asarray((values > np.median(inside)) & ~central(values, valid)) if inside.size else ~valid


def central(values: FloatArray | FloatImage, valid: BoolImage) -> BoolImage:
    """Tell what lies within `OUTLIER` robust standard deviations of the valid values' median."""
    inside = values[valid]
    if inside.size == 0:
        return np.zeros(valid.shape, bool)
    middle = np.median(inside)
    spread = 1.4826 * np.median(np.abs(inside - middle))
    return np.asarray(np.abs(values - middle) <= OUTLIER * spread)
