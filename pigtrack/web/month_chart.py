"""A small chart of values by month, laid out here and drawn by a template as SVG."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

WIDTH, HEIGHT = 480, 240
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 16, 16, 32


@dataclass(frozen=True, slots=True)
class Dot:
    """A month's middle; ``low`` and ``high`` are the ends of its interval, None where there is none."""

    x: float
    y: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class MonthChart:
    """Where everything of a chart lies, in its own pixels; ``most`` is the value at its top."""

    dots: tuple[Dot, ...]
    most: str
    first: str
    last: str
    limit: float | None
    told: str


def lay_out(rows: Sequence[Mapping[str, Any]], *, told: str, limit: float | None = None) -> MonthChart:
    """Return a chart of rows with ``month``, ``median``, ``low`` and ``high``; months lie apart as in the calendar.

    ``limit`` is drawn where it is near enough to be read beside the values.
    """
    if not rows:
        raise ValueError("rows must not be empty")
    values = [row["high"] if row["high"] is not None else row["median"] for row in rows]
    shown = limit if limit is not None and limit <= 20 * max(values) else None
    most = 1.1 * max(*values, shown or 0.0, 1e-9)
    months = [_number(row["month"]) for row in rows]
    span = max(months) - min(months)

    def y(value: float | None) -> float | None:
        return None if value is None else round(HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * value / most, 1)

    def x(month: int) -> float:
        across = (month - min(months)) / span if span else 0.5
        return round(_LEFT + 12 + (WIDTH - _LEFT - _RIGHT - 24) * across, 1)

    dots = tuple(
        Dot(x(month), y(row["median"]) or 0.0, y(row["low"]), y(row["high"]))
        for month, row in zip(months, rows, strict=True)
    )
    return MonthChart(dots, f"{most:.2g}", rows[0]["month"], rows[-1]["month"], y(shown), told)


def _number(month: str) -> int:
    year, of_year = month.split("-")
    return 12 * int(year) + int(of_year)
