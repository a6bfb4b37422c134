"""What is asked before and after a merge is what data say that had the right ids from the start."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from functools import partial
from random import Random
from typing import Any

import pytest

from cherish.errors import CherishError
from cherish.library import Log
from cherish.query import Query
from cherish.spec.view import end_of_data
from cherish.store.memory import memory
from identity.calls import Call, live, load, made_up, named, partition

QUESTIONS = (
    "measure/recency", "measure/active_days", "measure/frequency", "measure/monetary", "measure/tenure",
    "report/actives?windows=1|3", "report/growth?unit=day", "report/retention?unit=day", "report/lifecycle?unit=day",
    "report/sessions", "report/funnel?steps=Page Viewed|Order Completed", "report/revenue?unit=day", "measure/rfm",
)  # fmt: skip


def calls() -> list[Call]:
    """Calls whose customers are made of several keys; two users that only an operator knows to be one."""
    random = Random(7)
    made = made_up(random, 120, people=12)
    return [replace(call, traits={}, value=call.value and call.value + Decimal(number)) for number, call in
            enumerate(made)]  # fmt: skip


def with_right_ids(calls: list[Call], same: dict[str, str] | None = None) -> list[Call]:
    """The same events, each carrying nothing but its customer's one id."""
    groups = partition(calls)
    owner = {key: named(group, calls) for key, group in groups.items()}
    users = {key.key for key in owner if key.kind == "user_id"}

    def right(call: Call) -> Call:
        who = (same or {}).get(owner[call.key], owner[call.key])
        ids = {"user": who, "anonymous": None} if who in users else {"user": None, "anonymous": who}
        return replace(call, previous=None, **ids)

    return [right(call) for call in calls]


def answers(store: Any) -> dict[str, Any]:
    """Every question's rows in no order, with all that names no customer's number, or why there are none."""
    end = end_of_data(store.facts).isoformat()
    asked = {question: Query.from_url(question).changed(as_of=end) for question in QUESTIONS}
    return {question: _answer(partial(Log(store).ask, query)) for question, query in asked.items()}


def _answer(ask: Callable[[], Any]) -> Any:
    try:
        result = ask()
    except CherishError as error:
        return f"{type(error).__name__}: {error}"
    rows = [{name: value for name, value in row.items() if name != "customer_id"} for row in result.table.to_pylist()]
    return sorted(map(str, rows)), str(result.headline)


def test_before_and_after_devices_are_joined_with_users() -> None:
    everything = calls()
    anonymous = [call for call in everything if call.user is None]
    store = memory()
    live(store, anonymous, "visits")
    assert answers(store) == answers(loaded(with_right_ids(anonymous)))
    live(store, [call for call in everything if call.user is not None], "sign-ups")
    found = answers(store)
    assert found == answers(loaded(with_right_ids(everything)))
    assert sum(isinstance(each, tuple) for each in found.values()) == len(QUESTIONS), found


def test_before_and_after_an_operators_merge_and_after_its_undo() -> None:
    everything = calls()
    store = loaded(everything)
    first = answers(store)
    a, b = sorted(("u3", "u4"), key=lambda user: min(call.ts for call in everything if call.user == user))
    edge = store.merge(b, a, "ann")
    after = answers(store)
    assert after == answers(loaded(with_right_ids(everything, {b: a})))
    assert after != first
    store.undo_edge(edge)
    assert answers(store) == first


@pytest.mark.parametrize("seed", [1, 2])
def test_a_file_says_the_same_of_everybody_as_the_stream(seed: int) -> None:
    made = [replace(call, traits={}) for call in made_up(Random(seed), 80)]
    streamed = memory()
    for number in range(0, 80, 16):
        live(streamed, made[number : number + 16], f"claim {number}")
    assert answers(streamed) == answers(loaded(made))


def loaded(calls: list[Call]) -> Any:
    store = memory()
    load(store, calls)
    return store
