"""Audiences a second time on real purchases, in plain Python from the rows: whom each rule holds for, one by one."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import pytest

from oracles.real import Act, Source, source

MOMENT = {"complete_journey": date(2017, 11, 1), "online_retail": date(2011, 10, 1), "cdnow": date(1998, 1, 1)}
SOURCES = tuple(MOMENT)


@cache
def until(name: str) -> tuple[Source, dict[str, list[Act]]]:
    data = source(name)
    acts: dict[str, list[Act]] = defaultdict(list)
    for act in data.acts:
        if act.day < MOMENT[name]:
            acts[act.customer].append(act)
    return data, acts


def found(name: str, rule: dict[str, Any]) -> set[str]:
    data, _ = until(name)
    return set(data.log.measure("tenure", as_of=MOMENT[name], among=rule).table["customer"].to_pylist())


@pytest.mark.parametrize("name", SOURCES)
def test_three_orders_in_ninety_days_and_none_in_the_last_thirty(name: str) -> None:
    _, acts = until(name)
    today = MOMENT[name]
    days = {who: [act.day for act in own if act.name == "Order Completed"] for who, own in acts.items()}
    expected = {
        who
        for who, bought in days.items()
        if sum(day >= today - timedelta(days=90) for day in bought) >= 3
        and not any(day >= today - timedelta(days=30) for day in bought)
    }
    rule = {"all": [{"did": {"event": "Order Completed", "within": "90d", "count": {"at_least": 3}}},
                    {"did_not": {"event": "Order Completed", "within": "30d"}}]}  # fmt: skip
    assert expected
    assert found(name, rule) == expected


@pytest.mark.parametrize("name", SOURCES)
def test_a_sum_of_money_compared_to_the_cent(name: str) -> None:
    _, acts = until(name)
    spent = {
        who: sum((act.value for act in own if act.name == "Order Completed" and act.value is not None), Decimal(0))
        for who, own in acts.items()
    }
    bought = {who for who, own in acts.items() if any(act.name == "Order Completed" for act in own)}
    limit = sorted(spent[who] for who in bought)[len(bought) // 2]
    for word, expected in (
        ("above", {who for who in bought if spent[who] > limit}),
        ("at_least", {who for who in bought if spent[who] >= limit}),
        ("is", {who for who in bought if spent[who] == limit}),
    ):
        rule = {"did": {"event": "Order Completed", "sum": {word: float(limit)}}}
        assert expected
        assert found(name, rule) == expected


@pytest.mark.parametrize("name", SOURCES)
def test_first_and_last_days(name: str) -> None:
    _, acts = until(name)
    today = MOMENT[name]
    days = {who: [act.day for act in own if act.name == "Order Completed"] for who, own in acts.items()}
    since = min(min(bought) for bought in days.values() if bought) + timedelta(days=40)
    expected = {
        who for who, bought in days.items() if bought and min(bought) >= since and (today - max(bought)).days >= 14
    }
    rule = {"did": {"event": "Order Completed", "first": {"since": since.isoformat()}, "last": {"at_least": 14}}}
    assert expected
    assert found(name, rule) == expected


@pytest.mark.parametrize("share", [5, 20, 50])
@pytest.mark.parametrize("name", SOURCES)
def test_a_top_share_by_average_rank_of_active_days(name: str, share: int) -> None:
    _, acts = until(name)
    first = MOMENT[name] - timedelta(days=180)
    value = {
        who: len({act.day for act in own if act.name == "Order Completed" and act.day >= first})
        for who, own in acts.items()
    }
    groups = Counter(value.values())
    ahead, cut = 0, None
    for each in sorted(groups, reverse=True):
        # Twice the average rank from the top, 2 ahead + n + 1, below twice the share of all and one more.
        if (2 * ahead + groups[each] + 1) * 100 < 2 * share * len(value) + 200:
            cut = each
        ahead += groups[each]
    expected = {who for who, days in value.items() if cut is not None and days >= cut}
    parameters = {"active": "Order Completed", "window": "180d"}
    assert found(name, {"measure": "active_days", "parameters": parameters, "top": f"{share}%"}) == expected


def test_a_property_looked_into_by_hand() -> None:
    """Complete Journey: households that bought five or more times in one store within 120 days."""
    _, acts = until("complete_journey")
    stores = Counter(act.store for own in acts.values() for act in own if act.name == "Order Completed")
    store = stores.most_common(1)[0][0]
    first = MOMENT["complete_journey"] - timedelta(days=120)
    expected = {
        who
        for who, own in acts.items()
        if sum(act.name == "Order Completed" and act.store == store and act.day >= first for act in own) >= 5
    }
    rule = {"did": {"event": "Order Completed", "within": "120d", "where": [f"store={store}"],
                    "count": {"at_least": 5}}}  # fmt: skip
    assert expected
    assert found("complete_journey", rule) == expected
