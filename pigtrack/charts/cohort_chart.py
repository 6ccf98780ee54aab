"""Courses side by side: each group's mean with its interval, and below every course as a thin line without a name."""

from collections.abc import Callable, Sequence
from textwrap import fill

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from pigtrack.charts.style import BLUE, FONT_PT, INK, WIDTH_IN, bare, sentence_figure
from pigtrack.model.catalogue import Catalogue
from pigtrack.model.cohort import Axis, CohortGroup, CohortResult, CourseLine, GroupEffect
from pigtrack.model.course import Endpoint
from pigtrack.model.telling import digits_told

_ROW_IN, _PANEL_IN, _REST_IN = 0.34, 1.55, 1.3
_BAND = "#CFE2F0"
_THIN = "#9AA3AC"
_LETTERS = 18
"""Of a group's name on a line beside the forest."""

_LONGEST_NAME = 45
"""Letters of a group's name in the chart; the table has all of it."""

MOST_PANELS = 12
"""Groups whose courses are drawn; the table holds all."""


MOST_LINES = 150
"""Courses drawn of a group; more would be a grey field, and megabytes of it."""


def draw_cohort_chart(result: CohortResult, *, catalogue: Catalogue) -> Figure:
    """Draw what is told of a cohort.

    Parameters
    ----------
    result : CohortResult
        Hidden groups are not drawn.
    catalogue : Catalogue
        Its table ``cohort``.

    Returns
    -------
    Figure
        Above: the mean of each group at the days where they are compared, with its 95 % interval; below: each group's
        courses, its mean and the band of the mean. Groups stand in the result's order, drawn alike.
    """
    told = [(group, effect) for group in result.groups if (effect := group.plain_effect) is not None]
    if not told:
        return sentence_figure(catalogue.say("cohort.chart_nothing"))
    panels = [group for group, _ in told if group.curve is not None][:MOST_PANELS]
    heights = [0.35 + _ROW_IN * len(told), *[_PANEL_IN] * len(panels)]
    figure = Figure(figsize=(WIDTH_IN, sum(heights) + _REST_IN), layout="constrained")
    forest, *rest = figure.subplots(1 + len(panels), 1, height_ratios=heights, squeeze=False)[:, 0]
    _draw_forest(forest, told, result, catalogue)
    for axes, group in zip(rest, panels, strict=True):
        _draw_courses(axes, group, catalogue)
    _share_limits(rest)
    if rest:
        rest[-1].set_xlabel(catalogue.say("cohort.chart_days"), fontsize=FONT_PT, color=INK)
    figure.legend(
        handles=_key(panels, catalogue), loc="outside lower center", ncols=2, fontsize=FONT_PT - 1, frameon=False
    )
    return figure


def _draw_forest(
    axes: Axes, told: Sequence[tuple[CohortGroup, GroupEffect]], result: CohortResult, catalogue: Catalogue
) -> None:
    bare(axes)
    axes.axvline(0, color=INK, linewidth=0.7, zorder=1)
    for row, (_, effect) in enumerate(told):
        axes.plot([effect.mean.low, effect.mean.high], [row, row], color=BLUE, linewidth=1.6, zorder=3)
        axes.plot(effect.mean.value, row, "o", color=BLUE, markersize=5.5, zorder=4)
    axes.set_yticks(range(len(told)), [fill(name_of(group, catalogue), _LETTERS) for group, _ in told])
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(told) - 0.5, -0.5)
    title = {
        "endpoint": catalogue.say(f"cohort.endpoint.{result.endpoint.value}"),
        "count": catalogue.number(result.at[Axis.DAYS]),
    }
    axes.set_title(
        catalogue.say("cohort.chart_forest", **title),
        fontsize=FONT_PT + 1,
        fontweight="bold",
        loc="left",
        color=INK,
    )
    unit = "cohort.chart_mi" if result.endpoint is Endpoint.CONTRAST else "cohort.chart_percent"
    axes.set_xlabel(catalogue.say(unit), fontsize=FONT_PT, color=INK)
    axes.xaxis.set_major_formatter(_signed(catalogue))


def _draw_courses(axes: Axes, group: CohortGroup, catalogue: Catalogue) -> None:
    bare(axes)
    axes.axhline(0, color=INK, linewidth=0.7, zorder=1)
    for line in pick_lines(group.lines):
        axes.plot(line.days, line.change, color=_THIN, linewidth=0.7, zorder=2)
    curve = group.curve
    if curve is not None:
        axes.fill_between(curve.days, curve.low, curve.high, color=_BAND, linewidth=0, zorder=1.5)
        axes.plot(curve.days, curve.value, color=BLUE, linewidth=1.8, zorder=3)
    axes.yaxis.set_major_formatter(_signed(catalogue))
    who = catalogue.count("cohort.patients", group.patients or 0)
    title = catalogue.say("cohort.chart_group", group=name_of(group, catalogue), patients=who)
    axes.set_title(fill(title, 44), fontsize=FONT_PT, loc="left", color=INK)


def pick_lines(lines: Sequence[CourseLine]) -> Sequence[CourseLine]:
    """Return so many lines as may be drawn, evenly picked from those that lie lowest to those that lie highest."""
    if len(lines) <= MOST_LINES:
        return lines
    return [lines[round(place * (len(lines) - 1) / (MOST_LINES - 1))] for place in range(MOST_LINES)]


def _share_limits(panels: Sequence[Axes]) -> None:
    """Let all groups be seen on the same scale."""
    for name in ("xlim", "ylim"):
        ends = [getattr(axes, f"get_{name}")() for axes in panels]
        if ends:
            shared = (min(end[0] for end in ends), max(end[1] for end in ends))
            for axes in panels:
                getattr(axes, f"set_{name}")(shared)


def _signed(catalogue: Catalogue) -> Callable[[float, float], str]:
    """Return what writes the numbers of an axis, with as many digits as they need and a sign."""

    def write(value: float, _: float) -> str:
        return catalogue.signed(value, digits_told(value))

    return write


def name_of(group: CohortGroup, catalogue: Catalogue) -> str:
    """Return a group's label as it fits beside a chart, or what says that there is none."""
    label = catalogue.say("cohort.not_stated") if group.label is None else group.label
    shown = label if len(label) <= _LONGEST_NAME else f"{label[: _LONGEST_NAME - 1]}…"
    return shown.replace("$", "\\$")


def _key(groups: Sequence[CohortGroup], catalogue: Catalogue) -> list[Line2D]:
    all_drawn = all(len(group.lines) <= MOST_LINES for group in groups)
    one = catalogue.say("cohort.chart_course") if all_drawn else catalogue.say("cohort.chart_some", count=MOST_LINES)
    return [
        Line2D([], [], color=BLUE, marker="o", markersize=4, label=catalogue.say("cohort.chart_mean")),
        Line2D([], [], color=_THIN, linewidth=0.9, label=one),
    ]
