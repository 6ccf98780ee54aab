"""What changed about card and camera since the baseline: a worn patch, another device, the flash."""

import numpy as np

from pigtrack.imaging.colour import delta_e_2000
from pigtrack.imaging.quality.words import Finding
from pigtrack.model.photograph import CaptureFacts
from pigtrack.model.quantity import BoolImage, FloatArray

_FEWEST = 6
"""Patches usable in both photographs below which nothing is compared."""


def judge_drift(first: FloatArray, later: FloatArray, kept: BoolImage) -> dict[str, Finding]:
    """Return how far the calibrated colour of the most changed patch moved since the baseline.

    Parameters
    ----------
    first, later : ndarray, shape (patches, 3)
        Calibrated L*a*b* of the patches.
    kept : ndarray of bool, shape (patches,)
        Unspoilt in both.
    """
    if kept.sum() < _FEWEST:
        return {}
    moved = np.where(kept, delta_e_2000(first, later), 0.0)
    patch = int(np.argmax(moved)) + 1
    how = f"Patch {patch} of the card moved by {moved.max():.1f} ΔE00 since the baseline"
    return {
        "card_drift": Finding(float(moved.max()), f"{how}: clean the card, use the baseline's, replace it if faded.")
    }


def judge_capture(first: CaptureFacts, later: CaptureFacts) -> dict[str, Finding]:
    """Return whether camera, lens and flash are those of the baseline; what a file does not tell is taken to be so."""
    devices = ((first.camera, later.camera), (first.lens, later.lens))
    told = [f"{after} in place of {before}" for before, after in devices if before and after and before != after]
    found = {"same_camera": Finding(0.0 if told else 1.0, _device(told))}
    if first.flash is None or later.flash is None:
        return found
    fired = "fired here but not" if later.flash else "did not fire here but did"
    remedy = (
        "" if first.flash == later.flash else f"The flash {fired} at the baseline: use it at every visit or at none."
    )
    return found | {"same_flash": Finding(float(first.flash == later.flash), remedy)}


def _device(told: list[str]) -> str:
    return f"Another device ({', '.join(told)}): keep to one camera and lens for a course." if told else ""
