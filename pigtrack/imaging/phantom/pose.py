"""Where camera, card and skin stand, and the way from millimetres of skin to pixels and back."""

from dataclasses import dataclass

import numpy as np

from pigtrack.imaging import opencv
from pigtrack.imaging.geometry import FULL_FRAME_DIAGONAL_MM
from pigtrack.imaging.phantom.layout import CENTRE_MM, grid_mm, pixels_per_mm
from pigtrack.model.quantity import FloatArray, FloatImage

_COARSE_PX = 16
"""Pixels between the exactly computed positions; between them the way is straight within 0.003 px."""


@dataclass(frozen=True, slots=True)
class Pose:
    """A plane before the camera: tilts about x and y and roll in degrees, shift of its origin in millimetres.

    ``shift`` is x, y in the plane that faces the camera, and z away from the camera.
    """

    tilt_x: float = 0.0
    tilt_y: float = 0.0
    roll: float = 0.0
    shift: tuple[float, float, float] = (0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Deformation:
    """Smooth displacement of the skin: a sum of waves.

    Attributes
    ----------
    waves : tuple of (float, float, float, float, float)
        Wave number along x and y (radians a millimetre), phase, amplitude along x and y (millimetres).
    """

    waves: tuple[tuple[float, float, float, float, float], ...] = ()


def displacement(deformation: Deformation, points: FloatArray) -> FloatArray:
    """Millimetres by which skin at baseline points, shape (..., 2), has moved; same shape."""
    moved = np.zeros_like(points)
    for kx, ky, phase, ax, ay in deformation.waves:
        moved += np.sin(points[..., :1] * kx + points[..., 1:] * ky + phase) * np.array([ax, ay])
    return moved


def plan_deformation(rng: np.random.Generator, strain: float) -> Deformation:
    """Draw a deformation whose strain reaches ``strain`` (0.005 is half a per cent) somewhere, and nowhere more.

    Strain is the largest stretch or squeeze in any direction: the norm of the displacement's gradient.
    """
    count = 4
    numbers = 2 * np.pi / rng.uniform(90, 320, count)
    angles, towards, phases = rng.uniform(0, 2 * np.pi, (3, count))
    along = numbers * np.stack([np.cos(angles), np.sin(angles)])
    sizes = np.stack([np.cos(towards), np.sin(towards)]) / numbers
    waves = np.vstack([along, phases, sizes])
    waves[3:] *= 0.98 * strain / _largest_strain(waves)
    return Deformation(tuple(tuple(float(v) for v in wave) for wave in waves.T))  # type: ignore[misc]


def _largest_strain(waves: FloatArray) -> float:
    """Largest norm of the gradient of waves, shape (5, n), over the field."""
    x, y = grid_mm(4.0).reshape(-1, 2).T
    kx, ky, phase, ax, ay = waves
    turn = np.cos(np.outer(x, kx) + np.outer(y, ky) + phase)
    gradient = np.stack([turn @ (ax * kx), turn @ (ax * ky), turn @ (ay * kx), turn @ (ay * ky)], axis=-1)
    return float(np.linalg.norm(gradient.reshape(-1, 2, 2), ord=2, axis=(1, 2)).max())


def rotation(pose: Pose) -> FloatArray:
    """Rotation matrix of a pose: roll first, then the tilts."""
    x, y, z = np.radians([pose.tilt_x, pose.tilt_y, pose.roll])
    about_x = np.array([[1, 0, 0], [0, np.cos(x), -np.sin(x)], [0, np.sin(x), np.cos(x)]])
    about_y = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    about_z = np.array([[np.cos(z), -np.sin(z), 0], [np.sin(z), np.cos(z), 0], [0, 0, 1]])
    return np.asarray(about_x @ about_y @ about_z)


def skin_homography(pose: Pose, distance_mm: float, shape: tuple[int, int]) -> FloatArray:
    """From millimetres of the session's (deformed) skin plane to upright pixels, shape (3, 3), last entry 1."""
    turn = rotation(pose)
    origin = np.array([0, 0, distance_mm]) + np.array(pose.shift) - turn @ np.array([*CENTRE_MM, 0.0])
    return _normalised(_camera(distance_mm, shape) @ np.column_stack([turn[:, 0], turn[:, 1], origin]))


def card_homography(
    pose: Pose, card: Pose, centre_mm: tuple[float, float], distance_mm: float, shape: tuple[int, int]
) -> FloatArray:
    """From millimetres on the card (0, 0 at its centre) to upright pixels; ``card`` stands relative to the skin."""
    turn, own = rotation(pose), rotation(card)
    place = np.array([*centre_mm, 0.0]) + np.array(card.shift) - np.array([*CENTRE_MM, 0.0])
    origin = np.array([0, 0, distance_mm]) + np.array(pose.shift) + turn @ place
    axes = turn @ own
    return _normalised(_camera(distance_mm, shape) @ np.column_stack([axes[:, 0], axes[:, 1], origin]))


def focal_length_35mm(distance_mm: float, shape: tuple[int, int]) -> float:
    """Focal length on 35 mm film of the lens that shows the field from this distance."""
    return FULL_FRAME_DIAGONAL_MM * pixels_per_mm(shape) * distance_mm / float(np.hypot(*shape))


def _camera(distance_mm: float, shape: tuple[int, int]) -> FloatArray:
    focal = pixels_per_mm(shape) * distance_mm
    return np.array([[focal, 0, (shape[1] - 1) / 2], [0, focal, (shape[0] - 1) / 2], [0, 0, 1]])


def _normalised(homography: FloatArray) -> FloatArray:
    return np.asarray(homography / homography[2, 2])


def project(homography: FloatArray, points: FloatArray) -> FloatArray:
    """Send points, shape (..., 2), through a homography."""
    lifted = points @ homography[:, :2].T + homography[:, 2]
    return np.asarray(lifted[..., :2] / lifted[..., 2:])


def skin_to_pixels(homography: FloatArray, deformation: Deformation, points_mm: FloatArray) -> FloatArray:
    """Upright pixels of points of the baseline's skin, shape (..., 2)."""
    return project(homography, points_mm + displacement(deformation, points_mm))


def pixels_to_skin(homography: FloatArray, deformation: Deformation, pixels: FloatArray) -> FloatArray:
    """Baseline's skin in millimetres at upright pixels, shape (..., 2); inverts the deformation by iteration."""
    moved = project(np.asarray(np.linalg.inv(homography), dtype=np.float64), pixels)
    points = moved
    for _ in range(6):
        points = moved - displacement(deformation, points)
    return points


def skin_at_pixels(homography: FloatArray, deformation: Deformation, shape: tuple[int, int]) -> FloatImage:
    """Baseline's skin seen by every pixel, shape (rows, columns, 2), x and y in millimetres, float32."""
    rows, columns = (-(-n // _COARSE_PX) + 1 for n in shape)
    x, y = np.meshgrid(np.arange(columns) * float(_COARSE_PX), np.arange(rows) * float(_COARSE_PX))
    coarse = pixels_to_skin(homography, deformation, np.stack([x, y], axis=-1)).astype(np.float32)
    fine_y, fine_x = np.indices(shape, dtype=np.float32) / np.float32(_COARSE_PX)
    skin: FloatImage = opencv.remap_linear(coarse, fine_x, fine_y)
    return skin


def local_scale(homography: FloatArray, deformation: Deformation, point_mm: tuple[float, float]) -> float:
    """Upright pixels on a millimetre of the baseline's skin at a point: root of the map's Jacobian."""
    centre, step = np.array(point_mm), 0.01
    corners = centre + step * np.array([[0, 0], [1, 0], [0, 1]])
    origin, along, down = skin_to_pixels(homography, deformation, corners)
    first, second = (along - origin) / step, (down - origin) / step
    return float(np.sqrt(abs(first[0] * second[1] - first[1] * second[0])))
