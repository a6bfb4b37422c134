"""What an operator merges, splits and takes back: everything follows, and everything comes back."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cherish.errors import QuestionError
from cherish.store.keys import Key
from cherish.store.memory import memory
from effort import tries
from identity.calls import Call, at, held, live, load, made_up

NOON = datetime(2024, 4, 1, 12, tzinfo=UTC)


def two_people() -> Any:
    """u1 with a phone and a laptop, u2 with a tablet; u2 came first."""
    store = memory(clock=lambda: NOON)
    calls = [
        Call("m0", at(0), anonymous="tablet"), Call("m1", at(1), user="u2", anonymous="tablet", traits={"a": 1}),
        Call("m2", at(2), anonymous="phone"), Call("m3", at(3), user="u1", anonymous="phone", traits={"a": 2, "b": 1}),
        Call("m4", at(4), user="u1", anonymous="laptop"), Call("m5", at(5), anonymous="laptop"),
    ]  # fmt: skip
    live(store, calls[:3], "one")
    live(store, calls[3:], "two")
    return store


def groups(store: Any) -> set[frozenset[str]]:
    found: dict[int, set[str]] = {}
    for row in store.query("SELECT key, customer_id FROM identities").to_pylist():
        found.setdefault(row["customer_id"], set()).add(row["key"])
    return set(map(frozenset, found.values()))


APART = {frozenset({"u2", "tablet"}), frozenset({"u1", "phone", "laptop"})}
ONE = {frozenset({"u1", "u2", "tablet", "phone", "laptop"})}


def test_a_merge_joins_two_identified_customers_and_its_undo_parts_them() -> None:
    store = two_people()
    before = held(store)
    numbers = store.query("SELECT * FROM identities ORDER BY kind, key")
    edge = store.merge("phone", "u2", "ann")
    assert groups(store) == ONE
    assert store.check() == {}
    assert store.query("SELECT customer, traits FROM customers").to_pylist() == [
        {"customer": "u2", "traits": '{"a":2,"b":1}'}
    ]
    assert store.query("SELECT count(*) AS n FROM events").to_pylist() == [{"n": 6}]
    store.undo_edge(edge)
    assert groups(store) == APART
    assert store.check() == {}
    assert held(store) == before
    assert store.query("SELECT * FROM identities ORDER BY kind, key") == numbers


def test_a_merge_said_again_or_with_oneself_changes_nothing() -> None:
    store = two_people()
    edge = store.merge("u1", "u2", "ann")
    before = store.query("SELECT * FROM edges ORDER BY edge_id")
    assert store.merge("u2", "u1", "bob") == edge
    assert store.merge("u1", "u1", "bob") is None
    assert store.query("SELECT * FROM edges ORDER BY edge_id") == before
    assert groups(store) == ONE


def test_a_split_lets_a_device_stand_by_itself_whatever_is_seen_later() -> None:
    store = two_people()
    before = held(store)
    edge = store.split(Key("anonymous_id", "phone"), "ann")
    assert groups(store) == {frozenset({"u2", "tablet"}), frozenset({"u1", "laptop"}), frozenset({"phone"})}
    assert store.check() == {}
    live(
        store, [Call("m6", at(-9), user="u1", anonymous="phone"), Call("m7", at(9), user="u2", anonymous="phone")], "3"
    )
    assert frozenset({"phone"}) in groups(store)
    assert store.check() == {}
    store.undo_edge(edge)
    assert groups(store) == APART
    assert held(store)["events"].items() >= before["events"].items()
    assert store.check() == {}


def test_a_split_takes_a_user_out_of_a_merge_and_out_of_an_alias_with_its_own_devices() -> None:
    store = two_people()
    store.merge("phone", "tablet", "ann")
    live(store, [Call("m6", at(6), user="u2", previous="u1")], "three")
    assert groups(store) == ONE
    edge = store.split("u1", "ann")
    assert groups(store) == APART
    again = store.merge("u1", "u2", "ann")
    assert groups(store) == ONE, "who merges after a split means it"
    store.undo_edge(again)
    assert groups(store) == APART
    store.undo_edge(edge)
    assert groups(store) == ONE
    assert store.check() == {}


def test_what_can_not_be_split_or_taken_back_is_refused_and_leaves_no_trace() -> None:
    store = two_people()
    before = store.query("SELECT * FROM edges")
    evidence = store.why("u1")[0]
    assert evidence.reason == "seen_together"
    for act, why in (
        (lambda: store.split("u1", "ann"), "nothing to split"),
        (lambda: store.merge("u1", "nobody", "ann"), "no customer has this key"),
        (lambda: store.why("nobody"), "no customer has this key"),
        (lambda: store.undo_edge(99), "no edge 99"),
        (lambda: store.undo_edge(evidence.number), "which events say"),
    ):
        with pytest.raises(QuestionError, match=why):
            act()
    assert store.query("SELECT * FROM edges") == before
    edge = store.merge("u1", "u2", "ann")
    store.undo_edge(edge)
    with pytest.raises(QuestionError, match="2024-04-01 12:00 UTC already"):
        store.undo_edge(edge)


def test_why_tells_the_edges_and_which_of_them_bind() -> None:
    store = two_people()
    live(store, [Call("m6", at(6), user="u2", anonymous="phone")], "three")
    merged = store.merge("u1", "u2", "ann")
    told = {(edge.a.key, edge.b.key, edge.reason, edge.binds) for edge in store.why("laptop")}
    assert told == {
        ("tablet", "u2", "seen_together", True), ("phone", "u1", "seen_together", True),
        ("laptop", "u1", "seen_together", True), ("phone", "u2", "seen_together", False), ("u1", "u2", "merge", True),
    }  # fmt: skip
    store.undo_edge(merged)
    (undone,) = [edge for edge in store.why("u1") if edge.reason == "merge"]
    assert (undone.said_by, undone.binds, undone.at, undone.undone_at) == ("ann", False, NOON, NOON)
    (first, *_) = store.why("u2")
    assert (first.at, first.said_by) == (at(1).replace(tzinfo=UTC), "live 2024-03-01 web")
    assert store.customer_of("anonymous_id", "tablet") == store.customer_of("user_id", "u2")
    assert store.customer_of("user_id", "tablet") is None


@tries(4)
@given(seed=st.integers(0, 10**6))
def test_decisions_taken_back_in_any_order_leave_what_was_before(seed: int) -> None:
    random = Random(seed)
    store = memory()
    load(store, made_up(random, 30))
    keys = [Key(row["kind"], row["key"]) for row in store.query("SELECT kind, key FROM identities").to_pylist()]
    before = held(store)
    made: set[int] = set()
    for _ in range(6):
        try:
            edge = store.split(random.choice(keys), "ann") if random.random() < 0.4 else store.merge(
                random.choice(keys), random.choice(keys), "ann")  # fmt: skip
        except QuestionError:
            continue
        if edge is not None:
            made.add(edge)
    assert store.check() == {}
    for edge in random.sample(sorted(made), len(made)):
        store.undo_edge(edge)
    assert held(store) == before
    assert store.check() == {}
