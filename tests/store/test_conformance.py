"""One suite, every log: the file, the memory and a table of the same events give the same answers."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any

import ibis
import pyarrow as pa
import pytest

from cherish.errors import MappingError
from cherish.spec.filters import Filter
from cherish.spec.relations import ACTIVITY, ORDERS, schema
from cherish.spec.view import View
from cherish.store.duckdb import DuckDBStore
from cherish.store.memory import memory
from cherish.store.table import TableLog
from store.support import activity, arrow, load, made_up, orders, rows, seen_activity, seen_orders

EVENTS = [event for event in made_up(Random(11), 120) if event.identified]
ROLES = {name: name for name in ("ts", "name", "value", "currency", "order_id")}
ZONE = "Europe/Berlin"


def stored(store: Any) -> Any:
    store.configure(zone=ZONE)
    load(store, "all", EVENTS)
    return store


def plain() -> pa.Table:
    return arrow(event.row() for event in EVENTS).drop_columns(["properties", "context", "anonymous_id"])


def in_polars(monkeypatch: Any) -> Any:
    # Ibis guards against a hole in pyarrow versions that we don't allow; its guard is an empty module for ours.
    monkeypatch.setitem(
        sys.modules, "pyarrow_hotfix", sys.modules.get("pyarrow_hotfix") or ModuleType("pyarrow_hotfix")
    )
    pytest.importorskip("polars")
    return TableLog.of(ibis.polars.connect().create_table("t", plain()), customer="user_id", zone=ZONE, **ROLES)


@pytest.fixture(params=["file", "memory", "table", "polars"])
def log(request: Any, tmp_path: Path, monkeypatch: Any) -> Any:
    if request.param == "file":
        return stored(DuckDBStore(tmp_path))
    if request.param == "memory":
        return stored(memory())
    if request.param == "polars":
        return in_polars(monkeypatch)
    engine = memory()
    return TableLog.of(engine.temporary(plain()), customer="user_id", zone=ZONE, engine=engine, **ROLES)


def test_facts(log: Any) -> None:
    facts = log.facts
    assert facts.zone == ZONE
    assert (facts.first, facts.last) == (
        min(event.ts for event in EVENTS).replace(tzinfo=UTC), max(event.ts for event in EVENTS).replace(tzinfo=UTC),
    )  # fmt: skip
    assert facts.names == {name: sum(e.name == name for e in EVENTS) for name in {event.name for event in EVENTS}}
    currencies = {name: {event.currency for event in EVENTS if event.name == name} for name in facts.names}
    assert facts.name_currencies == {name: len(found) for name, found in currencies.items()}
    assert facts.rows["customers"] == len({event.customer for event in EVENTS})
    assert (facts.rows["events"], facts.rows["anonymous"], facts.live) == (len(EVENTS), 0, False)
    assert facts.fingerprint == log.facts.fingerprint
    found = [each[7] for each in orders(EVENTS, ZONE).values()]
    assert facts.currencies == {currency: found.count(currency) for currency in set(found) - {None}}


def test_relations_hold_what_the_events_say(log: Any) -> None:
    moment = datetime(2023, 3, 26, 7, 20, tzinfo=UTC)
    view, past = View.of(log, moment), [event for event in EVENTS if event.ts < moment.replace(tzinfo=None)]
    assert seen_activity(log, view.activity()) == activity(past, ZONE)
    assert seen_orders(log, view.orders()) == orders(past, ZONE)
    seen = {row["customer"]: row["first_seen"] for row in rows(log, view.customers())}
    assert seen == {who: min(e.ts for e in past if e.customer == who) for who in {e.customer for e in past}}


def test_answers_have_the_promised_types(log: Any) -> None:
    view = View.of(log)
    for table, columns in ((view.activity(), ACTIVITY), (view.orders(), ORDERS)):
        chosen = table.select(*columns)
        assert chosen.schema() == schema(columns)
        answer = log.run(chosen).schema
        assert answer.field("value").type == pa.decimal128(18, 4)
        assert answer.field("customer_id").type == pa.int64()
        assert answer.field("day").type == pa.date32()
    counts = view.activity().agg(n=view.activity().n.sum())
    assert log.run(counts).schema.field("n").type == pa.int64()


def test_filters_and_breakdowns(log: Any) -> None:
    view = View.of(log, filters=(Filter.parse("currency=EUR"),))
    by = rows(log, view.orders().group_by("currency").agg(n=view.orders().count()))
    held = {event.order_id for event in EVENTS if event.order_id and event.currency == "EUR"}
    assert [row["currency"] for row in by] == ["EUR"]
    assert by[0]["n"] <= len(held)
    table = View.of(log).activity(by=("name",))
    assert {row["by_1"] for row in rows(log, table)} == set(log.facts.names)


def test_a_table_of_ours_joins_with_the_relations(log: Any) -> None:
    days = log.temporary(pa.table({"order_id": ["o0", "o1", "none"], "arm": ["a", "b", "c"]}))
    placed = View.of(log).orders()
    joined = placed.inner_join(days, "order_id").select("order_id", "arm")
    there = set(orders(EVENTS, ZONE)) & {"o0", "o1"}
    assert {row["order_id"]: row["arm"] for row in rows(log, joined)} == {
        order: {"o0": "a", "o1": "b"}[order] for order in there
    }


def test_the_fingerprint_of_a_table_is_order_free_and_sees_a_change() -> None:
    engine, table = memory(), plain()

    def of(rows: pa.Table) -> str:
        log = TableLog.of(engine.temporary(rows), customer="user_id", engine=engine, **ROLES)
        return log.facts.fingerprint

    backwards = table.take(list(range(len(table)))[::-1])
    later = [
        moment + timedelta(microseconds=1 if not place else 0) for place, moment in enumerate(table["ts"].to_pylist())
    ]
    moved = table.set_column(table.column_names.index("ts"), "ts", pa.array(later, pa.timestamp("us")))
    assert of(table) == of(backwards)
    assert of(table) != of(moved)
    assert of(table) != of(table.slice(1))


def test_a_table_says_which_column_it_lacks() -> None:
    engine = memory()
    table = engine.temporary(plain())
    with pytest.raises(MappingError, match=r"value='amount': the table has no such column; there are message_id, type"):
        TableLog.of(table, customer="user_id", ts="ts", value="amount", engine=engine)
    with pytest.raises(MappingError, match=r"ts='name' holds string; give a column of dates or timestamps"):
        TableLog.of(table, customer="user_id", ts="name", engine=engine)


def test_columns_without_a_role_are_properties_and_a_constant_names_every_row() -> None:
    engine = memory()
    days = pa.array([datetime(2024, 1, day) for day in (1, 2, 3)], pa.timestamp("us"))
    visits = pa.table({"who": [7, 7, 9], "when": days, "city": ["Ulm", "Bonn", "Ulm"], "stars": [5, 3, 1]})  # fmt: skip
    log = TableLog.of(engine.temporary(visits), customer="who", ts="when", name="Visited", engine=engine)
    assert log.facts.properties == {"city": "string", "stars": "float64"}
    assert log.facts.names == {"Visited": 3}
    seen = rows(log, log.events(("stars",)).order_by("ts").select("customer_id", "user_id", "properties.stars"))
    assert seen[0] == {"customer_id": 7, "user_id": "7", "properties.stars": 5.0}
