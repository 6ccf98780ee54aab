"""The direction in colour that separates a lesion from its skin, and the relief that is read along it."""

import numpy as np

from pigtrack.imaging.closeup.periphery import Skin, robust_spread
from pigtrack.model.quantity import BoolImage, FloatArray, FloatImage

MELANIN = (1.0, 1.7, 3.0)
"""Change of the density of R, G, B with melanin on intermediate skin (`imaging.skin`), red being 1: where the search
for a lesion's own direction sets out."""

TRUSTED = 0.05
"""Share of a contrast by which an uncalibrated channel may be wrong; so no difference of channels is magnified."""


def direction_of(contrast: FloatArray, skin: Skin) -> FloatArray:
    """Return weights that read a contrast with the least disturbance from the skin's own texture and redness.

    Returns
    -------
    ndarray, shape (3,)
        ``w = S⁻¹m / mᵀS⁻¹m · max(m)``: a matched filter, m the contrast and S the skin's covariance, scaled so that the
        contrast reads as much as in the channel that shows it best.
    """
    covariance = skin.covariance + (TRUSTED * np.linalg.norm(contrast)) ** 2 * np.eye(3)
    weights = np.linalg.solve(covariance, contrast)
    return np.asarray(weights / (weights @ contrast) * np.abs(contrast).max())


def relief_of(skin: Skin, direction: FloatArray) -> FloatImage:
    """Density above the skin along a direction, the skin's median being 0."""
    relief = skin.rest @ direction.astype(np.float32)
    return np.asarray(relief - np.median(relief[skin.mask]), dtype=np.float32)


def contrast_of(skin: Skin, lesion: BoolImage) -> FloatArray:
    """Median density of a lesion above its skin, shape (3,)."""
    return np.asarray(np.median(skin.rest[lesion], axis=0), dtype=np.float64)


def index_of(relief: FloatImage, contrast: FloatArray) -> FloatImage:
    """Return the relief in melanin index units, as if all of it were melanin: 100 times the red density it would have.

    Parameters
    ----------
    contrast : ndarray, shape (3,)
        Of the lesion at the baseline; its best channel is the relief's unit.
    """
    return relief * np.float32(100 / MELANIN[int(np.argmax(np.abs(contrast)))])


def noise_of(relief: FloatImage, skin: Skin) -> float:
    """Robust standard deviation of the relief over skin."""
    return max(robust_spread(relief[skin.mask]), 1e-3)
