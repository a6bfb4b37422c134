"""Family M, surveys: published and worked figures of intervals and of scoring.

Newcombe 1998, Statistics in Medicine 17, 857-872 (single proportions, table I) and 873-890 (differences, table II);
Rocks 2016, The American Statistician 70, and the arithmetic of measures.md.
"""

from __future__ import annotations

import pytest

from cherish.statistics.intervals import adjusted_wald_score, newcombe, wald_score, wilson

WILSON = {(81, 263): (0.2553, 0.3662), (15, 148): (0.0624, 0.1605), (0, 20): (0, 0.1611), (1, 29): (0.0061, 0.1718)}
NEWCOMBE = {
    (56, 70, 48, 80): (0.2000, 0.0524, 0.3339),
    (9, 10, 3, 10): (0.6000, 0.1705, 0.8090),
    (10, 10, 0, 10): (1.0000, 0.6075, 1.0000),
}


@pytest.mark.parametrize("counts", WILSON)
def test_wilson_as_newcombe_printed_it(counts: tuple[int, int]) -> None:
    found = wilson(*counts)
    assert found.estimate == pytest.approx(counts[0] / counts[1], abs=1e-15)
    assert (found.low, found.high) == pytest.approx(WILSON[counts], abs=5e-5)


@pytest.mark.parametrize("counts", NEWCOMBE)
def test_the_hybrid_interval_of_a_difference(counts: tuple[int, int, int, int]) -> None:
    assert tuple(newcombe(*counts)) == pytest.approx(NEWCOMBE[counts], abs=5e-5)


def test_the_recommend_score_of_a_hundred() -> None:
    # 60 promoters, 25 passives, 15 detractors: .60 - .15 = .45; variance (.75 - .45^2) / 100 = .005475, SE .07399.
    plain = wald_score(60, 25, 15)
    assert plain.estimate == pytest.approx(0.45, abs=1e-15)
    assert (plain.low, plain.high) == pytest.approx((0.3050, 0.5950), abs=5e-5)
    assert (plain.high - plain.low) / 2 / 1.959964 == pytest.approx(0.07399, abs=5e-6)
    # (60.75 - 15.75) / 103 = .4369
    assert tuple(adjusted_wald_score(60, 25, 15)) == pytest.approx((0.4369, 0.2934, 0.5804), abs=5e-5)
