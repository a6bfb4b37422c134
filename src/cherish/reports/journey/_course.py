"""When each customer's stage changed: a running count of the events that still hold, stage by stage."""

from __future__ import annotations

from functools import reduce
from typing import Any

import ibis

from cherish.points.event_groups import EventGroup
from cherish.reports._days import until
from cherish.reports._rows import daily, of_names
from cherish.spec.calendar import day_from, number
from cherish.spec.view import View

AWAY = -1
"""The code of being in no stage, after having been in one."""


def stays(view: View, stages: tuple[EventGroup, ...], persist: int | None) -> Any:
    """stage, following (the next stage; null while still there), days, furthest (of the last stay, else null) and n.

    Stages are numbered from 0, away is -1. `days` is how long the stay lasted, or has lasted counting today.
    """
    acts = _acts(view, stages)
    marks = acts.mutate(step=ibis.literal(1, type="int64"))
    if persist is not None:
        ends = acts.mutate(d=acts.d + persist, step=ibis.literal(-1, type="int64"))
        marks = marks.union(ends.filter(ends.d < view.day).select(*marks.columns))
    steps = {f"s{place}": marks.step.sum(where=marks.s == place).fill_null(0) for place in range(len(stages))}
    by_day = marks.group_by("customer_id", "d").agg(**steps)
    so_far = ibis.window(group_by="customer_id", order_by="d", preceding=None, following=0)
    holds = by_day.mutate(**{name: by_day[name].sum().over(so_far) for name in steps})
    furthest_first = [(holds[f"s{place}"] > 0, place) for place in reversed(range(len(stages)))]
    placed = holds.select("customer_id", "d", stage=ibis.cases(*furthest_first, else_=AWAY).cast("int64"))
    return _counted(_changes(placed), view.day)


def _changes(placed: Any) -> Any:
    """Only the days on which the stage is another than before."""
    order = ibis.window(group_by="customer_id", order_by="d")
    beside = placed.mutate(before=placed.stage.lag(1).over(order))
    return beside.filter(beside.before.isnull() | (beside.before != beside.stage)).drop("before")


def _counted(changes: Any, today: int) -> Any:
    order = ibis.window(group_by="customer_id", order_by="d")
    own = ibis.window(group_by="customer_id")
    spans = changes.mutate(
        following=changes.stage.lead(1).over(order),
        until=changes.d.lead(1).over(order),
        reached=changes.stage.max().over(own),
    )
    keys = spans.select(
        stage=spans.stage,
        following=spans.following,
        days=spans.until.fill_null(today) - spans.d,
        furthest=ibis.ifelse(spans.following.isnull(), spans.reached, ibis.null("int64")),
    )
    return keys.group_by(*keys.columns).agg(n=keys.count()).order_by(*keys.columns)


def _acts(view: View, stages: tuple[EventGroup, ...]) -> Any:
    """customer_id, d (day number), s (place of the stage): a row per customer, day and stage with an event."""
    names = tuple(dict.fromkeys(name for stage in stages for name in stage.names))
    rows = of_names(view, daily(until(view, day_from(view.day))), names)
    rows = rows.mutate(d=number(rows.day).cast("int64"))
    plain = {name: place for place, stage in enumerate(stages) for name, least in stage.events if least == 1}
    later = [(name, least, place) for place, stage in enumerate(stages) for name, least in stage.events if least > 1]
    parts = []
    if plain:
        direct = rows.filter(rows.name.isin(tuple(plain)))
        code = direct.name.cases(*plain.items(), else_=ibis.null("int64"))
        parts.append(direct.select("customer_id", "d", s=code.cast("int64")))
    parts += [_from_number(rows, name, least, place) for name, least, place in later]
    return reduce(lambda above, below: above.union(below), parts).distinct()


def _from_number(rows: Any, name: str, least: int, place: int) -> Any:
    """The days on which the event happened for at least the `least`-th time."""
    own = rows.filter(rows.name == name)
    own = own.group_by("customer_id", "d").agg(n=own.n.sum())
    so_far = ibis.window(group_by="customer_id", order_by="d", preceding=None, following=0)
    counted = own.mutate(times=own.n.sum().over(so_far))
    return counted.filter(counted.times >= least).select("customer_id", "d", s=ibis.literal(place, type="int64"))
