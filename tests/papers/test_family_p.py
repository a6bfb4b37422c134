"""Family P, ranking: the ratings of Hanley & McNeil 1982 (Radiology 143, table II), and small worked examples.

109 computed tomograms rated 1 to 5: normal 33, 6, 6, 11, 2 and abnormal 3, 2, 2, 11, 33.
"""

from __future__ import annotations

import numpy as np
import pytest

from cherish.proof.prediction import forecast, ranking
from cherish.proof.prediction.ranking import concentration
from cherish.proof.prediction.ranks import Ranks
from cherish.statistics.ranking import auc, hanley_mcneil


def test_the_ratings_of_the_tomograms() -> None:
    found = auc([1, 2, 3, 4, 5], positives=[3, 2, 2, 11, 33], negatives=[33, 6, 6, 11, 2])
    assert found is not None
    assert found.auc == pytest.approx(0.893171, abs=5e-7)
    assert found.hanley_mcneil == pytest.approx(0.032487, abs=5e-7)
    assert found.delong == pytest.approx(0.030724, abs=5e-7)
    assert (found.positives, found.negatives) == (51, 58)


def test_eight_probabilities() -> None:
    # y = 1 1 0 1 0 1 0 0 from the highest: 13 of 16 pairs stand right.
    found = auc(
        [0.9, 0.8, 0.7, 0.6, 0.4, 0.3, 0.2, 0.1], positives=[1, 1, 0, 1, 0, 1, 0, 0], negatives=[0, 0, 1, 0, 1, 0, 1, 1]
    )
    assert found is not None
    assert found.auc == pytest.approx(0.8125, abs=1e-12)
    assert found.gini == pytest.approx(0.625, abs=1e-12)


# -- the same from a row per customer -----------------------------------------------------------------------------


def test_the_ratings_of_the_tomograms_row_by_row() -> None:
    normal, abnormal = (33, 6, 6, 11, 2), (3, 2, 2, 11, 33)
    score = np.concatenate([np.repeat(np.arange(1.0, 6.0), each) for each in (normal, abnormal)])
    outcome = np.arange(len(score)) >= sum(normal)
    found = ranking.auc(score, outcome)
    assert found.value == pytest.approx(0.893171, abs=5e-7)
    assert found.se == pytest.approx(0.030724, abs=5e-7)
    # The normal interval of that error: 0.893171 -+ 1.959964 * 0.030724.
    assert (found.low, found.high) == pytest.approx((0.832953, 0.953389), abs=2e-6)
    assert hanley_mcneil(0.893171, 51, 58) == pytest.approx(0.032487, abs=5e-7)
    # His variance is the mean square of the influence values over n.
    assert found.influence is not None
    assert float(found.influence.sum()) == pytest.approx(0, abs=1e-3)


CHANCES = np.array([0.9, 0.8, 0.7, 0.6, 0.4, 0.3, 0.2, 0.1])
DID = np.array([1, 1, 0, 1, 0, 1, 0, 0], dtype=bool)
SPENT = np.array([50.0, 0, 0, 30, 0, 20, 0, 0])


def test_eight_customers_by_chance_and_by_spend() -> None:
    assert forecast.brier(CHANCES, DID).value == pytest.approx(0.175, abs=1e-12)
    assert forecast.log_loss(CHANCES, DID).value == pytest.approx(0.510826, abs=5e-7)
    area = ranking.auc(CHANCES, DID)
    assert area.value == pytest.approx(0.8125, abs=1e-12)
    assert ranking.gini(area).value == pytest.approx(0.625, abs=1e-12)
    # In the order of the chances money gathers to an area of 0.70, in its own to 0.85.
    assert concentration(Ranks.of(CHANCES), SPENT)[0] == pytest.approx(0.20, abs=1e-12)
    assert concentration(Ranks.of(SPENT), SPENT)[0] == pytest.approx(0.35, abs=1e-12)
    assert ranking.spend_gini(CHANCES, SPENT).value == pytest.approx(0.571429, abs=5e-7)


def test_the_top_of_eight_customers() -> None:
    # The first quarter holds two of four who did, and 50 of 100; the first eighth half of that.
    assert ranking.lift(CHANCES, DID, 0.25).value == pytest.approx((2 / 2) / (4 / 8), abs=1e-12)
    assert ranking.top_share(CHANCES, SPENT, 0.25).value == pytest.approx(0.5, abs=1e-12)
    # 30 % of eight are 2.4 customers: the third one did not, so 0.4 of him adds nothing.
    assert ranking.lift(CHANCES, DID, 0.3).value == pytest.approx((2 / 4) / 0.3, abs=1e-12)
    # All scores alike: any two of eight hold half of the four who did, on average a quarter of them.
    assert ranking.lift(np.zeros(8), DID, 0.25).value == pytest.approx(1, abs=1e-12)
