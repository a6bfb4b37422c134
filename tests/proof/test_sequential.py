"""Always-valid reading: identities between its forms, what it costs, and when it is not read."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cherish.errors import QuestionError
from cherish.proof.effects import difference
from cherish.proof.moments import Moments
from cherish.proof.sequential import (
    LEAST,
    always_valid,
    asymptotic,
    bernoulli,
    best_rho,
    boundary,
    log_evidence,
    log_mixture_ratio,
    p_values,
    reach,
    readout,
)

BIG = difference(Moments.of_share("y", 1_100, 10_000), Moments.of_share("y", 1_000, 10_000), "y")


def test_the_boundary_is_where_the_evidence_is_one_in_alpha() -> None:
    for variance, rho, alpha in ((1.0, 0.3, 0.05), (400.0, 12.0, 0.01), (3.0, 50.0, 0.2)):
        assert log_evidence(boundary(variance, rho, alpha), variance, rho) == pytest.approx(-math.log(alpha), rel=1e-12)


def test_rho_is_the_best_of_its_neighbours() -> None:
    # Of first order in the paper: within half a percent of the narrowest there is.
    rhos = best_rho(100.0) * np.geomspace(0.2, 5, 401)
    assert boundary(100.0, best_rho(100.0)) < min(boundary(100.0, each) for each in rhos) * 1.005


def test_an_always_valid_interval_is_the_asymptotic_confidence_sequence() -> None:
    # A difference with sqrt(n) se for a standard deviation, mixed where the planned number is in.
    planned, n = 40_000, 20_000
    found = always_valid(BIG, planned)
    deviation = BIG.se * math.sqrt(n)
    other = asymptotic(BIG.estimate, deviation, n, 1 / best_rho(planned * deviation**2))
    # Student with 20,000 degrees of freedom is a seven-thousandth wider than the normal distribution.
    assert found.high - found.low == pytest.approx(other.high - other.low, rel=3e-4)
    assert found.low + found.high == pytest.approx(other.low + other.high, rel=1e-12)
    assert found.fraction == 0.5


def test_the_interval_and_the_p_value_say_the_same() -> None:
    for planned in (5_000, 20_000, 100_000):
        for hits in range(1_000, 1_200, 10):
            effect = difference(Moments.of_share("y", hits, 10_000), Moments.of_share("y", 1_000, 10_000), "y")
            found = always_valid(effect, planned)
            assert found.excludes_zero == (found.log10_p < math.log10(0.05))
            assert found.low < effect.low < effect.high < found.high
            assert found.relative_low < effect.relative_low


def test_the_mixture_ratio_as_printed() -> None:
    # Johari et al. 2017 and mixtureSPRT write sqrt(V / (V + n tau^2)) exp(n^2 tau^2 d^2 / (2 V (V + n tau^2))).
    for n, d, v, tau2 in ((1_000, 0.02, 0.18, 1e-4), (50, -0.3, 0.4, 0.02), (7, 1.0, 2.0, 3.0)):
        printed = math.sqrt(v / (v + n * tau2)) * math.exp(n**2 * tau2 * d**2 / (2 * v * (v + n * tau2)))
        assert math.exp(log_mixture_ratio(n, d, v, tau2)) == pytest.approx(printed, rel=1e-12)


def test_p_values_never_rise_again() -> None:
    logs = [-0.5, 1.0, 0.2, 3.0, 2.9, 800.0]
    assert p_values(logs) == pytest.approx([1.0, math.exp(-1), math.exp(-1), math.exp(-3), math.exp(-3), 0.0])


def test_a_declared_day_is_read_at_full_strength() -> None:
    early, planned = readout(BIG, 20_000), readout(BIG, 20_000, declared=True)
    assert (early.kind, planned.kind) == ("always-valid", "planned")
    assert (planned.low, planned.high, planned.log10_p) == (BIG.low, BIG.high, BIG.log10_p)
    assert planned.reach == pytest.approx(1.96, abs=1e-3)
    assert early.reach == pytest.approx(reach(1.0), rel=1e-12)
    assert early.high - early.low > planned.high - planned.low


def test_sixty_standard_errors_are_read_too() -> None:
    effect = difference(Moments.of_share("y", 50_000, 100_000), Moments.of_share("y", 38_000, 100_000), "y")
    assert -700 < always_valid(effect, 200_000).log10_p < -500


def test_too_few_are_not_read() -> None:
    few = difference(Moments.of_share("y", 5, LEAST - 1), Moments.of_share("y", 2, 4_000), "y")
    found = always_valid(few, 10_000)
    assert (found.low, found.high, found.log10_p, found.excludes_zero) == (None, None, None, None)
    assert str(LEAST) in str(found.reason)
    same = difference(Moments.of_share("y", 0, 100), Moments.of_share("y", 0, 100), "y")
    assert always_valid(same, 1_000).reason == same.reason
    assert readout(same, 1_000, declared=True).reason == same.reason
    # With few customers Student's tails make it wider than the normal reach alone.
    small = difference(Moments.of_share("y", 15, 40), Moments.of_share("y", 9, 40), "y")
    assert always_valid(small, 80).high - small.estimate > reach(1.0) * small.se


def test_a_share_at_its_ends() -> None:
    assert bernoulli(0, 30, 30).low == 0.0
    assert bernoulli(30, 30, 30).high == 1.0
    assert 0 < bernoulli(0, 30, 30).high < 0.3


def test_wrong_questions() -> None:
    for wrong in (
        lambda: best_rho(0.0),
        lambda: boundary(1.0, 1.0, 1.5),
        lambda: reach(0.0),
        lambda: always_valid(BIG, 0),
        lambda: bernoulli(3, 2, 10),
        lambda: bernoulli(0, 0, 10),
    ):
        with pytest.raises(QuestionError):
            wrong()
