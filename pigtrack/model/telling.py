"""Values with their intervals and units as every page and chart writes them, in any language."""

from pigtrack.model.catalogue import MINUS, Catalogue
from pigtrack.model.quantity import Measured, Unit

SPACE = "\u00a0"
"""Between a number and its unit: no line ends there."""

DASH = "\u2013"
"""From one number to another, where neither has a sign."""

MISSING = "\u2014"
"""Where there is nothing to tell."""

_COVERAGE_95 = 1.96

_SIGNS = {
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


def tell_measured(measured: Measured | None, catalogue: Catalogue) -> str:
    """Tell a value with its 95 % interval and unit, to the digits that the interval deserves: ``42 mm² (39–45)``."""
    if measured is None:
        return MISSING
    reach = _COVERAGE_95 * measured.u
    digits = _decimals(measured.value, reach)
    value, low, high = (catalogue.number(measured.value + side * reach, digits) for side in (0, -1, 1))
    between = f" {catalogue.say('words.interval.to')} " if MINUS in low + high else DASH
    return f"{value}{SPACE}{tell_unit(measured.unit, catalogue)} ({low}{between}{high})"


def tell_unit(unit: Unit, catalogue: Catalogue) -> str:
    """Return a unit as people write it."""
    if unit in (Unit.PER_SQUARE_CENTIMETRE, Unit.PER_SQUARE_PIXEL):
        return catalogue.say(f"words.unit.{unit.name.lower()}")
    return _SIGNS.get(unit, str(unit))


def digits_told(value: float) -> int:
    """Return how many digits after the decimal sign a round number needs: a dose, hours, a tick of an axis.

    Examples
    --------
    >>> digits_told(30.0), digits_told(-0.25)
    (0, 2)
    """
    return len(f"{value:g}".partition(".")[2])


def _decimals(value: float, reach: float) -> int:
    """Digits after the decimal sign that the interval deserves: its half width keeps one to two digits."""
    size = max(reach, abs(value) / 100)
    return 0 if size >= 1 or size == 0 else 1 if size >= 0.1 else 2
