"""The axes that charts of a course share: time along, change in percent up."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from pigtrack.charts.numbers import short_day, signed_percent
from pigtrack.charts.style import FONT_PT, GREY, INK, LEFT_OUT, MARKS, PALE, Mark
from pigtrack.model.catalogue import Catalogue
from pigtrack.model.course import Course, Endpoint, day_of, days_between
from pigtrack.model.metrics import Change, Verdict

LEAST_PERCENT, MOST_PERCENT = -110.0, 150.0
"""The axis goes no further; a wider interval runs off its end, as it says nothing there."""


@dataclass(frozen=True, slots=True)
class Point:
    """One session's change of one thing."""

    x: float
    change: Change
    counts: bool

    @property
    def mark(self) -> Mark:
        """How it is drawn: a session that does not count is hollow, whatever it shows."""
        return MARKS[self.change.verdict] if self.counts else LEFT_OUT

    @property
    def shown(self) -> bool:
        """Whether there is anything to draw."""
        return self.change.percent is not None or self.change.verdict is Verdict.BASELINE


def places_in_time(course: Course, baseline: int) -> tuple[float, ...]:
    """Days of each session from the baseline; where a date is unknown, all sessions stand one apart."""
    first = course.sessions[baseline - 1]
    days = [days_between(first, session) for session in course.sessions]
    known = [float(day) for day in days if day is not None]
    return tuple(known) if len(known) == len(days) else tuple(float(s.number - baseline) for s in course.sessions)


def time_label(course: Course, baseline: int, catalogue: Catalogue) -> str:
    """Name of the axis that `places_in_time` gives."""
    first = day_of(course.sessions[baseline - 1])
    if first is None or any(session.date is None for session in course.sessions):
        return catalogue.say("chart.sessions_axis")
    return catalogue.say("chart.days_axis", day=catalogue.day(first))


def baseline_of(changes: Iterable[tuple[int, Verdict]]) -> int:
    """Return the session whose verdict is the baseline's, 1 if none is."""
    return next((session for session, verdict in changes if verdict is Verdict.BASELINE), 1)


def draw_points(axes: Axes, points: Sequence[Point], *, size: float = 5.5, top: float = math.inf) -> None:
    """Draw each change as its verdict's mark with its 95 % interval; sessions that do not count are hollow.

    Marks of one kind are one artist: drawing takes as long as there are artists. Marks above ``top`` percent are left
    to the caller.
    """
    line = [(point.x, point.change.percent or 0.0) for point in points if point.shown and point.counts]
    if line:
        axes.plot(*zip(*line, strict=True), color=GREY, linewidth=0.8, zorder=2)
    shown = [point for point in points if point.shown]
    draw_intervals(axes, shown)
    for mark in dict.fromkeys(point.mark for point in shown):
        own = [(each.x, y) for each in shown if each.mark == mark and (y := each.change.percent or 0.0) <= top]
        if not own:
            continue
        axes.plot(
            *zip(*own, strict=True), mark.marker,
            markersize=size, color=mark.colour, markerfacecolor=mark.face, zorder=4,
        )  # fmt: skip


def draw_intervals(axes: Axes, points: Sequence[Point], *, width: float = 1.4) -> None:
    """Draw the 95 % intervals in the colours of their marks."""
    told = [
        (point.x, point.change.low, point.change.high, point.mark.colour)
        for point in points
        if point.change.low is not None and point.change.high is not None
    ]
    if told:
        x, low, high, colours = zip(*told, strict=True)
        axes.vlines(x, low, high, colors=list(colours), linewidth=width, zorder=3)


def draw_band(axes: Axes, points: Sequence[Point]) -> None:
    """Shade the changes that would not be called one: around no change, from the baseline to the last session."""
    known = [(point.x, point.change) for point in points if point.counts and point.change.detectable is not None]
    if not known:
        return
    falls = [change.detectable or 0.0 for _, change in known]
    rises = [as_rise(fall, change.endpoint) for fall, (_, change) in zip(falls, known, strict=True)]
    start = min(point.x for point in points)
    places = [start, *(x for x, _ in known)]
    axes.fill_between(places, [-falls[0], *(-fall for fall in falls)], [rises[0], *rises], color=PALE, linewidth=0)


def set_span(axes: Axes, places: Sequence[float]) -> None:
    """Let the axis reach from the first session to the last, with a margin for their marks."""
    span = max(max(places) - min(places), 1.0)
    axes.set_xlim(min(places) - 0.05 * span, max(places) + 0.05 * span)


def set_percent(axes: Axes, low: float, high: float, catalogue: Catalogue, *, ticks: int = 5) -> None:
    """Set limits, the line of no change and a signed percent scale."""
    axes.set_ylim(*with_margin(low, high))
    axes.axhline(0, color=INK, linewidth=0.7, zorder=1.5)
    axes.yaxis.set_major_locator(percent_locator(ticks))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: signed_percent(value, catalogue)))


def with_margin(low: float, high: float) -> tuple[float, float]:
    """Return the ends of a scale a little beyond what it must hold."""
    margin = max(0.12 * (high - low), 1.0)
    return low - margin, high + margin


def percent_locator(ticks: int) -> MaxNLocator:
    """Return what chooses round percents, about so many."""
    return MaxNLocator(nbins=ticks, steps=[1, 2, 5, 10], integer=True)


def reach(points: Iterable[Point], *, band: bool = True) -> tuple[float, float]:
    """Return the least and the most percent that points, intervals and (``band``) their bands need, within limits."""
    ends = [0.0, *(end for point in points for end in _ends(point.change, band=band))]
    return max(min(ends), LEAST_PERCENT), min(max(ends), MOST_PERCENT)


def mark_sessions(
    axes: Axes, course: Course, places: Sequence[float], catalogue: Catalogue, *, apart: float = 0.14, days: bool = True
) -> None:
    """Put `session_ticks` on the axis."""
    ticks = session_ticks(course, places, catalogue, apart=apart, days=days)
    axes.set_xticks([place for place, _ in ticks], [text for _, text in ticks], fontsize=FONT_PT - 1, color=INK)


def session_ticks(
    course: Course, places: Sequence[float], catalogue: Catalogue, *, apart: float = 0.14, days: bool = True
) -> tuple[tuple[float, str], ...]:
    """Return each session's place with its number, as far as numbers (and ``days``) have room.

    ``apart`` is a share of the axis.
    """
    span = max(max(places) - min(places), 1.0)
    ticks: list[tuple[float, str]] = []
    years = {day.year for session in course.sessions if (day := day_of(session)) is not None}
    year = None if len(years) > 1 else next(iter(years), None)
    for place, session in sorted(zip(places, course.sessions, strict=True), key=lambda each: each[0]):
        if not ticks or place - ticks[-1][0] >= apart * span:
            day = day_of(session)
            below = f"\n{short_day(day, catalogue)}" if days and day is not None else ""
            if below and day is not None and day.year != year:
                below, year = f"{below}\n{day.year}", day.year
            ticks.append((place, catalogue.number(place) + below))
    return tuple(ticks)


def as_rise(fall: float, endpoint: Endpoint) -> float:
    """Return the rise as far from no change: amounts are compared by their ratio, contrasts by their difference."""
    if endpoint is Endpoint.CONTRAST:
        return fall
    return 100 * fall / (100 - fall) if fall < 100 else MOST_PERCENT


def _ends(change: Change, *, band: bool) -> list[float]:
    fall = change.detectable
    told = [] if fall is None or not band else [-fall, as_rise(fall, change.endpoint)]
    return [*told, *(end for end in (change.low, change.high) if end is not None)]
