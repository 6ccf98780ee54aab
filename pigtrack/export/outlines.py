"""Outlines of labelled pixels as closed polygons along the pixels' own edges: not a pixel more or less."""

from collections.abc import Mapping

import numpy as np

from pigtrack.model.quantity import BoolImage, FloatArray, LabelImage

_Vertex = tuple[int, int]

_TURNED_RIGHT = {(0, 1): (1, 0), (1, 0): (0, -1), (0, -1): (-1, 0), (-1, 0): (0, 1)}
"""Steps (rows, columns) after a turn to the right, y down: what keeps to the same pixel where two touch at a corner."""


def trace_outlines(labels: LabelImage) -> dict[int, tuple[FloatArray, ...]]:
    """Return the outer outlines of every label.

    Parameters
    ----------
    labels : ndarray, shape (rows, columns), int32
        0: no label.

    Returns
    -------
    dict of int to tuple of ndarray, shape (points, 2), float64
        By label, one polygon a part (pixels that share an edge), the largest first; x, y with the origin at the top
        left corner of the top left pixel, so that a pixel spans from 0 to 1. The first point stands at the end again.

    Notes
    -----
    Holes are not told: the area of a polygon is that of its pixels and of the holes inside.
    """
    found = {}
    for label, (rows, columns) in _boxes(labels).items():
        outlines = trace_mask(labels[rows, columns] == label)
        shift = np.array([columns.start, rows.start], dtype=np.float64)
        found[label] = tuple(outline + shift for outline in outlines)
    return found


def trace_mask(mask: BoolImage) -> tuple[FloatArray, ...]:
    """Return the outer outlines of a mask, as `trace_outlines` does for a label."""
    steps = _edges(mask)
    rings = []
    while steps:
        ring = _follow(steps)
        if _signed_area(ring) > 0:  # holes run the other way round
            rings.append(ring)
    return tuple(sorted(rings, key=_signed_area, reverse=True))


def _boxes(labels: LabelImage) -> dict[int, tuple[slice, slice]]:
    rows, columns = np.nonzero(labels)
    values = labels[rows, columns]
    known, inverse = np.unique(values, return_inverse=True)
    shape = len(known)
    top, left = np.full(shape, labels.shape[0]), np.full(shape, labels.shape[1])
    bottom, right = np.zeros(shape, int), np.zeros(shape, int)
    np.minimum.at(top, inverse, rows)
    np.minimum.at(left, inverse, columns)
    np.maximum.at(bottom, inverse, rows + 1)
    np.maximum.at(right, inverse, columns + 1)
    return {
        int(label): (slice(int(top[k]), int(bottom[k])), slice(int(left[k]), int(right[k])))
        for k, label in enumerate(known)
    }


def _edges(mask: BoolImage) -> dict[_Vertex, list[_Vertex]]:
    """Return the steps along all edges between inside and outside, by the corner they start from; inside is right."""
    inside = np.pad(np.asarray(mask, bool), 1)
    steps: dict[_Vertex, list[_Vertex]] = {}
    for (row_shift, column_shift), start, step in (
        ((-1, 0), (0, 0), (0, 1)),
        ((0, 1), (0, 1), (1, 0)),
        ((1, 0), (1, 1), (0, -1)),
        ((0, -1), (1, 0), (-1, 0)),
    ):
        edge = inside & ~np.roll(inside, (-row_shift, -column_shift), axis=(0, 1))
        for row, column in np.argwhere(edge) - 1 + start:
            steps.setdefault((int(row), int(column)), []).append(step)
    return steps


def _follow(steps: dict[_Vertex, list[_Vertex]]) -> FloatArray:
    """Take one closed outline out of the steps; return its corners, the first again at the end."""
    start = at = min(steps)
    step = steps[at][0]
    corners: list[_Vertex] = []
    previous: _Vertex | None = None
    while True:
        ways = steps[at]
        step = _TURNED_RIGHT[previous] if len(ways) > 1 and previous is not None else ways[0]
        ways.remove(step)
        if not ways:
            del steps[at]
        if step != previous:
            corners.append(at)
        at, previous = (at[0] + step[0], at[1] + step[1]), step
        if at == start and (at not in steps or _TURNED_RIGHT[step] not in steps[at]):
            break
    points = [*corners, corners[0]]
    return np.array([(column, row) for row, column in points], dtype=np.float64)


def _signed_area(ring: FloatArray) -> float:
    """Shoelace formula; above 0 where the inside is on the right, y down."""
    x, y = ring[:, 0], ring[:, 1]
    return float(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]) / 2)


def stored_points(points: FloatArray, orientation: int, shape: tuple[int, int]) -> FloatArray:
    """Return points of an upright picture as they lie in the pixels that the file stores.

    Parameters
    ----------
    points : ndarray, shape (n, 2)
        x, y with the origin at the top left corner.
    orientation : int
        EXIF, 1 to 8: how the stored pixels are turned to stand upright.
    shape : tuple of int
        Rows and columns of the upright picture.
    """
    rows, columns = shape
    x, y = points[:, 0], points[:, 1]
    ways: Mapping[int, tuple[FloatArray, FloatArray]] = {
        1: (x, y),
        2: (columns - x, y),
        3: (columns - x, rows - y),
        4: (x, rows - y),
        5: (y, x),
        6: (y, columns - x),
        7: (rows - y, columns - x),
        8: (rows - y, x),
    }
    return np.stack(ways[orientation], axis=1)
