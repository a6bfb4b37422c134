"""Revenue a second time: loops over orders in plain Python, on random logs with refunds and on real data."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cherish.errors import QuestionError, Unanswerable
from cherish.library import Log
from effort import tries
from logs import event, log_of
from oracles.real import source

Order = tuple[str, datetime, str, Decimal, Decimal]
"""Customer, time, order id, gross, refunded (positive)."""
START = datetime(2023, 11, 20, 9)
DRAWN = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 150), st.integers(100, 9000), st.sampled_from([0, 0, 0, 25, 100])),
    min_size=2, max_size=30,
)  # fmt: skip


def made(drawn: Iterable[tuple[int, int, int, int]]) -> tuple[Log, list[Order]]:
    """A log of orders, refunded by so many per cent five days later, and the same as tuples."""
    events, orders = [event("looker", "Page", START)], []
    for place, (user, day, cents, back) in enumerate(drawn):
        ts, gross = START + timedelta(days=day, minutes=place), Decimal(cents) / 100
        about = {"order_id": f"o{place}", "currency": "EUR"}
        events.append(event(f"u{user}", "Order Completed", ts, value=gross, **about))
        refund = (gross * back / 100).quantize(Decimal("0.01"))
        if refund:
            events.append(event(f"u{user}", "Order Refunded", ts + timedelta(days=5), value=-refund, **about))
        orders.append((f"u{user}", ts, f"o{place}", gross, refund))
    return Log(log_of(events)), sorted(orders, key=lambda each: (each[1], each[2]))


def month(ts: datetime) -> date:
    return ts.date().replace(day=1)


def by_hand(orders: list[Order]) -> dict[date, dict[str, Any]]:
    """Every figure of a month, order by order."""
    found: dict[date, dict[str, Any]] = {}
    first: dict[str, date] = {}
    seen: dict[str, int] = defaultdict(int)
    for customer, ts, _, gross, refund in orders:
        first.setdefault(customer, month(ts))
        seen[customer] += 1
        row = found.setdefault(month(ts), defaultdict(Decimal) | {"who": set(), "new": set(), "again": set()})
        row["orders"] += 1
        row["who"].add(customer)
        row["value"] += gross - refund
        row["gross"] += gross
        row["refunded"] += refund
        if first[customer] == month(ts):
            row["new"].add(customer)
            row["new_value"] += gross - refund
        if seen[customer] >= 2:
            row["again"].add(customer)
            row["repeat_value"] += gross - refund
        row["became"] += seen[customer] == 2
    return found


@tries(12)
@given(DRAWN)
def test_revenue_by_month_is_what_a_loop_over_orders_says(drawn: list[tuple[int, int, int, int]]) -> None:
    log, orders = made(drawn)
    expected = by_hand(orders)
    result = log.report("revenue", partial="yes")
    rows = {row["period"]: row for row in result.table.to_pylist()}
    # Refunds come up to five days after the last order, perhaps in a month without one.
    assert [period for period in rows if rows[period]["orders"]] == sorted(expected)
    for period, row in rows.items():
        if period not in expected:
            assert (row["orders"], row["value"], row["average_order"]) == (0, 0, None)
            assert row["average_order_why"] == "no_orders"
            continue
        own = expected[period]
        assert row["orders"] == own["orders"]
        assert row["customers"] == len(own["who"])
        assert (row["new_customers"], row["repeat_customers"]) == (len(own["new"]), len(own["again"]))
        assert row["became_repeat"] == own["became"]
        for name in ("value", "gross", "refunded", "new_value", "repeat_value"):
            assert row[name] == own[name], name
        assert row["returning_value"] == own["value"] - own["new_value"]
        assert row["average_order"] == pytest.approx(float(own["value"]) / float(own["orders"]))
        assert row["refund_rate"] == pytest.approx(float(own["refunded"] / own["gross"]))
    buyers = {customer for customer, *_ in orders}
    often = [customer for customer in buyers if sum(each[0] == customer for each in orders) >= 2]
    assert result.headline["customers"] == len(buyers)
    assert result.headline["repeat_share"] == pytest.approx(len(often) / len(buyers))


@tries(12)
@given(DRAWN)
def test_cohort_value_is_what_a_loop_over_orders_says(drawn: list[tuple[int, int, int, int]]) -> None:
    log, orders = made(drawn)
    first: dict[str, date] = {}
    for customer, ts, *_ in orders:
        first.setdefault(customer, month(ts))
    paid: dict[tuple[date, int], Decimal] = defaultdict(Decimal)
    for customer, ts, _, gross, refund in orders:
        born = first[customer]
        paid[born, (ts.year - born.year) * 12 + ts.month - born.month] += gross - refund
    as_of = log.report("revenue", show="cohorts").as_of
    rows = log.report("revenue", show="cohorts").table.to_pylist()
    for row in (row for row in rows if row["average"] is None):
        born, k = row["cohort"], row["bucket"]
        assert row["size"] == sum(each == born for each in first.values())
        ends = (born.year * 12 + born.month - 1) + k + 1
        over = date(ends // 12, ends % 12 + 1, 1) <= as_of.date()
        assert (row["value"] is not None) == over
        if over:
            value = sum((paid[born, each] for each in range(k + 1)), Decimal(0))
            assert row["value"] == value
            assert row["rate"] == pytest.approx(float(value) / row["size"])
    for row in (row for row in rows if row["average"] is not None):
        cells = [
            each for each in rows if each["average"] is None and each["bucket"] == row["bucket"] and each["mature"]
        ]
        assert row["value"] == sum((each["value"] for each in cells), Decimal(0)) if cells else row["value"] is None
        assert row["mature"] == sum(each["size"] for each in cells)


def test_cdnow_adds_up() -> None:
    # CDNOW sample: 2,357 customers, 6,919 lines; each line an order here. Customers of a month are those of growth.
    data = source("cdnow")
    rows = data.log.report("revenue").table.to_pylist()
    assert sum(row["orders"] for row in rows) == 6_919
    assert sum(row["new_customers"] for row in rows) == 2_357
    assert sum(row["value"] for row in rows) == sum(act.value for act in data.acts if act.value is not None)
    growth = data.log.report("growth").table.to_pylist()
    assert [row["customers"] for row in rows] == [row["active"] for row in growth]
    assert [row["new_customers"] for row in rows] == [row["new"] for row in growth]


def test_online_retail_with_its_refunds() -> None:
    data = source("online_retail")
    orders = data.orders()
    rows = data.log.report("revenue", partial="yes").table.to_pylist()
    assert sum(row["value"] for row in rows) == sum(value for _, _, value, _ in orders.values())
    assert sum(row["orders"] for row in rows) == sum(n for *_, n in orders.values())
    who: dict[date, set[str]] = defaultdict(set)
    first: dict[str, date] = {}
    for customer, day, _, n in orders.values():
        if n:
            who[day.replace(day=1)].add(customer)
            first[customer] = min(first.get(customer, day), day)
    returning: dict[date, Decimal] = defaultdict(Decimal)
    for customer, day, value, _ in orders.values():
        if customer in first and first[customer].replace(day=1) < day.replace(day=1):
            returning[day.replace(day=1)] += value
    assert {row["period"]: row["returning_value"] for row in rows if row["returning_value"]} == returning
    assert {row["period"]: row["customers"] for row in rows} == {period: len(each) for period, each in who.items()}


def test_refusals() -> None:
    log, _ = made([(1, 3, 500, 0), (1, 40, 700, 0)])
    for given_parameters, told in (({"by": "currency"}, "broken down"), ({"unit": "28d"}, "unit of the calendar")):
        with pytest.raises(QuestionError, match=told):
            log.report("revenue", show="cohorts", **given_parameters)
    with pytest.raises(Unanswerable, match="has no Order Completed; there are Page"):
        Log(log_of([event("a", "Page", START)])).report("revenue")
    mixed = [event("a", "Order Completed", START, value=5, order_id=name, currency=name) for name in ("EUR", "USD")]
    with pytest.raises(Unanswerable, match="several currencies"):
        Log(log_of(mixed)).report("revenue", unit="day")
