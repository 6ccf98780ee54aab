"""A sticker laid on its picture to a small part of a pixel, all of its cells at once.

Print and tone curve move edges: a black square on white looks larger or smaller than it is. Edges from white to black
and from black to white move against each other, so place, gain of the black, blur and light are fitted together.
"""

from dataclasses import dataclass

import numpy as np

from pigtrack.imaging import opencv
from pigtrack.imaging.geometry import apply_homography, fit_homography, scale_at
from pigtrack.imaging.scale.stickerface import MODULES, square_corners, sticker_cells
from pigtrack.model.quantity import BoolImage, FloatArray, FloatImage

_FINE = 16
"""Model points on a module."""

_RIM = 1.5
"""White around the square that is looked at, in modules."""

_THIN = 2
"""Every second model point is compared with the picture."""

_ROUNDS = 12
_SETTLED = 1e-4
"""Largest move of a corner, in modules, at which the fit is done."""

_BLURS = (0.06, 0.6)
_GAINS = 0.3
"""Blur (standard deviation) and gain of black that are believed, in modules."""

_CALM = 0.1
"""Modules; less than what a photograph of a small sticker shows anyway."""

_FLOOR = 0.002
"""Standard uncertainty of a corner that tone curve and paper leave, in modules."""

_STEP = 0.02


@dataclass(frozen=True, eq=False, slots=True)
class StickerFit:
    """Place of a sticker.

    Attributes
    ----------
    homography : ndarray, shape (3, 3)
        From modules to pixels.
    explained : float
        Share of the picture's variance that the model explains, at most 1.
    contrast : float
        White over black, linear light.
    corner_error : float
        Standard uncertainty of a corner's coordinate, in modules.
    """

    homography: FloatArray
    explained: float
    contrast: float
    corner_error: float


@dataclass(frozen=True, eq=False, slots=True)
class _Model:
    """Model points, shape (rows, columns, 2) in modules, and each one's distance to the nearest edge, black > 0."""

    places: FloatArray
    depth: FloatImage

    def cover(self, gain: float, blur: float) -> FloatImage:
        """Share of white, 0..1: edges moved outward by ``gain`` and blurred, both in modules."""
        sharp = np.clip(0.5 - (self.depth + np.float32(gain)) * np.float32(_FINE), 0, 1)
        return opencv.blur(sharp, blur * _FINE)


@dataclass(frozen=True, eq=False, slots=True)
class _Round:
    homography: FloatArray
    gain: float
    blur: float
    moved: float
    fit: StickerFit


def fit_sticker(light: FloatImage, number: int, homography: FloatArray) -> StickerFit | None:
    """Lay a sticker on a picture, starting nearby.

    Parameters
    ----------
    light : ndarray, shape (rows, columns), float32
        Linear light around the sticker.
    homography : ndarray, shape (3, 3)
        Rough, from modules to pixels of ``light``.

    Returns
    -------
    StickerFit or None
        None where the sticker leaves the picture or shows no contrast.

    Notes
    -----
    Gauss-Newton on ``light = a + b·P + c·x + d·y + e·xP + f·yP``: P the printed pattern, its black grown and its edges
    blurred, under light that slopes. Nine numbers place it: eight of the homography and the gain.
    """
    model = _draw_model(sticker_cells(number))
    light = _calm(light, scale_at(homography, np.array([MODULES / 2, MODULES / 2])))
    state = _Round(homography, 0.0, 0.25, np.inf, StickerFit(homography, 0.0, 0.0, np.inf))
    for _ in range(_ROUNDS):
        step = _improve(light, model, state)
        if step is None:
            return None
        state = step
        if state.moved < _SETTLED:
            break
    return state.fit


def _calm(light: FloatImage, module_px: float) -> FloatImage:
    """Blur a large sticker, so that the model's points, an eighth of a module apart, miss nothing between them."""
    sigma = _CALM * module_px
    return opencv.blur(light, sigma) if sigma > 0.5 else light


def _draw_model(cells: BoolImage) -> _Model:
    padded = np.pad(cells, 1)
    large = padded.repeat(_FINE, axis=0).repeat(_FINE, axis=1)
    inside = opencv.distance_inside(large)
    outside = opencv.distance_inside(~large)
    depth = (np.where(large, inside - 0.5, 0.5 - outside) / _FINE).astype(np.float32)
    keep = round((2 - _RIM) * _FINE)
    axis = (np.arange(large.shape[0]) + 0.5) / _FINE - 2
    places = np.stack(np.meshgrid(axis, axis), axis=-1)
    part = slice(keep, large.shape[0] - keep)
    return _Model(places[part, part], np.ascontiguousarray(depth[part, part]))


def _improve(light: FloatImage, model: _Model, state: _Round) -> _Round | None:
    """One Gauss-Newton round."""
    places = model.places[::_THIN, ::_THIN].reshape(-1, 2)
    seen = _sample(light, apply_homography(state.homography, places))
    if not np.isfinite(seen).all():
        return None
    pattern = model.cover(state.gain, state.blur)
    fatter = (model.cover(state.gain + _STEP, state.blur) - pattern) / _STEP
    softer = (model.cover(state.gain, state.blur + _STEP) - pattern) / _STEP
    down, right = (np.asarray(each) for each in np.gradient(pattern.astype(np.float64), 1 / _FINE))
    layers: list[FloatArray] = [np.asarray(each, np.float64) for each in (pattern, right, down, fatter, softer)]
    thin = [each[::_THIN, ::_THIN].ravel() for each in layers]
    x, y = ((places - MODULES / 2) / (MODULES / 2)).T
    photometry = np.column_stack([np.ones_like(x), thin[0], x, y, x * thin[0], y * thin[0]])
    tones = _solve(photometry, seen)
    white = tones[1] + tones[4] * x + tones[5] * y
    geometry = -_moves(x, y, thin[1] * white, thin[2] * white)
    slope = np.column_stack([geometry, thin[3] * white, thin[4] * white, photometry])
    solution = _solve(slope, seen - photometry @ tones)
    return _step(state, solution, slope, seen, tones)


def _solve(design: FloatArray, values: FloatArray) -> FloatArray:
    """Least squares by the normal equations: thousands of rows, few and well-scaled columns."""
    return np.asarray(np.linalg.lstsq(design.T @ design, design.T @ values, rcond=None)[0])


def _step(state: _Round, solution: FloatArray, slope: FloatArray, seen: FloatArray, tones: FloatArray) -> _Round | None:
    residual = seen - slope[:, -6:] @ tones - slope @ solution
    corners = square_corners()
    shift = _shift(corners, solution[:8])
    largest = float(np.abs(shift).max())
    if largest > MODULES / 4 or tones[1] <= 0:
        return None
    placed = fit_homography(corners, apply_homography(state.homography, corners + shift))
    gain = float(np.clip(state.gain + solution[8], -_GAINS, _GAINS))
    blur = float(np.clip(state.blur + solution[9], *_BLURS))
    pixels = (MODULES + 2 * _RIM) ** 2 * scale_at(placed, corners.mean(axis=0)) ** 2
    explained = 1 - float(np.var(residual) / max(float(np.var(seen)), 1e-12))
    black = max(float(tones[0]), 1e-3 * float(tones[1]))
    spread = _corner_spread(slope, residual, min(pixels, len(seen)))
    fit = StickerFit(placed, explained, float((tones[0] + tones[1]) / black), float(np.hypot(spread, _FLOOR)))
    return _Round(placed, gain, blur, largest, fit)


def _moves(x: FloatArray, y: FloatArray, right: FloatArray, down: FloatArray) -> FloatArray:
    """Derivative with respect to the eight numbers of `_shift`, given those along x and along y; shape (n, 8)."""
    pull = x * right + y * down
    return np.column_stack([right, x * right, y * right, down, x * down, y * down, x * pull, y * pull])


def _shift(places: FloatArray, numbers: FloatArray) -> FloatArray:
    """A small change of homography as a shift of places, in modules, shape (n, 2)."""
    x, y = ((places - MODULES / 2) / (MODULES / 2)).T
    one, none = np.ones_like(x), np.zeros_like(x)
    return np.stack([_moves(x, y, one, none) @ numbers, _moves(x, y, none, one) @ numbers], axis=-1)


def _corner_spread(slope: FloatArray, residual: FloatArray, independent: float) -> float:
    """Standard uncertainty of a corner; neighbouring points of the model show the same pixel."""
    variance = float(residual @ residual) / max(independent - slope.shape[1], 1.0)
    covariance = variance * np.linalg.pinv(slope.T @ slope * (independent / len(residual)))[:8, :8]
    x, y = ((square_corners() - MODULES / 2) / (MODULES / 2)).T
    one, none = np.ones_like(x), np.zeros_like(x)
    parts = _moves(x, y, one, none), _moves(x, y, none, one)
    return float(np.sqrt(np.mean([np.diag(each @ covariance @ each.T).mean() for each in parts])))


def _sample(light: FloatImage, places: FloatArray) -> FloatArray:
    """Linear interpolation at x, y; nan outside."""
    flat = np.ascontiguousarray(places, dtype=np.float32)
    x, y = (np.ascontiguousarray(flat[:, k : k + 1]) for k in (0, 1))
    return np.asarray(opencv.remap_linear(light, x, y, outside=float("nan")), dtype=np.float64).ravel()
