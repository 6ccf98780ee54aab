"""A robust slope through the sessions that count."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from pigtrack.imaging.change.inquiry import Inquiry
from pigtrack.model.course import Course, days_between
from pigtrack.model.linked import Trend
from pigtrack.model.metrics import Change, SessionMetrics, Verdict
from pigtrack.model.quantity import FloatArray

FEWEST_SESSIONS = 3
"""Two sessions are a change, not a trend."""

FEWEST_RANKED = 5
"""With four there are six slopes, and even their full range holds the true one less often than 95 %."""

COVERAGE = float(ndtri(0.975))


@dataclass(frozen=True, eq=False, slots=True)
class _Points:
    """Days, percentages of the baseline and their standard uncertainties, the baseline's own among them."""

    days: FloatArray
    percents: FloatArray
    u: FloatArray


@dataclass(frozen=True, slots=True)
class _Slope:
    """Percent a day with the half width of its 95 % interval."""

    value: float
    reach: float


def fit_trend(course: Course, inquiry: Inquiry, sessions: Sequence[SessionMetrics]) -> Trend | None:
    """Fit the primary endpoint's percentage over time; None with fewer than three sessions that count.

    Notes
    -----
    With three or four sessions: a straight line weighted with what each session is known to; its interval is widened
    by Birge's ratio where the sessions stray further from the line than that. From five on: the median of all
    pairwise slopes (Theil and Sen), its interval the pairwise slopes at the ranks that Kendall's statistic gives, and
    never narrower than the photographs' own uncertainty makes it. The baseline enters as 0 %, with half of the variance
    of the best known comparison, which both of its sessions share.

    References
    ----------
    P. K. Sen, "Estimates of the regression coefficient based on Kendall's tau", J. Am. Stat. Assoc. 63 (1968)
    1379-1389. R. T. Birge, "The calculation of errors by the method of least squares", Phys. Rev. 40 (1932) 207-227.
    """
    points = _gather(course, inquiry, sessions)
    if len(np.unique(points.days)) < FEWEST_SESSIONS:
        return None
    line = _fit_line(points)
    middle, low, high = line.value, line.value - line.reach, line.value + line.reach
    if len(np.unique(points.days)) >= FEWEST_RANKED:
        slopes = _pairwise_slopes(points)
        middle = float(np.median(slopes))
        ends = _rank_interval(slopes, len(points.days))
        known = _fit_line(points, birge=False).reach
        low, high = min(ends[0], middle - known), max(ends[1], middle + known)
    middle, low, high = (30 * float(each) for each in (middle, low, high))
    return Trend(inquiry.primary, middle, low, high, len(points.days))


def _gather(course: Course, inquiry: Inquiry, sessions: Sequence[SessionMetrics]) -> _Points:
    first = course.sessions[inquiry.linked.baseline - 1]
    rows = [
        (days, *point)
        for each in sessions
        if inquiry.counts(each.session)
        and (days := days_between(first, course.sessions[each.session - 1])) is not None
        and (point := _point(inquiry, each)) is not None
    ]
    on, percents, u = np.array(rows, dtype=np.float64).reshape(-1, 3).T
    others = u[u > 0] ** 2
    shared = 0.5 * float(others.min()) if others.size else 0.0
    return _Points(on, percents, np.sqrt(np.where(u > 0, u**2 - shared, shared)))


def _point(inquiry: Inquiry, session: SessionMetrics) -> tuple[float, float] | None:
    """Percent and u of a session, 0 and 0 for the baseline; None where it has no verdict or no percentage."""
    if session.verdict is Verdict.BASELINE:
        return 0.0, 0.0
    if session.verdict is Verdict.NOT_MEASURABLE:
        return None
    change: Change = next(each for each in session.changes if each.endpoint is inquiry.primary)
    if change.percent is None or change.low is None or change.high is None:
        return None
    return change.percent, (change.high - change.low) / (2 * COVERAGE)


def _fit_line(points: _Points, *, birge: bool = True) -> _Slope:
    weights = 1 / np.maximum(points.u, 1e-6) ** 2
    days = points.days - np.average(points.days, weights=weights)
    percents = points.percents - np.average(points.percents, weights=weights)
    information = float(np.sum(weights * days**2))
    slope = float(np.sum(weights * days * percents)) / information
    strayed = float(np.sum(weights * (percents - slope * days) ** 2)) / (len(days) - 2)
    widening = np.sqrt(max(1.0, strayed)) if birge else 1.0
    return _Slope(slope, float(COVERAGE * widening / np.sqrt(information)))


def _pairwise_slopes(points: _Points) -> FloatArray:
    first, second = np.triu_indices(len(points.days), k=1)
    days, percents = points.days[second] - points.days[first], points.percents[second] - points.percents[first]
    return np.sort(percents[days != 0] / days[days != 0])


def _rank_interval(slopes: FloatArray, count: int) -> tuple[float, float]:
    spread = COVERAGE * np.sqrt(count * (count - 1) * (2 * count + 5) / 18)
    lower = max(int(np.floor((len(slopes) - spread) / 2)) - 1, 0)
    return float(slopes[lower]), float(slopes[len(slopes) - 1 - lower])
