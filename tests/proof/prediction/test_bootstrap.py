"""The customer bootstrap from influence values: against resampling customers, exact to the bit, paired, clustered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from cherish.errors import QuestionError
from cherish.proof.prediction import bootstrap, ranking
from cherish.proof.prediction.bootstrap import BLOCK, STEPS, deviations, intervals
from cherish.proof.prediction.influence import clustered, difference, pooled, undefined, with_clusters

CUSTOMERS = 5_000
DRAWS = np.random.default_rng(11)
LATENT = DRAWS.normal(size=CUSTOMERS)
SCORE = LATENT + DRAWS.normal(size=CUSTOMERS)
OTHER = np.round(LATENT + 1.3 * DRAWS.normal(size=CUSTOMERS))
DID = LATENT + DRAWS.normal(size=CUSTOMERS) > 0.8
MONEY = np.where(DID, DRAWS.gamma(0.6, 80, size=CUSTOMERS), 0.0)

Figure = Callable[[Any, Any, Any], Any]
FIGURES: dict[str, Figure] = {
    "auc": lambda score, did, money: ranking.auc(score, did),
    "spend gini": lambda score, did, money: ranking.spend_gini(score, money),
    "lift at 5 %": lambda score, did, money: ranking.lift(score, did, 0.05),
    "lift at 20 %": lambda score, did, money: ranking.lift(score, did, 0.2),
    "spend of the top 10 %": lambda score, did, money: ranking.top_share(score, money, 0.1),
    "spearman": lambda score, did, money: ranking.spearman(score, money),
}
TIMES = 300


def resampled(figures: list[Figure]) -> Any:
    """The plain bootstrap: customers drawn with replacement, every figure of both scores computed anew."""
    rng = np.random.default_rng(5)
    found = []
    for _ in range(TIMES):
        rows = rng.integers(0, CUSTOMERS, CUSTOMERS)
        did, money = DID[rows], MONEY[rows]
        found.append([[each(score[rows], did, money).value for score in (SCORE, OTHER)] for each in figures])
    return np.array(found)


def test_it_agrees_with_the_plain_bootstrap_on_five_thousand_customers() -> None:
    figures = list(FIGURES.values())
    plain = resampled(figures)
    estimates = [each(score, DID, MONEY) for each in figures for score in (SCORE, OTHER)]
    ours = deviations([each.influence for each in estimates], times=4_000, seed=3).reshape(4_000, len(figures), 2)
    # A standard deviation of 300 draws is known to 1 / sqrt(600) = 4 %; four of these.
    noise = 4 / np.sqrt(2 * TIMES)
    assert ours.std(axis=0) == pytest.approx(plain.std(axis=0), rel=noise)
    pairs = [draws[:, :, 0] - draws[:, :, 1] for draws in (plain, ours)]
    assert pairs[1].std(axis=0) == pytest.approx(pairs[0].std(axis=0), rel=noise)
    values = np.array([each.value for each in estimates]).reshape(len(figures), 2)
    for end in (2.5, 97.5):
        # A percentile near the end is known to some 2.7 standard deviations / sqrt(draws).
        near = 4 * 2.7 / np.sqrt(TIMES) * plain.std(axis=0)
        assert (np.abs(values + np.percentile(ours, end, axis=0) - np.percentile(plain, end, axis=0)) < near).all()


def test_standard_errors_are_those_of_the_bootstrap() -> None:
    found = [each(SCORE, DID, MONEY) for each in FIGURES.values()]
    drawn = intervals(found, times=4_000, seed=2)
    for one, other in zip(found, drawn, strict=True):
        assert other.value == one.value
        assert other.se == pytest.approx(one.se, rel=0.05)
        assert (other.low, other.high) == pytest.approx((one.low, one.high), abs=0.25 * one.se)


# -- the weights --------------------------------------------------------------------------------------------------


def test_the_steps_are_those_of_poisson_with_a_mean_of_exactly_one() -> None:
    tails, tail, term = [], 1.0, np.exp(-1)
    for count in range(len(STEPS)):
        tail -= term
        tails.append(tail * 65_536)
        term /= count + 1
    assert all(abs(step - exact) < 1 for step, exact in zip(STEPS, tails, strict=True))
    assert sum(STEPS) == 65_536
    second = sum((2 * count + 1) * step for count, step in enumerate(STEPS)) / 65_536
    assert second - 1 == pytest.approx(1, abs=5e-5)


def test_weights_are_poisson_and_independent() -> None:
    weights = bootstrap._Drawer(1, 500)(0) + 1
    share = np.bincount(weights.astype(int).ravel(), minlength=10) / weights.size
    expected = [np.exp(-1), np.exp(-1), np.exp(-1) / 2, np.exp(-1) / 6, np.exp(-1) / 24]
    assert share[:5] == pytest.approx(expected, abs=4 * np.sqrt(0.25 / weights.size))
    rows = np.corrcoef(weights)[np.triu_indices(500, 1)]
    assert abs(rows).max() < 6 / np.sqrt(BLOCK)
    assert rows.mean() == pytest.approx(0, abs=4 / np.sqrt(BLOCK * rows.size))


def test_sums_are_exact_so_threads_and_order_change_no_bit() -> None:
    rows = [ranking.auc(SCORE, DID).influence, ranking.spend_gini(OTHER, MONEY).influence]
    found = deviations(rows, times=20, seed=9)
    grid = bootstrap._grid(rows)
    whole = np.rint(np.stack(rows, axis=1).astype(np.float64) / grid).astype(np.int64)
    blocks = -(-CUSTOMERS // BLOCK)
    weights = np.concatenate([bootstrap._Drawer(9, 20)(at) for at in range(blocks)], axis=1)[:, :CUSTOMERS]
    assert (found == (weights.astype(np.int64) @ whole) * grid / CUSTOMERS).all()
    assert (deviations(rows[1:], times=20, seed=9)[:, 0] == found[:, 1]).all()
    assert (deviations(rows, times=20, seed=10) != found).all()


def test_nothing_to_draw_and_nothing_to_pair() -> None:
    assert deviations([], times=5).shape == (5, 0)
    assert (deviations([np.zeros(3, np.float32)], times=5) == 0).all()
    with pytest.raises(QuestionError, match="same customers"):
        deviations([np.zeros(3), np.zeros(4)])
    with pytest.raises(QuestionError, match="at least one"):
        deviations([np.zeros(3)], times=0)
    null, known = undefined("no_money"), ranking.auc(SCORE, DID)
    found = intervals([null, known, null], times=50)
    assert (found[0], found[2]) == (null, null)
    assert found[1].low != known.low
    assert found[1].low == intervals([known], times=50)[0].low


# -- clusters and cut-offs ----------------------------------------------------------------------------------------


def test_households_are_drawn_whole() -> None:
    """Every customer four times in one household is a sample of households, each as it was."""
    houses = np.repeat(np.arange(CUSTOMERS), 4)
    one = ranking.auc(SCORE, DID)
    four = ranking.auc(np.repeat(SCORE, 4), np.repeat(DID, 4))
    assert four.value == pytest.approx(one.value, abs=1e-12)
    assert four.se == pytest.approx((one.se or 0) / 2, rel=0.02)
    assert with_clusters(four, houses).se == pytest.approx(one.se, rel=0.02)
    drawn = [deviations([each.influence], times=200, seed=1, clusters=of) for each, of in ((one, None), (four, houses))]
    assert drawn[1] == pytest.approx(drawn[0], rel=0.02, abs=0.02 * drawn[0].std())
    with pytest.raises(QuestionError, match="20,000 customers"):
        clustered(four.influence, houses[:7])


def test_each_customer_alone_is_no_cluster() -> None:
    found = ranking.spearman(OTHER, MONEY)
    alone = np.arange(CUSTOMERS)
    assert with_clusters(found, alone).se == pytest.approx(found.se, rel=1e-3)
    assert with_clusters(found, np.zeros(CUSTOMERS, dtype=np.intp)).why == "one_case"


def test_cut_offs_share_customers() -> None:
    """The same customers with the same answers twice are worth no more than once; new ones are worth what they are."""
    found = ranking.auc(SCORE, DID)
    here = np.arange(CUSTOMERS)
    again = pooled([found, found], [here, here], CUSTOMERS)
    assert again.value == found.value
    assert again.se == pytest.approx(found.se, rel=1e-5)
    apart = pooled([found, found], [here, here + CUSTOMERS], 2 * CUSTOMERS)
    assert apart.se == pytest.approx((found.se or 0) / 2**0.5, rel=1e-5)
    assert pooled([found, undefined("no_money")], [here, here], CUSTOMERS).why == "no_money"


def test_a_score_does_not_differ_from_itself() -> None:
    found = ranking.auc(SCORE, DID)
    same = difference(found, ranking.auc(3 * SCORE + 1, DID))
    assert (same.value, same.se) == (0.0, 0.0)
    with pytest.raises(QuestionError, match="no pair"):
        difference(found, ranking.auc(SCORE[1:], DID[1:]))
