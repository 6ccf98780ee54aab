"""Two estimates compared: percentage, interval, and how sure it is that they differ."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr, stdtrit

LOG_LIMIT = 5.0
"""Standard uncertainties above zero from which both values are compared as a log ratio.

Below it the log of a normal estimate is too skew to give its interval (at 5 u the bias of the log is 2 %), and
the ratio's exact interval by Fieller's theorem takes over.
"""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its standard uncertainty.

    Attributes
    ----------
    value, u : float
    doubt : float
        How badly ``u`` itself is known: the sum of ``uᵢ⁴/νᵢ`` over its parts, νᵢ their degrees of freedom (Welch and
        Satterthwaite; JCGM 100:2008, G.4.1); 0 where they are well known.
    misread : float
        Standard uncertainty besides, of the change's own size: it is none where nothing changed.
    """

    value: float
    u: float
    doubt: float = 0.0
    misread: float = 0.0


@dataclass(frozen=True, slots=True)
class Comparison:
    """``now`` against ``before``.

    Attributes
    ----------
    percent, low, high : float or None
        Change in percent of ``before`` and its 95 % interval; None where ``before`` is not above zero.
    statistic : float
        Difference over its standard uncertainty, on the scale that was compared; negative: less than before.
    degrees : float
        Of freedom, by Welch and Satterthwaite.
    relative_u : float or None
        Of no difference: of the log ratio, or of the plain difference as a share of ``before``.
    logarithmic : bool
        Which of the two.
    """

    percent: float | None
    low: float | None
    high: float | None
    statistic: float
    degrees: float
    relative_u: float | None
    logarithmic: bool

    @property
    def p(self) -> float:
        """Two-sided chance of so large a statistic where nothing changed."""
        return float(2 * _student(self.degrees, -abs(self.statistic)))

    def smallest_fall(self, level: float) -> float | None:
        """Percent that must be lost before it is called a change at a two-sided ``level``, at most 100."""
        if self.relative_u is None:
            return None
        loss = quantile(self.degrees, level) * self.relative_u
        return float(100 * min(1.0, -np.expm1(-loss) if self.logarithmic else loss))


def compare_ratio(before: Estimate, now: Estimate) -> Comparison:
    """Compare two amounts by their log ratio; by Fieller's theorem where one of them is near zero."""
    if min(before.value - LOG_LIMIT * before.u, now.value - LOG_LIMIT * now.u) <= 0:
        return compare_difference(before, now)
    log_ratio = np.log(now.value / before.value)
    still = np.hypot(before.u / before.value, now.u / now.value)
    u = np.hypot(still, now.misread / now.value)
    degrees = _degrees(u, before.doubt / before.value**4 + now.doubt / now.value**4)
    reach = quantile(degrees, 0.05) * u
    percent, low, high = (float(100 * np.expm1(end)) for end in (log_ratio, log_ratio - reach, log_ratio + reach))
    return Comparison(percent, low, high, _over(log_ratio, u), degrees, float(still), logarithmic=True)


def compare_difference(before: Estimate, now: Estimate) -> Comparison:
    """Compare two amounts by their difference, told as a percentage by Fieller's theorem.

    Notes
    -----
    With r = now/before, q the quantile of t and g = (q·u_b/before)², the interval of the ratio is
    ``(r ± q/before·sqrt((1-g)·u_n² + r²·u_b²)) / (1-g)``; with g >= 1 ``before`` is not above zero and no
    percentage exists. Its interval leaves out "no change" exactly when the difference's does.

    References
    ----------
    E. C. Fieller, "Some problems in interval estimation", J. R. Stat. Soc. B 16 (1954) 175-185.
    """
    still = np.hypot(before.u, now.u)
    now_u = np.hypot(now.u, now.misread)
    u = np.hypot(before.u, now_u)
    degrees = _degrees(u, before.doubt + now.doubt)
    statistic = _over(now.value - before.value, u)
    q = quantile(degrees, 0.05)
    if before.value <= q * before.u:
        return Comparison(None, None, None, statistic, degrees, None, logarithmic=False)
    g = (q * before.u / before.value) ** 2
    ratio = now.value / before.value
    centre = ratio / (1 - g)
    reach = q / before.value * np.sqrt((1 - g) * now_u**2 + (ratio * before.u) ** 2) / (1 - g)
    percent, low, high = (float(100 * (end - 1)) for end in (ratio, centre - reach, centre + reach))
    return Comparison(percent, low, high, statistic, degrees, float(still / before.value), logarithmic=False)


def quantile(degrees: float, level: float) -> float:
    """Return the two-sided quantile of Student's t: 1.96 for infinite degrees of freedom at level 0.05."""
    return float(stdtrit(min(degrees, 1e9), 1 - level / 2))


def holm_levels(p: Sequence[float], level: float) -> list[float]:
    """Return the level that each hypothesis was, or would have been, judged at by Holm's procedure.

    Notes
    -----
    The smallest p is judged at ``level/n``, the next at ``level/(n-1)`` and so on, until one fails; those that
    fail, and all after, are judged at ``level`` over the number not rejected. A hypothesis is rejected exactly when
    its p does not exceed its level. The chance of any false rejection is at most ``level``, however the tests
    depend on each other.

    References
    ----------
    S. Holm, "A simple sequentially rejective multiple test procedure", Scand. J. Stat. 6 (1979) 65-70.

    Examples
    --------
    >>> [round(each, 3) for each in holm_levels([0.02, 0.001, 0.6], 0.05)]
    [0.025, 0.017, 0.05]
    """
    order = np.argsort(p, kind="stable")
    levels = [0.0] * len(p)
    last, open_ = 0.0, True
    for rank, index in enumerate(order):
        if open_:
            last = level / (len(p) - rank)
        levels[index] = last
        open_ = open_ and p[index] <= last
    return levels


def _student(degrees: float, t: float) -> float:
    return float(stdtr(min(degrees, 1e9), t))


def _over(difference: float, u: float) -> float:
    """Difference in units of u; with u = 0 any difference is beyond doubt."""
    if u > 0:
        return float(difference / u)
    return float(np.sign(difference) * np.inf) if difference else 0.0


def _degrees(u: float, doubt: float) -> float:
    """Effective degrees of freedom, by Welch and Satterthwaite; at least 1."""
    return max(float(u**4 / doubt), 1.0) if doubt > 0 else float(np.inf)
