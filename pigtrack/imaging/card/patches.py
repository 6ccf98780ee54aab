"""The value of each patch: a robust mean over its central part, in linear light."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pigtrack.imaging.card.refine import card_points
from pigtrack.imaging.card.window import Window, nearest_pixels
from pigtrack.imaging.geometry import apply_homography, scale_at
from pigtrack.model.calibration import Card
from pigtrack.model.quantity import BoolImage, FloatArray

_CENTRAL = 0.6
"""Share of the patch's width that is read: clear of the edge's blur, of dust in the corners and of a small misfit."""

_MOST_ACROSS = 48
"""Samples across a patch; 2,304 pixels give the mean to 2 % of the noise."""

_OUTLIER = 3.0
"""Standard deviations beyond which a pixel is dust or glint."""

_FULL, _EMPTY = 0.985, 0.006
"""Encoded values at which a channel counts as at its end: codes 251 and 1 of 255."""

FEW = 0.02
"""Share of a patch's pixels at an end that spoils its mean."""


@dataclass(frozen=True, eq=False, slots=True)
class Patches:
    """Mean and spread in linear light, and what share of each patch is blown out or empty.

    Attributes
    ----------
    mean, spread : ndarray, shape (patches, 3)
        The spread is taken about a plane, so that a slope of light over the patch is no noise.
    full, empty : ndarray, shape (patches,)
        Share of pixels with a channel at its upper or lower end.
    uneven : ndarray, shape (patches,)
        Largest deviation of a quarter of the patch from its mean, relative to the mean over channels.
    """

    mean: FloatArray
    spread: FloatArray
    full: FloatArray
    empty: FloatArray
    uneven: FloatArray

    @property
    def clipped(self) -> BoolImage:
        """Patches that stand for no colour."""
        return np.asarray((self.full > FEW) | (self.empty > 0.5))


def read_patches(window: Window, card: Card, homography: FloatArray, *, patch_width: float | None = None) -> Patches:
    """Read all patches of a card that lies at ``homography``."""
    half = _CENTRAL * (card.patch_width if patch_width is None else patch_width) / 2
    middle = card.middle
    across = int(np.clip(2 * half * scale_at(homography, middle), 3, _MOST_ACROSS))
    steps = np.linspace(-half, half, across)
    offsets = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2)
    where = apply_homography(homography, card_points(card)[:, None] + offsets[None])
    spots = nearest_pixels(window, where)
    linear = window.linear[spots[..., 0], spots[..., 1]].astype(np.float64)
    encoded = window.codes[spots[..., 0], spots[..., 1]] / np.iinfo(window.codes.dtype).max
    return _summarise(linear, encoded, offsets / max(half, 1e-9))


def _summarise(linear: FloatArray, encoded: FloatArray, offsets: FloatArray) -> Patches:
    flat = _without_plane(linear, offsets)
    kept = _kept(flat)
    count = np.maximum(kept.sum(axis=1, keepdims=True), 1)
    mean = np.sum(np.where(kept[..., None], flat, 0), axis=1) / count
    variance = np.sum(np.where(kept[..., None], (flat - mean[:, None]) ** 2, 0), axis=1) / np.maximum(count - 1, 1)
    return Patches(
        mean=np.maximum(mean, 1e-6),
        spread=np.sqrt(variance),
        full=np.mean((encoded >= _FULL).any(axis=-1), axis=1),
        empty=np.mean((encoded <= _EMPTY).any(axis=-1), axis=1),
        uneven=_unevenness(linear, offsets, mean),
    )


def _without_plane(linear: FloatArray, offsets: FloatArray) -> FloatArray:
    """Take each patch's slope off, shape (patches, pixels, 3), leaving its middle value."""
    basis = np.column_stack([offsets, np.ones(len(offsets))])
    slopes = np.linalg.pinv(basis) @ linear
    return np.asarray(linear - basis[:, :2] @ slopes[:, :2])


def _kept(flat: FloatArray) -> NDArray[np.bool_]:
    middle = np.median(flat, axis=1, keepdims=True)
    spread = 1.4826 * np.median(np.abs(flat - middle), axis=1, keepdims=True)
    return np.asarray((np.abs(flat - middle) <= _OUTLIER * spread + 1e-4).all(axis=-1))


def _unevenness(linear: FloatArray, offsets: FloatArray, mean: FloatArray) -> FloatArray:
    """Compare the four quarters of each patch with its mean; a hidden corner or a shadow's edge shows here."""
    quarters = [linear[:, (sx * offsets[:, 0] > 0) & (sy * offsets[:, 1] > 0)] for sx in (1, -1) for sy in (1, -1)]
    middles = np.stack([np.median(q, axis=1) for q in quarters if q.shape[1]], axis=1)
    size = np.maximum(mean.mean(axis=1), 0.01)[:, None]
    return np.asarray((np.abs(middles - mean[:, None]).mean(axis=-1) / size).max(axis=1))
