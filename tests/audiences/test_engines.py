"""A rule is the same on every engine: tables of DuckDB and of Polars as logs, beside the store that keeps days."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import ibis
import pyarrow as pa
import pytest

from cherish.audiences.bucket import place, place_of
from cherish.audiences.members import members
from cherish.audiences.reading import of_plain
from cherish.spec.view import View
from cherish.store.table import TableLog
from logs import event, log_of

START = datetime(2024, 1, 1, 8)
ROWS = [
    (f"c{number % 23}", ("Page", "Order Completed", "Page Viewed")[number % 3], START + timedelta(hours=7 * number),
     number % 40, f"o{number}" if number % 3 == 1 else None)
    for number in range(300)
]  # fmt: skip
RULES: list[dict[str, Any]] = [
    {"did": {"event": "Order Completed", "within": "30d", "count": {"at_least": 2}}},
    {"did_not": {"event": "Page", "last": {"below": 6}}},
    {"measure": "monetary", "top": "30%"},
    {"measure": "rfm", "at_least": 9},
    {"bucket": {"salt": "spring", "of": 10, "below": 4}},
    {"all": [{"did": {"event": "Order Completed", "sum": {"above": 60}}},
             {"not": {"measure": "recency", "bottom": "20%"}},
             {"any": [{"bucket": {"salt": "a", "of": 3, "below": 2}}, {"measure": "active_days", "below": 6}]}]},
]  # fmt: skip


def kept() -> Any:
    return log_of(
        event(who, name, ts, value=value if name == "Order Completed" else None, order_id=order, currency="EUR")
        for who, name, ts, value, order in ROWS
    )


def table(backend: Any) -> Any:
    columns = dict(zip(("who", "what", "at", "paid", "no"), zip(*ROWS, strict=True), strict=True))
    made = pa.table({**columns, "at": pa.array(columns["at"], pa.timestamp("us"))})
    paid = [value if name == "Order Completed" else None for _, name, _, value, _ in ROWS]
    made = made.set_column(3, "paid", pa.array(paid, pa.decimal128(18, 4))).append_column("cur", [["EUR"] * len(ROWS)])
    return TableLog.of(
        backend.create_table("events", made), customer="who", ts="at", name="what", value="paid", order_id="no",
        currency="cur",
    )  # fmt: skip


def names_of(log: Any, rule: dict[str, Any]) -> list[str]:
    view = View.of(log, datetime(2024, 3, 20, tzinfo=UTC))
    people = view.customers().select("customer_id", "customer")
    return sorted(view.log.run(people.semi_join(members(view, of_plain(rule)), "customer_id"))["customer"].to_pylist())


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_every_engine_finds_the_same_customers(rule: dict[str, Any]) -> None:
    expected = names_of(kept(), rule)
    assert 0 < len(expected) < 23
    assert names_of(table(ibis.duckdb.connect()), rule) == expected


def test_a_lot_is_the_same_in_plain_python() -> None:
    people = ["anna", "Zoë", "", "naïve ☃", "7", "x" * 300]
    log = kept()
    relation = log.temporary(pa.table({"customer": people}))
    for salt, of in (("a", 10), ("spring 2024", 10_000), ("", 1_000_000)):
        found = log.run(relation.select("customer", place=place(relation.customer, salt, of))).to_pylist()
        assert {row["customer"]: row["place"] for row in found} == {each: place_of(each, salt, of) for each in people}


def test_lots_are_even() -> None:
    # 20,000 customers in 10 places: each holds 2,000 give or take four standard deviations (42.4 each).
    counts = [0] * 10
    for number in range(20_000):
        counts[place_of(f"customer-{number}", "spring", 10)] += 1
    assert all(abs(count - 2_000) < 170 for count in counts)
