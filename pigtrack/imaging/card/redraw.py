"""The grid of a small or blurred card: the card is drawn as this camera would see it, and moved until it matches.

Where blur fills the gaps between patches, an edge's half level depends on what lies beyond the gap, and the outer
patches seem to lie too far out. Here nothing is measured edge by edge. Every pixel of the card is predicted from eight
numbers of the homography, the patches' width and the blur; the colours of patches and frame follow linearly
(variable projection, Golub and Pereyra 1973, with Kaufman's shortened derivative), and all is fitted robustly.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtr

from pigtrack.imaging.card.refine import Grid, card_points
from pigtrack.imaging.card.window import Window
from pigtrack.imaging.geometry import apply_homography, local_jacobian, scale_at
from pigtrack.model.calibration import Card
from pigtrack.model.quantity import FloatArray

_BEYOND = 0.6
"""How far beyond the outer centres the frame is looked at, in pitches: less than any frame is wide."""

_MOST_PIXELS = 5000
_ROUNDS = 15
_ENOUGH = 1e-4
"""Largest step, in pitches, at which the fit is done."""

_TUKEY = 4.685
_DARK = 0.05
"""Share of the brightest colour that is added to a pixel's own for its expected noise."""

_LEAST_BLUR_PX, _MOST_BLUR = 0.3, 0.3
"""Standard deviation of the blur: pixels are no points; wider than 0.3 pitches nothing could be read."""

_NARROWEST, _WIDEST = 0.6, 0.96
_FARTHEST = 0.15
"""Of a patch's centre from where the edges put it, in pitches; farther, the fit has gone astray."""

_ROOM = 9.0
"""Gaps of so many deviations of blur are clear: the edges themselves are then right within a thousandth."""


@dataclass(frozen=True, eq=False, slots=True)
class _Guess:
    """``warp``: correction of card coordinates, shape (8,); width in pitches; blur in pixels."""

    warp: FloatArray
    width: float
    blur: float


@dataclass(frozen=True, eq=False, slots=True)
class _Scene:
    """Pixels on the card: coordinates by the first homography, pixels a pitch along both axes, linear light."""

    places: FloatArray
    per_pitch: FloatArray
    light: FloatArray


@dataclass(frozen=True, eq=False, slots=True)
class _Drawing:
    """Predicted light, shape (pixels, 3), its slopes, and the patches' share of each pixel."""

    light: FloatArray
    along_u: FloatArray
    along_v: FloatArray
    along_width: FloatArray
    along_blur: FloatArray
    shares: FloatArray
    uv: FloatArray


def needs_redrawing(grid: Grid, card: Card) -> bool:
    """Tell whether blur reaches across the gaps."""
    if not np.isfinite(grid.edge_blur_px):
        return True
    gap = (1 - min(grid.patch_width, 0.95)) * scale_at(grid.homography, card.middle)
    return bool(gap < _ROOM * max(grid.edge_blur_px, 0.5))


def redraw_grid(window: Window, card: Card, grid: Grid) -> Grid:
    """Lay ``grid`` anew by drawing the card; the same grid where the drawing doesn't settle."""
    scene = _scene(window, card, grid.homography)
    width = grid.patch_width if np.isfinite(grid.patch_width) else card.patch_width
    blur = grid.edge_blur_px if np.isfinite(grid.edge_blur_px) else 0.8
    guess = _Guess(np.zeros(8), float(np.clip(width, _NARROWEST, _WIDEST)), max(blur, _LEAST_BLUR_PX))
    weights = _draw(scene, card, guess, np.ones(len(scene.light)))[1]
    for _ in range(_ROUNDS):
        drawing, weights = _draw(scene, card, guess, weights)
        step = _step(scene, card, drawing, weights)
        guess = _moved(guess, step, float(scene.per_pitch.mean()))
        if np.abs(step[:9]).max() < _ENOUGH:
            break
    return _accepted(grid, card, scene, guess, weights)


def _accepted(grid: Grid, card: Card, scene: _Scene, guess: _Guess, weights: FloatArray) -> Grid:
    points = card_points(card)
    homography = _with_warp(grid.homography, guess.warp, card)
    pitch = scale_at(grid.homography, card.middle)
    moved = np.linalg.norm(apply_homography(homography, points) - apply_homography(grid.homography, points), axis=1)
    if not moved.max() < _FARTHEST * pitch:
        return grid
    drawing, weights = _draw(scene, card, guess, weights)
    own = _own_shifts(scene, card, drawing, weights)
    steps = np.array([local_jacobian(homography, p) @ s for p, s in zip(points, own, strict=True)])
    away = np.sort(np.linalg.norm(steps, axis=1))[: max(6, int(0.9 * len(steps)))]
    return replace(
        grid,
        homography=homography,
        centre_error_px=float(np.sqrt(np.mean(away**2))),
        patch_width=guess.width,
        edge_blur_px=guess.blur,
    )


def _scene(window: Window, card: Card, homography: FloatArray) -> _Scene:
    rows, columns = window.linear.shape[:2]
    y, x = np.mgrid[:rows, :columns]
    upright = np.stack([x, y], axis=-1).reshape(-1, 2) + window.origin
    back = np.asarray(np.linalg.inv(homography), dtype=np.float64)
    places = apply_homography(back, upright)
    far = np.array([card.columns - 1, card.rows - 1]) + _BEYOND
    chosen = np.flatnonzero((places > -_BEYOND).all(axis=1) & (places < far).all(axis=1))
    if len(chosen) > _MOST_PIXELS:
        chosen = chosen[np.linspace(0, len(chosen) - 1, _MOST_PIXELS).astype(np.intp)]
    light = window.linear.reshape(-1, 3)[chosen].astype(np.float64)
    return _Scene(places[chosen], _pixels_a_pitch(homography, places[chosen]), light)


def _pixels_a_pitch(homography: FloatArray, places: FloatArray) -> FloatArray:
    """Length in pixels of a pitch along columns and rows at each place, shape (n, 2)."""
    here = apply_homography(homography, places)
    lengths = [
        np.linalg.norm(apply_homography(homography, places + step) - here, axis=1) / 0.01
        for step in (np.array([0.01, 0.0]), np.array([0.0, 0.01]))
    ]
    return np.stack(lengths, axis=1)


def _draw(scene: _Scene, card: Card, guess: _Guess, weights: FloatArray) -> tuple[_Drawing, FloatArray]:
    """Draw with the colours that fit best under ``weights``; return the drawing and its own robust weights."""
    uv = _warped(scene.places, guess.warp, card)
    across, across_u, across_w, across_s = _profile(uv[:, 0], card.columns, guess, scene.per_pitch[:, 0])
    down, down_v, down_w, down_s = _profile(uv[:, 1], card.rows, guess, scene.per_pitch[:, 1])

    def pairs(first: FloatArray, second: FloatArray) -> FloatArray:
        return np.asarray((second[:, :, None] * first[:, None, :]).reshape(len(first), -1))

    cover = pairs(across, down)
    shares = np.column_stack([cover, 1 - cover.sum(axis=1)])
    rows = np.sqrt(weights)[:, None]
    normal = (shares * rows).T @ (shares * rows) + 1e-6 * np.eye(shares.shape[1])
    colours = np.linalg.solve(normal, (shares * weights[:, None]).T @ scene.light)
    stands_out = colours[:-1] - colours[-1]
    light = shares @ colours
    drawing = _Drawing(
        light,
        pairs(across_u, down) @ stands_out,
        pairs(across, down_v) @ stands_out,
        (pairs(across_w, down) + pairs(across, down_w)) @ stands_out,
        (pairs(across_s, down) + pairs(across, down_s)) @ stands_out,
        shares,
        uv,
    )
    return drawing, _weights(scene.light - light, light)


def _weights(residual: FloatArray, light: FloatArray) -> FloatArray:
    """Weights by the expected noise of each pixel, those of strangers (fingers, print) near 0."""
    level = light.mean(axis=1)
    noise = np.sqrt(np.maximum(level, 0.0) + _DARK * float(np.percentile(level, 95)))
    size = np.linalg.norm(residual, axis=1) / noise
    limit = _TUKEY * max(1.4826 * float(np.median(size)), 1e-4)
    return np.asarray(np.maximum(1 - (size / limit) ** 2, 1e-3) ** 2 / noise**2)


def _profile(place: FloatArray, count: int, guess: _Guess, per_pitch: FloatArray) -> tuple[FloatArray, ...]:
    """Share of each of ``count`` blurred stripes at each place, shape (n, count), and its slopes.

    Slopes are along the place, the stripes' width, and the blur in pixels.
    """
    sigma = (guess.blur / per_pitch)[:, None]
    away = place[:, None] - np.arange(count)
    left, right = (away + guess.width / 2) / sigma, (away - guess.width / 2) / sigma
    bell_left, bell_right = (np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi) for z in (left, right))
    return (
        ndtr(left) - ndtr(right),
        (bell_left - bell_right) / sigma,
        (bell_left + bell_right) / (2 * sigma),
        -(left * bell_left - right * bell_right) / guess.blur,
    )


def _warped(places: FloatArray, warp: FloatArray, card: Card) -> FloatArray:
    """Correct card coordinates by a homography close to one, about the card's middle, in half card lengths."""
    half = (card.columns - 1) / 2
    u, v = ((places - card.middle) / half).T
    depth = 1 + warp[6] * u + warp[7] * v
    moved = np.stack([u * (1 + warp[0]) + v * warp[1] + warp[2], u * warp[3] + v * (1 + warp[4]) + warp[5]], axis=1)
    return np.asarray(moved / depth[:, None] * half + card.middle)


def _with_warp(homography: FloatArray, warp: FloatArray, card: Card) -> FloatArray:
    half = (card.columns - 1) / 2
    middle = card.middle
    scale = np.array([[half, 0, middle[0]], [0, half, middle[1]], [0, 0, 1]])
    change = np.array([[1 + warp[0], warp[1], warp[2]], [warp[3], 1 + warp[4], warp[5]], [warp[6], warp[7], 1]])
    # a corrected coordinate belongs to the same pixel: pixel = H0 · place = H0 · change⁻¹ · corrected
    found = homography @ scale @ np.linalg.inv(change) @ np.linalg.inv(scale)
    return np.asarray(found / found[2, 2])


def _step(scene: _Scene, card: Card, drawing: _Drawing, weights: FloatArray) -> FloatArray:
    """Gauss-Newton step of warp (8), width and log blur, the colours' own share projected out."""
    slopes = _slopes(drawing, card)
    root = np.sqrt(weights)[:, None]
    basis, _ = np.linalg.qr(drawing.shares * root)
    target = (scene.light - drawing.light) * root
    columns = []
    for slope in slopes:
        column = slope * root
        columns.append((column - basis @ (basis.T @ column)).ravel())
    system = np.stack(columns, axis=1)
    normal = system.T @ system
    damping = 1e-6 * np.diag(np.diag(normal)) + 1e-12 * np.eye(len(normal))
    return np.asarray(np.linalg.solve(normal + damping, system.T @ target.ravel()))


def _slopes(drawing: _Drawing, card: Card) -> list[FloatArray]:
    """Change of the light with each number of the warp, with the width and with the blur."""
    half = (card.columns - 1) / 2
    u, v = ((drawing.uv - card.middle) / half).T
    by_u, by_v = drawing.along_u * half, drawing.along_v * half
    lean = by_u * u[:, None] + by_v * v[:, None]
    pairs = [by_u * u[:, None], by_u * v[:, None], by_u, by_v * u[:, None], by_v * v[:, None], by_v]
    return [*pairs, -lean * u[:, None], -lean * v[:, None], drawing.along_width, drawing.along_blur]


def _moved(guess: _Guess, step: FloatArray, per_pitch: float) -> _Guess:
    limited = np.clip(step[:8], -0.05, 0.05)
    return _Guess(
        guess.warp + limited,
        float(np.clip(guess.width + np.clip(step[8], -0.03, 0.03), _NARROWEST, _WIDEST)),
        float(np.clip(guess.blur + np.clip(step[9], -0.3, 0.3), _LEAST_BLUR_PX, _MOST_BLUR * per_pitch)),
    )


def _own_shifts(scene: _Scene, card: Card, drawing: _Drawing, weights: FloatArray) -> FloatArray:
    """How far each patch lies from the grid by its own pixels alone, in pitches, shape (patches, 2)."""
    residual = scene.light - drawing.light
    shifts = np.zeros((card.columns * card.rows, 2))
    for number, point in enumerate(card_points(card)):
        near = (np.abs(drawing.uv - point) < 0.5).all(axis=1)
        slopes = np.stack([drawing.along_u[near], drawing.along_v[near]], axis=-1)
        normal = np.einsum("n,nci,ncj->ij", weights[near], slopes, slopes)
        right = np.einsum("n,nci,nc->i", weights[near], slopes, residual[near])
        if np.linalg.det(normal) > 1e-12:
            shifts[number] = -np.linalg.solve(normal, right)
    return shifts
