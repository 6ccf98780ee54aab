"""The course on one sheet: the primary endpoint large, the others below, and a strip of what was done."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pigtrack.charts.axes import (
    Point,
    baseline_of,
    draw_band,
    draw_points,
    mark_sessions,
    places_in_time,
    reach,
    set_percent,
    set_span,
    time_label,
)
from pigtrack.charts.key import draw_key, key_height, lane_entries, point_entries
from pigtrack.charts.lane import AXIS_IN, ROW_IN, Lane, compose_lane, draw_lane
from pigtrack.charts.style import FONT_PT, GREY, INK, WIDTH_IN, bare, panel, sentence_figure
from pigtrack.imaging.change import OUT_OF_TREND
from pigtrack.model.catalogue import Catalogue
from pigtrack.model.course import Course, Endpoint
from pigtrack.model.metrics import SessionMetrics
from pigtrack.model.protocol import Protocol
from pigtrack.model.quantity import Measured
from pigtrack.model.telling import tell_measured

_LEFT_IN = 0.72
_PANELS_IN = (1.75, 1.15, 1.15)
_TITLE_IN, _GAP_IN, _TICKS_IN = 0.26, 0.12, 0.6
_YEAR_IN = 0.14
_HEAD_IN, _KEY_LEFT_IN = 0.26, 0.2

_MOST_LETTERS = 36
"""Beside a panel's name; a longer value, as of pixels, leaves its interval to the table."""


@dataclass(frozen=True, eq=False, slots=True)
class _Sheet:
    """What every panel needs."""

    course: Course
    sessions: Sequence[SessionMetrics]
    places: tuple[float, ...]
    baseline: int
    catalogue: Catalogue

    def points(self, endpoint: Endpoint) -> list[Point]:
        return [
            Point(self.places[each.session - 1], change, not each.flags & OUT_OF_TREND)
            for each in self.sessions
            for change in each.changes
            if change.endpoint is endpoint
        ]


def draw_course_chart(
    course: Course, sessions: Sequence[SessionMetrics], *, protocol: Protocol | None = None, catalogue: Catalogue
) -> Figure:
    """Draw load, area and contrast over the course with 95 % intervals; the primary endpoint comes first.

    Parameters
    ----------
    course : Course
        For dates, treatments, adverse events and the primary endpoint.
    sessions : sequence of SessionMetrics
        One for each session of the course.
    protocol : Protocol or None
        For what is expected when, and visits that came late.
    catalogue : Catalogue
        Its tables ``chart`` and ``words``.

    Returns
    -------
    Figure
        Changes in percent of the baseline, whose own value stands beside each title. The pale band holds changes too
        small to be seen; sessions left out of the trend are hollow. The strip below tells what is expected, what was
        done and what happened. Where nothing was compared, a sentence says so.
    """
    if all(change.percent is None for each in sessions for change in each.changes):
        return sentence_figure(catalogue.say("chart.nothing_compared"))
    baseline = baseline_of((each.session, each.verdict) for each in sessions)
    sheet = _Sheet(course, sessions, places_in_time(course, baseline), baseline, catalogue)
    lane = compose_lane(course, sessions, sheet.places, baseline=baseline, protocol=protocol, catalogue=catalogue)
    marks = point_entries([point for endpoint in Endpoint for point in sheet.points(endpoint)], catalogue)
    told = lane_entries(lane, protocol, catalogue)
    years = {each.date.year for each in course.sessions if each.date is not None}
    key_top = _panels_height() + len(lane.rows) * ROW_IN + _TICKS_IN + (_YEAR_IN if len(years) > 1 else 0.0)
    marks_height = key_height(len(marks)) + 0.04
    figure = Figure(figsize=(WIDTH_IN, key_top + marks_height + key_height(len(told), 1) + 0.08))
    _draw_panels(figure, sheet, lane)
    _draw_strip(figure, sheet, lane)
    draw_key(figure, marks, top=key_top, left=_KEY_LEFT_IN)
    draw_key(figure, told, top=key_top + marks_height, left=_KEY_LEFT_IN, columns=1)
    return figure


def _panels_height() -> float:
    return _HEAD_IN + sum(_PANELS_IN) + len(_PANELS_IN) * (_TITLE_IN + _GAP_IN)


def _draw_panels(figure: Figure, sheet: _Sheet, lane: Lane) -> None:
    primary = sheet.course.primary
    order = [primary, *(endpoint for endpoint in Endpoint if endpoint is not primary)]
    down = figure.get_size_inches()[1]
    title = sheet.catalogue.say("chart.course_title")
    figure.text(0.02, 1 - 0.08 / down, title, fontsize=FONT_PT + 1, color=INK, va="top")
    top = _HEAD_IN
    for endpoint, height in zip(order, _PANELS_IN, strict=True):
        axes = panel(figure, _LEFT_IN, top + _TITLE_IN, AXIS_IN, height)
        _draw_panel(axes, sheet, lane, endpoint)
        top += _TITLE_IN + height + _GAP_IN


def _draw_panel(axes: Axes, sheet: _Sheet, lane: Lane, endpoint: Endpoint) -> None:
    points = sheet.points(endpoint)
    bare(axes)
    draw_band(axes, points)
    draw_points(axes, points)
    set_span(axes, [*sheet.places, *lane.ends])
    axes.set_xticks(sheet.places, [])
    low, high = reach(points)
    set_percent(axes, low, high, sheet.catalogue)
    first = endpoint is sheet.course.primary
    name = sheet.catalogue.say(f"words.endpoint.{endpoint.value}")
    axes.set_title(
        name, fontsize=FONT_PT + first, fontweight="bold" if first else "normal", loc="left", color=INK, pad=4
    )
    value = _value(sheet.sessions[sheet.baseline - 1], endpoint)
    if value is not None:
        told = sheet.catalogue.say("chart.baseline_value", value=tell_measured(value, sheet.catalogue))
        if len(told) > _MOST_LETTERS:
            told = told.partition(" (")[0]
        axes.set_title(told, fontsize=FONT_PT - 1, loc="right", color=GREY, pad=4)


def _draw_strip(figure: Figure, sheet: _Sheet, lane: Lane) -> None:
    axes = panel(figure, _LEFT_IN, _panels_height(), AXIS_IN, max(len(lane.rows) * ROW_IN, 0.01))
    set_span(axes, [*sheet.places, *lane.ends])
    draw_lane(axes, lane, sheet.catalogue)
    mark_sessions(axes, sheet.course, sheet.places, sheet.catalogue)
    axes.tick_params(axis="x", colors=INK, length=3, color=GREY)
    label = time_label(sheet.course, sheet.baseline, sheet.catalogue)
    axes.set_xlabel(label, fontsize=FONT_PT - 0.5, color=INK)


def _value(session: SessionMetrics, endpoint: Endpoint) -> Measured | None:
    return {Endpoint.AREA: session.area, Endpoint.CONTRAST: session.delta_mi, Endpoint.LOAD: session.load}[endpoint]
