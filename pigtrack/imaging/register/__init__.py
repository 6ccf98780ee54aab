"""Lay a photograph over the baseline: coarse by features, fine by smoothed flow, checked on held-out matches.

References
----------
SIFT: Lowe 2004, doi:10.1023/B:VISI.0000029664.99615.94. MAGSAC++: Barath et al. 2020,
doi:10.1109/CVPR42600.2020.00138. DIS flow: Kroeger et al. 2016, doi:10.1007/978-3-319-46493-0_29.
"""

import numpy as np

from pigtrack.errors import RegistrationError
from pigtrack.imaging import opencv
from pigtrack.imaging.register.coarse import (
    FINE_BAND,
    MOST_PIXELS,
    REMEDY,
    CoarseFit,
    Landmarks,
    find_landmarks,
    fit_coarse,
)
from pigtrack.imaging.register.error import estimate_error, spread_of
from pigtrack.imaging.register.fine import NODE_PX, refine
from pigtrack.imaging.register.texture import Texture, draw_texture, scale_of
from pigtrack.model.flags import QualityFlag
from pigtrack.model.photograph import CalibratedImage, RegisteredImage, Registration, WorkingGrid
from pigtrack.model.provenance import Algorithm
from pigtrack.model.quantity import FloatArray, FloatImage

__all__ = [
    "ALGORITHM",
    "Landmarks",
    "apply_registration",
    "find_landmarks",
    "identity_registration",
    "register_image",
]

ALGORITHM = Algorithm("register", 2)

GRID_STEP = 16
"""Frame pixels between stored nodes: about a millimetre, a quarter of the flow's smoothing."""

WORST_MM = 1.0
"""Spread of held-out matches above which spots could change places: refused."""

POOR_MM = 0.4
"""Error above which the outline of a small spot suffers: flagged."""

LEAST_OVERLAP = 0.3
GOOD_OVERLAP = 0.9


def identity_registration(grid: WorkingGrid) -> Registration:
    """Return the registration of the baseline with itself."""
    nodes = _frame_nodes(grid.shape) * grid.step + np.asarray(grid.origin)
    return Registration(nodes, GRID_STEP, 1.0, 0.0, 1.0)


def register_image(baseline: CalibratedImage | Landmarks, moving: CalibratedImage) -> Registration:
    """Find where each pixel of the baseline's frame lies in another photograph.

    Parameters
    ----------
    baseline : CalibratedImage or Landmarks
        Its working grid is the frame. Its landmarks, found once, serve for a whole course.
    moving : CalibratedImage
        Of the same skin, covering more or less of it, at a scale between a third and three times.

    Returns
    -------
    Registration
        ``error_px`` is what neighbouring held-out matches are off in common, their own noise taken out.

    Raises
    ------
    RegistrationError
        If the skin is not found again, or only so roughly that spots could be confused.
    """
    known = baseline if isinstance(baseline, Landmarks) else find_landmarks(baseline)
    coarse = fit_coarse(known, moving)
    first = known.texture
    second = draw_texture(moving, _fine_shrink(coarse, known, moving), FINE_BAND)
    found = refine(first, second, _between_textures(coarse.homography, first, second))
    nodes = _nodes(found, first, second, known.grid, moving.grid)
    away = _held_out_residuals(coarse, found, first, second) * scale_of(moving.grid)
    error_mm = estimate_error(coarse.test_source * scale_of(known.grid), away)
    overlap = _overlap(known, moving, nodes)
    flags = _judge(spread_of(away), error_mm, overlap)
    ratio = _area_ratio(nodes, known.grid.step)
    return Registration(nodes, GRID_STEP, ratio, error_mm / scale_of(known.grid), overlap, flags)


def apply_registration(moving: CalibratedImage, registration: Registration, frame: WorkingGrid) -> RegisteredImage:
    """Resample a photograph once, linearly in linear light, onto the baseline's frame."""
    x, y = _working_positions(registration.to_photograph, registration.grid_step, moving.grid, frame.shape)
    linear = opencv.remap_linear(moving.linear, x, y)
    valid = opencv.remap_linear(moving.valid.astype(np.float32), x, y) > 0.999
    zoom = float(np.sqrt(registration.area_ratio)) * frame.step / moving.grid.step
    blur = float(np.sqrt(moving.sharpness_px**2 + _sampling_variance(x, y))) if moving.sharpness_px else 0.0
    return RegisteredImage(linear, valid, registration, blur / zoom, moving.flags | registration.flags)


def _sampling_variance(x: FloatImage, y: FloatImage) -> float:
    """Variance of the blur, in moving working pixels², that sampling linearly between pixels adds.

    The two weights t and 1 - t have the variance t·(1 - t): a sixth over all positions, none on the pixels themselves.
    """
    between = np.stack([each[::GRID_STEP, ::GRID_STEP] % 1 for each in (x, y)])
    return float((between * (1 - between)).mean())


def _frame_nodes(shape: tuple[int, int]) -> FloatArray:
    """Frame x, y of the nodes; the last row and column lie on or beyond the frame's edge."""
    rows, columns = (np.arange(-(-(n - 1) // GRID_STEP) + 1) * float(GRID_STEP) for n in shape)
    return np.stack(np.meshgrid(columns, rows), axis=-1)


def _nodes(found: FloatArray, first: Texture, second: Texture, frame: WorkingGrid, grid: WorkingGrid) -> FloatArray:
    """Upright positions in the moving photograph of the frame's nodes."""
    target = _sample_continued(found, first.to_texture(_frame_nodes(frame.shape)) / NODE_PX)
    working = second.to_working(target)
    return np.asarray(working * grid.step + np.asarray(grid.origin))


def _sample_continued(field: FloatArray, points: FloatArray) -> FloatArray:
    """Interpolate a field of positions linearly, continued beyond its edge with the edge's own slope."""
    rows, columns = field.shape[:2]
    i = np.clip(np.floor(points[..., 0]).astype(int), 0, columns - 2)
    j = np.clip(np.floor(points[..., 1]).astype(int), 0, rows - 2)
    u, v = (points[..., 0] - i)[..., None], (points[..., 1] - j)[..., None]
    upper = (1 - u) * field[j, i] + u * field[j, i + 1]
    lower = (1 - u) * field[j + 1, i] + u * field[j + 1, i + 1]
    return np.asarray((1 - v) * upper + v * lower)


def _fine_shrink(coarse: CoarseFit, known: Landmarks, moving: CalibratedImage) -> float:
    """Shrink that gives the moving texture the pixels of the baseline's."""
    zoom = np.sqrt(np.linalg.det(coarse.homography[:2, :2] / coarse.homography[2, 2]))
    return max(float(zoom / known.texture.scale[0]), float(np.sqrt(moving.valid.size / MOST_PIXELS)))


def _between_textures(homography: FloatArray, first: Texture, second: Texture) -> FloatArray:
    """A homography between working pixels as one between texture pixels."""
    return np.asarray(_shrinking(second) @ homography @ np.linalg.inv(_shrinking(first)))


def _shrinking(texture: Texture) -> FloatArray:
    x, y = texture.scale
    return np.array([[x, 0, (x - 1) / 2], [0, y, (y - 1) / 2], [0, 0, 1.0]])


def _held_out_residuals(coarse: CoarseFit, found: FloatArray, first: Texture, second: Texture) -> FloatArray:
    """How far held-out matches lie off, x and y in moving working pixels, stray ones left out; shape (n, 2)."""
    shown = second.to_working(_sample_continued(found, first.to_texture(coarse.test_source) / NODE_PX))
    return np.asarray(shown - coarse.test_target)


def _overlap(baseline: Landmarks, moving: CalibratedImage, nodes: FloatArray) -> float:
    x, y = _working_positions(nodes, GRID_STEP, moving.grid, baseline.grid.shape, every=GRID_STEP // 2)
    shown = opencv.remap_nearest(moving.valid.astype(np.uint8), x, y) > 0
    wanted = baseline.valid[:: GRID_STEP // 2, :: GRID_STEP // 2]
    return float((shown & wanted).sum() / max(wanted.sum(), 1))


def _working_positions(
    nodes: FloatArray, grid_step: int, grid: WorkingGrid, shape: tuple[int, int], *, every: int = 1
) -> tuple[FloatImage, FloatImage]:
    """Moving working x, y of every ``every``-th frame pixel, from the nodes."""
    working = ((nodes - np.asarray(grid.origin)) / grid.step).astype(np.float32)
    thin = (-(-shape[0] // every), -(-shape[1] // every))
    spread = np.diag([every / grid_step, every / grid_step, 1.0])
    x, y = (opencv.warp_perspective(np.ascontiguousarray(working[..., k]), spread, thin) for k in (0, 1))
    return x, y


def _judge(spread_mm: float, error_mm: float, overlap: float) -> frozenset[QualityFlag]:
    if spread_mm > WORST_MM:
        raise RegistrationError(f"The photograph fits the baseline only to {spread_mm:.1f} mm.", REMEDY)
    if overlap < LEAST_OVERLAP:
        raise RegistrationError(f"Only {overlap:.0%} of the baseline's skin is in this photograph.", REMEDY)
    flags = {QualityFlag.REGISTRATION_POOR} if error_mm > POOR_MM else set()
    return frozenset(flags | ({QualityFlag.OVERLAP_LOW} if overlap < GOOD_OVERLAP else set()))


def _area_ratio(nodes: FloatArray, frame_step: float) -> float:
    along, down = np.diff(nodes, axis=1)[:-1], np.diff(nodes, axis=0)[:, :-1]
    areas = along[..., 0] * down[..., 1] - along[..., 1] * down[..., 0]
    return float(np.median(areas) / (GRID_STEP * frame_step) ** 2)
