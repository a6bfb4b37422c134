"""The identities that the families of definitions list, on random companies."""

from __future__ import annotations

from collections import Counter, defaultdict
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cherish.library import Log
from effort import tries
from properties.world import rows_of, world

FEW = tries(2)
SEEDS = st.integers(0, 10_000)
CLOCKS = ("calendar", "rolling", "rolling_hour_floor")


@FEW
@given(SEEDS)
def test_a_stickiness(seed: int) -> None:
    made = world(seed)
    log, day = made.log(), made.moments[0]
    for window in ("28d", "9d"):
        days = int(window[:-1])
        sticky = log.report("stickiness", as_of=day, window=window)
        daily = log.report("actives", as_of=day, windows=f"1d|{window}", last=days)
        lengths = sum(row["active_days"] * row["customers"] for row in rows_of(sticky))
        # sum over k of k * n_k = sum over days of DAU, and mean DAU / MAU = mean(L) / N
        assert lengths == sum(daily.table["actives_1d"].to_pylist())
        mau = daily.table[f"actives_{window}"].to_pylist()[-1]
        assert sticky.headline["mau"] == mau == sum(sticky.table["customers"].to_pylist())
        assert sticky.headline["stickiness"] == pytest.approx(lengths / mau / days, abs=1e-12)
        assert sum(sticky.table["share"].to_pylist()) == pytest.approx(1, abs=1e-12)
        # The measure of the same name counts the same days, customer by customer.
        each = log.measure("active_days", as_of=day, window=window)
        assert each.headline["sum"] == lengths
        found = {row["active_days"]: row["customers"] for row in rows_of(sticky) if row["customers"]}
        assert found == {k: n for k, n in Counter(each.table["value"].to_pylist()).items() if k}


@FEW
@given(SEEDS)
def test_a_wider_window_holds_a_narrower_one(seed: int) -> None:
    made = world(seed)
    rows = rows_of(made.log().report("actives", as_of=made.moments[1], windows="1d|7d|28d"))
    for before, row in pairwise([None, *rows]):
        assert row["actives_1d"] <= row["actives_7d"] <= row["actives_28d"]
        if before:
            # Who enters a window was active today.
            assert row["actives_28d"] <= before["actives_28d"] + row["actives_1d"]


@FEW
@given(SEEDS, st.sampled_from(["day", "week", "month", "28d"]))
def test_b_growth_accounting(seed: int, unit: str) -> None:
    made = world(seed)
    log, day = made.log(), made.moments[0]
    rows = rows_of(log.report("growth", as_of=day, unit=unit))
    assert rows
    for before, row in pairwise([None, *rows]):
        previous = before["active"] if before else 0
        assert row["active"] == row["new"] + row["retained"] + row["resurrected"]
        assert previous == row["retained"] + row["churned"]
        assert row["active"] - previous == row["new"] + row["resurrected"] - row["churned"]
        gained = row["new"] + row["resurrected"]
        assert row["quick_ratio"] == (pytest.approx(gained / row["churned"], rel=1e-12) if row["churned"] else None)
    money = rows_of(log.report("growth", as_of=day, unit=unit, what="revenue"))
    for before, row in pairwise([None, *money]):
        gains = row["new"] + row["resurrected"] + row["expansion"]
        assert row["start"] == (before["end"] if before else 0)
        assert row["end"] == row["start"] + gains - row["contraction"] - row["churned"]


@FEW
@given(SEEDS, st.sampled_from(CLOCKS))
def test_d_retention(seed: int, clock: str) -> None:
    made = world(seed)
    log, day = made.log(), made.moments[0]

    def asked(criterion: str, **more: Any) -> dict[tuple[Any, int], tuple[int | None, int]]:
        given = {"unit": "day", "buckets": 89, "clock": clock, "start": "recurring", "criterion": criterion, **more}
        rows = rows_of(log.report("retention", as_of=day, **given))
        return {(row["cohort"], row["bucket"]): (row["retained"], row["mature"]) for row in rows if not row["average"]}

    on, after, before, streak = (asked(each) for each in ("on", "on_or_after", "on_or_before", "streak"))
    bracket = asked("bracket", brackets="0|1-4")
    last: dict[Any, int] = {}
    for (cohort, k), (retained, mature) in on.items():
        cells = (after[cohort, k], before[cohort, k], streak[cohort, k])
        assert {other for _, other in cells} == {mature}
        if not mature:
            assert retained is None
            continue
        assert streak[cohort, k][0] <= retained <= min(after[cohort, k][0], before[cohort, k][0])
        if after.get((cohort, k + 1), (0, 0))[1]:
            assert after[cohort, k + 1][0] <= after[cohort, k][0]
        if before.get((cohort, k + 1), (0, 0))[1] == mature:
            assert before[cohort, k][0] <= before[cohort, k + 1][0]
        if 1 <= k <= 4 and bracket[cohort, 1][1] == mature:
            assert retained <= bracket[cohort, 1][0]
        last[cohort] = max(k, last.get(cohort, 0))
    if clock == "calendar":
        # The moment ends a day, so nothing lies beyond the last bucket that has elapsed.
        assert last
        assert all(on[cell] == after[cell] for cell in last.items())


@FEW
@given(SEEDS)
def test_d_lifetime_value_ends_with_all_money(seed: int) -> None:
    made = world(seed)
    log, day = made.log(), made.moments[0]
    given_ = {"unit": "day", "buckets": 89, "active": "Order Completed", "counting": "money"}
    rows = rows_of(log.report("retention", as_of=day, criterion="on_or_before", **given_))
    single = rows_of(log.report("retention", as_of=day, criterion="on", **given_))
    value = {(row["cohort"], row["bucket"]): row["retained"] for row in rows if not row["average"]}
    added: dict[Any, Decimal] = defaultdict(Decimal)
    for row in single:
        if not row["average"] and row["retained"] is not None:
            added[row["cohort"]] += row["retained"]
            assert value[row["cohort"], row["bucket"]] == added[row["cohort"]]


@tries(1)
@given(SEEDS)
def test_g_scores(seed: int) -> None:
    made = world(seed)
    log, day = made.log(), made.moments[1]
    for given_ in ({}, {"scoring": "quintile_nested"}, {"scoring": "behaviour"}, {"ties": "ordinal_random"}):
        rows = [row for row in rows_of(log.measure("rfm", as_of=day, **given_)) if row["why"] is None]
        buyers = log.measure("frequency", as_of=day)
        assert len(rows) == sum(1 for value in buyers.table["value"].to_pylist() if value)
        for row in rows:
            assert row["value"] == row["r"] + row["f"] + row["m"]
            assert row["cell"] == 100 * row["r"] + 10 * row["f"] + row["m"]
        for key in "rfm":
            counts = Counter(row[key] for row in rows)
            assert sum(counts.values()) == len(rows)
            assert set(counts) <= {1, 2, 3, 4, 5}
    # Without ties each fifth of n holds floor or ceil of n / 5: ceil(5 k / n) for k = 1 ... n.
    expected = Counter(-(-5 * rank // len(rows)) for rank in range(1, len(rows) + 1))
    assert all(Counter(row[key] for row in rows) == expected for key in "rfm")


@FEW
@given(SEEDS)
def test_g_scores_order_as_what_they_score(seed: int) -> None:
    made = world(seed)
    log, day = made.log(), made.moments[0]
    often, spent = (_values(log, name, day) for name in ("frequency", "monetary"))
    idle = _values(log, "recency", day, active="Order Completed")
    rows = {row["customer"]: row for row in rows_of(log.measure("rfm", as_of=day)) if row["why"] is None}
    for one, other in pairwise(sorted(rows, key=lambda user: often[user])):
        assert rows[one]["f"] <= rows[other]["f"]
    for one, other in pairwise(sorted(rows, key=lambda user: spent[user])):
        assert rows[one]["m"] <= rows[other]["m"]
    cancelled = {row["user_id"] for row in made.rows if row["name"] == "Order Cancelled"}
    for one, other in pairwise(sorted(set(rows) - cancelled, key=lambda user: idle[user])):
        assert rows[one]["r"] >= rows[other]["r"]


def _values(log: Log, name: str, day: Any, **given_: Any) -> dict[str, Any]:
    return {row["customer"]: row["value"] for row in rows_of(log.measure(name, as_of=day, **given_))}
