"""What may be said of a change: neutral, exact, no percentage without its interval, in any language."""

from collections.abc import Iterable
from math import ceil

from pigtrack.model.catalogue import Catalogue
from pigtrack.model.course import Course, Endpoint, Session
from pigtrack.model.linked import Trend
from pigtrack.model.metrics import Change, Verdict
from pigtrack.model.population import PopulationChange
from pigtrack.model.telling import MISSING, SPACE

NARROW_PERCENT = 2.0
"""Width of an interval below which whole percents would hide it."""

BLIND_PERCENT = 99.5
"""Smallest detectable fall from which nothing short of a spot's loss could be told."""


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
    """Write a percentage with its sign; nought needs no digits."""
    return catalogue.signed(percent, digits) if float(f"{percent:.{digits}f}") else "0"
