"""Campaigns with lots, clicks, owners and prices, of which the random company has none, on every engine alike."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pytest

from cherish.library import Log
from cherish.store.table import TableLog
from conformance.engines import ENGINES, REFERENCE, placed
from conformance.suite import equal
from papers.test_family_y_campaigns import END, SMALL, drawn, on, order

OFFER = {"campaign": "shop: offer", "owner": "shop", "product_id": "p1"}
CROSSING = [
    on("a", "Email Sent", 0, campaign="crm: may", owner="crm"), on("a", "Email Sent", 0.5, **OFFER, price=10.0),
    on("a", "Email Sent", 2, **OFFER, price=8.5), on("a", "Complaint Created", 2.5),
    on("a", "Email Sent", 3, campaign="cart reminder"), order("a", 2.9, 5), on("a", "Email Delivered", 3.1, **OFFER),
]  # fmt: skip
ASKED = (
    ("campaigns", {}), ("campaigns", {"campaign": "spring", "window": "14d"}), ("carpet", {"show": "campaigns"}),
    ("collisions", {}),
)  # fmt: skip


def log_on(engine: str) -> Log:
    made = [*SMALL, *CROSSING, *drawn(2.0, people=120, leak=3)]
    own = ("user_id", "name", "ts", "value", "currency", "order_id")
    rows = [{**{name: row[name] for name in own}, **json.loads(row["properties"] or "{}")} for row in made]
    kinds = {"ts": pa.timestamp("us"), "value": pa.decimal128(18, 4), "price": pa.float64()}
    names = list(dict.fromkeys(name for row in rows for name in row))
    table = pa.table({name: pa.array([row.get(name) for row in rows], kinds.get(name, pa.string())) for name in names})
    roles = {"customer": "user_id"} | {name: name for name in ("ts", "name", "value", "currency", "order_id")}
    return Log(TableLog.of(placed(engine, table, "campaigns_of_a_shop"), zone="America/New_York", **roles))


@pytest.mark.parametrize("engine", ENGINES)
def test_campaigns_are_told_alike(engine: str) -> None:
    def told(log: Log, name: str, given: Any) -> dict[str, Any]:
        found = log.report(name, as_of=END, **given)
        return {"rows": found.table.to_pylist(), "headline": dict(found.headline), "notes": list(found.notes)}

    one, other = log_on(engine), log_on(REFERENCE)
    for name, given in ASKED:
        expected = told(other, name, given)
        assert expected["rows"]
        equal(told(one, name, given), expected, f"{name}({given}) on {engine}")
