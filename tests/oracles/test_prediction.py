"""The statistics of prediction a second time: by scikit-learn, by scipy, by counting pairs, by moving one customer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.optimize
import scipy.stats

from cherish.proof.prediction import forecast, ranking
from cherish.proof.prediction.columns import Scale
from cherish.proof.prediction.deciles import deciles
from cherish.proof.prediction.glm import GAMMA, LOGIT, POISSON, fit
from cherish.proof.prediction.influence import difference
from cherish.proof.prediction.ranks import Ranks

DRAWS = np.random.default_rng(20)
N = 400
LATENT = DRAWS.normal(size=N)
FINE = LATENT + DRAWS.normal(size=N)
COARSE = np.round(1.5 * LATENT + DRAWS.normal(size=N))
DID = LATENT + DRAWS.normal(size=N) > 0.8
MONEY = np.where(DID, DRAWS.gamma(0.7, 60, size=N), 0.0)
SCORES = {"fine": FINE, "coarse": COARSE, "two values": (COARSE > 0).astype(float)}
EACH_SCORE = pytest.mark.parametrize("score", SCORES.values(), ids=SCORES.keys())


def sklearn(name: str) -> Any:
    return pytest.importorskip(f"sklearn.{name}", reason="scikit-learn comes with the extra `stats`")


# -- ranking ------------------------------------------------------------------------------------------------------


@EACH_SCORE
def test_auc_by_scikit_learn(score: Any) -> None:
    assert ranking.auc(score, DID).value == pytest.approx(sklearn("metrics").roc_auc_score(DID, score), abs=1e-12)


@EACH_SCORE
def test_delong_by_counting_pairs(score: Any) -> None:
    above = np.sign(score[DID][:, None] - score[~DID][None, :]) / 2 + 0.5
    found = ranking.auc(score, DID)
    assert found.value == pytest.approx(above.mean(), abs=1e-12)
    variance = above.mean(1).var(ddof=1) / DID.sum() + above.mean(0).var(ddof=1) / (~DID).sum()
    assert found.se == pytest.approx(variance**0.5, rel=1e-12)


def test_the_paired_difference_of_areas_by_delong_s_covariance() -> None:
    placed = [np.sign(score[DID][:, None] - score[~DID][None, :]) / 2 + 0.5 for score in (FINE, COARSE)]
    of_hits = np.cov([each.mean(1) for each in placed])
    of_misses = np.cov([each.mean(0) for each in placed])
    covariance = of_hits / DID.sum() + of_misses / (~DID).sum()
    variance = covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]
    found = difference(ranking.auc(FINE, DID), ranking.auc(COARSE, DID))
    assert found.value == pytest.approx(placed[0].mean() - placed[1].mean(), abs=1e-12)
    assert found.se == pytest.approx(variance**0.5, rel=1e-5)


@EACH_SCORE
@pytest.mark.parametrize("other", [MONEY, DID, COARSE], ids=["money", "did", "coarse"])
def test_spearman_by_scipy(score: Any, other: Any) -> None:
    assert ranking.spearman(score, other).value == pytest.approx(scipy.stats.spearmanr(score, other)[0], abs=1e-12)


@EACH_SCORE
def test_spend_gini_by_the_area_of_a_curve(score: Any) -> None:
    """The trapezoids under the curve drawn customer by customer, the mean over many random orders of the tied."""

    def area(order: Any) -> float:
        reached = np.concatenate([[0.0], MONEY[order].cumsum()]) / MONEY.sum()
        return float(np.trapezoid(reached, dx=1 / N)) - 0.5

    rng = np.random.default_rng(1)
    tied = len(np.unique(score)) < N
    orders = [np.lexsort((rng.random(N), -score)) for _ in range(3_000 if tied else 1)]
    areas = np.array([area(order) for order in orders]) / area(np.argsort(-MONEY))
    spread = areas.std() / len(areas) ** 0.5
    assert ranking.spend_gini(score, MONEY).value == pytest.approx(areas.mean(), abs=4 * spread + 1e-12)


@EACH_SCORE
@pytest.mark.parametrize("share", [0.05, 0.1, 0.2, 0.5])
def test_lift_is_the_mean_over_all_orders_of_the_tied(score: Any, share: float) -> None:
    rng = np.random.default_rng(2)
    top = int(N * share)
    found = [DID[np.lexsort((rng.random(N), -score))[:top]].mean() / DID.mean() for _ in range(2_000)]
    spread = np.std(found) / len(found) ** 0.5
    assert ranking.lift(score, DID, share).value == pytest.approx(np.mean(found), abs=4 * spread + 1e-12)


def test_one_random_order_of_the_tied_is_one_of_them() -> None:
    drawn = {ranking.lift(SCORES["two values"], DID, seed=seed).value for seed in range(30)}
    assert len(drawn) > 3
    assert ranking.lift(SCORES["two values"], DID, seed=7) == ranking.lift(SCORES["two values"], DID, seed=7)
    assert ranking.lift(FINE, DID, seed=7) == ranking.lift(FINE, DID)
    top = round(0.1 * N)
    assert all(value * DID.mean() * top == pytest.approx(round(value * DID.mean() * top)) for value in drawn)


def test_deciles_by_sorting() -> None:
    order = np.argsort(-FINE)
    found = deciles(FINE, MONEY)
    for part, rows in zip(found.parts, order.reshape(10, N // 10), strict=True):
        money = MONEY[rows]
        assert (part.least, part.most) == (FINE[rows].min(), FINE[rows].max())
        assert part.mean == pytest.approx(money.mean(), abs=1e-9)
        assert part.share == pytest.approx(money.sum() / MONEY.sum(), abs=1e-12)
        assert part.lift == pytest.approx(money.mean() / MONEY.mean(), abs=1e-12)
        if money.any():
            ends = scipy.stats.ttest_1samp(money, 0).confidence_interval(0.95)
            assert (part.low, part.high) == pytest.approx((ends.low, ends.high), rel=1e-9)
    assert found.parts[-1].reached == pytest.approx(1, abs=1e-12)
    bars = deciles(FINE, DID).parts[0]
    other = scipy.stats.binomtest(int(DID[order[:40]].sum()), 40).proportion_ci(method="wilson")
    assert (bars.low, bars.high) == pytest.approx((other.low, other.high), abs=1e-12)


# -- influence: what one more of a customer does ------------------------------------------------------------------

FIGURES: dict[str, Callable[[Any, Any, Any], Any]] = {
    "auc": lambda score, did, money: ranking.auc(score, did),
    "spend gini": lambda score, did, money: ranking.spend_gini(score, money),
    "spearman": lambda score, did, money: ranking.spearman(score, money),
    "total": lambda score, did, money: forecast.total_ratio(np.exp(score), money),
    "rmse": lambda score, did, money: forecast.rmse(score, money),
    "mae": lambda score, did, money: forecast.mae(score, money),
    "brier": lambda score, did, money: forecast.brier(1 / (1 + np.exp(-score)), did),
    "log loss": lambda score, did, money: forecast.log_loss(1 / (1 + np.exp(-score)), did),
}


@EACH_SCORE
@pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES.keys())
def test_influence_is_the_slope_of_the_figure_in_a_customer_s_weight(figure: Any, score: Any) -> None:
    """Every customer 300 times, one of them 301 times: the figure moves by influence / (300 n), to first order."""
    many = 300
    rows = np.repeat(np.arange(N), many)
    found = figure(score, DID, MONEY)
    assert float(np.abs(found.influence.sum())) < 1e-4 * float(np.abs(found.influence).sum())
    for one in (0, 7, int(np.flatnonzero(DID)[3]), int(MONEY.argmax())):
        more = np.append(rows, one)
        moved = figure(score[more], DID[more], MONEY[more]).value - found.value
        # Estimates carry degrees of freedom in the influence: a factor of up to sqrt(n1 / (n1 - 1)).
        assert moved * many * N == pytest.approx(float(found.influence[one]), rel=0.02, abs=0.01 * abs(found.value))


@pytest.mark.parametrize(("name", "share"), [("coarse", 0.42), ("two values", 0.1), ("two values", 0.7)])
def test_influence_of_the_top_where_a_block_is_cut(name: str, share: float) -> None:
    """The slope is the figure's own where the line cuts a large block; elsewhere it uses a local mean."""
    many, score = 300, SCORES[name]
    rows = np.repeat(np.arange(N), many)
    found = ranking.lift(score, DID, share)
    assert found.influence is not None
    assert found.value is not None
    for one in (0, 7, 100, int(score.argmax()), int(score.argmin())):
        more = np.append(rows, one)
        moved = (ranking.lift(score[more], DID[more], share).value or 0) - found.value
        assert moved * many * N == pytest.approx(float(found.influence[one]), rel=0.02, abs=0.02)


# -- forecasts ----------------------------------------------------------------------------------------------------

CHANCE = 1 / (1 + np.exp(-(1.4 * FINE - 1)))


def test_errors_by_scikit_learn() -> None:
    metrics = sklearn("metrics")
    guess = np.maximum(FINE, 0) * 30
    assert forecast.rmse(guess, MONEY).value == pytest.approx(metrics.root_mean_squared_error(MONEY, guess), rel=1e-12)
    assert forecast.mae(guess, MONEY).value == pytest.approx(metrics.mean_absolute_error(MONEY, guess), rel=1e-12)
    assert forecast.brier(CHANCE, DID).value == pytest.approx(metrics.brier_score_loss(DID, CHANCE), rel=1e-12)
    assert forecast.log_loss(CHANCE, DID).value == pytest.approx(metrics.log_loss(DID, CHANCE), rel=1e-12)


def test_reliability_by_scikit_learn() -> None:
    shares, chances = sklearn("calibration").calibration_curve(DID, CHANCE, n_bins=10)
    kept = [each for each in forecast.reliability(CHANCE, DID) if each.customers]
    assert [each.share for each in kept] == pytest.approx(list(shares), abs=1e-12)
    assert [each.chance for each in kept] == pytest.approx(list(chances), abs=1e-12)
    off = sum(abs(each.share - each.chance) * each.customers for each in kept if each.share and each.chance) / N
    missing = sum((each.chance or 0) * each.customers for each in kept if not each.share) / N
    assert forecast.calibration_error(CHANCE, DID).value == pytest.approx(off + missing, abs=1e-12)


def test_calibration_by_a_search() -> None:
    odds = np.log(CHANCE / (1 - CHANCE))

    def cost(at: Any) -> float:
        eta = at[0] + (at[1] if len(at) > 1 else 1.0) * odds
        return float((np.logaddexp(0, eta) - DID * eta).sum())

    options = {"xatol": 1e-10, "fatol": 1e-13, "maxfev": 10_000}
    both = scipy.optimize.minimize(cost, [0.0, 1.0], method="Nelder-Mead", options=options).x
    large = scipy.optimize.minimize(cost, [0.0], method="Nelder-Mead", options=options).x
    found = forecast.calibration(CHANCE, DID)
    assert (found.intercept, found.slope) == pytest.approx(tuple(both), abs=1e-6)
    assert found.in_the_large == pytest.approx(large[0], abs=1e-6)


# -- regressions --------------------------------------------------------------------------------------------------

COLUMNS = np.stack([(each - each.mean()) / each.std() for each in (FINE, COARSE, np.sqrt(MONEY + 3 * LATENT**2))])


@pytest.mark.parametrize("ridge", [1.0, 25.0])
def test_the_logit_by_scikit_learn(ridge: float) -> None:
    other = sklearn("linear_model").LogisticRegression(C=1 / ridge, tol=1e-12, max_iter=5_000).fit(COLUMNS.T, DID)
    found = fit(COLUMNS, DID.astype(float), LOGIT, ridge=ridge)
    assert found.converged
    assert found.beta == pytest.approx([other.intercept_[0], *other.coef_[0]], abs=1e-5)
    assert found.mean(COLUMNS, N) == pytest.approx(other.predict_proba(COLUMNS.T)[:, 1], abs=1e-5)


@pytest.mark.parametrize("family", [POISSON, GAMMA], ids=lambda family: family.name)
def test_counts_and_amounts_by_scikit_learn(family: Any) -> None:
    rng = np.random.default_rng(6)
    mean = np.exp(0.3 + 0.5 * COLUMNS[0])
    y = rng.poisson(mean).astype(float) if family is POISSON else rng.gamma(2.0, mean / 2)
    kind = {POISSON.name: "PoissonRegressor", GAMMA.name: "GammaRegressor"}[family.name]
    # Its deviance is halved and averaged over customers: a ridge of 1 on the sum is one of 1 / n on the mean.
    other = getattr(sklearn("linear_model"), kind)(alpha=1 / N, tol=1e-10, max_iter=5_000).fit(COLUMNS.T, y)
    found = fit(COLUMNS, y, family)
    assert found.converged
    assert found.beta == pytest.approx([other.intercept_, *other.coef_], abs=1e-5)


@pytest.mark.parametrize("family", [LOGIT, POISSON], ids=lambda family: family.name)
def test_many_customers_end_where_few_do(family: Any) -> None:
    """Everybody 600 times, with 600 times the ridge: the first steps on some of them change nothing of the end."""
    y = DID.astype(float) if family is LOGIT else np.round(MONEY / 20)
    one = fit(COLUMNS, y, family, ridge=2.0)
    many = fit([np.tile(each, 600) for each in COLUMNS], np.tile(y, 600), family, ridge=1_200.0)
    assert many.converged
    assert many.beta == pytest.approx(one.beta, abs=1e-8)
    assert many.errors * 600**0.5 == pytest.approx(one.errors, rel=1e-6)


def test_errors_of_a_logit_by_its_information() -> None:
    found = fit(COLUMNS, DID.astype(float), LOGIT, ridge=0.0)
    chance = found.mean(COLUMNS, N)
    design = np.vstack([np.ones(N), COLUMNS])
    information = (design * chance * (1 - chance)) @ design.T
    assert found.errors == pytest.approx(np.sqrt(np.diag(np.linalg.inv(information))), rel=1e-6)


def test_a_scale_is_the_standard_one_of_what_was_learned() -> None:
    skewed = np.exp(2 * FINE)
    scale = Scale.of(skewed)
    assert scale.logged
    bent = np.log1p(skewed / np.median(skewed))
    assert scale(skewed) == pytest.approx(scipy.stats.zscore(bent), abs=1e-9)
    assert not Scale.of(FINE).logged
    assert Scale.of(FINE)(FINE) == pytest.approx(scipy.stats.zscore(FINE), abs=1e-9)


def test_ranks_by_scipy() -> None:
    for score in SCORES.values():
        ranks = Ranks.of(score)
        expected = (scipy.stats.rankdata(score) - 0.5) / N
        assert ranks.below[ranks.block] == pytest.approx(expected, abs=1e-12)
