"""The plan of a holdout: what is visible, by when, at what price; and companies of ten, a hundred, a thousand."""

from __future__ import annotations

import math
import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from cherish.errors import QuestionError, Unanswerable
from cherish.reports import _planning as planning
from cherish.reports._planning import Aim, Traffic
from logs import event, log_of
from reports.asking import asked

START = datetime(2024, 1, 1)
AIM = Aim(effect=0.1, alpha=0.05, power=0.8, margin=0.3)


def traffic(customers: int, base: float = 0.05, newcomers: float = 0.0, **more: Any) -> Traffic:
    given = {
        "customers": customers, "newcomers": newcomers, "base": customers, "mean": base, "variance": base * (1 - base),
        "money": 2.0, "horizon": 90, "today": date(2024, 6, 1),
    }  # fmt: skip
    return Traffic(**(given | more))


@pytest.mark.parametrize(("customers", "points"), [(2_000, 4.55), (10_000, 2.04), (100_000, 0.644)])
def test_the_smallest_visible_effect_is_the_printed_one(customers: int, points: float) -> None:
    """measures.md, family Y: base 5 %, 10 % held out."""
    (line,) = planning.lines(traffic(customers), AIM, (0.1,))
    assert line.visible is not None
    assert line.visible * 100 == pytest.approx(points, abs=0.006)
    assert line.visible_share == pytest.approx(line.visible / 0.05)


def test_the_price_is_what_the_held_out_would_have_brought() -> None:
    (line,) = planning.lines(traffic(10_000), AIM, (0.1,))
    # 1,000 held out, 2.00 each in the horizon, 2.04 points of 5 % more, of which 30 % are earned.
    assert line.held_out == 1_000
    assert line.price == pytest.approx(1_000 * 2.0 * (0.0203531 / 0.05) * 0.3, rel=1e-4)
    assert planning.lines(traffic(10_000, money=None), AIM, (0.1,))[0].price_why == "no_money"


def test_the_day_is_when_enough_customers_have_had_their_horizon() -> None:
    (line,) = planning.lines(traffic(10_000, newcomers=100.0), AIM, (0.5,))
    # (1.959964 + 0.841621)^2 * .0475 * 4 / .005^2 = 59,652 customers: 49,652 more, at 100 a day, and then 90 days.
    needed = math.ceil(2.8015852**2 * 0.05 * 0.95 * 4 / 0.005**2)
    assert line.needed == needed == 59_652
    assert line.effect_on == date(2024, 6, 1) + timedelta(days=math.ceil((needed - 10_000) / 100) + 90)
    assert line.visible_on == date(2024, 8, 30)
    assert planning.lines(traffic(10_000), AIM, (0.5,))[0].effect_on_why == "no_newcomers"
    assert planning.lines(traffic(10_000, newcomers=0.1), AIM, (0.5,))[0].effect_on_why == "too_far"


def test_the_smallest_share_that_shows_enough_is_recommended() -> None:
    large = traffic(1_000_000)
    lines = planning.lines(large, AIM, planning.SHARES)
    assert planning.recommended(lines, AIM).share == 0.05
    assert "one control" not in planning.says(large, AIM, lines, "any_order")
    small = traffic(15_000)
    assert "one control over all campaigns" in planning.says(
        small, AIM, planning.lines(small, AIM, (0.1,)), "any_order"
    )


# -- on a log -----------------------------------------------------------------------------------------------------


def shop(customers: int, seed: int = 1) -> Any:
    """Customers who sign up over 200 days; a third of them order, once or twice in the last 60."""
    chance = random.Random(seed)
    rows = []
    for number in range(customers):
        name, day = f"c{number}", number * 200 // customers
        rows.append(event(name, "Signed Up", START + timedelta(days=day)))
        for order in range(chance.choice((0, 0, 1, 2)) if number % 3 == 0 else 0):
            at = START + timedelta(days=240 + chance.randint(0, 58), minutes=number)
            money = {"value": chance.randint(5, 60), "currency": "EUR", "order_id": f"{name}-{order}"}
            rows.append(event(name, "Order Completed", at, **money))
    rows.append(event("c0", "Page", START + timedelta(days=299)))
    return log_of(rows)


NOW = datetime(2024, 10, 27, tzinfo=UTC)


def test_the_figures_are_those_of_the_log() -> None:
    store = shop(1_000)
    rows, head, _ = asked(store, "holdout_plan", NOW, margin=0.3, horizon="60d", traffic="150d", hold=0.15)
    buyers = store.query("SELECT count(DISTINCT customer_id) AS n, sum(value) AS money FROM orders").to_pylist()[0]
    assert head["customers"] == head["looked_at"] == 1_000
    assert head["mean"] == pytest.approx(buyers["n"] / 1_000)
    assert head["money_per_customer"] == pytest.approx(float(buyers["money"]) / 1_000)
    # Sign-ups are five a day up to day 199; 150 days back from day 300 begins at day 150.
    assert head["newcomers_per_day"] == pytest.approx(250 / 150)
    assert [row["share"] for row in rows] == [0.05, 0.1, 0.15, 0.2, 0.5]
    assert [row["held_out"] for row in rows] == [50, 100, 150, 200, 500]
    p = buyers["n"] / 1_000
    for row in rows:
        spread = p * (1 - p) * 1_000 / 999 * (1 / row["held_out"] + 1 / row["mailed"])
        assert row["visible"] == pytest.approx(2.8015852 * math.sqrt(spread), rel=1e-6)
        assert row["visible_on"] == date(2024, 12, 26)
        assert row["price"] > 0


@pytest.mark.parametrize("metric", ["orders", "revenue", "retained", "monetary", "active_days", "Page", "any:Page"])
def test_any_metric_can_be_planned_for(metric: str) -> None:
    rows, head, plan = asked(shop(300), "holdout_plan", NOW, metric=metric, horizon="60d")
    assert len(rows) == 4
    assert metric in plan.convention
    assert head["says"]


@pytest.mark.parametrize(("customers", "needs"), [(10, True), (100, True), (1_000, True)])
def test_a_small_company_hears_what_it_can_learn_and_what_it_would_take(customers: int, needs: bool) -> None:
    rows, head, _ = asked(shop(customers), "holdout_plan", NOW, horizon="60d")
    text = head["says"]
    assert f"With {customers:,} customers keep one control over all campaigns together" in text
    assert ("it takes about" in text) == needs
    assert "can't" not in text.lower()
    assert "impossible" not in text.lower()
    assert all(row["visible"] is None or row["visible"] > 0 for row in rows)
    if customers == 10:
        assert "What can be learnt now" in text


def test_where_nothing_happens_the_reason_is_told() -> None:
    rows, head, _ = asked(shop(50), "holdout_plan", datetime(2024, 8, 1, tzinfo=UTC), horizon="30d")
    assert {row["visible_why"] for row in rows} == {"nothing_happened"}
    assert "no customer differs from another" in head["says"]


def test_a_horizon_longer_than_the_data_asks_for_a_shorter_one() -> None:
    _, head, _ = asked(shop(50), "holdout_plan", datetime(2024, 3, 1, tzinfo=UTC), horizon="200d")
    assert head["looked_at"] == 0
    assert "plan with a shorter horizon" in head["says"]


def test_two_currencies_have_no_price_and_a_filter_makes_one() -> None:
    store = shop(60)
    from logs import add

    add(
        store,
        [event("c1", "Order Completed", START + timedelta(days=250), value=9, currency="USD", order_id="usd")],
        "usd",
    )
    rows, _, plan = asked(store, "holdout_plan", NOW, margin=0.3, horizon="60d")
    assert {row["price_why"] for row in rows if row["visible"] is not None} == {"no_money"}
    assert any("several currencies" in note for note in plan.notes)
    rows, _, _ = asked(store, "holdout_plan", NOW, ("currency=EUR",), margin=0.3, horizon="60d")
    assert any(row["price"] for row in rows)


@pytest.mark.parametrize(
    "given", [{"hold": 0}, {"hold": 1.5}, {"power": 1}, {"alpha": 0}, {"margin": 30}, {"effect": 0}, {"horizon": "all"}]
)
def test_what_can_t_be_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(QuestionError):
        asked(shop(20), "holdout_plan", NOW, **given)


def test_before_anybody_came_there_is_nobody_to_draw() -> None:
    with pytest.raises(Unanswerable, match="nobody was known"):
        asked(shop(20), "holdout_plan", START.replace(tzinfo=UTC))
