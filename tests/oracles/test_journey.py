"""The journey a second time: every customer's stage on every day, by looking back from it."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from itertools import groupby, pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cherish.reports.journey import _course
from effort import tries
from logs import event, log_of
from oracles.real import source
from reports.asking import ask

START = datetime(2024, 2, 20, 20)
NAMES = ("Page", "Products Searched", "Product Viewed", "Order Completed", "Product Shared")
STAGES = ("problem", "research", "evaluate", "buy", "repeat", "advocate")
DRAWN = st.lists(st.tuples(st.integers(0, 4), st.sampled_from(NAMES), st.integers(0, 60)), min_size=3, max_size=40)
AWAY = "(away)"


def stage_of(acts: list[tuple[int, str]], day: int, persist: int) -> str:
    """The furthest stage of the events of the `persist` days that end with this day; repeat from the second buy on."""
    held = {name for at, name in acts if day - persist < at <= day}
    buys = sorted(at for at, name in acts if name == "Order Completed")
    reached = {"Page": "problem", "Products Searched": "research", "Product Viewed": "evaluate",
               "Order Completed": "buy", "Product Shared": "advocate"}  # fmt: skip
    found = {reached[name] for name in held}
    if any(day - persist < at <= day for at in buys[1:]):
        found.add("repeat")
    return max(found, key=STAGES.index) if found else AWAY


def courses(acts: dict[str, list[tuple[int, str]]], today: int, persist: int) -> dict[str, list[tuple[str, int]]]:
    """Each customer's stages in order and how long each lasted, the last one up to the end of yesterday."""
    found = {}
    for who, own in acts.items():
        first = min(at for at, _ in own)
        daily = [stage_of(own, day, persist) for day in range(first, today)]
        found[who] = [(stage, len(list(days))) for stage, days in groupby(daily)]
    return found


def check(log: Any, acts: dict[str, list[tuple[int, str]]], today: int, persist: int) -> None:
    ways = courses(acts, today, persist)
    rows = {row["stage"]: row for row in ask(log, "journey", persist=f"{persist}d")}
    moves = Counter((one, other) for way in ways.values() for (one, _), (other, _) in pairwise(way))
    for stage in (*STAGES, AWAY):
        if stage not in rows:
            assert not any(stage == each for way in ways.values() for each, _ in way)
            continue
        row = rows[stage]
        assert row["current"] == sum(way[-1][0] == stage for way in ways.values())
        assert row["stays"] == sum(each == stage for way in ways.values() for each, _ in way)
        if stage != AWAY:
            furthest = [max((each for each, _ in way if each != AWAY), key=STAGES.index) for way in ways.values()]
            assert row["furthest_ever"] == furthest.count(stage)
            behind = STAGES[: STAGES.index(stage)]
            assert row["moved_back"] == sum(moves[stage, other] for other in behind)
            assert row["went_away"] == moves[stage, AWAY]
        stays: dict[bool, list[int]] = defaultdict(list)
        for way in ways.values():
            for place, (each, length) in enumerate(way):
                if each == stage:
                    stays[place < len(way) - 1].append(length)
        assert row["median_days"] == median(stays[True], stays[False])
    found = {(row["from_stage"], row["to_stage"]): row["moves"]
             for row in ask(log, "journey", persist=f"{persist}d", show="transitions")}  # fmt: skip
    assert found == dict(moves)


def median(ended: list[int], open_: list[int]) -> int | None:
    """Kaplan-Meier by its definition. A stay seen for n days and not ended lasts n days or longer, or ends today."""
    left = 1.0
    for day in sorted(set(ended)):
        at_risk = sum(each >= day for each in ended) + sum(each - 1 >= day for each in open_)
        left *= 1 - ended.count(day) / at_risk
        if left <= 0.5 + 1e-12:
            return day
    return None


@tries(20)
@given(DRAWN, st.integers(2, 25))
def test_the_journey_is_what_looking_back_from_every_day_says(drawn: list[tuple[int, str, int]], persist: int) -> None:
    rows = [(0, "Page", 0), (0, "Product Viewed", 1), *drawn]
    log = log_of([event(f"u{user}", name, START + timedelta(days=day)) for user, name, day in rows], "Asia/Kolkata")
    acts: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for user, name, day in rows:
        acts[f"u{user}"].append((day, name))
    check(log, acts, max(day for *_, day in rows) + 1, persist)


@pytest.mark.parametrize("bits", [62, 7])
def test_the_journey_of_real_buyers(bits: int, monkeypatch: pytest.MonkeyPatch) -> None:
    # Stages lie side by side in whole numbers; with 7 bits each needs one of its own.
    monkeypatch.setattr(_course, "_BITS", bits)
    data = source("cdnow")
    first = date(1997, 1, 1)
    acts: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for act in data.acts:
        acts[act.customer].append(((act.day - first).days, act.name))
    check(data.log.store, acts, (data.today - first).days, 60)
