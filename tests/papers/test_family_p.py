"""Family P, ranking: the ratings of Hanley & McNeil 1982 (Radiology 143, table II), and small worked examples.

109 computed tomograms rated 1 to 5: normal 33, 6, 6, 11, 2 and abnormal 3, 2, 2, 11, 33.
"""

from __future__ import annotations

import pytest

from cherish.statistics.ranking import auc


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
