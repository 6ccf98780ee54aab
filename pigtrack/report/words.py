"""What may be said of a change: neutral, exact, never a percentage without its interval."""

from math import ceil

from pigtrack.model.course import Endpoint, Session
from pigtrack.model.linked import Trend
from pigtrack.model.metrics import Change, LesionSession, Status, Verdict
from pigtrack.model.population import PopulationChange, PopulationFigure
from pigtrack.model.quantity import Measured, Unit

COVERAGE_95 = 1.96
NARROW_PERCENT = 2.0
"""Width of an interval below which whole percents would hide it."""

SPACE = "\u00a0"
MINUS = "\u2212"
DASH = "\u2013"
MISSING = "\u2014"

ENDPOINT_WORDS = {Endpoint.LOAD: "Pigment load", Endpoint.AREA: "Area", Endpoint.CONTRAST: "Contrast"}

POPULATION_WORDS = {
    PopulationFigure.DENSITY: "Density",
    PopulationFigure.MEDIAN: "Median diameter",
    PopulationFigure.CONTRAST: "Mean contrast",
}

VERDICT_WORDS = {
    Verdict.BASELINE: "baseline",
    Verdict.IMPROVED: "improved",
    Verdict.WORSENED: "worsened",
    Verdict.NO_DETECTABLE_CHANGE: "no detectable change",
    Verdict.NOT_MEASURABLE: "no verdict",
}

STATUS_WORDS = {
    Status.BASELINE: "present",
    Status.PRESENT: "present",
    Status.NEW: "new since the baseline",
    Status.SPLIT: "come apart; parts summed",
    Status.MERGED: "joined with a neighbour",
    Status.BELOW_LIMIT: "too faint to outline",
    Status.RESOLVED: "no longer seen",
    Status.NOT_VISIBLE: "not in view",
}

UNIT_SIGNS = {
    Unit.SQUARE_MILLIMETRE: "mm²",
    Unit.SQUARE_PIXEL: "px²",
    Unit.MELANIN_INDEX: "MI",
    Unit.PIGMENT_LOAD: "mm²·MI",
    Unit.PIGMENT_LOAD_PIXEL: "px²·MI",
    Unit.DELTA_E_2000: "ΔE00",
    Unit.MILLIMETRE: "mm",
    Unit.PIXEL: "px",
    Unit.PER_SQUARE_CENTIMETRE: "per cm²",
    Unit.PER_SQUARE_PIXEL: "per px²",
}


def headline(primary: Endpoint, change: Change) -> str:
    """Say in one sentence what the primary endpoint came to."""
    if change.verdict in (Verdict.IMPROVED, Verdict.WORSENED):
        return f"{ENDPOINT_WORDS[primary]} {tell_change(change)}."
    if change.verdict is Verdict.NO_DETECTABLE_CHANGE:
        return f"No detectable change yet; {tell_limit(change)}."
    if change.verdict is Verdict.BASELINE:
        return "This is the baseline; later sessions will be compared with it."
    return "No verdict can be given yet."


def tell_change(change: Change) -> str:
    """Tell a change with its interval: ``down 18 % (95 % interval 11–25 %)``."""
    if change.percent is None or change.low is None or change.high is None:
        return "has no percentage, as there was nothing to compare with at the baseline"
    return _tell(change.low, change.percent, change.high, f"95{SPACE}% interval ")


def tell_briefly(change: Change | PopulationChange) -> str:
    """Tell a change where the heading says what the brackets hold: ``down 18 % (11–25 %)``; empty without one."""
    if change.percent is None or change.low is None or change.high is None:
        return ""
    return _tell(change.low, change.percent, change.high, "")


def tell_trend(trend: Trend) -> str:
    """Tell the slope with its interval."""
    interval = f"95{SPACE}% interval {_signed(trend.low)} to {_signed(trend.high)}{SPACE}%"
    slope = f"{_signed(trend.percent_per_30_days)}{SPACE}% of the baseline in 30 days ({interval})"
    return f"Trend over {trend.sessions} sessions: {slope}."


def tell_limit(change: Change) -> str:
    """Say how small a change these photographs could not show."""
    if change.detectable is None or change.detectable >= 99.5:
        return "these photographs can't show a change here"
    return f"changes below {ceil(change.detectable)}{SPACE}% can't be seen with these photographs"


def tell_measured(measured: Measured | None) -> str:
    """Tell a value with its 95 % interval and unit: ``42 mm² (39–45)``."""
    if measured is None:
        return MISSING
    reach = COVERAGE_95 * measured.u
    digits = _decimals(measured.value, reach)
    low, high = (_number(measured.value + side * reach, digits) for side in (-1, 1))
    between = " to " if MINUS in low + high else DASH
    unit = UNIT_SIGNS.get(measured.unit, str(measured.unit))
    return f"{_number(measured.value, digits)}{SPACE}{unit} ({low}{between}{high})"


def tell_referral(row: LesionSession, *, field: bool = False) -> str:
    """Point out a spot, or a field, without naming what it might be."""
    name = "The field" if field else f"Spot {row.lesion_id}"
    if row.status is Status.NEW:
        return f"{name} was not seen at the baseline: have it looked at."
    grown = {change.endpoint for change in row.changes if _is_rise(change)}
    what = "grew" if Endpoint.AREA in grown else "darkened" if Endpoint.CONTRAST in grown else "gained pigment"
    aside = " (its other numbers show no detectable change)" if row.verdict is Verdict.NO_DETECTABLE_CHANGE else ""
    return f"{name} {what} while it should not{aside}: have it looked at."


def tell_date(session: Session) -> str:
    """Tell the day of a session in ISO 8601."""
    return "undated" if session.date is None else session.date.isoformat()[:10]


def change_for(changes: tuple[Change, ...], endpoint: Endpoint) -> Change:
    """Return the change of one endpoint."""
    return next(change for change in changes if change.endpoint is endpoint)


def _is_rise(change: Change) -> bool:
    if change.verdict is Verdict.NOT_MEASURABLE:
        return change.low is not None and change.low > 0
    return change.verdict is Verdict.WORSENED


def _tell(low: float, percent: float, high: float, what: str) -> str:
    digits = 1 if high - low < NARROW_PERCENT else 0
    if low <= 0 <= high:
        told = (_signed(each, digits) for each in (percent, low, high))
        return "{0}{s}% ({what}{1} to {2}{s}%)".format(*told, s=SPACE, what=what)
    near, far = sorted((abs(low), abs(high)))
    direction = "down" if high < 0 else "up"
    return f"{direction} {abs(percent):.{digits}f}{SPACE}% ({what}{near:.{digits}f}{DASH}{far:.{digits}f}{SPACE}%)"


def _signed(percent: float, digits: int = 0) -> str:
    text = f"{abs(percent):.{digits}f}"
    if not float(text):
        return "0"
    return f"+{text}" if percent > 0 else f"{MINUS}{text}"


def _decimals(value: float, reach: float) -> int:
    """Digits after the point that the interval deserves: its half width keeps one to two digits."""
    size = max(reach, abs(value) / 100)
    return 0 if size >= 1 or size == 0 else 1 if size >= 0.1 else 2


def _number(value: float, digits: int) -> str:
    text = f"{abs(value):.{digits}f}"
    return f"{MINUS}{text}" if value < 0 and float(text) else text
