"""What the card's reading, its colour fit and its scale give: losses, exposure, noise, blur, resolution, tilt."""

import numpy as np

from pigtrack.imaging.colour import LUMINANCE, WHITE_D65, xyz_to_lab
from pigtrack.imaging.quality.words import Finding
from pigtrack.model.calibration import CardReading, ColourCalibration, SpatialCalibration
from pigtrack.model.quantity import FloatArray

_NOISE_MM = 0.1
"""Noise is told for a square of this side where pixels are finer: the working scale of the measurement."""


def judge_card(reading: CardReading, scale: SpatialCalibration | None) -> dict[str, Finding]:
    """Return lost patches, exposure and noise."""
    found = {"card_patches_lost": Finding(float(reading.clipped.sum()))} | _exposure(reading)
    greys = [index for index in reading.card.neutral[1:4] if not reading.clipped[index]]
    if greys:
        relative = float(np.median(reading.spread[greys] / np.maximum(reading.patches[greys], 1e-3)))
        mm_per_px = None if scale is None else scale.mm_per_px
        found["noise"] = Finding(relative * (1.0 if mm_per_px is None else min(1.0, mm_per_px / _NOISE_MM)))
    return found


def judge_calibration(calibration: ColourCalibration) -> dict[str, Finding]:
    """Return the leave-one-patch-out errors, and what the fit knows of the light, as far as it knows."""
    mean, most = calibration.loo_mean, calibration.loo_max
    found = {}
    if mean is not None and most is not None:
        worst = int(np.nanargmax(calibration.loo_delta_e00)) + 1
        largest = f"Patch {worst} is off most: clean it, keep glare and shadow off it, and name the right card."
        found["calibration_loo_mean"] = Finding(mean)
        found["calibration_loo_max"] = Finding(most, largest)
    if np.isfinite(calibration.light_misfit):
        found["card_light_misfit"] = Finding(float(calibration.light_misfit))
    return found


def judge_scale(scale: SpatialCalibration | None, blur: Finding) -> dict[str, Finding]:
    """Return blur, resolution and tilt; ``blur`` is in pixels, nan where it is not known."""
    found = {"blur_px": blur} if np.isfinite(blur.value) else {}
    if scale is None:
        return found
    found["card_tilt_deg"] = Finding(scale.tilt_deg)
    if scale.mm_per_px is not None:
        found["px_per_mm"] = Finding(1 / scale.mm_per_px)
        if "blur_px" in found:
            found["blur_mm"] = Finding(blur.value * scale.mm_per_px, blur.remedy)
    return found


def _exposure(reading: CardReading) -> dict[str, Finding]:
    """How far the greys lie below and above their reference, as the file shows them."""
    neutral = list(reading.card.neutral)
    shown = _lightness(reading.patches[neutral] @ LUMINANCE)
    wanted = _lightness(reading.card.xyz[neutral, 1])
    usable = ~reading.clipped[neutral]
    low = float((wanted - shown)[usable][0]) if usable.any() else 0.0
    return {"underexposure_l": Finding(low), "overexposure_l": Finding(float(np.median((shown - wanted)[:-1])))}


def _lightness(luminance: FloatArray) -> FloatArray:
    return xyz_to_lab(luminance[:, None] * WHITE_D65)[:, 0]
