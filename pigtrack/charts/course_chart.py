"""The course on one sheet: the primary endpoint large, the others below, all against the baseline."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from pigtrack.charts.axes import (
    Point,
    baseline_of,
    draw_band,
    draw_points,
    finish,
    mark_sessions,
    places_in_time,
    time_label,
)
from pigtrack.charts.style import ENDPOINT_NAMES, FONT_PT, GREY, INK, MARKS, PALE, WIDTH_IN, bare, sentence_figure
from pigtrack.imaging.change import OUT_OF_TREND
from pigtrack.model.course import Course, Endpoint
from pigtrack.model.metrics import SessionMetrics, Verdict


def draw_course_chart(course: Course, sessions: Sequence[SessionMetrics]) -> Figure:
    """Draw load, area and contrast over the course with 95 % intervals; the primary endpoint comes first.

    Parameters
    ----------
    course : Course
        For dates, treatments and the primary endpoint.
    sessions : sequence of SessionMetrics
        One for each session of the course.

    Returns
    -------
    Figure
        Changes in percent of the baseline. The pale band holds changes too small to be seen; treatments are dotted
        lines; sessions without a verdict are hollow. Where nothing was compared, a sentence says so.
    """
    if all(change.percent is None for each in sessions for change in each.changes):
        return sentence_figure("No change to draw: no later session could be compared with the baseline.")
    order = [course.primary, *(endpoint for endpoint in Endpoint if endpoint is not course.primary)]
    figure = Figure(figsize=(WIDTH_IN, 6.0), layout="constrained")
    panels = figure.subplots(len(order), 1, sharex=True, height_ratios=[1.5, 1, 1])
    for axes, endpoint in zip(panels, order, strict=True):
        _draw_panel(axes, course, sessions, endpoint)
    panels[-1].set_xlabel(time_label(course), fontsize=FONT_PT, color=INK)
    mark_sessions(panels[-1], places_in_time(course, baseline_of((each.session, each.verdict) for each in sessions)))
    figure.legend(
        handles=_key(course, sessions), loc="outside lower center", ncols=2, fontsize=FONT_PT - 1, frameon=False
    )
    return figure


def _draw_panel(axes: Axes, course: Course, sessions: Sequence[SessionMetrics], endpoint: Endpoint) -> None:
    places = places_in_time(course, baseline_of((each.session, each.verdict) for each in sessions))
    points = [
        Point(places[each.session - 1], change, not each.flags & OUT_OF_TREND)
        for each in sessions
        for change in each.changes
        if change.endpoint is endpoint
    ]
    bare(axes)
    draw_band(axes, points)
    for place, session in zip(places, course.sessions, strict=True):
        if session.treatment:
            axes.axvline(place, color=GREY, linewidth=0.9, linestyle=(0, (1, 2)), zorder=0)
    draw_points(axes, points)
    finish(axes, points, places=places)
    first = endpoint is course.primary
    title = f"{ENDPOINT_NAMES[endpoint]}, change since baseline" if first else ENDPOINT_NAMES[endpoint]
    weight = "bold" if first else "normal"
    axes.set_title(title, fontsize=FONT_PT + first, fontweight=weight, loc="left", color=INK)


def _key(course: Course, sessions: Sequence[SessionMetrics]) -> list[Line2D | Patch]:
    present = {change.verdict for each in sessions for change in each.changes}
    marks = [MARKS[verdict] for verdict in Verdict if verdict in present]
    lines: list[Line2D | Patch] = [
        Line2D(
            [],
            [],
            marker=m.marker,
            color=m.colour,
            markerfacecolor=m.colour if m.filled else "white",
            linestyle="none",
            markersize=5,
            label=m.label,
        )
        for m in marks
    ]
    if any(change.detectable is not None for each in sessions for change in each.changes):
        lines.append(Patch(color=PALE, label="too small to be seen"))
    if any(session.treatment for session in course.sessions):
        lines.append(Line2D([], [], color=GREY, linestyle=(0, (1, 2)), label="treatment"))
    return lines
