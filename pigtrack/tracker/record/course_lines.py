"""The clinic's overview and a course's series, told: cells of text for people, entries for machines."""

from collections.abc import Sequence
from typing import Any

from pigtrack.model.catalogue import Catalogue
from pigtrack.model.metrics import Change
from pigtrack.model.overview import CourseOverview, CourseSeries, SeriesSession
from pigtrack.model.quantity import Measured
from pigtrack.model.record import MeasurementVersion
from pigtrack.model.signing import tell_moment, tell_signed
from pigtrack.report.words import change_for, tell_briefly, tell_endpoint
from pigtrack.store.catalogues import load_catalogue

OVERVIEW_HEADS = ("course", "patient", "site", "sessions", "last day", "next due", "state", "so far", "rests on")
SERIES_HEADS = (
    "session",
    "day",
    "photos",
    "lesions",
    "area mm²",
    "contrast MI",
    "load mm²·MI",
    "change (95 % interval)",
    "flags",
)
_NOTHING = "–"


def overview_cells(courses: Sequence[CourseOverview], *, language: str = "en") -> list[tuple[str, ...]]:
    """Return a row of text a course, in the order of `OVERVIEW_HEADS`."""
    catalogue = load_catalogue(language)
    return [_overview_row(each, catalogue) for each in courses]


def _overview_row(course: CourseOverview, catalogue: Catalogue) -> tuple[str, ...]:
    told = (course.patient, course.site, str(course.sessions), course.last_day, course.next_day, course.state.value)
    return (course.label, *(each or _NOTHING for each in told), _so_far(course, catalogue), _rests_on(course))


def _so_far(course: CourseOverview, catalogue: Catalogue) -> str:
    """Say the verdict, and the change with its interval where there is one."""
    if course.change is None:
        return "not measured"
    verdict = _words(course.change.verdict.value)
    if course.change.percent is None:
        return verdict
    return f"{verdict}: {tell_endpoint(course.endpoint, course.change, catalogue)}"


def _rests_on(course: CourseOverview) -> str:
    """Say which measurement that is, and whose hand was in it."""
    if course.version is None:
        return _NOTHING
    told = [f"measurement {course.version} of {course.versions}"]
    if course.measured < course.sessions:
        told.append(f"{course.sessions - course.measured} sessions newer")
    told.append("corrected by hand" if course.corrected else "automatic")
    told.append("signed" if course.signed else "not signed")
    return ", ".join(told)


def series_cells(series: CourseSeries, *, language: str = "en") -> list[tuple[str, ...]]:
    """Return a row of text a session, in the order of `SERIES_HEADS`; the change is the primary endpoint's."""
    catalogue = load_catalogue(language)
    return [_series_row(each, series, catalogue) for each in series.sessions]


def _series_row(told: SeriesSession, series: CourseSeries, catalogue: Catalogue) -> tuple[str, ...]:
    lesions = _NOTHING if told.lesion_count is None else str(told.lesion_count)
    day = told.day or (_NOTHING if told.days_from_baseline is None else f"day {told.days_from_baseline}")
    figures = (_figure(told.area), _figure(told.contrast), _figure(told.load))
    change = change_for(told.changes, series.overview.endpoint)
    verdict, by = _words(told.verdict.value), tell_briefly(change, catalogue)
    flags = ", ".join(map(_words, told.flags))
    return (str(told.session), day, told.qc_status, lesions, *figures, f"{verdict}: {by}" if by else verdict, flags)


def _figure(measured: Measured | None) -> str:
    """Write a value with its standard uncertainty, both to the digit that counts."""
    if measured is None:
        return _NOTHING
    digits = 1 if measured.u >= 0.1 else 2
    return f"{measured.value:.{digits}f} ± {measured.u:.{digits}f}"


def series_lines(series: CourseSeries) -> list[str]:
    """Say whose course it is, which measurements are kept, and who signed them."""
    course = series.overview
    about = ", ".join(each for each in (course.patient, course.site, course.protocol) if each)
    due = f"; next due {course.next_day}" if course.next_day else ""
    lines = [f"{course.label}: {about or 'erased'}; {course.state.value}{due}."]
    lines += [_version_line(each, series) for each in series.versions]
    lines += tell_signed(series.signatures, None if series.version is None else series.version.number)
    told = (
        f"After ± stands the standard uncertainty. The change is that of {_words(course.endpoint.value)}, the endpoint."
    )
    return [*lines, told if series.versions else "Not measured yet."]


def _version_line(version: MeasurementVersion, series: CourseSeries) -> str:
    shown = "shown here" if version == series.version else "kept beside"
    how = "corrected by hand" if version.corrected else "automatic"
    made = f"pigtrack {version.pigtrack}, {tell_moment(version.at)} by {version.by}"
    return f"Measurement {version.number}, {shown}: {how}, {made}."


def overview_entries(course: CourseOverview) -> dict[str, Any]:
    """Return a course's line as JSON's values; what there is none of is null."""
    names = ("label", "patient", "site", "protocol", "sessions", "measured", "first_day", "last_day", "next_day")
    own = {name: getattr(course, name) for name in names}
    change = {} if course.change is None else _change_entries(course.change)
    rests = {"measurement": course.version, "measurements": course.versions}
    hands = {"corrected": course.corrected, "signed": course.signed}
    return {
        **own,
        **{"state": course.state.value, "endpoint": course.endpoint.value},
        **{name: change.get(name) for name in ("verdict", "change_percent", "change_ci_low", "change_ci_high")},
        **rests,
        **hands,
    }


def _change_entries(change: Change) -> dict[str, Any]:
    ends = {"change_percent": change.percent, "change_ci_low": change.low, "change_ci_high": change.high}
    return {"verdict": change.verdict.value, **ends}


def series_entries(series: CourseSeries) -> dict[str, Any]:
    """Return a course through its sessions as JSON's values."""
    return {
        **overview_entries(series.overview),
        "measurement": None if series.version is None else series.version.number,
        "series": [_session_entries(each) for each in series.sessions],
        "versions": [
            {name: getattr(each, name) for name in ("number", "at", "by", "pigtrack", "corrected", "rows_digest")}
            for each in series.versions
        ],
        "signatures": [
            {name: getattr(each, name) for name in ("measurement", "by", "at", "meaning")} for each in series.signatures
        ],
    }


def _session_entries(told: SeriesSession) -> dict[str, Any]:
    figures = {"area_total_mm2": told.area, "contrast_delta_mi": told.contrast, "pigment_load": told.load}
    names = ("session", "day", "days_from_baseline", "qc_status", "lesion_count")
    return {
        **{name: getattr(told, name) for name in names},
        **{name: None if each is None else each.value for name, each in figures.items()},
        **{f"{name}_u": None if each is None else each.u for name, each in figures.items()},
        "changes": {each.endpoint.value: _change_entries(each) for each in told.changes},
        "verdict": told.verdict.value,
        "flags": list(told.flags),
    }


def _words(name: str) -> str:
    return name.replace("_", " ")
