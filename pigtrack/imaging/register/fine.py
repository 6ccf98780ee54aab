"""The fine step: dense flow over the skin's pattern, smoothed so far that it cannot eat a shrinking spot."""

import numpy as np

from pigtrack.imaging import opencv
from pigtrack.imaging.geometry import apply_homography
from pigtrack.imaging.register.texture import Texture
from pigtrack.imaging.surround import surrounding_mean
from pigtrack.model.quantity import BoolImage, FloatArray, FloatImage

SMOOTHING_MM = 5.0
"""Standard deviation of the flow's smoothing: a spot of 3 mm that shrinks by a fifth moves its edge by 0.15 mm inwards
from all sides, which cancels over this width, while the skin's own stretch of 0.5 % is nearly linear over it."""

ROUNDS = (2, 1)
"""Texture pixels per pixel of each round: the first is coarse, as it has the longest way to find."""

UNSEEN = 1e-3
"""Weight of no further movement where skin is not seen in both (card, background): the plane is kept there."""

OUTLIER_PX = 0.4
"""Flow that differs by more from its smoothed surroundings found something else than the skin: the edge of a spot that
shrank, noise. (Local areas were wrong by 0.3 % with 1.5 px, by 0.1 % with this.)"""

NODE_PX = 8
"""Texture pixels between the nodes of the way found, about a millimetre: it is smooth over far more."""

_BLOCK_PX = 4
"""Flow is averaged over blocks of so many texture pixels before it is smoothed: it is made of patches twice as wide."""


_REWEIGHTED = 2
_DEGREE = 3

_SHRINKAGE = 0.03
"""Of the bend towards none, as a share of the sums of squares: noise alone must not bend the skin."""


def refine(baseline: Texture, moving: Texture, homography: FloatArray) -> FloatArray:
    """Find nodes of the baseline's texture in the moving texture.

    Parameters
    ----------
    homography : ndarray, shape (3, 3)
        From texture pixels of the baseline to those of the moving photograph, roughly.

    Returns
    -------
    ndarray, shape (node rows, node columns, 2), float64
        x, y in moving texture pixels of baseline pixels ``NODE_PX * (column, row)``; the last ones lie on or beyond
        the edge.
    """
    rows, columns = (np.arange(-(-(n - 1) // NODE_PX) + 1) * float(NODE_PX) for n in baseline.valid.shape)
    nodes = np.stack(np.meshgrid(columns, rows), axis=-1)
    shift = np.zeros(nodes.shape)
    for step in ROUNDS:
        shift = shift + _smoothed_flow(baseline, moving, apply_homography(homography, nodes + shift), step)
    return apply_homography(homography, nodes + shift)


def _smoothed_flow(baseline: Texture, moving: Texture, target: FloatArray, step: int) -> FloatArray:
    """Flow at the nodes, in baseline texture pixels, that is left where the nodes are laid on ``target``."""
    shape = tuple(-(-n // step) for n in baseline.valid.shape)
    x, y = _spread(target.astype(np.float32), (shape[0], shape[1]), step)
    grey = moving.grey if step == 1 else opencv.blur_codes(moving.grey, 0.4 * step)
    laid = opencv.remap_linear(grey, x, y, outside=128.0)
    seen = opencv.remap_nearest(moving.valid.astype(np.uint8), x, y) > 0
    shared = np.asarray(opencv.resize_nearest(baseline.valid.view(np.uint8), shape) > 0) & seen
    flow = step * opencv.dense_flow(opencv.resize_area(baseline.grey, (shape[0], shape[1])), laid)
    return _at_nodes(_smoothed(flow, shared, step, baseline.mm_per_px), target.shape)


def _spread(nodes: FloatImage, shape: tuple[int, int], step: int) -> tuple[FloatImage, FloatImage]:
    """Positions of every ``step``-th texture pixel, from the nodes."""
    corner = (step - 1) / 2 / NODE_PX
    widen = np.array([[step / NODE_PX, 0, corner], [0, step / NODE_PX, corner], [0, 0, 1.0]])
    x, y = (opencv.warp_perspective(np.ascontiguousarray(nodes[..., k]), widen, shape) for k in (0, 1))
    return x, y


def _smoothed(flow: FloatImage, shared: BoolImage, step: int, mm_per_px: float) -> FloatImage:
    """Robust mean of the flow over `SMOOTHING_MM`, on blocks, about a bend of all the skin."""
    weight = shared.astype(np.float32)
    shape = tuple(max(round(n * step / _BLOCK_PX), 2) for n in shared.shape)
    share = opencv.resize_area(weight, shape)
    blocks = opencv.resize_area(flow * weight[..., None], shape) / np.maximum(share, np.float32(1e-3))[..., None]
    trust = share + np.float32(UNSEEN)
    sigma = SMOOTHING_MM / mm_per_px / _BLOCK_PX
    smooth = surrounding_mean(blocks, trust, sigma)
    for _ in range(_REWEIGHTED):
        believed = trust / (1 + np.square(blocks - smooth).sum(axis=2) / OUTLIER_PX**2)
        bend = _bend(blocks, believed)
        smooth = bend + surrounding_mean(blocks - bend, believed, sigma)
    return smooth


def _bend(blocks: FloatImage, weight: FloatImage) -> FloatImage:
    """Cubic in x and y that fits the blocks best: a mean alone would press every bend flat at the skin's edges."""
    y, x = (np.linspace(-1, 1, n) for n in weight.shape)
    rows, columns = np.polynomial.legendre.legvander(y, _DEGREE), np.polynomial.legendre.legvander(x, _DEGREE)
    terms = [(i, j) for i in range(_DEGREE + 1) for j in range(_DEGREE + 1 - i)]
    down, across = rows[:, [i for i, _ in terms]], columns[:, [j for _, j in terms]]
    # Each product of two terms is again one of y and one of x, so sums over the picture are two small matrix products.
    normal = np.einsum("ra,rb,rc,ca,cb->ab", down, down, weight.astype(np.float64), across, across, optimize=True)
    right = np.einsum("ra,rck,ca->ak", down, (blocks * weight[..., None]).astype(np.float64), across, optimize=True)
    ridge = _SHRINKAGE * float(weight.sum()) * np.eye(len(terms))
    solution = np.linalg.solve(normal + ridge, right)
    return np.asarray(np.einsum("ra,ca,ak->rck", down, across, solution, optimize=True), dtype=np.float32)


def _at_nodes(blocks: FloatImage, shape: tuple[int, ...]) -> FloatArray:
    """Sample a field of blocks at the nodes; beyond the outermost blocks it is continued as it is there."""
    rows, columns = (
        np.clip((np.arange(n) * NODE_PX + 0.5) / _BLOCK_PX - 0.5, 0, most - 1).astype(np.float32)
        for n, most in zip(shape[:2], blocks.shape[:2], strict=True)
    )
    x, y = np.meshgrid(columns, rows)
    return np.asarray(opencv.remap_linear(blocks, x, y), dtype=np.float64)
