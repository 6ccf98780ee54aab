"""How a cohort's numbers are told: signed, and never without their interval."""

from pigtrack.model.catalogue import Catalogue
from pigtrack.model.cohort import Span
from pigtrack.model.course import Endpoint
from pigtrack.model.telling import SPACE

_NARROW = 4.0
"""Width of an interval below which whole percents would hide it."""


def tell_mean(span: Span, endpoint: Endpoint, catalogue: Catalogue) -> str:
    """Tell a mean with its interval."""
    value, low, high = _three(span, endpoint, catalogue)
    return catalogue.say("cohort.mean", value=value, low=low, high=high)


def tell_patients(span: Span, endpoint: Endpoint, catalogue: Catalogue) -> str:
    """Tell where further patients would be expected."""
    _, low, high = _three(span, endpoint, catalogue)
    return catalogue.say("cohort.patients_range", low=low, high=high)


def _three(span: Span, endpoint: Endpoint, catalogue: Catalogue) -> tuple[str, str, str]:
    """Value, low and high; the unit stands where a reader looks for it, at the value and at the end."""
    contrast = endpoint is Endpoint.CONTRAST
    digits = 2 if contrast and span.high - span.low < _NARROW else int(contrast or span.high - span.low < _NARROW)
    unit = f"{SPACE}MI" if contrast else f"{SPACE}%"
    value, low, high = (catalogue.signed(each, digits) for each in (span.value, span.low, span.high))
    return value + unit, low, high + unit
