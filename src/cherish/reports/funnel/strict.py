"""Steps one right after the other: the next event of the stream must be the next step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ibis

from cherish.reports.funnel.ask import Ask
from cherish.reports.funnel.outcome import latest, outcome


def attempts(ask: Ask, rows: Any, entries: Callable[[Any, Any, tuple[str, ...]], Any]) -> Any:
    """The entries with their outcome (see `outcome`); `entries` picks them from rows that know their followers.

    A row that breaks the chain may begin the next attempt, unless it is an excluded event.
    """
    stream = ibis.window(group_by=[rows[name] for name in ask.key], order_by=[rows.ts, rows.event_id])
    ahead = {}
    for step in range(2, ask.count + 1):
        ahead[f"t_{step}"] = rows.ts.lead(step - 1).over(stream)
        ahead[f"f_{step}"] = rows[f"s_{step}"].cast("int8").lead(step - 1).over(stream).fill_null(0)
        if ask.placed:
            ahead[f"p_{step}"] = rows.place.lead(step - 1).over(stream)
        barred = _barred(ask, rows, step - 1)
        if barred is not None:
            ahead[f"b_{step}"] = barred.cast("int8").lead(step - 1).over(stream).fill_null(0)
    opens = entries(rows.mutate(**ahead), rows.s_1, tuple(ahead))
    return _judged(ask, opens)


def _barred(ask: Ask, rows: Any, state: int) -> Any:
    """Whether a row is an excluded event for those who have reached this step."""
    found = None
    for number in ask.covering(state):
        found = rows[f"x_{number}"] if found is None else found | rows[f"x_{number}"]
    return found


def _judged(ask: Ask, rows: Any) -> Any:
    steps = range(2, ask.count + 1)
    rows = rows.mutate(**{f"d_{step}": rows[f"t_{step}"].delta(rows.ts, unit="microsecond") for step in steps})
    reached = {1: ibis.literal(True)}
    ends = []
    for step in steps:
        here = reached[step - 1] & (rows[f"d_{step}"] <= ask.micro).fill_null(False)
        if f"b_{step}" in rows.columns:
            barred = rows[f"b_{step}"] == 1
            ends.append((here & barred, rows[f"p_{step}"]))
            here = here & ~barred
        reached[step] = here & (rows[f"f_{step}"] == 1)
    last = latest(rows.ts, reached, {step: rows[f"t_{step}"] for step in steps})
    if not ask.placed:
        return outcome(ask, rows, reached, last, None, ends)
    missed = [(~reached[step], rows[f"p_{step}"] - 1) for step in steps]
    return outcome(ask, rows, reached, last, rows[f"p_{ask.count}"], ends, ibis.cases(*missed, else_=None))
