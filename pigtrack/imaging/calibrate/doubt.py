"""What a calibration leaves open on skin: its colour, and the contrast of a spot."""

import numpy as np

from pigtrack.imaging.calibrate.expansion import expand
from pigtrack.imaging.calibrate.skins import Skins
from pigtrack.imaging.colour import delta_e_2000, xyz_to_lab
from pigtrack.model.quantity import FloatArray

_PLANES = 0.025
"""Relative: card and skin do not lie in one plane, and a lamp from the side lights them differently."""

_BEYOND_PITCHES = 2.0
"""Skin lies about four pitches from the card's middle; the slope found on the card is off by half of itself there."""

_LOO_CONTRAST = 0.01
"""Of a contrast, for each CIEDE2000 by which patches are off when they are left out."""

PLAIN_CONTRAST = 0.08
"""What a fit without spectra leaves on a contrast, as a share of it: root mean square over cameras and lamps in
``benchmarks/spectra_only.py``."""


def doubt_light(light: FloatArray, skins: Skins) -> float:
    """CIEDE2000 that the light's difference between card and skin leaves on skin; ``light`` is the slope per pitch."""
    brighter = 1 + float(np.hypot(_PLANES, _BEYOND_PITCHES * np.linalg.norm(light)))
    return float(np.sqrt(np.mean(delta_e_2000(xyz_to_lab(skins.xyz * brighter), xyz_to_lab(skins.xyz)) ** 2)))


def off_on_skins(matrix: FloatArray, seen: FloatArray, skins: Skins) -> tuple[float, float]:
    """Root mean square error of a matrix on skins as they are seen: CIEDE2000, and share of a spot's contrast."""
    found, true = xyz_to_lab(expand(seen, matrix.shape[1]) @ matrix.T), xyz_to_lab(skins.xyz)
    spots, clear = skins.pairs.T
    off = np.linalg.norm((found - true)[spots] - (found - true)[clear], axis=1)
    share = off / np.linalg.norm(true[spots] - true[clear], axis=1)
    return float(np.sqrt(np.mean(delta_e_2000(found, true) ** 2))), float(np.sqrt(np.mean(share**2)))


def together(colour: FloatArray, contrast: FloatArray, loo: float) -> tuple[float, float]:
    """Standard uncertainties of skin colour and of a contrast from their parts.

    Parameters
    ----------
    colour, contrast : ndarray, shape (parts,)
        Independent parts of each.
    loo : float
        Mean CIEDE2000 of patches that were left out: what no model of the photograph knows of.
    """
    return float(np.linalg.norm([*colour, loo])), float(np.linalg.norm([*contrast, _LOO_CONTRAST * loo]))
