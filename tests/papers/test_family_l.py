"""Family L: Reach, Engage, Activate, Nurture, and the four I's, by the worked example of measures.md."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from cherish.errors import QuestionError, Unanswerable
from cherish.library import Log
from logs import event, log_of

START = datetime(2020, 1, 1, 12)


def day(number: int) -> datetime:
    return START + timedelta(days=number)


def stage(log: Log, number: int, **given: str) -> str:
    rows = log.measure("rean", as_of=day(number).date(), **given).table.to_pylist()
    return {row["customer"]: row["stage"] for row in rows}["ann"]


def journey() -> Log:
    rows = [event("ann", "Page", day(0)), event("ann", "Product Viewed", day(1)),
            event("ann", "Product Viewed", day(2)),
            event("ann", "Order Completed", day(3), value=9, currency="EUR", order_id="1"),
            event("ann", "Order Completed", day(43), value=9, currency="EUR", order_id="2"),
            event("bob", "Email Sent", day(1))]  # fmt: skip
    return Log(log_of(rows))


def test_one_customer_through_all_stages() -> None:
    # A visit: reached. Two product views: engaged. An order: activated. Another 40 days later: nurtured, and still so
    # 77 days after that, but not after 97; the furthest stage ever does not fall back.
    log = journey()
    assert [stage(log, number) for number in (1, 2, 3, 4, 44, 120, 140)] == [
        "reached", "reached", "engaged", "activated", "nurtured", "nurtured", "activated",
    ]  # fmt: skip
    assert [stage(log, number, view="ever") for number in (4, 44, 120, 140)] == ["activated", *["nurtured"] * 3]


def test_a_nurture_event_counts_only_after_the_first_activation() -> None:
    rows = [event("ann", "Product Reviewed", day(1)), event("ann", "Order Completed", day(2), order_id="1")]
    log = Log(log_of(rows))
    assert stage(log, 5) == "activated"
    hours = Log(log_of([*rows, event("ann", "Product Reviewed", day(2) + timedelta(hours=2))]))
    assert (stage(hours, 5), stage(hours, 100)) == ("nurtured", "activated")
    later = Log(log_of([*rows, event("ann", "Product Reviewed", day(4))]))
    assert (stage(later, 5), stage(later, 100), stage(later, 100, view="ever")) == ("nurtured", "activated", "nurtured")


def test_groups_are_shares_of_stages() -> None:
    found = journey().measure("rean", as_of=day(50).date())
    stages = {"none": 0, "reached": 1, "engaged": 0, "activated": 0, "nurtured": 1}
    assert found.headline == {"customers": 2, "known": 2, **stages}


def test_an_engaged_session_can_make_an_engaged_customer() -> None:
    log = Log(log_of([event("ann", "Page", day(0)), event("ann", "Page", day(0) + timedelta(seconds=5)),
                      event("ann", "Order Completed", day(9), order_id="1")]))  # fmt: skip
    assert (stage(log, 5), stage(log, 5, sessions="yes")) == ("reached", "engaged")


def test_what_the_log_lacks_is_named() -> None:
    log = Log(log_of([event("ann", "Page", day(0))]))
    with pytest.raises(Unanswerable, match="activate"):
        log.measure("rean")
    with pytest.raises(QuestionError, match="activate"):
        journey().measure("rean", engage="Order Completed|Product Viewed")


# -- the four I's: percentiles are the share below and half of those alike, 0 for who did nothing -----------------


def told(score: int) -> str:
    return f'{{"instrument": "affection", "item": "affection_1", "score": {score}}}'


def test_the_four_i_s_of_four_customers() -> None:
    rows = [
        *(event(who, "Product Added", day(1)) for who in "aaaabbcc"), event("d", "Email Sent", day(1)),
        event("a", "Product Shared", day(1)), event("b", "Survey Answered", day(1), properties=told(5)),
        event("c", "Survey Answered", day(1), properties=told(2)),
    ]  # fmt: skip
    found = Log(log_of(rows)).measure("four_is", active="Product Added", interactions="Product Added",
                                      as_of=day(3).date())  # fmt: skip
    of = {row["customer"]: row for row in found.table.to_pylist()}
    # Actions 4, 2, 2, 0: below a are 3 of 4 and a half of a itself, 87.5; b and c: 1 below, half of two, 50.
    assert [of[who]["interaction"] for who in "abcd"] == [87.5, 50.0, 50.0, 0.0]
    # Shares 1, 0, 0, 0: three below and half of a.
    assert [of[who]["influence"] for who in "abcd"] == [87.5, 0.0, 0.0, 0.0]
    # Answers 5 and 2 among the two who gave one: 75 and 25.
    assert [of[who]["intimacy"] for who in "abcd"] == [None, 75.0, 25.0, None]
    # Sessions 1, 1, 1, 0 (one below, half of three: 62.5), all of no length at all.
    assert [of[who]["involvement"] for who in "abcd"] == [31.25, 31.25, 31.25, 0.0]
    assert [of[who]["parts"] for who in "abcd"] == [3, 4, 4, 3]
    assert of["a"]["value"] == pytest.approx((31.25 + 87.5 + 87.5) / 3)
    assert of["b"]["value"] == pytest.approx((31.25 + 50 + 75 + 0) / 4)


def test_a_part_that_the_log_cannot_tell_is_left_out_and_said() -> None:
    log = Log(log_of([event("a", "Page", day(0)), event("a", "Product Added", day(0)), event("b", "Page", day(1))]))
    found = log.measure("four_is")
    assert any("can't tell intimacy, influence" in note for note in found.notes)
    assert {row["parts"] for row in found.table.to_pylist()} == {2}
