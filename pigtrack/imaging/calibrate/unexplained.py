"""What a camera's values hold beyond any response: kriged over colour, so that neighbours in colour share it."""

from dataclasses import dataclass

import numpy as np

from pigtrack.model.quantity import FloatArray

_REACH, _BRIGHTNESS_SHARE = 0.7, 0.3
"""Natural logarithms of chromaticity over which it stays alike; brightness counts by this share."""

_ALIKE = 0.3
"""Correlation between channels."""

_DARK = 0.004
"""Values below are taken for this one before the logarithm."""

_WHITE_SHARE = 0.1
"""What is left over grows with the value, but a dark channel takes this share of the brightest one's."""

_BETWEEN_CHANNELS = (1 - _ALIKE) * np.eye(3) + _ALIKE


def colour_coordinates(light: FloatArray) -> FloatArray:
    """Log chromaticity and share of log brightness of R, G, B, shape (n, 3) → (n, 4)."""
    held = np.maximum(light, _DARK)
    brightness = held.mean(axis=1, keepdims=True)
    return np.concatenate([np.log(held / brightness), _BRIGHTNESS_SHARE * np.log(brightness)], axis=1)


def size_of(light: FloatArray) -> FloatArray:
    """What an amplitude of 1 comes to at each R, G, B, shape (n, 3)."""
    return np.asarray(np.abs(light) + _WHITE_SHARE * light.max(axis=1, keepdims=True))


def likeness(first: FloatArray, second: FloatArray) -> FloatArray:
    """Correlation between colours given by `colour_coordinates`, shapes (n, 4), (m, 4) → (n, m)."""
    squared = ((first[:, None] - second[None]) ** 2).sum(axis=-1)
    return np.asarray(np.exp(-squared / (2 * _REACH**2)))


def covariance(colours: FloatArray, sizes: FloatArray) -> FloatArray:
    """Covariance of all channels of some colours at amplitude 1, shape (3 n, 3 n)."""
    spread = np.einsum("pq,cd,pc,qd->pcqd", likeness(colours, colours), _BETWEEN_CHANNELS, sizes, sizes, optimize=True)
    return np.asarray(spread.reshape(sizes.size, sizes.size))


@dataclass(frozen=True, eq=False, slots=True)
class Unexplained:
    """What was found at the patches, ready to be asked for at any colour.

    Attributes
    ----------
    colours : ndarray, shape (patches, 4)
        `colour_coordinates` of the patches that were used.
    pulls : ndarray, shape (..., patches, 3)
        Weight of each patch's channels; leading axes: one set for each patch that was left out.
    """

    colours: FloatArray
    pulls: FloatArray

    def at(self, light: FloatArray) -> FloatArray:
        """Shape (n, 3) → (..., n, 3), on top of what a response gives for ``light``."""
        alike = likeness(colour_coordinates(light), self.colours)
        return np.asarray((alike @ self.pulls @ _BETWEEN_CHANNELS) * size_of(light))
