"""A spot's own series as a small chart: its change since the baseline, session by session, with 95 % intervals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from pigtrack.model.course import Endpoint
from pigtrack.model.following import LesionLine
from pigtrack.web.shown import MINUS

WIDTH, HEIGHT = 360, 190
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 12, 10, 28
_STEPS = (5, 10, 20, 25, 50, 100, 200, 500, 1000)
_MOST_TICKS = 6
_LEAST_REACH = 10.0
"""Percent that the scale shows to either side of no change at the least: over fewer, noise would look like change."""


@dataclass(frozen=True, slots=True)
class ChartPoint:
    """A session's change, in the chart's pixels; ``low`` and ``high`` are the ends of its interval."""

    session: int
    x: float
    y: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class SpotChart:
    """What the template sets as SVG: ``ticks`` are heights with their percents, ``sessions`` places with numbers."""

    points: tuple[ChartPoint, ...]
    ticks: tuple[tuple[float, str], ...]
    sessions: tuple[tuple[float, int], ...]
    zero: float
    width: int = WIDTH
    height: int = HEIGHT
    left: int = _LEFT
    right: int = WIDTH - _RIGHT
    bottom: int = HEIGHT - _BOTTOM


def draw_spot_chart(rows: Sequence[LesionLine], days: Mapping[int, str | None], endpoint: Endpoint) -> SpotChart | None:
    """Return the chart of a spot's change in one endpoint; None where no session has one."""
    told = [(row.session, row.change_of(endpoint)) for row in rows]
    changes = [
        (session, each.percent, each.low, each.high)
        for session, each in told
        if each is not None and each.percent is not None and each.low is not None and each.high is not None
    ]
    if not changes:
        return None
    places = _places([row.session for row in rows], days)
    ends = [value for _, *change in changes for value in change]
    low, high = min(*ends, -_LEAST_REACH), max(*ends, _LEAST_REACH)

    def height(percent: float) -> float:
        return round(_TOP + (high - percent) / (high - low) * (HEIGHT - _BOTTOM - _TOP), 1)

    return SpotChart(
        points=tuple(ChartPoint(s, places[s], height(p), height(a), height(b)) for s, p, a, b in changes),
        ticks=tuple((height(each), _percent(each)) for each in _ticks(low, high)),
        sessions=tuple((place, session) for session, place in places.items()),
        zero=height(0),
    )


def _places(sessions: Sequence[int], days: Mapping[int, str | None]) -> dict[int, float]:
    """Return where each session stands: by its day, or evenly where a day is not told."""
    told = [days.get(each) for each in sessions]
    when = [date.fromisoformat(each[:10]).toordinal() for each in told if each]
    if len(when) < len(sessions) or len(set(when)) < len(when):
        when = list(range(len(sessions)))
    span = max(when[-1] - when[0], 1)
    wide = WIDTH - _LEFT - _RIGHT - 20
    return {
        session: round(_LEFT + 10 + (each - when[0]) / span * wide, 1)
        for session, each in zip(sessions, when, strict=True)
    }


def _ticks(low: float, high: float) -> list[int]:
    step = next((each for each in _STEPS if (high - low) / each <= _MOST_TICKS), _STEPS[-1])
    first, last = -(-low // step), high // step
    return [int(step * each) for each in range(int(first), int(last) + 1)]


def _percent(value: int) -> str:
    sign = "" if not value else "+" if value > 0 else MINUS
    return f"{sign}{abs(value)} %"
