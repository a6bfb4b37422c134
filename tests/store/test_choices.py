"""What a person chose for the workspace is stored, versioned, and part of the facts."""

from __future__ import annotations

from datetime import datetime
from random import Random
from typing import Any

import pytest

from cherish.errors import QuestionError
from cherish.spec.relations import ActiveSet
from cherish.store.memory import memory
from store.support import Event, activity, load, load_traits, made_up, rows, seen_activity


@pytest.fixture
def store() -> Any:
    return memory()


def test_another_zone_computes_the_days_anew(store: Any) -> None:
    events = made_up(Random(8), 80)
    load(store, "all", events)
    for zone in ("Asia/Kathmandu", "America/New_York"):
        store.configure(zone=zone)
        assert store.facts.zone == zone
        assert seen_activity(store, store.activity()) == activity(events, zone)
    with pytest.raises(QuestionError, match="'Mars/Olympus' is not a time zone"):
        store.configure(zone="Mars/Olympus")
    assert store.facts.zone == "America/New_York"


def test_currency_and_rates(store: Any) -> None:
    store.configure(currency="EUR", rates={"USD": 0.9})
    assert (store.facts.currency, store.facts.rates) == ("EUR", {"USD": 0.9})


def test_an_active_set_has_versions_and_an_unchanged_one_keeps_its_own(store: Any) -> None:
    assert store.define_active("core", ("Viewed", "Bought")) == ActiveSet("core", ("Viewed", "Bought"), 1)
    assert store.define_active("core", ("Bought", "Viewed")).version == 1
    assert store.define_active("core", ("Bought",)).version == 2
    assert store.facts.active == {"core": ActiveSet("core", ("Bought",), 2)}
    with pytest.raises(QuestionError, match="active set 'core' is empty"):
        store.define_active("core", ())


def test_the_last_outcome_counts(store: Any) -> None:
    for name in ("revenue", "Signed Up", "Signed Up"):
        store.define_outcome(name)
    assert store.facts.outcome == "Signed Up"
    assert store.query("SELECT count(*) AS n FROM definitions").to_pylist() == [{"n": 2}]


def test_undo_gives_back_the_traits_from_before(store: Any) -> None:
    load_traits(store, "crm", [("u1", datetime(2020, 1, 1), {"city": "Ulm", "age": 3}), ("u2", None, {"city": "Bonn"})])
    load_traits(store, "update", [("u1", None, {"city": "Köln"}), ("u3", None, {"city": "Kiel"})])
    people = (
        store.customers(("city", "age"))
        .order_by("customer")
        .select("customer", "traits.city", "traits.age", "created_at")
    )
    seen = [tuple(row.values()) for row in rows(store, people)]
    born = datetime(2020, 1, 1)
    assert seen == [("u1", "Köln", 3.0, born), ("u2", "Bonn", None, None), ("u3", "Kiel", None, None)]
    assert store.undo("update") == 0
    assert [tuple(row.values()) for row in rows(store, people)] == [
        ("u1", "Ulm", 3.0, born),
        ("u2", "Bonn", None, None),
    ]


def test_an_undo_of_nothing_says_what_there_is(store: Any) -> None:
    with pytest.raises(QuestionError, match="no import is called 'x'; there are no imports"):
        store.undo("x")
    load(store, "shop", [Event("m1", "u1", "Seen", datetime(2024, 1, 1))])
    with pytest.raises(QuestionError, match="no import is called 'x'; there are shop"):
        store.undo("x")


def test_who_was_created_before_the_first_event_is_first_seen_then(store: Any) -> None:
    load(store, "shop", [Event("m1", "u1", "Seen", datetime(2024, 3, 1))])
    load_traits(store, "crm", [("u1", datetime(2024, 1, 1), {})])
    seen = rows(store, store.customers())
    assert (seen[0]["first_seen"], seen[0]["last_seen"]) == (datetime(2024, 1, 1), datetime(2024, 3, 1))
