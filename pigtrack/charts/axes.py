"""The axes that charts of a course share: time along, change in percent up."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from pigtrack.charts.style import GREY, INK, MARKS, PALE
from pigtrack.model.course import Course, Endpoint, days_between
from pigtrack.model.metrics import Change, Verdict

LEAST_PERCENT, MOST_PERCENT = -110.0, 150.0
"""The axis goes no further; a wider interval runs off its end, as it says nothing there."""


@dataclass(frozen=True, slots=True)
class Point:
    """One session's change of one thing."""

    x: float
    change: Change
    counts: bool


def places_in_time(course: Course, baseline: int) -> tuple[float, ...]:
    """Days of each session from the baseline; where a date is unknown, all sessions stand one apart."""
    first = course.sessions[baseline - 1]
    days = [days_between(first, session) for session in course.sessions]
    known = [float(day) for day in days if day is not None]
    return tuple(known) if len(known) == len(days) else tuple(float(s.number - baseline) for s in course.sessions)


def time_label(course: Course) -> str:
    """Name of the axis that `places_in_time` gives."""
    dated = all(session.date is not None for session in course.sessions)
    return "days from baseline" if dated else "sessions from baseline"


def baseline_of(changes: Iterable[tuple[int, Verdict]]) -> int:
    """Return the session whose verdict is the baseline's, 1 if none is."""
    return next((session for session, verdict in changes if verdict is Verdict.BASELINE), 1)


def draw_points(axes: Axes, points: Sequence[Point], *, size: float = 5.5) -> None:
    """Draw each change as its verdict's mark with its 95 % interval; sessions that do not count are hollow."""
    line = [(point.x, point.change.percent or 0.0) for point in points if _shown(point) and point.counts]
    axes.plot(*zip(*line, strict=True), color=GREY, linewidth=0.8, zorder=2) if line else None
    for point in points:
        if not _shown(point):
            continue
        mark = MARKS[point.change.verdict]
        percent = point.change.percent or 0.0
        if point.change.low is not None and point.change.high is not None:
            axes.plot([point.x] * 2, [point.change.low, point.change.high], color=mark.colour, linewidth=1.4, zorder=3)
        face = mark.colour if mark.filled else "white"
        axes.plot(point.x, percent, mark.marker, markersize=size, color=mark.colour, markerfacecolor=face, zorder=4)


def draw_band(axes: Axes, points: Sequence[Point]) -> None:
    """Shade the changes that would not be called one: around no change, from the baseline to the last session."""
    known = [(point.x, point.change) for point in points if point.counts and point.change.detectable is not None]
    if not known:
        return
    falls = [change.detectable or 0.0 for _, change in known]
    rises = [_as_rise(fall, change.endpoint) for fall, (_, change) in zip(falls, known, strict=True)]
    start = min(point.x for point in points)
    places = [start, *(x for x, _ in known)]
    axes.fill_between(places, [-falls[0], *(-fall for fall in falls)], [rises[0], *rises], color=PALE, linewidth=0)


def finish(axes: Axes, points: Sequence[Point], *, places: Sequence[float], whole_band: bool = True) -> None:
    """Set limits, the line of no change and a signed percent scale."""
    ends = [0.0, *(end for point in points for end in _ends(point.change, whole_band=whole_band))]
    low, high = max(min(ends), LEAST_PERCENT), min(max(ends), MOST_PERCENT)
    margin = max(0.12 * (high - low), 5.0)
    axes.set_ylim(low - margin, high + margin)
    span = max(max(places) - min(places), 1.0)
    axes.set_xlim(min(places) - 0.05 * span, max(places) + 0.05 * span)
    axes.axhline(0, color=INK, linewidth=0.7, zorder=1)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(signed_percent))


def mark_sessions(axes: Axes, places: Sequence[float], *, apart: float = 0.09) -> None:
    """Put a tick at each session, as far as the numbers below have room: ``apart`` is a share of the axis."""
    span = max(max(places) - min(places), 1.0)
    ticks: list[float] = []
    for place in sorted(places):
        if not ticks or place - ticks[-1] >= apart * span:
            ticks.append(place)
    axes.set_xticks(ticks, [f"{tick:.0f}".replace("-", "\u2212") for tick in ticks])


def signed_percent(value: float, _: object = None) -> str:
    """Write a percentage with its sign: −20 %, 0 %, +20 %."""
    sign = "+" if value > 0 else "\u2212" if value < 0 else ""
    return f"{sign}{abs(value):.0f} %"


def _ends(change: Change, *, whole_band: bool) -> list[float]:
    fall = change.detectable
    band = [] if fall is None or not whole_band else [-fall, _as_rise(fall, change.endpoint)]
    return [*band, *(end for end in (change.low, change.high) if end is not None)]


def _shown(point: Point) -> bool:
    return point.change.percent is not None or point.change.verdict is Verdict.BASELINE


def _as_rise(fall: float, endpoint: Endpoint) -> float:
    """Return the rise as far from no change: amounts are compared by their ratio, contrasts by their difference."""
    if endpoint is Endpoint.CONTRAST:
        return fall
    return 100 * fall / (100 - fall) if fall < 100 else MOST_PERCENT
