"""Between the baseline's frame and a photograph's own pixels, through a registration's grid of nodes."""

import numpy as np

from pigtrack.imaging import opencv
from pigtrack.model.photograph import Registration, WorkingGrid
from pigtrack.model.quantity import FloatArray, FloatImage, LabelImage

_INVERSE_STEP = 16
"""Photograph pixels between the nodes of the inverse; registrations are smooth over far more."""

_TILE = 16 * _INVERSE_STEP
"""Photograph pixels of a tile's side; most tiles hold no label and are passed over."""

_INVERSE_ROUNDS = 4
"""Each round shrinks the error by the strain (under 0.1), so four leave less than 0.01 px."""


def frame_to_photograph(points: FloatArray, registration: Registration) -> FloatArray:
    """Find where frame points lie in the photograph.

    Parameters
    ----------
    points : ndarray, shape (n, 2)
        x, y in frame pixels; outside the grid the outermost cells are continued.

    Returns
    -------
    ndarray, shape (n, 2)
        x, y in upright pixels.
    """
    nodes = registration.to_photograph
    position = np.asarray(points, dtype=np.float64) / registration.grid_step
    last = np.array([nodes.shape[1] - 2, nodes.shape[0] - 2])
    cell = np.clip(np.floor(position), 0, np.maximum(last, 0)).astype(int)
    u, v = (position - cell).T[:, :, None]
    i, j = cell.T
    upper = (1 - u) * nodes[j, i] + u * nodes[j, i + 1]
    lower = (1 - u) * nodes[j + 1, i] + u * nodes[j + 1, i + 1]
    return np.asarray((1 - v) * upper + v * lower)


def photograph_to_frame(points: FloatArray, registration: Registration) -> FloatArray:
    """Find where photograph points lie in the frame: the inverse of `frame_to_photograph`, by fixed-point rounds.

    Parameters
    ----------
    points : ndarray, shape (n, 2)
        x, y in upright pixels.

    Returns
    -------
    ndarray, shape (n, 2)
        x, y in frame pixels; far outside the frame only roughly.
    """
    affine = _affine_of(registration)
    inverse = np.linalg.inv(affine[:, :2])
    found = (points - affine[:, 2]) @ inverse.T
    for _ in range(_INVERSE_ROUNDS):
        found = found + (points - frame_to_photograph(found, registration)) @ inverse.T
    return np.asarray(found)


def labels_in_photograph(
    labels: LabelImage, registration: Registration, shape: tuple[int, int]
) -> np.ndarray[tuple[int, int], np.dtype[np.uint16]]:
    """Carry a label image from the frame into a photograph's own upright pixels, nearest neighbour.

    Parameters
    ----------
    labels : ndarray, shape (rows, columns), int32
        On the frame, values 0..65535.
    shape : tuple of int
        Rows and columns of the upright photograph.

    Returns
    -------
    ndarray, shape ``shape``, uint16
    """
    rows, columns = (np.arange(0, n + _INVERSE_STEP, _INVERSE_STEP, dtype=np.float64) for n in shape)
    grid_x, grid_y = np.meshgrid(columns, rows)
    frame = photograph_to_frame(np.stack([grid_x.ravel(), grid_y.ravel()], axis=1), registration)
    nodes = frame.reshape(*grid_x.shape, 2).astype(np.float32)
    codes, carried = labels.astype(np.uint16), np.zeros(shape, np.uint16)
    for top in range(0, shape[0], _TILE):
        for left in range(0, shape[1], _TILE):
            tile = carried[top : top + _TILE, left : left + _TILE]
            around = nodes[_nodes_of(top, tile.shape[0]), _nodes_of(left, tile.shape[1])]
            if _shows_any(codes, around):
                x, y = (_spread(np.ascontiguousarray(around[..., k]), tile.shape) for k in (0, 1))
                tile[:] = opencv.remap_nearest(codes, x, y)
    return carried


def polygon_in_frame(polygon: tuple[tuple[float, float], ...], grid: WorkingGrid) -> FloatArray:
    """Turn a polygon of the baseline photograph's upright x, y into frame x, y, shape (n, 2)."""
    return np.asarray((np.asarray(polygon, dtype=np.float64) - np.asarray(grid.origin)) / grid.step)


def _nodes_of(first: int, count: int) -> slice:
    """Nodes around ``count`` pixels from ``first`` on, which is a node's own."""
    return slice(first // _INVERSE_STEP, (first + count - 1) // _INVERSE_STEP + 2)


def _shows_any(codes: np.ndarray[tuple[int, int], np.dtype[np.uint16]], nodes: FloatImage) -> bool:
    """Tell whether any label lies in the part of the frame that a tile's nodes span, a pixel around it included."""
    low, high = np.floor(nodes.min(axis=(0, 1))) - 1, np.ceil(nodes.max(axis=(0, 1))) + 2
    left, top, right, bottom = (max(int(each), 0) for each in (*low, *high))
    return bool(codes[top:bottom, left:right].any())


def _spread(
    nodes: np.ndarray[tuple[int, ...], np.dtype[np.float32]], shape: tuple[int, int]
) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Interpolate nodes that are `_INVERSE_STEP` apart to every pixel of ``shape``."""
    shrink = np.array([[1 / _INVERSE_STEP, 0, 0], [0, 1 / _INVERSE_STEP, 0], [0, 0, 1]])
    return np.asarray(opencv.warp_perspective(np.ascontiguousarray(nodes), shrink, shape), dtype=np.float32)


def _affine_of(registration: Registration) -> FloatArray:
    """Least-squares affine map of the nodes, shape (2, 3)."""
    nodes = registration.to_photograph
    j, i = np.mgrid[: nodes.shape[0], : nodes.shape[1]]
    design = np.stack([i.ravel() * registration.grid_step, j.ravel() * registration.grid_step, np.ones(i.size)], axis=1)
    solution = np.linalg.lstsq(design, nodes.reshape(-1, 2), rcond=None)[0]
    return np.asarray(solution.T)
