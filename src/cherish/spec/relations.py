"""What the log looks like to whoever asks: the relations, their columns, and the promises of a log.

Timestamps are naive UTC with microseconds, days are local dates, money is DECIMAL(18,4). A property or trait that a
question needs comes as a typed column of its own, named `properties.NAME` or `traits.NAME`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import ibis

from cherish.spec.declared import Declared

MONEY = "decimal(18, 4)"
TS = "timestamp(6)"

EVENTS: dict[str, str] = {
    "event_id": "string",
    "customer_id": "int64",
    "type": "string",
    "name": "string",
    "ts": TS,
    "received_at": TS,
    "anonymous_id": "string",
    "user_id": "string",
    "source": "string",
    "value": MONEY,
    "currency": "string",
    "order_id": "string",
}
"""One row per event. `value` is the event's money by the rules of spec/money.py (refunds negative)."""

ACTIVITY: dict[str, str] = {
    "customer_id": "int64",
    "day": "date",
    "name": "string",
    "currency": "string",
    "n": "int64",
    "value": MONEY,
    "first_ts": TS,
    "last_ts": TS,
}
"""One row per customer, local day, event name and currency."""

ORDERS: dict[str, str] = {
    "order_id": "string",
    "customer_id": "int64",
    "ts": TS,
    "changed_at": TS,
    "day": "date",
    "value": MONEY,
    "gross": MONEY,
    "refunded": MONEY,
    "currency": "string",
    "completed": "boolean",
}
"""One row per order id. `value` is net of refunds; `completed` is false for a refund whose order is not in the log and
for a cancelled order; `changed_at` is when the last event about the order happened."""

CUSTOMERS: dict[str, str] = {
    "customer_id": "int64",
    "customer": "string",
    "identified": "boolean",
    "first_seen": TS,
    "last_seen": TS,
    "created_at": TS,
}
"""One row per customer; `customer` is the person's own id as the source gave it."""


def schema(columns: Mapping[str, str]) -> Any:
    """The Ibis schema of a relation."""
    return ibis.schema(dict(columns))


@dataclass(frozen=True)
class ActiveSet:
    """A named, versioned set of event names that count as activity; version 0 is a default that nobody chose."""

    name: str
    events: tuple[str, ...]
    version: int = 0

    def __str__(self) -> str:
        return f"{self.name}@{self.version}"


@dataclass(frozen=True)
class Facts:
    """What must be known of a log before a question is planned; cheap to learn, the same until the next load.

    `first` and `last` are aware UTC moments of the earliest and latest event (None: no events). `currencies` counts
    the orders in each, `name_currencies` the currencies (null included) that events of a name carry, `rows` the rows
    of each relation and the customers who are `anonymous`. `fingerprint` is an order-free hash of all rows. `left_out`
    counts the customers and events that take no part because they are noise. `experiments` are the declarations in
    force.
    """

    zone: str
    first: datetime | None
    last: datetime | None
    names: Mapping[str, int]
    currencies: Mapping[str, int]
    properties: Mapping[str, str]
    traits: Mapping[str, str]
    rows: Mapping[str, int]
    fingerprint: str
    active: Mapping[str, ActiveSet] = field(default_factory=dict)
    outcome: str | None = None
    name_currencies: Mapping[str, int] = field(default_factory=dict)
    live: bool = False
    rates: Mapping[str, float] = field(default_factory=dict)
    currency: str | None = None
    left_out: Mapping[str, int] = field(default_factory=dict)
    experiments: Mapping[str, Declared] = field(default_factory=dict)


class Log(Protocol):
    """The event log as the science ring sees it: relations to build expressions on, and an engine to run them."""

    @property
    def facts(self) -> Facts:
        """What is known of the log."""

    def events(self, properties: tuple[str, ...] = ()) -> Any:
        """The events, with the named properties promoted to columns `properties.NAME`."""

    def activity(self) -> Any | None:
        """The maintained activity, or None where it must be derived from events."""

    def orders(self) -> Any | None:
        """The maintained orders, or None where they must be derived from events."""

    def customers(self, traits: tuple[str, ...] = ()) -> Any | None:
        """The customers, with the named traits as columns `traits.NAME`; None where they must be derived."""

    def run(self, expression: Any) -> Any:
        """Run an expression and return a `pyarrow.Table`."""

    def sql(self, expression: Any) -> str:
        """The statement that `run` would send."""

    def temporary(self, table: Any) -> Any:
        """A `pyarrow.Table` as a relation of this log's engine, for joins; gone with the log's connection."""
