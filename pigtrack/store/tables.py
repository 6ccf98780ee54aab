"""The promised tables: records in, rows out."""

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import pandas as pd

from pigtrack.model.course import Course, Endpoint, days_between
from pigtrack.model.field import FieldSession
from pigtrack.model.flags import QualityFlag
from pigtrack.model.metrics import Change, LesionSession, SessionMetrics, SpotMeasurement, Verdict
from pigtrack.model.population import PopulationFigure
from pigtrack.model.quantity import Measured
from pigtrack.model.result import CourseResult, PhotographRecord
from pigtrack.store.cells import Row, csv_text, make_table
from pigtrack.store.treatment_tables import visit_cells

__all__ = [
    "LESION_COLUMNS",
    "PHOTO_COLUMNS",
    "SESSION_COLUMNS",
    "csv_text",
    "join_flags",
    "lesion_rows",
    "photo_rows",
    "session_rows",
]

_CHANGES = tuple(
    f"{endpoint.value}_{what}"
    for endpoint in (Endpoint.AREA, Endpoint.CONTRAST, Endpoint.LOAD)
    for what in ("change_percent", "change_ci_low", "change_ci_high", "verdict")
)
SESSION_COLUMNS = (
    *("course_id", "session", "date", "days_from_baseline", "photos", "qc_status", "lesion_count"),
    *("area_total_mm2", "area_total_mm2_u", "area_fraction", "contrast_delta_mi", "contrast_delta_mi_u"),
    *("contrast_delta_e00", "contrast_delta_e00_u", "pigment_load", "pigment_load_u", *_CHANGES, "verdict", "flags"),
)
LESION_COLUMNS = (
    *("course_id", "session", "lesion_id", "status", "x_px", "y_px", "x_mm", "y_mm", "area_mm2", "area_mm2_u"),
    *("area_frozen_mm2", "diameter_mm", "delta_mi", "delta_mi_u", "delta_e00", "delta_e00_u", "delta_l", "delta_ita"),
    *("l", "a", "b", "ring_l", "ring_a", "ring_b", "pigment_load", "pigment_load_u", *_CHANGES, "verdict", "flags"),
)
PHOTO_COLUMNS = (
    *("course_id", "session", "photo", "sha256", "card", "card_found", "calibration_method", "loo_delta_e00_mean"),
    *("loo_delta_e00_max", "mm_per_px", "tilt_deg", "registration_error_mm", "qc_status", "flags"),
)
"""What is promised, in this order; more columns may follow."""

_GRADES = ("pass", "warn", "reject")

Place = tuple[float, float]


def session_rows(result: CourseResult) -> pd.DataFrame:
    """Return sessions.csv as a table, one row a session."""
    first = _baseline(result.sessions)
    rows = [_session_row(result, metrics, first) for metrics in result.sessions]
    return make_table(rows, SESSION_COLUMNS)


def lesion_rows(result: CourseResult, places: Mapping[tuple[int, int], Place]) -> pd.DataFrame:
    """Return lesions.csv as a table, one row a lesion and session.

    Parameters
    ----------
    result : CourseResult
        Lengths of its spots are millimetres, centroids frame pixels.
    places : mapping of (session, lesion_id) to (x, y)
        Centroids in upright pixels of the session's first usable photograph, where there is one.
    """
    rows = [_lesion_row(result, lesion, places.get((lesion.session, lesion.lesion_id))) for lesion in result.lesions]
    return make_table(rows, LESION_COLUMNS)


def photo_rows(course: Course, photographs: Iterable[PhotographRecord]) -> pd.DataFrame:
    """Return photos.csv as a table, one row a photograph with every check: its value and its verdict."""
    return make_table([_photo_row(course, photograph) for photograph in photographs], PHOTO_COLUMNS)


def _baseline(sessions: Sequence[SessionMetrics]) -> int:
    return next((each.session for each in sessions if each.verdict is Verdict.BASELINE), 1)


def _session_row(result: CourseResult, metrics: SessionMetrics, baseline: int) -> Row:
    session = result.course.sessions[metrics.session - 1]
    grades = {photo.qc_status for photo in result.photographs if photo.session == metrics.session}
    of_colour = _colour_share(result, metrics.session)
    return {
        "course_id": result.course.id,
        "session": metrics.session,
        "date": session.date.isoformat() if isinstance(session.date, date) else None,
        "days_from_baseline": days_between(result.course.sessions[baseline - 1], session),
        "photos": len(session.photos),
        "qc_status": next((grade for grade in _GRADES if grade in grades), "reject"),
        "lesion_count": metrics.lesion_count,
        **_pair("area_total_mm2", metrics.area, result, scaled=True),
        "area_fraction": metrics.area_fraction,
        **_pair("contrast_delta_mi", metrics.delta_mi, result, of_colour=of_colour),
        **_pair("contrast_delta_e00", metrics.delta_e00, result, of_colour=of_colour),
        **_pair("pigment_load", metrics.load, result, scaled=True, of_colour=of_colour),
        **_change_cells(metrics.changes),
        "verdict": metrics.verdict.value,
        "flags": join_flags(metrics.flags),
        **_detectable_cells(metrics.changes),
        **_freckle_cells(result, metrics.session),
        **_field_cells(metrics.field),
        **visit_cells(result.course, session, result.protocol),
    }


def _field_cells(field: FieldSession | None) -> Row:
    """Cells of a field alone; none in a course of spots."""
    if field is None:
        return {}
    told = field.variation_percent
    cells: Row = {"field_level_mi": field.level_mi}
    cells |= {"field_variation": told and told.value / 100, "field_variation_u": told and told.u / 100}
    if field.grade is None:
        return cells
    for name in ("masi_style", "mmasi_style"):
        total: Measured = getattr(field.grade, name)
        cells |= {name: total.value, f"{name}_u": total.u}
    for region in field.grade.regions:
        cells |= {f"{region.name}_area_fraction": region.fraction.value, f"{region.name}_area_grade": region.area}
        cells |= {f"{region.name}_delta_mi": region.contrast.value, f"{region.name}_darkness_grade": region.darkness}
        cells |= {f"{region.name}_homogeneity_grade": region.homogeneity}
    return cells


def _lesion_row(result: CourseResult, lesion: LesionSession, place: Place | None) -> Row:
    spot, scale = lesion.spot, result.frame.mm_per_px
    x_px, y_px = place or (None, None)
    return {
        "course_id": result.course.id,
        "session": lesion.session,
        "lesion_id": lesion.lesion_id,
        "status": lesion.status.value,
        "x_px": x_px,
        "y_px": y_px,
        "x_mm": None if scale is None else spot.centroid[0] * scale,
        "y_mm": None if scale is None else spot.centroid[1] * scale,
        **_spot_cells(spot, result, _colour_share(result, lesion.session)),
        **_change_cells(lesion.changes),
        "verdict": lesion.verdict.value,
        "flags": join_flags(lesion.flags | spot.flags),
        "delta_ei": None if spot.delta_ei is None else spot.delta_ei,
        "edge_width_mm": None if scale is None else spot.edge_width,
        "variation": spot.variation,
        "photographs": lesion.photographs,
        **_detectable_cells(lesion.changes),
    }


def _spot_cells(spot: SpotMeasurement, result: CourseResult, of_colour: float) -> Row:
    known = result.frame.mm_per_px is not None
    return {
        **_pair("area_mm2", spot.area, result, scaled=True),
        "area_frozen_mm2": spot.area_frozen.value if known and spot.area_frozen else None,
        "diameter_mm": spot.diameter if known else None,
        **_pair("delta_mi", spot.delta_mi, result, of_colour=of_colour),
        **_pair("delta_e00", spot.delta_e00, result, of_colour=of_colour),
        "delta_l": spot.delta_l,
        "delta_ita": spot.delta_ita,
        **dict(zip(("l", "a", "b"), spot.lab or (None,) * 3, strict=True)),
        **dict(zip(("ring_l", "ring_a", "ring_b"), spot.ring_lab or (None,) * 3, strict=True)),
        **_pair("pigment_load", spot.load, result, scaled=True, of_colour=of_colour),
    }


def _pair(
    name: str, measured: Measured | None, result: CourseResult, *, scaled: bool = False, of_colour: float = 0.0
) -> Row:
    """Value and uncertainty, with the shares of scale and colour that changes between sessions don't have.

    What counts in mm² gets twice the scale's relative uncertainty, or nothing without scale; a contrast gets the
    relative ``of_colour``.
    """
    if measured is None or (scaled and result.frame.mm_per_px is None):
        return {name: None, f"{name}_u": None}
    of_scale = 2 * (result.u_scale or 0.0) * measured.value if scaled else 0.0
    return {name: measured.value, f"{name}_u": math.hypot(measured.u, of_scale, of_colour * measured.value)}


def _colour_share(result: CourseResult, session: int) -> float:
    """What the colour fits of a session leave on a contrast, as a share of it: they share lamp, camera and card."""
    used = (photo for photo in result.photographs if photo.session == session and photo.qc_status != "reject")
    shares = [photo.u_contrast for photo in used if photo.u_contrast is not None]
    return sum(shares) / len(shares) if shares else 0.0


def _change_cells(changes: Iterable[Change]) -> Row:
    cells: Row = {}
    for change in changes:
        name = change.endpoint.value
        cells |= {
            f"{name}_change_percent": change.percent,
            f"{name}_change_ci_low": change.low,
            f"{name}_change_ci_high": change.high,
            f"{name}_verdict": change.verdict.value,
        }
    return cells


def _detectable_cells(changes: Iterable[Change]) -> Row:
    return {f"{change.endpoint.value}_detectable_percent": change.detectable for change in changes}


def _freckle_cells(result: CourseResult, session: int) -> Row:
    """Columns of a population of freckles; none in a course without one."""
    if result.population is None:
        return {}
    told = next((each for each in result.population.sessions if each.session == session), None)
    of_colour = _colour_share(result, session)
    cells: Row = {"freckle_count": None if told is None else told.count}
    cells |= _pair("freckle_density_per_cm2", None if told is None else told.density, result, scaled=True)
    # A length has the scale's share once, where `scaled` would take it twice.
    of_scale = result.u_scale or 0.0
    cells |= _pair("freckle_median_mm", None if told is None else told.median, result, of_colour=of_scale)
    quartiles = (None, None) if told is None or told.quartiles is None else told.quartiles
    cells |= dict(zip(("freckle_q1_mm", "freckle_q3_mm"), quartiles, strict=True))
    contrast = None if told is None else told.contrast
    cells |= _pair("freckle_contrast_delta_mi", contrast, result, of_colour=of_colour)
    changes = {} if told is None else {change.figure: change for change in told.changes}
    for figure in PopulationFigure:
        change = changes.get(figure)
        ends = (None,) * 3 if change is None else (change.percent, change.low, change.high)
        names = (f"freckle_{figure}_change_{what}" for what in ("percent", "ci_low", "ci_high"))
        cells |= dict(zip(names, ends, strict=True))
    return cells


def _photo_row(course: Course, photograph: PhotographRecord) -> Row:
    row: Row = {name: getattr(photograph, name) for name in PHOTO_COLUMNS[1:-1]}
    row |= {"course_id": course.id, "flags": join_flags(photograph.flags), "mm_per_px_u": _scale_u(photograph)}
    row |= {"skin_delta_e00_u": photograph.skin_delta_e00_u, "contrast_u_percent": _percent(photograph.u_contrast)}
    for check in photograph.checks:
        name = "check_" + "".join(letter if letter.isalnum() else "_" for letter in str(check.name))
        row |= {name: check.value, f"{name}_verdict": str(check.verdict)}
    return row | {
        "refusal": photograph.refusal,
        "taken": None if photograph.capture.time is None else photograph.capture.time.isoformat(),
        "camera": photograph.capture.camera,
        "lens": photograph.capture.lens,
        "processing": ";".join(photograph.capture.processing),
    }


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share


def _scale_u(photograph: PhotographRecord) -> float | None:
    if photograph.mm_per_px is None or photograph.u_scale is None:
        return None
    return photograph.mm_per_px * photograph.u_scale


def join_flags(flags: Iterable[QualityFlag]) -> str:
    """Return flags as they stand in a cell: sorted, joined by semicolons."""
    return ";".join(sorted(flag.value for flag in flags))
