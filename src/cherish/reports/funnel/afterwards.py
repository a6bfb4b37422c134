"""What people did instead of the next step: their first act at a later moment, while the window was open."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import ibis
import pyarrow as pa

from cherish.reports.funnel.ask import Ask
from cherish.spec.view import View

NOTHING = "(nothing in the window)"
OTHER = "(other)"


def afterwards(view: View, ask: Ask, attempts: Any) -> Any:
    """Rows of step (the last one reached), name (null: nothing) and n, of the attempts that did not convert."""
    dropped = attempts.filter(attempts.reached < ask.count)
    ends = dropped.select("customer_id", at=dropped["last"], until=dropped.ts + ask.window, step=dropped.reached)
    events = view.events()
    acts = events.filter(events.name.isin(ask.acts)).semi_join(dropped, "customer_id")
    # An attempt ends with a step, so the moment of its end is one of these; several attempts may end at the same.
    moments = acts.group_by("customer_id", at=acts.ts).agg(name=acts.name.argmin(acts.event_id))
    stream = ibis.window(group_by=moments.customer_id, order_by=moments["at"])
    led = moments.select(
        "customer_id", "at", did=moments.name.lead(1).over(stream), then=moments["at"].lead(1).over(stream)
    )
    met = ends.inner_join(led, ["customer_id", "at"])
    inside = (met.then <= met.until).fill_null(False)
    told = met.select("step", name=ibis.ifelse(inside, met.did, ibis.null("string")))
    return told.group_by("step", "name").agg(n=told.count())


def laid_out(rows: pa.Table, names: tuple[str, ...], most: int) -> pa.Table:
    """The finished table: of each step but the last who went no further, and the most frequent of what they did."""
    found: dict[int, dict[str | None, int]] = defaultdict(dict)
    for row in rows.to_pylist():
        found[row["step"]][row["name"]] = row["n"]
    lines = [line for step in range(1, len(names)) for line in _of_step(step, names[step - 1], found[step], most)]
    kinds = {"step": pa.int64(), "name": pa.string(), "dropped": pa.int64(), "did_next": pa.string(),
             "customers": pa.int64(), "share": pa.float64()}  # fmt: skip
    return pa.table({name: pa.array([line[place] for line in lines], kind)
                     for place, (name, kind) in enumerate(kinds.items())})  # fmt: skip


def _of_step(step: int, name: str, counts: dict[str | None, int], most: int) -> list[tuple[Any, ...]]:
    dropped = sum(counts.values())
    acts = sorted(((n, act) for act, n in counts.items() if act is not None), key=lambda pair: (-pair[0], pair[1]))
    listed = [(act, n) for n, act in acts[:most]]
    rest = sum(n for n, _ in acts[most:])
    listed += [(OTHER, rest)] if rest else []
    listed += [(NOTHING, counts[None])] if None in counts else []
    return [(step, name, dropped, act, n, n / dropped) for act, n in listed]


def headline(table: pa.Table) -> dict[str, Any]:
    """What those who dropped out did most often after the step at which most did."""
    rows = table.to_pylist()
    if not rows:
        return {"dropped": 0}
    worst = max(rows, key=lambda row: (row["dropped"], row["customers"]))
    return {"dropped": sum({row["step"]: row["dropped"] for row in rows}.values()), "after": worst["name"],
            "did_next": worst["did_next"], "share": worst["share"]}  # fmt: skip
