"""The data dictionary for programs: every column of every table with its type, unit and what it may hold."""

from pigtrack.model.course import OUTCOMES, SEVERITIES
from pigtrack.model.flags import QualityFlag
from pigtrack.model.metrics import Status, Verdict
from pigtrack.model.quality import QualityVerdict
from pigtrack.store.cells import make_table
from pigtrack.store.columns import TABLES, Column, describe_columns

DICTIONARY_COLUMNS = ("table", "column", "type", "unit", "allowed", "may_be_empty", "meaning", "method_part")
"""``unit`` in UCUM, 1 for shares and counts; ``allowed`` joined by spaces; ``method_part`` of docs/method.md."""

_UCUM = {
    "": "1",
    "°": "deg",
    "ΔE00": "{DeltaE00}",
    "MI": "{MI}",
    "EI": "{EI}",
    "L*": "{L*}",
    "a*": "{a*}",
    "b*": "{b*}",
    "mm²": "mm2",
    "mm²·MI": "mm2.{MI}",
    "1/cm²": "/cm2",
    "px": "{pixel}",
    "mm/px": "mm/{pixel}",
}
"""The codes of `pigtrack.model.quantity.Unit` for the signs that people read; all others are their own."""

_LISTS = frozenset({"flags", "processing", "ingredients", "adverse_events"})
"""Texts that are joined of several by semicolons."""

_DATES = frozenset({"date", "taken", "until", "planned_from", "planned_to", "patch_test_date"})
_ALWAYS = frozenset(
    {"course_id", "session", "lesion_id", "photo", "sha256", "qc_status", "verdict", "status", "card_found"}
)
"""Never empty in a row that is written."""

_TOLD = {"severity": SEVERITIES, "outcome": OUTCOMES}
"""What a person must choose from."""

_MEASURED = frozenset({"sessions", "lesions", "photos"})
"""Tables of numbers that the method tells of; the others hold what people did and saw."""

_PARTS = (
    ("freckle", "10a"),
    ("field", "10b"),
    ("masi", "10b"),
    ("mmasi", "10b"),
    ("_grade", "10b"),
    ("change", "10"),
    ("verdict", "10"),
    ("detectable", "10"),
    ("check_", "5"),
    ("qc_status", "5"),
    ("loo_", "3"),
    ("calibration", "3"),
    ("skin_delta", "3"),
    ("contrast_u", "3"),
    ("mm_per_px", "4"),
    ("tilt", "4"),
    ("registration", "6"),
    ("card", "2"),
    ("status", "10"),
    ("area", "9"),
    ("delta_", "9"),
    ("load", "9"),
    ("ring_", "9"),
    ("edge_", "9"),
    ("variation", "9"),
    ("diameter", "9"),
    ("lesion_count", "8"),
)
"""Part of the method by what a name holds; the first that fits."""


def dictionary_rows() -> tuple[tuple[str, ...], ...]:
    """Return one row a column, in the tables' own order; fields as in `DICTIONARY_COLUMNS`.

    Examples
    --------
    >>> [row[2:5] for row in dictionary_rows() if row[:2] == ("sessions", "area_total_mm2")]
    [('number', 'mm2', '')]
    """
    return tuple(_row(table, column) for table in TABLES for column in describe_columns(table))


def _row(table: str, column: Column) -> tuple[str, ...]:
    kind = _kind(column)
    unit = _UCUM.get(column.unit, column.unit) if kind in ("number", "integer") else ""
    empty = "false" if column.name in _ALWAYS else "true"
    return (
        table,
        column.name,
        kind,
        unit,
        " ".join(_allowed(column.name)),
        empty,
        column.meaning,
        _part(table, column.name),
    )


def _kind(column: Column) -> str:
    """As the tables themselves are made: what they keep as a number is one."""
    kept = str(make_table([{column.name: None}], ())[column.name].dtype)
    if kept != "object":
        return {"Int64": "integer", "boolean": "boolean", "float64": "number"}[kept]
    if column.name in _LISTS:
        return "list"
    if column.name in _DATES:
        return "date"
    return "category" if _allowed(column.name) else "text"


def _allowed(name: str) -> tuple[str, ...]:
    if name in _TOLD:
        return _TOLD[name]
    if name == "card_found":
        return "true", "false"
    if name == "flags":
        return tuple(flag.value for flag in QualityFlag)
    if name == "status":
        return tuple(each.value for each in Status)
    if name == "qc_status" or (name.startswith("check_") and name.endswith("_verdict")):
        return tuple(each.value for each in QualityVerdict)
    return tuple(each.value for each in Verdict) if name.endswith("verdict") else ()


def _part(table: str, name: str) -> str:
    return next((part for word, part in _PARTS if table in _MEASURED and word in name), "")
