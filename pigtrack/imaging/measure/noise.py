"""How far a spot-sized patch of plain skin stands out from its ring by chance.

Pixels of skin are correlated over millimetres, so the noise of a mean does not fall with the root of the pixels.
It is read off the photograph itself: patches of spot-free skin against the ring around them.
"""

from dataclasses import dataclass

import numpy as np

from pigtrack.imaging import opencv
from pigtrack.imaging.colour import srgb_image_to_lab
from pigtrack.model.metrics import SkinMaps
from pigtrack.model.photograph import RegisteredImage
from pigtrack.model.quantity import BoolImage, FloatArray, FloatImage

SPACING_MM = 0.25
DIAMETERS_MM = (1.0, 1.5, 2.2, 3.2, 4.8)
"""Of the patches that are tried; between them the noise is interpolated, beyond them continued."""

RING_MM = (1.0, 3.0)
"""From a spot's edge to the inner and the outer edge of its ring."""

WHOLE, HALF = 0.98, 0.5
"""Shares of a patch, and of its ring, that must be plain skin."""

FEWEST = 12
"""Patches below which their spread says nothing; a larger size then keeps the last size's noise."""


@dataclass(frozen=True, eq=False, slots=True)
class SkinNoise:
    """Standard deviation of patch against ring, by the patch's diameter.

    Attributes
    ----------
    diameters_mm : ndarray, shape (sizes,)
    spread : ndarray, shape (sizes, channels)
        Channels as they were given: MI, EI, L*, a*, b*.
    """

    diameters_mm: FloatArray
    spread: FloatArray

    def at(self, diameter_mm: float) -> FloatArray:
        """Noise of each channel for a spot of this diameter, shape (channels,)."""
        logs = np.log(self.diameters_mm)
        values = [np.interp(np.log(max(diameter_mm, 0.1)), logs, np.log(column)) for column in self.spread.T]
        return np.asarray(np.exp(np.array(values)), dtype=np.float64)


def measure_noise(image: RegisteredImage, maps: SkinMaps, skin: BoolImage, *, mm_per_px: float) -> SkinNoise:
    """Try patches of valid spot-free skin against their rings."""
    shrink = max(SPACING_MM / mm_per_px, 1.0)
    weight, channels = _shrunk(image, maps, skin, shrink)
    total = channels * weight[..., None]
    spreads: list[FloatArray] = []
    for diameter in DIAMETERS_MM:
        everywhere = patch_contrasts(total, weight, diameter, mm_per_px * shrink)
        contrast = everywhere[np.isfinite(everywhere[..., 0])].astype(np.float64)
        if len(contrast) >= FEWEST:
            spreads.append(_robust_spread(contrast))
        else:
            spreads.append(spreads[-1] if spreads else _robust_spread(channels[weight > 0]))
    return SkinNoise(np.array(DIAMETERS_MM), np.maximum(np.array(spreads), 1e-4))


def _shrunk(image: RegisteredImage, maps: SkinMaps, skin: BoolImage, shrink: float) -> tuple[FloatImage, FloatImage]:
    """Share of skin in each cell, and the cell's mean MI, EI, L*, a*, b* over it."""
    shape = (max(round(skin.shape[0] / shrink), 1), max(round(skin.shape[1] / shrink), 1))
    here = skin.astype(np.float32)
    weight = np.asarray(opencv.resize_area(here, shape))
    some = np.maximum(weight, 1e-6)
    melanin, erythema = (opencv.resize_area(m * here, shape) / some for m in (maps.melanin, maps.erythema))
    linear = opencv.resize_area(image.linear * here[..., None], shape) / some[..., None]
    return weight, np.dstack([melanin, erythema, srgb_image_to_lab(linear)])


def patch_contrasts(total: FloatImage, weight: FloatImage, diameter_mm: float, spacing_mm: float) -> FloatImage:
    """Patch minus ring at places a patch apart; a square patch of the disc's area serves.

    Parameters
    ----------
    total : ndarray, shape (rows, columns) or (rows, columns, channels), float32
        Each cell's mean times the share of it that is plain skin.
    weight : ndarray, shape (rows, columns), float32
        That share.

    Returns
    -------
    ndarray, shape (patches down, patches across) or with channels, float32
        nan where there is too little plain skin.
    """
    inner, gap, outer = (_odd((np.sqrt(np.pi / 4) * diameter_mm + 2 * reach) / spacing_mm) for reach in (0.0, *RING_MM))
    places = np.s_[inner // 2 :: inner, inner // 2 :: inner]
    patch, patch_share = (opencv.box_mean(each, inner)[places] for each in (total, weight))
    ring, ring_share = (
        opencv.box_mean(each, outer)[places] * outer**2 - opencv.box_mean(each, gap)[places] * gap**2
        for each in (total, weight)
    )
    whole = (patch_share > WHOLE) & (ring_share > HALF * (outer**2 - gap**2))
    contrast = np.full(patch.shape, np.nan, np.float32)
    by_patch, by_ring = (each[whole].reshape(-1, *[1] * (total.ndim - 2)) for each in (patch_share, ring_share))
    contrast[whole] = patch[whole] / by_patch - ring[whole] / by_ring
    return contrast


def _odd(side: float) -> int:
    return 2 * max(round((side - 1) / 2), 0) + 1


def _robust_spread(samples: FloatArray | FloatImage) -> FloatArray:
    """Standard deviation of each channel from the median absolute deviation, shape (n, channels) → (channels,)."""
    if len(samples) == 0:
        return np.full(samples.shape[1], np.inf)
    return np.asarray(1.4826 * np.median(np.abs(samples - np.median(samples, axis=0)), axis=0), np.float64)
