"""Whichever plan answers, a definition has one value: at a moment, at personal moments, on every day of a trend."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cherish.points import personal, trend
from cherish.points.at import evaluate, fitted
from cherish.points.measure import Asked
from cherish.spec.calendar import day_from, day_number
from cherish.spec.registry import find, names
from cherish.spec.view import View
from effort import tries
from logs import event, log_of
from properties.world import COMPANIONS, TALK, same, talk

START = datetime(2023, 3, 20)
ONCE = tries(2)
PARTS = range(3)
"""The measures are asked a third at a time: together their statements take longer to plan than to run."""
MEASURES = names("measure")
KINDS = ["Page", "Page", "", "", "", "Order Completed", "Order Completed", "Order Refunded", "Order Cancelled"]


@st.composite
def random_logs(draw: Any) -> list[dict[str, Any]]:
    """Events of a few customers over forty days, around a clock change, with refunds before and after their orders."""
    rows = []
    for number in range(draw(st.integers(1, 40))):
        user = f"u{draw(st.integers(0, 4))}"
        ts = START + timedelta(minutes=draw(st.integers(0, 40 * 24 * 60)))
        kind = draw(st.sampled_from(KINDS))
        if kind == "Page":
            rows.append(event(user, kind, ts, properties='{"referrer": "https://search.example/", "seconds": 7}'))
            continue
        if kind == "":
            rows += talk(Random(number), user, ts, number)
            continue
        order = f"o{draw(st.integers(0, 12))}" if kind != "Order Completed" else f"o{number}"
        money = {"Order Completed": 10 + number, "Order Refunded": -3, "Order Cancelled": 0}[kind]
        rows.append(event(user, kind, ts, order_id=order, value=money, currency="EUR"))
    rows += [event("u0", name, START) for name in ("Page", "Email Sent")]
    rows.append(event("u0", "Order Completed", START, order_id="first", value=7, currency="EUR"))
    # Every name that a definition may ask for is there from the start.
    rows += [each for name in TALK for each in talk(Random(0), "u0", START, 0, name)]
    return [{**row, "message_id": f"m{place}"} for place, row in enumerate(rows)]


def variants(name: str) -> list[Any]:
    """The definition with its defaults and with a narrow window, as far as it has one."""
    kind = find("measure", name)
    own = {each.name for each in kind.parameters()}
    # Models are not fitted on so few customers.
    given = {key: value for key, value in COMPANIONS.items() if key in own and key.endswith("_given")}
    return [kind.of(**given), kind.of(window="7d", **given)] if "window" in own else [kind.of(**given)]


@pytest.mark.parametrize("part", PARTS)
@ONCE
@given(rows=random_logs(), zone=st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kolkata"]))
def test_a_trend_is_the_moments_one_by_one(part: int, rows: list[dict[str, Any]], zone: str) -> None:
    log = log_of(rows, zone)
    view = View.of(log)
    asked = _asked(log, view, part)
    days = (view.day - 21, view.day - 8, view.day - 1)
    alone = {day: log.run(evaluate(_at_end_of(view, day), asked)).to_pylist() for day in days}
    for each in asked:
        trended = log.run(trend.evaluate(view, each, days[0], days[-1])).to_pylist()
        by_day = {day_number(row["day"]): row for row in trended}
        assert len(by_day) == days[-1] - days[0] + 1
        for day, people in alone.items():
            known = [row for row in people if row[f"{each.name}_why"] is None]
            assert by_day[day]["customers"] == len(people)
            for part in ("x", "y"):
                same(by_day[day][part], sum(row[f"{each.name}_{part}"] for row in known), f"{each.name} on day {day}")


def _at_end_of(view: View, day: int) -> View:
    return replace(view, as_of=view.calendar.starts(day_from(day + 1)))


def _asked(log: Any, view: View, part: int) -> list[Asked]:
    return [Asked(name, measure, fitted(view, Asked(name, measure), log.run)) for name, measure in _everything(part)]


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("whole", [True, False])
def test_personal_moments_are_the_moments_one_by_one(whole: bool, part: int) -> None:
    @ONCE
    @given(random_logs(), st.lists(st.tuples(st.integers(0, 4), st.integers(0, 39 * 24 * 60)), min_size=1, max_size=4))
    def check(rows: list[dict[str, Any]], wanted: list[tuple[int, int]]) -> None:
        log = log_of(rows, "America/New_York")
        view = View.of(log)
        asked = _asked(log, view, part)
        ids = {row["customer"]: row["customer_id"] for row in log.run(view.customers()).to_pylist()}
        points = [(ids[f"u{user}"], _moment(view, minutes, whole)) for user, minutes in wanted if f"u{user}" in ids]
        table = pa.table({
            "point": pa.array(range(len(points)), pa.int64()),
            "customer_id": pa.array([each[0] for each in points], pa.int64()),
            "moment": pa.array([each[1] for each in points], pa.timestamp("us")),
        })  # fmt: skip
        found = log.run(personal.evaluate(view, log.temporary(table), asked, whole=whole)).to_pylist()
        for row in found:
            then = replace(view, as_of=row["moment"].replace(tzinfo=UTC))
            alone = {each["customer_id"]: each for each in log.run(evaluate(then, asked)).to_pylist()}
            if row["customer_id"] in alone:
                expected = alone[row["customer_id"]]
                expected.pop("customer")
                same({key: row[key] for key in expected}, expected, str(row["moment"]))

    check()


def _everything(part: int) -> list[tuple[str, Any]]:
    return [(f"{name}{number}", each) for name in MEASURES[part::3] for number, each in enumerate(variants(name))]


def _moment(view: View, minutes: int, whole: bool) -> datetime:
    moment = START + timedelta(minutes=minutes)
    if not whole:
        return moment
    return view.calendar.starts(moment.date()).replace(tzinfo=None)


@pytest.mark.parametrize("part", PARTS)
@ONCE
@given(rows=random_logs(), minutes=st.integers(0, 40 * 24 * 60))
def test_nothing_after_the_moment_can_be_seen(part: int, rows: list[dict[str, Any]], minutes: int) -> None:
    moment = START + timedelta(minutes=minutes)
    before = [row for row in rows if row["ts"] < moment]
    same(_values(rows, moment, part), _values(before, moment, part) if before else {}, str(moment))


def _values(rows: list[dict[str, Any]], moment: datetime, part: int) -> dict[str, Any]:
    log = log_of(rows, "Asia/Kolkata")
    view = replace(View.of(log), as_of=moment.replace(tzinfo=UTC))
    found = log.run(evaluate(view, _asked(log, view, part))).to_pylist()
    return {row["customer"]: {key: value for key, value in row.items() if key != "customer_id"} for row in found}


def test_customers_without_rows_stay_as_zero_or_null_with_a_reason() -> None:
    log = log_of([event("quiet", "Page", START), event("busy", "Page", START + timedelta(days=39))])
    view = View.of(log)
    asked = [
        Asked("days", find("measure", "active_days").of(window="7d")),
        Asked("last", find("measure", "recency").of(window="7d")),
    ]
    quiet = {row["customer"]: row for row in log.run(evaluate(view, asked)).to_pylist()}["quiet"]
    assert (quiet["days_y"], quiet["last_y"], quiet["last_why"]) == (0, None, "never_active")
    assert day_from(view.day) == (START + timedelta(days=40)).date()
