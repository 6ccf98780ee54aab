"""Figures with their intervals."""

import numpy as np
import pytest

from pigtrack.bench.figures import mean, median, percentile, root_mean_square, share
from pigtrack.bench.statistics import estimate


def test_the_interval_of_a_mean_is_as_wide_as_its_standard_error_says():
    groups = [np.array([value]) for value in np.random.default_rng(5).normal(10, 2, 400)]
    figure = estimate("x", "1", groups, mean)
    standard_error = np.std(np.concatenate(groups), ddof=1) / np.sqrt(400)
    assert figure.value == pytest.approx(10, abs=4 * standard_error)
    assert (figure.high - figure.low) / 2 == pytest.approx(1.96 * standard_error, rel=0.1)
    assert (figure.cases, figure.courses) == (400, 400)


def test_cases_of_one_course_are_not_taken_for_independent():
    values = np.random.default_rng(6).normal(0, 1, 40)
    alone = estimate("x", "1", [np.array([value]) for value in values], mean)
    repeated = estimate("x", "1", [np.full(25, value) for value in values], mean)
    assert repeated.cases == 1000
    assert repeated.high - repeated.low == pytest.approx(alone.high - alone.low)


def test_without_a_case_there_is_no_figure():
    for groups in ([], [np.array([])], [np.array([np.nan, np.nan])]):
        figure = estimate("x", "1", groups, median)
        assert (figure.value, figure.low, figure.high, figure.cases, figure.courses) == (None, None, None, 0, 0)


def test_what_could_not_be_compared_is_left_out():
    figure = estimate("x", "1", [np.array([1.0, np.nan]), np.array([np.nan]), np.array([3.0])], mean)
    assert (figure.value, figure.cases, figure.courses) == (2.0, 2, 2)


def test_the_same_cases_give_the_same_interval():
    groups = [np.array([1.0, 2.0]), np.array([4.0]), np.array([8.0])]
    assert estimate("x", "1", groups, mean) == estimate("x", "1", groups, mean)


def test_one_course_alone_has_an_interval_of_no_width():
    figure = estimate("x", "1", [np.array([1.0, 3.0])], mean)
    assert (figure.low, figure.value, figure.high) == (2.0, 2.0, 2.0)


def test_the_statistics_are_what_they_are_called():
    values = np.array([0.0, 0.0, 1.0, 1.0, 1.0])
    assert share(values) == pytest.approx(60)
    assert mean(values) == pytest.approx(0.6)
    assert median(values) == 1
    assert root_mean_square(np.array([3.0, -4.0])) == pytest.approx(np.sqrt(12.5))
    assert percentile(90)(np.arange(11.0)) == pytest.approx(9)
