"""Events that come days late reopen their days, and what is maintained always equals a rebuild."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

import pytest

from load.support import NOW, Works, line, made_up, micro, order


def test_a_late_event_is_counted_on_its_own_day(shop: Works) -> None:
    shop.store.configure(zone="Pacific/Auckland")
    shop.put([line(1, user_id="u"), line(2, user_id="u")])
    shop.load()
    shop.put([line(3, user_id="u", at=NOW - timedelta(days=40))], at=NOW)
    shop.load()
    # Noon in UTC is past midnight in Auckland.
    assert shop.rows("SELECT day, n FROM activity ORDER BY day") == [
        {"day": date(2026, 1, 30), "n": 1}, {"day": date(2026, 3, 11), "n": 2},
    ]  # fmt: skip
    first = shop.rows("SELECT first_seen, last_seen FROM customers")[0]
    assert (first["last_seen"] - first["first_seen"]) == timedelta(days=40)
    assert shop.store.check() == {}


def test_a_late_refund_update_and_cancellation_change_their_order(shop: Works) -> None:
    shop.put([order(1, 100, user_id="u", at=NOW - timedelta(days=3)), order(2, 50, user_id="u")])
    shop.load()
    about = {"order_id": "o1", "currency": "EUR"}
    shop.put([line(10, name="Order Refunded", user_id="u", properties=about | {"total": 30})])
    shop.load()
    shop.put([
        line(11, name="Order Updated", user_id="u", at=NOW - timedelta(days=2), properties=about | {"revenue": 80}),
        line(12, name="Order Cancelled", user_id="u", properties={"order_id": "o2"}),
    ])  # fmt: skip
    shop.load()
    found = shop.rows("SELECT order_id, CAST(value AS DOUBLE) AS value, completed FROM orders ORDER BY order_id")
    assert found == [
        {"order_id": "o1", "value": 50.0, "completed": True}, {"order_id": "o2", "value": 0.0, "completed": False},
    ]  # fmt: skip
    assert shop.store.check() == {}


def test_older_traits_that_come_late_do_not_win(shop: Works) -> None:
    def said(number: int, hours: int, **traits: object) -> None:
        at = NOW - timedelta(hours=hours)
        shop.put([line(number, type="identify", name=None, user_id="u", at=at, traits=traits)])
        shop.load()

    said(1, 2, plan="gold")
    said(2, 30, plan="free", city="Ulm")
    assert shop.rows("SELECT traits ->> 'plan' AS plan, traits ->> 'city' AS city FROM customers") == [
        {"plan": "gold", "city": "Ulm"}
    ]
    said(3, 1, plan="free")
    said(4, 0, plan="gold")
    assert shop.rows("SELECT traits ->> 'plan' AS plan FROM customers") == [{"plan": "gold"}]
    # Said again on the same day, it moves in the ledger.
    assert shop.rows("SELECT count(*) AS n FROM traits") == [{"n": 3}]
    assert shop.store.check() == {}


def test_traits_of_a_group_are_the_groups(shop: Works) -> None:
    shop.put([
        line(1, type="identify", name=None, user_id="u", traits={"name": "Ann"}),
        line(2, type="group", name=None, user_id="u", group_id="acme", traits={"name": "Acme"}),
        line(3, type="identify", name=None, user_id=None, anonymous_id="a", traits={"theme": "dark"}),
    ])  # fmt: skip
    shop.load()
    assert shop.rows("SELECT customer, traits FROM customers ORDER BY customer") == [
        {"customer": "a", "traits": '{"theme":"dark"}'}, {"customer": "u", "traits": '{"name":"Ann"}'},
    ]  # fmt: skip
    assert shop.rows("SELECT group_id, traits FROM traits WHERE customer_id IS NULL") == [
        {"group_id": "acme", "traits": '{"name":"Acme"}'}
    ]
    assert shop.store.check() == {}


@pytest.mark.parametrize("seed", range(3))
def test_whatever_comes_what_is_maintained_equals_a_rebuild(shop: Works, seed: int) -> None:
    random = Random(seed)
    shop.store.configure(zone=random.choice(["UTC", "America/New_York"]))
    sent = made_up(random, 150)
    for start in range(0, 150, 30):
        part = sent[start : start + 30] + random.choices(sent[: start + 30], k=10)
        random.shuffle(part)
        received = NOW + timedelta(hours=11 * random.randrange(3))
        part = [each | {"received_at": micro(received)} for each in part]
        shop.put(part[:20], source="web", at=received)
        shop.put(part[20:], source=random.choice(["web", "app"]), at=received)
        shop.load()
        assert shop.store.check() == {}
    before = shop.store.facts.fingerprint
    shop.store.rebuild()
    assert shop.store.facts.fingerprint == before
    while imports := shop.store.imports():
        shop.store.undo(random.choice(imports).name)
        assert shop.store.check() == {}
    assert set(shop.store.facts.rows.values()) == {0}
