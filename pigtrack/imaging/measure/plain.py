"""What patches of plain skin stand out by, at places that are fixed on the frame.

The skin's own texture is the same in every session, so it says nothing of the noise of a *change*. The scatter of
the differences between two sessions at the same places does: pixel noise, light, registration over texture.
"""

import numpy as np

from pigtrack.imaging import opencv
from pigtrack.imaging.measure.noise import RING_MM, SPACING_MM
from pigtrack.model.metrics import PlainSkin, SkinMaps
from pigtrack.model.quantity import BoolImage, FloatImage

DIAMETERS_MM = (1.0, 1.5, 2.2, 3.2, 4.8)
"""Of the patches; larger ones find too little plain skin between spots."""

WHOLE, HALF = 0.98, 0.5
"""Shares of a patch, and of its ring, that must be plain skin."""


def measure_plain(maps: SkinMaps, skin: BoolImage, *, mm_per_px: float, known: bool = True) -> PlainSkin:
    """Read the melanin index of patches of plain skin against their rings, a patch apart from one another.

    Parameters
    ----------
    maps : SkinMaps
        Of the photograph, on the frame.
    skin : ndarray of bool
        Valid spot-free skin.
    known : bool
        Whether the scale is; else the spots' lengths are pixels.

    Returns
    -------
    PlainSkin
        Its places depend on the frame alone; nan where a place shows too little plain skin.
    """
    shrink = max(SPACING_MM / mm_per_px, 1.0)
    shape = (max(round(skin.shape[0] / shrink), 1), max(round(skin.shape[1] / shrink), 1))
    here = skin.astype(np.float32)
    weight: FloatImage = opencv.resize_area(here, shape)
    total: FloatImage = opencv.resize_area(maps.melanin * here, shape)
    contrasts = tuple(_contrasts(total, weight, each, mm_per_px * shrink) for each in DIAMETERS_MM)
    return PlainSkin(DIAMETERS_MM, contrasts, 1.0 if known else mm_per_px)


def _contrasts(total: FloatImage, weight: FloatImage, diameter_mm: float, spacing_mm: float) -> FloatImage:
    """Patch minus ring; a square patch of the disc's area serves."""
    inner, gap, outer = (_odd((np.sqrt(np.pi / 4) * diameter_mm + 2 * reach) / spacing_mm) for reach in (0.0, *RING_MM))
    places = np.s_[inner // 2 :: inner, inner // 2 :: inner]
    patch, patch_share = (opencv.box_mean(each, inner)[places] for each in (total, weight))
    ring, ring_share = (
        opencv.box_mean(each, outer)[places] * outer**2 - opencv.box_mean(each, gap)[places] * gap**2
        for each in (total, weight)
    )
    whole = (patch_share > WHOLE) & (ring_share > HALF * (outer**2 - gap**2))
    contrast = np.full(patch.shape, np.nan, np.float32)
    contrast[whole] = patch[whole] / patch_share[whole] - ring[whole] / ring_share[whole]
    return contrast


def _odd(side: float) -> int:
    return 2 * max(round((side - 1) / 2), 0) + 1
