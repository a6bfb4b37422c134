"""Family I, survival: the remission times of Freireich et al. 1963 (Blood 21), as printed in every textbook.

6-MP: 6,6,6,6+,7,9+,10,10+,11+,13,16,17+,19+,20+,22,23,25+,32+,32+,34+,35+ weeks (+ still in remission);
placebo: 1,1,2,2,3,4,4,5,5,8,8,8,8,11,11,12,12,15,17,22,23.
"""

from __future__ import annotations

import pytest

from cherish.statistics.survival import kaplan_meier, log_rank

TREATED = ([6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 34, 35],
           [3, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0],
           [0, 1, 0, 1, 0, 1, 1, 0, 0, 1, 1, 1, 0, 0, 1, 2, 1, 1])  # fmt: skip
PLACEBO = ([1, 2, 3, 4, 5, 8, 11, 12, 15, 17, 22, 23], [2, 2, 1, 2, 2, 4, 2, 2, 1, 1, 1, 1], [0] * 12)
SURVIVAL = {6: 0.8571, 7: 0.8067, 10: 0.7529, 13: 0.6902, 16: 0.6275, 22: 0.5378, 23: 0.4482}


def test_the_curve_of_the_treated() -> None:
    curve = kaplan_meier(*TREATED)
    assert {time: curve.at(time) for time in SURVIVAL} == pytest.approx(SURVIVAL, abs=5e-5)
    assert curve.median == 23
    hazard = dict(zip(curve.time.tolist(), curve.hazard.tolist(), strict=True))
    assert (hazard[10], hazard[23]) == pytest.approx((0.2683, 0.7521), abs=5e-5)
    assert (curve.events.sum(), curve.censored.sum()) == (9, 12)


def test_the_curve_of_the_untreated() -> None:
    # Nobody was censored, so S is the share that is left: 13 of 21 relapsed within 8 weeks.
    curve = kaplan_meier(*PLACEBO)
    assert curve.median == 8
    assert curve.at(8) == pytest.approx(8 / 21, abs=1e-12)
    assert curve.at(23) == pytest.approx(0, abs=1e-12)


def test_the_log_rank_test() -> None:
    found = log_rank([TREATED, PLACEBO])
    assert found.chi_square == pytest.approx(16.7929, abs=5e-5)
    assert (found.freedom, found.p) == (1, pytest.approx(4.17e-5, abs=5e-8))
    # Under the hypothesis the 30 relapses are shared out otherwise, but none is lost.
    assert found.observed == (9, 21)
    assert sum(found.expected) == pytest.approx(30, abs=1e-9)
