"""The guard: whatever a view shows at a moment equals the same computed from the raw events before that moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cherish.spec.calendar import Calendar
from cherish.spec.view import View
from cherish.store.memory import memory
from cherish.store.table import TableLog
from effort import tries
from store.support import (
    Event,
    activity,
    arrow,
    keys,
    load,
    made_up,
    orders,
    rows,
    seen_activity,
    seen_orders,
)

# Where a clock change lies, so that the made-up fortnight crosses it.
ZONES = {
    "UTC": datetime(2023, 3, 20),
    "Europe/Berlin": datetime(2023, 3, 20),
    "Asia/Kolkata": datetime(2023, 3, 20),
    "Australia/Lord_Howe": datetime(2023, 3, 27),  # half an hour back
    "America/Sao_Paulo": datetime(2018, 10, 29),  # at midnight: a day without its first hour
    "America/Havana": datetime(2023, 10, 30),  # back to midnight: a day whose first hour comes twice
    "America/St_Johns": datetime(2006, 10, 24),  # back from 00:01 to 23:01 of the day before
    "Pacific/Apia": datetime(2011, 12, 25),  # a day that does not exist
}


def moments(random: Random, zone: str, start: datetime) -> list[datetime]:
    calendar = Calendar(zone, start.replace(tzinfo=UTC), start.replace(tzinfo=UTC) + timedelta(days=12))
    inside = [start.replace(tzinfo=UTC) + timedelta(minutes=random.randrange(12 * 24 * 60)) for _ in range(2)]
    hours = [start.replace(tzinfo=UTC) + timedelta(minutes=30 * random.randrange(12 * 48)) for _ in range(1)]
    return [*inside, *hours, *(calendar.starts(calendar.day_of(moment)) for moment in inside), *changes(calendar)]


def changes(calendar: Calendar) -> list[datetime]:
    near = [at for at in calendar.offsets.instants if calendar.start < at < calendar.end]
    return [at + timedelta(minutes=minutes) for at in near for minutes in (-30, 0, 30)]


def shows_what_was(log: Any, events: list[Any], moment: datetime, zone: str) -> None:
    view, past = View.of(log, moment, population="all"), [e for e in events if e.ts < moment.replace(tzinfo=None)]
    who = keys(log)
    assert seen_activity(log, view.activity(), who) == activity(past, zone)
    assert seen_orders(log, view.orders(), who) == orders(past, zone)
    assert len(rows(log, view.events().select("event_id"))) == len(past)
    seen = {row["customer"]: row["first_seen"] for row in rows(log, view.customers())}
    assert seen == {who: min(e.ts for e in past if e.customer == who) for who in {e.customer for e in past}}


@pytest.mark.parametrize("zone", ZONES)
@tries(1)
@given(seed=st.integers(0, 10**6))
def test_a_view_of_the_store_shows_what_was(zone: str, seed: int) -> None:
    random = Random(seed)
    events = made_up(random, 90, ZONES[zone])
    store = memory()
    store.configure(zone=zone)
    load(store, "made up", events)
    for moment in moments(random, zone, ZONES[zone]):
        shows_what_was(store, events, moment, zone)


@tries(2)
@given(seed=st.integers(0, 10**6))
def test_a_view_of_a_table_shows_what_was(seed: int) -> None:
    random, zone = Random(seed), "Australia/Lord_Howe"
    events = [event for event in made_up(random, 90, ZONES[zone]) if event.identified]
    engine = memory()
    table = engine.temporary(arrow(event.row() for event in events).drop_columns(["properties", "context"]))
    log = TableLog.of(
        table, customer="user_id", ts="ts", name="name", value="value", currency="currency", order_id="order_id",
        zone=zone, engine=engine,
    )  # fmt: skip
    for moment in moments(random, zone, ZONES[zone])[::2]:
        shows_what_was(log, events, moment, zone)


def test_a_refund_of_nothing_before_its_order_is_seen_as_it_was() -> None:
    noon, store = datetime(2024, 1, 1, 12), memory()
    late = [
        Event("m1", "u1", "Order Refunded", noon, None, "EUR", "o1"),
        Event("m2", "u1", "Order Completed", noon + timedelta(days=2), Decimal(5), "EUR", "o1"),
    ]
    load(store, "late order", late)
    shows_what_was(store, late, datetime(2024, 1, 2, 7, tzinfo=UTC), "UTC")


def test_an_hour_of_the_day_before_that_comes_again_is_not_seen_ahead() -> None:
    zone, store = "America/St_Johns", memory()
    store.configure(zone=zone)
    change = datetime(2006, 10, 29, 2, 31)  # 00:01 becomes 23:01 of the day before
    around = [Event(f"m{at}", "u1", "Signed Up", change + timedelta(minutes=at)) for at in range(-90, 91, 10)]
    load(store, "autumn", around)
    for minutes in (-45, -1, 0, 30, 61):
        shows_what_was(store, around, change.replace(tzinfo=UTC) + timedelta(minutes=minutes), zone)


def test_anonymous_customers_take_part_only_when_asked() -> None:
    store, events = memory(), made_up(Random(4), 90)
    load(store, "made up", events)
    known = [event for event in events if event.identified]
    view = View.of(store)
    assert seen_activity(store, view.activity()) == activity(known, "UTC")
    assert len(rows(store, view.events())) == len(known)
    assert {row["customer"] for row in rows(store, view.customers())} == {event.customer for event in known}
