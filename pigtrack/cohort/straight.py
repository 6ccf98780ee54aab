"""Whether a group's change runs straight along its axis, as the model takes it to."""

import numpy as np
from scipy.special import stdtrit

from pigtrack.cohort.sessions import Sessions, Spread

LEVEL = 0.05
"""Share of groups with a straight course that are called bent all the same."""

_SMALLEST_SHARE = 1e-6
"""Of the square that must be left beside the line; with one distance from the baseline there is nothing to bend."""


def is_bent(sessions: Sessions, spread: Spread, slope: float) -> bool:
    """Tell whether x² says more of the changes than the line does, for instance as they start late or level off.

    Notes
    -----
    The score of a common quadratic term: with V the model's covariance and q = x² without its part along x, the
    statistic ``qᵀV⁻¹(y - slope·x) / sqrt(qᵀV⁻¹q)`` against Student's t of one degree less than patients.

    References
    ----------
    C. R. Rao, "Large sample tests of statistical hypotheses concerning several parameters", Proc. Camb. Phil. Soc. 44
    (1948) 50-57, doi:10.1017/S0305004100023987.
    """
    starts = [*sessions.course_starts[sessions.patient_starts], len(sessions.x)]
    sums = np.zeros((3, 3))
    for patient in range(sessions.patients):
        rows = slice(starts[patient], starts[patient + 1])
        x = sessions.x[rows]
        columns = np.stack([x, x**2, sessions.y[rows] - slope * x], axis=1)
        sums += columns.T @ np.linalg.solve(_covariance(sessions, spread, rows), columns)
    (line, mixed, left), (_, square, score), _ = sums
    size = square - mixed**2 / line
    if size <= _SMALLEST_SHARE * square:
        return False
    statistic = (score - mixed / line * left) / np.sqrt(size)
    return bool(abs(statistic) > stdtrit(sessions.patients - 1, 1 - LEVEL / 2))


def _covariance(sessions: Sessions, spread: Spread, rows: slice) -> np.ndarray:
    """Covariance of one patient's changes (see `pigtrack.cohort.fit`)."""
    x, course = sessions.x[rows], sessions.course[rows]
    alike = course[:, None] == course
    own = np.diag(spread.residual + sessions.variance[rows])
    shared = alike * (spread.residual + sessions.shared[course])
    return np.asarray(own + shared + np.outer(x, x) * (spread.patient + spread.course * alike))
