"""Family N, communities: contribution inequality by the arithmetic of measures.md."""

from __future__ import annotations

import pytest

from cherish.statistics.inequality import gini, top_share


def test_ninety_nine_one() -> None:
    # 90 at 0, 9 at 1, one at 91: sum 100; 2 * (9 * 95 + 100 * 91) / (100 * 100) - 1.01 = .9810
    assert gini([0, 1, 91], [90, 9, 1]) == pytest.approx(0.9810, abs=1e-12)
    assert top_share([0, 1, 91], [90, 9, 1], 0.01) == pytest.approx(0.91, abs=1e-12)
    assert top_share([91, 0, 1], [1, 90, 9], 0.10) == pytest.approx(1.00, abs=1e-12)
