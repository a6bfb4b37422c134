"""Traits with who told them and when: the same fold as the engine's own."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cherish.customers import view
from cherish.customers.rows import document
from cherish.customers.traits import Said, folded
from cherish.store.memory import memory
from customers.small import Clock, company, tell
from effort import tries

LEAVES = st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(["", "a", "b'c", "ü"]) | st.just(1.5)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("xyz"), inner, max_size=3),
    max_leaves=6,
)
TOLD = st.dictionaries(st.sampled_from(["plan", "email", "x/y", "a~b"]), VALUES, max_size=3)
LEDGER = st.lists(TOLD, min_size=1, max_size=6)


def test_each_trait_says_who_told_it_and_when() -> None:
    store = company(memory(clock=Clock()))
    at = {each.name: each.at.replace(tzinfo=UTC) for each in store.imports()}
    found = view(store, "anna", parts=["traits"]).traits or ()
    assert [(each.name, each.value, each.source, each.at) for each in found] == [
        ("email", "Anna@Example.com", "crm", at["crm"]),
        ("name", "Änna Lovelace", "crm", at["crm"]),
        ("plan", "gold", "billing", at["billing"]),
        ("vat", 20, "billing", at["billing"]),
    ]


def test_what_is_told_again_keeps_its_first_source_and_what_is_taken_away_is_gone() -> None:
    store = company(memory(clock=Clock()))
    tell(store, "again", {"anna": {"plan": "gold", "email": None, "vat": 20.0}})
    found = {each.name: each for each in view(store, "anna", parts=["traits"]).traits or ()}
    assert found["plan"].source == "billing"
    assert "email" not in found


def test_an_object_is_merged_key_by_key_and_dated_by_its_last_change() -> None:
    days = [datetime(2024, 1, day, tzinfo=UTC) for day in (1, 2, 3)]
    said: tuple[dict[str, Any], ...] = (
        {"home": {"city": "Lyon", "zip": "1"}},
        {"home": {"zip": None}},
        {"home": {"city": "Lyon"}},
    )
    (home,) = folded(Said(each, f"load {day.day}", day) for each, day in zip(said, days, strict=True))
    assert (home.value, home.source, home.at) == ({"city": "Lyon"}, "load 2", days[1])


@tries(8)
@given(LEDGER)
def test_the_fold_is_the_one_of_the_engine(ledger: list[dict[str, Any]]) -> None:
    store = memory(clock=Clock())
    for place, told in enumerate(ledger):
        tell(store, f"load {place}", {"anna": told})
    (row,) = store.query("SELECT CAST(traits AS VARCHAR) AS traits FROM customers").to_pylist()
    found = view(store, "anna", parts=["traits"]).traits or ()
    assert {each.name: each.value for each in found} == document(row["traits"])
    for each in found:
        # Whoever is named as the source did speak of it.
        assert each.name in ledger[int(each.source.removeprefix("load "))]
