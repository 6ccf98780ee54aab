"""From a course's tables to what a cohort needs of it: changes with their variances, and how far they lie off."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pigtrack.imaging.change import OUT_OF_TREND
from pigtrack.model.cohort import CohortCourse, Factor, LeftOut, MeasuredTables
from pigtrack.model.course import Course, Endpoint, Mode

COVERAGE = 1.959964
"""Reach of the tables' 95 % intervals in standard uncertainties, where these are well known. Where they are not, the
tables' reach is longer, and what is read from it too large rather than too small."""

LEVELS = {Endpoint.LOAD: "pigment_load", Endpoint.AREA: "area_total_mm2", Endpoint.CONTRAST: "contrast_delta_mi"}
"""Column of each endpoint."""

_SMALLEST_U = 1e-4
"""A change is never taken as known better than this, in its unit: tables are rounded to a hundredth of a percent."""


@dataclass(frozen=True, slots=True)
class _Later:
    """A later session: days, treatments before it, change, variance."""

    days: float
    treatments: float
    change: float
    variance: float


def take_course(tables: MeasuredTables, endpoint: Endpoint, mode: Mode | None = None) -> CohortCourse | LeftOut:
    """Return a course as it enters a cohort, or why it does not.

    Parameters
    ----------
    tables : MeasuredTables
        As read from its folder.
    endpoint : Endpoint
        What is compared.
    mode : Mode or None
        None: either.

    Notes
    -----
    Load and area enter as ``y = log(1 + percent/100)`` with ``u = (log high - log low) / (2 · 1.96)``. Contrast enters
    as the difference ``before·percent/100`` with ``before = now / (1 + percent/100)``; of the ratio's uncertainty u the
    difference has ``before · u · sqrt(2 / (1 + ratio²))``, both sessions being known alike. Half of the variance of the
    best known change is the baseline's, which all changes of a course share.
    """
    course = tables.course
    reason = _reason(tables, mode)
    if reason is not None:
        return reason
    received = _treatments_before(course)
    later = [found for row in tables.sessions if (found := _later(row, endpoint, received)) is not None]
    if not later:
        return LeftOut.NO_LATER_SESSION
    whole = np.array([each.variance for each in later])
    shared = float(whole.min()) / 2
    return CohortCourse(
        id=course.id,
        subject=course.subject or "",
        digest=tables.digest,
        days=np.array([each.days for each in later]),
        treatments=np.array([each.treatments for each in later]),
        change=np.array([each.change for each in later]),
        variance=whole - shared,
        shared=shared,
        level=_level(tables.sessions, endpoint),
        groups=groups_of(course),
        primary=course.primary,
    )


def _reason(tables: MeasuredTables, mode: Mode | None) -> LeftOut | None:
    course = tables.course
    if tables.exploratory:
        return LeftOut.EXPLORATORY
    if mode is not None and course.mode is not mode:
        return LeftOut.OTHER_MODE
    if not course.subject:
        return LeftOut.NO_SUBJECT
    if all(session.date is None for session in course.sessions):
        return LeftOut.UNDATED
    return None


def groups_of(course: Course) -> dict[Factor, str | None]:
    """Return what a course says of itself; several products or techniques of one course are joined by a plus."""
    told: dict[Factor, str | None] = {
        factor: getattr(course, factor.value) for factor in Factor if factor not in (Factor.PRODUCT, Factor.TECHNIQUE)
    }
    done = [treatment for session in course.sessions for treatment in session.treatments]
    told[Factor.PRODUCT] = _joined(each.product for each in done)
    told[Factor.TECHNIQUE] = _joined(each.technique for each in done)
    return told


def _joined(values: Iterable[str | None]) -> str | None:
    named = {" ".join(each.split()) for each in values if each is not None and each.strip()}
    return " + ".join(sorted(named, key=lambda name: (name.casefold(), name))) or None


def _treatments_before(course: Course) -> Mapping[int, int]:
    """Treatments received before each session's photograph, which is taken before that day's own treatment."""
    received, count = {}, 0
    for session in course.sessions:
        received[session.number] = count
        count += bool(session.treatments)
    return received


def _later(row: Mapping[str, str], endpoint: Endpoint, received: Mapping[int, int]) -> _Later | None:
    """Read one row; None where it is the baseline, lies before it, or is kept out of verdict and trend."""
    name = endpoint.value
    flags = frozenset(row.get("flags", "").split(";"))
    if row.get(f"{name}_verdict") in ("baseline", "not_measurable") or flags & OUT_OF_TREND:
        return None
    cells = [_number(row.get(cell)) for cell in ("days_from_baseline", *(f"{name}_change_{end}" for end in _ENDS))]
    level = _number(row.get(LEVELS[endpoint])) if endpoint is Endpoint.CONTRAST else 1.0
    if level is None or any(each is None for each in cells):
        return None
    days, percent, low, high = (float(each) for each in cells if each is not None)
    told = _difference(percent, low, high, level) if endpoint is Endpoint.CONTRAST else _log_ratio(percent, low, high)
    session = int(row.get("session", "0") or 0)
    if days <= 0 or told is None or session not in received:
        return None
    change, u = told
    return _Later(days, received[session], change, max(u, _SMALLEST_U) ** 2)


_ENDS = ("percent", "ci_low", "ci_high")


def _number(cell: str | None) -> float | None:
    try:
        value = float(cell or "nan")
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _log_ratio(percent: float, low: float, high: float) -> tuple[float, float] | None:
    if not -100 < low <= percent <= high:
        return None
    ratio, least, most = (math.log1p(each / 100) for each in (percent, low, high))
    return ratio, (most - least) / (2 * COVERAGE)


def _difference(percent: float, low: float, high: float, now: float) -> tuple[float, float] | None:
    ratio = 1 + percent / 100
    if ratio <= 0 or not low <= percent <= high:
        return None
    before = now / ratio
    u = before * (high - low) / 100 / (2 * COVERAGE) * math.sqrt(2 / (1 + ratio**2))
    return now - before, u


def _level(rows: Sequence[Mapping[str, str]], endpoint: Endpoint) -> float | None:
    first = next((row for row in rows if row.get("verdict") == "baseline"), None)
    value = None if first is None else _number(first.get(LEVELS[endpoint]))
    if value is None or endpoint is Endpoint.CONTRAST:
        return value
    return math.log(value) if value > 0 else None
