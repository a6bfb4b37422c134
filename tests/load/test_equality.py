"""The same event is the same row, whether it came in a file or live."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from cherish.collect.importing import import_files
from cherish.spec.messages import taken
from cherish.store.memory import memory
from load.support import NOW, Works

ROWS = """SELECT type, name, ts, anonymous_id, user_id, source, value, currency, order_id, properties, context,
    previous_id, group_id, event_id FROM events ORDER BY event_id"""

MONEY = "SELECT name, value, currency FROM events WHERE value IS NOT NULL ORDER BY ts"


def stamp(minute: int) -> str:
    return (NOW - timedelta(hours=5) + timedelta(minutes=minute)).isoformat().replace("+00:00", "Z")


EVENTS: list[dict[str, Any]] = [
    {"type": "track", "event": "Completed Order", "userId": "u1", "anonymousId": "a1",
     "properties": {"order_id": "o1", "revenue": 12.50, "currency": "eur", "note": None,
                    "products": [{"price": 1, "quantity": 2}]},
     "context": {"ip": "1.2.3.0", "page": {"url": "x"}}, "integrations": {"All": False}},
    {"type": "track", "event": "Order Completed", "userId": "u2", "properties": {"total": "20.10", "tax": 1.1}},
    {"type": "track", "event": "Order Completed", "userId": "u2", "properties": {
        "order_id": "o3", "products": [{"price": "2.5", "quantity": 3}, {"price": 1}], "discount": 0.5}},
    {"type": "track", "event": "Order Refunded", "userId": 17, "properties": {"order_id": 5, "total": "3.10"}},
    {"type": "track", "event": "Viewed Product", "anonymousId": "a2", "properties": {"price": 1e3, "ö": "é\u00e9 😀"}},
    {"type": "track", "event": "Donated", "userId": "u1", "properties": {"revenue": 5, "currency": "no code"}},
    {"type": "track", "event": "Looked", "userId": "u1", "properties": {}},
    {"type": "page", "name": "Home", "anonymousId": "a1", "properties": {"path": "/"}},
    {"type": "page", "name": "Home", "anonymousId": "a1", "properties": {"name": "Its own", "path": "/"}},
    {"type": "screen", "name": "Main", "userId": "u1"},
    {"type": "identify", "userId": "u1", "traits": {"email": "a@b.c", "createdAt": "2024-01-02T03:04:05Z"}},
    {"type": "identify", "userId": "u1", "traits": {"plan": "gold", "address": {"city": "Ulm"}}},
    {"type": "identify", "userId": "u1", "traits": {"plan": None, "address": {"zip": "1"}}},
    {"type": "identify", "userId": "u3", "context": {"traits": {"plan": "only in the context"}}},
    {"type": "group", "userId": "u1", "groupId": "acme", "traits": {"name": "Acme", "plan": "b2b"}},
    {"type": "alias", "userId": "u1", "previousId": "old"},
]  # fmt: skip


def numbered(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"messageId": f"m{place}", "timestamp": stamp(place)} | event for place, event in enumerate(events)]


def as_file(path: Path, events: list[dict[str, Any]], **wishes: Any) -> Any:
    log = memory()
    path.write_text("\n".join(json.dumps(event) for event in events), encoding="utf-8")
    import_files(log, path, source="web", **wishes)
    return log


def live(shop: Works, events: list[dict[str, Any]], at_once: int = 5) -> None:
    for start in range(0, len(events), at_once):
        body = json.dumps({"batch": events[start : start + at_once]}).encode()
        found = taken(body, kind=None, received_at=NOW)
        assert found.refused == ()
        shop.journal.put(found.lines, source="web", events=found.count, received_at=NOW).result()
        shop.load()


def readable(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    documents = ("properties", "context")
    return [row | {name: row[name] and json.loads(row[name]) for name in documents} for row in rows]


def same(shop: Works, log: Any) -> None:
    assert readable(shop.rows(ROWS)) == readable(log.query(ROWS).to_pylist())
    for relation, order in (("activity", "ALL"), ("orders", "order_id"), ("customers", "customer")):
        wanted = f"SELECT * EXCLUDE (customer_id) FROM {relation} ORDER BY {order}"
        assert shop.rows(wanted) == log.query(wanted).to_pylist()
    assert shop.store.check() == log.check() == {}


def test_every_kind_of_call(shop: Works, tmp_path: Path) -> None:
    events = numbered(EVENTS)
    log = as_file(tmp_path / "e.jsonl", events)
    live(shop, events)
    same(shop, log)
    assert shop.store.facts.properties == log.facts.properties
    assert {row["customer"]: row["traits"] and json.loads(row["traits"]) for row in shop.rows("FROM customers")} == {
        "u1": {"email": "a@b.c", "createdAt": "2024-01-02T03:04:05Z", "address": {"city": "Ulm", "zip": "1"}},
        "u3": {"plan": "only in the context"}, "u2": None, "17": None, "a2": None,
    }  # fmt: skip
    assert [(row["name"], float(row["value"]), row["currency"]) for row in shop.rows(MONEY)] == [
        ("Order Completed", 12.5, "EUR"), ("Order Completed", 19.0, None), ("Order Completed", 8.0, None),
        ("Order Refunded", -3.1, None), ("Donated", 5.0, None),
    ]  # fmt: skip


def test_the_fingerprint_is_the_same(shop: Works, tmp_path: Path) -> None:
    events = numbered([event for event in EVENTS if event["type"] != "group"])
    log = as_file(tmp_path / "e.jsonl", events)
    live(shop, events, 3)
    assert shop.store.facts.fingerprint == log.facts.fingerprint


def test_a_default_currency_is_the_workspaces(shop: Works, tmp_path: Path) -> None:
    shop.store.configure(currency="CHF")
    log = as_file(tmp_path / "e.jsonl", numbered(EVENTS), currency="CHF")
    live(shop, numbered(EVENTS))
    same(shop, log)


@pytest.mark.parametrize("seed", range(2))
def test_whatever_the_order_of_arrival(shop: Works, tmp_path: Path, seed: int) -> None:
    random = Random(seed)
    events = numbered(random.choices(EVENTS, k=40))
    log = as_file(tmp_path / "e.jsonl", events)
    random.shuffle(events)
    live(shop, events, 7)
    same(shop, log)
