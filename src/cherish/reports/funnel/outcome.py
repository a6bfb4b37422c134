"""What became of an attempt, in one shape for every order of steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from operator import add, or_
from typing import Any

import ibis

from cherish.reports.funnel.ask import Ask

FAR = 9_000_000_000_000_000_000
"""A place, or a time, after all others."""


def outcome(
    ask: Ask,
    rows: Any,
    reached: Mapping[int, Any],
    last: Any,
    furthest: Any,
    ends: Sequence[tuple[Any, Any]],
    broken: Any = None,
) -> Any:
    """One row per attempt: the key, ts, event_id, by_N, and

    d_2 ...    microseconds from the entry to each step; null for steps that were not reached
    reached    how many steps were (1 or more)
    last       when the last of them was
    hit        whether an excluded event ended it (only where there are some)
    place      where the entry stands in the customer's stream, and `over`: the last row that belongs to the attempt,
               null where only its window ends it (both only where customers enter again)

    `reached[j]` is true where step j counts (and so do all before it). `furthest` is the place of the last row of an
    attempt that went through all steps, `ends` tells for each exclusion whether it ended the attempt and where,
    `broken` is the last place of attempts that ended in neither way.
    """
    steps = range(2, ask.count + 1)
    shown = {
        **{f"d_{step}": ibis.ifelse(reached[step], rows[f"d_{step}"], None) for step in steps},
        "reached": reduce(add, (reached[step].cast("int64") for step in steps), ibis.literal(1, type="int64")),
        "last": last,
    }
    if ask.exclusions:
        shown["hit"] = reduce(or_, (hit for hit, _ in ends), ibis.literal(False))
    if ask.totals:
        far = ibis.literal(FAR)
        # Not every engine takes the least of one.
        stopped = ibis.least(far, *(ibis.ifelse(hit, place, FAR) for hit, place in ends)) if ends else far
        broken = ibis.null("int64") if broken is None else broken
        over = ibis.cases((reached[ask.count], furthest), (stopped < FAR, stopped), else_=broken)
        shown |= {"place": rows.place, "over": over.cast("int64")}
    return rows.select(*ask.key, "ts", "event_id", *ask.labels, **shown)


def latest(ts: Any, reached: Mapping[int, Any], times: Mapping[int, Any]) -> Any:
    """The latest of these times whose step counts, at least `ts`."""
    return ibis.greatest(ts, *(ibis.ifelse(reached[step], time, ts) for step, time in times.items()))
