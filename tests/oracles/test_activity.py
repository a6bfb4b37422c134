"""Actives, stickiness and growth a second time: sets of customers, day by day, on three real data sets."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import Decimal

import pytest

from oracles.real import DAY, Source, source

SOURCES = ("complete_journey", "online_retail", "cdnow")


@pytest.fixture(params=SOURCES)
def data(request: pytest.FixtureRequest) -> Source:
    return source(request.param)


def on_day(data: Source) -> dict[date, set[str]]:
    found: dict[date, set[str]] = defaultdict(set)
    for customer, days in data.active_days().items():
        for day in days:
            found[day].add(customer)
    return found


def test_actives_of_every_day(data: Source) -> None:
    present = on_day(data)
    rows = {row["day"]: row for row in data.log.report("actives").table.to_pylist()}
    assert list(rows) == [data.first + number * DAY for number in range((data.today - data.first).days)]
    for day, row in rows.items():
        for window in (1, 7, 28):
            inside = [present.get(day - back * DAY, set()) for back in range(window)]
            assert row[f"actives_{window}d"] == len(set().union(*inside)), f"{window} days to {day}"


def test_stickiness_and_its_histogram(data: Source) -> None:
    days_of = data.active_days()
    for window in (28, 30, 7):
        inside = {data.today - back * DAY for back in range(1, window + 1)}
        lengths = Counter(len(days & inside) for days in days_of.values() if days & inside)
        result = data.log.report("stickiness", window=f"{window}d")
        rows = result.table.to_pylist()
        assert {row["active_days"]: row["customers"] for row in rows if row["customers"]} == dict(lengths)
        mau, total = sum(lengths.values()), sum(k * n for k, n in lengths.items())
        assert result.headline["mau"] == mau
        assert result.headline["stickiness"] == pytest.approx(total / mau / window, rel=1e-12)
        for row in rows:
            at_least = sum(n for k, n in lengths.items() if k >= row["active_days"])
            assert row["customers_at_least"] == at_least
            assert row["share"] == pytest.approx(lengths[row["active_days"]] / mau, abs=1e-12)


def month(day: date) -> date:
    return day.replace(day=1)


def week(day: date) -> date:
    return day - timedelta(days=day.weekday())


@pytest.mark.parametrize("unit", ["month", "week"])
def test_growth_of_customers(data: Source, unit: str) -> None:
    start = month if unit == "month" else week
    active: dict[date, set[str]] = defaultdict(set)
    for customer, days in data.active_days().items():
        for day in days:
            active[start(day)].add(customer)
    rows = data.log.report("growth", unit=unit, partial=True).table.to_pylist()
    ever: set[str] = set()
    before: set[str] = set()
    for row in rows:
        now = active.get(row["period"], set())
        expected = {
            "active": len(now), "new": len(now - ever), "retained": len(now & before),
            "resurrected": len((now & ever) - before), "churned": len(before - now),
        }  # fmt: skip
        assert {name: row[name] for name in expected} == expected, f"{unit} of {row['period']}"
        gained = expected["new"] + expected["resurrected"]
        ratio = gained / expected["churned"] if expected["churned"] else None
        assert row["quick_ratio"] == (None if ratio is None else pytest.approx(ratio, rel=1e-12))
        ever |= now
        before = now
    assert len(rows) >= len(active)


def test_growth_of_revenue(data: Source) -> None:
    money: dict[date, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for customer, days in data.money_by_day().items():
        for day, value in days.items():
            money[month(day)][customer] += value
    rows = data.log.report("growth", what="revenue", partial=True).table.to_pylist()
    ever: set[str] = set()
    was: dict[str, Decimal] = {}
    for row in rows:
        now = {customer: value for customer, value in money.get(row["period"], {}).items() if value}
        expected: dict[str, Decimal] = defaultdict(Decimal)
        for customer in now.keys() | was.keys():
            here, there = now.get(customer, Decimal()), was.get(customer, Decimal())
            if here and not there:
                expected["resurrected" if customer in ever else "new"] += here
            elif there and not here:
                expected["churned"] += there
            else:
                expected["expansion" if here > there else "contraction"] += abs(here - there)
        for name in ("new", "resurrected", "expansion", "contraction", "churned"):
            assert row[name] == expected[name], f"{name} of {row['period']}"
        assert (row["start"], row["end"]) == (sum(was.values()), sum(now.values()))
        if row["start"]:
            kept = row["start"] - expected["contraction"] - expected["churned"]
            assert row["grr"] == pytest.approx(float(kept / row["start"]), rel=1e-12)
            assert row["nrr"] == pytest.approx(float((kept + expected["expansion"]) / row["start"]), rel=1e-12)
        ever |= now.keys()
        was = now
    assert sum(row["end"] for row in rows) == sum(value for _, _, value, _ in data.orders().values())
