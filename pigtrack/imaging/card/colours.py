"""Whether 24 colours are the card's: what is left of them when camera, lamp and tone curve are allowed for.

The camera's tone curve and the lamp are a straight line in log light a channel, laid through the greys; camera
against observer is a 3x3 matrix in linear light. Both are fitted robustly to the patches that can be trusted, and the
difference that remains, in CIEDE2000, tells a card of another make from this one.
"""

import numpy as np

from pigtrack.imaging.colour import XYZ_TO_SRGB, delta_e_2000, srgb_to_lab
from pigtrack.model.calibration import Card
from pigtrack.model.quantity import BoolImage, FloatArray

_ROUNDS = 10
_TUKEY = 4.685
_LEAST_SPREAD = 2.0
"""CIEDE2000 that a good patch may be off, for the robust weights."""

_DARKEST = 0.003
"""Of the brightest patch: darker values are flare and noise."""

_LEAST_GREYS = 4

_POOR = 6.0
"""Median CIEDE2000 above which the fit is tried on the better part of the patches."""

_TRIMMINGS, _BETTER_PART, _LEAST_TRIMMED = 5, 0.7, 8


MOTLEY = 0.05
"""Least `variety` of a colour card: drawn and real ones have 0.08 (blown out) to 0.27, woven cloth up to 0.02."""


def reference_rgb(card: Card) -> FloatArray:
    """Linear sRGB of the card's patches, shape (patches, 3), cut to 0..1."""
    return np.clip(card.xyz @ XYZ_TO_SRGB.T, 0.0, 1.0)


def agreement(patches: FloatArray, reference: FloatArray, *, kept: BoolImage | None = None) -> float:
    """Mean over the channels of the correlation of √patch with √reference, both linear RGB, shape (patches, 3).

    A correlation a channel is blind to exposure, white balance and, by the root, to most of a tone curve; it is not
    blind to hues changed for one another, as a 3x3 matrix would be.
    """
    chosen = np.ones(len(patches), dtype=bool) if kept is None else kept
    first, second = np.sqrt(np.maximum(patches[chosen], 0)), np.sqrt(np.maximum(reference[chosen], 0))
    first, second = first - first.mean(axis=0), second - second.mean(axis=0)
    size = np.sqrt(np.sum(first**2, axis=0) * np.sum(second**2, axis=0))
    return float(np.mean(np.sum(first * second, axis=0) / np.maximum(size, 1e-12)))


def variety(colours: FloatArray) -> float:
    """How many colours there are: median difference of each encoded colour, shape (n, 3), 0..1, from its likest."""
    if len(colours) < 2:
        return 0.0
    away = np.linalg.norm(colours[:, None] - colours[None], axis=-1) + 9.0 * np.eye(len(colours))
    return float(np.median(away.min(axis=1)) / max(float(np.percentile(colours, 90)), 0.05))


def colour_misfit(patches: FloatArray, card: Card, kept: BoolImage) -> FloatArray:
    """CIEDE2000 of each patch from the card's after the best tone, lamp and camera, shape (patches,).

    Parameters
    ----------
    patches : ndarray, shape (patches, 3)
        Linear R, G, B.
    kept : ndarray, shape (patches,), bool
        Patches to fit to; at least eight.

    Notes
    -----
    Where the fit is poor, some of ``kept`` may be no patches at all: it is then repeated on the better part of them,
    without trust in the greys (least trimmed squares).
    """
    greys = np.zeros(len(patches), dtype=bool)
    greys[list(card.neutral)] = True
    straight = greys & kept if (greys & kept).sum() >= _LEAST_GREYS else kept
    best = _misfit(patches, card, kept, straight)
    part = kept
    for _ in range(_TRIMMINGS):
        if np.median(best[kept]) <= _POOR:
            break
        away = _misfit(patches, card, part, part)
        best = away if np.median(away[kept]) < np.median(best[kept]) else best
        most = max(_LEAST_TRIMMED, int(_BETTER_PART * kept.sum()))
        part = kept & (away <= np.sort(away[kept])[min(most, int(kept.sum())) - 1])
    return best


def _misfit(patches: FloatArray, card: Card, kept: BoolImage, straight: BoolImage) -> FloatArray:
    light = _toned(patches, card, straight)
    true, lab = card.xyz @ XYZ_TO_SRGB.T, srgb_to_lab(card.xyz @ XYZ_TO_SRGB.T)
    even = 1 / np.sqrt(np.maximum(card.xyz[:, 1], 0.03))
    weights = kept.astype(np.float64)
    for _ in range(_ROUNDS):
        rows = (weights * even)[:, None]
        matrix = np.linalg.lstsq(light * rows, true * rows, rcond=None)[0]
        away = delta_e_2000(srgb_to_lab(light @ matrix), lab)
        limit = _TUKEY * max(1.4826 * float(np.median(away[kept])), _LEAST_SPREAD)
        weights = np.maximum(1 - (away / limit) ** 2, 0.0) * kept + 1e-6
    return np.asarray(away)


def _toned(patches: FloatArray, card: Card, straight: BoolImage) -> FloatArray:
    """Undo each channel's exposure and contrast by a line in log light through the ``straight`` patches."""
    true = np.log(np.maximum(reference_rgb(card), 0.002))
    found = np.log(np.maximum(patches, _DARKEST * float(patches.max())))
    toned = np.empty_like(found)
    for channel in range(3):
        toned[:, channel] = _line(found[:, channel], true[:, channel], straight)
    return np.asarray(np.exp(np.clip(toned, -8.0, 1.5)))


def _line(found: FloatArray, true: FloatArray, chosen: BoolImage) -> FloatArray:
    basis = np.column_stack([found, np.ones(len(found))])
    weights = chosen.astype(np.float64)
    for _ in range(4):
        line = np.linalg.lstsq(basis * weights[:, None], true * weights, rcond=None)[0]
        away = np.abs(true - basis @ line)
        limit = _TUKEY * max(1.4826 * float(np.median(away[chosen])), 0.05)
        weights = np.maximum(1 - (away / limit) ** 2, 0.0) * chosen + 1e-6
    return np.asarray(basis @ line)
