"""Points that a person drew, from a text or a JSON file."""

import json
import re
from pathlib import Path

from pigtrack.errors import RecordError
from pigtrack.model.correction import Point
from pigtrack.store.naming import quoted
from pigtrack.store.toml_tables import is_number

_NUMBER = r"[+-]?\d+(?:\.\d+)?"
_POINTS = re.compile(rf"\s*{_NUMBER},{_NUMBER}(?:[\s;]+{_NUMBER},{_NUMBER})*\s*")
_MOST_BYTES = 1_000_000

_REMEDY = 'Write points as "812,640 890,655 870,720", or name a JSON file such as [[812, 640], [890, 655], [870, 720]].'


def read_points(told: str) -> tuple[Point, ...]:
    """Return points told as ``x,y x,y …``, or as the name of a JSON file with a list of [x, y].

    Raises
    ------
    RecordError
        If it is neither.

    Examples
    --------
    >>> read_points("812,640 890.5,655")
    ((812.0, 640.0), (890.5, 655.0))
    """
    if _POINTS.fullmatch(told):
        pairs = (each.split(",") for each in re.split(r"[\s;]+", told.strip()))
        return tuple((float(x), float(y)) for x, y in pairs)
    return _load(Path(told))


def _load(path: Path) -> tuple[Point, ...]:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise RecordError(f"{quoted(path)} is too large for a list of points.", _REMEDY)
        points = json.loads(path.read_text(encoding="utf-8"))
    except OSError as fault:
        raise RecordError(f"{quoted(path)} is no list of points, and no file ({fault.strerror}).", _REMEDY) from fault
    except (ValueError, RecursionError) as fault:
        raise RecordError(f"{quoted(path)} is not JSON.", _REMEDY) from fault
    pairs = points if isinstance(points, list) else []
    if not pairs or not all(isinstance(each, list) and len(each) == 2 and all(map(is_number, each)) for each in pairs):
        raise RecordError(f"{quoted(path)} holds no list of points.", _REMEDY)
    return tuple((float(x), float(y)) for x, y in pairs)
