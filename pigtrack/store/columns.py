"""What each column of the tables means: the one place from which the data dictionary is made."""

from dataclasses import dataclass

from pigtrack.imaging.quality import LIMITS
from pigtrack.model.course import FACE_REGIONS
from pigtrack.store.tables import LESION_COLUMNS, PHOTO_COLUMNS, SESSION_COLUMNS
from pigtrack.store.treatment_tables import EVENT_COLUMNS, TREATMENT_COLUMNS

TABLES = ("sessions", "lesions", "photos", "treatments", "adverse_events")
"""Names of the tables of a measured course, without their suffix."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: unit (empty where it has none) and meaning, one sentence."""

    name: str
    unit: str
    meaning: str


_SHARED = {
    "course_id": ("", "The course's id."),
    "session": ("", "Number of the session, from 1."),
    "verdict": ("", "The primary endpoint's verdict."),
    "flags": ("", "Reasons to trust the row less, or why a cell is empty, joined by semicolons."),
    "qc_status": ("", "pass, warn or reject."),
}
_SESSION = {
    "date": ("", "As in course.toml, ISO 8601."),
    "days_from_baseline": ("d", "Whole calendar days from the baseline session; negative before it."),
    "photos": ("", "Photographs named for the session, usable or not."),
    "qc_status": ("", "Of the session's best photograph: pass, warn or reject."),
    "lesion_count": ("", "Lesions outlined in this session, those on control skin not counted."),
    "area_total_mm2": ("mm²", "Sum of the areas of the lesions known in both this session and the baseline."),
    "area_total_mm2_u": ("mm²", "Its standard uncertainty, the scale's share included."),
    "area_fraction": ("1", "area_total_mm2 over the area of the region without the excluded parts."),
    "contrast_delta_mi": ("MI", "Mean contrast of those lesions, weighted with their areas at the baseline."),
    "contrast_delta_mi_u": ("MI", "Its standard uncertainty."),
    "contrast_delta_e00": ("ΔE00", "Mean CIEDE2000 of spot against ring, with the same weights."),
    "contrast_delta_e00_u": ("ΔE00", "Its standard uncertainty."),
    "pigment_load": ("mm²·MI", "Sum of the loads of the lesions known in both this session and the baseline."),
    "pigment_load_u": ("mm²·MI", "Its standard uncertainty, the scale's share included."),
    "field_level_mi": ("MI", "Fields only: melanin index over clear skin from which area counts, as at the baseline."),
    "field_variation": ("1", "Fields only: deviation of the melanin index over the field as a share of its contrast."),
    "field_variation_u": ("1", "Its standard uncertainty."),
    "masi_style": ("1", "Drawn regions of a face only: sum of weight · A · (D + H), 0 to 48; pigtrack's, not MASI."),
    "masi_style_u": ("1", "Its standard uncertainty."),
    "mmasi_style": ("1", "Drawn regions of a face only: sum of weight · A · D, 0 to 24; pigtrack's own, not mMASI."),
    "mmasi_style_u": ("1", "Its standard uncertainty."),
    **{
        f"{region}_{what}": told
        for region in FACE_REGIONS
        for what, told in {
            "area_fraction": ("1", "Share of this region that stands above the level."),
            "area_grade": ("", "A, 0 to 6, of that share."),
            "delta_mi": ("MI", "Median height of this region's skin above the level over clear skin."),
            "darkness_grade": ("", "D, 0 to 4, of that height."),
            "homogeneity_grade": ("", "H, 0 to 4, of evenness times area fraction."),
        }.items()
    },
}
_VISIT = {
    "treatments": ("", "Treatments of this session, given after its photographs."),
    "treatments_before": ("", "Treatments of all earlier sessions: those that this session's photographs can show."),
    "days_since_treatment": ("d", "Whole calendar days since the last session with a treatment."),
    "technique": ("", "Of this session's treatments, as told; several joined by semicolons."),
    "product": ("", "Of this session's treatments, as told; several joined by semicolons."),
    "ingredients": ("", "Of this session's treatments, as told, joined by semicolons."),
    "adverse_events": ("", "Kinds of the adverse events told of this session, joined by semicolons."),
    "protocol": ("", "Name of the course's protocol."),
    "planned_from": ("", "First day of the window in which the protocol plans this session, ISO 8601."),
    "planned_to": ("", "Last day of that window."),
    "days_off_plan": (
        "d",
        "Days before the window (negative) or after it (positive); 0 in time; empty: not planned.",
    ),
    "sessions_missed": ("", "Sessions left out before this one, by the protocol's longest interval."),
    "expected": ("", "What the protocol lets expect of the photographs: not_yet, may_show or clearer."),
    "may_be_darker": ("", "true in the days in which treated skin may be darker for a while; empty: nothing is known."),
}
_TREATMENT = {
    "treatment": ("", "Number of the treatment within its session, from 1."),
    "date": ("", "Day of the session, ISO 8601."),
    "technique": ("", "How, as told."),
    "device": ("", "With what, as told."),
    "product": ("", "Product, as told."),
    "maker": ("", "Who makes it."),
    "country": ("", "Where it is made."),
    "lot": ("", "Lot, as on the package."),
    "ingredients": ("", "Ingredients, as told, joined by semicolons."),
    "dose": ("", "Dose, in dose_unit."),
    "dose_unit": ("", "Unit of the dose, as told."),
    "area": ("", "Where, in words."),
    "patch_test_date": ("", "Day of the patch test, ISO 8601."),
    "patch_test_site": ("", "Where it was done."),
    "patch_test_hours": ("h", "After how many hours it was read."),
    "patch_test_result": ("", "negative, positive or doubtful."),
    "operator": ("", "Who treated, a pseudonym."),
    "note": ("", "As told."),
    "more": ("", "Keys of the clinic's own, as one JSON object."),
}
_EVENT = {
    "event": ("", "Number of the event within its session, from 1."),
    "kind": ("", "A name of the protocol's complications, or as told."),
    "date": ("", "Day on which it was first seen, ISO 8601; the session's where none was told."),
    "days_after_session": ("d", "Whole calendar days from the session to that day."),
    "severity": ("", "mild, moderate or severe, as judged by the person who treated."),
    "outcome": ("", "resolved, resolving, ongoing, lasting or unknown."),
    "until": ("", "Day on which it was over, ISO 8601."),
    "note": ("", "As told."),
}
_FRECKLE = {
    "freckle_count": (
        "",
        "Freckles that stand out; only where lesions are so many and small that they are told together.",
    ),
    "freckle_density_per_cm2": ("1/cm²", "Freckles from about 1 mm that stand out, on the region's skin that is seen."),
    "freckle_density_per_cm2_u": ("1/cm²", "Its standard uncertainty, the scale's share included."),
    "freckle_median_mm": ("mm", "Median diameter of the freckles that stand out."),
    "freckle_median_mm_u": ("mm", "Its standard uncertainty, the scale's share included."),
    "freckle_q1_mm": ("mm", "Lower quartile of the diameters."),
    "freckle_q3_mm": ("mm", "Upper quartile of the diameters."),
    "freckle_contrast_delta_mi": ("MI", "Mean contrast of all freckles of the course, each counting alike."),
    "freckle_contrast_delta_mi_u": ("MI", "Its standard uncertainty."),
    **{
        f"freckle_{figure}_change_{what}": ("%", meaning.format(name))
        for figure, name in (("density", "density"), ("median", "median diameter"), ("contrast", "mean contrast"))
        for what, meaning in (
            ("percent", "Change of the freckles' {0} against the baseline, on the skin seen in both."),
            ("ci_low", "Lower end of its 95 % interval."),
            ("ci_high", "Upper end of its 95 % interval."),
        )
    },
}
_LESION = {
    "lesion_id": ("", "Number of the lesion, from 1; the same in every session and in the label images."),
    "status": ("", "baseline, present, new, split, merged, below_limit, resolved or not_visible."),
    "x_px": ("px", "Centroid in the session's first usable photograph, upright, from the left."),
    "y_px": ("px", "Centroid in the session's first usable photograph, upright, from the top."),
    "x_mm": ("mm", "Centroid in the baseline's frame, from its left edge."),
    "y_mm": ("mm", "Centroid in the baseline's frame, from its top edge."),
    "area_mm2": ("mm²", "Extent at half of the spot's own contrast."),
    "area_mm2_u": ("mm²", "Its standard uncertainty, session noise and scale included."),
    "area_frozen_mm2": ("mm²", "Area above half of the contrast that the spot had at the baseline."),
    "diameter_mm": ("mm", "Of the disc of the same area."),
    "delta_mi": ("MI", "Contrast: median melanin index of the spot less that of its ring; positive is darker."),
    "delta_mi_u": ("MI", "Its standard uncertainty, session noise included."),
    "delta_e00": ("ΔE00", "CIEDE2000 between the medians of spot and ring."),
    "delta_e00_u": ("ΔE00", "Its standard uncertainty from shot to shot."),
    "delta_l": ("L*", "L* of the ring less L* of the spot; positive is darker."),
    "delta_ita": ("°", "Individual typology angle of the ring less that of the spot; positive is darker."),
    "l": ("L*", "Median L* of the spot, D65."),
    "a": ("a*", "Median a* of the spot, D65."),
    "b": ("b*", "Median b* of the spot, D65."),
    "ring_l": ("L*", "Median L* of the ring, D65."),
    "ring_a": ("a*", "Median a* of the ring, D65."),
    "ring_b": ("b*", "Median b* of the ring, D65."),
    "pigment_load": ("mm²·MI", "Signed sum of contrast over the lesion's territory, the same skin in every session."),
    "pigment_load_u": ("mm²·MI", "Its standard uncertainty, session noise and scale included."),
    "delta_ei": ("EI", "Erythema index of the spot less that of its ring; positive is redder."),
    "edge_width_mm": ("mm", "Width of the spot's edge from 10 to 90 % of its contrast."),
    "variation": ("", "Unevenness of the pigment inside: standard deviation as a share of the contrast; 0 is even."),
    "photographs": ("", "Photographs of the session that show the lesion."),
}
_PHOTO = {
    "photo": ("", "Path of the photograph inside the course's folder."),
    "sha256": ("", "SHA-256 of the file's bytes."),
    "card": ("", "Name of the card that was found."),
    "card_found": ("", "true or false."),
    "calibration_method": ("", "The colour fit used here; none without a card."),
    "loo_delta_e00_mean": ("ΔE00", "Mean leave-one-patch-out error: each patch told from the others; method, part 3."),
    "loo_delta_e00_max": ("ΔE00", "The largest of these errors."),
    "mm_per_px": ("mm/px", "Scale of the upright photograph at the region."),
    "skin_delta_e00_u": ("ΔE00", "Standard uncertainty that the colour calibration leaves on the colour of skin."),
    "contrast_u_percent": ("%", "Standard uncertainty that it leaves on a contrast between neighbouring skins."),
    "mm_per_px_u": ("mm/px", "Its standard uncertainty; the scale is taken from all cards of the course together."),
    "tilt_deg": ("°", "Tilt of the card against the camera."),
    "registration_error_mm": ("mm", "Root mean square distance of held-out matches after alignment."),
    "check_scale_in_course": ("1", "How far this photograph's own card is off what the other sessions say, relative."),
    "check_scale_in_course_verdict": ("", "pass or warn."),
    "refusal": ("", "Why the photograph was not measured, with the remedy."),
    "taken": ("", "Capture time from the file, ISO 8601."),
    "camera": ("", "From the file."),
    "lens": ("", "From the file."),
    "processing": ("", "Traces of processing that the file tells of, joined by semicolons."),
}
_CHANGE = {
    "change_percent": ("%", "Change of the {0} against the baseline."),
    "change_ci_low": ("%", "Lower end of its 95 % interval."),
    "change_ci_high": ("%", "Upper end of its 95 % interval."),
    "verdict": ("", "improved, worsened, no_detectable_change, baseline or not_measurable."),
    "detectable_percent": ("%", "Smallest fall of the {0} that would have been called a change."),
}


def describe_columns(table: str) -> tuple[Column, ...]:
    """Return the columns of one of `TABLES`: the promised ones in their order, then the rest.

    Raises
    ------
    ValueError
        If there is no such table.
    """
    tellers = (_session_columns, _lesion_columns, _photo_columns, _treatment_columns, _event_columns)
    known = dict(zip(TABLES, tellers, strict=True))
    if table not in known:
        raise ValueError(f"table must be one of {', '.join(known)}, got {table!r}")
    promised, meanings = known[table]()
    order = [*promised, *(name for name in meanings if name not in promised)]
    return tuple(Column(name, *meanings[name]) for name in order)


_Told = tuple[tuple[str, ...], dict[str, tuple[str, str]]]


def _session_columns() -> _Told:
    changes = _changes("total area", "mean contrast", "total load")
    return SESSION_COLUMNS, {**_SHARED, **_SESSION, **changes, **_FRECKLE, **_VISIT}


def _lesion_columns() -> _Told:
    shared = {name: told for name, told in _SHARED.items() if name != "qc_status"}
    return LESION_COLUMNS, {**shared, **_LESION, **_changes("area", "contrast", "load")}


def _photo_columns() -> _Told:
    shared = {name: told for name, told in _SHARED.items() if name != "verdict"}
    return PHOTO_COLUMNS, {**shared, **_PHOTO, **_check_columns()}


def _treatment_columns() -> _Told:
    return TREATMENT_COLUMNS, {**_shared("course_id", "session"), **_TREATMENT}


def _event_columns() -> _Told:
    return EVENT_COLUMNS, {**_shared("course_id", "session"), **_EVENT}


def _shared(*names: str) -> dict[str, tuple[str, str]]:
    return {name: _SHARED[name] for name in names}


def _changes(*names: str) -> dict[str, tuple[str, str]]:
    return {
        f"{endpoint}_{what}": (unit, meaning.format(name))
        for endpoint, name in zip(("area", "contrast", "load"), names, strict=True)
        for what, (unit, meaning) in _CHANGE.items()
    }


def _check_columns() -> dict[str, tuple[str, str]]:
    told: dict[str, tuple[str, str]] = {}
    for name, limits in LIMITS.items():
        side = "above" if limits.above else "below"
        bounds = f"Warns {side} {limits.warn:g}{_rejects(limits.reject, side)}."
        told[f"check_{name}"] = (limits.unit, f"{limits.meaning} {bounds}")
        told[f"check_{name}_verdict"] = ("", "pass, warn or reject.")
    return told


def _rejects(limit: float, side: str) -> str:
    return "" if abs(limit) == float("inf") else f", rejects {side} {limit:g}"
