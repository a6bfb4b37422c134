"""Whatever was loaded, repeated and taken back: what is maintained equals a rebuild and the truth."""

from __future__ import annotations

import json
from datetime import datetime
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cherish.store.memory import memory
from effort import tries
from store.support import activity, load, load_traits, made_up, orders, rows, seen_activity, seen_orders

IMPORTS = ("first", "second", "third")


class Truth:
    """What the log must hold: per import the events and the ledger of traits that it brought."""

    def __init__(self) -> None:
        self.events: dict[str, dict[str, Any]] = {}
        self.said: list[tuple[str, str, datetime | None, dict[str, Any]]] = []

    def load(self, name: str, events: Any) -> None:
        self.events.setdefault(name, {}).update({event.message_id: event for event in events})

    def say(self, name: str, people: Any) -> None:
        for person in people:
            if (name, *person) not in self.said:
                self.said.append((name, *person))

    def undo(self, name: str) -> None:
        self.events.pop(name, None)
        self.said = [each for each in self.said if each[0] != name]

    @property
    def all(self) -> list[Any]:
        return list({key: event for found in self.events.values() for key, event in found.items()}.values())

    def customers(self) -> dict[str, Any]:
        known: dict[str, Any] = {}
        for who in {event.customer for event in self.all} | {each[1] for each in self.said}:
            stamps = [event.ts for event in self.all if event.customer == who]
            traits: dict[str, Any] = {}
            created = None
            for _, person, at, said in self.said:
                if person == who:
                    traits, created = traits | said, at or created
            first = min([*stamps, *([created] if created else [])], default=None)
            known[who] = (not who.startswith("?"), first, max(stamps, default=None), created, traits)
        return known


def seen_customers(store: Any) -> dict[str, Any]:
    found = store.query(
        "SELECT customer, identified, first_seen, last_seen, created_at, traits FROM customers"
    ).to_pylist()
    return {row["customer"]: (*list(row.values())[1:5], json.loads(row["traits"] or "{}")) for row in found}


def agrees(store: Any, truth: Truth, zone: str) -> None:
    assert store.check() == {}
    assert seen_activity(store, store.activity()) == activity(truth.all, zone)
    assert seen_orders(store, store.orders()) == orders(truth.all, zone)
    assert seen_customers(store) == truth.customers()
    assert len(rows(store, store.events())) == len(truth.all)
    assert {each.name: each.events for each in store.imports()}.keys() >= truth.events.keys()


def step(store: Any, truth: Truth, random: Random, pool: list[Any]) -> None:
    name, act = random.choice(IMPORTS), random.choice(("load", "load", "load", "say", "undo"))
    if act == "undo":
        if name in {each.name for each in store.imports()}:
            before = len(truth.all)
            truth.undo(name)
            assert store.undo(name) == before - len(truth.all)
    elif act == "say":
        people = [
            (f"u{random.randrange(8)}", random.choice([None, datetime(2023, 3, random.randint(1, 28))]),
             {random.choice("ab"): random.randrange(3), "city": random.choice(["Ulm", "Bonn"])})
            for _ in range(random.randrange(4))
        ]  # fmt: skip
        people = list({person[0]: person for person in people}.values())
        load_traits(store, name, people)
        truth.say(name, people)
    else:
        batch = random.choices(pool, k=random.randrange(1, 25))
        fresh = {event.message_id for event in batch} - {event.message_id for event in truth.all}
        loaded = load(store, name, batch)
        assert (loaded.given, loaded.new, loaded.known) == (len(batch), len(fresh), len(batch) - len(fresh))
        truth.load(name, batch)


@tries(4)
@given(
    seed=st.integers(0, 10**6), zone=st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe"])
)
def test_what_is_maintained_equals_a_rebuild_and_the_truth(seed: int, zone: str) -> None:
    random = Random(seed)
    store, truth = memory(), Truth()
    store.configure(zone=zone)
    pool = made_up(random, 60)
    for _ in range(7):
        step(store, truth, random, pool)
    agrees(store, truth, zone)
    store.rebuild()
    agrees(store, truth, zone)


@tries(3)
@given(seed=st.integers(0, 10**6))
def test_the_fingerprint_depends_on_what_is_held_and_not_on_its_way(seed: int) -> None:
    random = Random(seed)
    events = made_up(random, 40)
    at_once, piecemeal = memory(), memory()
    load(at_once, "all", events)
    random.shuffle(events)
    for start in range(0, 40, 7):
        load(piecemeal, f"part {start}", events[max(0, start - 3) : start + 7])
    assert at_once.facts.fingerprint == piecemeal.facts.fingerprint
    piecemeal.undo("part 14")
    assert at_once.facts.fingerprint != piecemeal.facts.fingerprint


def test_loading_the_same_again_changes_nothing() -> None:
    store, events = memory(), made_up(Random(1), 50)
    load(store, "file", events)
    load_traits(store, "people", [("u1", None, {"age": 4})])
    before = store.query("SELECT * FROM events ORDER BY event_id"), store.facts, store.imports()
    again = load(store, "file", events)
    told = load_traits(store, "people", [("u1", None, {"age": 4})])
    assert (again.new, again.known, told.new, told.known) == (0, 50, 0, 1)
    assert (store.query("SELECT * FROM events ORDER BY event_id"), store.facts, store.imports()) == before


def test_a_longer_file_adds_its_new_rows_to_the_import() -> None:
    store, events = memory(), made_up(Random(2), 50)
    load(store, "file", events[:30])
    assert load(store, "file", events).new == 20
    assert [(each.name, each.events) for each in store.imports()] == [("file", 50)]
    assert store.undo("file") == 50
    assert store.facts.rows == dict.fromkeys(("events", "activity", "orders", "customers", "anonymous"), 0)


def test_rows_of_two_imports_stay_under_the_later_one() -> None:
    store, events = memory(), made_up(Random(3), 50)
    load(store, "early", events[:30])
    load(store, "late", events[20:])
    assert [(each.name, each.events) for each in store.imports()] == [("early", 30), ("late", 20)]
    assert store.undo("early") == 20
    assert [(each.name, each.events) for each in store.imports()] == [("late", 30)]
    assert store.check() == {}
    assert store.undo("late") == 30
