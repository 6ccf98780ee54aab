"""From the light on the sensor to the stored picture: blur, noise, white balance, matrix, tone curve, 8 bits."""

import numpy as np

from pigtrack.imaging import opencv
from pigtrack.imaging.colour import encode_srgb
from pigtrack.imaging.phantom.camera import Eye
from pigtrack.imaging.phantom.condition import Condition
from pigtrack.model.photograph import Pixels
from pigtrack.model.quantity import FloatArray, FloatImage

_TABLE = 4096

_DEMOSAIC_PX = 0.5
"""Neighbouring pixels share noise, as each takes two of its three colours from around it."""


def expose(scene: FloatImage, eye: Eye, condition: Condition, rng: np.random.Generator) -> FloatImage:
    """Blur the scene and count its photons: raw signal after white balance, full scale 1, float32.

    Shot noise is drawn in the raw channels, so the channel that the white balance lifts most is the noisiest.
    """
    veil = scene.mean(axis=(0, 1), dtype=np.float64) * condition.flare
    signal = opencv.blur(scene, condition.blur_px) * np.float32(condition.gain)
    signal += (veil * condition.gain).astype(np.float32)
    gains = eye.gains.astype(np.float32)
    variance = signal * (gains / np.float32(condition.full_well))
    variance += (gains * np.float32(condition.read_noise / condition.full_well)) ** 2
    noise = opencv.blur(rng.standard_normal(signal.shape, dtype=np.float32), _DEMOSAIC_PX)
    np.sqrt(np.maximum(variance, 0, out=variance), out=variance)
    noise *= variance
    signal += noise
    return signal


def develop(raw: FloatImage, eye: Eye, condition: Condition, *, local: bool = False) -> FloatImage:
    """Send raw signal through the camera's matrix, curve and sharpening; encoded sRGB 0..1, float32.

    ``local`` lifts the dark and dims the bright parts of the picture each by its own surroundings, as HDR modes do.
    """
    linear = opencv.transform_channels(np.minimum(raw, np.float32(1.0)), eye.matrix)
    encoded = _through(_curve(condition.curve), linear)
    if local:
        encoded = _level(encoded)
    if condition.sharpening == 0:
        return encoded
    smooth = opencv.blur(encoded, 1.2)
    return np.asarray(encoded + np.float32(condition.sharpening) * (encoded - smooth))


def _level(encoded: FloatImage) -> FloatImage:
    """Pull each surrounding of about 4 % of the picture half-way to middle grey, keeping its details."""
    rows, columns = encoded.shape[:2]
    small: FloatImage = opencv.resize_area(encoded.mean(axis=2), (rows // 8, columns // 8))
    around: FloatImage = opencv.resize_linear(opencv.blur(small, 0.04 * columns / 8), (rows, columns))
    return np.asarray(encoded * ((0.5 / np.maximum(around, np.float32(0.05))) ** np.float32(0.5))[..., None])


def quantise(encoded: FloatImage) -> Pixels:
    """8 bits of encoded values, rounded."""
    scaled = np.clip(encoded, 0, 1) * np.float32(255) + np.float32(0.5)
    return scaled.astype(np.uint8)


def _curve(strength: float) -> FloatArray:
    """Encoded value for `_TABLE` + 1 steps of linear signal 0..1: sRGB with an S laid over it."""
    linear = np.linspace(0, 1, _TABLE + 1)
    encoded = encode_srgb(linear)
    return np.asarray(encoded + strength * (encoded**2 * (3 - 2 * encoded) - encoded))


def _through(curve: FloatArray, linear: FloatImage) -> FloatImage:
    """Apply a curve given at even steps, straight between them."""
    place = np.clip(linear, 0, 1).reshape(linear.shape[0], -1) * np.float32(_TABLE)
    row = curve.astype(np.float32)[None, :]
    encoded: FloatImage = opencv.remap_linear(row, place, np.zeros_like(place))
    return encoded.reshape(linear.shape)
