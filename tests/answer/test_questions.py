"""The two questions: proposals, answers, versions, and refusals that say what there is."""

from __future__ import annotations

from typing import Any

import pytest

from answer.small import shop
from cherish.errors import QuestionError, Unanswerable
from cherish.library import Log
from cherish.questions import define_active, define_outcome, open_questions, settle
from logs import log_of


@pytest.fixture
def store() -> Any:
    return shop()


def test_what_the_company_does_is_not_proposed(store: Any) -> None:
    asked = open_questions(store)
    assert asked.proposed_active == ("Order Completed", "Product Viewed")
    assert {each.name: each.own for each in asked.candidates}["Email Sent"] is False
    assert (asked.proposed_outcome, asked.stored_active, asked.stored_outcome) == ("revenue", None, None)
    assert asked.outcomes[:3] == ("revenue", "orders", "activity")


def test_without_orders_activity_matters() -> None:
    from datetime import datetime

    from logs import event

    assert open_questions(log_of([event("a", "Visit", datetime(2024, 1, 1))])).proposed_outcome == "activity"
    with pytest.raises(Unanswerable, match="cherish import"):
        open_questions(log_of([]))


def test_answers_are_stored_with_a_version_and_named_by_results(store: Any) -> None:
    assert str(settle(store).active) == "core@1"
    assert str(settle(store).active) == "core@1"
    assert str(settle(store, ["Order Completed"], "orders").active) == "core@2"
    result = Log(store).measure("active_days")
    assert result.name == "active_days(active=core@2)@1"
    assert result.about["outcome"] == "orders"
    # What was answered stays where nothing else is said.
    assert settle(store).outcome == "orders"


def test_refusals(store: Any) -> None:
    for call, says in (
        (lambda: settle(store, ["Bought"]), "no event is called 'Bought'"),
        (lambda: settle(store, None, "fame"), "no outcome is called 'fame'"),
        (lambda: define_active(store, "a|b", ["Order Completed"]), "can't hold"),
        (lambda: define_active(store, "Order Completed", ["Product Viewed"]), "is an event's name"),
        (lambda: define_active(store, "readers", []), "at least one event"),
        (lambda: define_outcome(store, "fame"), "there are revenue, orders, activity"),
    ):
        with pytest.raises(QuestionError, match=says.replace("|", r"\|")):
            call()
    assert str(define_active(store, "lookers", ["Product Viewed"])) == "lookers@1"
    assert Log(store).report("actives", active="lookers").name.startswith("actives(active=lookers@1")
