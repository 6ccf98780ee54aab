"""The outlines of a measurement as shapes of SVG, with a place for each spot's number."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Shape:
    """A spot's outline: the ``d`` of a path, in frame pixels, and where its number stands.

    ``before``: the number ends there, left of the spot, as there is no room to the right; else it begins there.
    """

    lesion: int
    path: str
    x: float
    y: float
    before: bool = False


_ROOM = 0.95
"""Of the frame's width: numbers of three digits to the right of it would be cut off."""


def shapes_of(outlines: Mapping[int, Sequence[Sequence[Point]]], *, width: int) -> tuple[Shape, ...]:
    """Return the shapes of a session's outlines, by number; a spot that came apart has several rings in one path.

    Examples
    --------
    >>> shapes_of({3: [[(1.0, 2.0), (5.0, 2.0), (5.0, 6.0)]]}, width=100)
    (Shape(lesion=3, path='M1 2 5 2 5 6z', x=5.0, y=2.0, before=False),)
    """
    return tuple(_shape(lesion, rings, width) for lesion, rings in sorted(outlines.items()) if any(rings))


def _shape(lesion: int, rings: Sequence[Sequence[Point]], width: int) -> Shape:
    path = "".join(f"M{' '.join(map(_coordinates, ring))}z" for ring in rings if ring)
    points = [point for ring in rings for point in ring]
    x, y = max(points, key=lambda point: (point[0], -point[1]))
    if x > _ROOM * width:
        return Shape(lesion, path, *min(points), before=True)
    return Shape(lesion, path, x, y)


def _coordinates(point: Point) -> str:
    return " ".join(f"{value:.1f}".removesuffix(".0") for value in point)


_BAR_STEPS = (1, 2, 5)


def bar_mm(width_mm: float) -> float:
    """Return the round length of a scale bar for a picture of this width: about a fifth of it, never more.

    Examples
    --------
    >>> bar_mm(61.0), bar_mm(8.0)
    (10, 1)
    """
    lengths = (step * 10**power for power in range(-1, 4) for step in _BAR_STEPS)
    return max((each for each in lengths if each <= width_mm / 5), default=0.1)
