"""The record as a long table in the manner of CDISC's SDTM: findings about lesions, domain FA."""

from collections.abc import Iterator, Mapping

from pigtrack.export.cells import as_told
from pigtrack.export.columns import ExportColumn
from pigtrack.export.exclusions import Exclusion, find_exclusions
from pigtrack.export.metrics import LESION_UNITS, SESSION_UNITS, Metric, read_metrics
from pigtrack.export.visits import Visit, list_visits
from pigtrack.model.metrics import Verdict
from pigtrack.model.record import Cells, RecordedCourse

DOMAIN = "FA"
"""Findings About: results about something observed elsewhere, here about pigmented lesions."""

MOST_CODE_LETTERS, MOST_NAME_LETTERS = 8, 40
"""Of --TESTCD and --TEST; SDTM, assumptions for general observation classes."""

TESTS: Mapping[str, tuple[str, str]] = {
    "area_mm2": ("AREA", "Area"),
    "area_frozen_mm2": ("AREAFRZ", "Area Above Half the Baseline Contrast"),
    "diameter_mm": ("DIAM", "Diameter of Disc of Same Area"),
    "delta_mi": ("DMI", "Melanin Index Contrast"),
    "delta_e00": ("DE00", "CIEDE2000 Contrast"),
    "delta_l": ("DLSTAR", "L* Contrast"),
    "delta_ita": ("DITA", "Individual Typology Angle Contrast"),
    "delta_ei": ("DEI", "Erythema Index Contrast"),
    "l": ("LSTAR", "L* of Lesion"),
    "a": ("ASTAR", "a* of Lesion"),
    "b": ("BSTAR", "b* of Lesion"),
    "ring_l": ("RLSTAR", "L* of Surrounding Skin"),
    "ring_a": ("RASTAR", "a* of Surrounding Skin"),
    "ring_b": ("RBSTAR", "b* of Surrounding Skin"),
    "pigment_load": ("LOAD", "Pigment Load"),
    "edge_width_mm": ("EDGEW", "Edge Width"),
    "variation": ("VARIATN", "Unevenness of Pigment"),
    "area_change_percent": ("AREAPCH", "Area Percent Change from Baseline"),
    "contrast_change_percent": ("CONTPCH", "Contrast Percent Change from Baseline"),
    "load_change_percent": ("LOADPCH", "Load Percent Change from Baseline"),
    "lesion_count": ("NLESION", "Number of Lesions"),
    "area_total_mm2": ("AREATOT", "Total Area"),
    "area_fraction": ("AREAFR", "Fraction of Region"),
    "contrast_delta_mi": ("DMIMEAN", "Mean Melanin Index Contrast"),
    "contrast_delta_e00": ("DE00MEAN", "Mean CIEDE2000 Contrast"),
    "freckle_count": ("NFRECK", "Number of Freckles"),
    "freckle_density_per_cm2": ("FRDENS", "Density of Freckles"),
    "freckle_median_mm": ("FRMED", "Median Diameter of Freckles"),
    "freckle_q1_mm": ("FRQ1", "Lower Quartile of Freckle Diameters"),
    "freckle_q3_mm": ("FRQ3", "Upper Quartile of Freckle Diameters"),
    "freckle_contrast_delta_mi": ("FRDMI", "Mean Melanin Index Contrast of Freckles"),
    "freckle_density_change_percent": ("FRDENPCH", "Freckle Density Percent Change"),
    "freckle_median_change_percent": ("FRMEDPCH", "Freckle Median Percent Change"),
    "freckle_contrast_change_percent": ("FRCONPCH", "Freckle Contrast Percent Change"),
    "field_level_mi": ("FLEVEL", "Melanin Index Level of Field"),
    "field_variation": ("FVARIATN", "Unevenness of Field"),
    "masi_style": ("MASILIKE", "MASI-Style Sum, pigtrack's Own"),
    "mmasi_style": ("MMASILIK", "Modified MASI-Style Sum, pigtrack's Own"),
    **{
        f"{region}_{what}": (f"{letters}{code}", f"{name}: {title}")
        for region, (letters, name) in {
            "forehead": ("FH", "Forehead"),
            "right_malar": ("RM", "Right Malar"),
            "left_malar": ("LM", "Left Malar"),
            "chin": ("CH", "Chin"),
        }.items()
        for what, (code, title) in {
            "area_fraction": ("AREAFR", "Area Fraction"),
            "area_grade": ("AREAGR", "Area Grade"),
            "delta_mi": ("DMI", "Melanin Index Contrast"),
            "darkness_grade": ("DARKGR", "Darkness Grade"),
            "homogeneity_grade": ("HOMOGR", "Homogeneity Grade"),
        }.items()
    },
}
"""Code and name of a test by the column of pigtrack's tables. None is CDISC's own: there is no controlled term for any
of them, so a sponsor maps them to codes of its own where it has any."""

FINDINGS = (
    ExportColumn("STUDYID", "text", "Course of treatment; a sponsor puts its study here.", always=True),
    ExportColumn("DOMAIN", "category", "FA.", allowed=(DOMAIN,), always=True),
    ExportColumn(
        "USUBJID", "text", "Pseudonym of the subject; the record's own number where it has none.", always=True
    ),
    ExportColumn("FASEQ", "integer", "Counts the rows of a subject from 1.", "1", always=True),
    ExportColumn("FALNKID", "text", "Lesion within the course, the same at every visit; empty: all lesions together."),
    ExportColumn("FAGRPID", "text", "Course and visit: rows that were measured together.", always=True),
    ExportColumn("FATESTCD", "text", "Short name of the test.", always=True),
    ExportColumn("FATEST", "text", "Name of the test.", always=True),
    ExportColumn("FAOBJ", "text", "What the finding is about.", always=True),
    ExportColumn("FACAT", "text", "Category of the test.", always=True),
    ExportColumn("FASCAT", "category", "One lesion, or the whole session.", allowed=("LESION", "SESSION"), always=True),
    ExportColumn("FAORRES", "text", "Result as it was measured."),
    ExportColumn("FAORRESU", "text", "Its unit, UCUM."),
    ExportColumn("FASTRESC", "text", "Result in the standard unit, as text: the same."),
    ExportColumn("FASTRESN", "number", "Result in the standard unit, as a number: the same."),
    ExportColumn("FASTRESU", "text", "Standard unit, UCUM: the same."),
    ExportColumn("FASTAT", "category", "NOT DONE where it could not be measured.", allowed=("NOT DONE",)),
    ExportColumn("FAREASND", "text", "Why not: flags, joined by semicolons."),
    ExportColumn("FALOC", "text", "Site of the body, as told."),
    ExportColumn("FALAT", "category", "Side, where the site names one.", allowed=("LEFT", "RIGHT")),
    ExportColumn("FAMETHOD", "text", "How it was measured.", always=True),
    ExportColumn("FALOBXFL", "category", "Y at the session that the others are compared with.", allowed=("Y",)),
    ExportColumn("FAEVAL", "text", "Who measured: pigtrack and its version."),
    ExportColumn("VISITNUM", "integer", "Number of the session, from 1.", "1", always=True),
    ExportColumn("VISITDY", "integer", "Study day of the visit: 1 at the baseline, no day 0.", "d"),
    ExportColumn("FADTC", "date", "Of the session, ISO 8601; empty where days were asked for instead of dates."),
    ExportColumn("FADY", "integer", "Study day of the photographs: 1 at the baseline, no day 0.", "d"),
    ExportColumn("SUPPU", "number", "Standard uncertainty, in the result's unit; supplemental."),
    ExportColumn("SUPPCILO", "number", "Lower end of the 95 % interval; supplemental."),
    ExportColumn("SUPPCIHI", "number", "Upper end of the 95 % interval; supplemental."),
    ExportColumn("SUPPSDC", "number", "Smallest detectable change; supplemental."),
    ExportColumn("SUPPVERD", "text", "Verdict on the change; supplemental."),
    ExportColumn("SUPPSTAT", "text", "What became of the lesion; supplemental."),
    ExportColumn("SUPPFLAG", "list", "Reasons to trust the row less, joined by semicolons; supplemental."),
    ExportColumn("SUPPEXCL", "text", "Why the lesion was left out by hand; supplemental."),
    ExportColumn("SUPPMEAS", "integer", "Number of the measurement; supplemental.", "1"),
)
"""Columns as SDTM orders them; what it would put into a supplemental domain stands behind, SUPP in front."""

FINDING_COLUMNS = tuple(column.name for column in FINDINGS)

_OBJECT, _CATEGORY, _METHOD = "PIGMENTED LESION", "PHOTOGRAPHIC PIGMENT MEASUREMENT", "PHOTOGRAPHY WITH COLOR CARD"


def findings_rows(course: RecordedCourse, *, offsets: bool = False, start: int = 1) -> Iterator[dict[str, str]]:
    """Yield the course's findings, columns as `FINDING_COLUMNS`.

    Parameters
    ----------
    course : RecordedCourse
    offsets : bool
        No dates; study days remain.
    start : int
        First FASEQ, where a subject has several courses.

    Notes
    -----
    A change of the baseline against itself is no finding. What could not be measured is NOT DONE with its reason.
    """
    shared = _course_cells(course)
    excluded = find_exclusions(course, offsets=offsets)
    sequence = start - 1
    for visit in list_visits(course):
        seen = {**shared, **_visit_cells(course, visit, offsets=offsets)}
        for row, units in _rows(visit):
            about = {**seen, **_row_cells(course, row, excluded)}
            for metric in _findings(row, units):
                sequence += 1
                yield {**about, "FASEQ": str(sequence), **_finding_cells(metric, row)}


def _rows(visit: Visit) -> Iterator[tuple[Cells, Mapping[str, str]]]:
    if visit.totals is not None:
        yield visit.totals, SESSION_UNITS
    for row in visit.lesions:
        yield row, LESION_UNITS


def _findings(row: Cells, units: Mapping[str, str]) -> Iterator[Metric]:
    return (each for each in read_metrics(row, units) if each.verdict != Verdict.BASELINE)


def _course_cells(course: RecordedCourse) -> dict[str, str]:
    site = (course.course.site or "").strip()
    version = course.measurement
    return {
        **dict.fromkeys(FINDING_COLUMNS, ""),
        "STUDYID": course.course.id,
        "DOMAIN": DOMAIN,
        "USUBJID": course.course.subject or course.subject_uid,
        "FAOBJ": _OBJECT,
        "FACAT": _CATEGORY,
        "FAMETHOD": _METHOD,
        "FALOC": site,
        "FALAT": next((side.upper() for side in ("left", "right") if site.lower().startswith(f"{side} ")), ""),
        "FAEVAL": "" if version is None else f"pigtrack {version.pigtrack}",
        "SUPPMEAS": "" if version is None else str(version.number),
    }


def _visit_cells(course: RecordedCourse, visit: Visit, *, offsets: bool) -> dict[str, str]:
    day = study_day(visit.day)
    baseline = visit.totals is not None and visit.totals.get("verdict") == Verdict.BASELINE
    return {
        "FAGRPID": f"{course.course.id}-{visit.number}",
        "VISITNUM": str(visit.number),
        "VISITDY": day,
        "FADY": day,
        "FADTC": "" if offsets else visit.date,
        "FALOBXFL": "Y" if baseline else "",
    }


def study_day(days_from_baseline: int | None) -> str:
    """Return SDTM's study day: the baseline is day 1, the day before it is day -1.

    Examples
    --------
    >>> study_day(0), study_day(14), study_day(-1), study_day(None)
    ('1', '15', '-1', '')
    """
    if days_from_baseline is None:
        return ""
    return str(days_from_baseline + 1 if days_from_baseline >= 0 else days_from_baseline)


def _row_cells(course: RecordedCourse, row: Cells, excluded: Mapping[int, Exclusion]) -> dict[str, str]:
    flags = {"SUPPFLAG": row.get("flags", "")}
    if "lesion_id" not in row:
        return {**flags, "FASCAT": "SESSION"}
    left_out = excluded.get(int(row["lesion_id"]))
    return {
        **flags,
        "FASCAT": "LESION",
        "FALNKID": f"{course.course.id}-L{int(row['lesion_id']):03d}",
        "SUPPSTAT": row.get("status", ""),
        "SUPPEXCL": "" if left_out is None else left_out.reason or "not recorded",
    }


def _finding_cells(metric: Metric, row: Cells) -> dict[str, str]:
    code, name = TESTS[metric.name]
    told = {"FATESTCD": code, "FATEST": name, "SUPPVERD": metric.verdict}
    if not metric.value:
        reason = row.get("flags", "") or row.get("status", "")
        return {**told, "FASTAT": "NOT DONE", "FAREASND": as_told(reason)}
    return {
        **told,
        **dict.fromkeys(("FAORRES", "FASTRESC", "FASTRESN"), metric.value),
        **dict.fromkeys(("FAORRESU", "FASTRESU"), metric.unit),
        "SUPPU": metric.u,
        "SUPPCILO": metric.low,
        "SUPPCIHI": metric.high,
        "SUPPSDC": metric.detectable,
    }
