"""Events, customers and money of each day: our report against the best SQL that we could write."""

from __future__ import annotations

from typing import Any

from bench.hands import FromEvents, both_ways, commonest, question, sources, written
from bench.side import Row


def run(store: Any) -> list[Row]:
    """One comparison from daily rows, one from raw events."""
    event = commonest(store)
    series = f"count:{event};unique:{event};sum:{event}"
    found = []
    with store.session():
        for place, source in sources(store, event).items():
            log = store if place == "activity" else FromEvents(store)
            asked = question(log, "trends", unit="day", series=series)
            found += both_ways(f"daily trends from {place}", asked, written(f"trends_{place}", source=source), _same)
    return found


def _same(ours: Any, theirs: Any) -> bool:
    names = {"A": "events", "B": "customers", "C": "money"}
    found = {(row["period"], names[row["series"]]): row["value"] for row in ours.to_pylist()}
    expected = {(row["day"], name): float(row[name] or 0) for row in theirs.to_pylist() for name in names.values()}
    # Days on which nothing happened are rows of ours, with 0.
    return {key: found[key] for key in found if found[key]} == {key: expected[key] for key in expected if expected[key]}
