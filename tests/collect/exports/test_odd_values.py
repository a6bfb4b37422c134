"""Odd values in every field of every tool's export: nothing breaks, and every row is taken, rejected or set aside."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cherish.collect.exports import registry
from cherish.collect.importing import import_files

ODD = [
    None, "", " ", 0, -1, 10**30, 1.5e308, True, [], {}, [None], [[1]], {"a": {"b": [1]}}, "x" * 5_000,
    "\u202eevil\u200b", "'; DROP TABLE file; --", '{"a":', "NaN", "1969-12-31", "9999-99-99T99:99:99Z", "🙂", "$.a[0]",
    "/~1~0",
]  # fmt: skip
AT = "2024-01-02T10:00:00Z"

ROWS: dict[str, dict[str, Any]] = {
    "mixpanel": {
        "event": "Buy",
        "properties": {"time": 1602611311, "distinct_id": "u1", "$insert_id": "i", "$device_id": "d"},
    },
    "amplitude": {
        "event_type": "Buy", "event_time": "2024-01-02 10:00:00", "user_id": "u1", "device_id": "d", "amplitude_id": 1,
        "$insert_id": "i", "event_properties": {"a": 1}, "user_properties": {"b": 2}, "city": "Bern",
    },
    "posthog": {
        "uuid": "1", "event": "$identify", "distinct_id": "u1", "timestamp": AT, "person_properties": {"a": 1},
        "properties": {"$device_id": "d", "$set": {"a": 1}, "$is_identified": True},
    },
    "cherish": {
        "eventId": "e", "type": "identify", "event": "Order Completed", "userId": "u1", "anonymousId": "a",
        "groupId": "g", "previousId": "p", "timestamp": AT, "receivedAt": AT, "originalTimestamp": AT,
        "properties": {"revenue": 1}, "traits": {"a": 1}, "context": {"ip": "1"}, "value": 12.5, "currency": "EUR",
        "orderId": "o", "source": "web",
    },
    "segment": {
        "type": "track", "messageId": "m", "timestamp": AT, "receivedAt": AT, "originalTimestamp": AT, "event": "Buy",
        "userId": "u1", "anonymousId": "a", "properties": {"revenue": 1}, "traits": {"a": 1}, "context": {"ip": "1"},
        "groupId": "g", "previousId": "p",
    },
    "ga4": {
        "event_name": "purchase", "event_timestamp": "1704189600123456", "user_pseudo_id": "1.2", "user_id": "u1",
        "event_params": [{"key": "value", "value": {"double_value": 1.5}}], "ecommerce": {"transaction_id": "T"},
        "items": [{"item_id": "A", "price": 1, "quantity": "1"}], "user_properties": [],
    },
    "stripe": {
        "id": "ch", "object": "charge", "amount": 100, "amount_refunded": 10, "currency": "eur", "created": 1706820000,
        "captured": True, "status": "succeeded", "customer": "c", "billing_details": {"email": "a@x.org"},
        "metadata": {},
    },
    "klaviyo": {
        "data": [{
            "type": "event", "id": "e", "attributes": {"datetime": AT, "uuid": "u", "event_properties": {"a": 1}},
            "relationships": {"profile": {"data": {"id": "P"}}, "metric": {"data": {"type": "metric", "id": "K"}}},
        }],
        "included": [{"type": "metric", "id": "K", "attributes": {"name": "Opened Email"}}],
    },
    "mailchimp": {
        "campaign_id": "c", "list_id": "l", "email_id": "h", "email_address": "a@x.org",
        "activity": [{"action": "open", "timestamp": AT}],
    },
    "customerio": {
        "event_id": "1", "object_type": "email", "metric": "sent", "timestamp": 1704189600,
        "data": {"customer_id": "u1", "identifiers": {"id": "u1"}, "delivery_id": "D"},
    },
    "braze": {
        "event_type": "users.messages.email.Open", "id": "b", "time": 1704189600, "user": {"external_user_id": "u1"},
        "properties": {"campaign_id": "c", "email_address": "a@x.org"},
    },
}  # fmt: skip
TABLES: dict[str, dict[str, str]] = {
    "shopify": {
        "Name": "#1", "Email": "a@x.org", "Financial Status": "paid", "Currency": "EUR", "Subtotal": "20.00",
        "Created at": "2024-01-02 10:00:00 +0000", "Lineitem quantity": "2", "Lineitem name": "Tea",
        "Lineitem price": "10.00", "Lineitem sku": "T", "Cancelled at": "", "Refunded Amount": "5.00",
    },
    "stripe": {
        "id": "ch", "Created date (UTC)": "2024-01-02 10:00:00", "Amount": "20.00", "Amount Refunded": "5.00",
        "Currency": "eur", "Captured": "true", "Status": "Paid", "Customer ID": "c", "Customer Email": "a@x.org",
    },
}  # fmt: skip


def changed(value: Any) -> Iterator[Any]:
    """The same value with one thing in it odd, each thing in turn, at every depth."""
    yield from ODD
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from ({**value, key: each} for each in changed(inner))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from ([*value[:place], each, *value[place + 1 :]] for each in changed(inner))


def accounted(summary: Any, at_least: int) -> None:
    out = sum(summary.rejected.values()) + sum(summary.set_aside.values())
    assert summary.rows_read == summary.rows_taken + out
    assert summary.rows_read >= at_least, "no line disappears"
    assert summary.rows_taken > 0


@pytest.mark.parametrize("tool", ROWS)
def test_in_json(store: Any, tmp_path: Path, tool: str) -> None:
    rows = [{**ROWS[tool], key: each} for key, value in ROWS[tool].items() for each in changed(value)]
    if tool == "stripe":
        # Charges have ids of their own, as orders must.
        rows = [row if row["id"] != "ch" else {**row, "id": f"ch{number}"} for number, row in enumerate(rows)]
    path = tmp_path / "odd.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in [ROWS[tool], *rows]))
    # An empty list holds nothing.
    empty = sum(row.get("data") == [] or row.get("activity") == [] for row in rows)
    accounted(import_files(store, path, tool=tool, reject_share=1.0, currency="EUR"), len(rows) + 1 - empty)


@pytest.mark.parametrize("tool", TABLES)
def test_in_csv(store: Any, tmp_path: Path, tool: str) -> None:
    base = TABLES[tool]
    odd = [each if isinstance(each, str) else json.dumps(each) for each in ODD]
    rows = [{**base, key: each} for key in base for each in odd]
    identity = "Name" if tool == "shopify" else "id"
    for number, row in enumerate(rows):
        row[identity] = row[identity] if row[identity] != base[identity] else f"{base[identity]}{number}"
    text = io.StringIO()
    writer = csv.DictWriter(text, list(base))
    writer.writeheader()
    writer.writerows(rows)
    (tmp_path / "odd.csv").write_text(text.getvalue())
    summary = import_files(store, tmp_path / "odd.csv", tool=tool, reject_share=1.0)
    accounted(summary, len(rows))
    assert all(money.gross >= -money.refunded for money in summary.money), "nothing goes back that was not sold"


def test_every_tool_is_tried() -> None:
    assert {*ROWS, *TABLES} == set(registry.tools())
