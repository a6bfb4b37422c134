"""Sessions a second time: one customer's events after another in plain Python, under every combination of switches."""

from __future__ import annotations

import hashlib
import itertools
import json
import uuid
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cherish.points.relations.sessions import COLUMNS, Sessions
from cherish.spec.view import View
from effort import tries
from logs import event, log_of

START = datetime(2024, 10, 26, 20, 30)
ZONE = "Europe/Berlin"
"""The clocks go back in the first night."""
MICROSECOND, SECOND, MINUTE = timedelta(microseconds=1), timedelta(seconds=1), timedelta(minutes=1)
GAPS = (
    timedelta(0), MICROSECOND, 4 * SECOND, 10 * SECOND, 10 * SECOND + MICROSECOND, 3 * MINUTE, 29 * MINUTE,
    30 * MINUTE - MICROSECOND, 30 * MINUTE, 30 * MINUTE + MICROSECOND, 200 * MINUTE,
)  # fmt: skip
NAMES = ("Page Viewed", "Clicked", "Order Completed", "Email Sent", "Screen Viewed")
CAMPAIGNS = (None, None, "spring", "summer", "")
REFERRERS = (None, None, "", "search", "(direct)")


@dataclass(frozen=True)
class Row:
    event: str
    ts: datetime
    name: str
    campaign: str | None
    referrer: str | None


def sessions(rows: list[Row], rule: Sessions) -> Iterator[list[Row]]:
    """One customer's own events in order, cut where the rule says."""
    lengths = timedelta(seconds=rule.max_length or 0)
    pause = timedelta(seconds=rule.timeout)
    session: list[Row] = []
    run, campaign = START, None
    for row in sorted((row for row in rows if row.name != "Email Sent"), key=lambda row: (row.ts, row.event)):
        cut = not session
        if session:
            gap = row.ts - session[-1].ts
            cut = gap >= pause if rule.boundary == "ge" else gap > pause
            cut |= rule.midnight_reset and local(row.ts).date() != local(session[-1].ts).date()
        if row.campaign:
            cut |= rule.campaign_split is not None and row.campaign != campaign
            campaign = row.campaign
        if cut:
            run = row.ts
        elif rule.max_length:
            cut = multiple(row.ts - run, lengths, rule) != multiple(session[-1].ts - run, lengths, rule)
        if cut and session:
            yield session
            session = []
        session.append(row)
    if session:
        yield session


def local(ts: datetime) -> datetime:
    return ts.replace(tzinfo=UTC).astimezone(ZoneInfo(ZONE))


def multiple(elapsed: timedelta, length: timedelta, rule: Sessions) -> int:
    if rule.boundary == "ge":
        return elapsed // length
    return max(-(-elapsed // length) - 1, 0)


def expected(session: list[Row], rule: Sessions) -> Iterator[dict[str, Any]]:
    """Each row's columns, told from the rows of its session up to it."""
    begin = session[0].ts
    before: list[Row] = []
    for row in session:
        upto = [*before, row]
        yield {
            "ts": row.ts,
            "begin": begin,
            "opens": not before,
            "view": is_view(row),
            "microseconds": (row.ts - before[-1].ts) // MICROSECOND if before else 0,
            "seconds": (row.ts - before[-1].ts) / SECOND if before else 0.0,
            "views_so_far": views(upto),
            "goal": is_goal(row),
            "first_goal": is_goal(row) and not any(map(is_goal, before)),
            "becomes_engaged": engaged(upto) and not engaged(before),
            "becomes_deep": views(upto) > rule.views_over >= views(before),  # type: ignore[operator]
            "becomes_long": length(upto) > rule.minutes_over * MINUTE >= length(before),  # type: ignore[operator]
            "direct": None if before else not any(known(each) for each in (row.campaign, row.referrer)),
        }
        before = upto


def is_view(row: Row) -> bool:
    return row.name in ("Page Viewed", "Screen Viewed")


def is_goal(row: Row) -> bool:
    return row.name == "Order Completed"


def views(rows: list[Row]) -> int:
    return sum(map(is_view, rows))


def length(rows: list[Row]) -> timedelta:
    return rows[-1].ts - rows[0].ts if rows else timedelta(0)


def engaged(rows: list[Row]) -> bool:
    return bool(rows) and (length(rows) > 10 * SECOND or any(map(is_goal, rows)) or views(rows) >= 2)


def known(text: str | None) -> bool:
    return text not in (None, "", "(direct)")


@st.composite
def streams(draw: st.DrawFn) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    numbers = itertools.count()
    for user in ("ann", "bob", "cem", "dee"):
        at = START + draw(st.integers(0, 300)) * MINUTE
        for gap in draw(st.lists(st.sampled_from(GAPS), min_size=1, max_size=40)):
            at += gap
            told = [draw(st.sampled_from(each)) for each in (NAMES, CAMPAIGNS, REFERRERS)]
            found[user].append(Row(str(next(numbers)), at, *told))  # type: ignore[arg-type]
    return found


def loaded(found: dict[str, list[Row]]) -> Any:
    """The log of these rows."""
    rows = []
    # At least one of each property, so that the log has it.
    for user, acts in (*found.items(), ("eve", [Row("e", START, "Clicked", "spring", "search")])):
        for act in acts:
            told = {"campaign": act.campaign, "referrer": act.referrer}
            properties = json.dumps({name: value for name, value in told.items() if value is not None})
            rows.append(event(user, act.name, act.ts, properties=properties, message_id=act.event))
    return log_of(rows, ZONE)


def by_event(found: dict[str, list[Row]]) -> dict[str, list[Row]]:
    """The same rows under the ids that a store gives their events: equal times are ordered by them."""

    def own(row: Row) -> Row:
        return replace(row, event=str(uuid.UUID(hashlib.md5(f"test\x1f{row.event}".encode()).hexdigest())))

    return {user: [own(row) for row in rows] for user, rows in found.items()}


RULES = tuple(
    Sessions(boundary=boundary, midnight_reset=midnight, campaign_split=split, max_length=most, timeout=timeout,
             views_over=1.5, minutes_over=12.0)
    for boundary in ("ge", "gt") for midnight in (False, True) for split in (None, "campaign")
    for most in (None, 3600, 7200) for timeout in (1800, 180)
)  # fmt: skip


def check(store: Any, found: dict[str, list[Row]], rule: Sessions, as_of: datetime | None = None) -> None:
    view = View.of(store, as_of=as_of)
    names = store.query("SELECT customer_id, customer FROM customers").to_pylist()
    name = {row["customer_id"]: row["customer"] for row in names}
    made: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in store.run(rule.rows(view).order_by("ts", "event_id")).to_pylist():
        made[name[row.pop("customer_id")]].append(row)
    made.pop("eve", None)
    wanted: dict[str, list[dict[str, Any]]] = {}
    for user, rows in found.items():
        past = [row for row in rows if as_of is None or row.ts < as_of.replace(tzinfo=None)]
        told = [row for session in sessions(past, rule) for row in expected(session, rule)]
        if told:
            wanted[user] = told
    assert made.keys() == wanted.keys()
    for user, told in wanted.items():
        for here, there in zip(made[user], told, strict=True):
            here.pop("event_id")
            assert here == there, f"{user} under {rule}"


@tries(5)
@given(streams())
def test_every_combination_of_switches(found: dict[str, list[Row]]) -> None:
    store = loaded(found)
    with store.session():
        for rule in RULES:
            check(store, by_event(found), rule)


@tries(3)
@given(streams(), st.integers(0, 1500))
def test_rows_up_to_a_moment_are_what_was_known_then(found: dict[str, list[Row]], minutes: int) -> None:
    store, as_of = loaded(found), (START + minutes * MINUTE).replace(tzinfo=UTC)
    with store.session():
        for rule in RULES[::5]:
            check(store, by_event(found), rule, as_of)
            whole = Sessions.rows(rule, View.of(store))
            later = store.run(whole.filter(whole.ts < as_of.replace(tzinfo=None)).order_by("event_id"))
            then = store.run(rule.rows(View.of(store, as_of=as_of)).order_by("event_id"))
            assert later.equals(then)


@pytest.mark.parametrize("column", COLUMNS)
def test_a_column_alone_is_the_same_as_among_all(column: str) -> None:
    rows = [Row(str(n), START + n * n * MINUTE, NAMES[n % 5], CAMPAIGNS[n % 3], None) for n in range(40)]
    store, rule = loaded({"ann": rows}), replace(RULES[-1], views_over=1.0)
    alone = store.run(rule.rows(View.of(store), (column, "event_id")).order_by("event_id"))
    among = store.run(rule.rows(View.of(store)).order_by("event_id"))
    assert alone[column].equals(among[column])
