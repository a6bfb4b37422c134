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

_BITS = 62
AWAY = -1
"""The code of being in no stage, after having been in one."""


def stays(view: View, stages: tuple[EventGroup, ...], persist: int | None) -> Any:
    """stage, following (the next stage; null while still there), days, furthest (of the last stay, else null) and n.

    Stages are numbered from 0, away is -1. `days` is how long the stay lasted, or has lasted counting today.
    """
    acts = _acts(view, stages)
    if persist is None:
        # What holds for good is known from its first day.
        acts = acts.group_by("customer_id", "s").agg(d=acts.d.min()).select(*acts.columns)
    # How many days hold a stage at once is at most `persist`: so wide is its place in a word.
    width = 1 if persist is None else persist.bit_length()
    words = _words(len(stages), width)
    marks = acts.mutate(**{name: _unit(acts.s, places) for name, places in words.items()})
    if persist is not None:
        ends = marks.mutate(d=marks.d + persist, **{name: -marks[name] for name in words})
        marks = marks.union(ends.filter(ends.d < view.day).select(*marks.columns))
    by_day = marks.group_by("customer_id", "d").agg(**{name: marks[name].sum().cast("int64") for name in words})
    so_far = ibis.window(group_by="customer_id", order_by="d", preceding=None, following=0)
    holds = by_day.mutate(**{name: by_day[name].sum().over(so_far).cast("int64") for name in words})
    furthest_first = [
        (holds[name] >= unit, place) for name, places in reversed(words.items()) for place, unit in places[::-1]
    ]
    placed = holds.select("customer_id", "d", stage=ibis.cases(*furthest_first, else_=AWAY).cast("int64"))
    return _counted(_changes(placed), view.day)


def _words(stages: int, width: int) -> dict[str, list[tuple[int, int]]]:
    """The stages laid side by side in as few whole numbers as hold them: each stage's place and its unit in the word.

    Counts that run along together are one sum instead of one each; a later stage has the greater unit, so that the
    furthest stage that holds is read off by comparing.
    """
    room = max(_BITS // width, 1)
    found: dict[str, list[tuple[int, int]]] = {}
    for place in range(stages):
        found.setdefault(f"w{place // room}", []).append((place, 1 << (width * (place % room))))
    return found


def _unit(stage: Any, places: list[tuple[int, int]]) -> Any:
    """What an event of this stage adds to a word."""
    # Each of 64 bits with its sign: a bare number above 32 bits is one without a sign on some engines.
    units = [(place, ibis.literal(unit).cast("int64")) for place, unit in places]
    return stage.cases(*units, else_=ibis.literal(0).cast("int64"))


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
