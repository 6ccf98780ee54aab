"""Every lesion in a small chart of its own, all on one scale."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pigtrack.charts.axes import (
    Point,
    baseline_of,
    draw_band,
    draw_points,
    percent_locator,
    places_in_time,
    reach,
    session_ticks,
    set_span,
    time_label,
    with_margin,
)
from pigtrack.charts.key import draw_key, key_height, point_entries
from pigtrack.charts.numbers import change_with_interval, signed_percent
from pigtrack.charts.style import FONT_PT, GREY, INK, WIDTH_IN, panel, sentence_figure
from pigtrack.imaging.change import OUT_OF_TREND
from pigtrack.model.catalogue import Catalogue
from pigtrack.model.course import Course, Endpoint, Mode
from pigtrack.model.metrics import LesionSession, Status

COLUMNS = 3
"""As many as a phone shows legibly in `WIDTH_IN`."""
LEAST_RISE = 50.0
"""Percent that the scale holds above no change wherever any rise needs it."""

_LEFT_IN, _GAP_IN = 0.62, 0.14
_TITLE_IN, _PANEL_IN, _ROW_GAP_IN = 0.22, 0.8, 0.1
_HEAD_IN, _TICKS_IN = 0.3, 0.44
_EDGE = 0.93
"""Of a small chart's height: where the arrow of a rise beyond the scale stands."""
_PLAIN = frozenset({Status.BASELINE, Status.PRESENT})


@dataclass(frozen=True, slots=True)
class _Grid:
    """What all the small charts share: places, limits with their margin, and ticks with their numbers."""

    places: tuple[float, ...]
    limits: tuple[float, float]
    percents: tuple[tuple[float, str], ...]
    days: tuple[tuple[float, str], ...]


def draw_lesion_charts(
    course: Course,
    lesions: Sequence[LesionSession],
    *,
    catalogue: Catalogue,
    endpoint: Endpoint | None = None,
    most: int = 30,
    columns: int = COLUMNS,
) -> Figure:
    """Draw one endpoint of every lesion over the course, by rising number.

    Parameters
    ----------
    lesions : sequence of LesionSession
        All rows of the course.
    catalogue : Catalogue
        Its tables ``chart`` and ``words``.
    endpoint : Endpoint or None
        None: the course's primary one.
    most : int
        Lesions drawn at the most; the figure says how many are left to the table.
    columns : int
        Charts side by side; the figure is as much wider as there are more.

    Returns
    -------
    Figure
        One scale for all. A rise is given no more room than the widest fall (`LEAST_RISE` at least): one that goes
        beyond ends in an arrow with its number and interval, so that a single joined spot does not flatten the others.
    """
    if not lesions:
        return sentence_figure(catalogue.say("chart.no_spots"))
    endpoint = endpoint or course.primary
    if all(change.percent is None for row in lesions for change in row.changes if change.endpoint is endpoint):
        return sentence_figure(catalogue.say("chart.nothing_compared"))
    columns = 1 if course.mode is Mode.FIELD else columns
    numbers = sorted({row.lesion_id for row in lesions})
    places = places_in_time(course, baseline_of((row.session, row.verdict) for row in lesions))
    points = {number: _points(lesions, number, endpoint, places) for number in numbers[:most]}
    key = point_entries([point for each in points.values() for point in each], catalogue)
    rows, width = -(-len(points) // columns), WIDTH_IN * max(columns / COLUMNS, 1)
    key_top = _HEAD_IN + rows * (_TITLE_IN + _PANEL_IN + _ROW_GAP_IN) + _TICKS_IN
    figure = Figure(figsize=(width, key_top + key_height(len(key), _key_columns(width)) + 0.08))
    grid = _lay_grid(course, places, shared_limits(points.values()), catalogue)
    for index, (number, each) in enumerate(points.items()):
        axes = _place(figure, index, columns)
        _frame(axes, grid, left=index % columns == 0, last=index + columns >= len(points))
        name = catalogue.say("chart.field_name") if course.mode is Mode.FIELD else f"{number}"
        _draw_lesion(axes, name, each, _last_status(lesions, number), catalogue)
    _write(figure, course, endpoint, len(numbers) - len(points), catalogue)
    baseline = baseline_of((row.session, row.verdict) for row in lesions)
    label_height = 1 - (key_top - 0.12) / figure.get_figheight()
    figure.text(
        0.5, label_height, time_label(course, baseline, catalogue), fontsize=FONT_PT - 0.5, color=INK, ha="center"
    )
    draw_key(figure, key, top=key_top, left=0.2, columns=_key_columns(width))
    return figure


def shared_limits(lesions: Iterable[Sequence[Point]]) -> tuple[float, float]:
    """Return the least and the most percent of the scale that all lesions share."""
    low, high = reach([point for each in lesions for point in each], band=False)
    return low, min(high, max(LEAST_RISE, -low))


def _lay_grid(course: Course, places: tuple[float, ...], limits: tuple[float, float], catalogue: Catalogue) -> _Grid:
    low, high = with_margin(*limits)
    percents = [float(each) for each in percent_locator(4).tick_values(low, high) if low <= each <= high]
    return _Grid(
        places,
        (low, high),
        tuple((each, signed_percent(each, catalogue)) for each in percents),
        session_ticks(course, places, catalogue, apart=0.3, days=False),
    )


def _key_columns(width: float) -> int:
    return 2 if width <= WIDTH_IN else 4


def _place(figure: Figure, index: int, columns: int) -> Axes:
    row, column = divmod(index, columns)
    width = (figure.get_figwidth() - _LEFT_IN - 0.1 - (columns - 1) * _GAP_IN) / columns
    top = _HEAD_IN + row * (_TITLE_IN + _PANEL_IN + _ROW_GAP_IN) + _TITLE_IN
    return panel(figure, _LEFT_IN + column * (width + _GAP_IN), top, width, _PANEL_IN)


def _frame(axes: Axes, grid: "_Grid", *, left: bool, last: bool) -> None:
    """Draw axes by hand: matplotlib's own take most of the time where there are many small ones.

    Numbers stand at the left and below the last chart of each column only.
    """
    axes.set_axis_off()
    set_span(axes, grid.places)
    axes.set_ylim(*grid.limits)
    axes.axhline(0, color=INK, linewidth=0.7, zorder=1.5)
    low, (start, end) = grid.limits[0], axes.get_xlim()
    depth, across = 0.04 * (grid.limits[1] - low), 0.04 * (end - start)
    axes.plot([start, start, end], [grid.limits[1], low, low], color=GREY, linewidth=0.8, clip_on=False)
    axes.vlines([place for place, _ in grid.days], low - depth, low, color=GREY, linewidth=0.8, clip_on=False)
    axes.hlines(
        [percent for percent, _ in grid.percents], start - across, start, color=GREY, linewidth=0.8, clip_on=False
    )
    style: dict[str, Any] = {"fontsize": FONT_PT - 1, "color": INK}
    for percent, text in grid.percents if left else ():
        axes.text(start - 1.6 * across, percent, text, ha="right", va="center_baseline", **style)
    for place, text in grid.days if last else ():
        axes.text(place, low - 1.6 * depth, text, ha="center", va="top", **style)


def _points(lesions: Sequence[LesionSession], number: int, endpoint: Endpoint, places: Sequence[float]) -> list[Point]:
    return [
        Point(places[row.session - 1], change, not row.flags & OUT_OF_TREND)
        for row in lesions
        if row.lesion_id == number
        for change in row.changes
        if change.endpoint is endpoint
    ]


def _draw_lesion(axes: Axes, name: str, points: Sequence[Point], status: Status, catalogue: Catalogue) -> None:
    axes.set_title(name, fontsize=FONT_PT, fontweight="bold", loc="left", color=INK, pad=3)
    if status not in _PLAIN:
        told = catalogue.say(f"chart.status.{status.value}")
        axes.set_title(told, fontsize=FONT_PT - 1.5, loc="right", color=GREY, pad=3)
    if all(point.change.percent is None for point in points):
        told = catalogue.say("chart.new_lesion")
        axes.text(0.06, 0.86, told, transform=axes.transAxes, fontsize=FONT_PT - 1.5, color=GREY, va="top")
        return
    draw_band(axes, points)
    low, high = axes.get_ylim()
    top = low + _EDGE * (high - low)
    draw_points(axes, points, size=4, top=top)
    _mark_beyond(axes, [each for each in points if (each.change.percent or 0.0) > top], catalogue)


def _mark_beyond(axes: Axes, beyond: Sequence[Point], catalogue: Catalogue) -> None:
    """Put an arrow at the upper edge for each rise beyond the scale, and write the last one's number."""
    for point in beyond:
        axes.plot(
            point.x,
            _EDGE, marker=(3, 0, 0), markersize=5, color=point.mark.colour, clip_on=False,
            markerfacecolor=point.mark.face, transform=axes.get_xaxis_transform(), zorder=5,
        )  # fmt: skip
    if beyond:
        told = change_with_interval(beyond[-1].change, catalogue)
        axes.text(
            0.04,
            0.06,
            told,
            transform=axes.transAxes,
            fontsize=FONT_PT - 1.5,
            color=beyond[-1].mark.colour,
            va="bottom",
        )


def _write(figure: Figure, course: Course, endpoint: Endpoint, rest: int, catalogue: Catalogue) -> None:
    kind = "field" if course.mode is Mode.FIELD else "lesions"
    title = catalogue.say(f"chart.{kind}_title", endpoint=catalogue.say(f"words.endpoint.{endpoint.value}"))
    height = figure.get_figheight()
    figure.text(0.1 / figure.get_figwidth(), 1 - 0.08 / height, title, fontsize=FONT_PT + 1, color=INK, va="top")
    if rest:
        told = catalogue.count("chart.more", rest)
        figure.text(
            1 - 0.1 / figure.get_figwidth(),
            1 - 0.1 / height,
            told,
            fontsize=FONT_PT - 1,
            color=GREY,
            va="top",
            ha="right",
        )


def _last_status(lesions: Sequence[LesionSession], number: int) -> Status:
    return [row.status for row in lesions if row.lesion_id == number][-1]
