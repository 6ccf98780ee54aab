"""What patches of plain skin stand out by, at places that are fixed on the frame.

The skin's own texture is the same in every session, so it says nothing of the noise of a *change*. The scatter of
the differences between two sessions at the same places does: pixel noise, light, registration over texture.
"""

import numpy as np

from pigtrack.imaging import opencv
from pigtrack.imaging.measure.noise import DIAMETERS_MM, SPACING_MM, patch_contrasts
from pigtrack.model.metrics import PlainSkin, SkinMaps
from pigtrack.model.quantity import BoolImage, FloatImage


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
    contrasts = tuple(patch_contrasts(total, weight, each, mm_per_px * shrink) for each in DIAMETERS_MM)
    return PlainSkin(DIAMETERS_MM, contrasts, 1.0 if known else mm_per_px)
