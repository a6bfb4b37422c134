"""What ranks and forecasts say where there is nothing to say, what they refuse, and what must not change them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cherish.errors import QuestionError
from cherish.proof.prediction import forecast, ranking
from cherish.proof.prediction.deciles import deciles
from cherish.proof.prediction.influence import REASONS, estimate
from cherish.proof.prediction.ranks import Ranks
from cherish.proof.prediction.trial import Outcomes, all_tried

DRAWS = np.random.default_rng(3)
N = 300
SCORE = np.round(DRAWS.normal(size=N), 1)
DID = SCORE + DRAWS.normal(size=N) > 0.5
MONEY = np.where(DID, DRAWS.gamma(1, 20, size=N), 0.0)
NONE: Any = np.zeros(0)


@pytest.mark.parametrize(("found", "why"), [
    (ranking.auc(NONE, NONE.astype(bool)), "no_customers"),
    (ranking.auc(SCORE, np.zeros(N, bool)), "no_positives"),
    (ranking.auc(SCORE, np.ones(N, bool)), "no_negatives"),
    (ranking.spend_gini(NONE, NONE), "no_customers"),
    (ranking.spend_gini(SCORE, np.zeros(N)), "no_money"),
    (ranking.spend_gini(SCORE, np.where(SCORE > 0, 1.0, -9.0)), "no_money"),
    (ranking.spend_gini(SCORE, np.full(N, 7.0)), "equal_money"),
    (ranking.lift(SCORE, np.zeros(N, bool)), "no_positives"),
    (ranking.top_share(SCORE, np.zeros(N)), "no_money"),
    (ranking.top_share(NONE, NONE), "no_customers"),
    (ranking.spearman(np.zeros(N), MONEY), "constant_score"),
    (ranking.spearman(SCORE, np.full(N, 4)), "constant_outcome"),
    (ranking.spearman(NONE, NONE), "no_customers"),
    (forecast.rmse(NONE, NONE), "no_customers"),
    (forecast.mae(NONE, NONE), "no_customers"),
    (forecast.total_ratio(MONEY, np.zeros(N)), "no_money"),
    (forecast.log_loss([0.5, 0.0], [1, 1]), "certain_and_wrong"),
    (forecast.calibration_error(NONE, NONE), "no_customers"),
])  # fmt: skip
def test_what_is_not_there_is_null_and_says_why(found: Any, why: str) -> None:
    assert (found.value, found.se, found.low, found.high, found.why) == (None, None, None, None, why)
    assert not found.known
    assert why in REASONS


def test_a_figure_without_spread_has_no_interval() -> None:
    one = ranking.auc([1, 2, 3], [False, False, True])
    assert (one.value, one.se, one.why) == (1.0, None, "one_case")
    # Five pairs that share nobody all stand right: a chance below 0.025 ** (1 / 5) would show that once in forty.
    right = ranking.auc(np.arange(12.0), np.arange(12) >= 7)
    assert (right.value, right.se, right.high, right.why) == (1.0, None, 1.0, "perfect")
    assert right.low == pytest.approx(0.025**0.2, abs=1e-12)
    wrong = ranking.auc(-np.arange(12.0), np.arange(12) >= 7)
    assert (wrong.value, wrong.low) == (0.0, 0.0)
    assert wrong.high == pytest.approx(1 - 0.025**0.2, abs=1e-12)
    assert ranking.spearman(MONEY, MONEY).why == "perfect"
    assert ranking.spend_gini(MONEY, MONEY).why == "perfect"
    assert forecast.rmse(MONEY, MONEY).why == "perfect"
    assert estimate(3.0, np.zeros(1)).why == "one_case"


def test_a_constant_ranks_like_a_coin_and_that_is_certain() -> None:
    found = ranking.auc(np.zeros(N), DID)
    assert (found.value, found.se, found.low, found.high) == (0.5, 0, 0.5, 0.5)
    assert ranking.lift(np.zeros(N), DID).value == pytest.approx(1, abs=1e-12)
    assert ranking.spend_gini(np.zeros(N), MONEY).value == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(("ask", "says"), [
    (lambda: ranking.auc([1.0, np.nan], [True, False]), "nulls a rank"),
    (lambda: ranking.auc([[1.0], [2.0]], [True, False]), r"shape \(2, 1\)"),
    (lambda: ranking.auc([1.0, 2.0], [0, 2]), "true or false"),
    (lambda: ranking.auc([1.0, 2.0], [True]), "2 scores and 1 outcomes"),
    (lambda: ranking.spend_gini([1.0, 2.0], [1.0, np.nan]), "isn't known"),
    (lambda: ranking.lift([1.0, 2.0], [True, False], 0), "share=0"),
    (lambda: ranking.lift([1.0, 2.0], [True, False], 10), "share=10"),
    (lambda: ranking.spearman([1.0, 2.0], [True]), "2 scores and 1 outcomes"),
    (lambda: deciles([1.0, 2.0], [True, False], parts=1), "at least two parts"),
    (lambda: deciles([1.0, 2.0], [True]), "2 scores and 1 outcomes"),
    (lambda: forecast.rmse([1.0, 2.0], [1.0]), "one per customer"),
    (lambda: forecast.rmse([1.0, np.inf], [1.0, 2.0]), "not a number"),
    (lambda: forecast.brier([1.2, 0.5], [1, 0]), "from 0.5 to 1.2"),
    (lambda: forecast.brier([0.2, 0.5], [1, 3]), "true or false"),
    (lambda: forecast.reliability([0.2], [1], bins=0), "at least one bin"),
])  # fmt: skip
def test_questions_without_sense_are_refused(ask: Any, says: str) -> None:
    with pytest.raises(QuestionError, match=says):
        ask()


# -- what changes nothing -----------------------------------------------------------------------------------------


def figures(score: Any, did: Any, money: Any) -> list[Any]:
    return list(all_tried({"one": score}, Outcomes.of(did, money))["one"].figures().values())


def test_only_the_order_of_scores_counts() -> None:
    plain = figures(SCORE, DID, MONEY)
    assert figures(np.exp(3 * SCORE), DID, MONEY) == plain
    with_ends = np.select([Ranks.of(SCORE).block == 0, SCORE.max() <= SCORE], [-np.inf, np.inf], SCORE)
    assert figures(with_ends, DID, MONEY) == plain


def test_the_order_of_customers_and_the_unit_of_money_change_nothing() -> None:
    plain, shuffled = figures(SCORE, DID, MONEY), np.random.default_rng(1).permutation(N)
    for other in (figures(SCORE[shuffled], DID[shuffled], MONEY[shuffled]), figures(SCORE, DID, 100 * MONEY)):
        for one, again in zip(plain, other, strict=True):
            assert again.value == pytest.approx(one.value, rel=1e-12)
            assert (again.se, again.low) == pytest.approx((one.se, one.low), rel=1e-9)


def test_turned_round_a_score_is_as_bad_as_it_was_good() -> None:
    one, other = ranking.auc(SCORE, DID), ranking.auc(-SCORE, DID)
    assert other.value == pytest.approx(1 - (one.value or 0), abs=1e-12)
    assert other.se == pytest.approx(one.se, rel=1e-12)
    assert ranking.spend_gini(-SCORE, MONEY).value == pytest.approx(-(ranking.spend_gini(SCORE, MONEY).value or 0))
    assert ranking.gini(one).low == pytest.approx(2 * (one.low or 0) - 1)


def test_lift_on_money_is_the_share_of_the_top_over_its_size() -> None:
    assert ranking.lift(SCORE, MONEY, 0.2).value == pytest.approx(
        (ranking.top_share(SCORE, MONEY, 0.2).value or 0) / 0.2
    )
    assert ranking.top_share(SCORE, DID, 0.2).high == pytest.approx((ranking.lift(SCORE, DID, 0.2).high or 0) * 0.2)


def test_money_may_be_given_back() -> None:
    refunds = np.where(np.arange(N) % 50 == 0, -5.0, MONEY)
    assert -1 < (ranking.spend_gini(SCORE, refunds).value or 0) < 1
    assert ranking.spend_gini(refunds, refunds).value == pytest.approx(1, abs=1e-12)


# -- deciles ------------------------------------------------------------------------------------------------------


def test_a_block_that_a_line_cuts_lies_in_both_parts() -> None:
    # Twenty customers, the first eight tied: three of them did. Tenths of two customers.
    score, did = np.r_[np.full(8, 9.0), np.arange(12.0)[::-1] / 2], np.zeros(20)
    did[[0, 3, 5, 9]] = 1
    found = deciles(score, did)
    assert [part.mean for part in found.parts[:5]] == pytest.approx([3 / 8] * 4 + [1 / 2])
    assert [part.mean for part in found.parts[5:]] == [0] * 5
    assert [part.customers for part in found.parts] == [2.0] * 10
    assert (found.parts[0].least, found.parts[3].most, found.parts[4].most, found.parts[4].least) == (9, 9, 5.5, 5)
    assert found.parts[3].reached == pytest.approx(3 / 4)
    assert (found.monotone, found.rises) == (False, ())


def test_rises_beyond_chance_are_named() -> None:
    rng = np.random.default_rng(4)
    score = np.arange(5_000.0)
    falling = rng.random(5_000) < 0.2 + 0.06 * (score // 500)
    assert deciles(score, falling).rises == ()
    broken = np.where((score >= 2_000) & (score < 2_500), rng.random(5_000) < 0.9, falling)
    found = deciles(score, broken)
    assert found.rises == (6,)
    assert found.monotone is False
    assert deciles(score, score).monotone is True
    assert deciles(np.zeros(50), DID[:50]).monotone is True
    assert deciles([1.0, 2.0], [True, False]).why == "few_customers"
    assert deciles(np.arange(20.0), np.zeros(20)).parts[0].share is None


# -- chances ------------------------------------------------------------------------------------------------------


def test_bins_begin_with_their_edge_and_empty_ones_are_there() -> None:
    found = forecast.reliability([0.0, 0.1, 0.3, 0.3, 1.0], [0, 1, 1, 0, 1])
    assert [each.customers for each in found] == [1, 1, 0, 2, 0, 0, 0, 0, 0, 1]
    assert [(each.low, each.high) for each in found][3] == (0.3, 0.4)
    assert (found[2].chance, found[2].share, found[2].share_low) == (None, None, None)
    assert (found[3].chance, found[3].share) == (0.3, 0.5)


def test_chances_that_are_right_are_calibrated() -> None:
    rng = np.random.default_rng(8)
    chance = rng.beta(1, 3, size=40_000)
    did = rng.random(40_000) < chance
    found = forecast.calibration(chance, did)
    assert found.slope == pytest.approx(1, abs=4 * (found.slope_se or 0))
    assert (found.slope_se or 1) < 0.02
    assert found.intercept == pytest.approx(0, abs=0.08)
    assert (forecast.calibration_error(chance, did).value or 1) < 0.02
    odds = np.log(chance / (1 - chance))
    bent = forecast.calibration(1 / (1 + np.exp(-(2 * odds + 1))), did)
    # logit P = odds = (bent odds - 1) / 2, up to the fit's own noise, which is bent alike.
    assert bent.slope == pytest.approx((found.slope or 0) / 2, abs=1e-6)
    assert bent.intercept == pytest.approx((found.intercept or 0) - (found.slope or 0) / 2, abs=1e-6)


@pytest.mark.parametrize(("chance", "did", "why"), [
    ([0.2, 0.4, 0.6], [0, 0, 0], "no_positives"),
    ([0.2, 0.4, 0.6], [1, 1, 1], "no_negatives"),
    ([0.2, 0.4, 1.0], [0, 1, 1], "certain"),
    ([0.3, 0.3, 0.3], [0, 1, 1], "constant_score"),
    ([0.2, 0.4, 0.6], [0, 1, 1], "perfect"),
])  # fmt: skip
def test_calibration_that_can_not_be_found_says_why(chance: Any, did: Any, why: str) -> None:
    found = forecast.calibration(chance, did)
    assert (found.slope, found.intercept, found.why) == (None, None, why)
    assert why in REASONS


def test_a_seed_breaks_ties_without_leaving_the_order() -> None:
    for seed in range(5):
        ranks = Ranks.of(SCORE, seed)
        assert len(ranks.values) == N
        assert (ranks.values[ranks.block] == SCORE).all()
        assert (np.diff(ranks.values) >= 0).all()
