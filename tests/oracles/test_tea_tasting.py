"""Experiments a second time, by tea-tasting 1.14 on the same rows: means, ratios, CUPED, sample ratios, many tests.

Where definitions agree, to 1e-6 of themselves: estimates, means, both intervals, statistics and p-values. They agree in
Welch's test with Student's distribution, the delta method, theta of both arms together, and the relative interval on
the logarithm of the ratio of means. They differ where it is said below.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from cherish.proof.effects import Effect, difference
from cherish.proof.moments import Moments
from cherish.proof.multiplicity import benjamini_hochberg, holm
from cherish.proof.ratio import sample_ratio

tt = pytest.importorskip("tea_tasting", reason="tea-tasting comes with the extra `test`")

COLUMNS = ("sessions", "orders", "revenue", "sessions0", "orders0", "revenue0")


@pytest.fixture(scope="module", params=[(4_000, 0.5, 1), (900, 0.9, 2), (60, 0.4, 3)])
def rows(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Customers of two arms, before and in the experiment: shares of arms that differ, many zeros, a long tail."""
    n, share, seed = request.param
    draws = np.random.default_rng(seed)
    level, variant = draws.gamma(2, 0.5, n), (draws.random(n) < share).astype(int)
    sessions, sessions0 = 1 + draws.poisson(level), 1 + draws.poisson(level)
    orders, orders0 = draws.binomial(sessions, 0.3 + 0.03 * variant), draws.binomial(sessions0, 0.3)
    revenue, revenue0 = (each * draws.lognormal(2, 0.8, n) for each in (orders, orders0))
    values = (sessions, orders, revenue, sessions0, orders0, revenue0)
    return {"variant": variant, **dict(zip(COLUMNS, values, strict=True))}


def arms(rows: dict[str, Any]) -> tuple[Moments, Moments]:
    treated, control = (
        Moments.of({name: rows[name][rows["variant"] == variant] for name in COLUMNS}) for variant in (1, 0)
    )
    return treated, control


def agree(found: Effect, other: Any) -> None:
    mine = {
        "control": found.mean_control, "treatment": found.mean, "effect_size": found.estimate,
        "effect_size_ci_lower": found.low, "effect_size_ci_upper": found.high, "rel_effect_size": found.relative,
        "pvalue": found.p, "statistic": found.z,
    }  # fmt: skip
    if found.relative_method == "delta":
        mine |= {"rel_effect_size_ci_lower": found.relative_low, "rel_effect_size_ci_upper": found.relative_high}
    assert mine == pytest.approx({name: getattr(other, name) for name in mine}, rel=1e-6)


@pytest.mark.parametrize(
    ("y", "x", "covariate", "metric"),
    [
        ("revenue", None, None, lambda: tt.Mean("revenue")),
        ("orders", None, None, lambda: tt.Mean("orders")),
        ("orders", "sessions", None, lambda: tt.RatioOfMeans("orders", "sessions")),
        ("revenue", None, "revenue0", lambda: tt.Mean("revenue", "revenue0")),
        ("revenue", "orders", ("revenue0", "orders0"),
         lambda: tt.RatioOfMeans("revenue", "orders", "revenue0", "orders0")),
        ("orders", "sessions", ("orders0", "sessions0"),
         lambda: tt.RatioOfMeans("orders", "sessions", "orders0", "sessions0")),
        ("orders", "sessions", "orders0", lambda: tt.RatioOfMeans("orders", "sessions", "orders0")),
    ],
)  # fmt: skip
@pytest.mark.parametrize("level", [0.95, 0.8])
def test_effects(rows: dict[str, Any], y: str, x: str | None, covariate: Any, metric: Any, level: float) -> None:
    """All figures of means and ratios, with and without what was before.

    Where a mean is less than about nine standard errors from 0 our relative interval is Fieller's, which has no end
    if the control's mean can't be told from 0; tea-tasting's stays the logarithmic one. Its small sample (60 customers)
    is where that happens, and there the relative interval isn't compared.
    """
    with tt.config_context(confidence_level=level):
        other = tt.Experiment(it=metric()).analyze(pa.table(rows))["it"]
    found = difference(*arms(rows), y, x, covariate, level)
    agree(found, other)


def test_shares(rows: dict[str, Any]) -> None:
    """Shares are means of ones and zeros here, and so unpooled, without a correction, with Student's distribution.

    tea-tasting's `Proportion` pools both arms for the variance, corrects for continuity and takes an exact test below
    1,000 customers by default. With each of these turned off it is the normal test of our statistic with n for n - 1.
    """
    bought = {**rows, "bought": (rows["orders"] > 0).astype(int)}
    metric = tt.Proportion("bought", method="norm", correction=False, equal_var=False)
    other = tt.Experiment(it=metric).analyze(pa.table(bought))["it"]
    parts = [Moments.of({"y": bought["bought"][rows["variant"] == variant]}) for variant in (1, 0)]
    found = difference(parts[0], parts[1], "y")
    assert (found.mean, found.mean_control, found.estimate) == pytest.approx(
        (other.treatment, other.control, other.effect_size), rel=1e-9
    )
    se = math.hypot(*(math.sqrt(each.var("y") * (each.n - 1) / each.n / each.n) for each in parts))
    half = 1.959963984540054 * se
    assert (found.estimate - half, found.estimate + half) == pytest.approx(
        (other.effect_size_ci_lower, other.effect_size_ci_upper), rel=1e-6
    )
    assert found.high - found.estimate > half


def test_sample_ratios(rows: dict[str, Any]) -> None:
    """Pearson's chi-square of two arms is the square of tea-tasting's normal test without continuity correction.

    By default it corrects, and takes the exact binomial test below 1,000 customers; ours is exact where fewer than
    100 are expected in an arm.
    """
    counts = {"treated": int(rows["variant"].sum()), "control": int((rows["variant"] == 0).sum())}
    for ratio in (1, 1.5, 9):
        metric = tt.SampleRatio(ratio, method="norm", correction=False)
        other = tt.Experiment(it=metric).analyze(pa.table(rows))["it"]
        found = sample_ratio(counts, {"treated": ratio, "control": 1})
        if found.chi_square is None:
            other = tt.Experiment(it=tt.SampleRatio(ratio, method="binom")).analyze(pa.table(rows))["it"]
        assert found.p == pytest.approx(other.pvalue, rel=1e-6)


def test_many_tests(rows: dict[str, Any]) -> None:
    """Holm's step-down and Benjamini and Hochberg's step-up, over all metrics of one experiment."""
    names = ("sessions", "orders", "revenue")
    result = tt.Experiment({name: tt.Mean(name) for name in names}).analyze(pa.table(rows))
    mine = [difference(*arms(rows), name).p for name in names]
    for other, adjusted in (
        (tt.adjust_fwer(result, method="bonferroni", arbitrary_dependence=True), holm(mine)),
        (tt.adjust_fdr(result, arbitrary_dependence=False), benjamini_hochberg(mine)),
    ):
        theirs = {each["metric"]: each["pvalue_adj"] for each in other.to_dicts()}
        assert adjusted == pytest.approx([theirs[name] for name in names], rel=1e-6)
