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
