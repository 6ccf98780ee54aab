"""The fine step: dense flow over the skin's pattern, smoothed so far that it cannot eat a shrinking spot."""

import numpy as np

from pigtrack.imaging import opencv
from pigtrack.imaging.geometry import apply_homography
from pigtrack.imaging.register.texture import Texture
from pigtrack.imaging.surround import surrounding_mean
from pigtrack.model.quantity import FloatArray, FloatImage

SMOOTHING_MM = 4.0
"""Standard deviation of the flow's smoothing: a spot of 3 mm that shrinks by a fifth moves its edge by 0.15 mm inwards
from all sides, which cancels over this width, while the skin's own stretch of 0.5 % is nearly linear over it."""

ROUNDS = 2
UNSEEN = 1e-3
"""Weight of no further movement where skin is not seen in both (card, background): the plane is kept there."""

OUTLIER_PX = 1.5
"""Flow that differs by more from its smoothed surroundings found something else than the skin."""


def refine(baseline: Texture, moving: Texture, homography: FloatArray) -> FloatImage:
    """Find each baseline texture pixel in the moving texture.

    Returns
    -------
    ndarray, shape (rows, columns, 2), float32
        x, y in moving texture pixels.
    """
    rows, columns = baseline.valid.shape
    grid = np.stack(np.meshgrid(np.arange(columns, dtype=np.float64), np.arange(rows, dtype=np.float64)), axis=-1)
    shift = np.zeros((rows, columns, 2), np.float32)
    for _ in range(ROUNDS):
        target = apply_homography(homography, grid + shift).astype(np.float32)
        shift = shift + _smoothed_flow(baseline, moving, target)
    return apply_homography(homography, grid + shift).astype(np.float32)


def _smoothed_flow(baseline: Texture, moving: Texture, target: FloatImage) -> FloatImage:
    x, y = np.ascontiguousarray(target[..., 0]), np.ascontiguousarray(target[..., 1])
    laid = opencv.remap_linear(moving.grey, x, y, outside=128.0)
    shared = baseline.valid & (opencv.remap_linear(moving.valid.astype(np.float32), x, y) > 0.99)
    flow = opencv.dense_flow(baseline.grey, laid)
    sigma = SMOOTHING_MM / baseline.mm_per_px
    flow = np.where(shared[..., None], flow, np.float32(0))
    trust = shared.astype(np.float32) + np.float32(UNSEEN)
    smooth = surrounding_mean(flow, trust, sigma)
    for _ in range(2):
        away = np.square(flow - smooth).sum(axis=2) / OUTLIER_PX**2
        smooth = surrounding_mean(flow, trust / (1 + away), sigma)
    return smooth
