"""Paths a second time: sequences cut, joined and counted in plain Python, for every choice of every table."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cherish.points.relations.sessions import Sessions
from effort import tries
from oracles.test_sessions import Row, by_event, loaded, sessions, streams
from reports.asking import ask

EVE = Row("e", datetime(2024, 10, 26, 20, 30), "Clicked", "spring", "search")
START, END = "(start)", "(end)"
CHOICES = tuple(
    {"within": within, "collapse": collapse, "start": start, "end": end, "top": top, "steps": steps}
    for within in ("session", "customer") for collapse in (True, False)
    for start, end in (
        ((), ()), (("Clicked",), ()), ((), ("Order Completed",)), (("Page Viewed",), ("Order Completed", "Clicked")),
    )
    for top, steps in ((10, 4), (1, 3))
)  # fmt: skip


def walks(found: dict[str, list[Row]], choice: dict[str, Any]) -> list[tuple[str, list[str]]]:
    """The customer and the events of every path, in the order of time."""
    everybody = {**by_event(found), "eve": [EVE]}
    own = [row for rows in everybody.values() for row in rows if row.name != "Email Sent"]
    counts = Counter(row.name for row in own)
    anchors = {*choice["start"], *choice["end"]}
    ranked = sorted((name for name in counts if name not in anchors), key=lambda name: (-counts[name], name))
    shown = {*ranked[: choice["top"]], *anchors}
    rule = Sessions() if choice["within"] == "session" else Sessions(timeout=10**9)
    made = []
    for user, rows in everybody.items():
        for session in sessions(rows, rule):
            names = cut([row.name for row in session], choice["start"], choice["end"])
            names = [name if name in shown else "other" for name in names]
            if choice["collapse"]:
                names = [name for name, _ in itertools.groupby(names)]
            if names:
                made.append((user, names))
    return made


def cut(names: list[str], start: tuple[str, ...], end: tuple[str, ...]) -> list[str]:
    """What lies between the anchors, these included; nothing where one of them is missing."""
    if start:
        names = names[next((place for place, name in enumerate(names) if name in start), len(names)) :]
    if end:
        names = names[: next((place for place, name in enumerate(names) if name in end), -1) + 1]
    return names


def transitions(made: list[tuple[str, list[str]]]) -> dict[tuple[str, str], tuple[int, int, int]]:
    count: Counter[tuple[str, str]] = Counter()
    who = defaultdict(set)
    for user, names in made:
        for pair in itertools.pairwise([START, *names, END]):
            count[pair] += 1
            who[pair].add(user)
    left: Counter[str] = Counter()
    for (origin, _), number in count.items():
        left[origin] += number
    return {pair: (number, len(who[pair]), left[pair[0]]) for pair, number in count.items()}


def placed(names: list[str], choice: dict[str, Any]) -> dict[int, str | None]:
    """The event at each step that is asked for."""
    steps = range(1, choice["steps"] + 1)
    if choice["end"] and not choice["start"]:
        return {1 - step: names[-step] if step <= len(names) else None for step in reversed(steps)}
    return {step: names[step - 1] if step <= len(names) else None for step in steps}


def check(store: Any, found: dict[str, list[Row]], choice: dict[str, Any]) -> None:
    made = walks(found, choice)
    rows = ask(store, "paths", show="transitions", **choice)
    told = {(row["origin"], row["target"]): (row["count"], row["customers"], row["of"]) for row in rows}
    assert told == transitions(made)
    assert all(row["share"] == row["count"] / row["of"] for row in rows)
    back = bool(choice["end"]) and not choice["start"]
    at: Counter[tuple[int, str]] = Counter()
    sequences: Counter[tuple[str | None, ...]] = Counter()
    customers = defaultdict(set)
    for user, names in made:
        steps = placed(names, choice)
        at.update((step, name or (START if back else END)) for step, name in steps.items())
        sequences[tuple(steps.values())] += 1
        customers[tuple(steps.values())].add(user)
    rows = ask(store, "paths", show="matrix", **choice)
    assert {(row["step"], row["event"]): row["paths"] for row in rows} == at
    assert {row["of"] for row in rows} <= {len(made)}
    rows = ask(store, "paths", show="positions", limit=1_000, **choice)
    keys = [tuple(value for name, value in row.items() if name.startswith("step_")) for row in rows]
    assert {key: row["paths"] for key, row in zip(keys, rows, strict=True)} == sequences
    assert {key: row["customers"] for key, row in zip(keys, rows, strict=True)} == {
        key: len(users) for key, users in customers.items()
    }
    assert [row["paths"] for row in rows] == sorted((row["paths"] for row in rows), reverse=True)
    assert {row["of"] for row in rows} <= {len(made)}


@tries(3)
@given(streams(), st.integers(0, 1))
def test_every_table_in_every_choice(found: dict[str, list[Row]], half: int) -> None:
    store = loaded(found)
    names = {row.name for rows in found.values() for row in rows}
    with store.session():
        for choice in CHOICES[half::2]:
            if {*choice["start"], *choice["end"]} <= names:
                check(store, found, choice)


@pytest.mark.parametrize("choice", CHOICES)
def test_one_customer_whose_paths_are_known(choice: dict[str, Any]) -> None:
    names = (
        "Page Viewed",
        "Page Viewed",
        "Clicked",
        "Screen Viewed",
        "Page Viewed",
        "Order Completed",
        *["Clicked"] * 2,
    )
    gaps = (0, 1, 2, 40, 41, 41, 45, 90)
    start = datetime(2024, 10, 26, 21)
    rows = [
        Row(str(place), start + timedelta(minutes=gap), name, None, None)
        for place, (name, gap) in enumerate(zip(names, gaps, strict=True))
    ]
    check(loaded({"ann": rows}), {"ann": rows}, choice)
