"""Plane geometry that several stages share: homographies, local scale, tilt, boxes around polygons.

Points are x, y in upright pixels. A homography maps card coordinates (pitches) or any plane to pixels.
"""

import numpy as np

from pigtrack.model.calibration import CardReading, SpatialCalibration
from pigtrack.model.flags import QualityFlag
from pigtrack.model.quantity import FloatArray

_ROUNDS = 8
"""Reweightings of `fit_homography`; five are enough for cards tilted by 60 degrees."""

TYPICAL_FOCAL_LENGTH = 1.0
"""Focal length in image diagonals where nothing tells it: 43 mm equivalent, between a phone's 26 and a lens of 85."""

_FOCAL_LOG_SPREAD = 0.5
"""Standard deviation of its logarithm: 26 to 71 mm equivalent cover 68 %."""

_SQUARENESS_ERROR = 0.003
"""How far a printed card and a consumer lens depart from square pitches, relative."""

PLANE_MISMATCH = 0.01
"""Relative standard uncertainty of scale where card and skin do not share a plane: 5 mm of depth at 50 cm."""

PITCH_TOLERANCE = 0.002
"""Relative standard uncertainty of a patch pitch taken from a drawing or a ruler."""


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


def tilt_degrees(homography: FloatArray, image_shape: tuple[int, int]) -> float:
    """Tilt of a square-pitched plane against the sensor, in degrees.

    The focal length is not known. It is searched around that of a 43 mm lens (in full-frame terms), so that the
    plane's two axes come out perpendicular and of like length; where perspective is weak the typical length decides,
    and the tilt is then right to about a third of itself. The principal point is taken to be the picture's middle.

    Parameters
    ----------
    homography : ndarray, shape (3, 3)
        Plane to upright pixels.
    image_shape : tuple of int
        Rows and columns.
    """
    diagonal = float(np.hypot(*image_shape))
    lengths = TYPICAL_FOCAL_LENGTH * np.exp(np.linspace(-1.2, 1.2, 49))
    costs = [_focal_cost(homography, image_shape, length * diagonal, length) for length in lengths]
    first, second = _plane_axes(homography, image_shape, lengths[int(np.argmin(costs))] * diagonal)
    normal = np.cross(first, second)
    return float(np.degrees(np.arccos(min(1.0, abs(normal[2]) / np.linalg.norm(normal)))))


def measure_scale(
    reading: CardReading, pitch_mm: float | None, point_xy: tuple[float, float], *, image_shape: tuple[int, int]
) -> SpatialCalibration:
    """Scale at a point of the skin, from the card's homography.

    Parameters
    ----------
    reading : CardReading
        The card as found.
    pitch_mm : float or None
        From patch centre to patch centre; None takes the card file's own, which may not know it either.
    point_xy : tuple of float
        Where on the skin, upright pixels.
    image_shape : tuple of int
        Rows and columns of the photograph, for the tilt.

    Returns
    -------
    SpatialCalibration
        ``mm_per_px`` None and the flag ``card_size_unknown`` where no pitch is known.

    Notes
    -----
    The card lies in the plane of the skin, as the instructions ask, so its plane is carried on to the point: a
    camera held askew then costs nothing. Perspective tells the card's tilt, however, not the skin's; half of the
    difference from the scale at the card itself goes into the uncertainty, beside the mismatch of depth.
    """
    pitch = reading.card.pitch_mm if pitch_mm is None else pitch_mm
    tilt = tilt_degrees(reading.homography, image_shape)
    if pitch is None:
        return SpatialCalibration(None, 0.0, tilt, frozenset({QualityFlag.CARD_SIZE_UNKNOWN}))
    middle = np.array([(reading.card.columns - 1) / 2, (reading.card.rows - 1) / 2])
    at_card = scale_at(reading.homography, middle)
    at_point = _scale_towards(reading.homography, np.asarray(point_xy, dtype=np.float64), at_card)
    grid = reading.centre_error_px / (at_card * np.sqrt(len(reading.centres)))
    parts = (PLANE_MISMATCH, PITCH_TOLERANCE, grid, abs(np.log(at_point / at_card)) / 2)
    return SpatialCalibration(pitch / at_point, float(np.linalg.norm(parts)), tilt)


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
    return np.asarray(np.linalg.svd(rows)[2][-1].reshape(3, 3))


def _depth(homography: FloatArray, points: FloatArray) -> FloatArray:
    return np.asarray(points @ homography[2, :2] + homography[2, 2])


def _plane_axes(homography: FloatArray, image_shape: tuple[int, int], focal_px: float) -> FloatArray:
    rows, columns = image_shape
    camera = np.array([[focal_px, 0, (columns - 1) / 2], [0, focal_px, (rows - 1) / 2], [0, 0, 1]])
    return np.asarray((np.linalg.inv(camera) @ homography)[:, :2].T)


def _focal_cost(homography: FloatArray, image_shape: tuple[int, int], focal_px: float, length: float) -> float:
    first, second = _plane_axes(homography, image_shape, focal_px)
    size_first, size_second = np.linalg.norm(first), np.linalg.norm(second)
    stretch = np.log(size_first / size_second)
    shear = first @ second / (size_first * size_second)
    prior = np.log(length / TYPICAL_FOCAL_LENGTH) / _FOCAL_LOG_SPREAD
    return float((stretch**2 + shear**2) / _SQUARENESS_ERROR**2 + prior**2)


def _scale_towards(homography: FloatArray, point: FloatArray, at_card: float) -> float:
    """Scale of the card's own plane at an upright pixel; the card's where the plane never reaches it."""
    inverse = np.asarray(np.linalg.inv(homography), dtype=np.float64)
    depth = float(inverse[2, :2] @ point + inverse[2, 2])
    if depth <= 0:
        return at_card
    scale = scale_at(homography, apply_homography(inverse, point))
    return float(np.clip(scale, at_card / 2, at_card * 2))
