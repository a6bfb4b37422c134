"""Family Y, definitions that no vendor ships: trends on CDNOW as printed elsewhere, and the trap of campaign 18.

The trap (The Complete Journey, published as simulated from real patterns): receivers of campaign 18 spent 190 % more
than others while it ran, and had spent as much more before it. The figures are worked per household by UTC and by US
Eastern days; that they differ is the point, and only right local days reproduce both. (The figures
printed for US Eastern days rest on five hours from UTC all year; the zone itself was at four until 5 November.)
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

import pytest

from cdnow import cdnow
from cherish.library import Log
from oracles.real import journey


@cache
def master() -> Log:
    return Log(cdnow("master"))


def trend(**given: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = master().report("trends", **given).table.to_pylist()
    return rows


def test_unique_customers_by_month_are_those_of_growth_accounting() -> None:
    # CDNOW master by month, as printed for growth accounting (family B).
    printed = {(1997, 1): 7846, (1997, 2): 9633, (1997, 3): 9524, (1997, 4): 2822, (1997, 5): 2214, (1997, 6): 2339,
               (1998, 3): 2060, (1998, 6): 1506}  # fmt: skip
    found = {(row["period"].year, row["period"].month): row["value"] for row in trend(series="unique", unit="month")}
    assert {period: found[period] for period in printed} == printed


def test_unique_customers_of_a_longer_period_are_not_the_sum_of_shorter_ones() -> None:
    # 67,591 customer-days; 23,570 customers.
    days, years = (trend(series="unique", unit=unit) for unit in ("day", "year"))
    assert sum(row["value"] for row in days) == 67_591
    assert [row["value"] for row in trend(series="unique", unit="year", until="1998-01-01")] == [23_570]
    assert sum(row["value"] for row in years) > 23_570


def test_lines_and_money_add_up_in_every_unit() -> None:
    # 69,659 lines, 2,500,315.63 in all, 35.89 a line.
    for unit in ("day", "week", "month", "quarter", "year"):
        rows = trend(series="count;sum", unit=unit)
        assert sum(row["value"] for row in rows if row["series"] == "A") == 69_659
        money = sum(Decimal(f"{row['value']:.2f}") for row in rows if row["series"] == "B")
        assert money == Decimal("2500315.63")


@pytest.mark.parametrize(("zone", "claimed", "percent", "difference"), [
    ("UTC", "520566.19", 189.7, 12.93),
    ("Etc/GMT+5", "522901.19", 189.9, 15.04),  # printed as 190.0: 189.946 rounded twice
])  # fmt: skip
def test_the_trap_of_campaign_18(zone: str, claimed: str, percent: float, difference: float) -> None:
    log = journey(zone).log

    def spent(as_of: str) -> dict[str, dict[str, Any]]:
        # Half-open: 55 days that end before 2017-12-24, and the 55 before 2017-10-30.
        rows = log.measure("monetary", window="55d", as_of=as_of, by="received").table.to_pylist()
        return {row["received"]: row for row in rows}

    during, before = spent("2017-12-24"), spent("2017-10-30")
    # A head of all 2,469 households, some of whom come for the first time later than these moments.
    people = {received: row["customers"] for received, row in spent("2018-01-01").items()}
    assert people == {"true": 1_133, "false": 1_336}
    assert during["true"]["y"] == Decimal(claimed)
    heads = {(label, received): float(rows[received]["y"]) / people[received]
             for label, rows in (("during", during), ("before", before)) for received in people}  # fmt: skip
    if zone == "UTC":
        printed = {"during": (459.5, 158.6), "before": (427.5, 139.6)}
        assert {
            label: tuple(round(heads[label, each], 1) for each in ("true", "false")) for label in printed
        } == printed
    assert round(100 * (heads["during", "true"] / heads["during", "false"] - 1), 1) == percent
    gain = {received: heads["during", received] - heads["before", received] for received in people}
    assert round(gain["true"] - gain["false"], 2) == difference


def test_the_clock_change_moves_a_week_of_midnights() -> None:
    # The same window in the zone itself, against days by the standard library: 6.66 more than at five hours all year.
    data = journey("America/New_York")
    row = data.log.measure("monetary", window="55d", as_of="2017-12-24", where="received=true").headline
    spent = {each["customer"] for each in data.log.measure("tenure", where="received=true").table.to_pylist()}
    inside = [act for act in data.acts if act.customer in spent and date(2017, 10, 30) <= act.day < date(2017, 12, 24)]
    assert row["sum"] == sum(act.value for act in inside if act.value) == Decimal("522901.19") + Decimal("6.66")
