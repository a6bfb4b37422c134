"""Effects a second time: by scipy, least squares, leaving one out; special cases agree; what can't be says why."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import scipy.stats

from cherish.errors import QuestionError
from cherish.proof.effects import Effect, against, difference
from cherish.proof.moments import Floats, Moments
from cherish.proof.relative import Mean, relative


def arm(seed: int, n: int, lift: float = 0.0) -> dict[str, Floats]:
    """Customers with visits and spend, before and after, that go together."""
    draws = np.random.default_rng(seed)
    level = draws.gamma(2, 1, n)
    visits, visits0 = 1 + draws.poisson(level), 1 + draws.poisson(level)
    spend, spend0 = level * draws.gamma(2, 4, n) + lift, level * draws.gamma(2, 4, n)
    return {"visits": visits, "visits0": visits0, "spend": spend, "spend0": spend0, "new": (level < 0.5).astype(float)}


ONE, OTHER = arm(1, 700, 2.0), arm(2, 400)
TREATED, CONTROL = Moments.of(ONE), Moments.of(OTHER)


def numbers(found: Effect) -> tuple[Any, ...]:
    return found.estimate, found.se, found.low, found.high, found.relative_low, found.relative_high, found.log10_p


def test_a_mean_by_scipy() -> None:
    found, other = (
        difference(TREATED, CONTROL, "spend"),
        scipy.stats.ttest_ind(ONE["spend"], OTHER["spend"], equal_var=False),
    )
    ends = other.confidence_interval(0.95)
    assert (found.z, found.freedom, found.p) == pytest.approx((other.statistic, other.df, other.pvalue), rel=1e-9)
    assert (found.low, found.high) == pytest.approx((ends.low, ends.high), rel=1e-9)
    assert (found.n, found.n_control) == (700, 400)
    assert found.estimate == pytest.approx(ONE["spend"].mean() - OTHER["spend"].mean(), rel=1e-12)


@pytest.mark.parametrize("sizes", [(2, 2), (2, 9), (5, 3), (40, 12)])
def test_a_handful_of_customers_by_scipy(sizes: tuple[int, int]) -> None:
    draws = np.random.default_rng(sum(sizes))
    one, other = draws.normal(1, 3, sizes[0]), draws.normal(0, 1, sizes[1])
    found = difference(Moments.of({"y": one}), Moments.of({"y": other}), "y", level=0.9)
    expected = scipy.stats.ttest_ind(one, other, equal_var=False)
    ends = expected.confidence_interval(0.9)
    assert (found.p, found.low, found.high) == pytest.approx((expected.pvalue, ends.low, ends.high), rel=1e-8)


def test_a_ratio_by_leaving_one_out() -> None:
    # The jackknife knows no derivative: leave each customer out, take the ratio again (Miller 1974).
    found = difference(TREATED, CONTROL, "spend", "visits")
    variance = 0.0
    for rows, se in ((ONE, found.se_arm), (OTHER, found.se_control)):
        y, x = rows["spend"], rows["visits"]
        ratios = (y.sum() - y) / (x.sum() - x)
        own = (len(y) - 1) / len(y) * ((ratios - ratios.mean()) ** 2).sum()
        assert se == pytest.approx(math.sqrt(own), rel=5e-3)
        variance += own
    assert found.se == pytest.approx(math.sqrt(variance), rel=5e-3)
    assert found.mean == pytest.approx(ONE["spend"].sum() / ONE["visits"].sum(), rel=1e-12)


def test_adjusting_is_least_squares() -> None:
    # theta is the slope of spend on spend before over both arms together; with several, all slopes.
    both = {name: np.concatenate([ONE[name], OTHER[name]]) for name in ONE}
    for columns in (["spend0"], ["spend0", "new"], ["spend0", "visits0", "new"]):
        found = difference(TREATED, CONTROL, "spend", covariate=columns)
        design = np.column_stack([np.ones(1_100), *(both[name] for name in columns)])
        slopes = np.linalg.lstsq(design, both["spend"], rcond=None)[0][1:]
        assert found.theta == pytest.approx(slopes, rel=1e-8)
        rows = [
            each["spend"] - sum(s * (each[c] - both[c].mean()) for s, c in zip(slopes, columns, strict=True))
            for each in (ONE, OTHER)
        ]
        assert found.estimate == pytest.approx(rows[0].mean() - rows[1].mean(), rel=1e-8)
        expected = scipy.stats.ttest_ind(*rows, equal_var=False)
        assert (found.z, found.p) == pytest.approx((expected.statistic, expected.pvalue), rel=1e-8)
        left = both["spend"] - design @ np.linalg.lstsq(design, both["spend"], rcond=None)[0]
        assert found.variance_left == pytest.approx(left.var() / both["spend"].var(), rel=1e-8)


def test_special_cases_agree_with_the_general() -> None:
    ones = {"one": np.ones(700)}, {"one": np.ones(400)}
    with_ones = [Moments.of({**rows, **one}) for rows, one in zip((ONE, OTHER), ones, strict=True)]
    plain = numbers(difference(TREATED, CONTROL, "spend"))
    # No covariates, one that is the same for everybody, a ratio over one customer each: all the plain mean.
    for found in (
        difference(TREATED, CONTROL, "spend", covariate=[]),
        difference(*with_ones, "spend", covariate="one"),
        difference(*with_ones, "spend", "one"),
        difference(*with_ones, "spend", "one", covariate=("one", "one")),
    ):
        assert numbers(found) == pytest.approx(plain, rel=1e-9)
    # A covariate over one customer each is the covariate; twice the same is once.
    alone = numbers(difference(TREATED, CONTROL, "spend", covariate="spend0"))
    assert numbers(difference(*with_ones, "spend", covariate=("spend0", "one"))) == pytest.approx(alone, rel=1e-9)
    assert numbers(difference(TREATED, CONTROL, "spend", covariate=["spend0", "spend0"])) == pytest.approx(
        alone, rel=1e-9
    )
    # Units of one customer each are customers.
    units = [Moments.of_units({"spend": rows["spend"]}, np.arange(len(rows["spend"]))) for rows in (ONE, OTHER)]
    assert numbers(difference(*units, "spend", "customers")) == pytest.approx(plain, rel=1e-9)


def test_whom_we_know_nothing_of_may_enter_with_any_number() -> None:
    found = []
    for filled in (0.0, 1e4):
        rows = [{**each, "past": np.where(each["new"] > 0, filled, each["spend0"])} for each in (ONE, OTHER)]
        found.append(difference(*map(Moments.of, rows), "spend", covariate=["past", "new"]))
    assert numbers(found[0]) == pytest.approx(numbers(found[1]), rel=1e-6)
    assert found[0].theta[0] == pytest.approx(found[1].theta[0], rel=1e-6)


def test_turned_round_the_sign_turns() -> None:
    for asked in ({}, {"x": "visits"}, {"covariate": "spend0"}, {"x": "visits", "covariate": ("spend0", "visits0")}):
        one, other = difference(TREATED, CONTROL, "spend", **asked), difference(CONTROL, TREATED, "spend", **asked)
        assert (one.estimate, one.se, one.low) == pytest.approx((-other.estimate, other.se, -other.high), rel=1e-12)
        # 1 + lift one way is one over 1 + lift the other way, and so are its ends.
        assert (1 + one.relative_low) * (1 + other.relative_high) == pytest.approx(1, rel=1e-9)


def test_a_unit_of_money_is_of_no_account() -> None:
    cents = [Moments.of({**rows, "spend": rows["spend"] * 1e8}) for rows in (ONE, OTHER)]
    for asked in ({}, {"x": "visits"}, {"covariate": ["spend0", "new"]}):
        small, large = difference(TREATED, CONTROL, "spend", **asked), difference(*cents, "spend", **asked)
        same = (small.relative, small.relative_low, small.z, small.log10_p)
        assert (large.relative, large.relative_low, large.z, large.log10_p) == pytest.approx(same, rel=1e-9)


def test_sixty_standard_errors_have_a_p_value() -> None:
    found = difference(Moments.of_share("y", 50_000, 100_000), Moments.of_share("y", 38_000, 100_000), "y")
    assert found.z > 50
    assert found.p == 0.0
    assert -700 < found.log10_p < -500
    tiny = difference(Moments.of_share("y", 600, 10_000), Moments.of_share("y", 400, 10_000), "y")
    assert tiny.p == pytest.approx(10**tiny.log10_p)


def test_several_arms_against_one() -> None:
    arms = {"a": TREATED, "none": CONTROL, "b": Moments.of(arm(3, 300))}
    found = against(arms, "none", "spend", covariate="spend0", metric="revenue")
    assert [(each.arm, each.control, each.metric) for each in found] == [
        ("a", "none", "revenue"), ("b", "none", "revenue"),
    ]  # fmt: skip
    assert numbers(found[0]) == numbers(difference(TREATED, CONTROL, "spend", covariate="spend0"))
    with pytest.raises(QuestionError, match="'a', 'none', 'b'"):
        against(arms, "nobody", "spend")


def test_what_has_no_effect_to_tell_says_why() -> None:
    def y(*values: float) -> Moments:
        return Moments.of({"y": values, "x": np.zeros(len(values))})

    cases = {
        "treated has 1 customer:": (y(1.0), y(1.0, 2.0)),
        "control has 0 customers:": (y(1.0, 2.0), y()),
        "no customer differs": (y(5.0, 5.0), y(4.0, 4.0)),
    }
    for said, (one, other) in cases.items():
        found = difference(one, other, "y")
        assert said in str(found.reason)
        assert found.excludes_zero is None
        assert {found.se, found.low, found.high, found.z, found.log10_p, found.p} == {None}
    assert difference(y(5.0, 5.0), y(4.0, 4.0), "y").estimate == 1.0
    assert difference(y(5.0, 5.0), y(4.0, 4.0), "y").relative == 0.25
    assert difference(y(1.0), y(), "y").mean_control is None
    nothing = difference(y(1.0, 2.0), y(1.0, 3.0), "y", "x")
    assert "the sum of x is 0" in str(nothing.reason)
    assert nothing.mean is None
    # y = 2x for everybody is a ratio without any spread, not one with a spread of rounding.
    twice = [Moments.of({"x": each, "y": 0.1 * each}) for each in (np.arange(1, 50.0), np.arange(1, 30.0))]
    assert difference(*twice, "y", "x").log10_p is None


def test_a_relative_lift_without_a_base() -> None:
    none, some = Moments.of_share("y", 0, 100), Moments.of_share("y", 10, 100)
    found = difference(some, none, "y")
    assert (found.relative, found.relative_low, found.relative_high) == (None, None, None)
    assert "mean is 0" in str(found.relative_reason)
    assert found.low is not None
    below = difference(Moments.of({"y": [1.0, 2.0]}), Moments.of({"y": [-1.0, -2.0]}), "y")
    assert "below 0" in str(below.relative_reason)


def test_fieller_where_the_base_is_near_nought() -> None:
    # 4 of 100 against 1 of 100: the control's mean is one standard error from 0.
    found = difference(Moments.of_share("y", 4, 100), Moments.of_share("y", 1, 100), "y")
    assert found.relative == pytest.approx(3.0)
    assert (found.relative_low, found.relative_high) == (None, None)
    assert "no bounds" in str(found.relative_reason)
    # 9 of 100: bounded, and each end R solves (arm - R control)^2 = t^2 (var arm + R^2 var control).
    found = difference(Moments.of_share("y", 20, 100), Moments.of_share("y", 9, 100), "y")
    assert found.relative_method == "Fieller"
    t = scipy.stats.t.ppf(0.975, found.freedom)
    for end in (found.relative_low, found.relative_high):
        ratio = 1 + end
        spread = found.se_arm**2 + ratio**2 * found.se_control**2
        assert (0.2 - ratio * 0.09) ** 2 == pytest.approx(t**2 * spread, rel=1e-6)


def test_the_two_relative_methods_meet_where_they_change() -> None:
    # At the border the two differ by a hundredth of the lift's own width.
    arm_, control = Mean(400, 11.0, 400 * 1.2**2), Mean(400, 10.0, 400 * 1.13**2)
    delta = relative(arm_, control)
    fieller = relative(arm_, Mean(400, 10.0, 400 * 1.15**2))
    assert (delta.method, fieller.method) == ("delta", "Fieller")
    width = delta.high - delta.low
    assert (fieller.low, fieller.high) == pytest.approx((delta.low, delta.high), abs=0.06 * width)


def test_wrong_questions() -> None:
    with pytest.raises(QuestionError, match="'nothing'"):
        difference(TREATED, CONTROL, "nothing")
    with pytest.raises(QuestionError, match="level"):
        difference(TREATED, CONTROL, "spend", level=95)
    with pytest.raises(QuestionError, match="covariate"):
        difference(TREATED, CONTROL, "spend", covariate=[3])  # type: ignore[list-item]
