"""What may be said of a change: neutral, exact, no percentage without its interval, in any language."""

from collections.abc import Iterable
from datetime import date
from math import ceil

from pigtrack.model.catalogue import MINUS, Catalogue
from pigtrack.model.course import Course, Endpoint, Session
from pigtrack.model.linked import Trend
from pigtrack.model.metrics import Change, Verdict
from pigtrack.model.population import PopulationChange
from pigtrack.model.quantity import Measured, Unit

COVERAGE_95 = 1.96
NARROW_PERCENT = 2.0
"""Width of an interval below which whole percents would hide it."""

BLIND_PERCENT = 99.5
"""Smallest detectable fall from which nothing short of a spot's loss could be told."""

SPACE = "\u00a0"
DASH = "\u2013"
MISSING = "\u2014"

UNIT_SIGNS = {
    Unit.SQUARE_MILLIMETRE: "mm²",
    Unit.SQUARE_PIXEL: "px²",
    Unit.MELANIN_INDEX: "MI",
    Unit.PIGMENT_LOAD: "mm²·MI",
    Unit.PIGMENT_LOAD_PIXEL: "px²·MI",
    Unit.DELTA_E_2000: "ΔE00",
    Unit.MILLIMETRE: "mm",
    Unit.PIXEL: "px",
}
"""Signs that are the same in every language; the other units stand in the catalogues."""


def headline(primary: Endpoint, change: Change, catalogue: Catalogue) -> str:
    """Say in one sentence what the primary endpoint came to."""
    if change.verdict in (Verdict.IMPROVED, Verdict.WORSENED):
        return catalogue.say("words.headline.changed", told=tell_endpoint(primary, change, catalogue))
    if change.verdict is Verdict.NO_DETECTABLE_CHANGE:
        return catalogue.say("words.headline.no_detectable_change", limit=tell_limit(change, catalogue))
    if change.verdict is Verdict.BASELINE:
        return catalogue.say("words.headline.baseline")
    return catalogue.say("words.headline.not_measurable")


def tell_endpoint(endpoint: Endpoint, change: Change, catalogue: Catalogue) -> str:
    """Tell an endpoint with its change and interval: ``Area down 18 % (95 % interval 11–25 %)``."""
    name = catalogue.say(f"words.endpoint.{endpoint.value}")
    return catalogue.say("words.change.of", endpoint=name, change=tell_change(change, catalogue))


def tell_change(change: Change, catalogue: Catalogue) -> str:
    """Tell a change with its interval: ``down 18 % (95 % interval 11–25 %)``."""
    if change.percent is None or change.low is None or change.high is None:
        return catalogue.say("words.change.none")
    label = catalogue.say("words.interval.label") + SPACE
    return _tell(change.endpoint.value, change.low, change.percent, change.high, label, catalogue)


def tell_briefly(change: Change | PopulationChange, catalogue: Catalogue) -> str:
    """Tell a change where the heading says what the brackets hold: ``down 18 % (11–25 %)``; empty without one."""
    if change.percent is None or change.low is None or change.high is None:
        return ""
    kind = change.endpoint.value if isinstance(change, Change) else change.figure.value
    return _tell(kind, change.low, change.percent, change.high, "", catalogue)


def tell_trend(trend: Trend, catalogue: Catalogue) -> str:
    """Tell the slope with its interval."""
    return catalogue.say(
        "words.trend",
        sessions=trend.sessions,
        percent=_signed(trend.percent_per_30_days, catalogue) + SPACE + "%",
        low=_signed(trend.low, catalogue),
        high=_signed(trend.high, catalogue) + SPACE + "%",
    )


def tell_limit(change: Change, catalogue: Catalogue) -> str:
    """Say how small a change these photographs could not show."""
    if is_blind(change):
        return catalogue.say("words.limit.blind")
    return catalogue.say("words.limit.below", percent=tell_detectable(change, catalogue))


def tell_detectable(change: Change, catalogue: Catalogue) -> str:
    """Write the smallest fall that would have been called, rounded up to whole percents; else a dash."""
    if change.detectable is None or is_blind(change):
        return MISSING
    return catalogue.number(ceil(change.detectable)) + SPACE + "%"


def is_blind(change: Change) -> bool:
    """Tell whether no fall at all could have been called."""
    return change.detectable is None or change.detectable >= BLIND_PERCENT


def tell_measured(measured: Measured | None, catalogue: Catalogue) -> str:
    """Tell a value with its 95 % interval and unit: ``42 mm² (39–45)``."""
    if measured is None:
        return MISSING
    reach = COVERAGE_95 * measured.u
    digits = _decimals(measured.value, reach)
    low, high = (catalogue.number(measured.value + side * reach, digits) for side in (-1, 1))
    between = f" {catalogue.say('words.interval.to')} " if MINUS in low + high else DASH
    value = catalogue.number(measured.value, digits)
    return f"{value}{SPACE}{tell_unit(measured.unit, catalogue)} ({low}{between}{high})"


def tell_unit(unit: Unit, catalogue: Catalogue) -> str:
    """Return a unit as people write it."""
    if unit in (Unit.PER_SQUARE_CENTIMETRE, Unit.PER_SQUARE_PIXEL):
        return catalogue.say(f"words.unit.{unit.name.lower()}")
    return UNIT_SIGNS.get(unit, str(unit))


def tell_session(course: Course, number: int, catalogue: Catalogue, *, within: bool = False) -> str:
    """Name a session with its day: ``Session 6, 22 March 2026``; ``within`` a sentence ``session 6 …``."""
    day = tell_day(course.sessions[number - 1], catalogue)
    return catalogue.say(f"words.session.dated{'_within' if within else ''}", number=number, day=day)


def tell_day(session: Session, catalogue: Catalogue) -> str:
    """Tell the day of a session in words."""
    return catalogue.say("words.session.undated") if session.date is None else catalogue.day(session.date)


def tell_date(session: Session) -> str:
    """Tell the day of a session in ISO 8601."""
    return "undated" if session.date is None else session.date.isoformat()[:10]


def list_words(words: Iterable[str], catalogue: Catalogue) -> str:
    """Join words as a sentence does: ``3, 7 and 9``."""
    *first, last = words
    return catalogue.say("words.and", first=", ".join(first), last=last) if first else last


def list_days(days: Iterable[date], catalogue: Catalogue) -> str:
    """Join days as a sentence does."""
    return list_words((catalogue.day(day) for day in days), catalogue)


def change_for(changes: tuple[Change, ...], endpoint: Endpoint) -> Change:
    """Return the change of one endpoint."""
    return next(change for change in changes if change.endpoint is endpoint)


def _tell(kind: str, low: float, percent: float, high: float, label: str, catalogue: Catalogue) -> str:
    digits = 1 if high - low < NARROW_PERCENT else 0
    if low <= 0 <= high:
        told = [_signed(each, catalogue, digits) for each in (percent, low, high)]
        key = "words.interval.around"
    else:
        near, far = sorted((abs(low), abs(high)))
        told = [catalogue.number(each, digits) for each in (abs(percent), near, far)]
        key = f"words.{'down' if high < 0 else 'up'}.{kind}"
    value, first, last = told
    return catalogue.say(key, percent=f"{value}{SPACE}%", label=label, low=first, high=f"{last}{SPACE}%")


def _signed(percent: float, catalogue: Catalogue, digits: int = 0) -> str:
    text = catalogue.number(percent, digits)
    if not float(f"{percent:.{digits}f}"):
        return "0"
    return f"+{text}" if percent > 0 else text


def _decimals(value: float, reach: float) -> int:
    """Digits after the point that the interval deserves: its half width keeps one to two digits."""
    size = max(reach, abs(value) / 100)
    return 0 if size >= 1 or size == 0 else 1 if size >= 0.1 else 2
