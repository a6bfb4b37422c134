"""The models of customer value against second implementations: the papers' own formulas, sums, and lifetimes."""

from __future__ import annotations

import warnings
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from cherish.proof.clv import _beta_geometric, _dropping, bg_bb, bg_nbd, mbg_nbd, pareto_nbd, sbg
from cherish.proof.clv._shared_waiting import SharedWaiting
from cherish.proof.clv._waiting import waited
from cherish.proof.clv.bg_nbd import BgNbd
from cherish.proof.clv.cells import Cells, Spends
from cherish.proof.clv.discount import discounted, fading, forever
from cherish.proof.clv.gamma_gamma import GammaGamma
from cherish.proof.clv.gamma_gamma import likelihood as spend_likelihood
from cherish.proof.clv.mbg_nbd import MbgNbd
from cherish.proof.clv.pareto_nbd import ParetoNbd
from value_models import beta_geometric, donations, music, pareto

special = pytest.importorskip("scipy.special", reason="the models come with the extra `stats`")
integrate = pytest.importorskip("scipy.integrate")

X, SEEN, AGE = np.array([0, 1, 2, 7, 26]), np.array([0, 3.0, 30.43, 20.0, 30.857]), np.array([39, 30, 38.86, 77, 31.0])
CELLS = Cells.of(X, SEEN, AGE)


# -- the likelihoods as the papers write them ---------------------------------------------------------------------


def bg_by_the_paper(r: float, alpha: float, a: float, b: float, x: float, seen: float, age: float) -> float:
    """Fader, Hardie & Lee 2005, equation 6: B(a, b+x)/B(a, b) ... + [x > 0] B(a+1, b+x-1)/B(a, b) ..."""
    shared = special.gamma(r + x) * alpha**r / special.gamma(r) / special.beta(a, b)
    alive = special.beta(a, b + x) / (alpha + age) ** (r + x)
    gone = special.beta(a + 1, b + x - 1) / (alpha + seen) ** (r + x) if x else 0.0
    return float(shared * (alive + gone))


def mbg_by_the_paper(r: float, alpha: float, a: float, b: float, x: float, seen: float, age: float) -> float:
    """Batislam et al. 2007: as above with one more chance to leave."""
    shared = special.gamma(r + x) * alpha**r / special.gamma(r) / special.beta(a, b)
    alive = special.beta(a, b + x + 1) / (alpha + age) ** (r + x)
    return float(shared * (alive + special.beta(a + 1, b + x) / (alpha + seen) ** (r + x)))


def pareto_by_the_paper(r: float, alpha: float, s: float, beta: float, x: float, seen: float, age: float) -> float:
    """With the difference of two Gaussian hypergeometric functions (Fader & Hardie's note of 2005)."""
    shared = special.gamma(r + x) * alpha**r * beta**s / special.gamma(r)
    alive = 1 / ((alpha + age) ** (r + x) * (beta + age) ** s)
    most, third, power = max(alpha, beta), (s + 1 if alpha >= beta else r + x), r + s + x

    def function(moment: float) -> float:
        inner = special.hyp2f1(power, third, power + 1, abs(alpha - beta) / (most + moment))
        return float(inner / (most + moment) ** power)

    return float(shared * (alive + s / power * (function(seen) - function(age))))


@pytest.mark.parametrize(("model", "paper", "parameters"), [
    (BgNbd, bg_by_the_paper, (0.243, 4.414, 0.793, 2.426)),
    (BgNbd, bg_by_the_paper, (1.7, 20.0, 1.0, 0.4)),
    (MbgNbd, mbg_by_the_paper, (0.525, 6.183, 0.891, 1.614)),
    (ParetoNbd, pareto_by_the_paper, (0.553, 10.578, 0.606, 11.669)),
    (ParetoNbd, pareto_by_the_paper, (0.9, 15.0, 1.3, 4.0)),
])  # fmt: skip
def test_likelihoods(model: Any, paper: Any, parameters: tuple[float, ...]) -> None:
    expected = sum(np.log(paper(*parameters, *row)) for row in zip(X, SEEN, AGE, strict=True))
    assert model(*parameters).loglik(CELLS) == pytest.approx(expected, rel=1e-11)


@pytest.mark.parametrize("likelihood", [
    lambda cells: _beta_geometric.likelihood(cells, 0), lambda cells: _beta_geometric.likelihood(cells, 1),
    pareto_nbd.likelihood,
], ids=["bg_nbd", "mbg_nbd", "pareto_nbd"])  # fmt: skip
def test_slopes_are_those_of_the_likelihood(likelihood: Any) -> None:
    value = likelihood(CELLS)
    at = np.array([0.7, 9.0, 0.6, 7.0])
    for place, step in enumerate(np.diag(at * 1e-6)):
        rise = (value(at + step)[0] - value(at - step)[0]) / (2 * at[place] * 1e-6)
        assert value(at)[1][place] == pytest.approx(rise, rel=1e-6, abs=1e-8)


def test_slopes_of_spend() -> None:
    value, at = spend_likelihood(music("sample").spends), np.array([6.0, 4.0, 15.0])
    for place, step in enumerate(np.diag(at * 1e-6)):
        rise = (value(at + step)[0] - value(at - step)[0]) / (2 * at[place] * 1e-6)
        assert value(at)[1][place] == pytest.approx(rise, rel=1e-5)


# -- the integrals ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("parameters", [(0.55, 10.6, 0.6, 11.7), (0.5, 0.05, 0.6, 2.0), (3.0, 2.0, 0.4, 0.03)])
def test_the_integral_of_pareto_nbd(parameters: tuple[float, float, float, float]) -> None:
    r, alpha, s, beta = parameters
    found = waited(r + X, alpha, s + 1, beta, SEEN, AGE).log
    for place, (x, seen, age) in enumerate(zip(X, SEEN, AGE, strict=True)):
        top = -(r + x) * np.log(alpha + seen) - (s + 1) * np.log(beta + seen)
        area, _ = integrate.quad(
            lambda tau, x=x, top=top: np.exp(-(r + x) * np.log(alpha + tau) - (s + 1) * np.log(beta + tau) - top),
            seen, age, epsabs=0, epsrel=1e-12, limit=500,
        )  # fmt: skip
        assert found[place] == pytest.approx(np.log(area) + top, rel=1e-11)


def test_days_that_are_shared_give_the_same_integrals() -> None:
    cells = music("master").cells
    shared = SharedWaiting.of(cells)
    assert shared.shared.sum() == (cells.repeats > 0).sum() > 8_000
    for r, alpha, s, beta in ((0.55, 10.6, 0.6, 11.7), (0.5, 0.05, 0.6, 0.02), (3.0, 100.0, 30.0, 400.0)):
        one = shared.at(r, alpha, s, beta)
        other = waited(r + cells.repeats, alpha, s + 1, beta, cells.last, cells.age, slopes=True)
        still = cells.last < cells.age
        assert one.log[still] == pytest.approx(other.log[still], abs=1e-9)
        assert np.isneginf(one.log[~still]).all()
        for mine, theirs in zip(one.means, other.means, strict=True):
            assert mine[still] == pytest.approx(theirs[still], rel=1e-9)


def test_moments_that_nobody_shares_go_by_the_rule_of_their_own() -> None:
    assert not SharedWaiting.of(pareto(200, 1, 0.5, 10, 0.6, 12)).shared.any()


@pytest.mark.parametrize("a", [0.02, 0.793, 1.0, 2.5, 80.0])
@pytest.mark.parametrize("w", [1e-6, 0.5, 12.0, 3000.0])
def test_the_mean_over_chances_of_dropout(a: float, w: float) -> None:
    # (1 - (1+pw)^-k)/p over Beta(a, b), by adaptive integration in u = p^c, c = min(a, 1): no pole at 0.
    c = min(a, 1.0)
    for power, b in ((0.3, 0.9), (2.2, 2.4), (26.2, 28.4)):

        def inner(u: float, power: float = power, b: float = b) -> float:
            p = max(u ** (1 / c), 1e-300)
            law = p ** (a - c) * (1 - p) ** (b - 1) / special.beta(a, b) / c
            return float(-np.expm1(-power * np.log1p(p * w)) / p * law)

        splits = sorted({min(1.0, (each / w) ** c) for each in (0.01, 0.1, 1, 10, 100)} | {0.5, 1.0})
        edges = [0.0, *splits]
        area = sum(integrate.quad(inner, low, high, epsabs=0, epsrel=1e-11, limit=500)[0]
                   for low, high in pairwise(edges) if high > low)  # fmt: skip
        assert _dropping.purchases(power, a, b, w) == pytest.approx(area, rel=2e-7)


def test_all_ways_to_that_mean_agree() -> None:
    for a in (0.3, 0.793, 1.7, 7.0):
        k, b, w = (each.ravel() for each in np.meshgrid([0.2, 3.0, 20.0], [0.5, 2.4, 30.0], [0.01, 0.4, 5.0]))
        nodes, function = _dropping._by_nodes(k, a, b, w), _dropping._by_function(k, a, b, w)
        assert nodes == pytest.approx(function, rel=1e-10)
        assert _dropping._by_steps(k[b >= 1], a, b[b >= 1], w[b >= 1]) == pytest.approx(function[b >= 1], rel=1e-10)


def test_a_household_that_shops_daily_keeps_its_digits() -> None:
    # 311 repeat days within a year: 2F1 gives nothing at horizons of many years, where an integral by quad does.
    model, rate = BgNbd(1.413, 1.388, 0.182, 258.1), 0.0027
    power, a, b = model.r + 311, model.a, model.b + 311
    for weeks in (52.0, 1_000.0, 15_000.0):
        w = weeks / (model.alpha + 52)

        def inner(u: float, w: float = w) -> float:
            p = max(u ** (1 / a), 1e-300)
            return float(-np.expm1(-power * np.log1p(p * w)) / p * (1 - p) ** (b - 1) / a / special.beta(a, b))

        edges = [0.0, *sorted((each / 1e4) ** a for each in (0.001, 0.01, 0.1, 1, 3, 10, 30, 100, 300, 1_000, 1e4))]
        area = sum(
            integrate.quad(inner, low, high, epsabs=0, epsrel=1e-10, limit=500)[0] for low, high in pairwise(edges)
        )
        expected = area * float(model.alive(311, 51.9, 52))
        assert model.ahead(weeks, 311, 51.9, 52) == pytest.approx(expected, rel=1e-7)
    assert model.ahead(52, 311, 51.9, 52) < model.worth(rate, 311, 51.9, 52) < power / (model.alpha + 52) / rate


def test_tricomis_function() -> None:
    for s in (0.4, 1.0, 2.5):
        for z in (1e-4, 0.03, 0.25, 4.0):
            by_quad, _ = integrate.quad(lambda t, z=z, s=s: np.exp(-z * t) * (1 + t) ** -s, 0, np.inf, limit=2000)
            assert fading(np.array([z]), s) == pytest.approx(by_quad, rel=1e-6)
            assert fading(np.array([z]), s) == pytest.approx(special.hyperu(1, 2 - s, z), rel=1e-9)


def test_value_for_ever_is_the_limit_of_value_to_a_horizon() -> None:
    past = (X[1:4], SEEN[1:4], AGE[1:4])
    for model in (ParetoNbd(0.553, 10.578, 0.606, 11.669), BgNbd(0.243, 4.414, 0.793, 2.426)):
        # A fine sum of increments in the middle of each step, far out, against the closed form.
        step, rate, end = 0.25, 0.05, 600.0
        times = np.arange(0, end + step, step)
        ahead = np.array([model.ahead(time, *past) for time in times])
        middle = np.exp(-rate * (times[1:] - step / 2))
        assert model.worth(rate, *past) == pytest.approx(
            (np.diff(ahead, axis=0) * middle[:, None]).sum(axis=0), rel=2e-5
        )
        weekly = model.worth(rate, *past, horizon=600)
        assert (weekly < model.worth(rate, *past)).all()
        assert weekly == pytest.approx(model.worth(rate, *past), rel=0.03)


def test_both_discounted_sums_of_a_steady_buyer() -> None:
    # Two purchases a week for ever: 2 / rate; week by week to a horizon: the geometric series.
    steady = lambda time: np.array([2.0 * time])  # noqa: E731
    assert forever(steady, 0.0027) == pytest.approx([2 / 0.0027], rel=1e-10)
    series = 2 * sum(np.exp(-0.0027 * week) for week in range(1, 53))
    assert discounted(steady, 0.0027, 52) == pytest.approx([series], rel=1e-12)


# -- laws add up --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", [
    BgNbd(0.243, 4.414, 0.793, 2.426), MbgNbd(0.525, 6.183, 0.891, 1.614), ParetoNbd(0.553, 10.578, 0.606, 11.669),
    ParetoNbd(0.553, 10.578, 1.0, 11.669), BgNbd(0.243, 4.414, 1.0, 2.426),
], ids=lambda model: f"{model.name}-{model}")  # fmt: skip
def test_chances_of_counts_add_to_one_and_have_the_expected_mean(model: Any) -> None:
    counts = np.arange(2_000)
    for weeks in (1.0, 39.0):
        chances = model.chance(counts, weeks)
        assert chances.min() >= 0
        assert chances.sum() == pytest.approx(1, abs=1e-10)
        assert (chances * counts).sum() == pytest.approx(float(model.expected(weeks)), rel=1e-7)


def test_bg_bb_adds_up() -> None:
    model = bg_bb.BgBb(1.204, 0.750, 0.657, 2.783)
    counts = np.arange(7)
    assert model.chance(counts, 6).sum() == pytest.approx(1, abs=1e-12)
    assert (model.chance(counts, 6) * counts).sum() == pytest.approx(model.expected(6), rel=1e-12)
    # Of all pasts of six occasions the chances add to one: as many orders as there are ways to the same x and t_x.
    ways = [
        special.comb(max(t - 1, 0), max(x - 1, 0)) for x in range(7) for t in range(7) if (x > 0) == (t > 0) and x <= t
    ]
    pasts = [(x, t) for x in range(7) for t in range(7) if (x > 0) == (t > 0) and x <= t]
    total = sum(
        way * np.exp(model.loglik(bg_bb.Occasions.of(x, t, 6))) for way, (x, t) in zip(ways, pasts, strict=True)
    )
    assert total == pytest.approx(1, abs=1e-12)
    cells = donations()
    steps = np.array([model.ahead(k, cells.repeats, cells.last, cells.occasions) for k in range(401)])
    by_sum = (np.diff(steps, axis=0) / 1.1 ** np.arange(1, 401)[:, None]).sum(axis=0)
    assert model.worth(0.1, cells.repeats, cells.last, cells.occasions) == pytest.approx(by_sum, rel=1e-10)


def test_sbg_adds_up() -> None:
    model = sbg.Sbg(0.668, 3.806)
    assert model.survival(np.arange(1, 9)) == pytest.approx(np.cumprod(model.retention(np.arange(1, 9))), rel=1e-12)
    # After three renewals: S(3+k)/S(3), the first in full.
    left = model.survival(np.arange(4, 4_000)) / model.survival(3)
    assert model.worth(0.1, 3) == pytest.approx((left / 1.1 ** np.arange(len(left))).sum(), rel=1e-10)


def test_spend_is_a_density_and_its_mean_is_the_mean() -> None:
    model = GammaGamma(6.25, 3.74, 15.44)

    def density(m: float) -> float:
        return float(np.exp(model.loglik(Spends.of(3, m))))

    pieces = [(0, 20), (20, 60), (60, 300), (300, np.inf)]
    assert sum(integrate.quad(density, *piece)[0] for piece in pieces) == pytest.approx(1, abs=1e-7)
    mean = sum(integrate.quad(lambda m: m * density(m), *piece, limit=500)[0] for piece in pieces)
    assert mean == pytest.approx(float(model.mean(0, 0)), rel=1e-5)


# -- another package ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("law", ["cdnow", "simulated"])
def test_lifetimes_finds_the_same_parameters(law: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        lifetimes = pytest.importorskip("lifetimes", reason="lifetimes is not installed")
        if law == "cdnow":
            people = music("sample")
            past = people.repeats, people.last, people.age
            cells = people.cells
        else:
            cells = beta_geometric(20_000, 5, 0.3, 5.0, 0.8, 2.5, first=False)
            past = tuple(
                np.repeat(each, cells.customers.astype(int)) for each in (cells.repeats, cells.last, cells.age)
            )
        for fitter, fit in (("BetaGeoFitter", bg_nbd.fit), ("ModifiedBetaGeoFitter", mbg_nbd.fit),
                            ("ParetoNBDFitter", pareto_nbd.fit)):  # fmt: skip
            if law == "simulated" and fitter != "BetaGeoFitter":
                continue
            theirs = getattr(lifetimes, fitter)(penalizer_coef=0.0).fit(*past)
            ours = fit(cells)
            for name, value in theirs.params_.items():
                assert getattr(ours, name) == pytest.approx(value, rel=1e-3)
            assert ours.loglik(cells) >= type(ours)(**theirs.params_).loglik(cells) - 1e-6
            ahead = theirs.conditional_expected_number_of_purchases_up_to_time(39, X, SEEN, AGE)
            assert ours.ahead(39, X, SEEN, AGE) == pytest.approx(np.asarray(ahead), rel=2e-3)
