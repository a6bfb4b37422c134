"""Properties and traits as typed columns: by what all their values are, whatever their names."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest

from cherish.store.memory import memory
from store.support import Event, load, load_traits, rows

ODD = ("plain", "with space", "a.b", 'quo"te', "it's", "sla/sh", "til~de", "", "ünïcode", "$path[0]", "0")


def noted(number: int, **properties: Any) -> Event:
    return Event(f"m{number}", "u1", "Seen", datetime(2024, 1, 1, number), properties=json.dumps(properties))


def test_types_follow_the_values() -> None:
    store = memory()
    load(store, "a", [
        noted(0, price=1, ok=True, code="7", mixed=1, list=[1], gone=None),
        noted(1, price=2.5, ok=False, code="x", mixed="one", list=[2]),
        noted(2),
    ])  # fmt: skip
    assert store.facts.properties == {"code": "string", "mixed": "string", "ok": "boolean", "price": "float64"}
    events = store.events(("price", "ok", "mixed")).order_by("ts")
    assert rows(store, events.select("properties.price", "properties.ok", "properties.mixed")) == [
        {"properties.price": 1.0, "properties.ok": True, "properties.mixed": "1"},
        {"properties.price": 2.5, "properties.ok": False, "properties.mixed": "one"},
        {"properties.price": None, "properties.ok": None, "properties.mixed": None},
    ]


def test_a_later_load_can_widen_a_type_and_undo_narrows_it() -> None:
    store = memory()
    load(store, "numbers", [noted(0, size=1)])
    load(store, "words", [noted(1, size="XL")])
    assert store.facts.properties == {"size": "string"}
    store.undo("words")
    assert store.facts.properties == {"size": "float64"}


@pytest.mark.parametrize("name", ODD)
def test_any_name_can_be_asked(name: str) -> None:
    store = memory()
    load(store, "a", [noted(0, **{name: "there", "other": "no"})])
    load_traits(store, "b", [("u1", None, {name: 3, "other": 4})])
    event, person = store.events((name,)), store.customers((name,))
    assert rows(store, event.select(f"properties.{name}")) == [{f"properties.{name}": "there"}]
    assert rows(store, person.select(f"traits.{name}")) == [{f"traits.{name}": 3.0}]


def test_plain_and_promoted_relations_join_in_one_statement() -> None:
    store = memory()
    load(store, "a", [noted(0, price=2), noted(1, price=4)])
    load_traits(store, "b", [("u1", None, {"city": "Ulm"})])
    events, people = store.events(("price",)), store.customers(("city",))
    both = events.inner_join(people, "customer_id").group_by("traits.city").agg(most=events["properties.price"].max())
    assert rows(store, both) == [{"traits.city": "Ulm", "most": 4.0}]
    assert store.query(store.sql(both)).to_pylist() == rows(store, both)
