"""Reflectance spectra of a card bent until they show the colours that were measured on it."""

import numpy as np

from pigtrack.model.quantity import FloatArray
from pigtrack.model.spectra import WAVELENGTHS

_SMOOTH_TERMS = 5
"""Cosines over the visible range: the finest has two waves, about as broad as the bands of pigments."""

_ROUNDS = 12
_CLOSE = 1e-6
_BRIGHTEST = 1.05


def tristimulus(light: FloatArray, observer: FloatArray) -> FloatArray:
    """Weights that turn reflectance into XYZ, shape (31, 3), perfect white Y = 1."""
    weights = light[:, None] * observer
    return np.asarray(weights / weights[:, 1].sum())


def adapt_spectra(spectra: FloatArray, xyz: FloatArray, weights: FloatArray) -> FloatArray:
    """Multiply spectra by smooth factors, as near to 1 as can be, so that they show given colours.

    Parameters
    ----------
    spectra : ndarray, shape (patches, 31)
        Of a card much like this one: an earlier print, or the same before it faded.
    xyz : ndarray, shape (patches, 3)
        What was measured, perfect white Y = 1.
    weights : ndarray, shape (31, 3)
        `tristimulus` of the light and observer that ``xyz`` are for.

    Returns
    -------
    ndarray, shape (patches, 31)
        Reflectance, 0 to 1.05.

    Notes
    -----
    ``S' = S · exp(Σ c_k cos(k π t) / (1 + k)²)`` with t from 0 to 1 over the wavelengths; Newton's steps of least norm
    on c, so that an even change comes before a bent one. Three numbers can't tell 31: a pigment that was exchanged
    for another is not found.
    """
    t = (WAVELENGTHS - WAVELENGTHS[0]) / np.ptp(WAVELENGTHS)
    order = np.arange(_SMOOTH_TERMS)
    smooth = np.cos(np.pi * np.outer(t, order)) / (1.0 + order) ** 2
    return np.stack([_adapt_one(each, target, smooth, weights) for each, target in zip(spectra, xyz, strict=True)])


def _adapt_one(spectrum: FloatArray, target: FloatArray, smooth: FloatArray, weights: FloatArray) -> FloatArray:
    coefficients = np.zeros(smooth.shape[1])
    for _ in range(_ROUNDS):
        bent = spectrum * np.exp(np.clip(smooth @ coefficients, -3, 3))
        missing = target - bent @ weights
        if np.abs(missing).max() < _CLOSE:
            break
        slope = (bent[:, None] * smooth).T @ weights
        coefficients = coefficients + np.linalg.lstsq(slope.T, missing, rcond=1e-6)[0]
    return np.clip(spectrum * np.exp(np.clip(smooth @ coefficients, -3, 3)), 0.0, _BRIGHTEST)
