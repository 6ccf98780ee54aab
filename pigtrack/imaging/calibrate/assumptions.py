"""What is assumed of curve, light, veil and noise before a card is seen, and where each stands among the parameters."""

import numpy as np

from pigtrack.imaging.calibrate.tone import tone_shapes
from pigtrack.imaging.colour import encode_srgb
from pigtrack.model.calibration import TONE_TERMS, Card
from pigtrack.model.quantity import FloatArray

SHARED, PLANE, VEILS, SHADE = slice(0, 5), slice(20, 22), slice(22, 26), 26
CHANNELS = tuple(slice(TONE_TERMS * k, TONE_TERMS * (k + 1)) for k in (1, 2, 3))
SIZE = 27
"""Parameters: the common curve, three channels' own, the plane of light, a common veil and three channels' own, a
shadow's depth."""

_CHANNEL_SHARE = 0.1
"""How far one channel's curve strays from the common one, against how far the common one strays between cameras."""

_GAIN, _CHANNEL_GAIN = 1.0, 0.5
"""Natural logarithm of exposure and of white balance: as good as free."""

_LIGHT_SLOPE = 0.04
"""Of the light, per pitch: 20 % over a card."""

_SHADOW = 0.4
"""Depth of a shadow over part of the card, where there is one."""

_VEIL, _CHANNEL_VEIL = 0.005, 0.002
"""Lens flare, lifted or cut blacks; white = 1."""

RELATIVE, _FLOOR, _SATURATED = 0.01, 0.002, 0.01
"""Error of a value: share of itself, of white, and of the patch's brightest channel, which cameras mix into it."""

_NEAR_BLACK, _NEAR_WHITE = 0.10, 0.05
"""Encoded values this near to an end have been bent to fit into the scale; so that no patch leaves the fit all at once
where it passes an end, it fades out on the way."""

_LEAST_TRUST = 1e-3


def places_of(card: Card) -> FloatArray:
    """Patch positions in pitches about the card's middle, shape (patches, 2)."""
    columns, rows = np.meshgrid(np.arange(card.columns), np.arange(card.rows))
    points = np.stack([columns.ravel(), rows.ravel()], axis=1).astype(np.float64)
    return np.asarray(points - points.mean(axis=0))


def trust_of(values: FloatArray) -> FloatArray:
    """How far each patch is believed at most: less and less where a channel nears an end of its scale."""
    codes = encode_srgb(values)
    low, high = codes.min(axis=1) / _NEAR_BLACK, (1 - codes.max(axis=1)) / _NEAR_WHITE
    return np.asarray(np.clip(np.minimum(low, high) ** 2, _LEAST_TRUST, 1.0))


def error_of(lit: FloatArray) -> FloatArray:
    """Expected error of values of a response, shape (n, 3)."""
    brightest = np.maximum(lit.max(axis=1, keepdims=True), 0)
    return np.asarray(np.sqrt((RELATIVE * np.maximum(lit, 0)) ** 2 + _FLOOR**2 + (_SATURATED * brightest) ** 2))


def _shapes() -> FloatArray:
    """Covariance of what belongs to the camera: the curves' shapes and the veil."""
    shapes, prior = tone_shapes().covariance, np.zeros((SIZE, SIZE))
    prior[SHARED, SHARED] = shapes
    for own in CHANNELS:
        prior[own, own] = _CHANNEL_SHARE**2 * shapes
    prior[VEILS, VEILS] = np.diag([_VEIL**2, *[_CHANNEL_VEIL**2] * 3])
    return prior


def _gains() -> FloatArray:
    """Covariance of what belongs to the single photograph: exposure, white balance, slope of the light, shadow."""
    prior = np.zeros((SIZE, SIZE))
    prior[0, 0] = _GAIN**2
    for own in CHANNELS:
        prior[own.start, own.start] = _CHANNEL_GAIN**2
    prior[PLANE, PLANE] = _LIGHT_SLOPE**2 * np.eye(2)
    prior[SHADE, SHADE] = _SHADOW**2
    return prior


SHAPES: FloatArray = _shapes()
GAINS: FloatArray = _gains()
PRIOR: FloatArray = SHAPES + GAINS
