"""Tables of cells: each column of one kind, and the whole as CSV text that is the same on every run."""

import csv
import io
import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from pigtrack.model.course import FACE_REGIONS

_WHOLE = frozenset(
    {"session", "lesion_id", "photos", "lesion_count", "days_from_baseline", "photographs", "freckle_count"}
    | {"treatment", "treatments", "treatments_before", "days_since_treatment", "days_off_plan", "sessions_missed"}
    | {"event", "days_after_session", "n_patients", "n_courses", "n_sessions"}
    | {f"{region}_{what}_grade" for region in FACE_REGIONS for what in ("area", "darkness", "homogeneity")}
)
_TEXT = frozenset(
    {"course_id", "date", "qc_status", "status", "photo", "sha256", "card", "calibration_method", "verdict", "flags"}
    | {"refusal", "taken", "camera", "lens", "processing"}
    | {"technique", "device", "product", "maker", "country", "lot", "ingredients", "dose_unit", "area", "operator"}
    | {"patch_test_date", "patch_test_site", "patch_test_result", "note", "more", "adverse_events", "protocol"}
    | {"planned_from", "planned_to", "expected", "kind", "severity", "outcome", "until"}
    | {"group", "group_first", "group_second", "axis", "notes"}
)
_TRUTHS = frozenset({"card_found", "may_be_darker", "hidden", "adjusted", "patients_in_both"})
Row = dict[str, Any]


def make_table(rows: Sequence[Row], promised: Sequence[str]) -> pd.DataFrame:
    """Return rows as a table: the promised columns in their order, then the others in order of appearance."""
    more = [name for name in dict.fromkeys(name for row in rows for name in row) if name not in promised]
    return pd.DataFrame({name: _column(name, [row.get(name) for row in rows]) for name in (*promised, *more)})


def _column(name: str, cells: list[Any]) -> "pd.Series[Any]":
    if name in _WHOLE:
        return pd.Series(cells, dtype="Int64")
    if name in _TRUTHS:
        return pd.Series(cells, dtype="boolean")
    if name in _TEXT or name.endswith("_verdict") or any(isinstance(cell, str) for cell in cells):
        return pd.Series(cells, dtype=object)
    return pd.Series([math.nan if cell is None else float(cell) for cell in cells], dtype="float64")


_DIGITS = (
    ("mm_per_px", 6),
    ("area_fraction", 6),
    ("u_scale", 6),
    ("mm_per_px_u", 6),
    ("_px", 2),
    ("_percent", 2),
    ("_low", 2),
    ("_high", 2),
)
"""Decimals by the end of a column's name: beyond what is measured, short enough to read; 4 elsewhere."""


_AS_TOLD = frozenset({"dose", "patch_test_hours"})
"""Columns of numbers that people wrote: not a digit more than they did."""


def csv_text(table: pd.DataFrame) -> str:
    """Return a table as CSV: comma, dot, newline; empty where there is no value; true and false.

    A text that a spreadsheet would take for a formula gets an apostrophe in front.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(table.columns)
    digits = [_digits_of(str(name)) for name in table.columns]
    for row in table.itertuples(index=False, name=None):
        writer.writerow([_cell(value, count) for value, count in zip(row, digits, strict=True)])
    return out.getvalue()


def _digits_of(name: str) -> int | None:
    """Decimals of a column; None: as many as were told."""
    return None if name in _AS_TOLD else next((count for end, count in _DIGITS if name.endswith(end)), 4)


def _cell(value: Any, digits: int | None) -> str:
    if isinstance(value, str):
        return f"'{value}" if value.startswith(("=", "+", "-", "@", "\t", "\r")) else str(value)
    if value is None or value is pd.NA or value != value:
        return ""
    if isinstance(value, bool) or str(getattr(value, "dtype", "")) == "bool":
        return "true" if value else "false"
    if float(value).is_integer() and not isinstance(value, float):
        return str(int(value))
    text = f"{float(value):.12g}" if digits is None else f"{float(value):.{digits}f}"
    return text.lstrip("-") if float(text) == 0 else text
