"""The record as tables: one long one with a row a number, and the tables of `measure` with their versions beside."""

from collections.abc import Iterator, Mapping

from pigtrack.export.anonymous import with_offsets
from pigtrack.export.cells import as_told, csv_pieces, csv_safe, jsonl_line, number
from pigtrack.export.columns import LONG_COLUMNS
from pigtrack.export.exclusions import Exclusion, find_exclusions
from pigtrack.export.metrics import LESION_UNITS, SESSION_UNITS, read_metrics
from pigtrack.export.provenance import algorithm_names, signers, truth, version_cells
from pigtrack.export.visits import Visit, list_visits
from pigtrack.model.record import Cells, RecordedCourse

__all__ = [
    "LONG_COLUMNS",
    "csv_pieces",
    "csv_safe",
    "jsonl_line",
    "long_rows",
    "wide_rows",
]

_TOGETHER = ";"
_TABLES = ("sessions", "lesions", "photos")


def long_rows(course: RecordedCourse, *, offsets: bool = False) -> Iterator[dict[str, str]]:
    """Yield one row a session, lesion (or the whole session) and metric; columns as `LONG_COLUMNS`.

    Parameters
    ----------
    course : RecordedCourse
    offsets : bool
        No dates: ``date`` and ``measured_at`` stay empty, ``days_from_baseline`` remains.

    Notes
    -----
    A number that could not be measured has a row without a value. Of an erased course the lesions' rows are left.
    """
    shared = _course_cells(course, offsets=offsets)
    excluded = find_exclusions(course, offsets=offsets)
    for visit in list_visits(course):
        seen = {**shared, **_visit_cells(visit, offsets=offsets)}
        if visit.totals is not None:
            used = {"n_shots": str(len(visit.used)), "flags": visit.totals.get("flags", "")}
            yield from _metric_rows(visit.totals, SESSION_UNITS, {**seen, **used})
        for row in visit.lesions:
            yield from _metric_rows(row, LESION_UNITS, {**seen, **_lesion_cells(row, excluded)})


def wide_rows(course: RecordedCourse, table: str, *, offsets: bool = False) -> Iterator[dict[str, str]]:
    """Yield the rows of a table as `measure` wrote them, and the cells of its version behind.

    Parameters
    ----------
    course : RecordedCourse
    table : str
        ``sessions``, ``lesions`` or ``photos``.
    offsets : bool
        As `pigtrack.export.anonymous.with_offsets` tells them.

    Raises
    ------
    ValueError
        If there is no such table.
    """
    if table not in _TABLES:
        raise ValueError(f"table must be one of {', '.join(_TABLES)}, got {table!r}")
    shown = with_offsets(course) if offsets else course
    version = version_cells(course)
    rows: tuple[Cells, ...] = getattr(shown, table)
    return ({**{name: as_told(cell) for name, cell in row.items()}, **version} for row in rows)


def _course_cells(course: RecordedCourse, *, offsets: bool) -> dict[str, str]:
    """Return every column of the long table, with what holds for the whole course filled in."""
    version = course.measurement
    return {
        **dict.fromkeys(LONG_COLUMNS, ""),
        "subject_id": course.course.subject or course.subject_uid,
        "course_id": course.course.id,
        "body_site": course.course.site or "",
        "measured_by": "" if version is None else version.by,
        "measured_at": "" if version is None or offsets else version.at,
        "reviewed_by": _TOGETHER.join(signers(course)),
        **version_cells(course),
        "algorithms": _TOGETHER.join(algorithm_names(course)),
        "excluded": "false",
    }


def _visit_cells(visit: Visit, *, offsets: bool) -> dict[str, str]:
    told, used = visit.told, visit.used
    first = used[0] if used else {}
    operators = () if told is None else (each.operator for each in told.treatments if each.operator)
    return {
        "session": str(visit.number),
        "date": "" if offsets else visit.date,
        "days_from_baseline": "" if visit.day is None else str(visit.day),
        "after_procedure": "" if told is None or not visit.photos else truth(told.after_procedure),
        "skin_state": "" if told is None or not visit.photos else told.skin_state,
        "qc_status": "" if visit.totals is None else visit.totals.get("qc_status", ""),
        **{name: first.get(name, "") for name in ("calibration_method", "mm_per_px")},
        **{name: _largest(used, name) for name in ("loo_delta_e00_mean", "loo_delta_e00_max")},
        "camera": as_told(first.get("camera", "")),
        "operator": _TOGETHER.join(dict.fromkeys(operators)),
        "image_sha256": _TOGETHER.join(row.get("sha256", "") for row in used),
    }


def _lesion_cells(row: Cells, excluded: dict[int, Exclusion]) -> dict[str, str]:
    cells = {
        "lesion_id": row["lesion_id"],
        "status": row.get("status", ""),
        "flags": row.get("flags", ""),
        "n_shots": row.get("photographs", ""),
    }
    left_out = excluded.get(int(row["lesion_id"]))
    return cells if left_out is None else {**cells, "excluded": "true", "exclusion_reason": left_out.reason}


def _metric_rows(row: Cells, units: Mapping[str, str], shared: dict[str, str]) -> Iterator[dict[str, str]]:
    for metric in read_metrics(row, units):
        yield {
            **shared,
            "metric": metric.name,
            "value": metric.value,
            "unit": metric.unit,
            "u": metric.u,
            "ci_low": metric.low,
            "ci_high": metric.high,
            "sdc95": metric.detectable,
            "verdict": metric.verdict,
        }


def _largest(rows: tuple[Cells, ...], name: str) -> str:
    """Return the cell with the largest number, as it was written."""
    return max((row[name] for row in rows if row.get(name)), key=lambda cell: number(cell) or 0.0, default="")
