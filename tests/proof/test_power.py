"""Power: its functions turn each other round, tea for two unequal arms, and the days and money that follow."""

from __future__ import annotations

import pytest

from cherish.errors import QuestionError
from cherish.proof import power


def test_size_and_visible_effect_turn_each_other_round() -> None:
    for variance, share in ((0.09, 0.5), (400.0, 0.1), (1.0, 0.9)):
        n = power.total(variance, 0.2, share)
        assert power.visible(variance, n * (1 - share), n * share) == pytest.approx(0.2, rel=1e-12)
        assert power.power_of(variance, 0.2, n * (1 - share), n * share) == pytest.approx(0.8, abs=2e-5)


def test_means_and_cuped() -> None:
    # 2 (1.959964 + .841621)^2 30^2 / 1^2 = 14,127.99 of each; half the variance, half the customers.
    assert power.per_arm(900.0, 1.0) == 14_128
    assert power.per_arm(900.0 * 0.5, 1.0) == 7_064
    assert power.per_arm(900.0, 1.0, variance_control=0.0) == 7_064


def test_a_tenth_as_control_needs_more() -> None:
    # 1 / .9 + 1 / .1 = 11.11 against 1 / .5 + 1 / .5 = 4.
    assert power.total(1.0, 0.1, 0.1) / power.total(1.0, 0.1, 0.5) == pytest.approx(100 / 9 / 4, rel=1e-12)


def test_always_valid_costs_about_twice() -> None:
    # ((3.0352 + .8416) / (1.9600 + .8416))^2.
    ratio = power.per_arm(1.0, 0.01, always_valid=True) / power.per_arm(1.0, 0.01)
    assert ratio == pytest.approx((3.035209 + 0.841621) ** 2 / (1.959964 + 0.841621) ** 2, rel=1e-5)


def test_days_until_an_effect_is_visible() -> None:
    # .0475 (2.8015852 / .005)^2 * 100 / 9 = 165,698.6: 60,000 wait, 5,000 come a day, each takes a fortnight.
    found = power.wait(power.share_variance(0.05), 0.005, 0.1, waiting=60_000, inflow=5_000, horizon=14)
    assert found.customers == 165_699
    assert found.days == pytest.approx((165_699 - 60_000) / 5_000 + 14)
    assert power.wait(0.0475, 0.005, 0.1, waiting=200_000, horizon=14).days == 14
    never = power.wait(0.0475, 0.005, 0.1, waiting=60_000)
    assert never.days is None
    assert "165,699" in str(never.reason)


def test_what_a_holdout_costs() -> None:
    # 10 % of 100,000 customers, 0.80 each more revenue with mails, 40 % margin.
    assert power.price(10_000, 0.80, 0.40) == pytest.approx(3_200)


def test_nobody_sees_nothing() -> None:
    assert power.visible(0.0475, 0, 100) is None


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: power.per_arm(1.0, 0.0),
        lambda: power.per_arm(-1.0, 0.1),
        lambda: power.total(1.0, 0.1, 1.0),
        lambda: power.per_arm_of_shares(5, 6),
        lambda: power.per_arm(1.0, 0.1, power=1.0),
        lambda: power.per_arm(1.0, 0.1, alpha=0.0),
        lambda: power.wait(1.0, 0.1, 0.5, inflow=-1),
        lambda: power.price(10, 1.0, 1.5),
        lambda: power.power_of(0.0, 1.0, 10, 10),
    ],
)
def test_wrong_questions(wrong: object) -> None:
    with pytest.raises(QuestionError):
        wrong()  # type: ignore[operator]
