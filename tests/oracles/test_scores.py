"""RFM and the measures that it rests on a second time: ranks of whole numbers in plain Python, on real data."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Any

import pytest

from oracles.real import Source, source

SOURCES = ("complete_journey", "online_retail", "cdnow")
WINDOW = 180
Values = dict[str, dict[str, Any]]


@cache
def moment(name: str) -> date:
    """Two months before the end, so that there is something to be blind to."""
    return source(name).today - timedelta(days=60)


@cache
def until(name: str) -> Source:
    data = source(name)
    acts = tuple(act for act in data.acts if act.day < moment(name))
    return Source(data.log, acts, data.traits, data.zone)


@cache
def bought(name: str, count: str = "orders", money: str = "total") -> Values:
    """Per buyer of the window: r (idle days, negated), f and m, the greater the better."""
    today = moment(name)
    days: dict[str, Counter[date]] = defaultdict(Counter)
    spent: dict[str, Decimal] = defaultdict(Decimal)
    for customer, day, value, n in until(name).orders().values():
        if day >= today - timedelta(days=WINDOW):
            days[customer][day] += n
            spent[customer] += value
    found: Values = {}
    for customer, per_day in ((customer, +counts) for customer, counts in days.items()):
        if per_day:
            often = {"orders": per_day.total(), "days": len(per_day), "repeat": len(per_day) - 1}[count]
            value: Any = spent[customer] if money == "total" else float(spent[customer]) / per_day.total()
            found[customer] = {"r": (max(per_day) - today).days, "f": often, "m": value}
    return found


def ask(name: str, measure: str, **given: Any) -> list[dict[str, Any]]:
    result = source(name).log.measure(measure, as_of=moment(name), window=f"{WINDOW}d", **given)
    rows: list[dict[str, Any]] = result.table.to_pylist()
    return rows


# -- the three values ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SOURCES)
def test_recency_frequency_and_monetary(name: str) -> None:
    known = until(name).known()
    for count in ("orders", "days", "repeat"):
        expected = bought(name, count)
        rows = ask(name, "frequency", count=count)
        assert {row["customer"]: row["value"] for row in rows} == {
            customer: expected.get(customer, {"f": 0})["f"] for customer in known
        }
    last = {customer: -values["r"] for customer, values in bought(name).items()}
    rows = ask(name, "recency", active="Order Completed")
    assert {row["customer"]: row["value"] for row in rows} == {customer: last.get(customer) for customer in known}
    money: dict[str, Decimal] = defaultdict(Decimal)
    for customer, day, value, _ in until(name).orders().values():
        if day >= moment(name) - timedelta(days=WINDOW):
            money[customer] += value
    assert {row["customer"]: row["value"] for row in ask(name, "monetary")} == {each: money[each] for each in known}
    orders = {customer: values["f"] for customer, values in bought(name).items()}
    for row in ask(name, "monetary", per="order"):
        often = orders.get(row["customer"], 0)
        if often:
            assert row["value"] == pytest.approx(float(money[row["customer"]]) / often, rel=1e-12)
        else:
            assert (row["value"], row["why"]) == (None, "no_orders")
    days = source(name).log.measure("tenure", as_of=moment(name)).table.to_pylist()
    assert {row["customer"]: row["value"] for row in days} == {
        customer: (moment(name) - first).days for customer, first in known.items()
    }


# -- scores -------------------------------------------------------------------------------------------------------

Rank = Callable[[int, int], Fraction]
"""The rank that `n` equal values share whose first place is `first`."""
RANKS: Mapping[str, Rank] = {
    "average": lambda first, n: first + Fraction(n - 1, 2),
    "min": lambda first, n: Fraction(first),
    "max": lambda first, n: Fraction(first + n - 1),
}


def scores(values: Mapping[str, Any], ties: str, seed: int = 1) -> dict[str, int]:
    """ceil(5 rank / n) of each customer."""
    n = len(values)
    if ties == "ordinal_random":
        order = sorted(values, key=lambda customer: (values[customer], md5(f"{seed}:{customer}")))
        return {customer: -(-5 * place // n) for place, customer in enumerate(order, 1)}
    many, first, place = Counter(values.values()), {}, 1
    for value in sorted(many):
        first[value] = place
        place += many[value]
    return {customer: -int(-5 * RANKS[ties](first[value], many[value]) // n) for customer, value in values.items()}


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def independent(values: Values, ties: str) -> dict[str, tuple[int, ...]]:
    by_key = [scores({customer: each[key] for customer, each in values.items()}, ties) for key in "rfm"]
    return {customer: tuple(found[customer] for found in by_key) for customer in values}


def nested(values: Values, ties: str) -> dict[str, tuple[int, ...]]:
    """Hughes: F inside each R, M inside each R and F."""
    found: dict[str, tuple[int, ...]] = dict.fromkeys(values, ())
    for key in "rfm":
        inside: dict[tuple[int, ...], dict[str, Any]] = defaultdict(dict)
        for customer, cell in found.items():
            inside[cell][customer] = values[customer][key]
        for cell, group in inside.items():
            found |= {customer: (*cell, score) for customer, score in scores(group, ties).items()}
    return found


def cells(name: str, **given: Any) -> dict[str, tuple[int, ...]]:
    rows = ask(name, "rfm", **given)
    for row in rows:
        if row["why"] is None:
            assert row["value"] == row["r"] + row["f"] + row["m"]
            assert row["cell"] == int(f"{row['r']}{row['f']}{row['m']}")
        else:
            assert (row["why"], row["value"], row["cell"]) == ("no_orders", None, None)
    return {row["customer"]: (row["r"], row["f"], row["m"]) for row in rows if row["why"] is None}


@pytest.mark.parametrize("ties", ["average", "min", "max", "ordinal_random"])
@pytest.mark.parametrize("name", SOURCES)
def test_independent_quintiles_under_every_tie_rule(name: str, ties: str) -> None:
    assert cells(name, ties=ties) == independent(bought(name), ties)


@pytest.mark.parametrize("given", [
    {"count": "days"}, {"count": "repeat"}, {"money": "mean"}, {"count": "days", "money": "mean"},
], ids=str)  # fmt: skip
@pytest.mark.parametrize("name", ["online_retail", "cdnow"])
def test_other_counts_and_means(name: str, given: dict[str, str]) -> None:
    assert cells(name, **given) == independent(bought(name, **given), "average")


@pytest.mark.parametrize(("name", "ties"), [("online_retail", "average"), ("cdnow", "ordinal_random")])
def test_nested_quintiles(name: str, ties: str) -> None:
    assert cells(name, scoring="quintile_nested", ties=ties) == nested(bought(name), ties)


@pytest.mark.parametrize("name", SOURCES)
def test_fixed_cuts(name: str) -> None:
    cuts = {"r": (90, 45, 20, 7), "f": (2, 3, 6, 12), "m": (20, 75.5, 300, 1000)}
    given = {f"cuts_{key}": "|".join(str(cut) for cut in found) for key, found in cuts.items()}
    expected = {
        customer: (
            1 + sum(-values["r"] <= cut for cut in cuts["r"]),
            1 + sum(values["f"] >= cut for cut in cuts["f"]),
            1 + sum(values["m"] >= Decimal(str(cut)) for cut in cuts["m"]),
        )
        for customer, values in bought(name).items()
    }
    assert cells(name, scoring="fixed_cuts", **given) == expected


def test_behaviour_cuts() -> None:
    # Each fifth holds an equal share of the sum: a value's score is the fifth in which its middle lies.
    values = bought("cdnow")
    expected = {}
    for key in "fm":
        column = {customer: Fraction(each[key]) for customer, each in values.items()}
        many, reached, middle = Counter(column.values()), Fraction(0), {}
        for value in sorted(many):
            weight = max(value, Fraction(0)) * many[value]
            middle[value] = reached + weight / 2
            reached += weight
        expected[key] = {each: min(5, int(5 * middle[value] / reached) + 1) for each, value in column.items()}
    r = scores({customer: each["r"] for customer, each in values.items()}, "average")
    found = cells("cdnow", scoring="behaviour")
    assert found == {each: (r[each], expected["f"][each], expected["m"][each]) for each in values}
