"""Where every order is one event, orders and movements are read off the events: the same as deriving them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from cherish.spec import derive, untouched
from cherish.spec.relations import ORDERS
from cherish.spec.view import View
from logs import add, event, log_of

START = datetime(2023, 3, 20, 12)
MOVED = ("order_id", "customer_id", "currency", "moved_at", "ts", "value", "n", "day")


def placed(count: int = 200) -> list[dict[str, Any]]:
    random = Random(7)
    found = []
    for number in range(count):
        ts = START + timedelta(minutes=random.randrange(20_000))
        money = {"value": random.choice([None, "0", "12.5", "-3"]), "currency": random.choice([None, "EUR"])}
        found.append(event(f"c{random.randrange(20)}", "Order Completed", ts, order_id=f"o{number}", **money))
    return found


def table(log: Any, expression: Any, columns: Any) -> list[dict[str, Any]]:
    found = log.run(expression.select(*columns)).to_pylist()
    return sorted(found, key=lambda row: row["order_id"])


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata"])
@pytest.mark.parametrize("days", [3, 30])
def test_orders_and_movements_are_what_deriving_them_gives(zone: str, days: int) -> None:
    log = log_of([*placed(), event("c1", "Page", START)], zone)
    assert untouched.untouched(log.facts)
    view = View.of(log, (START + timedelta(days=days)).replace(tzinfo=UTC), population="all")
    events = view.events()
    assert table(log, untouched.orders(events), ORDERS) == table(log, derive.orders(events, view.calendar), ORDERS)
    derived = table(log, derive.order_movements(events, view.calendar), MOVED)
    assert table(log, untouched.movements(events), MOVED) == derived == table(log, view.movements(), MOVED)
    assert derived, "there must be something to compare"


@pytest.mark.parametrize(
    "more",
    [
        {"name": "Order Completed", "order_id": "o1", "value": "1"},
        {"name": "Order Completed", "order_id": None, "value": "1"},
        {"name": "Order Updated", "order_id": "new", "value": "1"},
        {"name": "Order Refunded", "order_id": "o1", "value": "-1"},
        {"name": "Order Cancelled", "order_id": "new"},
    ],
    ids=lambda more: f"{more['name']} {more['order_id']}",
)
def test_one_event_that_touches_an_order_ends_it(more: dict[str, Any]) -> None:
    log = log_of(placed())
    assert untouched.untouched(log.facts)
    rest = {key: value for key, value in more.items() if key != "name"}
    add(log, [event("c1", more["name"], START + timedelta(days=20), **rest)], name="more")
    assert not untouched.untouched(log.facts)
