"""Figures with bootstrap intervals over courses, as photographs of one course are not independent."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from pigtrack.model.quantity import FloatArray

_DRAWS = 1000


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of the benchmark.

    Attributes
    ----------
    value, low, high : float or None
        The figure and its 95 % bootstrap interval over courses; None without a case.
    cases, courses : int
        How many cases it rests on, out of how many courses.
    """

    name: str
    unit: str
    value: float | None
    low: float | None
    high: float | None
    cases: int
    courses: int


def estimate(
    name: str,
    unit: str,
    groups: Sequence[FloatArray],
    statistic: Callable[[FloatArray], float],
    *,
    seed: int = 20260111,
) -> Figure:
    """Compute a statistic over the pooled cases of all courses, with a percentile bootstrap over whole courses.

    Parameters
    ----------
    groups : sequence of ndarray
        The cases of each course; nan is left out.
    statistic : callable
        Of a non-empty 1-D array.

    References
    ----------
    Field and Welsh 2007, doi:10.1111/j.1467-9868.2007.00593.x (cluster bootstrap).
    """
    kept = [group[~np.isnan(group)] for group in (np.asarray(g, dtype=np.float64) for g in groups)]
    kept = [group for group in kept if group.size]
    if not kept:
        return Figure(name, unit, None, None, None, 0, 0)
    rng = np.random.default_rng(seed)
    value = statistic(np.concatenate(kept))
    picks = rng.integers(0, len(kept), (_DRAWS, len(kept)))
    draws = [statistic(np.concatenate([kept[k] for k in pick])) for pick in picks]
    low, high = np.percentile(draws, [2.5, 97.5])
    return Figure(name, unit, float(value), float(low), float(high), sum(g.size for g in kept), len(kept))
