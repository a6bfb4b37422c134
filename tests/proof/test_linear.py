"""Least squares: arithmetic by hand, a second way to the same numbers, and what must be refused."""

from __future__ import annotations

import numpy as np
import pytest

from cherish.errors import Unanswerable
from cherish.proof.linear import least_squares


def test_a_line_through_five_points_by_hand() -> None:
    # x = 0 1 2 3 4, y = 1 3 2 5 4: mean x 2, mean y 3; Sxx = 10, Sxy = (-2)(-2) + (-1)(0) + 0 + (1)(2) + (2)(1) = 8;
    # slope 0.8, intercept 1.4. Residuals -0.4 0.8 -1.0 1.2 -0.6; leverages 1/5 + (x-2)^2/10 = .6 .3 .2 .3 .6.
    # HC3 of the slope: sum((x-2)^2 e^2/(1-h)^2) / Sxx^2 = (4*1 + 1*(8/7)^2 + 0 + 1*(12/7)^2 + 4*2.25) / 100
    # = (4 + 1.306122 + 2.938776 + 9) / 100 = 0.172449; root 0.415270.
    found = least_squares(np.array([1.0, 3, 2, 5, 4]), {"x": np.array([0.0, 1, 2, 3, 4])})
    assert found.values[0] == pytest.approx(0.8)
    assert found.errors[0] == pytest.approx(0.415270, abs=1e-6)
    # Student's quantile of 95 % with 3 degrees of freedom is 3.182446 (Abramowitz & Stegun, table 26.10).
    _, low, high = found.interval("x")
    assert (low, high) == (pytest.approx(0.8 - 3.182446 * 0.415270, abs=1e-5), pytest.approx(2.121573, abs=1e-5))


def test_two_numbers_by_the_normal_equations() -> None:
    draws = np.random.default_rng(1)
    one, other = draws.normal(size=60), draws.normal(size=60)
    y = 2 + 3 * one - other + draws.normal(size=60) * (1 + one**2)
    found = least_squares(y, {"one": one, "other": other})
    x = np.column_stack([np.ones(60), one, other])
    inverse = np.linalg.inv(x.T @ x)
    beta = inverse @ x.T @ y
    hat = np.diag(x @ inverse @ x.T)
    meat = (x * (((y - x @ beta) / (1 - hat)) ** 2)[:, None]).T @ x
    errors = np.sqrt(np.diag(inverse @ meat @ inverse))
    assert found.values == pytest.approx(beta[1:], rel=1e-10)
    assert found.errors == pytest.approx(errors[1:], rel=1e-10)


def test_intervals_hold_the_truth_where_spread_grows_with_the_cause() -> None:
    # 400 draws: the share of intervals that hold the slope lies within 3 standard errors (0.033) of 95 %.
    draws = np.random.default_rng(2)
    held = 0
    for _ in range(400):
        x = draws.exponential(size=120)
        low, high = least_squares(1 + x + x * draws.normal(size=120), {"x": x}).interval("x")[1:]
        held += low <= 1 <= high
    assert 0.95 - 0.033 <= held / 400 <= 0.95 + 0.033


def test_what_has_no_line_is_refused() -> None:
    x = np.arange(10.0)
    with pytest.raises(Unanswerable, match="more than 3"):
        least_squares(x[:3], {"x": x[:3]})
    with pytest.raises(Unanswerable, match="same for everybody"):
        least_squares(x, {"x": np.ones(10)})
    with pytest.raises(Unanswerable, match="follows from the others"):
        least_squares(x, {"x": x, "twice": 2 * x})
