"""Names as people call them by now: every answer is that of a log whose events had these names from the start."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from cherish import verify
from cherish.answer import answer
from cherish.errors import QuestionError
from cherish.library import Log
from cherish.query import Query
from cherish.spec.relations import ACTIVITY, ORDERS
from cherish.spec.vocabulary import Action
from logs import add, event, log_of
from noise.agreeing import answers
from properties.world import START, World, rows_of, same, world

SEED = 23
OLD = {
    "Order Completed": "Order Complete", "Order Refunded": "refund", "Page": "page_v1", "Email Sent": "Mail",
    "Content Viewed": "Post Seen",
}  # fmt: skip
"""What this company's first programmers called things."""


def as_sent(made: World, old: Mapping[str, str] = OLD) -> World:
    return replace(made, rows=tuple({**row, "name": old.get(row["name"], row["name"])} for row in made.rows))


def rename(store: Any, *names: str, to: str) -> None:
    store.say(Action("rename", names, to=to))


@cache
def right() -> tuple[World, Log]:
    made = world(SEED)
    return made, made.log()


@cache
def renamed() -> Log:
    made, _ = right()
    log = as_sent(made).log()
    for now, old in OLD.items():
        rename(log.store, old, to=now)
    return log


def test_every_definition_answers_as_if_the_names_had_been_right_from_the_start() -> None:
    made, expected = right()
    for found, other in answers(renamed(), expected, made):
        assert found.notes == other.notes


def test_facts_days_and_orders_are_the_same_too() -> None:
    _, expected = right()
    facts, other = renamed().facts, expected.facts
    for field in ("first", "last", "names", "currencies", "name_currencies", "rows", "properties"):
        assert getattr(facts, field) == getattr(other, field), field
    for relation, columns in (("activity", ACTIVITY), ("orders", ORDERS)):
        found, wanted = (
            sorted(log.store.run(getattr(log.store, relation)().select(*columns)).to_pylist(), key=str)
            for log in (renamed(), expected)
        )
        assert found == wanted


def test_what_comes_later_under_the_old_name_is_read_by_the_new_one() -> None:
    made, expected = right()
    half = len(made.rows) // 2
    sent = as_sent(made)
    store = log_of(sent.rows[:half], "Asia/Kolkata")
    for now, old in OLD.items():
        rename(store, old, to=now)
    rows = [{**row, "message_id": f"m{half + place}"} for place, row in enumerate(sent.rows[half:])]
    add(store, rows, "later")
    assert store.check() == {}
    assert store.facts.names == expected.facts.names
    found = Log(store).measure("monetary", as_of=made.moments[0])
    same(rows_of(found), rows_of(log_without_people(made).measure("monetary", as_of=made.moments[0])), "monetary")


def log_without_people(made: World) -> Log:
    return Log(log_of(made.rows, "Asia/Kolkata"))


def test_calls_get_the_money_and_the_order_that_their_new_name_gives_them() -> None:
    """From properties alone, as live events are: 12.50 and 3 of it back, without an order's id twice."""
    told = {"total": 14.5, "tax": 2, "currency": "EUR", "order_id": "o1"}
    rows = [
        event("anna", "bought", START, properties=json.dumps(told), order_id="o1"),
        event("anna", "gave back", START.replace(hour=12), properties=json.dumps({"total": 3, "order_id": "o1"}),
              order_id="o1"),
        event("ben", "bought", START, properties='{"revenue": "7.25"}', value=7.25),
    ]  # fmt: skip
    store = log_of(rows)
    assert store.run(store.orders()).num_rows == 0
    rename(store, "bought", to="Order Completed")
    rename(store, "gave back", to="Order Refunded")
    found = store.run(store.orders().select("order_id", "gross", "refunded", "currency", "completed")).to_pylist()
    by_id = {each.pop("order_id"): each for each in found}
    assert {name: str(value) for name, value in by_id.pop("o1").items()} == {
        "gross": "12.5000", "refunded": "-3.0000", "currency": "EUR", "completed": "True",
    }  # fmt: skip
    ((own, bens),) = by_id.items()
    assert own.startswith("row-")
    assert (str(bens["gross"]), bens["currency"]) == ("7.2500", None)
    assert store.check() == {}
    store.merge("anna", "ben", "me")
    assert store.check() == {}
    for _ in range(2):
        store.unsay()
    assert store.run(store.orders()).num_rows == 0
    assert store.check() == {}


def test_merged_names_count_as_one_and_come_apart_again() -> None:
    rows = [event("anna", name, START.replace(minute=place)) for place, name in enumerate(("a", "b", "b", "c"))]
    store = log_of(rows)
    before = store.facts
    rename(store, "a", "b", to="both")
    assert store.facts.names == {"both": 3, "c": 1}
    assert store.run(store.activity()).num_rows == 2
    rename(store, "both", to="all")
    assert store.facts.names == {"all": 3, "c": 1}
    assert store.vocabulary().names[0].sent_as == ("a", "b", "both")
    assert store.unsay().to == "all"
    assert store.unsay(1).to == "both"
    assert store.facts == before
    assert store.check() == {}


def test_active_sets_and_the_outcome_follow_the_new_names() -> None:
    made, _ = right()
    sent = as_sent(made)
    log, expected = Log(log_of(sent.rows, "Asia/Kolkata")), log_without_people(made)
    for each, names in ((log, OLD), (expected, {name: name for name in OLD})):
        each.store.define_active("core", (names["Page"], names["Order Completed"]))
        each.store.define_outcome(names["Order Completed"])
    for now, old in OLD.items():
        rename(log.store, old, to=now)
    assert (log.facts.active, log.facts.outcome) == (expected.facts.active, expected.facts.outcome)
    found, other = (each.measure("active_days", as_of=made.moments[0]) for each in (log, expected))
    same(rows_of(found), rows_of(other), "active_days")
    assert found.name == other.name


def test_what_is_hidden_takes_no_part() -> None:
    made, _ = right()
    lost = [row for row in made.rows if row["name"] not in ("Page", "Order Refunded")]
    log, expected = (Log(log_of(rows, "Asia/Kolkata")) for rows in (made.rows, lost))
    for name in ("Page", "Order Refunded"):
        log.store.say(Action("hide", (name,)))
    assert log.store.check() == {}
    assert log.facts.names == expected.facts.names
    for name in ("recency", "monetary", "active_days", "sessions"):
        for as_of in made.moments:
            found, other = log.measure(name, as_of=as_of), expected.measure(name, as_of=as_of)
            same(rows_of(found), rows_of(other), name)
    hidden = [each for each in log.store.vocabulary().names if each.hidden]
    assert {each.name: each.count for each in hidden} == {
        name: sum(row["name"] == name for row in made.rows) for name in ("Page", "Order Refunded")
    }
    log.store.say(Action("show", ("Page",)))
    assert "Page" in log.facts.names


def test_a_hidden_property_is_no_field_any_more() -> None:
    store = log_of([event("anna", "Page", START, properties='{"mood": "good", "seconds": 3}')])
    store.say(Action("describe", ("mood",), of="property", text="as they say"))
    store.say(Action("hide", ("mood",), of="property"))
    assert list(store.facts.properties) == ["seconds"]
    assert store.vocabulary().properties == {"mood": "as they say"}
    with pytest.raises(QuestionError, match="mood"):
        Log(store).report("actives", where="properties.mood=good")


def test_a_figure_notices_other_names_and_comes_out_again_without_them() -> None:
    made, _ = right()
    store = log_of(made.rows, "Asia/Kolkata")
    before = verify.of_result(answer(store, Query.from_args("report", "actives", {"active": "Page"})))
    rename(store, "Page", to="Page Seen")
    causes = {each.cause for each in verify.reproduce(store, before).differences}
    assert causes == {"unanswered"}
    actives = verify.of_result(answer(store, Query.from_args("report", "revenue")))
    store.say(Action("hide", ("Order Completed",)))
    assert {each.cause for each in verify.reproduce(store, actives).differences} <= {"reading", "unanswered"}
    store.unsay()
    store.unsay()
    assert verify.reproduce(store, before).differences == ()
    store.say(Action("describe", ("Page",), text="somebody looked at a page"))
    assert answer(store, Query.from_args("report", "revenue")).fingerprint == before[0].fingerprint


@pytest.mark.parametrize(
    ("action", "message"),
    [
        (Action("rename", ("nothing",), to="b"), "'nothing' is no event here"),
        (Action("rename", ("Page",), to="Signed Up"), "cherish events merge"),
        (Action("rename", ("Page",), to="Page"), "has this name already"),
        (Action("show", ("Page",)), "is not hidden"),
        (Action("describe", ("mood",), of="property", text="x"), "no event has a property 'mood'"),
        (Action("rename", ("seconds",), of="property", to="s"), "properties keep their names"),
    ],
)
def test_what_can_not_be_said_is_refused_and_changes_nothing(action: Action, message: str) -> None:
    store = log_of([event("anna", "Page", START, properties='{"seconds": 1}'), event("anna", "Signed Up", START)])
    before = store.facts
    with pytest.raises(QuestionError, match=message):
        store.say(action)
    assert store.facts == before
    with pytest.raises(QuestionError, match="nothing to take back"):
        store.unsay()
