"""Every lesion in a small chart of its own, all on one scale."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

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
from pigtrack.charts.style import ENDPOINT_NAMES, FONT_PT, GREY, INK, WIDTH_IN, bare, sentence_figure
from pigtrack.imaging.change import OUT_OF_TREND
from pigtrack.model.course import Course, Endpoint, Mode
from pigtrack.model.metrics import LesionSession, Status

COLUMNS = 3
"""As many as a phone shows legibly in `WIDTH_IN`."""
ROW_IN = 1.15


_PLAIN = frozenset({Status.BASELINE, Status.PRESENT})


def draw_lesion_charts(
    course: Course,
    lesions: Sequence[LesionSession],
    *,
    endpoint: Endpoint | None = None,
    most: int = 30,
    columns: int = COLUMNS,
) -> Figure:
    """Draw one endpoint of every lesion over the course, by rising number.

    Parameters
    ----------
    lesions : sequence of LesionSession
        All rows of the course.
    endpoint : Endpoint or None
        None: the course's primary one.
    most : int
        Lesions drawn at the most; the figure says how many are left to the table.
    columns : int
        Charts side by side; the figure is as much wider as there are more.
    """
    if not lesions:
        return sentence_figure("No spots were found.")
    endpoint = endpoint or course.primary
    columns = 1 if course.mode is Mode.FIELD else columns
    numbers = sorted({row.lesion_id for row in lesions})
    shown = numbers[:most]
    rows = max(-(-len(shown) // columns), 1)
    figure = Figure(figsize=(WIDTH_IN * max(columns / COLUMNS, 1), 0.75 + ROW_IN * rows), layout="constrained")
    panels = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).ravel()
    points = {number: _points(course, lesions, number, endpoint) for number in shown}
    places = places_in_time(course, baseline_of((row.session, row.verdict) for row in lesions))
    for axes, number in zip(panels, shown, strict=False):
        name = "field" if course.mode is Mode.FIELD else f"{number}"
        _draw_lesion(axes, name, points[number], _last_status(lesions, number))
    finish(panels[0], [point for each in points.values() for point in each], places=places, whole_band=False)
    for axes in panels[len(shown) :]:
        axes.set_axis_off()
    mark_sessions(panels[0], places, apart=0.3)
    rest = f"; {len(numbers) - len(shown)} more in the table" if len(numbers) > len(shown) else ""
    whose = "the field" if course.mode is Mode.FIELD else f"each spot{rest}"
    figure.suptitle(f"{ENDPOINT_NAMES[endpoint]} of {whose}", fontsize=FONT_PT + 1, color=INK)
    figure.supxlabel(time_label(course), fontsize=FONT_PT, color=INK)
    return figure


def _points(course: Course, lesions: Sequence[LesionSession], number: int, endpoint: Endpoint) -> list[Point]:
    places = places_in_time(course, baseline_of((row.session, row.verdict) for row in lesions))
    return [
        Point(places[row.session - 1], change, not row.flags & OUT_OF_TREND)
        for row in lesions
        if row.lesion_id == number
        for change in row.changes
        if change.endpoint is endpoint
    ]


def _draw_lesion(axes: Axes, name: str, points: Sequence[Point], status: Status) -> None:
    bare(axes)
    draw_band(axes, points)
    axes.axhline(0, color=INK, linewidth=0.7, zorder=1)
    draw_points(axes, points, size=4)
    axes.set_title(name, fontsize=FONT_PT, fontweight="bold", loc="left", color=INK, pad=2)
    if status not in _PLAIN:
        axes.set_title(status.value.replace("_", " "), fontsize=FONT_PT - 1.5, loc="right", color=GREY, pad=2)


def _last_status(lesions: Sequence[LesionSession], number: int) -> Status:
    return [row.status for row in lesions if row.lesion_id == number][-1]
