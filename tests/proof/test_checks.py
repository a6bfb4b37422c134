"""The checks about an experiment: sample ratios, many tests, guardrails, caps, contexts and wear."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.stats

from cherish.errors import QuestionError
from cherish.proof.effects import difference
from cherish.proof.interaction import gap, interaction
from cherish.proof.moments import Moments
from cherish.proof.multiplicity import benjamini_hochberg, holm
from cherish.proof.noninferiority import guard
from cherish.proof.novelty import novelty
from cherish.proof.ratio import by_stratum, sample_ratio
from cherish.proof.sequential import always_valid


@pytest.mark.parametrize(
    ("counts", "design"),
    [
        ({"a": 9_000, "b": 1_120}, {"a": 0.9, "b": 0.1}),
        ({"a": 500, "b": 480, "c": 540}, {"a": 2, "b": 2, "c": 2}),
        ({"a": 5_000, "b": 2_600, "c": 2_500, "d": 100}, {"a": 50, "b": 25, "c": 25, "d": 1}),
    ],
)
def test_ratios_by_scipy(counts: dict[str, int], design: dict[str, float]) -> None:
    found = sample_ratio(counts, design)
    n, whole = sum(counts.values()), sum(design.values())
    other = scipy.stats.chisquare(list(counts.values()), [n * each / whole for each in design.values()])
    assert (found.chi_square, found.p) == pytest.approx((other.statistic, other.pvalue), rel=1e-9)
    assert found.freedom == len(counts) - 1


@pytest.mark.parametrize(("rare", "n", "share"), [(9, 400, 0.01), (0, 12, 0.5), (12, 12, 0.5), (30, 90_000, 2e-4)])
def test_few_expected_are_counted_exactly(rare: int, n: int, share: float) -> None:
    found = sample_ratio({"most": n - rare, "few": rare}, {"most": 1 - share, "few": share})
    assert found.chi_square is None
    assert found.p == pytest.approx(scipy.stats.binomtest(rare, n, share).pvalue, rel=1e-6)


def test_few_in_several_arms_are_counted_arm_by_arm() -> None:
    found = sample_ratio({"a": 30, "b": 2, "c": 14})
    each = [scipy.stats.binomtest(k, 46, 1 / 3).pvalue for k in (30, 2, 14)]
    assert found.p == pytest.approx(3 * min(each), rel=1e-6)
    assert found.verdict == "block"
    assert sample_ratio({"a": 3, "b": 2, "c": 4}).verdict == "ok"
    # An arm of thousands among few is tested against the rest, too.
    found = sample_ratio({"a": 51_500, "b": 48_480, "c": 20}, {"a": 1, "b": 1, "c": 0.0004})
    p = scipy.stats.chisquare([51_500, 48_500], [100_000 / 2.0004, 100_000 * 1.0004 / 2.0004]).pvalue
    assert found.p == pytest.approx(3 * p, rel=1e-6)


def test_an_arm_that_nobody_is_in_counts() -> None:
    found = sample_ratio({"a": 1_000}, {"a": 1, "b": 1})
    assert found.counts == {"a": 1_000, "b": 0}
    assert found.chi_square == pytest.approx(1_000)
    assert found.verdict == "block"
    assert sample_ratio({"a": 10**9, "b": 9 * 10**8}).log10_p < -1_000_000


def test_nobody_to_check() -> None:
    found = sample_ratio({"a": 0, "b": 0})
    assert (found.log10_p, found.p, found.verdict) == (None, None, "not known")
    assert "nobody" in str(found.reason)


def test_one_bad_day_of_many_is_found_and_fair_days_are_not() -> None:
    days = {f"2026-03-{day:02}": {"a": 500 + day, "b": 500 - day} for day in range(1, 21)}
    fair = by_stratum(days)
    assert {each.verdict for each in fair.values()} == {"ok"}
    assert fair["2026-03-20"].log10_p == pytest.approx(math.log10(min(1, 20 * sample_ratio({"a": 520, "b": 480}).p)))
    broken = by_stratum({**days, "2026-03-21": {"a": 600, "b": 400}})
    assert [day for day, each in broken.items() if each.verdict == "block"] == ["2026-03-21"]


@pytest.mark.parametrize(
    ("counts", "design", "said"),
    [
        ({"a": 1}, None, "two arms"),
        ({"a": 1, "b": 2}, {"a": 1, "c": 1}, "'b'"),
        ({"a": 1, "b": 2}, {"a": 1, "b": 0}, "'b'"),
        ({"a": 1, "b": -2}, None, "negative"),
    ],
)
def test_no_ratio(counts: dict[str, int], design: dict[str, float] | None, said: str) -> None:
    with pytest.raises(QuestionError, match=said):
        sample_ratio(counts, design)


def test_adjusted_p_values() -> None:
    # By hand: .01 x 4, .02 x 3, .03 x 2, .04 x 1, each at least the one before; and back: .04 x 4/4, .03 x 4/3 ...
    assert holm([0.01, 0.04, 0.03, 0.02]) == pytest.approx([0.04, 0.06, 0.06, 0.06])
    assert benjamini_hochberg([0.01, 0.04, 0.03, 0.02]) == pytest.approx([0.04, 0.04, 0.04, 0.04])
    # The example of Benjamini & Hochberg 1995, section 4: Holm rejects three at .05, their own procedure four.
    printed = [
        0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262,
        0.5719, 0.6528, 0.7590, 1.0,
    ]  # fmt: skip
    assert sum(each < 0.05 for each in holm(printed)) == 3
    assert sum(each <= 0.05 for each in benjamini_hochberg(printed)) == 4
    assert benjamini_hochberg(printed) == pytest.approx(scipy.stats.false_discovery_control(printed))


def test_adjusting_keeps_places_nulls_and_digits() -> None:
    assert holm([0.5, None, 0.01]) == [pytest.approx(0.5), None, pytest.approx(0.02)]
    assert holm([]) == []
    assert holm([-900.0, None, -1.0], log10=True) == [pytest.approx(-900 + math.log10(2)), None, pytest.approx(-1.0)]
    assert holm([0.0, 0.9])[0] == 0.0
    with pytest.raises(QuestionError):
        holm([1.2])


def shares(hits: int, other: int, n: int = 10_000) -> tuple[Moments, Moments]:
    return Moments.of_share("y", hits, n), Moments.of_share("y", other, n)


def test_guardrails() -> None:
    # 10 % of 10,000 each: standard error of the difference .00424, so .0083 to each side.
    even = difference(*shares(1_000, 1_000), "y")
    assert guard(even, 0.01).word == "safe"
    assert guard(even, 0.005).word == "not known"
    worse = difference(*shares(800, 1_000), "y")
    assert guard(worse, 0.01).word == "worse"
    assert guard(worse, 0.02).word == "not known"
    # Where lower is better (complaints) the same drop is safe, and a rise is what may not be.
    assert guard(worse, 0.01, higher_is_better=False).word == "safe"
    assert guard(difference(*shares(1_200, 1_000), "y"), 0.01, higher_is_better=False).word == "worse"
    # One-sided p: (0 + .01) / .0042427 standard errors.
    assert guard(even, 0.01).log10_p == pytest.approx(math.log10(scipy.stats.norm.sf(0.01 / even.se)), rel=1e-3)


def test_a_margin_as_a_share_of_the_control() -> None:
    # No worse than 10 % of 10 %: arm - .9 control, which varies less than arm - control.
    effect = difference(*shares(982, 1_000), "y")
    found = guard(effect, 0.1, share=True)
    assert found.margin == pytest.approx(0.01)
    se = math.hypot(effect.se_arm, 0.9 * effect.se_control)
    assert found.log10_p == pytest.approx(
        scipy.stats.t.logsf((0.0982 - 0.09) / se, effect.freedom) / math.log(10), rel=1e-9
    )
    assert found.word == "safe"
    assert guard(effect, 0.01).word == "not known"
    up = guard(difference(*shares(1_015, 1_000), "y"), 0.1, share=True, higher_is_better=False)
    assert up.margin > 0
    assert up.word == "not known"


def test_a_guardrail_may_be_read_at_any_time() -> None:
    even = difference(*shares(1_000, 1_000), "y")
    early = always_valid(even, 20_000)
    assert guard(early, 0.01).word == "not known"
    assert guard(early, 0.015).word == "safe"
    assert guard(early, 0.015).log10_p is None
    silent = guard(difference(*shares(0, 0), "y"), 0.01)
    assert (silent.word, silent.log10_p) == ("not known", None)
    assert "no customer differs" in str(silent.reason)
    with pytest.raises(QuestionError):
        guard(even, 0.0)


def test_one_player_with_fifty_thousand_rounds_does_not_decide() -> None:
    # As in Cookie Cats: one of 90,189 has 49,854 rounds and the next has 2,961.
    draws = np.random.default_rng(5)
    one, other = draws.geometric(1 / 50, 45_000), draws.geometric(1 / 50, 45_000)
    one[0] = 49_854
    limit = np.quantile(np.concatenate([one, other]), 0.999)
    plain, capped = (
        difference(*(Moments.of({"rounds": each(rows)}) for rows in (one, other)), "rounds")
        for each in (np.asarray, lambda rows: np.minimum(rows, limit))
    )
    assert plain.mean - capped.mean > 1
    assert capped.se < plain.se / 2


def test_an_interaction_of_two_is_the_test_of_their_gap() -> None:
    one, other = difference(*shares(1_200, 1_000), "y"), difference(*shares(1_020, 1_000), "y")
    found, apart = interaction({"new": one, "old": other}), gap(one, other)
    z = (one.estimate - other.estimate) / math.hypot(one.se, other.se)
    assert found.chi_square == pytest.approx(z**2, rel=1e-9)
    assert 10**found.log10_p == pytest.approx(2 * scipy.stats.norm.sf(abs(z)), rel=1e-9)
    assert apart.low > 0
    assert apart.estimate == pytest.approx(0.018)


def test_an_interaction_of_several_by_generalised_least_squares() -> None:
    # The Wald test that contrasts against the first level are all 0: d' (C V C')^-1 d.
    effects = {str(hits): difference(*shares(hits, 1_000, 4_000 + hits), "y") for hits in (1_000, 1_100, 1_190, 1_010)}
    found = interaction(effects)
    values, spread = (np.array([getattr(each, name) for each in effects.values()]) for name in ("estimate", "se"))
    contrasts = np.hstack([-np.ones((3, 1)), np.eye(3)])
    gaps = contrasts @ values
    expected = gaps @ np.linalg.solve(contrasts @ np.diag(spread**2) @ contrasts.T, gaps)
    assert found.chi_square == pytest.approx(expected, rel=1e-9)
    assert found.log10_p == pytest.approx(scipy.stats.chi2.logsf(expected, 3) / math.log(10), rel=1e-9)


def test_a_level_without_an_effect_is_named() -> None:
    effects = {
        "de": difference(*shares(1_200, 1_000), "y"),
        "li": difference(Moments.of_share("y", 1, 1), Moments.of_share("y", 1, 4), "y"),
    }
    found = interaction(effects)
    assert set(found.left_out) == {"li"}
    assert "two levels" in str(found.reason)
    assert gap(*effects.values()) is None


def weeks(seed: int, lifts: list[float], n: int = 4_000) -> Moments:
    """What customers do in each week since exposure: a level of their own, and a lift that may wear off."""
    draws = np.random.default_rng(seed)
    level = draws.gamma(4, 1, n)
    return Moments.of({f"week{i}": draws.poisson(level) + lift for i, lift in enumerate(lifts)})


def test_an_effect_that_wears_off_and_one_that_grows() -> None:
    columns, days = [f"week{i}" for i in range(4)], [3.5, 10.5, 17.5, 24.5]
    control = weeks(6, [0.0] * 4)
    assert novelty(weeks(7, [1.0, 0.6, 0.3, 0.0]), control, columns, days).word == "wears off"
    assert novelty(weeks(7, [0.0, 0.3, 0.6, 1.0]), control, columns, days).word == "grows"
    assert novelty(weeks(7, [-1.0, -0.6, -0.3, 0.0]), control, columns, days).word == "wears off"
    steady = novelty(weeks(7, [0.5] * 4), control, columns, days)
    assert steady.word == "no trend seen"
    assert len(steady.spans) == 4
    assert novelty(weeks(7, [0.5] * 4, 1), control, columns, days).word == "not known"


def test_the_slope_is_each_customers_own() -> None:
    # polyfit over the four weeks of every customer, then Welch: weeks of one customer go together.
    columns, days = [f"week{i}" for i in range(4)], [3.5, 10.5, 17.5, 24.5]
    draws = np.random.default_rng(8)
    arms = [draws.poisson(draws.gamma(4, 1, n)[:, None] + lift, (n, 4)) for n, lift in ((300, 0.4), (200, 0.0))]
    moments = [Moments.of(dict(zip(columns, rows.T, strict=True))) for rows in arms]
    found = novelty(moments[0], moments[1], columns, days).trend
    slopes = [np.polyfit(days, rows.T, 1)[0] for rows in arms]
    expected = scipy.stats.ttest_ind(*slopes, equal_var=False)
    assert (found.z, found.p) == pytest.approx((expected.statistic, expected.pvalue), rel=1e-8)
    for wrong in ((columns[:1], [1.0]), (columns[:2], [1.0, 1.0]), (columns[:2], [1.0])):
        with pytest.raises(QuestionError):
            novelty(moments[0], moments[1], *wrong)
