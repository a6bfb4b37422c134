"""The verdict: which of the three words holds, by arithmetic on small numbers, and the words that it is said in."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pytest

from cherish.proof.verdict import (
    ASSOCIATION,
    NO_EXPERIMENT,
    Finding,
    Verdict,
    added,
    moved,
    predicted,
    wald,
)

Z = 1.959964


@dataclass(frozen=True)
class Effect:
    """A difference with its 95 % interval."""

    estimate: float
    se: float

    @property
    def low(self) -> float:
        return self.estimate - Z * self.se

    @property
    def high(self) -> float:
        return self.estimate + Z * self.se


def test_predicts_needs_an_interval_above_the_coin() -> None:
    assert predicted(0.76, 0.75, 0.77).answer == "yes"
    assert predicted(0.52, 0.49, 0.55).answer == "not known"
    assert predicted(0.32, 0.31, 0.33).answer == "no"
    assert "backwards" in predicted(0.32, 0.31, 0.33).reason
    # Shown to be no better than a coin by anything that matters: the whole interval lies below .505.
    assert predicted(0.5, 0.496, 0.504).answer == "no"
    # Twenty contestants and one lucky interval: Holm's p decides.
    assert predicted(0.53, 0.501, 0.56, holm=0.6).answer == "not known"
    assert predicted(0.53, 0.501, 0.56, holm=0.03).answer == "yes"


def test_adds_needs_the_adjusted_bound_above_the_margin() -> None:
    assert added(0.012, 0.006, 0.018, 0.005).answer == "yes"
    assert added(0.012, 0.004, 0.020, 0.005).answer == "not known"
    assert added(0.001, -0.002, 0.004, 0.005).answer == "no"


def test_a_gain_over_a_baseline_that_ranks_backwards_has_to_beat_a_coin_as_well() -> None:
    assert added(0.15, 0.06, 0.24, 0.005, above_coin=0.02).answer == "yes"
    drawn_nearer = added(0.15, 0.06, 0.24, 0.005, above_coin=-0.01)
    assert drawn_nearer.answer == "not known"
    assert "not shown to be better than a coin" in drawn_nearer.reason


def test_moves_needs_both_effects_by_lot() -> None:
    raised, bought = Effect(2.0, 0.2), Effect(0.5, 0.1)
    assert moved(raised, bought).answer == "yes"
    assert moved(raised, Effect(0.1, 0.1)).answer == "not known"
    assert "not proven" in moved(raised, Effect(0.1, 0.1)).reason
    assert moved(raised, Effect(-0.5, 0.1)).answer == "no"
    # An action that did not raise the definition says nothing of it, whatever the outcome did.
    assert moved(Effect(0.1, 0.2), bought).answer == "not known"
    assert moved(Effect(-2.0, 0.2), bought).answer == "not known"
    # Of recency less is better: days idle fell by two.
    assert moved(Effect(-2.0, 0.2), bought, lower_is_better=True).answer == "yes"


def test_the_ratio_and_the_interval_of_wald() -> None:
    # 0.5 / 2 = 0.25; F = (2 / 0.2)^2 = 100. Without covariance known: (0.1 + 0.25 * 0.2) / 2 = 0.075 at most.
    found = wald(Effect(2.0, 0.2), Effect(0.5, 0.1))
    assert found is not None
    assert (found.value, found.f) == (0.25, pytest.approx(100))
    assert found.low == pytest.approx(0.25 - Z * 0.075, abs=1e-6)
    assert found.high == pytest.approx(0.25 + Z * 0.075, abs=1e-6)
    # With covariance 0: sqrt(0.01 + (0.25 * 0.2)^2) / 2 = sqrt(0.0125) / 2.
    known = wald(Effect(2.0, 0.2), Effect(0.5, 0.1), covariance=0.0)
    assert known is not None
    assert known.high == pytest.approx(0.25 + Z * math.sqrt(0.0125) / 2, abs=1e-6)


def test_a_weak_first_stage_shows_no_interval() -> None:
    # F = (0.5 / 0.2)^2 = 6.25, below 10: the ratio stands, its interval is suppressed.
    found = wald(Effect(0.5, 0.2), Effect(0.5, 0.1))
    assert found is not None
    assert found.f == pytest.approx(6.25)
    assert not found.strong
    assert found.low is None
    assert found.high is None
    assert wald(Effect(0.0, 0.2), Effect(0.5, 0.1)) is None


def test_all_short_of_moves_is_association_only() -> None:
    yes = Finding("yes", "a figure")
    thermometer = Verdict("recency", "any order within 90 days", yes, yes, NO_EXPERIMENT)
    assert (thermometer.word, thermometer.association) == ("adds", ASSOCIATION)
    assert thermometer.words().endswith("Association only.")
    lever = Verdict("visits", "any order within 90 days", yes, yes, yes)
    assert (lever.word, lever.association) == ("moves", "")
    assert "ssociation only" not in lever.words()
    nothing = Verdict("x", "y", Finding("not known", "z"), Finding("no", "z"), NO_EXPERIMENT)
    assert (nothing.word, nothing.association) == ("not shown", ASSOCIATION)
