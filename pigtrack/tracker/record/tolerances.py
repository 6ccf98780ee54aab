"""How far a number that is measured again may lie from the recorded one, by its unit."""

from dataclasses import dataclass
from functools import cache

from pigtrack.store.columns import TABLES, describe_columns


@dataclass(frozen=True, slots=True)
class Tolerance:
    """The larger of two differences is allowed: one in the column's unit, one relative to the recorded number."""

    absolute: float = 0.0
    relative: float = 0.0

    def allows(self, recorded: float, again: float) -> bool:
        """Tell whether two numbers may be called the same."""
        return abs(recorded - again) <= max(self.absolute, self.relative * abs(recorded)) + 1e-12


EXACT = Tolerance()
"""The same machine type, libraries and pigtrack give the same bytes; words and counts must be the same anywhere."""

_INDEX = Tolerance(absolute=0.02)
TOLERANCES = {
    "mm²": Tolerance(absolute=0.01, relative=0.002),
    "mm": Tolerance(absolute=0.02),
    "px": Tolerance(absolute=0.3),
    "mm/px": Tolerance(relative=0.0005),
    "MI": _INDEX,
    "EI": _INDEX,
    "ΔE00": _INDEX,
    "L*": _INDEX,
    "a*": _INDEX,
    "b*": _INDEX,
    "°": Tolerance(absolute=0.05),
    "mm²·MI": Tolerance(absolute=0.1, relative=0.003),
    "%": Tolerance(absolute=0.2),
    "1": Tolerance(absolute=0.002, relative=0.002),
    "1/cm²": Tolerance(absolute=0.01, relative=0.002),
}
"""By unit, on another machine type or with other libraries: about a tenth of the standard uncertainty that such a
number has in the sample course, so that a difference within them changes nothing that may be concluded."""


@cache
def _units(table: str) -> dict[str, str]:
    return {column.name: column.unit for column in describe_columns(table)} if table in TABLES else {}


def tolerance_of(table: str, column: str, cell: str) -> Tolerance:
    """Return what is allowed for a cell on another machine; whole numbers and words must be the same."""
    return TOLERANCES.get(_units(table).get(column, ""), EXACT) if "." in cell else EXACT
