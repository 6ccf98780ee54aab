"""A mixed model of courses over time: one line from the baseline for a group, a slope of its own for each patient.

Of a course, y is the change against the baseline at its later sessions and x how far they lie from it::

    y = (slope + patient + course)·x + (eₜ - e₀) + (mₜ - m₀)

``patient`` and ``course`` are normal with the variances τ² and κ²; e is what a session differs from the line beyond the
photographs' uncertainty, variance σ²; m is that uncertainty, known from the tables. e₀ and m₀ are the baseline's, so
all later sessions of a course share them. This is the model ``log y ~ course + x`` with a random slope by patient, in
which every course has a level of its own, written for differences from the baseline.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from pigtrack.cohort.sessions import Sessions, Spread
from pigtrack.cohort.straight import is_bent
from pigtrack.model.cohort import Trajectory
from pigtrack.model.quantity import FloatArray

_TOLERANCE = 1e-10
"""Of the log likelihood, relative: leaves the variances four digits."""

_STARTS = ((0.3, 0.7), (0.05, 0.95))
"""Shares of session scatter and of slopes in the spread that is seen, from which the search sets out."""

_SMALLEST_REST = 1e-6
"""Of a residual that is left where one patient decides alone; keeps the quotient finite."""

_MANY = 200
"""Patients beyond which Student's t and the normal curve differ by less than 1 %, so that degrees need no matrix."""

_STEP = 1e-20
"""Along the imaginary axis: small enough that the derivative has every digit (Squire and Trapp, 1998)."""


@dataclass(frozen=True, eq=False, slots=True)
class _Slopes:
    """What the sessions say of each patient's slope, given the spread within a patient.

    ``information`` is one over the variance of ``slope``; ``squares`` and ``log_determinant`` are the rest of the
    likelihood, all patients together.
    """

    slope: NDArray[Any]
    information: NDArray[Any]
    squares: Any
    log_determinant: Any


def fit_trajectory(sessions: Sessions) -> Trajectory | None:
    """Fit the line of a group.

    Returns
    -------
    Trajectory or None
        None where there are no more patients than coefficients, or nothing lies away from the baseline.

    Notes
    -----
    Variances by restricted maximum likelihood. With wₚ one over a patient's variance (what the sessions leave open,
    plus τ²) the slope is the mean of the patients' slopes bₚ weighted with wₚ. Its variance is taken from how the
    patients really stray, ``Σ wₚ² (bₚ - slope)² / (1 - hₚ) / (Σ wₚ)²`` with hₚ a patient's leverage (CR2), and
    Student's degrees of freedom by Satterthwaite's rule: with six patients, some of whom left early, the plain model's
    interval is too short. It is never smaller than what the photographs alone leave open.

    References
    ----------
    N. M. Laird, J. H. Ware, "Random-effects models for longitudinal data", Biometrics 38 (1982) 963-974,
    doi:10.2307/2529876. R. M. Bell, D. F. McCaffrey, "Bias reduction in standard errors for linear regression with
    multi-stage samples", Survey Methodology 28 (2002) 169-181. J. E. Pustejovsky, E. Tipton, "Small-sample methods for
    cluster-robust variance estimation and hypothesis testing in fixed effects models", J. Bus. Econ. Stat. 36 (2018)
    672-683, doi:10.1080/07350015.2016.1247004. J. P. T. Higgins, S. G. Thompson, "Quantifying heterogeneity in a
    meta-analysis", Stat. Med. 21 (2002) 1539-1558, doi:10.1002/sim.1186.
    """
    design = sessions.design
    if sessions.patients <= design.shape[1] or not _can_tell(sessions):
        return None
    spread = fit_spread(sessions)
    slopes = _patient_slopes(sessions, spread.residual, spread.course)
    weights = slopes.information / (1 + spread.patient * slopes.information)
    mean = _weighted_mean(design, weights, slopes.slope)
    least = float(1 / _patient_slopes(sessions, 0.0, 0.0).information.sum())
    return Trajectory(
        patients=sessions.patients,
        courses=len(sessions.shared),
        sessions=len(sessions.x),
        slope=mean.slope,
        u=float(np.sqrt(max(mean.variance, least))),
        degrees=mean.degrees,
        tau=float(np.sqrt(spread.patient + spread.course)),
        residual=float(np.sqrt(spread.residual)),
        between_share=_between_share(slopes.information, spread.patient),
        bent=is_bent(sessions, spread, mean.slope),
    )


@dataclass(frozen=True, slots=True)
class _Mean:
    """The first coefficient, its variance, and the degrees of freedom that this is known with."""

    slope: float
    variance: float
    degrees: float


def _weighted_mean(design: FloatArray, weights: FloatArray, values: FloatArray) -> _Mean:
    """Regress the patients' slopes on the design; the variance by CR2 (see `fit_trajectory`)."""
    inverse = np.asarray(np.linalg.inv(design.T @ (weights[:, None] * design)), dtype=np.float64)
    coefficients = inverse @ (design.T @ (weights * values))
    leverage = weights * np.einsum("pi,ij,pj->p", design, inverse, design)
    pulls: FloatArray = (weights * (design @ inverse[0])) ** 2 / np.maximum(1 - leverage, _SMALLEST_REST)
    variance = float(pulls @ (values - design @ coefficients) ** 2)
    return _Mean(float(coefficients[0]), variance, _degrees(design, weights, inverse, pulls))


def _degrees(design: FloatArray, weights: FloatArray, inverse: FloatArray, pulls: FloatArray) -> float:
    """Degrees of freedom of the variance ``Σ pulls · residual²`` where the weights are right (Satterthwaite)."""
    count, coefficients = design.shape
    if count > _MANY:
        return float(count - coefficients)
    rest = np.eye(count) - design @ inverse @ (design.T * weights)
    form = (rest.T * pulls) @ rest / weights
    return float(np.trace(form) ** 2 / np.sum(form * form.T))


def _can_tell(sessions: Sessions) -> bool:
    """Whether every patient has a session away from the baseline."""
    reach = np.bincount(sessions.patient[sessions.course], weights=np.abs(sessions.x), minlength=sessions.patients)
    return bool(np.all(reach > 0))


def fit_spread(sessions: Sessions) -> Spread:
    """Find the variances of the model by restricted maximum likelihood.

    The scatter of sessions is taken as none where no course has two later sessions, and that between the courses of a
    patient where no patient has two: neither can then be told from the spread between patients.
    """
    frees = _free(sessions)
    slopes = _patient_slopes(sessions, 0.0, 0.0)
    size = max(float(np.var(slopes.slope)), 1e-12)
    scale = np.array([size * float(np.mean(sessions.x**2)), size, size])[frees]

    def loss(shares: FloatArray) -> tuple[float, FloatArray]:
        return _loss_and_slope(sessions, shares, scale, frees)

    best = min(
        (
            minimize(
                loss,
                _start(start, frees),
                jac=True,
                method="L-BFGS-B",
                bounds=[(0.0, None)] * len(frees),
                options={"ftol": _TOLERANCE, "maxiter": 200},
            )
            for start in _STARTS
        ),
        key=lambda found: float(found.fun),
    )
    return _spread(np.asarray(best.x, dtype=np.float64) * scale, frees)


def _free(sessions: Sessions) -> list[int]:
    """Which of residual, patient and course can be told apart."""
    several_sessions = bool(np.bincount(sessions.course).max() > 1)
    several_courses = bool(np.bincount(sessions.patient).max() > 1)
    return [index for index, free in enumerate((several_sessions, True, several_courses)) if free]


def _start(shares: tuple[float, float], frees: list[int]) -> FloatArray:
    return np.array([shares[0], shares[1], 0.3 * shares[1]], dtype=np.float64)[frees]


def _spread(values: FloatArray, frees: list[int]) -> Spread:
    return Spread(*(float(each) for each in _whole(values, frees)))


def _whole(values: NDArray[Any], frees: list[int]) -> NDArray[Any]:
    whole = np.zeros(3, dtype=values.dtype)
    whole[frees] = values
    return whole


def _loss_and_slope(
    sessions: Sessions, shares: FloatArray, scale: FloatArray, frees: list[int]
) -> tuple[float, FloatArray]:
    """Minus twice the restricted log likelihood, and its derivatives by a step along the imaginary axis."""
    steps = [_loss(sessions, *_whole((shares + 1j * _STEP * row) * scale, frees)) for row in np.eye(len(frees))]
    return float(steps[0].real), np.array([each.imag / _STEP for each in steps])


def _loss(sessions: Sessions, residual: complex, patient: complex, course: complex) -> complex:
    """Minus twice the restricted log likelihood, without its constant."""
    slopes = _patient_slopes(sessions, residual, course)
    design = sessions.design
    weights = slopes.information / (1 + patient * slopes.information)
    crossed = design.T @ (weights[:, None] * design)
    slope = np.linalg.solve(crossed, design.T @ (weights * slopes.slope))
    strayed = weights @ (slopes.slope - design @ slope) ** 2
    widened = np.log(1 + patient * slopes.information).sum()
    return complex(slopes.log_determinant + widened + np.log(np.linalg.det(crossed)) + slopes.squares + strayed)


def _patient_slopes(sessions: Sessions, residual: complex, course_slopes: complex) -> _Slopes:
    """Return each patient's slope by generalised least squares.

    Notes
    -----
    A course's covariance is ``diag(σ² + sₜ²) + (σ² + s₀²)·11ᵀ + κ²·xxᵀ``: a diagonal and two terms of rank one, so by
    Sherman and Morrison's formula everything comes from sums over its sessions.
    """
    weights = 1 / (residual + sessions.variance)
    terms = np.stack([np.ones_like(sessions.x), sessions.x, sessions.y])
    products = np.stack([*terms, sessions.x**2, sessions.x * sessions.y, sessions.y**2])
    one, x, y, xx, xy, yy = np.add.reduceat(weights * products, sessions.course_starts, axis=1)
    shared = residual + sessions.shared
    factor = shared / (1 + shared * one)
    xx, xy, yy = xx - factor * x * x, xy - factor * x * y, yy - factor * y * y
    widened = 1 + course_slopes * xx
    log_determinant = -np.log(weights).sum() + np.log(1 + shared * one).sum() + np.log(widened).sum()
    yy = yy - course_slopes * xy**2 / widened
    information, product = np.add.reduceat(np.stack([xx, xy]) / widened, sessions.patient_starts, axis=1)
    slope = product / information
    return _Slopes(slope, information, yy.sum() - (slope * product).sum(), log_determinant)


def _between_share(information: FloatArray, between: float) -> float | None:
    """I²: τ² against τ² plus the typical variance of one patient's slope."""
    total, squares = float(information.sum()), float((information**2).sum())
    if len(information) < 2 or total**2 <= squares:
        return None
    typical = (len(information) - 1) * total / (total**2 - squares)
    return between / (between + typical)
