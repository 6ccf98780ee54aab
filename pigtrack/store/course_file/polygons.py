"""The drawn outlines of a course.toml."""

import math

from pigtrack.model.course import FACE_REGIONS, Polygon
from pigtrack.store.faults import Faults
from pigtrack.store.toml_tables import TomlTable, is_number

_MOST_CORNERS = 1000


def read_polygons(value: object, faults: Faults) -> tuple[Polygon, ...]:
    """Return the polygons of ``exclude``."""
    if not isinstance(value, list):
        faults.add("exclude must be a list of polygons.", "course", 0, "exclude")
        return ()
    found = (read_polygon(each, "exclude", faults) for each in value)
    return tuple(polygon for polygon in found if polygon is not None)


def read_polygon(value: object, key: str, faults: Faults, table: str = "course", index: int = 0) -> Polygon | None:
    """Return one polygon, or None with its fault noted."""
    points = value if isinstance(value, list) else []
    well_made = 3 <= len(points) <= _MOST_CORNERS and all(
        isinstance(point, list) and len(point) == 2 and all(map(is_number, point)) for point in points
    )
    if not well_made:
        faults.add(f"{key} must be a polygon of 3 to {_MOST_CORNERS} corners [x, y] in pixels.", table, index, key)
        return None
    polygon = tuple((float(x), float(y)) for x, y in points)
    if abs(_doubled_area(polygon)) < 2 or _crosses_itself(polygon):
        faults.add(f"{key} has an outline that encloses nothing or crosses itself.", table, index, key)
        return None
    return polygon


def read_face(entries: object, faults: Faults) -> tuple[tuple[str, Polygon], ...]:
    """Return the regions of a face by name, in their usual order."""
    if not isinstance(entries, dict):
        faults.add("[regions] must be one table.", "regions")
        return ()
    TomlTable(entries, "regions", 0, faults).refuse_unknown(FACE_REGIONS)
    drawn = ((name, read_polygon(entries[name], name, faults, "regions")) for name in FACE_REGIONS if name in entries)
    return tuple((name, polygon) for name, polygon in drawn if polygon is not None)


def _doubled_area(polygon: Polygon) -> float:
    following = (*polygon[1:], polygon[0])
    return math.fsum(x * v - u * y for (x, y), (u, v) in zip(polygon, following, strict=True))


def _crosses_itself(polygon: Polygon) -> bool:
    sides = list(zip(polygon, (*polygon[1:], polygon[0]), strict=True))
    return any(
        _cross(*sides[first], *sides[second]) for first in range(len(sides)) for second in range(first + 2, len(sides))
    )


def _cross(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float], d: tuple[float, float]) -> bool:
    """Tell whether the insides of two stretches cross; touching ends do not count."""
    return _side(a, b, c) * _side(a, b, d) < 0 and _side(c, d, a) * _side(c, d, b) < 0


def _side(a: tuple[float, float], b: tuple[float, float], p: tuple[float, float]) -> float:
    turn = (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])
    return math.copysign(1.0, turn) if turn else 0.0
