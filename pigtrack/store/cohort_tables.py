"""The tables of a cohort: groups and differences, without a pseudonym anywhere."""

from dataclasses import dataclass

import pandas as pd

from pigtrack.model.cohort import CohortGroup, CohortResult, GroupDifference, GroupEffect, Span
from pigtrack.model.course import Endpoint
from pigtrack.store.cells import Row, make_table

NOT_RANDOMISED = "not randomised: groups may differ in who was in them"
NOT_RECORDED = ""
"""Label of the group whose courses say nothing: an empty cell."""

_COUNTS = ("n_patients", "n_courses", "n_sessions")


def group_rows(result: CohortResult) -> pd.DataFrame:
    """Return cohort.csv as a table: one row a group, axis and kind of figure; one row for a group without figures."""
    names = _names(result.endpoint)
    columns = (
        *("group", "hidden", *_COUNTS, "axis", "at", "adjusted", *_span_names("change", names)),
        *("patients_low", "patients_high", *names.model, "degrees", "between_share", "notes"),
    )
    rows = [row for group in result.groups for row in _group_rows(group, result, names)]
    return make_table(rows, columns)


def difference_rows(result: CohortResult) -> pd.DataFrame:
    """Return differences.csv as a table: one row a pair of groups, axis and kind of figure."""
    names = _names(result.endpoint)
    columns = (
        "group_first",
        "group_second",
        "axis",
        "at",
        "adjusted",
        *_span_names("difference", names),
        "patients_in_both",
        "note",
    )
    rows = [_difference_row(each, names) for each in result.differences]
    return make_table(rows, columns)


_MODEL = (("slope", ""), ("slope", "_u"), ("tau", ""), ("residual", ""))


@dataclass(frozen=True, slots=True)
class _Names:
    """Columns that carry a unit: of what is told, percent or MI, and of the model's own scale, log or MI."""

    told: str
    scale: str

    @property
    def model(self) -> tuple[str, ...]:
        """Slope, its uncertainty, spread between patients, and from session to session."""
        return tuple(f"{name}_{self.scale}{what}" for name, what in _MODEL)


def _names(endpoint: Endpoint) -> _Names:
    return _Names("mi", "mi") if endpoint is Endpoint.CONTRAST else _Names("percent", "log")


def _span_names(what: str, names: _Names) -> tuple[str, ...]:
    return (f"{what}_{names.told}", f"{what}_ci_low", f"{what}_ci_high")


def _group_rows(group: CohortGroup, result: CohortResult, names: _Names) -> list[Row]:
    counts = zip(_COUNTS, (group.patients, group.courses, group.sessions), strict=True)
    notes = ";".join(group.notes) if not group.hidden else f"fewer than {result.least} patients"
    head: Row = {"group": _label(group.label), "hidden": group.hidden, **dict(counts), "notes": notes}
    return [head | _effect_cells(effect, names) for effect in group.effects] or [head]


def _effect_cells(effect: GroupEffect, names: _Names) -> Row:
    found = effect.trajectory
    ends = (None, None) if effect.patients is None else (effect.patients.low, effect.patients.high)
    model = (found.slope, found.u, found.tau, found.residual)
    return {
        **{"axis": effect.axis.value, "at": effect.at, "adjusted": effect.adjusted},
        **_span_cells("change", names, effect.mean),
        **dict(zip(("patients_low", "patients_high"), ends, strict=True)),
        **dict(zip(names.model, model, strict=True)),
        **{"degrees": found.degrees, "between_share": found.between_share},
    }


def _difference_row(each: GroupDifference, names: _Names) -> Row:
    return {
        "group_first": _label(each.first),
        "group_second": _label(each.second),
        **{"axis": each.axis.value, "at": each.at, "adjusted": each.adjusted},
        **_span_cells("difference", names, each.difference),
        "patients_in_both": each.in_both,
        "note": NOT_RANDOMISED,
    }


def _span_cells(what: str, names: _Names, span: Span) -> Row:
    return dict(zip(_span_names(what, names), (span.value, span.low, span.high), strict=True))


def _label(label: str | None) -> str:
    return NOT_RECORDED if label is None else label
