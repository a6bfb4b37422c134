"""Family Q, randomised proof: sample ratios, Hillstrom, Cookie Cats, CUPED, sequential bounds, power, peeking.

The tags in `measures.md`: C where a published source was read or the figure recomputed from published counts, W where
the example is worked there. T18, T19, T20 and T29 of its list are here.
"""

from __future__ import annotations

import math
import os
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from cherish.proof import power
from cherish.proof.effects import against, difference
from cherish.proof.moments import Moments
from cherish.proof.ratio import sample_ratio
from cherish.proof.sequential import asymptotic, bernoulli, best_rho, boundary, log_evidence, log_mixture_ratio, reach

DATASETS = Path(os.environ.get("CHERISH_DATASETS", Path(__file__).parents[3] / "shared" / "datasets"))


@pytest.fixture(scope="module")
def hillstrom() -> dict[str, Moments]:
    """Hillstrom's MineThatData challenge of 2008: 64,000 customers, three arms by lot, two weeks."""
    path = DATASETS / "hillstrom" / "customers.parquet"
    if not path.exists():
        pytest.skip(f"{path} is not there; set CHERISH_DATASETS to the folder of data sets")
    table = pq.read_table(path)
    segment = np.array(table["segment"].to_pylist())
    columns = {name: table[name].to_numpy() for name in ("visit", "conversion", "spend", "history")}
    return {
        arm: Moments.of({name: column[segment == arm] for name, column in columns.items()})
        for arm in ("No E-Mail", "Mens E-Mail", "Womens E-Mail")
    }


@pytest.mark.parametrize(
    ("counts", "chi_square", "p", "verdict"),
    [
        # Kohavi, Tang & Xu 2020, as recomputed in measures.md Q.
        ((821_588, 815_482), 22.7744, 1.82e-6, "block"),
        # T18; Wikipedia, "Sample ratio mismatch": 200^2 / 1000 = 40.
        ((600, 400), 40.0, 2.54e-10, "block"),
        ((21_306, 21_307, 21_387), None, 0.904, "ok"),
        # T18, Cookie Cats: past an alarm at one in a hundred, though no block.
        ((44_700, 45_489), 6.9024, 0.008608, "warn"),
    ],
)
def test_sample_ratios(counts: tuple[int, ...], chi_square: float | None, p: float, verdict: str) -> None:
    found = sample_ratio(dict(zip("abc", counts, strict=False)))
    if chi_square is not None:
        assert found.chi_square == pytest.approx(chi_square, abs=5e-5)
    # As many digits as are printed.
    assert found.p == pytest.approx(p, rel=3e-3 if p < 1e-3 else 6e-4)
    assert found.verdict == verdict


def test_hillstrom_counts(hillstrom: dict[str, Moments]) -> None:
    printed = {
        "No E-Mail": (21_306, 2_262, 122, 0.6528),
        "Mens E-Mail": (21_307, 3_894, 267, 1.4226),
        "Womens E-Mail": (21_387, 3_238, 189, 1.0772),
    }
    for arm, (n, visits, buyers, spend) in printed.items():
        moments = hillstrom[arm]
        assert (moments.n, round(moments.total("visit")), round(moments.total("conversion"))) == (n, visits, buyers)
        assert moments.mean("spend") == pytest.approx(spend, abs=5e-5)


@pytest.mark.parametrize(
    ("metric", "mens", "womens"),
    [
        # T19: effect, standard error, z.
        ("visit", (0.0765896, 0.0033858, 22.62), (0.0452331, 0.0032344, 13.99)),
        ("conversion", (0.0068050, 0.0009209, 7.39), (0.0031111, 0.0008227, 3.78)),
        ("spend", (0.7698, 0.1453, None), (0.4244, 0.1303, None)),
    ],
)
def test_hillstrom_effects(
    hillstrom: dict[str, Moments], metric: str, mens: tuple[float, ...], womens: tuple[float, ...]
) -> None:
    for found, (estimate, se, z) in zip(against(hillstrom, "No E-Mail", metric), (mens, womens), strict=True):
        digits = 5e-5 if metric == "spend" else 6e-8
        assert found.estimate == pytest.approx(estimate, abs=digits)
        # Printed with n below the variance, here n - 1: a part of 2.3e-5 of it.
        assert found.se == pytest.approx(se, abs=2 * digits)
        if z is not None:
            # 13.99 is printed for .0452331 / .0032344, which is 13.985.
            assert found.z == pytest.approx(z, abs=6e-3)
        assert found.low < estimate < found.high


def test_hillstrom_visits_from_counts_alone() -> None:
    found = difference(Moments.of_share("visit", 3_894, 21_307), Moments.of_share("visit", 2_262, 21_306), "visit")
    assert found.estimate == pytest.approx(3_894 / 21_307 - 2_262 / 21_306, abs=1e-15)
    assert found.estimate == pytest.approx(0.0765896, abs=5e-8)
    assert found.p < 1e-100


def test_the_money_spent_before_takes_variance_out_and_leaves_the_effect(hillstrom: dict[str, Moments]) -> None:
    for metric in ("visit", "conversion", "spend"):
        plain, adjusted = (
            difference(hillstrom["Mens E-Mail"], hillstrom["No E-Mail"], metric, covariate=covariate)
            for covariate in (None, "history")
        )
        assert adjusted.se < plain.se
        assert adjusted.estimate == pytest.approx(plain.estimate, abs=plain.se / 2)


def test_cookie_cats() -> None:
    # 44,700 and 45,489 players; 20,034 and 20,119 back after a day, 8,502 and 8,279 after a week (the public file).
    day, week = (
        difference(Moments.of_share("back", one, 44_700), Moments.of_share("back", other, 45_489), "back")
        for one, other in ((20_034, 20_119), (8_502, 8_279))
    )
    assert (day.mean, day.mean_control) == pytest.approx((0.448188, 0.442283), abs=5e-7)
    assert (day.z, day.p) == pytest.approx((1.784, 0.0744), abs=6e-4)
    assert (week.mean, week.mean_control) == pytest.approx((0.190201, 0.182000), abs=5e-7)
    assert week.z == pytest.approx(3.164, abs=6e-4)
    # Printed with the variance of both arms pooled: z 3.16434 and p .001554; by each arm's own .001557.
    assert week.p == pytest.approx(0.00155, abs=7e-6)


def test_the_toy_of_cuped() -> None:
    # X = 1..8: cov = 50 / 7, var = 6, so theta = 25 / 21; what is left of the variance is 1 - rho^2.
    x, y = np.arange(1, 9), np.array([2, 3, 5, 4, 7, 8, 8, 11])
    rows = Moments.of({"y": y, "x": x})
    # Both arms the same eight customers: theta of all sixteen is the same, and nothing is moved.
    found = difference(rows, rows, "y", covariate="x")
    assert found.theta[0] == pytest.approx(1.190476, abs=5e-7)
    assert 1 - found.variance_left == pytest.approx(0.964396**2, abs=1e-6)
    assert rows.var("y") == pytest.approx(9.142857, abs=5e-7)
    assert found.se_arm**2 * 8 == pytest.approx(0.639456, abs=5e-7)
    assert found.mean == pytest.approx(6, abs=1e-12)


def test_the_normal_mixture() -> None:
    # T20; the tests of confseq (reference implementation in R).
    rho = best_rho(100, 0.05)
    assert rho == pytest.approx(12.60056, abs=1e-5)
    assert boundary(100, rho, 0.05) == pytest.approx(30.35209, abs=1e-5)
    assert log_evidence(10, 100, rho) == pytest.approx(-0.6510052, abs=1e-6)
    # 1.549 times the 19.60 of a single look.
    assert reach(1.0) / 1.959964 == pytest.approx(1.549, abs=5e-4)


def test_the_asymptotic_confidence_sequence() -> None:
    found = asymptotic(0.0, 1.0, 1_000, 0.01)
    assert found.high == pytest.approx(0.096064, abs=5e-7)
    assert -found.low == found.high
    assert found.high > 1.959964 / math.sqrt(1_000)


@pytest.mark.parametrize(
    ("hits", "n", "planned", "low", "high"),
    [
        # The tests of confseq.
        (700, 1_000, 100, 0.651629, 0.745949),
        (15, 50, 50, 0.129556, 0.511896),
        (5, 50, 50, 0.013021, 0.269264),
        (1, 50, 50, 0.0, 0.13489),
    ],
)
def test_the_confidence_sequence_of_a_share(hits: int, n: int, planned: int, low: float, high: float) -> None:
    found = bernoulli(hits, n, planned)
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-5)
    turned = bernoulli(n - hits, n, planned)
    assert (1 - turned.high, 1 - turned.low) == pytest.approx((found.low, found.high), abs=1e-9)


def test_the_mixture_of_the_sequential_ratio_test() -> None:
    # sqrt(.18 / .28) exp(1e6 * 1e-4 * 4e-4 / (2 * .18 * .28)) = .801784 * 1.487095.
    assert math.exp(log_mixture_ratio(1_000, 0.02, 0.18, 1e-4)) == pytest.approx(1.192330, abs=5e-7)


def test_sizes() -> None:
    assert power.per_arm_of_shares(0.10, 0.11) == 14_749
    assert power.per_arm_of_shares(0.05, 0.055) == 31_231


@pytest.mark.parametrize(("n", "points"), [(2_000, 4.55), (10_000, 2.04), (100_000, 0.644)])
def test_what_a_tenth_held_out_shows(n: int, points: float) -> None:
    # Family Y, smallest visible effect: (1.959964 + .841621) sqrt(.0475 (1 / .9n + 1 / .1n)).
    found = power.visible(power.share_variance(0.05), 0.9 * n, 0.1 * n)
    assert 100 * found == pytest.approx(points, abs=5e-3 if points > 1 else 5e-4)


def test_peeking() -> None:
    # T29: looks at |z| > 1.96 after equal parts of one experiment without an effect; theory says .142 at five.
    runs = 40_000
    printed = {1: 0.050, 2: 0.083, 3: 0.107, 5: 0.141, 10: 0.193, 20: 0.248}
    for looks, rate in printed.items():
        sums = np.random.default_rng(looks).standard_normal((runs, looks)).cumsum(axis=1)
        seen = np.arange(1, looks + 1)
        error = 4 * math.sqrt(rate * (1 - rate) / runs)
        assert (np.abs(sums) > 1.959964 * np.sqrt(seen)).any(axis=1).mean() == pytest.approx(rate, abs=error + 5e-4)
        valid = (np.abs(sums) > reach(seen / looks) * np.sqrt(seen)).any(axis=1).mean()
        assert valid <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / runs)
