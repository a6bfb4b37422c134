"""Intervals, inequality, ranking and survival a second time: by scipy, by counting pairs, and spell by spell."""

from __future__ import annotations

import random
from itertools import product

import numpy as np
import pytest
import scipy.stats

from cherish.errors import QuestionError
from cherish.statistics.inequality import gini, top_share
from cherish.statistics.intervals import (
    adjusted_wald_score,
    effective,
    mean_interval,
    newcombe,
    wald,
    wald_score,
    wilson,
)
from cherish.statistics.quantiles import chi_square_tail, two_sided, two_sided_t
from cherish.statistics.ranking import auc
from cherish.statistics.survival import kaplan_meier, log_rank


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 7, 29, 30, 99, 200, 201, 1000, 250.5, 1e6])
@pytest.mark.parametrize("level", [0.5, 0.9, 0.95, 0.999])
def test_quantiles_of_student(freedom: float, level: float) -> None:
    assert two_sided_t(level, freedom) == pytest.approx(scipy.stats.t.ppf(0.5 + level / 2, freedom), rel=1e-9)


@pytest.mark.parametrize("freedom", range(1, 12))
@pytest.mark.parametrize("value", [0.0, 0.3, 3.84, 16.7929, 60.0])
def test_tails_of_chi_square(freedom: int, value: float) -> None:
    assert chi_square_tail(value, freedom) == pytest.approx(scipy.stats.chi2.sf(value, freedom), rel=1e-9)


@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
def test_wilson_by_scipy(level: float) -> None:
    for n in (1, 2, 10, 250):
        hits = np.arange(n + 1)
        found = wilson(hits, n, level)
        for k in hits:
            other = scipy.stats.binomtest(int(k), n).proportion_ci(level, method="wilson")
            assert (found.low[k], found.high[k]) == pytest.approx((other.low, other.high), abs=1e-12)


def test_wilson_solves_its_own_equation() -> None:
    # The bounds are the shares P for which |p - P| = z * sqrt(P (1 - P) / n).
    hits, n = np.array([3, 17, 40]), np.array([9, 20, 400])
    share, low, high = wilson(hits, n)
    for bound in (low, high):
        assert np.abs(share - bound) == pytest.approx(two_sided(0.95) * np.sqrt(bound * (1 - bound) / n), abs=1e-12)


def test_intervals_turn_round() -> None:
    assert wilson(3, 20).low == pytest.approx(1 - wilson(17, 20).high, abs=1e-15)
    one, other = newcombe(3, 20, 9, 15), newcombe(9, 15, 3, 20)
    assert tuple(one) == pytest.approx((-other.estimate, -other.high, -other.low), abs=1e-15)
    one, other = adjusted_wald_score(9, 5, 2), adjusted_wald_score(2, 5, 9)
    assert tuple(one) == pytest.approx((-other.estimate, -other.high, -other.low), abs=1e-15)


def test_a_score_without_middle_is_a_share() -> None:
    # p - d = 2p - 1 where nobody is passive, and so its interval is twice as wide.
    plain, share = wald_score(30, 0, 20), wald(30, 50)
    assert tuple(plain) == pytest.approx(tuple(2 * each - 1 for each in share), abs=1e-15)


def test_nobody_has_no_interval() -> None:
    for found in (wilson(0, 0), wald(0, 0), newcombe(0, 0, 3, 4), wald_score(0, 0, 0), adjusted_wald_score(0, 0, 0)):
        assert np.isnan(found).all()
    assert np.isnan(mean_interval(0, 0.0, 0.0)).all()
    one = mean_interval(1, 7.0, 0.0)
    assert one.estimate == 7
    assert np.isnan([one.low, one.high]).all()
    found = wilson([0, 2], [0, 4])
    assert np.isnan(found.low[0])
    assert found.low[1] == wilson(2, 4).low


def test_bad_counts_are_refused() -> None:
    for wrong in (lambda: wilson(5, 4), lambda: wilson(-1, 4), lambda: wilson(1, 4, 95), lambda: wald_score(1, -1, 2)):
        with pytest.raises(QuestionError):
            wrong()


def test_means_by_scipy() -> None:
    rows = [4.0, 4.5, 3.0, 5.0, 1.0, 2.5]
    other = scipy.stats.ttest_1samp(rows, 0).confidence_interval(0.9)
    found = mean_interval(len(rows), np.mean(rows), np.std(rows, ddof=1), 0.9)
    assert (found.low, found.high) == pytest.approx((other.low, other.high), abs=1e-9)


def test_equal_weights_are_no_weights() -> None:
    assert effective(4 * 0.5, 4 * 0.25) == 4
    assert np.isnan(effective(0, 0))


def test_gini_is_the_mean_difference() -> None:
    # Half the mean absolute difference of all pairs over the mean (Gini 1912).
    values = [random.Random(3).randrange(20) for _ in range(50)]
    pairs = sum(abs(a - b) for a, b in product(values, values)) / len(values) ** 2
    expected = pairs / 2 / (sum(values) / len(values))
    distinct, counts = np.unique(values, return_counts=True)
    assert gini(values) == pytest.approx(expected, abs=1e-12)
    assert gini(distinct[::-1], counts[::-1]) == pytest.approx(expected, abs=1e-12)
    assert top_share(values, share=0.1) == pytest.approx(sum(sorted(values)[-5:]) / sum(values), abs=1e-12)


def test_nothing_is_not_spread_unequally() -> None:
    assert np.isnan([gini([]), gini([0, 0]), gini([3], [0]), top_share([0, 0])]).all()
    assert gini([5, 5, 5]) == pytest.approx(0, abs=1e-15)
    with pytest.raises(QuestionError):
        gini([-1, 2])


def test_auc_by_pairs() -> None:
    draw = random.Random(5)
    rows = [(draw.randrange(6), draw.random() < 0.3) for _ in range(120)]
    hits, misses = ([score for score, hit in rows if hit is wanted] for wanted in (True, False))
    wins = [[1.0 if a > b else 0.5 if a == b else 0.0 for b in misses] for a in hits]
    found = auc([score for score, _ in rows], [hit for _, hit in rows], [not hit for _, hit in rows])
    assert found is not None
    assert found.auc == pytest.approx(np.mean(wins), abs=1e-12)
    variance = np.mean(wins, axis=1).var(ddof=1) / len(hits) + np.mean(wins, axis=0).var(ddof=1) / len(misses)
    assert found.delong == pytest.approx(variance**0.5, abs=1e-12)
    assert auc([1, 2], [0, 0], [3, 4]) is None


def _spells(seed: int, n: int = 80) -> list[tuple[int, bool]]:
    draw = random.Random(seed)
    return [(draw.randrange(1, 25), draw.random() < 0.6) for _ in range(n)]


def _grouped(spells: list[tuple[int, bool]]) -> tuple[list[int], list[bool], list[bool]]:
    return [t for t, _ in spells], [ended for _, ended in spells], [not ended for _, ended in spells]


def test_survival_by_scipy() -> None:
    spells = _spells(1)
    ended, still = ([t for t, over in spells if over is wanted] for wanted in (True, False))
    other = scipy.stats.ecdf(scipy.stats.CensoredData(uncensored=ended, right=still)).sf
    found = kaplan_meier(*_grouped(spells))
    assert found.survival == pytest.approx(other.evaluate(found.time), abs=1e-12)
    ends = other.confidence_interval(0.95, method="log-log")
    known = ~np.isnan(found.low)
    assert found.low[known] == pytest.approx(ends.low.evaluate(found.time)[known], abs=1e-12)
    assert found.high[known] == pytest.approx(ends.high.evaluate(found.time)[known], abs=1e-12)


def test_log_rank_by_scipy() -> None:
    groups = [_spells(1), _spells(2, 60)]
    data = [
        scipy.stats.CensoredData(uncensored=[t for t, over in each if over], right=[t for t, over in each if not over])
        for each in groups
    ]
    other = scipy.stats.logrank(*data)
    found = log_rank([_grouped(each) for each in groups])
    assert found.chi_square == pytest.approx(other.statistic**2, rel=1e-9)
    assert found.p == pytest.approx(other.pvalue, rel=1e-9)


def test_three_groups_of_one_kind() -> None:
    # The same spells thrice expect what they see; their order in the list is of no account.
    assert log_rank([_grouped(_spells(1))] * 3).chi_square == pytest.approx(0, abs=1e-12)
    groups = [_grouped(_spells(seed)) for seed in (1, 2, 3)]
    assert log_rank(groups).chi_square == pytest.approx(log_rank(groups[::-1]).chi_square, rel=1e-9)
    assert log_rank(groups).freedom == 2


def test_late_entries_are_not_at_risk_before() -> None:
    # Two of four come under observation after 5: at 3 there are two at risk, at 8 the three that are left.
    found = kaplan_meier([3, 5, 8, 9], [1, 0, 1, 0], [0, 0, 0, 2], entered=[0, 2, 0, 0])
    assert found.at_risk.tolist() == [2, 1, 3, 2]
    assert found.at(3) == pytest.approx(1 / 2)
    assert found.at(8) == pytest.approx(1 / 2 * 2 / 3)
    assert kaplan_meier([1, 2], [1, 0], [0, 3]).median is None


def test_no_spells_make_no_curve() -> None:
    for wrong in (lambda: kaplan_meier([], [], []), lambda: kaplan_meier([1], [-1], [2]), lambda: log_rank([])):
        with pytest.raises(QuestionError):
            wrong()
