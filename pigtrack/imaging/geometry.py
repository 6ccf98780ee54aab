"""Plane geometry that several stages share: homographies, local scale, boxes around polygons.

Points are x, y in upright pixels. A homography maps card coordinates (pitches) or any plane to pixels.
"""

import numpy as np

from pigtrack.model.calibration import CardReading
from pigtrack.model.quantity import FloatArray

_ROUNDS = 8
"""Reweightings of `fit_homography`; five are enough for cards tilted by 60 degrees."""

FULL_FRAME_DIAGONAL_MM = 43.267
"""Of 36 x 24 mm, to which focal lengths "in 35 mm film" refer (CIPA DC-008)."""


def apply_homography(homography: FloatArray, points: FloatArray) -> FloatArray:
    """Map points, shape (..., 2), through a 3x3 homography.

    Examples
    --------
    >>> apply_homography(np.diag([2.0, 2.0, 1.0]), np.array([3.0, 4.0])).tolist()
    [6.0, 8.0]
    """
    points = np.asarray(points, dtype=np.float64)
    lifted = points @ homography[:, :2].T + homography[:, 2]
    return np.asarray(lifted[..., :2] / lifted[..., 2:])


def fit_homography(source: FloatArray, target: FloatArray, *, weights: FloatArray | None = None) -> FloatArray:
    """Fit the homography that carries ``source`` to ``target`` with the least squared distance in the target.

    Parameters
    ----------
    source, target : ndarray, shape (n, 2)
        At least four pairs, no three of four in a line.
    weights : ndarray, shape (n,), optional
        Of each pair's squared distance.

    Returns
    -------
    ndarray, shape (3, 3)
        With the last entry 1.

    Notes
    -----
    Direct linear transform in coordinates of unit spread (Hartley 1997), its rows divided by each point's depth
    from the round before, which turns the algebraic error into the distance in the target.
    """
    if len(source) < 4 or len(source) != len(target):
        raise ValueError(f"source and target must hold the same four or more points, got {len(source)}, {len(target)}")
    inner, outer = _unit_spread(source), _unit_spread(target)
    a, b = apply_homography(inner, source), apply_homography(outer, target)
    root = np.ones(len(a)) if weights is None else np.sqrt(np.asarray(weights, dtype=np.float64))
    depth = np.ones(len(a))
    for _ in range(_ROUNDS):
        solution = _smallest_direction(a, b, root / depth)
        solution = solution / np.median(_depth(solution, a))
        depth = np.maximum(np.abs(_depth(solution, a)), 1e-3)
    homography = np.linalg.inv(outer) @ solution @ inner
    return np.asarray(homography / homography[2, 2])


def local_jacobian(homography: FloatArray, point: FloatArray) -> FloatArray:
    """Return the derivative of the homography at a source point, shape (2, 2): target step a source step."""
    point = np.asarray(point, dtype=np.float64)
    depth = float(homography[2, :2] @ point + homography[2, 2])
    mapped = apply_homography(homography, point)
    return np.asarray((homography[:2, :2] - np.outer(mapped, homography[2, :2])) / depth)


def scale_at(homography: FloatArray, point: FloatArray) -> float:
    """Target length a source length at a source point, the geometric mean over directions."""
    return float(np.sqrt(abs(np.linalg.det(local_jacobian(homography, point)))))


def card_outline(reading: CardReading, *, rim: float, foot: float) -> FloatArray:
    """Corners of a card's body in upright pixels, shape (4, 2).

    Parameters
    ----------
    rim, foot : float
        Pitches that it reaches beyond its outermost patch centres, and below those of its last row.
    """
    right, bottom = reading.card.columns - 1 + rim, reading.card.rows - 1 + foot
    corners = np.array([[-rim, -rim], [right, -rim], [right, bottom], [-rim, bottom]])
    return apply_homography(reading.homography, corners)


def bounding_box(polygon: FloatArray, image_shape: tuple[int, int]) -> tuple[int, int, int, int]:
    """Whole-pixel box around a polygon of x, y points, clipped to the picture: left, top, right, bottom (exclusive)."""
    low = np.floor(np.min(polygon, axis=0)).astype(int)
    high = np.ceil(np.max(polygon, axis=0)).astype(int) + 1
    rows, columns = image_shape
    left, top = int(np.clip(low[0], 0, columns)), int(np.clip(low[1], 0, rows))
    return left, top, int(np.clip(high[0], left, columns)), int(np.clip(high[1], top, rows))


def _unit_spread(points: FloatArray) -> FloatArray:
    middle = np.mean(points, axis=0)
    scale = np.sqrt(2) / np.mean(np.linalg.norm(points - middle, axis=1))
    return np.array([[scale, 0, -scale * middle[0]], [0, scale, -scale * middle[1]], [0, 0, 1]])


def _smallest_direction(a: FloatArray, b: FloatArray, row_weight: FloatArray) -> FloatArray:
    lifted = np.column_stack([a, np.ones(len(a))])
    zero = np.zeros_like(lifted)
    along_x = np.hstack([lifted, zero, -b[:, :1] * lifted])
    along_y = np.hstack([zero, lifted, -b[:, 1:] * lifted])
    rows = np.vstack([along_x * row_weight[:, None], along_y * row_weight[:, None]])
    triangle = np.linalg.qr(rows, mode="r")  # same directions, without the square matrix of as many rows as points
    return np.asarray(np.linalg.svd(triangle)[2][-1].reshape(3, 3))


def _depth(homography: FloatArray, points: FloatArray) -> FloatArray:
    return np.asarray(points @ homography[2, :2] + homography[2, 2])
