"""Google Analytics 4: repeated records, microseconds, purchases, and twins without an id."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from cherish.collect.importing import import_files
from collect.exports.conftest import Bring, Brought

# 1,704,189,600 s = 19,724 days (2024-01-02) and 36,000 s = 10:00.
AT = "1704189600123456"


def params(**values: Any) -> list[dict[str, Any]]:
    kinds = {str: "string_value", int: "int_value", float: "double_value"}
    return [
        {"key": key, "value": {kinds[type(value)]: str(value) if isinstance(value, int) else value}}
        for key, value in values.items()
    ]


def event(name: str, held: list[dict[str, Any]], **fields: Any) -> dict[str, Any]:
    return {
        "event_date": "20240102", "event_timestamp": AT, "event_name": name, "event_params": held, "user_id": None,
        "user_pseudo_id": "123.456", "ecommerce": None, "items": [], "user_properties": [], **fields,
    }  # fmt: skip


PURCHASE = event(
    "purchase", params(currency="EUR", value=12.5, ga_session_id=17), user_id="u1",
    ecommerce={"transaction_id": "T1", "purchase_revenue": 12.5, "shipping_value": 4.0},
    items=[{"item_id": "A", "item_name": "Tea", "price": 6.25, "quantity": "2"}], device={"category": "mobile"},
)  # fmt: skip


def test_a_purchase(bring: Bring) -> None:
    (one,) = bring("events.jsonl", [PURCHASE]).events()
    assert (one["name"], one["order_id"], one["value"], one["currency"]) == (
        "Order Completed",
        "T1",
        Decimal("12.5"),
        "EUR",
    )
    assert (one["user_id"], one["anonymous_id"]) == ("u1", "123.456")
    assert one["ts"] == datetime(2024, 1, 2, 10, 0, 0, 123_456)
    assert one["properties"]["ga_session_id"] == 17
    (product,) = one["properties"]["products"]
    assert (product["product_id"], product["name"], product["price"], product["quantity"]) == ("A", "Tea", 6.25, 2)
    assert one["context"] == {"device": {"category": "mobile"}}


def test_a_refund_and_an_order_without_an_id(bring: Bring) -> None:
    back = event("refund", params(currency="EUR", value=5.0), ecommerce={"transaction_id": "T1", "refund_value": 5.0},
                 event_timestamp="1704189700000000", user_id="u1")  # fmt: skip
    nameless = event("purchase", params(currency="EUR", value=3.0), ecommerce={"transaction_id": "(not set)"})
    found = bring("events.jsonl", [PURCHASE, back, nameless])
    rows = found.store.query("SELECT order_id, value FROM orders ORDER BY value").to_pylist()
    assert [each["value"] for each in rows] == [Decimal(3), Decimal("7.5")]
    assert rows[0]["order_id"].startswith("row-")


def test_pages_products_and_own_names(bring: Bring) -> None:
    rows = [
        event("page_view", params(page_location="https://x.org/a", page_title="A")), event("view_item", []),
        event("newsletter_popup", params(shown="yes")), event("first_visit", []),
    ]  # fmt: skip
    found = {each["name"]: each for each in bring("events.jsonl", rows).events()}
    assert set(found) == {"Page Viewed", "Product Viewed", "newsletter_popup", "first_visit"}
    assert found["Page Viewed"]["properties"]["url"] == "https://x.org/a"
    assert found["newsletter_popup"]["properties"] == {"shown": "yes"}


def test_twins_are_two_and_a_day_exported_again_adds_nothing(bring: Bring, store: Any, tmp_path: Path) -> None:
    view = event("page_view", params(page_location="https://x.org/a"))
    assert len(bring("day.jsonl", [view, view]).events()) == 2
    # Google fills in where a visit came from for days: the same events, told with more.
    later = [view | {"traffic_source": {"medium": "organic"}}] * 2
    (tmp_path / "later.jsonl").write_text("".join(json.dumps(each) + "\n" for each in later))
    assert import_files(store, tmp_path / "later.jsonl").events_new == 0


def test_parquet_with_records(store: Any, tmp_path: Path) -> None:
    path = tmp_path / "events_20240102.parquet"
    value = "{'string_value': NULL::VARCHAR, 'int_value': 17::BIGINT, 'double_value': NULL::DOUBLE}"
    columns = (
        f"{AT}::BIGINT AS event_timestamp, 'scroll' AS event_name, [{{'key': 'depth', 'value': {value}}}] "
        "AS event_params, NULL::VARCHAR AS user_id, '123.456' AS user_pseudo_id"
    )
    duckdb.connect().execute(f"COPY (SELECT {columns}) TO '{path}' (FORMAT parquet)")
    (one,) = Brought(import_files(store, path), store).events()
    assert (one["name"], one["properties"], one["ts"]) == (
        "scroll",
        {"depth": 17},
        datetime(2024, 1, 2, 10, 0, 0, 123_456),
    )


def test_rejects(bring: Bring) -> None:
    rows = [PURCHASE, event("a", [], event_timestamp="never"), event("b", [], user_pseudo_id=None)]
    found = bring("events.jsonl", rows)
    assert dict(found.summary.rejected) == {"time: not a possible time": 1}
    assert dict(found.summary.set_aside) == {"no customer": 1}
