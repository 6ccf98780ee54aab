"""From the pictures that people see to the photograph that corrections are told in: points on a course's frame."""

from collections.abc import Sequence
from itertools import pairwise

from pigtrack.model.correction import Point

Matrix = Sequence[Sequence[float]]
"""3 × 3, from frame pixels to upright pixels of the first usable photograph."""

_LINES = 24
"""Across a polygon, on which its inside is looked for: lesions' outlines are no finer than that."""


def to_photograph(points: Sequence[Point], matrix: Matrix) -> tuple[Point, ...]:
    """Return points on the frame in the photograph's pixels, to a tenth of one: hands draw no finer.

    Raises
    ------
    ValueError
        If the matrix takes a point to nowhere.

    Examples
    --------
    >>> to_photograph([(10.0, 20.0)], ((2, 0, 5), (0, 2, 7), (0, 0, 1)))
    ((25.0, 47.0),)
    """
    return tuple(_placed(point, matrix) for point in points)


def _placed(point: Point, matrix: Matrix) -> Point:
    x, y, scale = (row[0] * point[0] + row[1] * point[1] + row[2] for row in matrix)
    if not scale:
        raise ValueError(f"the matrix takes {point} to infinity")
    return round(x / scale, 1) + 0.0, round(y / scale, 1) + 0.0


def point_inside(polygon: Sequence[Point]) -> Point:
    """Return a point well inside a polygon: the middle of a bent one may lie outside it.

    Parameters
    ----------
    polygon : sequence of point
        Three or more, not closed.

    Returns
    -------
    point
        Of the middles of its widest stretches along some lines, the one farthest from the edge.

    Examples
    --------
    >>> point_inside([(0.0, 0.0), (48.0, 0.0), (48.0, 48.0), (0.0, 48.0)])
    (24.0, 23.0)
    """
    low, high = min(y for _, y in polygon), max(y for _, y in polygon)
    lines = (low + (high - low) * (index + 0.5) / _LINES for index in range(_LINES))
    middles = [middle for line in lines if (middle := _middle(polygon, line)) is not None]
    return max(middles, key=lambda point: _from_edge(polygon, point)) if middles else polygon[0]


def _edges(polygon: Sequence[Point]) -> list[tuple[Point, Point]]:
    return list(pairwise((*polygon, polygon[0])))


def _middle(polygon: Sequence[Point], line: float) -> Point | None:
    """Middle of the widest stretch of a horizontal line that lies inside."""
    crossed = sorted(
        ax + (line - ay) / (by - ay) * (bx - ax) for (ax, ay), (bx, by) in _edges(polygon) if (ay > line) != (by > line)
    )
    stretches = list(zip(crossed[::2], crossed[1::2], strict=False))
    if not stretches:
        return None
    left, right = max(stretches, key=lambda each: each[1] - each[0])
    return (left + right) / 2, line


def _from_edge(polygon: Sequence[Point], point: Point) -> float:
    """Square of the distance to the nearest edge."""
    return min(_from_line(point, *edge) for edge in _edges(polygon))


def _from_line(point: Point, start: Point, end: Point) -> float:
    (x, y), (ax, ay), (bx, by) = point, start, end
    length = (bx - ax) ** 2 + (by - ay) ** 2
    share = 0.0 if not length else min(1.0, max(0.0, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length))
    return (x - ax - share * (bx - ax)) ** 2 + (y - ay - share * (by - ay)) ** 2
