"""Moments add up: in any parts and order, far from 0, from an engine's sums; against numpy over all rows."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cherish.errors import QuestionError
from cherish.proof.moments import Moments
from effort import tries

VALUES = st.integers(-(10**6), 10**6).map(lambda each: each / 64)


@given(rows=st.lists(st.tuples(VALUES, VALUES), max_size=40), cuts=st.lists(st.integers(0, 40), max_size=4))
@tries(60)
def test_parts_add_up_to_the_whole(rows: list[tuple[float, float]], cuts: list[int]) -> None:
    table = np.array(rows, dtype=float).reshape(-1, 2)
    whole = Moments.of({"a": table[:, 0], "b": table[:, 1]})
    parts = [Moments.of({"b": each[:, 1], "a": each[:, 0]}) for each in np.split(table, sorted(cuts))]
    for joined in (sum(parts), sum(parts[::-1])):
        assert joined.n == whole.n == len(rows)
        if rows:
            assert joined.mean("a") == pytest.approx(whole.mean("a"), rel=1e-12, abs=1e-9)
        if len(rows) > 1:
            expected = np.cov(table.T)
            scale = 1e-11 * (1 + np.abs(expected).max())
            for one, name in enumerate("ab"):
                for other, another in enumerate("ab"):
                    assert joined.cov(name, another) == pytest.approx(expected[one, other], abs=scale)


def test_money_far_from_nought_loses_no_digits() -> None:
    # A spread of 1 about a hundred million: by exact fractions.
    draws = np.random.default_rng(1).integers(0, 8, 1_000) / 4 + 1e8
    exact = [Fraction(each) for each in draws]
    mean = sum(exact) / 1_000
    variance = sum((each - mean) ** 2 for each in exact) / 999
    parts = [Moments.of({"y": each}) for each in np.split(draws, 10)]
    for found in (Moments.of({"y": draws}), sum(parts)):
        assert found.var("y") == pytest.approx(float(variance), rel=1e-9)
        assert found.mean("y") == pytest.approx(float(mean), rel=1e-15)


def test_sums_of_an_engine_about_any_centre() -> None:
    draws = np.random.default_rng(2)
    a, b = draws.normal(50, 3, 500), draws.gamma(2, 5, 500)
    whole = Moments.of({"a": a, "b": b})
    for centre in ({"a": 0.0, "b": 0.0}, {"a": 50.0, "b": 10.0}, {"a": a.mean(), "b": b.mean()}):
        p, q = a - centre["a"], b - centre["b"]
        sums, products = {"a": p.sum(), "b": q.sum()}, {("a", "a"): p @ p, ("b", "a"): p @ q, ("b", "b"): q @ q}
        found = Moments.about(500, centre, sums, products)
        assert found.means == pytest.approx(whole.means, rel=1e-12)
        assert found.products == pytest.approx(whole.products, rel=1e-9)
    with pytest.raises(QuestionError, match="'b'"):
        Moments.about(500, {"a": 0.0, "b": 0.0}, sums, {("a", "a"): 1.0, ("b", "b"): 1.0})


def test_what_does_not_vary_has_no_spread_however_it_was_added() -> None:
    same = np.full(1_000, 0.1)
    assert Moments.of({"y": same}).var("y") == pytest.approx(0, abs=1e-30)
    raw = Moments.about(1_000, {"y": 0.0}, {"y": same.sum()}, {("y", "y"): (same * same).sum()})
    assert raw.var("y") == 0.0


def test_counts_stand_for_rows() -> None:
    values, counts = [0.0, 3.5, 9.0], [5, 2, 1]
    found, rows = Moments.of({"y": values}, counts), Moments.of({"y": np.repeat(values, counts)})
    assert (found.n, found.mean("y"), found.var("y")) == pytest.approx((8, rows.mean("y"), rows.var("y")), rel=1e-14)
    share = Moments.of_share("bought", 3, 8)
    # k (n - k) / n over n - 1.
    assert share.var("bought") == pytest.approx(3 * 5 / 8 / 7, rel=1e-14)


def test_units_are_one_row_each() -> None:
    found = Moments.of_units({"spend": [1, 2, 3, 4, 5]}, ["a", "b", "a", "c", "c"])
    # a 4 of two, b 2 of one, c 9 of two.
    rows = Moments.of({"spend": [4, 2, 9], "customers": [2, 1, 2]})
    assert found.names == ("spend", "customers")
    assert found.products == pytest.approx(rows.products)
    assert found.means == pytest.approx(rows.means)


def test_a_weighted_sum_is_a_column() -> None:
    draws = np.random.default_rng(3)
    a, b = draws.normal(size=50), draws.normal(size=50)
    found = Moments.of({"a": a, "b": b}).with_sum("gap", {"a": 1.0, "b": -2.0})
    rows = Moments.of({"a": a, "b": b, "gap": a - 2 * b})
    assert found.means == pytest.approx(rows.means)
    assert found.products == pytest.approx(rows.products)
    with pytest.raises(QuestionError, match="already"):
        found.with_sum("gap", {"a": 1.0})


def test_nobody_and_one() -> None:
    nobody, one = Moments.of({"y": []}), Moments.of({"y": [7.0]})
    assert math.isnan(nobody.mean("y"))
    assert math.isnan(one.var("y"))
    assert (nobody + one).mean("y") == (one + nobody).mean("y") == 7.0
    assert nobody.total("y") == 0.0


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda: Moments.of({"y": [1.0, math.nan]}), "1 of 2 values of 'y'"),
        (lambda: Moments.of({"y": [1.0], "x": [1.0, 2.0]}), "1, 2"),
        (lambda: Moments.of({"y": [1.0]}, counts=[0.5]), "whole"),
        (lambda: Moments.of({"y": [1.0]}) + Moments.of({"x": [1.0]}), "same columns"),
        (lambda: Moments.of({"y": [1.0]}).mean("z"), "'z'"),
        (lambda: Moments.of_share("y", 3, 2), "3 of 2"),
    ],
)
def test_what_is_no_moment_says_so(wrong: object, said: str) -> None:
    with pytest.raises(QuestionError, match=said):
        wrong()  # type: ignore[operator]
