"""The strip below a chart: what was done and what happened, out of the way of what was measured."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from matplotlib.axes import Axes

from pigtrack.charts.style import FONT_PT, GREY, INK, LEFT_OUT, PURPLE, STRETCHES
from pigtrack.model.catalogue import Catalogue
from pigtrack.model.course import AdverseEvent, Course, Session, day_of
from pigtrack.model.flags import QualityFlag
from pigtrack.model.metrics import SessionMetrics
from pigtrack.model.plan import Phase, PlannedVisit, Stretch, expected_stretches, plan_visits
from pigtrack.model.protocol import Protocol
from pigtrack.model.treatment import Treatment

ROW_IN = 0.2
AXIS_IN = 3.36
"""Length of the time axis."""
EVENT_MARKER = "X"
_LETTER_IN = 0.062
"""Width of a letter of the strip's words, on the safe side."""


@dataclass(frozen=True, slots=True)
class Happening:
    """An adverse event at its place in time; ``end`` None: over the same day, or not told."""

    x: float
    end: float | None
    event: AdverseEvent


@dataclass(frozen=True, eq=False, slots=True)
class Lane:
    """What the strip holds, each by its place in time; a row without anything is left out.

    Attributes
    ----------
    expected : tuple of (Phase, start, end)
        What the protocol lets expect.
    treated : tuple of (x, str)
        Sessions with a treatment, with the letter of its kind; no letter where all are alike.
    kinds : tuple of (letter, str)
        What the letters stand for.
    events : tuple of Happening
    off_plan : tuple of (latest, x, PlannedVisit)
        Sessions that came after their window.
    unusable : tuple of float
        Sessions without any usable photograph.
    span : float
        From the first place to the last.
    """

    expected: tuple[tuple[Phase, float, float], ...] = ()
    treated: tuple[tuple[float, str], ...] = ()
    kinds: tuple[tuple[str, str], ...] = ()
    events: tuple[Happening, ...] = ()
    off_plan: tuple[tuple[float, float, PlannedVisit], ...] = ()
    unusable: tuple[float, ...] = ()
    span: float = 1.0

    def has_room(self, text: str, days: float) -> bool:
        """Whether words find room in so many days of the axis."""
        return len(text) * _LETTER_IN <= days / self.span * AXIS_IN

    @property
    def ends(self) -> tuple[float, ...]:
        """Places that the axis must reach besides the sessions'."""
        return tuple(x for each in self.events for x in (each.x, each.end) if x is not None)

    @property
    def rows(self) -> tuple[str, ...]:
        """Names of the rows that hold something, top to bottom."""
        held = {
            "expected": self.expected, "treated": self.treated, "events": self.events,
            "off_plan": self.off_plan, "unusable": self.unusable,
        }  # fmt: skip
        return tuple(name for name, content in held.items() if content)


def compose_lane(
    course: Course,
    sessions: Sequence[SessionMetrics],
    places: Sequence[float],
    *,
    baseline: int,
    protocol: Protocol | None,
    catalogue: Catalogue,
) -> Lane:
    """Gather what lies between the photographs of a course."""
    kinds = {told: "" for each in course.sessions for told in [_kind(each, protocol, catalogue)] if told}
    letters = {told: chr(ord("A") + index % 26) if len(kinds) > 1 else "" for index, told in enumerate(kinds)}
    told = [(place, _kind(each, protocol, catalogue)) for place, each in zip(places, course.sessions, strict=True)]
    dated = all(each.date is not None for each in course.sessions)
    zero = day_of(course.sessions[baseline - 1]) if dated else None
    planned = protocol if zero is not None else None
    return Lane(
        expected=() if planned is None or zero is None else _expected(course, planned, zero, max(places)),
        treated=tuple((place, letters[kind]) for place, kind in told if kind),
        kinds=tuple((letter, kind) for kind, letter in letters.items()),
        events=_happenings(course, places, zero),
        off_plan=() if planned is None or zero is None else _off_plan(course, planned, zero, places),
        unusable=tuple(places[each.session - 1] for each in sessions if _unusable(each)),
        span=max(max(places) - min(places), 1.0),
    )


def draw_lane(axes: Axes, lane: Lane, catalogue: Catalogue) -> None:
    """Draw the strip; its axes have the chart's places along, and a row each from the top."""
    axes.set_ylim(max(len(lane.rows), 1) - 0.5, -0.5)
    axes.set_yticks(range(len(lane.rows)), [catalogue.say(f"chart.row.{row}") for row in lane.rows])
    axes.tick_params(axis="y", length=0, labelsize=FONT_PT - 1.5, labelcolor=INK)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(GREY)
    drawers = {
        "expected": _draw_expected, "treated": _draw_treated, "events": _draw_events,
        "off_plan": _draw_off_plan, "unusable": _draw_unusable,
    }  # fmt: skip
    for row, name in enumerate(lane.rows):
        drawers[name](axes, row, lane, catalogue)


def event_name(event: AdverseEvent, protocol: Protocol | None, catalogue: Catalogue) -> str:
    """Return what an event is called, by the protocol's words where it knows it."""
    known = None if protocol is None else protocol.find_complication(event.kind)
    return event.kind.replace("_", " ").replace("-", " ") if known is None else catalogue.choose(known)


def _draw_expected(axes: Axes, row: int, lane: Lane, catalogue: Catalogue) -> None:
    for phase, start, end in lane.expected:
        colour = STRETCHES[list(Phase).index(phase)]
        axes.barh(row, end - start, left=start, height=0.84, color=colour, linewidth=0)
        text = catalogue.say(f"chart.phase.{phase.value}")
        if lane.has_room(text, end - start):
            axes.text(
                (start + end) / 2, row, text, fontsize=FONT_PT - 1.5, color=INK, ha="center", va="center_baseline"
            )


def _draw_treated(axes: Axes, row: int, lane: Lane, _: Catalogue) -> None:
    for x, letter in lane.treated:
        if letter:
            box = {"boxstyle": "square,pad=0.22", "facecolor": INK, "linewidth": 0}
            axes.text(x, row, letter, fontsize=FONT_PT - 2, color="white", ha="center", va="center_baseline", bbox=box)
        else:
            axes.plot(x, row, "|", markersize=8, markeredgewidth=2.2, color=INK)


def _draw_events(axes: Axes, row: int, lane: Lane, _: Catalogue) -> None:
    for each in lane.events:
        if each.end is not None:
            axes.plot([each.x, each.end], [row, row], color=PURPLE, linewidth=1.6, solid_capstyle="butt")
        axes.plot(each.x, row, EVENT_MARKER, markersize=6.5, color=PURPLE, markeredgecolor="white", markeredgewidth=0.6)


def _draw_off_plan(axes: Axes, row: int, lane: Lane, catalogue: Catalogue) -> None:
    """Draw how late each visit came; words only where they meet neither the next line nor the one before."""
    low, high = axes.get_xlim()
    free = low
    ahead = [*(latest for latest, _, _ in lane.off_plan[1:]), high]
    for (latest, x, visit), following in zip(lane.off_plan, ahead, strict=True):
        axes.plot([latest, x], [row, row], color=GREY, linewidth=1.2)
        axes.plot(latest, row, "|", markersize=7, color=GREY)
        counted = ("missed", visit.missed) if visit.missed else ("late", visit.days_off or 0)
        text = catalogue.count(f"chart.{counted[0]}", counted[1])
        style: dict[str, Any] = {"fontsize": FONT_PT - 1.5, "color": INK, "va": "center_baseline"}
        if lane.has_room(f" {text} ", following - x):
            axes.text(x, row, f" {text}", ha="left", **style)
        elif lane.has_room(f" {text} ", latest - free):
            axes.text(latest, row, f"{text} ", ha="right", **style)
        free = x


def _draw_unusable(axes: Axes, row: int, lane: Lane, _: Catalogue) -> None:
    for x in lane.unusable:
        axes.plot(x, row, LEFT_OUT.marker, markersize=5.5, color=LEFT_OUT.colour, markerfacecolor="white")


def _kind(session: Session, protocol: Protocol | None, catalogue: Catalogue) -> str:
    """What was done at a session, in words; empty: nothing. Doses and areas differ without being another kind."""
    told = [_treatment(each, protocol, catalogue) for each in session.treatments]
    return "; ".join(dict.fromkeys(each for each in told if each)) or (
        catalogue.say("chart.treatment") if session.treatments else ""
    )


def _treatment(treatment: Treatment, protocol: Protocol | None, catalogue: Catalogue) -> str:
    known = None if protocol is None or treatment.technique is None else protocol.find_technique(treatment.technique)
    technique = treatment.technique if known is None else catalogue.choose(known.what)
    return ", ".join(each for each in (technique, treatment.device, treatment.product) if each)


def _expected(course: Course, protocol: Protocol, zero: date, last: float) -> tuple[tuple[Phase, float, float], ...]:
    stretches = [_placed(each, zero, last) for each in expected_stretches(course, protocol)]
    return tuple(each for each in stretches if each[1] < each[2])


def _placed(stretch: Stretch, zero: date, last: float) -> tuple[Phase, float, float]:
    end = last if stretch.end is None else min(float((stretch.end - zero).days), last)
    return stretch.phase, float((stretch.start - zero).days), end


def _happenings(course: Course, places: Sequence[float], zero: date | None) -> tuple[Happening, ...]:
    return tuple(
        _happening(event, place, zero)
        for place, session in zip(places, course.sessions, strict=True)
        for event in session.adverse_events
    )


def _happening(event: AdverseEvent, place: float, zero: date | None) -> Happening:
    x = place if event.day is None or zero is None else float((event.day - zero).days)
    end = None if event.until is None or zero is None else float((event.until - zero).days)
    return Happening(x, end if end is not None and end > x else None, event)


def _off_plan(
    course: Course, protocol: Protocol, zero: date, places: Sequence[float]
) -> tuple[tuple[float, float, PlannedVisit], ...]:
    late = [each for each in plan_visits(course, protocol) if each.session is not None and (each.days_off or 0) > 0]
    return tuple((float((each.latest - zero).days), places[(each.session or 1) - 1], each) for each in late)


def _unusable(session: SessionMetrics) -> bool:
    return QualityFlag.NO_USABLE_PHOTOGRAPH in session.flags
