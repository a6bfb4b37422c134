"""Stickiness against days counted one by one, on random logs; its identities hold to the last digit."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given

from cherish.errors import QuestionError
from cherish.reports.actives import Actives
from cherish.reports.stickiness import Stickiness
from cherish.spec.view import View
from logs import event, log_of
from random_days import SLOW, Case, answer, cases

DAY = timedelta(days=1)


def lengths(case: Case, by: str | None, top: int, window: int) -> dict[str | None, Counter[int]]:
    """How many customers were active on k days of the window, per group."""
    inside = {each for each in case.days(by) if case.today - window * DAY <= each[2] < case.today}
    sizes = Counter(group for group, _ in {(group, user) for group, user, _ in inside})
    keep = sorted(sizes, key=lambda group: (-sizes[group], str(group)))[:top]
    placed = {(group if group in keep else "other", user, day) for group, user, day in inside}
    days = Counter((group, user) for group, user, _ in placed)
    found: dict[str | None, Counter[int]] = {group: Counter() for group, _ in days}
    for (group, _), k in days.items():
        found[group][k] += 1
    return found


@SLOW
@given(cases())
def test_the_histogram_counts_every_active_customer_once(case: Case) -> None:
    view = case.view()
    for by, top, window in ((None, 10, 28), (None, 10, 9), ("country", 1, 28), ("plan", 2, 14)):
        table, headline = answer(Stickiness.of(by=by or (), top=top, window=window), view)
        found: dict[str | None, Counter[int]] = {}
        for row in table.to_pylist():
            found.setdefault(row[by] if by else None, Counter())[row["active_days"]] = row["customers"]
        wanted = lengths(case, by, top, window)
        if by is None:
            wanted = {None: wanted.get(None, Counter())}
        assert {group: +counts for group, counts in found.items()} == wanted
        assert all(len(counts) == window for counts in found.values())
        assert ("mau" in headline) == (by != "country")


@SLOW
@given(cases())
def test_mean_daily_actives_over_monthly_is_the_mean_of_active_days(case: Case) -> None:
    table, headline = answer(Stickiness.of(), case.view())
    counts, mau = table["customers"].to_pylist(), headline["mau"]
    assert sum(counts) == mau
    inside = {(user, day) for _, user, day in case.days() if case.today - 28 * DAY <= day < case.today}
    week = {(user, day) for user, day in inside if case.today - 7 * DAY <= day}
    last = {user for user, day in inside if day == case.today - DAY}
    # sum over k of k * n_k = sum over days of DAU
    assert sum(k * n for k, n in enumerate(counts, 1)) == len(inside)
    if not mau:
        assert headline["stickiness"] is None
        assert headline["why"] == "no_actives"
        assert set(table["share"].to_pylist()) == {None}
        return
    assert headline["stickiness"] == pytest.approx(sum(k * n for k, n in enumerate(counts, 1)) / mau / 28, abs=1e-12)
    assert headline["dau_over_mau_point"] == pytest.approx(len(last) / mau, abs=1e-12)
    weekly = len({user for user, _ in week})
    assert headline["wau_mau"] == pytest.approx(weekly / mau, abs=1e-12)
    assert headline["dau_wau"] == (pytest.approx(len(week) / 7 / weekly, abs=1e-12) if weekly else None)
    at_least = [sum(counts[k:]) for k in range(28)]
    assert table["customers_at_least"].to_pylist() == at_least
    assert table["share_at_least"].to_pylist() == pytest.approx([n / mau for n in at_least], abs=1e-12)


@SLOW
@given(cases())
def test_the_last_whole_day_is_the_one_that_actives_tells(case: Case) -> None:
    view = case.view()
    _, daily = answer(Actives.of(), view)
    _, headline = answer(Stickiness.of(), view)
    if daily["day"] is not None:
        assert daily["day"] == headline["day"]
        assert daily["mau"] == headline["mau"]


def seen(user: str, days: int) -> list[dict[str, Any]]:
    return [event(user, "Page", datetime(2024, 2, 1, 9) - back * DAY) for back in range(days)]


def test_two_groups_behind_one_mean_are_named() -> None:
    rows = [each for number in range(6) for each in seen(f"rare{number}", 1)]
    rows += [each for number in range(4) for each in seen(f"daily{number}", 28)]
    _, headline = answer(Stickiness.of(), View.of(log_of(rows)))
    # (6 x 1 + 4 x 28) / 10 = 11.8 days
    assert headline["bimodal"]
    assert headline["smile"]
    assert headline["share_low"] == 0.6
    assert headline["share_high"] == 0.4
    assert headline["note"] == (
        "The mean of 11.8 active days out of 28 hides two groups: 60% came on at most 2 and 40% on 23 or more."
    )


def test_one_group_is_not_called_two() -> None:
    rows = [each for number, days in enumerate((8, 9, 10, 10, 11, 12)) for each in seen(f"u{number}", days)]
    _, headline = answer(Stickiness.of(), View.of(log_of(rows)))
    assert not headline["bimodal"]
    assert not headline["smile"]
    assert "note" not in headline


def test_only_customers_known_for_the_whole_window_can_reach_its_top() -> None:
    view = View.of(log_of([*seen("old", 40), *seen("young", 3), *seen("just", 28)]))
    table, headline = answer(Stickiness.of(eligible_only="yes"), view)
    assert headline["mau"] == 2
    assert table["customers"].to_pylist()[27] == 2
    assert answer(Stickiness.of(), view)[1]["mau"] == 3


def test_an_endless_window_is_refused() -> None:
    with pytest.raises(QuestionError, match="window"):
        Stickiness.of(window="all")


def test_a_chart_is_drawn_with_and_without_groups() -> None:
    view = View.of(log_of([event("a", "Page", datetime(2024, 1, 1, 9), properties='{"country": "FR"}')]))
    for by in ((), "country", "country|name"):
        report = Stickiness.of(by=by)
        table, _ = answer(report, view)
        assert report.chart(table).to_dict()["spec" if by else "encoding"]
