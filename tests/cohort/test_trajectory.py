"""The mixed model of a group: against statsmodels, and on drawn cohorts whose slopes are known."""

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from drawn_cohorts import TRUE_SLOPE, draw_sessions
from scipy.special import stdtrit

from pigtrack.cohort.fit import Sessions, fit_spread, fit_trajectory
from pigtrack.model.cohort import Trajectory


def dense_loss(sessions: Sessions, residual: float, patient: float, course: float) -> float:
    """Minus twice the restricted log likelihood from whole matrices, as textbooks have it."""
    owner = sessions.patient[sessions.course]
    alike = sessions.course[:, None] == sessions.course
    outer = np.outer(sessions.x, sessions.x)
    covariance = np.diag(residual + sessions.variance) + alike * (residual + sessions.shared[sessions.course])
    covariance = covariance + outer * (patient * (owner[:, None] == owner) + course * alike)
    design = sessions.design[owner] * sessions.x[:, None]
    inverse = np.linalg.inv(covariance)
    crossed = design.T @ inverse @ design
    left = sessions.y - design @ np.linalg.solve(crossed, design.T @ inverse @ sessions.y)
    parts = np.linalg.slogdet(covariance)[1] + np.linalg.slogdet(crossed)[1] + left @ inverse @ left
    return float(parts)


def test_the_likelihood_is_that_of_the_whole_matrices():
    from pigtrack.cohort.fit import _loss

    rng = np.random.default_rng(4)
    sessions = draw_sessions(rng, patients=9, sides=0.5, kappa=0.02)
    sessions = replace(sessions, covariate=rng.normal(size=9))
    at, other = (0.001, 0.002, 0.0005), (0.0, 0.01, 0.0)
    quick = _loss(sessions, *at).real - _loss(sessions, *other).real
    assert quick == pytest.approx(dense_loss(sessions, *at) - dense_loss(sessions, *other), abs=1e-8)


@pytest.mark.parametrize("seed", [3, 5])
def test_with_equal_known_variances_it_agrees_with_statsmodels(seed: int):
    from statsmodels.formula.api import mixedlm

    drawn = draw_sessions(np.random.default_rng(seed), patients=14, leaving=0.1)
    known = 1e-4
    sessions = replace(drawn, variance=np.full_like(drawn.x, known), shared=np.full_like(drawn.shared, known))
    baselines = np.zeros(len(drawn.shared))
    raw = pd.DataFrame(
        {
            "y": np.append(drawn.y, baselines),
            "x": np.append(drawn.x, baselines),
            "course": np.append(drawn.course, np.arange(len(baselines))),
        }
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its optimiser tells of its own progress
        model = mixedlm("y ~ C(course) + x", raw, groups=raw["course"], re_formula="0 + x")
        theirs = model.fit(reml=True, method="powell", xtol=1e-10, ftol=1e-12)
    ours, spread = fit_trajectory(sessions), fit_spread(sessions)
    assert ours is not None
    assert ours.slope == pytest.approx(theirs.fe_params["x"], rel=1e-4)
    assert ours.tau**2 == pytest.approx(theirs.cov_re.iloc[0, 0], rel=1e-3)
    assert spread.residual + known == pytest.approx(theirs.scale, rel=1e-3)


def test_a_cohort_without_spread_is_never_known_better_than_its_photographs():
    x = np.tile([1.0, 2.0, 3.0], 6)
    sessions = Sessions(x, -0.1 * x, np.full(18, 1e-4), np.repeat(np.arange(6), 3), np.full(6, 1e-4), np.arange(6))
    found = fit_trajectory(sessions)
    assert found is not None
    assert found.slope == pytest.approx(-0.1)
    assert found.u > 0.001


def test_two_courses_of_one_patient_are_not_two_patients():
    rng = np.random.default_rng(8)
    alone = draw_sessions(rng, patients=8, tau=0.05, leaving=0.0)
    twice = Sessions(
        np.tile(alone.x, 2),
        np.tile(alone.y, 2),
        np.tile(alone.variance, 2),
        np.append(alone.course, alone.course + 8),
        np.tile(alone.shared, 2),
        np.tile(alone.patient, 2),
    )
    order = np.argsort(np.tile(alone.patient, 2), kind="stable")
    rank = np.argsort(order)
    by_patient = np.argsort(rank[twice.course], kind="stable")
    twice = Sessions(
        twice.x[by_patient],
        twice.y[by_patient],
        twice.variance[by_patient],
        rank[twice.course][by_patient],
        twice.shared[order],
        twice.patient[order],
    )
    one, two = fit_trajectory(alone), fit_trajectory(twice)
    assert one is not None
    assert two is not None
    assert two.patients == 8
    assert two.courses == 16
    assert two.u > 0.85 * one.u


def test_one_patient_is_no_group():
    assert fit_trajectory(draw_sessions(np.random.default_rng(1), patients=1)) is None


def test_the_adjusted_slope_is_that_of_a_patient_at_the_middle():
    rng = np.random.default_rng(11)
    sessions = draw_sessions(rng, patients=30, tau=0.01, residual=0.01, leaving=0.0)
    level = rng.normal(size=30)
    level -= level.mean()
    moved = replace(sessions, y=sessions.y + 0.05 * level[sessions.course] * sessions.x)
    plain, adjusted = fit_trajectory(moved), fit_trajectory(replace(moved, covariate=level))
    assert plain is not None
    assert adjusted is not None
    assert adjusted.slope == pytest.approx(TRUE_SLOPE, abs=3 * adjusted.u)
    assert adjusted.u < 0.5 * plain.u


def share_bent(cohorts: int, *, starting_at: float) -> float:
    """Share of cohorts called bent; nothing happens before ``starting_at``, and from there on the same slope."""
    rng = np.random.default_rng(31)
    bent = 0
    for _ in range(cohorts):
        drawn = draw_sessions(rng, patients=12, tau=0.03, residual=0.02, leaving=0.0)
        late = drawn.y - TRUE_SLOPE * np.minimum(drawn.x, starting_at)
        found = fit_trajectory(replace(drawn, y=late))
        assert found is not None
        bent += found.bent
    return bent / cohorts


def test_a_change_that_starts_late_is_called_bent_and_a_straight_one_rarely():
    assert share_bent(60, starting_at=0.0) <= 0.15
    assert share_bent(20, starting_at=2.0) >= 0.9


def test_with_one_distance_from_the_baseline_nothing_can_bend():
    rng = np.random.default_rng(5)
    sessions = Sessions(
        np.full(8, 2.0), rng.normal(-0.2, 0.05, 8), np.full(8, 1e-4), np.arange(8), np.full(8, 1e-4), np.arange(8)
    )
    found = fit_trajectory(sessions)
    assert found is not None
    assert not found.bent


def covers(found: Trajectory, true: float) -> bool:
    return bool(abs(found.slope - true) <= stdtrit(found.degrees, 0.975) * found.u)


def differ(first: Trajectory, second: Trajectory) -> bool:
    u = np.hypot(first.u, second.u)
    degrees = u**4 / (first.u**4 / first.degrees + second.u**4 / second.degrees)
    return bool(abs(first.slope - second.slope) > stdtrit(degrees, 0.975) * u)


def run(cohorts: int, patients: int, seed: int, *, tau: float, residual: float) -> tuple[float, float]:
    """Coverage of the first group's interval, and how often two groups that do not differ are told apart.

    The second group has as many patients and twice the spread between them.
    """
    rng = np.random.default_rng(seed)
    covered = false = 0
    for _ in range(cohorts):
        first = fit_trajectory(draw_sessions(rng, patients=patients, tau=tau, residual=residual))
        second = fit_trajectory(draw_sessions(rng, patients=patients, tau=2 * tau, residual=residual))
        assert first is not None
        assert second is not None
        covered += covers(first, TRUE_SLOPE)
        false += differ(first, second)
    return covered / cohorts, false / cohorts


def test_intervals_hold_and_groups_that_do_not_differ_are_rarely_told_apart():
    covered, false = run(300, 8, 21, tau=0.05, residual=0.03)
    assert 0.91 <= covered <= 0.985  # 0.95 with four standard errors of 300 cohorts below
    assert false <= 0.09


SPREADS = [(0.05, 0.03), (0.02, 0.0), (0.1, 0.05)]


@pytest.mark.slow
@pytest.mark.parametrize("patients", [6, 12, 40])
def test_over_thousands_of_cohorts_intervals_cover_as_they_say(patients: int):
    cohorts = 1500 if patients < 40 else 600
    told = [run(cohorts, patients, 100 + i, tau=tau, residual=s) for i, (tau, s) in enumerate(SPREADS)]
    chance = 2 * (0.05 * 0.95 / cohorts) ** 0.5  # two standard errors of so many cohorts
    for covered, false in told:
        assert 0.93 - chance <= covered <= 0.97 + chance
        assert 0.03 - chance <= false <= 0.07 + chance
