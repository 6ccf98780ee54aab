"""Where the camera stood beside the baseline: turned, tilted, nearer; from how the skin lies in both pictures."""

import numpy as np

from pigtrack.imaging.geometry import FULL_FRAME_DIAGONAL_MM, fit_homography
from pigtrack.imaging.quality.words import Finding
from pigtrack.model.photograph import Registration, WorkingGrid
from pigtrack.model.quantity import FloatArray

_USUAL_FOCAL = 1.0
"""Focal length in picture diagonals where the file tells none (a 43 mm lens)."""

_NODES = 400
"""Nodes of the registration that the plane is laid through."""


def judge_view(
    registration: Registration,
    frame: WorkingGrid,
    shape: tuple[int, int],
    baseline_shape: tuple[int, int],
    *,
    focal_length_35mm: float | None,
) -> dict[str, Finding]:
    """Return tilt, roll and scale of the camera's view against the baseline's, by the checks' names.

    Parameters
    ----------
    shape, baseline_shape : tuple of int
        Rows and columns of the upright photographs.

    Notes
    -----
    A plane seen twice gives a homography. With the baseline taken to look straight at the skin, its columns are the
    plane's axes in the later camera, whose focal length is that of the file or of a usual lens.
    """
    nodes = registration.to_photograph.reshape(-1, 2)
    where = _frame_places(registration, frame)
    thin = slice(None, None, max(1, len(nodes) // _NODES))
    homography = fit_homography(where[thin], nodes[thin])
    focal = _USUAL_FOCAL if focal_length_35mm is None else focal_length_35mm / FULL_FRAME_DIAGONAL_MM
    axes = _axes(homography, shape, baseline_shape, focal)
    away = float(np.sqrt(registration.area_ratio))
    return {
        "view_tilt_deg": _tilt(axes),
        "view_roll_deg": _roll(axes),
        "scale_against_baseline": _scale(away),
    }


def _frame_places(registration: Registration, frame: WorkingGrid) -> FloatArray:
    """Upright pixels of the baseline at the registration's nodes, shape (n, 2)."""
    rows, columns = registration.to_photograph.shape[:2]
    nodes = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), axis=-1) * registration.grid_step
    return np.asarray((nodes * frame.step + np.asarray(frame.origin)).reshape(-1, 2))


def _camera(shape: tuple[int, int], focal: float) -> FloatArray:
    length = focal * float(np.hypot(*shape))
    return np.array([[length, 0, (shape[1] - 1) / 2], [0, length, (shape[0] - 1) / 2], [0, 0, 1]])


def _axes(homography: FloatArray, shape: tuple[int, int], baseline_shape: tuple[int, int], focal: float) -> FloatArray:
    """The baseline picture's x and y as seen by the later camera, shape (2, 3), of about unit length."""
    turned = np.linalg.inv(_camera(shape, focal)) @ homography @ _camera(baseline_shape, focal)
    first, second = turned[:, 0], turned[:, 1]
    size = float(np.sqrt(np.linalg.norm(first) * np.linalg.norm(second)))
    return np.stack([first, second]) / size


def _tilt(axes: FloatArray) -> Finding:
    normal = np.cross(axes[0], axes[1])
    normal = normal / np.linalg.norm(normal)
    tilt = float(np.degrees(np.arccos(min(1.0, abs(float(normal[2]))))))
    across, along = abs(float(axes[0, 2])), abs(float(axes[1, 2]))
    way = "turned to the side" if across > along else "tipped up or down"
    how = f"The camera is {way} by {tilt:.0f}° against the baseline"
    return Finding(tilt, f"{how}: hold it as then, with the baseline as a ghost image.")


def _roll(axes: FloatArray) -> Finding:
    """Skin that lies clockwise in the picture was seen by a camera that was turned anticlockwise."""
    roll = float(np.degrees(np.arctan2(axes[0, 1] - axes[1, 0], axes[0, 0] + axes[1, 1])))
    way = "clockwise" if roll > 0 else "anticlockwise"
    return Finding(abs(roll), f"The picture is turned by {abs(roll):.0f}°: turn the camera {way} by as much.")


def _scale(away: float) -> Finding:
    nearer = "nearer" if away > 1 else "further away"
    step = "back" if away > 1 else "closer"
    share = abs(away - 1)
    how = f"The camera was {100 * share:.0f} % {nearer} than at the baseline"
    return Finding(share, f"{how}: step {step}, and keep one distance.")
