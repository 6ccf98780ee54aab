"""Where a flat thing of known shape stands before the camera: turned, tilted, how far, and how well each is known.

Lengths are in units of the thing itself: pitches of a card, sides of a sticker. Camera coordinates have x to the
right, y down, z away from the camera; the principal point is the picture's middle.
"""

from dataclasses import dataclass

import numpy as np

from pigtrack.imaging.geometry import FULL_FRAME_DIAGONAL_MM, fit_homography
from pigtrack.model.quantity import FloatArray

TYPICAL_FOCAL_LENGTH = 1.0
"""Focal length in image diagonals where nothing tells it: 43 mm equivalent, between a phone's 26 and a lens of 85."""

UNKNOWN_SPREAD = 0.5
"""Standard deviation of its logarithm: 26 to 71 mm equivalent cover 68 %."""

_TOLD_SPREAD = 0.04
"""The same where the file tells it: whole millimetres, and a lens that is focused near draws out by some per cent."""

_GUESSES = (0.55, 1.0, 1.8)
"""Where the search starts, around the typical length, if the file is silent."""

_FIRST_ROUNDS, _LAST_ROUNDS = 3, 25
_SETTLED = 1e-9
"""Relative fall of the cost at which the fit is done."""

_STEP = 1e-6
_UNBOUND = 1e3
"""Spread of a prior that says nothing."""


@dataclass(frozen=True, slots=True)
class Lens:
    """What is known of a camera: upright rows and columns, focal length in pixels, spread of its logarithm."""

    shape: tuple[int, int]
    focal_px: float
    log_spread: float

    def ray(self, pixel: FloatArray, focal_px: float) -> FloatArray:
        """Direction from the camera through upright pixels, shape (..., 3), third component 1."""
        rows, columns = self.shape
        flat = (np.asarray(pixel, dtype=np.float64) - [(columns - 1) / 2, (rows - 1) / 2]) / focal_px
        return np.concatenate([flat, np.ones_like(flat[..., :1])], axis=-1)


@dataclass(frozen=True, eq=False, slots=True)
class PlanePose:
    """A plane before the camera.

    Attributes
    ----------
    values : ndarray, shape (7,)
        Tilts about the camera's x and y axis and turn about its z axis, radians; x and y of the thing's centre as
        seen, in units of its distance; logarithms of the distance (in the thing's unit) and of the focal length (px).
    covariance : ndarray, shape (7, 7)
        Of ``values``, priors included.
    misfit_px : float
        Root mean square distance of the points from the fit.
    """

    values: FloatArray
    covariance: FloatArray
    misfit_px: float

    @property
    def tilt_deg(self) -> float:
        """Angle between the plane and the sensor, in degrees."""
        return float(np.degrees(np.arccos(np.clip(normal_of(self.values[:2])[2], -1.0, 1.0))))

    @property
    def distance(self) -> float:
        """Depth of the thing's centre, in its own unit."""
        return float(np.exp(self.values[5]))


def lens_of(shape: tuple[int, int], focal_length_35mm: float | None) -> Lens:
    """Return the lens of a photograph: as its file tells, else a typical one.

    Parameters
    ----------
    shape : tuple of int
        Rows and columns of the upright photograph.
    focal_length_35mm : float or None
        Focal length in 35 mm film, in millimetres; None: not told.
    """
    diagonal = float(np.hypot(*shape))
    if focal_length_35mm is None:
        return Lens(shape, TYPICAL_FOCAL_LENGTH * diagonal, UNKNOWN_SPREAD)
    return Lens(shape, focal_length_35mm / FULL_FRAME_DIAGONAL_MM * diagonal, _TOLD_SPREAD)


def normal_of(tilt: FloatArray) -> FloatArray:
    """Unit normal, away from the camera, of a plane tilted about x and then y; radians, shape (2,) to (3,)."""
    (sin_x, sin_y), (cos_x, cos_y) = np.sin(tilt), np.cos(tilt)
    return np.array([sin_y, -sin_x * cos_y, cos_x * cos_y])


def fit_pose(points: FloatArray, pixels: FloatArray, *, lens: Lens, noise_px: float, tilt_spread: float) -> PlanePose:
    """Fit the pose of a flat thing to where its points are seen.

    Parameters
    ----------
    points : ndarray, shape (n, 2)
        On the thing, in its own unit, about its centre; at least four, no three of four in a line.
    pixels : ndarray, shape (n, 2)
        Upright x, y.
    noise_px : float
        Standard deviation of a pixel coordinate.
    tilt_spread : float
        Prior standard deviation of the tilt about each axis, radians: where perspective is too weak to tell, the
        thing faces the camera.

    Notes
    -----
    Maximum a posteriori by Levenberg's method; pinhole camera, square pixels. A plane far off looks alike when tilted
    to either side, so both are tried.
    """
    scales = np.array([tilt_spread, tilt_spread, _UNBOUND, _UNBOUND, _UNBOUND, _UNBOUND, lens.log_spread])
    prior = np.array([0, 0, 0, 0, 0, 0, np.log(lens.focal_px)])
    problem = _Problem(points, np.asarray(pixels, dtype=np.float64), lens, noise_px, prior, scales)
    found = min((_descend(problem, start, _FIRST_ROUNDS) for start in _starts(problem)), key=problem.cost)
    found = _descend(problem, found, _LAST_ROUNDS)
    residual, slope = problem.linearise(found)
    away = residual[:-7].reshape(-1, 2) * noise_px
    covariance = np.asarray(np.linalg.inv(slope.T @ slope))
    return PlanePose(found, covariance, float(np.sqrt(np.mean(np.sum(away**2, axis=1)))))


@dataclass(frozen=True, eq=False, slots=True)
class _Problem:
    points: FloatArray
    pixels: FloatArray
    lens: Lens
    noise_px: float
    prior: FloatArray
    scales: FloatArray

    def residuals(self, values: FloatArray) -> FloatArray:
        """Weighted misfits of points and priors, shape (..., 2 n + 7), for values of shape (..., 7)."""
        away = (_project(self.points, values, self.lens) - self.pixels) / self.noise_px
        return np.concatenate([away.reshape(*away.shape[:-2], -1), (values - self.prior) / self.scales], axis=-1)

    def cost(self, values: FloatArray) -> float:
        residual = self.residuals(values)
        return float(residual @ residual)

    def linearise(self, values: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Residuals, and their derivative with respect to the values, shape (2 n + 7, 7)."""
        moved = self.residuals(np.vstack([values, values + _STEP * np.eye(7)]))
        return moved[0], (moved[1:] - moved[0]).T / _STEP


def _project(points: FloatArray, values: FloatArray, lens: Lens) -> FloatArray:
    """Upright pixels of the points, shape (..., n, 2), for poses of shape (..., 7)."""
    tilt_x, tilt_y, turn, x, y, log_depth, log_focal = np.moveaxis(values, -1, 0)[..., None]
    across = points[:, 0] * np.cos(turn) - points[:, 1] * np.sin(turn)
    along = points[:, 0] * np.sin(turn) + points[:, 1] * np.cos(turn)
    right, deeper = across * np.cos(tilt_y), -across * np.sin(tilt_y)
    down, depth = along * np.cos(tilt_x) - deeper * np.sin(tilt_x), along * np.sin(tilt_x) + deeper * np.cos(tilt_x)
    near = np.exp(-log_depth)
    depth = np.maximum(1 + depth * near, 1e-3)
    seen = np.stack([(x + right * near) / depth, (y + down * near) / depth], axis=-1)
    rows, columns = lens.shape
    return np.asarray(seen * np.exp(log_focal)[..., None] + [(columns - 1) / 2, (rows - 1) / 2])


def _starts(problem: _Problem) -> list[FloatArray]:
    homography = fit_homography(problem.points, problem.pixels)
    guesses = _GUESSES if problem.lens.log_spread >= UNKNOWN_SPREAD else (1.0,)
    starts = [_from_homography(homography, problem.lens, problem.lens.focal_px * guess) for guess in guesses]
    mirrored = np.array([-1.0, -1.0, 1, 1, 1, 1, 1])
    return [each for start in starts for each in (start, start * mirrored)]


def _from_homography(homography: FloatArray, lens: Lens, focal_px: float) -> FloatArray:
    """Pose whose axes come nearest to a homography's, were the focal length ``focal_px``."""
    rows, columns = lens.shape
    camera = np.array([[focal_px, 0, (columns - 1) / 2], [0, focal_px, (rows - 1) / 2], [0, 0, 1]])
    axes = np.asarray(np.linalg.solve(camera, homography))
    axes = axes / np.sqrt(np.linalg.norm(axes[:, 0]) * np.linalg.norm(axes[:, 1])) * np.sign(axes[2, 2])
    normal = np.cross(axes[:, 0], axes[:, 1])
    normal /= np.linalg.norm(normal)
    tilt_y, tilt_x = np.arcsin(np.clip(normal[0], -1, 1)), np.arctan2(-normal[1], normal[2])
    flat = (
        np.array([np.cos(tilt_y), np.sin(tilt_x) * np.sin(tilt_y), -np.cos(tilt_x) * np.sin(tilt_y)]),
        np.array([0, np.cos(tilt_x), np.sin(tilt_x)]),
    )
    turn = np.arctan2(flat[1] @ axes[:, 0], flat[0] @ axes[:, 0])
    centre = axes[:, 2]
    return np.array([tilt_x, tilt_y, turn, *(centre[:2] / centre[2]), np.log(centre[2]), np.log(focal_px)])


def _descend(problem: _Problem, values: FloatArray, rounds: int) -> FloatArray:
    cost, damping = problem.cost(values), 1e-3
    for _ in range(rounds):
        residual, slope = problem.linearise(values)
        normal = slope.T @ slope
        step = np.linalg.solve(normal + damping * np.diag(np.diag(normal)), slope.T @ residual)
        tried = problem.cost(values - step)
        if tried >= cost:
            damping *= 10
            continue
        settled = cost - tried < _SETTLED * cost
        values, cost, damping = values - step, tried, damping / 10
        if settled:
            break
    return values
