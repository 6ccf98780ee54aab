"""The course as a strip of its photographs: aligned, matched in colour, with what was done at each."""

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pigtrack.charts.axes import baseline_of, places_in_time
from pigtrack.charts.key import draw_key, key_height, lane_entries
from pigtrack.charts.lane import EVENT_MARKER, Lane, compose_lane
from pigtrack.charts.picture import Picture
from pigtrack.charts.style import FONT_PT, GREY, INK, LEFT_OUT, MARKS, PURPLE, WIDTH_IN, panel
from pigtrack.imaging.change import OUT_OF_TREND
from pigtrack.model.catalogue import Catalogue
from pigtrack.model.course import Course, day_of
from pigtrack.model.flags import QualityFlag
from pigtrack.model.metrics import SessionMetrics
from pigtrack.model.protocol import Protocol

COLUMNS = 3
MOST = 12
"""Photographs shown: four rows on a phone. Of more sessions the first, the last, and others evenly between."""
THUMBNAIL_PX = 190
_MARGIN_IN, _GAP_IN, _WORDS_IN, _HEAD_IN = 0.1, 0.12, 0.66, 0.32


def draw_timeline(
    course: Course,
    sessions: Sequence[SessionMetrics],
    thumbnails: Mapping[int, Picture],
    *,
    protocol: Protocol | None = None,
    catalogue: Catalogue,
) -> Figure:
    """Draw small aligned photographs of the sessions in order, with date, verdict, treatments and adverse events.

    Parameters
    ----------
    sessions : sequence of SessionMetrics
        One for each session of the course.
    thumbnails : mapping of int to ndarray, shape (rows, columns, 3), uint8
        By session; all of one shape. A session without any has a frame that says so.
    catalogue : Catalogue
        Its table ``chart``.
    """
    baseline = baseline_of((each.session, each.verdict) for each in sessions)
    places = places_in_time(course, baseline)
    lane = compose_lane(course, sessions, places, baseline=baseline, protocol=protocol, catalogue=catalogue)
    lane = Lane(treated=lane.treated, kinds=lane.kinds, events=lane.events)
    shown = chosen_sessions(len(course.sessions))
    shape = next((each.shape for each in thumbnails.values()), (3, 4))
    width = (WIDTH_IN - 2 * _MARGIN_IN - (COLUMNS - 1) * _GAP_IN) / COLUMNS
    cell = width * shape[0] / shape[1] + _WORDS_IN
    rows = -(-len(shown) // COLUMNS)
    key = lane_entries(lane, protocol, catalogue)
    skipped = len(course.sessions) - len(shown)
    key_top = _HEAD_IN + rows * cell + (0.22 if skipped else 0.0)
    figure = Figure(figsize=(WIDTH_IN, key_top + key_height(len(key), 1) + 0.08))
    relative = any(QualityFlag.EXPLORATORY in each.flags for each in sessions)
    title = catalogue.say("chart.timeline.title_relative" if relative else "chart.timeline.title")
    _write(figure, 0.08, title, FONT_PT + 1)
    for index, number in enumerate(shown):
        row, column = divmod(index, COLUMNS)
        axes = panel(figure, _MARGIN_IN + column * (width + _GAP_IN), _HEAD_IN + row * cell, width, cell - _WORDS_IN)
        _draw_photograph(axes, thumbnails.get(number), catalogue)
        _label(axes, course, number, sessions[number - 1], places[number - 1], catalogue, height=cell - _WORDS_IN)
        _mark_done(axes, lane, places, number, height=cell - _WORDS_IN)
    if skipped:
        _write(figure, key_top - 0.2, catalogue.count("chart.timeline.skipped", skipped), FONT_PT - 1)
    draw_key(figure, key, top=key_top, left=_MARGIN_IN, columns=1)
    return figure


def chosen_sessions(count: int, most: int = MOST) -> tuple[int, ...]:
    """Return the numbers of the sessions that are shown: first, last, and others evenly between.

    Examples
    --------
    >>> chosen_sessions(3)
    (1, 2, 3)
    >>> chosen_sessions(30, most=4)
    (1, 11, 20, 30)
    """
    if count <= most:
        return tuple(range(1, count + 1))
    return tuple(1 + round(step * (count - 1) / (most - 1)) for step in range(most))


def _draw_photograph(axes: Axes, thumbnail: Picture | None, catalogue: Catalogue) -> None:
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(thumbnail is None)
    axes.spines[:].set_color(GREY)
    if thumbnail is None:
        told = catalogue.say("chart.timeline.none").replace(" ", "\n")
        axes.text(0.5, 0.5, told, fontsize=FONT_PT - 1, color=GREY, ha="center", va="center", transform=axes.transAxes)
    else:
        axes.imshow(thumbnail, aspect="auto", interpolation="none")


def _label(
    axes: Axes,
    course: Course,
    number: int,
    session: SessionMetrics,
    place: float,
    catalogue: Catalogue,
    *,
    height: float,
) -> None:
    mark, session_day = (
        LEFT_OUT if session.flags & OUT_OF_TREND else MARKS[session.verdict],
        day_of(course.sessions[number - 1]),
    )
    lines = [catalogue.say("chart.timeline.session", number=number)]
    if session_day is not None:
        lines += [catalogue.day(session_day), catalogue.say("chart.timeline.day", day=catalogue.number(place))]
    for line, text in enumerate(lines):
        axes.text(
            0, -(0.05 + 0.15 * line) / height, text, transform=axes.transAxes, va="top", color=INK,
            fontsize=FONT_PT - 0.5 if line == 0 else FONT_PT - 1.5, fontweight="bold" if line == 0 else "normal",
        )  # fmt: skip
    axes.plot(
        0.95, -0.11 / height, mark.marker, markersize=5, color=mark.colour, markerfacecolor=mark.face,
        transform=axes.transAxes, clip_on=False,
    )  # fmt: skip


def _mark_done(axes: Axes, lane: Lane, places: Sequence[float], number: int, *, height: float) -> None:
    """Put treatment and events at the foot of a cell: those from this session until before the next."""
    place = places[number - 1]
    after = places[number] if number < len(places) else float("inf")
    y, x = -0.42 / height, 0.97
    for _ in [each for each in lane.events if place <= each.x < after]:
        axes.plot(x - 0.02, y, EVENT_MARKER, markersize=6, color=PURPLE, transform=axes.transAxes, clip_on=False)
        x -= 0.11
    for letter in [letter for at, letter in lane.treated if at == place]:
        if letter:
            box = {"boxstyle": "square,pad=0.2", "facecolor": INK, "linewidth": 0}
            axes.text(
                x, y, letter, fontsize=FONT_PT - 2.5, color="white", bbox=box, transform=axes.transAxes,
                ha="right", va="center_baseline",
            )  # fmt: skip
        else:
            axes.plot(
                x - 0.02, y, "|", markersize=8, markeredgewidth=2.2, color=INK, transform=axes.transAxes, clip_on=False
            )


def _write(figure: Figure, top: float, text: str, size: float) -> None:
    across, down = figure.get_size_inches()
    figure.text(_MARGIN_IN / across, 1 - top / down, text, fontsize=size, color=INK, va="top")
