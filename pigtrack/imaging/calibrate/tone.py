"""Undo the camera's tone curve and white balance from the card's grey row, channel by channel."""

import numpy as np
from numpy.typing import NDArray

from pigtrack.model.calibration import ToneCurve
from pigtrack.model.quantity import FloatArray

DARKEST = 1e-4
"""Values below are taken for this one before the logarithm."""

_BEND = 0.15
"""Standard deviation that a camera's curve, after sRGB decoding, is expected to bend by (c of `ToneCurve`)."""

_NOISE = 0.01
"""Relative error of a patch's value: print, gloss and light together."""

_SLOPES = (0.15, 5.0)
"""Flatter or steeper than this anywhere is no tone curve; contrasty JPEGs reach 3 in the shadows."""


def fit_tone(values: FloatArray, light: FloatArray, kept: NDArray[np.bool_]) -> ToneCurve:
    """Fit ``log(light) = a + b·log(v) + c·log(v)²`` to each channel of the grey patches.

    Parameters
    ----------
    values : ndarray, shape (greys, 3)
        Decoded R, G, B.
    light : ndarray, shape (greys, 3)
        What each should be: reflectance times the light that falls there.
    kept : ndarray of bool, shape (greys,)
        Patches that may be used; at least two.

    Notes
    -----
    c is drawn towards 0 by a Gaussian prior, so that a curve is bent only as far as the greys ask for.
    """
    x, y = np.log(np.maximum(values[kept], DARKEST)), np.log(light[kept])
    limits = (float(np.exp(x.min())), float(np.exp(x.max())))
    coefficients = np.stack([_fit_channel(x[:, k], y[:, k], limits) for k in range(3)])
    return ToneCurve(coefficients, limits)


def apply_tone(values: FloatArray, tone: ToneCurve) -> FloatArray:
    """Turn decoded R, G, B, shape (..., 3), into values proportional to light, grey-balanced."""
    low, high = np.log(tone.limits)
    x = np.log(np.maximum(values, DARKEST))
    inside = np.clip(x, low, high)
    a, b, c = tone.coefficients.T
    y = a + b * inside + c * inside**2 + (b + 2 * c * inside) * (x - inside)
    return np.asarray(np.exp(y) * np.clip(values / DARKEST, 0.0, 1.0))


def _fit_channel(x: FloatArray, y: FloatArray, limits: tuple[float, float]) -> FloatArray:
    design = np.stack([np.ones_like(x), x, x**2], axis=1)
    prior = np.array([0.0, 0.0, (_NOISE / _BEND) ** 2])
    solution = np.linalg.solve(design.T @ design + np.diag(prior), design.T @ y)
    slopes = solution[1] + 2 * solution[2] * np.log(limits)
    if (slopes < _SLOPES[0]).any() or (slopes > _SLOPES[1]).any():
        straight = np.mean(y - x)
        return np.array([straight, 1.0, 0.0])
    return np.asarray(solution)
