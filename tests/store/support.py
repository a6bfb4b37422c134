"""Events made up for tests, and what a log must say of them, computed row by row in plain Python."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from cherish.spec.calendar import zone as zone_of
from cherish.store.contract import Loaded, Origin

TYPES = {
    "message_id": pa.string(), "type": pa.string(), "name": pa.string(), "ts": pa.timestamp("us"),
    "received_at": pa.timestamp("us"), "anonymous_id": pa.string(), "user_id": pa.string(), "source": pa.string(),
    "value": pa.decimal128(18, 4), "currency": pa.string(), "order_id": pa.string(), "properties": pa.string(),
    "context": pa.string(),
}  # fmt: skip
TRAITS = {"user_id": pa.string(), "created_at": pa.timestamp("us"), "traits": pa.string()}


@dataclass(frozen=True)
class Event:
    """One made-up event; `customer` starting with `?` is anonymous."""

    message_id: str
    customer: str
    name: str
    ts: datetime
    value: Decimal | None = None
    currency: str | None = None
    order_id: str | None = None
    properties: str | None = None

    @property
    def identified(self) -> bool:
        """Whether a user id is known."""
        return not self.customer.startswith("?")

    def row(self) -> dict[str, Any]:
        """The event as a load is handed it."""
        who = {"user_id": self.customer} if self.identified else {"anonymous_id": self.customer}
        same = {
            key: getattr(self, key)
            for key in ("message_id", "name", "ts", "value", "currency", "order_id", "properties")
        }
        blank = dict.fromkeys(TYPES)
        return blank | same | who | {"type": "track", "received_at": self.ts, "source": "test"}


def arrow(rows: Iterable[Mapping[str, Any]], types: Mapping[str, Any] = TYPES) -> pa.Table:
    """Rows as a table of staged columns."""
    return pa.Table.from_pylist([dict(row) for row in rows], schema=pa.schema(list(types.items())))


def load(store: Any, name: str, events: Iterable[Event]) -> Loaded:
    """Load events under the name of an import."""
    with store.loading(Origin(name, "events")) as loading:
        loading.connection.register("staged", arrow(event.row() for event in events))
        return loading.events("staged")


def load_traits(store: Any, name: str, people: Iterable[tuple[str, datetime | None, dict[str, Any]]]) -> Loaded:
    """Load traits under the name of an import."""
    rows = [{"user_id": who, "created_at": at, "traits": json.dumps(traits)} for who, at, traits in people]
    with store.loading(Origin(name, "customers")) as loading:
        loading.connection.register("staged", arrow(rows, TRAITS))
        return loading.customers("staged")


def rows(store: Any, table: Any) -> list[dict[str, Any]]:
    """The rows of an expression."""
    found: list[dict[str, Any]] = store.run(table).to_pylist()
    return found


def keys(store: Any) -> dict[int, str]:
    """The customer's own id by the log's number."""
    kept = store.customers()
    if kept is None:
        events = store.events()
        return {
            row["customer_id"]: row["user_id"]
            for row in rows(store, events.select("customer_id", "user_id").distinct())
        }
    return {row["customer_id"]: row["customer"] for row in rows(store, kept)}


def day_of(ts: datetime, zone: str) -> Any:
    """The local day by zoneinfo."""
    local: ZoneInfo = zone_of(zone)
    return ts.replace(tzinfo=UTC).astimezone(local).date()


def activity(events: Iterable[Event], zone: str) -> dict[Any, Any]:
    """Activity by definition: n, value, first and last per customer, day, name and currency."""
    groups: dict[Any, list[Event]] = defaultdict(list)
    for event in events:
        groups[event.customer, day_of(event.ts, zone), event.name, event.currency].append(event)
    return {
        key: (len(found), total(each.value for each in found), min(e.ts for e in found), max(e.ts for e in found))
        for key, found in groups.items()
    }


def total(values: Iterable[Decimal | None]) -> Decimal | None:
    """The sum as SQL has it: nulls take no part, nothing but nulls is null."""
    known = [value for value in values if value is not None]
    return sum(known, Decimal(0)) if known else None


def orders(events: Iterable[Event], zone: str) -> dict[str, Any]:
    """Orders by definition: customer, ts, changed_at, day, value, gross, refunded, currency, completed."""
    about: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        if event.order_id is not None and event.name.startswith("Order "):
            about[event.order_id].append(event)
    return {order: _order(sorted(found, key=lambda e: e.ts), zone) for order, found in about.items()}


def _order(found: list[Event], zone: str) -> tuple[Any, ...]:
    placed = [event for event in found if event.name in ("Order Completed", "Order Updated")]
    back = [event for event in found if event.name in ("Order Refunded", "Order Cancelled")]
    cancelled = any(event.name == "Order Cancelled" for event in back)
    gross = (placed[-1].value if placed else None) or Decimal(0)
    refunded = -gross if cancelled else (total(event.value for event in back) or Decimal(0))
    first = (placed or back)[0]
    customer = first.customer if placed else min(event.customer for event in back)
    currency = placed[-1].currency if placed else None
    currency = currency or min((event.currency for event in back if event.currency), default=None)
    return (
        customer, first.ts, max(event.ts for event in found), day_of(first.ts, zone), gross + refunded, gross, refunded,
        currency, bool(placed) and not cancelled,
    )  # fmt: skip


def seen_activity(store: Any, table: Any, who: dict[int, str] | None = None) -> dict[Any, Any]:
    """What a relation of activity shows, in the form of `activity`."""
    who = who or keys(store)
    return {
        (who[row["customer_id"]], row["day"], row["name"], row["currency"]): (
            row["n"], row["value"], row["first_ts"], row["last_ts"],
        )
        for row in rows(store, table)
    }  # fmt: skip


def seen_orders(store: Any, table: Any, who: dict[int, str] | None = None) -> dict[str, Any]:
    """What a relation of orders shows, in the form of `orders`."""
    who = who or keys(store)
    kept = ("ts", "changed_at", "day", "value", "gross", "refunded", "currency", "completed")
    return {row["order_id"]: (who[row["customer_id"]], *(row[name] for name in kept)) for row in rows(store, table)}


BASE = datetime(2023, 3, 20)
NAMES = ("Product Viewed", "Order Completed", "Order Updated", "Order Refunded", "Order Cancelled", "Signed Up")


def made_up(random: Any, count: int, start: datetime = BASE, days: int = 12, customers: int = 6) -> list[Event]:
    """Seeded events: late, close together, across clock changes, orders that are changed, refunded and cancelled.

    Times differ by construction, so that what a tie would decide is never asked.
    """
    moments = random.sample(range(days * 24 * 4), count)
    return [
        _made_up(random, number, start + timedelta(minutes=15 * at), customers) for number, at in enumerate(moments)
    ]


def _made_up(random: Any, number: int, ts: datetime, customers: int) -> Event:
    name = random.choice(NAMES)
    who = random.choice([f"u{each}" for each in range(customers)] + ["?a", "?b"])
    if not name.startswith("Order "):
        note = json.dumps({"price": random.choice([1, 2.5, -3]), "page": random.choice(["a", "b"])})
        return Event(f"m{number}", who, name, ts, properties=random.choice([None, note]))
    order = f"o{random.randrange(6)}"
    # An order belongs to one customer; its currency is its own.
    who, currency = f"u{int(order[1:]) % customers}", random.choice(["EUR", "EUR", "USD", None])
    size = random.choice([None, Decimal(0), Decimal("0.1000"), Decimal("12.3400"), Decimal("99.9999")])
    sign = -1 if name in ("Order Refunded", "Order Cancelled") and size else 1
    return Event(f"m{number}", who, name, ts, size * sign if size is not None else None, currency, order)
