"""The outlines of a measurement as shapes of SVG, with a place for each spot's number."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Shape:
    """A spot's outline: the ``d`` of a path, in frame pixels, and where its number begins, to the right of it."""

    lesion: int
    path: str
    x: float
    y: float


def shapes_of(outlines: Mapping[int, Sequence[Sequence[Point]]]) -> tuple[Shape, ...]:
    """Return the shapes of a session's outlines, by number; a spot that came apart has several rings in one path.

    Examples
    --------
    >>> shapes_of({3: [[(1.0, 2.0), (5.0, 2.0), (5.0, 6.0)]]})
    (Shape(lesion=3, path='M1 2 5 2 5 6z', x=5.0, y=2.0),)
    """
    return tuple(_shape(lesion, rings) for lesion, rings in sorted(outlines.items()) if any(rings))


def _shape(lesion: int, rings: Sequence[Sequence[Point]]) -> Shape:
    x, y = max((point for ring in rings for point in ring), key=lambda point: (point[0], -point[1]))
    return Shape(lesion, "".join(f"M{' '.join(map(_coordinates, ring))}z" for ring in rings if ring), x, y)


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
