"""Retention a second time, customer by customer, on real purchases: every clock, criterion and averaging."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from logs import event, log_of
from oracles.real import Act, source
from reports.asking import ask
from reports.cohorts import CLOCKS, CRITERIA, oracle, shown

AVERAGES = ("pooled", "simple", "mixpanel")
SPANS = {"bracket": ((0, 0), (1, 3), (4, 6))}
NAMES = ("complete_journey", "online_retail", "cdnow")
CASES = [(clock, criterion, NAMES[place % 3]) for place, (clock, criterion) in enumerate(product(CLOCKS, CRITERIA))]


@cache
def sample(name: str, size: int = 120) -> tuple[tuple[Act, ...], Any, datetime]:
    """Some of the customers, with all that they bought: as tuples, as a log, and the moment of the data's end."""
    data = source(name)
    people = set(random.Random(7).sample(sorted(data.known()), size))
    acts = tuple(act for act in data.acts if act.customer in people and act.name == "Order Completed")
    log = log_of([event(act.customer, act.name, act.ts) for act in acts], zone=data.zone)
    end = datetime.combine(data.today - timedelta(days=11), time(13), ZoneInfo(data.zone)).astimezone(UTC)
    return acts, log, end


@pytest.mark.parametrize(("clock", "criterion", "name"), CASES)
def test_every_clock_criterion_and_averaging(clock: str, criterion: str, name: str) -> None:
    acts, log, as_of = sample(name)
    events = [(act.customer, act.name, act.ts) for act in acts]
    unit = ("week", "month", "day")[CRITERIA.index(criterion) % 3]
    spans = SPANS.get(criterion) or tuple((k, k) for k in range(7))
    given = {"unit": unit, "clock": clock, "criterion": criterion}
    expected = oracle(
        events, as_of.replace(tzinfo=None), started={"Order Completed"}, returned={"Order Completed"},
        start="first_ever", zone=source(name).zone, spans=spans, since=date.min, **given,
    )  # fmt: skip
    given |= {"brackets": "0|1-3|4-6"} if criterion == "bracket" else {"buckets": 6}
    for averaging in AVERAGES:
        rows = ask(log, "retention", as_of, averaging=averaging, **given)
        assert shown(rows) == expected
        averages = {row["bucket"]: row for row in rows if row["average"]}
        assert len(averages) == len(spans)
        for low, rate in averaged(expected, averaging).items():
            assert averages[low]["average"] == averaging
            assert averages[low]["rate"] == (None if rate is None else pytest.approx(rate, rel=1e-12))


def averaged(cells: dict[tuple[date, int], tuple[int, ...]], averaging: str) -> dict[int, float | None]:
    """Per bucket the mean over cohorts that have a rate: of customers, of cohorts, or sum(m n) / sum(n n)."""
    found: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for (_, low), (_, retained, mature, _) in cells.items():
        found[low] += [(retained, mature)] if mature else []
    rates: dict[int, float | None] = {}
    for low in {low for _, low in cells}:
        pairs = found[low]
        if not pairs:
            rates[low] = None
        elif averaging == "simple":
            rates[low] = sum(m / n for m, n in pairs) / len(pairs)
        else:
            weight = 1 if averaging == "mixpanel" else 0
            rates[low] = sum(m * n**weight for m, n in pairs) / sum(n ** (1 + weight) for _, n in pairs)
    return rates
