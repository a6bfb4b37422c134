"""Stages of a customer's life against sets of customers on random logs, and against growth, which counts the same."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdnow import cdnow
from cherish import charts
from cherish.errors import QuestionError, Unanswerable
from cherish.library import Log
from cherish.reports.lifecycle import NAMES_OF, Lifecycle
from logs import event, log_of
from random_days import SLOW, Case, answer, cases, load_people
from reports.asking import ask, asked
from reports.test_growth import accounts, after, start
from reports.test_pictures import marks

UNITS = ("day", "week", "month", "28d")
START = datetime(2024, 3, 4, 9)


# -- periods ------------------------------------------------------------------------------------------------------


@SLOW
@given(cases(), st.sampled_from(UNITS), st.sampled_from([None, "plan", "country"]), st.booleans())
def test_the_stages_of_each_period_from_sets(case: Case, unit: str, by: str | None, partial: bool) -> None:
    report = Lifecycle.of(unit=unit, partial=partial, top=2, **({"by": by} if by else {}))
    table, _ = answer(report, case.view())
    found = {
        (row[by] if by else None, row["period"]): {name: row[name] for name in ("active", *NAMES_OF.values())}
        for row in table.to_pylist()
    }
    expected = {
        key: {NAMES_OF.get(name, name): count for name, count in counts.items() if name in ("active", *NAMES_OF)}
        for key, counts in accounts(case, unit, by, 2, partial).items()
    }
    assert found == expected


def test_cdnow_by_month() -> None:
    """The anchors of family B under a lifecycle's names: 1997-02 and 1997-04 of the master set."""
    rows = {row["period"]: row for row in ask(cdnow("master"), "lifecycle", unit="month")}
    names = ("active", "new", "returning", "resurrecting", "dormant")
    assert [rows[date(1997, 2, 1)][name] for name in names] == [9633, 8476, 1157, 0, 6689]
    assert [rows[date(1997, 4, 1)][name] for name in names] == [2822, 0, 1773, 1049, 7751]
    assert [rows[date(1998, 6, 1)][name] for name in names] == [1506, 0, 446, 1060, 1042]
    stages = {row["stage"]: row["customers"] for row in ask(cdnow("master"), "lifecycle", unit="month", show="stages")}
    # Of 23,570 customers 1,506 were active in the last month and 1,042 only in the one before.
    expected = {"new": 0, "returning": 446, "resurrecting": 1060, "dormant": 1042, "away": 21_022, "never": 0}
    assert stages == expected


# -- stages and moves ---------------------------------------------------------------------------------------------


def stage(days: set[date], period: date, unit: str, today: date) -> str:
    """The stage of a customer with these active days in the period that begins on this day."""
    periods = {start(day, unit, today) for day in days}
    here, before = period in periods, after(period, unit, -1) in periods
    earlier = any(each < after(period, unit, -1) for each in periods)
    if here:
        return "returning" if before else "resurrecting" if earlier else "new"
    return "dormant" if before else "away" if earlier else "never"


def moves(case: Case, unit: str) -> Counter[tuple[str, str]]:
    today, found = case.today, Counter[tuple[str, str]]()
    end = start(today, unit, today)
    last = after(end, unit, -1)
    active = case.days()
    for user in {user for user, _, _, _ in case.rows}:
        seen = min(case.local(ts) for who, _, ts, _ in case.rows if who == user)
        plans = [text for text in case.filters if text.startswith("plan=")]
        if seen >= end or not all(case._passes(text, {"plan": case.plans[user] or "unknown"}) for text in plans):
            continue
        days = {day for _, who, day in active if who == user and day < end}
        before = stage(days, after(last, unit, -1), unit, today) if start(seen, unit, today) < last else "unknown"
        found[before, stage(days, last, unit, today)] += 1
    return found


@SLOW
@given(cases(), st.sampled_from(UNITS))
def test_everybody_s_last_move_from_sets(case: Case, unit: str) -> None:
    view = case.view()
    first, end = case.first, start(case.today, unit, case.today)
    if end <= first:
        with pytest.raises(Unanswerable, match="is over yet"):
            answer(Lifecycle.of(unit=unit, show="transitions"), view)
        return
    expected = moves(case, unit)
    table, headline = answer(Lifecycle.of(unit=unit, show="transitions"), view)
    rows = table.to_pylist()
    assert {(row["origin"], row["target"]): row["customers"] for row in rows} == expected
    assert all(row["of"] == sum(n for (origin, _), n in expected.items() if origin == row["origin"]) for row in rows)
    shares, same = answer(Lifecycle.of(unit=unit, show="stages"), view)
    now: Counter[str] = Counter()
    for (_, target), count in expected.items():
        now[target] += count
    assert {row["stage"]: row["customers"] for row in shares.to_pylist() if row["customers"]} == now
    assert headline == same
    assert headline["customers"] == sum(now.values())


def test_a_record_created_earlier_is_resurrecting_as_posthog_counts() -> None:
    """An old account that acts for the first time is new to us, and resurrecting where the record's date counts."""
    store = log_of(
        [event("old", "Page", START), event("fresh", "Page", START), event("old", "Page", START + timedelta(days=7))]
    )
    created = {"old": START - timedelta(days=300), "fresh": START - timedelta(hours=1)}
    load_people(store, [{"user_id": user, "created_at": at, "traits": "{}"} for user, at in created.items()])
    as_of = (START + timedelta(days=14)).replace(tzinfo=UTC)
    first, second = ask(store, "lifecycle", as_of, new_by="created_at")
    assert (first["new"], first["resurrecting"], first["returning"]) == (1, 1, 0)
    assert (second["new"], second["returning"], second["dormant"]) == (0, 1, 1)
    assert [row["new"] for row in ask(store, "lifecycle", as_of)] == [2, 0]
    told = {
        (row["origin"], row["target"])
        for row in ask(store, "lifecycle", as_of, new_by="created_at", show="transitions")
    }
    assert told == {("resurrecting", "returning"), ("new", "dormant")}


# -- refused, and drawn -------------------------------------------------------------------------------------------


def test_stages_have_no_breakdown() -> None:
    with pytest.raises(QuestionError, match="filter instead"):
        Lifecycle.of(show="stages", by="plan")


def test_before_a_week_is_over_there_is_no_stage() -> None:
    store = log_of([event("ann", "Page", START)])
    with pytest.raises(Unanswerable, match="no week is over yet"):
        ask(store, "lifecycle", show="stages")
    assert asked(store, "lifecycle")[:2] == ([], {"period": None, "why": "no_period"})


@pytest.mark.parametrize("given", [{}, {"by": "country"}, {"show": "stages"}, {"show": "transitions"}])
def test_pictures_are_drawn(given: dict[str, str], tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        event(f"u{who}", "Page", START + timedelta(days=(3 + who) * place), properties='{"country": "FR"}')
        for who in range(5)
        for place in range(12)
    ]
    answered = Log(log_of(rows)).report("lifecycle", **given)
    assert marks(charts.save(answered, tmp_path / "chart.svg").read_text()) > 0


def test_a_period_that_is_not_over_is_marked() -> None:
    store = log_of([event("ann", "Page", START + timedelta(days=7 * week)) for week in range(3)])
    rows = ask(store, "lifecycle", partial="yes")
    assert [row["returning"] for row in rows] == [0, 1, 1]
    assert [row["partial"] for row in rows] == [False, False, True]
