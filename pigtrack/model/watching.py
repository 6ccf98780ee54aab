"""A clinic's photographs over time: middles of many values with their intervals, month by month."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

_COVERAGE = 0.95


@dataclass(frozen=True, slots=True)
class Middle:
    """The median of n values; ``low`` and ``high`` are its 95 % interval, None where n is too small for one."""

    n: int
    median: float
    low: float | None
    high: float | None


def middle_of(values: Sequence[float]) -> Middle:
    """Return the median of values with its distribution-free interval.

    Notes
    -----
    The k-th smallest and k-th largest of n values enclose the median with probability ``1 - 2 P(B < k)``, B binomial
    with n and 1/2 (Conover, Practical Nonparametric Statistics, 3.2); the largest k that keeps 95 % is taken. Fewer
    than six values have none.

    Examples
    --------
    >>> middle_of([3.0, 1.0, 2.0])
    Middle(n=3, median=2.0, low=None, high=None)
    >>> middle_of([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    Middle(n=6, median=3.5, low=1.0, high=6.0)
    """
    if not values:
        raise ValueError("values must not be empty")
    ranked, n = sorted(values), len(values)
    median = (ranked[(n - 1) // 2] + ranked[n // 2]) / 2
    rank = _rank(n)
    return Middle(n, median, ranked[rank - 1], ranked[n - rank]) if rank else Middle(n, median, None, None)


def _rank(n: int) -> int:
    """Return the largest k for which the interval keeps its probability; 0: none does."""
    below, rank, left = 0.0, 0, (1 - _COVERAGE) / 2
    for k in range(n // 2):
        below += math.exp(math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1) - n * math.log(2))
        if below > left:
            return rank
        rank = k + 1
    return rank
