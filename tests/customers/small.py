"""A small company for the tests of the single view: two currencies, a refund, an account, a browser without a name."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa

from cherish.store.contract import Origin
from cherish.store.memory import memory
from logs import COLUMNS

STAGED = pa.schema([*COLUMNS, ("group_id", pa.string()), ("previous_id", pa.string()), ("traits", pa.string())])
TRAITS = pa.schema([("user_id", pa.string()), ("created_at", pa.timestamp("us")), ("traits", pa.string())])
START = datetime(2024, 3, 30, 9)
ZONE = "Europe/Berlin"
"""Clocks go forward on 31 March 2024."""


class Clock:
    """A clock that moves by a minute whenever somebody looks."""

    def __init__(self) -> None:
        self.at = datetime(2024, 5, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.at += timedelta(minutes=1)
        return self.at


def staged(name: str, ts: datetime, user: str | None = None, **more: Any) -> dict[str, Any]:
    """One event as a load is handed it; documents are given as objects."""
    row: dict[str, Any] = dict.fromkeys(STAGED.names)
    row |= {"type": "track", "name": name, "ts": ts, "received_at": ts, "user_id": user, "source": "test", **more}
    row["value"] = None if row["value"] is None else Decimal(str(row["value"]))
    documents = {each: row[each] for each in ("properties", "context", "traits") if row[each] is not None}
    return row | {each: json.dumps(value) for each, value in documents.items()}


def load(store: Any, name: str, events: Iterable[Mapping[str, Any]]) -> None:
    """Load events under an import's name."""
    rows = [{**each, "message_id": each["message_id"] or f"{name}-{place}"} for place, each in enumerate(events)]
    with store.loading(Origin(name, "events")) as loading:
        loading.connection.register("given", pa.Table.from_pylist(rows, schema=STAGED))
        loading.events("given")
        loading.connection.unregister("given")


def arrive(store: Any, claim: str, events: Iterable[Mapping[str, Any]]) -> None:
    """Load events as a server does: what a group call says of its group is kept with it."""
    rows = [{**each, "message_id": each["message_id"] or f"{claim}-{place}"} for place, each in enumerate(events)]
    with store.live(claim) as loading:
        loading.connection.register("given", pa.Table.from_pylist(rows, schema=STAGED))
        loading.events("given")
        loading.connection.unregister("given")


def tell(store: Any, name: str, people: Mapping[str, Mapping[str, Any]]) -> None:
    """Load traits under an import's name."""
    rows = [{"user_id": user, "created_at": None, "traits": json.dumps(told)} for user, told in people.items()]
    with store.loading(Origin(name, "customers")) as loading:
        loading.connection.register("given", pa.Table.from_pylist(rows, schema=TRAITS))
        loading.customers("given")
        loading.connection.unregister("given")


def company(store: Any = None) -> Any:
    """The company's log: anna and ben work for Acme, a browser only looks, cleo is known but did nothing."""
    store = store or memory(clock=Clock())
    store.configure(zone=ZONE)
    load(store, "web", _events())
    arrive(store, "claim", _group_calls())
    ben = {"first_name": "Ben", "last_name": "Hopper", "address": {"city": "Lyon", "zip": "69001"}}
    tell(store, "crm", {"anna": {"email": "Anna@Example.com", "name": "Änna Lovelace", "plan": "free"}, "ben": ben})
    tell(store, "billing", {"anna": {"plan": "gold", "vat": 20}, "cleo": {"email": "cleo@example.com"}})
    return store


def at(hours: float) -> datetime:
    """So many hours after the start."""
    return START + timedelta(hours=hours)


def _group_calls() -> list[dict[str, Any]]:
    return [
        staged("Acme", at(1), "anna", type="group", group_id="acme", traits={"name": "Acme", "seats": 5}),
        staged("Acme", at(22), "ben", type="group", group_id="acme", traits={"seats": 6}),
        staged("Sailing", at(23), "ben", type="group", group_id="sailing"),
    ]


def _events() -> list[dict[str, Any]]:
    def order(user: str, hours: float, number: str, value: object, currency: str, name: str = "Order Completed") -> Any:
        return staged(name, at(hours), user, value=value, currency=currency, order_id=number)

    return [
        staged("Page", at(0), "anna", type="page", anonymous_id="browser-1", properties={"path": "/", "n": 1e300}),
        staged("Page", at(0.1), "anna", type="page", anonymous_id="browser-1", properties={"path": "/gold"}),
        order("anna", 0.2, "o1", "100.00", "EUR"),
        order("anna", 30, "o2", "50.50", "EUR"),
        order("anna", 40, "o2", "-20.25", "EUR", "Order Refunded"),
        order("anna", 50, "o3", "9.99", "USD"),
        order("anna", 60, "o4", "70.00", "EUR"),
        order("anna", 61, "o4", "-70.00", "EUR", "Order Cancelled"),
        order("ben", 20, "b1", "10.00", "EUR"),
        staged("Page", at(21), "ben", type="page", properties={"path": "/"}),
        staged("Page", at(5), anonymous_id="browser-2", type="page", properties={"path": "/"}),
    ]
