"""The timeline: newest first, every event on one page and on no other, also while new ones arrive."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cherish.customers import Wanted, cursor, view
from cherish.customers.timeline import Event, Timeline
from cherish.errors import QuestionError
from cherish.store.memory import memory
from customers.small import START, company, load, staged
from effort import tries

MINUTES = st.lists(st.integers(0, 12), min_size=1, max_size=25)
"""So few minutes that several events share one."""


def page(store: Any, key: str = "anna", **wanted: Any) -> Timeline:
    found = view(store, key, parts=["timeline"], wanted=Wanted(**wanted)).timeline
    assert found is not None
    return found


def rows(minutes: list[int], start: str) -> list[dict[str, Any]]:
    at = (START + timedelta(minutes=each) for each in minutes)
    return [staged("Page", each, "anna", message_id=f"{start}{place}") for place, each in enumerate(at)]


def ids(store: Any) -> set[str]:
    return set(
        store.query("SELECT CAST(event_id AS VARCHAR) AS id FROM events WHERE user_id = 'anna'")["id"].to_pylist()
    )


@tries(12)
@given(MINUTES, st.lists(MINUTES, max_size=3), st.integers(1, 7))
def test_pages_give_every_event_once_while_others_arrive(there: list[int], news: list[list[int]], limit: int) -> None:
    store = memory()
    load(store, "web", [*rows(there, "m"), staged("Page", START, "other")])
    before, after = ids(store), None
    seen: list[Event] = []
    for place in range(100):
        found = page(store, limit=limit, after=after)
        assert len(found.events) <= limit
        seen += found.events
        after = found.after
        if after is None:
            break
        if place < len(news):
            load(store, f"news {place}", rows(news[place], f"n{place}-"))
    counts = Counter(each.id for each in seen)
    assert set(counts.values()) == {1}
    assert before <= set(counts) <= ids(store)
    assert [each.at for each in seen] == sorted((each.at for each in seen if each.at), reverse=True)


def test_an_event_is_told_as_it_came() -> None:
    (found,) = page(company(), names=("Order Refunded",)).events
    assert found == Event(
        id=found.id, type="track", name="Order Refunded", at=found.at, received_at=found.at, source="test",
        user_id="anna", anonymous_id=None, value=found.value, currency="EUR", order_id="o2",
    )  # fmt: skip
    assert str(found.value) == "-20.2500"


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ({"names": ("Page",)}, ["Page", "Page"]),
        ({"names": ("Page", "Order Refunded")}, ["Order Refunded", "Page", "Page"]),
        ({"types": ("group",)}, ["Acme"]),
        ({"types": ("page",), "names": ("Acme",)}, []),
        ({"names": ("it's none",)}, []),
        # 31 March has 23 hours in Berlin: from 30 March 23:00 to 31 March 22:00 UTC, which holds the order at 15:00.
        ({"since": date(2024, 3, 31), "until": date(2024, 3, 31)}, ["Order Completed"]),
        # Of 1 April: the refund at 3:00, the order in dollars at 13:00, the last order at 23:00.
        ({"since": date(2024, 4, 1), "until": date(2024, 4, 1)}, ["Order Completed"] * 2 + ["Order Refunded"]),
        ({"until": date(2024, 3, 29)}, []),
    ],
)
def test_filters(wanted: dict[str, Any], names: list[str]) -> None:
    assert [each.name for each in page(company(), **wanted).events] == names


@pytest.mark.parametrize(
    ("instant", "inside"),
    [("2024-03-30T22:59:59.999999", False), ("2024-03-30T23:00", True), ("2024-03-31T21:59:59.999999", True),
     ("2024-03-31T22:00", False)],
)  # fmt: skip
def test_a_day_is_the_local_one(instant: str, inside: bool) -> None:
    store = memory()
    store.configure(zone="Europe/Berlin")
    load(store, "web", [staged("Page", datetime.fromisoformat(instant), "anna")])
    found = page(store, since=date(2024, 3, 31), until=date(2024, 3, 31))
    assert len(found.events) == int(inside)


def test_a_page_that_holds_all_has_no_other_behind_it() -> None:
    store = memory()
    load(store, "web", rows([1, 2, 3], "m"))
    assert page(store, limit=3).after is None
    assert page(store, limit=2).after is not None


BROKEN = (
    "x", "a" * 9_000, "é", "e30", "' OR 1=1 --", cursor.written([1]), cursor.written((1, "no id")),
    cursor.written((10**30, "0" * 32)), cursor.written((2**62, "00000000-0000-0000-0000-000000000000")),
)  # fmt: skip


@pytest.mark.parametrize("after", BROKEN)
def test_a_cursor_that_no_page_gave_is_refused(after: str) -> None:
    with pytest.raises(QuestionError, match="this cursor is none that a page gave"):
        page(company(), after=after)


@pytest.mark.parametrize(
    ("wanted", "message"),
    [({"limit": 0}, "limit=0"), ({"limit": 1_001}, "limit=1001: ask for 1 to 1,000"),
     ({"since": date(2024, 2, 1), "until": date(2024, 1, 1)}, "no day lies between"),
     ({"until": date.max}, "until=9999-12-31"), ({"since": date.min}, "since=0001-01-01")],
)  # fmt: skip
def test_what_cannot_be_wanted_is_refused(wanted: dict[str, Any], message: str) -> None:
    with pytest.raises(QuestionError, match=message):
        Wanted(**wanted)
