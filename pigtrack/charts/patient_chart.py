"""The patient's chart: one plain line, big letters, nothing that needs a key to be understood."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pigtrack.charts.axes import (
    Point,
    baseline_of,
    draw_band,
    places_in_time,
    reach,
    session_ticks,
    set_percent,
    set_span,
)
from pigtrack.charts.lane import Lane, compose_lane
from pigtrack.charts.style import BLUE, GREY, INK, PALE, STRETCHES, WIDTH_IN, bare, panel, sentence_figure
from pigtrack.imaging.change import OUT_OF_TREND
from pigtrack.model.catalogue import Catalogue
from pigtrack.model.course import Course
from pigtrack.model.metrics import SessionMetrics
from pigtrack.model.plan import Phase
from pigtrack.model.protocol import Protocol

TYPE_PT = 11.0
_LEFT_IN, _TOP_IN, _HEIGHT_IN, _WIDTH_IN = 0.85, 0.62, 2.3, 3.2
_LETTER_IN = 0.085
_KEY_IN = 0.26


def draw_patient_chart(
    course: Course, sessions: Sequence[SessionMetrics], *, protocol: Protocol | None = None, catalogue: Catalogue
) -> Figure:
    """Draw the primary endpoint from visit to visit, for the person whose skin it is.

    Parameters
    ----------
    sessions : sequence of SessionMetrics
        One for each session of the course.
    protocol : Protocol or None
        For the strip that says from when on something may show.
    catalogue : Catalogue
        Its table ``chart.patient``.

    Returns
    -------
    Figure
        Points with their 95 % intervals against the first visit, all in one colour: nothing is judged here. Visits left
        out of the trend are hollow.
    """
    baseline = baseline_of((each.session, each.verdict) for each in sessions)
    places = places_in_time(course, baseline)
    points = [
        Point(places[each.session - 1], change, not each.flags & OUT_OF_TREND)
        for each in sessions
        for change in each.changes
        if change.endpoint is course.primary
    ]
    if all(point.change.percent is None for point in points):
        return sentence_figure(catalogue.say("chart.patient.nothing_compared"))
    lane = compose_lane(course, sessions, places, baseline=baseline, protocol=protocol, catalogue=catalogue)
    keys = _keys(points, lane.expected, lane.span, catalogue)
    strip = 0.34 if lane.expected else 0.0
    figure = Figure(figsize=(WIDTH_IN, _TOP_IN + _HEIGHT_IN + strip + 0.66 + _KEY_IN * len(keys)))
    title = catalogue.say(f"chart.patient.{course.primary.value}")
    figure.text(0.03, 1 - 0.06 / figure.get_figheight(), title, fontsize=TYPE_PT, color=INK, va="top", linespacing=1.3)
    axes = panel(figure, _LEFT_IN, _TOP_IN, _WIDTH_IN, _HEIGHT_IN)
    _draw_points(axes, points, places, catalogue)
    if lane.expected:
        axes.set_xticks(places, [])
        axes = panel(figure, _LEFT_IN, _TOP_IN + _HEIGHT_IN + 0.06, _WIDTH_IN, strip - 0.06)
        _draw_expected(axes, lane, places, catalogue)
    _name_visits(axes, course, places, catalogue)
    _write_keys(figure, keys, _TOP_IN + _HEIGHT_IN + strip + 0.56)
    return figure


def _draw_points(axes: Axes, points: Sequence[Point], places: Sequence[float], catalogue: Catalogue) -> None:
    bare(axes)
    draw_band(axes, points)
    told = [point for point in points if point.shown]
    counted = [point for point in told if point.counts]
    axes.plot([p.x for p in counted], [p.change.percent or 0.0 for p in counted], color=BLUE, linewidth=2, zorder=2)
    for point in told:
        colour = BLUE if point.counts else GREY
        if point.change.low is not None and point.change.high is not None:
            axes.plot([point.x] * 2, [point.change.low, point.change.high], color=colour, linewidth=2.2, zorder=3)
        face = colour if point.counts else "white"
        axes.plot(point.x, point.change.percent or 0.0, "o", markersize=8, color=colour, markerfacecolor=face, zorder=4)
    set_span(axes, places)
    low, high = reach(points)
    set_percent(axes, low, high, catalogue, ticks=4)
    axes.tick_params(axis="y", labelsize=TYPE_PT - 1.5, labelcolor=INK)


def _draw_expected(axes: Axes, lane: Lane, places: Sequence[float], catalogue: Catalogue) -> None:
    axes.set_yticks([0.55], [catalogue.say("chart.row.expected")])
    axes.tick_params(axis="y", length=0, labelsize=TYPE_PT - 2, labelcolor=INK)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(GREY)
    axes.set_ylim(0, 1)
    set_span(axes, places)
    for phase, start, end in lane.expected:
        axes.barh(0.55, end - start, left=start, height=0.8, color=_colour(phase), linewidth=0)
        text = catalogue.say(f"chart.patient.phase.{phase.value}")
        if _has_room(text, end - start, lane.span):
            axes.text((start + end) / 2, 0.55, text, fontsize=TYPE_PT - 2, color=INK, ha="center", va="center_baseline")


def _name_visits(axes: Axes, course: Course, places: Sequence[float], catalogue: Catalogue) -> None:
    """Write the dates alone: a patient counts in days of the calendar. Undated visits have their number."""
    dated = all(session.date is not None for session in course.sessions)
    ticks = session_ticks(course, places, catalogue, apart=0.18)
    names = [text.split("\n", 1)[1] if dated else f"{places.index(place) + 1}" for place, text in ticks]
    axes.set_xticks([place for place, _ in ticks], names)
    axes.tick_params(axis="x", labelsize=TYPE_PT - 1.5, labelcolor=INK, color=GREY)


def _keys(
    points: Sequence[Point], expected: Sequence[tuple[Phase, float, float]], span: float, catalogue: Catalogue
) -> list[tuple[str, str]]:
    """What the key shows: colour of a patch, or none for a hollow point, and its words."""
    keys = []
    if any(point.counts and point.change.detectable is not None for point in points):
        keys.append((PALE, catalogue.say("chart.patient.band")))
    if any(point.shown and not point.counts for point in points):
        keys.append(("", catalogue.say("chart.patient.left_out")))
    for phase, start, end in expected:
        if not _has_room(text := catalogue.say(f"chart.patient.phase.{phase.value}"), end - start, span):
            keys.append((_colour(phase), text))
    return keys


def _has_room(text: str, days: float, span: float) -> bool:
    return len(text) * _LETTER_IN <= days / span * _WIDTH_IN


def _colour(phase: Phase) -> str:
    return STRETCHES[list(Phase).index(phase)]


def _write_keys(figure: Figure, keys: Sequence[tuple[str, str]], top: float) -> None:
    for row, (colour, text) in enumerate(keys):
        axes = panel(figure, _LEFT_IN, top + row * _KEY_IN, 0.3, _KEY_IN * 0.7)
        axes.set_axis_off()
        axes.set(xlim=(0, 1), ylim=(0, 1))
        if colour:
            axes.axvspan(0, 1, color=colour, linewidth=0)
        else:
            axes.plot(0.5, 0.5, "o", markersize=8, color=GREY, markerfacecolor="white")
        axes.text(1.3, 0.5, text, fontsize=TYPE_PT - 1, color=INK, va="center_baseline")
