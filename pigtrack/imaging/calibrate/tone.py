"""The camera's tone curve: what shapes it may have, and how it is undone."""

from dataclasses import dataclass
from functools import cache
from itertools import product

import numpy as np

from pigtrack.imaging.colour import decode, encode_srgb
from pigtrack.model.calibration import TONE_TERMS, ToneCurve
from pigtrack.model.photograph import Encoding
from pigtrack.model.quantity import FloatArray

DARKEST = 1e-4
"""Values below are taken for this one before the logarithm."""

_TOE = 0.002
"""Softens the logarithm among the terms where there is nothing but noise."""

_CONTRASTS = (-0.15, 0.0, 0.15, 0.3, 0.5, 0.8)
_EXPONENTS = (0.85, 1.0, 1.15)
_BLACKS = (-0.015, 0.0, 0.015)
_EXPOSURES = (0.7, 0.9)
"""Plausible cameras: an S laid over the standard curve from flat to stronger than any phone's, a power as other
encodings have, black lifted or cut, and where in the curve a white paper comes to lie."""

_RIDGE = 1e-4


@dataclass(frozen=True, eq=False, slots=True)
class ToneShapes:
    """Which curves cameras have: a Gaussian over the coefficients of `tone_terms`, its first left to the exposure."""

    mean: FloatArray
    covariance: FloatArray


def tone_terms(values: FloatArray) -> FloatArray:
    """The terms of log(light / value) of a tone curve undone, shape (...) → (..., 5).

    One, the logarithm, and three powers of the value as sRGB would encode it: an S-shaped curve is close to a
    parabola in these, a power and a cut black need the logarithm.
    """
    values = np.maximum(values, DARKEST)
    code = encode_srgb(values)
    return np.stack([np.ones_like(code), np.log(values + _TOE), code, code**2, code**3], axis=-1)


@cache
def tone_shapes() -> ToneShapes:
    """Curves of plausible cameras, in the terms of `tone_terms`."""
    found = np.stack([_undone(*each) for each in product(_CONTRASTS, _EXPONENTS, _BLACKS, _EXPOSURES)])
    return ToneShapes(found.mean(axis=0), np.cov(found.T))


def _undone(contrast: float, exponent: float, black: float, exposure: float) -> FloatArray:
    """Coefficients that undo one camera's curve."""
    light = np.geomspace(0.003, 1.0, 60)
    code = encode_srgb((light * exposure) ** exponent)
    code = code + contrast * (code**2 * (3 - 2 * code) - code)
    value = decode(np.clip((code - black) / (1 - black), 0.0, 1.0), Encoding.SRGB)
    seen = value > 10 * DARKEST
    terms, wanted = tone_terms(value[seen]), np.log(light[seen] / value[seen])
    return np.asarray(np.linalg.solve(terms.T @ terms + _RIDGE * np.eye(TONE_TERMS), terms.T @ wanted))


def apply_tone(values: FloatArray, tone: ToneCurve) -> FloatArray:
    """Turn decoded R, G, B, shape (..., 3), into values proportional to light, grey-balanced and at least 0."""
    bright = np.maximum(values, DARKEST)
    log_gain = np.einsum("...ct,ct->...c", tone_terms(bright), tone.coefficients)
    light = bright * np.exp(log_gain) * np.clip(values / DARKEST, 0.0, 1.0)
    return np.asarray(np.maximum(light - tone.veil, 0.0))
