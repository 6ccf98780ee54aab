"""A robust slope through the sessions that count."""

from collections.abc import Sequence

import numpy as np
from scipy.special import ndtri

from pigtrack.imaging.change.inquiry import Inquiry
from pigtrack.model.course import Course, days_between
from pigtrack.model.linked import Trend
from pigtrack.model.metrics import SessionMetrics, Verdict
from pigtrack.model.quantity import FloatArray

FEWEST_SESSIONS = 5
"""With four there are six slopes, and even their full range holds the true one less often than 95 %."""


def fit_trend(course: Course, inquiry: Inquiry, sessions: Sequence[SessionMetrics]) -> Trend | None:
    """Fit the primary endpoint's percentage over time by Theil and Sen; None with too few sessions that count.

    Notes
    -----
    The slope is the median of all pairwise slopes, its interval the pairwise slopes at the ranks that Kendall's
    statistic gives. The baseline enters as 0 %.

    References
    ----------
    P. K. Sen, "Estimates of the regression coefficient based on Kendall's tau", J. Am. Stat. Assoc. 63 (1968)
    1379-1389.
    """
    first = course.sessions[inquiry.linked.baseline - 1]
    points = [
        (days, percent)
        for each in sessions
        if inquiry.counts(each.session)
        and (days := days_between(first, course.sessions[each.session - 1])) is not None
        and (percent := _percent(inquiry, each)) is not None
    ]
    if len({days for days, _ in points}) < FEWEST_SESSIONS:
        return None
    slopes = _pairwise_slopes(np.array(points, dtype=np.float64))
    low, high = _rank_interval(slopes, len(points))
    middle, low, high = (30 * float(each) for each in (np.median(slopes), low, high))
    return Trend(inquiry.primary, middle, low, high, len(points))


def _percent(inquiry: Inquiry, session: SessionMetrics) -> float | None:
    if session.verdict is Verdict.BASELINE:
        return 0.0
    if session.verdict is Verdict.NOT_MEASURABLE:
        return None
    return next(change.percent for change in session.changes if change.endpoint is inquiry.primary)


def _pairwise_slopes(points: FloatArray) -> FloatArray:
    first, second = np.triu_indices(len(points), k=1)
    days, percents = (points[second] - points[first]).T
    return np.sort(percents[days != 0] / days[days != 0])


def _rank_interval(slopes: FloatArray, count: int) -> tuple[float, float]:
    spread = ndtri(0.975) * np.sqrt(count * (count - 1) * (2 * count + 5) / 18)
    lower = max(int(np.floor((len(slopes) - spread) / 2)) - 1, 0)
    return slopes[lower], slopes[len(slopes) - 1 - lower]
