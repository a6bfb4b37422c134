"""Win, tie and loss by a margin, with Holm over all contestants: by hand, and how often a verdict is false."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pytest
import scipy.stats

from cherish.errors import QuestionError
from cherish.proof.prediction import ranking
from cherish.proof.prediction.compare import compare, judge, log10_tail
from cherish.proof.prediction.influence import Estimate, undefined


def quantile(share: float) -> float:
    return NormalDist().inv_cdf(1 - 0.025 / share)


def test_three_contestants_by_hand() -> None:
    """z against a margin of 0.005 at 0.025: 5 passes 2.394 (of three), 2.3 passes 2.241 (of two), 1.5 ends."""
    found = judge({
        "close": Estimate(0.005 + 1.5 * 0.002, 0.002),
        "clear": Estimate(0.005 + 5.0 * 0.004, 0.004),
        "near": Estimate(0.005 + 2.3 * 0.003, 0.003),
    })  # fmt: skip
    assert list(found) == ["close", "clear", "near"]
    assert {name: each.verdict for name, each in found.items()} == {"close": "tie", "clear": "win", "near": "win"}
    assert found["clear"].low == pytest.approx(0.025 - quantile(3) * 0.004, abs=1e-12)
    assert found["near"].low == pytest.approx(0.0119 - quantile(2) * 0.003, abs=1e-12)
    assert found["close"].low == pytest.approx(0.008 - quantile(1) * 0.002, abs=1e-12)
    # Downwards nobody passes the first step, so all have its bound.
    assert [each.high for each in found.values()] == pytest.approx(
        [each.difference.value + quantile(3) * each.difference.se for each in found.values()], abs=1e-12
    )


def test_once_one_fails_no_later_one_passes() -> None:
    # 2.3 would pass if it stood alone, and fails the first step of three: the others end with it.
    found = judge({name: Estimate(0.005 + z * 0.01, 0.01) for name, z in (("a", 2.3), ("b", 2.25), ("c", 2.0))})
    assert {each.verdict for each in found.values()} == {"tie"}
    assert found["c"].low == pytest.approx(0.025 - quantile(3) * 0.01, abs=1e-12)


def test_adjusted_p_values_are_holm_s() -> None:
    z = {"a": 3.0, "b": 2.2, "c": 2.1, "d": 0.3}
    found = judge({name: Estimate(each * 0.01, 0.01) for name, each in z.items()})
    plain = [2 * scipy.stats.norm.sf(each) for each in z.values()]
    holm = [4 * plain[0], 3 * plain[1], max(3 * plain[1], 2 * plain[2]), max(3 * plain[1], 2 * plain[2], plain[3])]
    assert [each.p for each in found.values()] == pytest.approx(holm, rel=1e-9)


def test_p_values_do_not_underflow() -> None:
    for z in (0.0, 1.0, 29.9, 30.0, 35.0):
        assert log10_tail(z) == pytest.approx(math.log10(2) + scipy.stats.norm.logsf(z) / math.log(10), rel=1e-9)
    found = judge({"a": Estimate(0.27, 0.0006)})["a"]
    assert found.log10_p == pytest.approx(math.log10(2) + scipy.stats.norm.logsf(450) / math.log(10), rel=1e-9)
    assert (found.p, found.verdict) == (0.0, "win")


def test_a_tie_is_shown_or_for_want_of_data() -> None:
    found = judge({"same": Estimate(0.001, 0.0005), "vague": Estimate(0.001, 0.02), "worse": Estimate(-0.2, 0.01)})
    assert [(each.verdict, each.alike) for each in found.values()] == [("tie", True), ("tie", False), ("loss", False)]
    alone = judge({"itself": Estimate(0.0, 0.0)})["itself"]
    assert (alone.verdict, alone.alike, alone.low, alone.high, alone.p) == ("tie", True, 0.0, 0.0, 1.0)


def test_what_has_no_figure_has_no_verdict_and_costs_the_others_nothing() -> None:
    one = {"known": Estimate(0.02, 0.005)}
    found = judge({**one, "null": undefined("constant_outcome"), "bare": Estimate(0.4, why="one_case")})
    assert found["known"] == judge(one)["known"]
    for name in ("null", "bare"):
        assert (found[name].verdict, found[name].low, found[name].p) == (None, None, None)
    with pytest.raises(QuestionError, match="margin=-1"):
        judge(one, margin=-1)


def test_false_verdicts_on_a_leaderboard_without_differences_are_rare() -> None:
    """Ten scores that rank as well as the baseline, 400 times, without a margin: a false win or loss in 5 %."""
    rng = np.random.default_rng(12)
    false, times, n = 0, 400, 400
    for _ in range(times):
        latent = rng.normal(size=n)
        did = latent + rng.normal(size=n) > 0
        scores = {str(at): latent + rng.normal(size=n) for at in range(11)}
        areas = {name: ranking.auc(score, did) for name, score in scores.items()}
        contests = compare({name: each for name, each in areas.items() if name != "0"}, areas["0"], margin=0.0)
        false += any(each.verdict != "tie" for each in contests.values())
    assert false / times <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / times)
    assert false > 0
