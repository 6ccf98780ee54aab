"""Hair on skin: thin, long and dark in all colours, and no pigment of the skin."""

import numpy as np
from scipy.ndimage import find_objects

from pigtrack.imaging import opencv
from pigtrack.imaging.surround import surrounding_mean
from pigtrack.model.quantity import BoolImage, FloatImage

THICKEST_MM = 0.5
"""A terminal hair is 0.06 to 0.1 mm thick; blur and its shadow make up to 0.4 mm of it in a clinic photograph."""

SHORTEST_MM = 2.5
"""A shorter dark line may be a pore, a needle's mark or the prong of a spot."""

SLENDER = 5.0
"""Length over mean width of what counts as hair."""

DARKER = 0.06
"""Optical density by which hair at least stands out: twice a deep furrow."""

STANDING_OUT = 6.0
"""... and robust standard deviations of all fine structure."""


def find_hair(density: FloatImage, valid: BoolImage, *, mm_per_px: float) -> BoolImage:
    """Find the pixels that hair covers.

    Parameters
    ----------
    density : ndarray, shape (rows, columns), float32
        Mean optical density over the channels, calmed.
    valid : ndarray, shape (rows, columns), bool
    """
    fine = opencv.white_top_hat(density, max(round(THICKEST_MM / mm_per_px / 2), 1))
    inside = fine[valid][::16]
    if inside.size == 0:
        return np.zeros(valid.shape, bool)
    middle = float(np.median(inside))
    spread = 1.4826 * float(np.median(np.abs(inside - middle)))
    labels = opencv.label_components(valid & (fine > max(DARKER, middle + STANDING_OUT * spread)))
    sizes = np.bincount(labels.ravel())
    hair = np.zeros(len(sizes), bool)
    for number, box in enumerate(find_objects(labels), start=1):
        length = float(np.hypot(*(side.stop - side.start for side in box)))
        hair[number] = length * mm_per_px > SHORTEST_MM and length**2 > SLENDER * sizes[number]
    if not hair.any():
        return np.zeros(valid.shape, bool)
    return opencv.dilate(hair[labels], max(round(0.1 / mm_per_px), 1))


def bridge_hair(image: FloatImage, hair: BoolImage, valid: BoolImage, *, mm_per_px: float) -> FloatImage:
    """Replace what hair covers by the mean of the free skin beside it."""
    if not hair.any():
        return image
    beside = surrounding_mean(image, (valid & ~hair).astype(np.float32), THICKEST_MM / 2 / mm_per_px)
    return np.where(hair if image.ndim == 2 else hair[..., None], beside, image)
