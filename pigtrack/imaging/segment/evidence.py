"""How much each place stands out as pigment, in each photograph and in all of them together."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from pigtrack.imaging import opencv
from pigtrack.imaging.surround import surrounding_mean
from pigtrack.model.metrics import SkinMaps
from pigtrack.model.quantity import BoolImage, FloatImage

SPACING_MM = 0.2
"""Spots are sought on maps averaged to this spacing: a fifth of the smallest spot."""

BACKGROUND_MM = 9.0
"""Standard deviation of the Gaussian over spot-free skin, a radius of 18 mm: wider than a spot, narrower than light."""

SCALES_MM = (0.2, 0.4, 0.8)
"""Standard deviations of the Gaussians matched to spots of about 1, 2 and 4 mm."""

PIGMENTED = 3.0
"""Robust standard deviations above which skin does not count as background."""

SAMPLES = 30_000
"""Values that give a robust spread to 1 %: the skin's own grain makes every tenth of them new."""

REDNESS = 4.685
"""Robust standard deviations at which erythema stops being taken for noise: Tukey's biweight with 95 % efficiency."""

SEEN_TOGETHER = 6.0
"""Robust standard deviations of the maps' mean that make a spot: texture has heavier tails than a Gaussian."""

SEEN_ONCE = 8.0
"""The same for one photograph alone, where there are as many chances as photographs."""


@dataclass(frozen=True, eq=False, slots=True)
class Relief:
    """Pigment above the skin's background in one photograph, or the mean of several, at `SPACING_MM`.

    Attributes
    ----------
    height : ndarray, shape (rows, columns), float32
        In melanin index units, calmed with the erythema map; 0 where not valid.
    valid : ndarray, shape (rows, columns), bool
    noise : float
        Robust standard deviation of ``height`` over spot-free skin.
    """

    height: FloatImage
    valid: BoolImage
    noise: float


@dataclass(frozen=True, eq=False, slots=True)
class Evidence:
    """What all photographs say together.

    Attributes
    ----------
    reliefs : tuple of Relief
        The mean first, then each photograph.
    maps : tuple of SkinMaps
        Of each photograph, at the same spacing.
    strength : ndarray, shape (rows, columns), float32
        Over 1 where a spot is certain, whichever photograph shows it.
    spacing_mm : float
        Of the pixels here.
    """

    reliefs: tuple[Relief, ...]
    maps: tuple[SkinMaps, ...]
    strength: FloatImage
    spacing_mm: float


def gather_evidence(maps: Iterable[SkinMaps], usable: BoolImage, *, mm_per_px: float) -> Evidence:
    """Read each photograph once, and weigh them all.

    Parameters
    ----------
    maps : iterable of SkinMaps
        Only one is held at a time.
    usable : ndarray, shape (rows, columns), bool
        Frame pixels where spots are sought, or background taken.
    """
    small = [_shrink(each, usable, mm_per_px) for each in maps]
    if not small:
        raise ValueError("maps must hold at least one photograph")
    slope = _quietest_slope(small)
    reliefs = tuple(_relief(each.melanin + slope * _noise_of(each), each.valid) for each in small)
    mean = _mean_relief(reliefs)
    strength = _standing_out(mean) / SEEN_TOGETHER
    for relief in reliefs:
        strength = np.maximum(strength, _standing_out(relief) / SEEN_ONCE)
    return Evidence((mean, *reliefs), tuple(small), strength, max(SPACING_MM, mm_per_px))


def small_shape(shape: tuple[int, int], mm_per_px: float) -> tuple[int, int]:
    """Rows and columns of the maps that spots are sought on."""
    shrink = max(SPACING_MM / mm_per_px, 1.0)
    return max(round(shape[0] / shrink), 1), max(round(shape[1] / shrink), 1)


def robust_spread(values: FloatImage) -> float:
    """Standard deviation from the median absolute deviation, of `SAMPLES` values at the most; 0 of nothing."""
    if values.size == 0:
        return 0.0
    some = values.ravel()[:: max(values.size // SAMPLES, 1)]
    return float(1.4826 * np.median(np.abs(some - np.median(some))))


def _shrink(maps: SkinMaps, usable: BoolImage, mm_per_px: float) -> SkinMaps:
    """Mean of the valid pixels of each cell."""
    shape = small_shape(maps.valid.shape, mm_per_px)
    weight = (maps.valid & usable).astype(np.float32)
    share = opencv.resize_area(weight, shape)
    melanin, erythema = (
        opencv.resize_area(channel * weight, shape) / np.maximum(share, 1e-6)
        for channel in (maps.melanin, maps.erythema)
    )
    return SkinMaps(melanin, erythema, np.asarray(share > 0.5))


def _quietest_slope(small: list[SkinMaps]) -> float:
    """Share of erythema that, added to melanin, leaves the calmest skin.

    The erythema index does not answer to melanin, so what is added changes the noise and the redness alone: this
    is the matched filter, good for finding, while the measurement keeps to the map that redness cannot move.
    """
    slopes = []
    for each in small:
        weight = each.valid.astype(np.float32)
        sigma = BACKGROUND_MM / SPACING_MM
        rest_m, rest_e = (c - surrounding_mean(c, weight, sigma) for c in (each.melanin, each.erythema))
        calm = each.valid & (np.abs(rest_m) < PIGMENTED * robust_spread(rest_m[each.valid]))
        slopes.append(-float(np.mean(rest_m[calm] * rest_e[calm]) / max(np.mean(rest_e[calm] ** 2), 1e-6)))
    return float(np.clip(np.median(slopes), -1, 1))


def _noise_of(maps: SkinMaps) -> FloatImage:
    """Erythema as far as it is noise: what stands out is blood, and must not pass for pigment.

    Tukey's biweight lets small deviations through and takes large ones back to nothing.
    """
    weight = maps.valid.astype(np.float32)
    rest = maps.erythema - surrounding_mean(maps.erythema, weight, BACKGROUND_MM / SPACING_MM)
    broad = surrounding_mean(rest, weight, SCALES_MM[1] / SPACING_MM)
    reach = REDNESS * max(robust_spread(broad[maps.valid]), 1e-3)
    return np.asarray(rest * np.clip(1 - (broad / reach) ** 2, 0, None) ** 2, dtype=np.float32)


def _relief(pigment: FloatImage, valid: BoolImage) -> Relief:
    """Take off the background of unpigmented skin, found in rounds."""
    sigma = BACKGROUND_MM / SPACING_MM
    skin = valid
    for _ in range(4):
        height = pigment - surrounding_mean(pigment, skin.astype(np.float32), sigma)
        fine = surrounding_mean(height, valid.astype(np.float32), SCALES_MM[1] / SPACING_MM)
        spread = robust_spread(fine[skin])
        pigmented = np.abs(fine - np.median(fine[skin])) > PIGMENTED * spread if skin.any() else ~valid
        skin = valid & ~opencv.dilate(pigmented, 2)
    noise = robust_spread(height[skin]) if skin.any() else robust_spread(height[valid])
    return Relief(np.where(valid, height, np.float32(0)), valid, max(noise, 1e-3))


def _mean_relief(reliefs: tuple[Relief, ...]) -> Relief:
    """Mean of the photographs, quieter ones counting more."""
    weights = [relief.valid / np.float32(relief.noise**2) for relief in reliefs]
    total = np.sum(weights, axis=0)
    height = np.sum([w * r.height for w, r in zip(weights, reliefs, strict=True)], axis=0) / np.maximum(total, 1e-9)
    valid = total > 0
    return Relief(height.astype(np.float32), valid, max(robust_spread(height[valid]), 1e-3))


def skin_noise(relief: Relief) -> float:
    """Robust standard deviation of the mean over a spot of about 1.5 mm, melanin index."""
    smooth = surrounding_mean(relief.height, relief.valid.astype(np.float32), SCALES_MM[1] / SPACING_MM)
    return max(robust_spread(smooth[relief.valid]), 1e-3)


def _standing_out(relief: Relief) -> FloatImage:
    """Largest height over the scales, in that scale's own robust standard deviations."""
    weight = relief.valid.astype(np.float32)
    strongest = np.zeros(relief.valid.shape, np.float32)
    for scale in SCALES_MM:
        smooth = surrounding_mean(relief.height, weight, scale / SPACING_MM)
        spread = max(robust_spread(smooth[relief.valid]), 1e-3)
        strongest = np.maximum(strongest, smooth / np.float32(spread))
    return np.where(relief.valid, strongest, np.float32(0))
