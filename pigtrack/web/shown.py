"""How values are written on a page: days, numbers with their intervals, verdicts in the words of the reports."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from pigtrack.model.metrics import Change, Verdict
from pigtrack.model.quantity import Measured

MINUS = "−"
HELD = "\u00a0"  # a space at which no line ends
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

VERDICTS = {
    Verdict.IMPROVED: "improved",
    Verdict.WORSENED: "worsened",
    Verdict.NO_DETECTABLE_CHANGE: "no detectable change",
    Verdict.BASELINE: "baseline",
    Verdict.NOT_MEASURABLE: "not measurable",
}


def show_day(day: str | date | None) -> str:
    """Write a day: 11 Jan 2026; a dash where there is none.

    Examples
    --------
    >>> show_day("2026-01-11"), show_day(None)
    ('11 Jan 2026', '–')
    """
    if not day:
        return "–"
    when = date.fromisoformat(day[:10]) if isinstance(day, str) else day
    return f"{when.day} {_MONTHS[when.month - 1]} {when.year}"


def show_moment(at: str) -> str:
    """Write a time of the trail in the clinic's own hours: 11 Jan 2026, 14:05."""
    local = datetime.fromisoformat(at).astimezone()
    return f"{show_day(local.date())}, {local:%H:%M}"


def show_percent(value: float, digits: int = 0) -> str:
    """Write a change in percent with its sign: +12, −5, 0."""
    text = f"{abs(value):.{digits}f}"
    sign = "" if not float(text) else MINUS if value < 0 else "+"
    return sign + text


def show_change(change: Change | None) -> str:
    """Write a change with its interval: −18 % (95 % interval −25 to −11 %); a dash where there is none."""
    if change is None or change.percent is None or change.low is None or change.high is None:
        return "–"
    low, high = show_percent(change.low), show_percent(change.high)
    return f"{show_percent(change.percent)}{HELD}% (95{HELD}% interval {low} to {high}{HELD}%)"


def show_change_briefly(change: Change | None) -> str:
    """Write a change with its interval in brackets, for a table that says what brackets hold: −18 % (−25 to −11 %)."""
    return show_change(change).replace(f"95{HELD}% interval ", "")


def show_verdict(verdict: Verdict | None) -> str:
    """Write a verdict in words; a dash before anything was measured."""
    return "–" if verdict is None else VERDICTS[verdict]


def show_measured(value: Measured | None, digits: int = 1) -> str:
    """Write a value with its standard uncertainty: 42.0 ± 1.2; a dash where it could not be measured."""
    return "–" if value is None else f"{value.value:.{digits}f} ± {value.u:.{digits}f}"


FILTERS: dict[str, Callable[..., Any]] = {
    "day": show_day,
    "moment": show_moment,
    "change": show_change,
    "change_briefly": show_change_briefly,
    "verdict": show_verdict,
    "measured": show_measured,
}
"""What templates know these by."""
