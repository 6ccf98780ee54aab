"""The key of a chart: only what stands in it."""

from collections.abc import Sequence

from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from pigtrack.charts.axes import Point
from pigtrack.charts.lane import EVENT_MARKER, Lane, event_name
from pigtrack.charts.style import FONT_PT, GREY, INK, LEFT_OUT, MARKS, PALE, PURPLE, STRETCHES, Mark
from pigtrack.model.catalogue import Catalogue
from pigtrack.model.metrics import Verdict
from pigtrack.model.plan import Phase
from pigtrack.model.protocol import Protocol

LINE_IN = 0.165
_MOST_LETTERS = 58
"""Of one line across the figure."""


def point_entries(points: Sequence[Point], catalogue: Catalogue) -> list[Artist]:
    """Return the key of marks and band."""
    shown = [point for point in points if point.shown]
    present = {point.change.verdict for point in shown if point.counts}
    entries: list[Artist] = [
        _mark(MARKS[verdict], catalogue.say(f"words.verdict.{verdict.value}"))
        for verdict in Verdict
        if verdict in present
    ]
    if any(not point.counts for point in shown):
        entries.append(_mark(LEFT_OUT, catalogue.say("chart.left_out")))
    if any(point.counts and point.change.detectable is not None for point in points):
        entries.append(Patch(color=PALE, label=catalogue.say("chart.band")))
    return entries


def lane_entries(lane: Lane, protocol: Protocol | None, catalogue: Catalogue) -> list[Artist]:
    """Return the key of the strip: kinds of treatment, events, and stretches that had no room for their words."""
    entries: list[Artist] = [
        Patch(color=STRETCHES[list(Phase).index(phase)], label=text)
        for phase, start, end in lane.expected
        if not lane.has_room(text := catalogue.say(f"chart.phase.{phase.value}"), end - start)
    ]
    for letter, told in lane.kinds:
        handle = Line2D([], [], marker=f"${letter}$" if letter else "|", color=INK, linestyle="none", markersize=6)
        handle.set_label(_short(told))
        entries.append(handle)
    counts: dict[str, int] = {}
    for each in lane.events:
        told = event_name(each.event, protocol, catalogue)
        severity = each.event.severity
        told += f" ({catalogue.say(f'chart.severity.{severity}')})" if severity is not None else ""
        counts[told] = counts.get(told, 0) + 1
    for told, count in counts.items():
        label = _short(told) + (f" × {count}" if count > 1 else "")
        entries.append(_mark(Mark(EVENT_MARKER, PURPLE, True), label))
    if lane.off_plan:
        entries.append(Line2D([], [], color=GREY, linewidth=1.2, label=catalogue.say("chart.off_plan")))
    if lane.unusable:
        entries.append(_mark(LEFT_OUT, catalogue.say("chart.unusable")))
    return entries


def draw_key(figure: Figure, entries: Sequence[Artist], *, top: float, left: float, columns: int = 2) -> None:
    """Write the key from so many inches below the figure's top."""
    if not entries:
        return
    across, down = figure.get_size_inches()
    figure.legend(
        handles=list(entries), loc="upper left", bbox_to_anchor=(left / across, 1 - top / down), ncols=columns,
        fontsize=FONT_PT - 1, frameon=False, borderpad=0, borderaxespad=0, labelspacing=0.45, columnspacing=1.2,
        handletextpad=0.6, labelcolor=INK,
    )  # fmt: skip


def key_height(count: int, columns: int = 2) -> float:
    """Inches that so many entries need."""
    return -(-count // columns) * LINE_IN


def _mark(mark: Mark, label: str) -> Line2D:
    return Line2D(
        [], [], marker=mark.marker, color=mark.colour, markerfacecolor=mark.face, linestyle="none", markersize=5,
        label=label,
    )  # fmt: skip


def _short(told: str) -> str:
    return told if len(told) <= _MOST_LETTERS else told[: _MOST_LETTERS - 1].rstrip(" ,;") + "…"
