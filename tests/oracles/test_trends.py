"""Trends a second time on a grocery year: plain loops over 155,848 baskets."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from oracles.real import Act, Source, source

HOWS: dict[str, Callable[[Sequence[Act]], Any]] = {
    "count": len,
    "unique": lambda acts: len({act.customer for act in acts}),
    "sum": lambda acts: sum((act.value for act in acts), Decimal()),
    "average(value)": lambda acts: float(sum((act.value for act in acts), Decimal())) / len(acts),
    "median(value)": lambda acts: statistics.median(float(act.value) for act in acts),
    "p90(value)": lambda acts: float(np.percentile([float(act.value) for act in acts], 90)),
    "p25(quantity)": lambda acts: float(np.percentile([act.quantity for act in acts], 25)),
    "sum(quantity)": lambda acts: sum(act.quantity for act in acts),
}


@pytest.fixture(scope="module")
def data() -> Source:
    return source("complete_journey")


def ask(data: Source, **given: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = data.log.report("trends", **given).table.to_pylist()
    return rows


def starts(unit: str, day: date) -> date:
    if unit == "week":
        return day - timedelta(days=day.weekday())
    return {"day": day, "month": day.replace(day=1), "quarter": date(day.year, (day.month - 1) // 3 * 3 + 1, 1)}[unit]


def by_period(data: Source, unit: str) -> dict[date, list[Act]]:
    found: dict[date, list[Act]] = defaultdict(list)
    for act in data.acts:
        found[starts(unit, act.day)].append(act)
    return found


def equal(found: Any, expected: Any) -> bool:
    """Counts and money exactly (a series is doubles: the exact sum, rounded once), means and percentiles to 1e-12."""
    if isinstance(expected, float):
        return bool(found == pytest.approx(expected, rel=1e-12))
    return bool(found == float(expected))


@pytest.mark.parametrize("unit", ["day", "week", "month", "quarter"])
def test_every_way_to_count(data: Source, unit: str) -> None:
    groups = by_period(data, unit)
    names = "ABCDEFGH"
    rows = ask(data, unit=unit, series=";".join(f"{how}:Order Completed" for how in HOWS))
    assert {(row["series"], row["period"]) for row in rows} >= {(name, day) for name in names for day in groups}
    for row in rows:
        how = list(HOWS.values())[names.index(row["series"])]
        acts = groups.get(row["period"], [])
        if acts:
            assert equal(row["value"], how(acts)), f"{row['label']} of {row['period']}"
        else:
            assert not row["value"]


def test_money_is_exact(data: Source) -> None:
    rows = ask(data, unit="year", series="sum:Order Completed;count:Order Completed;unique:Order Completed")
    # Published by the data's package: 155,848 baskets, 4,596,039.58 in all, 2,469 households.
    assert [(row["period"], row["value"]) for row in rows] == [
        (date(2017, 1, 1), 4596039.58), (date(2017, 1, 1), 155_848), (date(2017, 1, 1), 2_469),
    ]  # fmt: skip


def test_two_breakdowns_with_the_rest_as_other(data: Source) -> None:
    def key(act: Act) -> tuple[str, str]:
        return data.traits.get(act.customer, {}).get("age") or "unknown", act.store

    for how in ("unique", "sum", "p90(value)"):
        rows = ask(data, unit="quarter", series=f"{how}:Order Completed", by="age|store", top=6)
        # The six largest pairs of age and store; of a percentile those with the most orders.
        pairs: dict[tuple[str, str], list[Act]] = defaultdict(list)
        for act in data.acts:
            pairs[key(act)].append(act)
        size = HOWS[how if how in ("unique", "sum") else "count"]
        largest = sorted(pairs, key=lambda pair: (-size(pairs[pair]), pair))[:6]
        groups: dict[Any, list[Act]] = defaultdict(list)
        for act in data.acts:
            pair = key(act) if key(act) in largest else ("other", "other")
            groups[pair, starts("quarter", act.day)].append(act)
        found = {((row["age"], row["store"]), row["period"]): row["value"] for row in rows}
        assert found.keys() == groups.keys()
        for cell, acts in groups.items():
            assert equal(found[cell], HOWS[how](acts)), f"{how} of {cell}"


def test_a_formula_and_the_previous_periods(data: Source) -> None:
    given = {"series": "sum:Order Completed;unique:Order Completed", "formula": "A/B", "unit": "week", "periods": 6}
    rows = ask(data, compare="previous", **given)
    groups = by_period(data, "week")
    expected = {day: float(HOWS["sum"](acts)) / HOWS["unique"](acts) for day, acts in groups.items()}
    shown = [row for row in rows if row["series"] == "formula"]
    assert [row["period"] for row in shown] == sorted(expected)[-6:]
    for row in shown:
        before = row["period"] - timedelta(weeks=6)
        assert row["previous_period"] == before
        assert row["value"] == pytest.approx(expected[row["period"]], rel=1e-12)
        assert row["previous"] == pytest.approx(expected[before], rel=1e-12)
        assert row["change"] == pytest.approx(expected[row["period"]] / expected[before] - 1, rel=1e-9)


def test_a_filter_by_trait_and_by_property(data: Source) -> None:
    acts = [act for act in data.acts if data.traits.get(act.customer, {}).get("age") == "19-24" and act.quantity >= 20]
    rows = ask(data, unit="month", series="sum:Order Completed;unique:Order Completed",
               where=("age=19-24", "quantity>=20"))  # fmt: skip
    for row in rows:
        inside = [act for act in acts if starts("month", act.day) == row["period"]]
        assert equal(row["value"], HOWS["sum" if row["series"] == "A" else "unique"](inside))
