"""Family F: Peterson's visitor engagement index, by the worked example (arithmetic shown in measures.md, T16)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cherish.errors import QuestionError, Unanswerable
from cherish.library import Log
from logs import event, log_of

MOMENT = datetime(2008, 6, 30)
SESSIONS = ((6, 8, 2, 1, 0, 1), (2, 1, 10, 0, 0, 0), (9, 15, 30, 1, 1, 1), (5, 4, 45, 0, 0, 0))
"""views, minutes, age in days, direct, feedback, goal"""
GIVEN: dict[str, Any] = {
    "views_over": "4", "minutes_over": "5", "sessions_over": "3", "goals": "Signed Up", "subscribes": "Subscribed",
    "feedback": "Product Reviewed", "as_of": MOMENT.date(),
}  # fmt: skip


def visitor() -> Log:
    rows: list[dict[str, Any]] = []
    for views, minutes, age, direct, feedback, goal in SESSIONS:
        begin = MOMENT - timedelta(days=age) + timedelta(hours=10)
        came = "" if direct else "https://search.example/"
        step = timedelta(minutes=minutes) / (views - 1)
        rows += [
            event("visitor", "Page", begin + step * place, properties=f'{{"referrer": "{came}"}}')
            for place in range(views)
        ]
        rows += [event("visitor", "Product Reviewed", begin + timedelta(seconds=20))] * feedback
        rows += [event("visitor", "Signed Up", begin + timedelta(seconds=30))] * goal
    rows += [event("reader", "Email Sent", MOMENT - timedelta(days=9)),
             event("reader", "Subscribed", MOMENT - timedelta(days=500))]  # fmt: skip
    return Log(log_of(rows))


def index(**given: Any) -> dict[str, Any]:
    found = visitor().measure("visitor_engagement", **{**GIVEN, **given})
    return {row["customer"]: row for row in found.table.to_pylist()}["visitor"]


def test_the_worked_example_of_2007() -> None:
    row = index()
    parts = {"click_depth": 0.75, "duration": 0.5, "recency": 0.25, "brand": 0.5, "feedback": 0.25,
             "interaction": 0.5, "loyalty": 1.0, "subscription": 0.0}  # fmt: skip
    assert {name: row[name] for name in parts} == parts
    assert row["value"] == pytest.approx(0.46875, abs=1e-9)


def test_the_worked_example_of_2008() -> None:
    # Ri = 1/2 (the last session is two days old), Li = 1 - 1/4; thresholds are reached, not only passed: a session of
    # 5 views or 4 minutes changes nothing under n_p = 4 and n_m = 5.
    row = index(variant="peterson_carrabis_2008")
    assert (row["recency"], row["loyalty"]) == (0.5, 0.75)
    assert row["value"] == pytest.approx(3.75, abs=1e-9)
    assert row["mean"] == pytest.approx(0.535714, abs=5e-7)


def test_at_least_and_more_than_differ_where_a_session_meets_the_threshold() -> None:
    assert index(views_over="5")["click_depth"] == 0.5
    assert index(views_over="5", variant="peterson_carrabis_2008")["click_depth"] == 0.75
    assert index(minutes_over="8")["duration"] == 0.25
    assert index(minutes_over="8", variant="peterson_carrabis_2008")["duration"] == 0.5


def test_the_form_with_seven_parts() -> None:
    # (.75 + .5 + .25 + 1 + .5 + .25 + .5) / 7
    assert index(variant="sherpa_2008")["value"] == pytest.approx(3.75 / 7, abs=1e-9)


def test_thresholds_are_the_means_and_are_told() -> None:
    found = visitor().measure("visitor_engagement", **{**GIVEN, "views_over": None, "minutes_over": None,
                                                       "sessions_over": None})  # fmt: skip
    # 22 views and 28 minutes in 4 sessions of one visitor: 5.5 views, 7 minutes, 4 sessions.
    assert "thresholds: n_p = 5.5 views, n_m = 7 minutes, n_s = 4 sessions" in found.notes
    row = {row["customer"]: row for row in found.table.to_pylist()}["visitor"]
    assert (row["click_depth"], row["duration"], row["loyalty"]) == (0.5, 0.5, 0.0)
    assert "fit=" in found.name


def test_no_session_is_no_value() -> None:
    rows = {row["customer"]: row for row in visitor().measure("visitor_engagement", **GIVEN).table.to_pylist()}
    assert (rows["reader"]["value"], rows["reader"]["why"]) == (None, "few_sessions")
    assert index(least_sessions="5")["why"] == "few_sessions"


def test_recency_never_exceeds_depth_and_a_part_can_be_left_out() -> None:
    for recent in ("1d", "20d", "40d", "90d"):
        row = index(recent=recent)
        assert row["recency"] <= row["click_depth"]
    named = visitor().measure("visitor_engagement", without="brand|subscription", **GIVEN)
    assert "6_parts-brand-subscription" in named.convention
    assert index(without="brand|subscription")["value"] == pytest.approx((3.75 - 0.5) / 6, abs=1e-9)


def test_what_the_log_lacks_is_named() -> None:
    log = Log(log_of([event("a", "Page", MOMENT), event("a", "Order Completed", MOMENT)]))
    with pytest.raises(Unanswerable, match="without=brand"):
        log.measure("visitor_engagement")
    with pytest.raises(Unanswerable, match="feedback"):
        log.measure("visitor_engagement", without="brand")
    with pytest.raises(QuestionError, match="can be left out"):
        log.measure("visitor_engagement", without="duration")
    assert log.measure("visitor_engagement", without="brand|feedback|subscription").headline["known"] == 1


def test_the_moment_is_utc() -> None:
    assert visitor().measure("visitor_engagement", **GIVEN).as_of == MOMENT.replace(tzinfo=UTC)


def test_every_session_reaches_a_threshold_of_nothing() -> None:
    # All sessions of a single event: the mean length is 0 minutes, and the later form counts who reaches it.
    log = Log(log_of([event("a", "Page", MOMENT), event("b", "Page", MOMENT + timedelta(days=1))]))
    of = {"without": "brand|feedback|interaction|subscription"}
    later = log.measure("visitor_engagement", variant="peterson_carrabis_2008", **of).table.to_pylist()
    assert [(row["duration"], row["click_depth"]) for row in later] == [(1.0, 1.0)] * 2
    first = log.measure("visitor_engagement", **of).table.to_pylist()
    assert [(row["duration"], row["click_depth"]) for row in first] == [(0.0, 0.0)] * 2
