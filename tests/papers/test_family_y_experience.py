"""Family Y: experience by involvement, and quantity beside quality, by worked examples."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from cherish.errors import QuestionError, Unanswerable
from cherish.library import Log
from logs import event, log_of

START = datetime(2024, 1, 1, 12)


def answer(who: str, instrument: str, score: int, day: int) -> dict[str, Any]:
    told = json.dumps({"instrument": instrument, "item": instrument, "score": score})
    return event(who, "Survey Answered", START + timedelta(days=day), properties=told)


def attended(who: str, what: str, day: int = 1) -> dict[str, Any]:
    return event(who, "Event Attended", START + timedelta(days=day), properties=json.dumps({"content_id": what}))


def test_four_corners() -> None:
    rows = [
        attended("ann", "tasting"), attended("ann", "tour"), attended("ann", "tour", 2), answer("ann", "joy", 1, 1),
        answer("ann", "joy", 5, 2), attended("bob", "tour"), answer("bob", "joy", 5, 1), attended("cleo", "tour"),
        attended("cleo", "talk"), answer("cleo", "joy", 2, 1), attended("dan", "tour"), answer("dan", "joy", 1, 1),
        attended("eve", "tour"),
    ]  # fmt: skip
    log = Log(log_of(rows))
    found = log.measure("experience_involvement", emotion="joy", low="1", high="5", told_by="content_id")
    of = {row["customer"]: (row["experiences"], row["involvement"], row["stage"]) for row in found.table.to_pylist()}
    # Experiences 2, 1, 2, 1, 1: median 1. Involvement (score - 1) / 4 of the latest answer: 1, 1, .25, 0, median .625.
    assert of == {
        "ann": (2, 1.0, "many, close"), "bob": (1, 1.0, "few, close"), "cleo": (2, 0.25, "many, distant"),
        "dan": (1, 0.0, "few, distant"), "eve": (1, None, None),
    }  # fmt: skip
    assert "medians: experiences 1, involvement 0.625" in found.notes
    assert (found.headline["known"], found.headline["customers"], found.headline["null_involvement_unknown"]) == (
        4,
        5,
        1,
    )
    # By name everybody had one kind of experience only.
    by_name = log.measure("experience_involvement", emotion="joy", low="1", high="5")
    assert {row["experiences"] for row in by_name.table.to_pylist()} == {1}


def test_whoever_gave_no_answer_is_known_by_the_stars_of_a_review() -> None:
    def review(who: str, stars: int, day: int) -> dict[str, Any]:
        return event(who, "Product Reviewed", START + timedelta(days=day), properties=json.dumps({"rating": stars}))

    rows = [attended("ann", "tour"), answer("ann", "joy", 5, 1), review("ann", 1, 3), attended("bob", "tour"),
            review("bob", 1, 1), review("bob", 4, 2), attended("cleo", "tour"), review("cleo", 9, 2)]  # fmt: skip
    log = Log(log_of(rows))
    found = log.measure("experience_involvement", emotion="joy", low="1", high="5").table.to_pylist()
    assert {row["customer"]: row["involvement"] for row in found} == {"ann": 1.0, "bob": 0.75, "cleo": None}
    only_stars = Log(log_of(rows[3:])).measure("experience_involvement").table.to_pylist()
    assert {row["customer"]: row["involvement"] for row in only_stars} == {"bob": 0.75, "cleo": None}


def test_a_scale_that_nobody_tells_is_asked_for() -> None:
    log = Log(log_of([attended("ann", "tour"), answer("ann", "joy", 5, 2)]))
    with pytest.raises(QuestionError, match="low and high"):
        log.measure("experience_involvement", emotion="joy")
    with pytest.raises(Unanswerable, match="no answers to surveys"):
        Log(log_of([attended("ann", "tour")])).measure("experience_involvement")


def test_quantity_and_quality_are_two_ranks() -> None:
    rows = [
        *(event("ann", "Page", START) for _ in range(9)), answer("ann", "satisfaction", 2, 1),
        answer("ann", "satisfaction", 4, 2), event("bob", "Page", START), answer("bob", "satisfaction", 5, 1),
        *(event("cleo", "Page", START) for _ in range(3)), event("dan", "Email Sent", START),
    ]  # fmt: skip
    found = Log(log_of(rows)).measure("quantity_quality", active="Page")
    of = {row["customer"]: row for row in found.table.to_pylist()}
    # Interactions 9, 1, 3, 0 of four: 87.5, 37.5, 62.5 and nothing; satisfaction 3 and 5 of two: 25 and 75.
    assert [of[who]["quantity"] for who in ("ann", "bob", "cleo", "dan")] == [87.5, 37.5, 62.5, 0.0]
    assert [of[who]["quality"] for who in ("ann", "bob", "cleo", "dan")] == [25.0, 75.0, None, None]
    assert [of[who]["value"] for who in ("ann", "bob", "cleo")] == [56.25, 56.25, None]
    assert of["cleo"]["why"] == "quality_unknown"


def test_quantity_counts_what_the_customer_began() -> None:
    # A click on a mail and the order an hour later are the mail's doing, an answer is quality and not quantity, and a
    # mail is the company's: of six rows one is left.
    rows = [
        event("ann", "Email Clicked", START), event("ann", "Order Completed", START + timedelta(hours=1), order_id="1"),
        event("ann", "Order Completed", START + timedelta(hours=25), order_id="2"), event("ann", "Email Sent", START),
        answer("ann", "satisfaction", 5, 2), event("bob", "Email Sent", START), answer("bob", "satisfaction", 1, 1),
    ]  # fmt: skip
    found = Log(log_of(rows)).measure("quantity_quality", active="Order Completed|Email Sent|Survey Answered")
    of = {row["customer"]: row["interactions"] for row in found.table.to_pylist()}
    assert of == {"ann": 1, "bob": 0}


def test_only_the_items_of_an_instrument_count() -> None:
    rows = [event("ann", "Page", START), answer("ann", "satisfaction", 2, 1), event("bob", "Page", START)]
    strange = json.dumps({"instrument": "satisfaction", "item": "parking", "score": 5})
    rows += [event(who, "Survey Answered", START + timedelta(days=2), properties=strange) for who in ("ann", "bob")]
    log = Log(log_of(rows))
    found = {row["customer"]: row for row in log.measure("quantity_quality", active="Page").table.to_pylist()}
    assert (found["ann"]["satisfaction"], found["bob"]["satisfaction"]) == (2.0, None)
    with pytest.raises(
        QuestionError, match=r"'satisfaction.parking': satisfaction has no item 'parking'; it has satis"
    ):
        log.measure("quantity_quality", active="Page", satisfaction="satisfaction.parking")
    with pytest.raises(QuestionError, match="affection has no item 'joy'; it has affection_1"):
        log.measure("experience_involvement", emotion="affection.joy", experiences="Page")
