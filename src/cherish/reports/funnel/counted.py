"""From attempts to counts per step, group and period, and to the percentiles of the time that steps took."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

import ibis

from cherish.reports._groups import TRAIT, Groups
from cherish.reports.funnel.ask import Ask, moment
from cherish.spec.periods import period_of
from cherish.spec.report import Run
from cherish.spec.view import View

COUNTS, STEP, TOTAL = 0, 1, 2
"""What a row of `counted` holds: counts, percentiles of the time since the step before, or since the entry."""


def _number(step: int) -> Any:
    return ibis.literal(step, type="int64").name("step").as_table()


def levels(ask: Ask, attempts: Any) -> Any:
    """A row for each attempt and step that it reached: customer_id, ts (of the entry), by_N, step, d and b
    (microseconds since the entry, and since the step before)."""
    numbers = list(range(1, ask.count + 1))
    # A join, and not a union of the attempts with themselves: engines would make them anew for each step.
    steps = reduce(lambda above, below: above.union(below), map(_number, numbers))
    rows = attempts.cross_join(steps)
    rows = rows.filter(rows.step <= rows.reached)
    none = ibis.literal(0, type="int64")
    since = ibis.cases(*((rows.step == step, rows[f"d_{step}"]) for step in numbers[1:]), else_=none)
    before = ibis.cases(*((rows.step == step, rows[f"d_{step - 1}"]) for step in numbers[2:]), (rows.step == 0, none),
                        else_=none)  # fmt: skip
    return of_step(ask, rows, rows.step, rows.ts, since, since - before)


def of_step(ask: Ask, rows: Any, step: Any, entered: Any, since: Any, before: Any) -> Any:
    """Rows in the shape of `levels`; a time that a tolerance made negative counts as none."""
    # A tolerance is the only way in which a step can come before another.
    if ask.choices.grace:
        since, before = ibis.greatest(since, 0), ibis.greatest(before, 0)
    return rows.select(
        "customer_id", *ask.labels, ts=entered, step=step, d=since.cast("int64"),
        b=before.cast("int64"),
    )  # fmt: skip


def counted(view: View, ask: Ask, reached: Any, shares: Sequence[float], top: int, run: Run) -> Any:
    """Rows of step, by_N, period, what; reached and open (counts), q_1 ... (microseconds): see `COUNTS`."""
    rows = _labelled(view, ask, reached)
    groups = Groups.of(ask.by, rows.filter(rows.step == 1), top, run)
    rows = groups.on(rows)
    keys = groups.labels
    if ask.trend is not None:
        rows, keys = rows.mutate(period=period_of(view.calendar.day(rows.ts), ask.trend)), (*keys, "period")
    unfinished = (rows.ts >= moment(view, ask.choices.window)).cast("int64")
    counts = rows.mutate(unfinished=unfinished).group_by(*keys, "step").agg(
        reached=ibis._.count(), open=ibis._.unfinished.sum()
    )  # fmt: skip
    names = [f"q_{place}" for place in range(1, len(shares) + 1)]
    blank = {name: ibis.null("float64") for name in names}
    made = counts.select(*keys, "step", "reached", "open", what=ibis.literal(COUNTS, type="int64"), **blank)
    if not shares:
        return made
    times = _percentiles(rows, (*keys, "step", "what"), shares)
    none = {name: ibis.null("int64") for name in ("reached", "open")}
    return made.union(times.select(**{name: none.get(name, times[name] if name in times.columns else None)
                                      for name in made.columns}))  # fmt: skip


def _labelled(view: View, ask: Ask, rows: Any) -> Any:
    traits = tuple(name for name in ask.by if name.startswith(TRAIT))
    if not traits:
        return rows
    known = view.customers(traits)
    places = [place for place, name in enumerate(ask.by, 1) if name.startswith(TRAIT)]
    labels = {f"by_{place}": known[f"by_{number}"] for number, place in enumerate(places, 1)}
    joined = rows.inner_join(known.select("customer_id", **labels), "customer_id")
    return joined.select(*(name for name in joined.columns if not name.endswith("_right")))


def _percentiles(rows: Any, keys: tuple[str, ...], shares: Sequence[float]) -> Any:
    """By linear interpolation between neighbours, from cumulative counts of equal times: the same on every engine."""
    later = rows.filter(rows.step > 1)
    sides = [later.select(*keys[:-1], what=ibis.literal(what, type="int64"), v=later[name])
             for what, name in ((STEP, "b"), (TOTAL, "d"))]  # fmt: skip
    both = sides[0].union(sides[1])
    same = both.group_by(*keys, "v").agg(n=both.count())
    group = [same[key] for key in keys]
    upto = same.n.sum().over(ibis.window(group_by=group, order_by=same.v, preceding=None, following=0))
    placed = same.mutate(upto=upto, total=same.n.sum().over(ibis.window(group_by=group)))
    found: dict[str, Any] = {}
    for place, share in enumerate(shares, 1):
        at = (placed.total - 1) * ibis.literal(share, type="float64")
        low = at.floor().cast("int64")
        for name, target in (("low", low), ("high", ibis.least(low + 1, placed.total - 1))):
            inside = (placed.upto - placed.n <= target) & (target < placed.upto)
            found[f"{name}_{place}"] = placed.v.max(where=inside)
        found[f"part_{place}"] = (at - low).max()
    made = placed.group_by(*keys).agg(**found)
    values = {
        f"q_{place}": made[f"low_{place}"].cast("float64")
        + (made[f"high_{place}"] - made[f"low_{place}"]).cast("float64") * made[f"part_{place}"]
        for place in range(1, len(shares) + 1)
    }
    return made.select(*keys, **values)
