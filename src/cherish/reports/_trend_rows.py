"""The engine's part of a trend: counts per period and group, in one pass for all series that share the rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

import ibis

from cherish.errors import QuestionError
from cherish.points.rows import converted
from cherish.reports._axis import Axis
from cherish.reports._groups import Groups
from cherish.reports._measured import measured
from cherish.reports._rows import daily, is_maintained, labels, of_names
from cherish.reports._series import Series
from cherish.spec.calendar import day_from
from cherish.spec.filters import conjunction
from cherish.spec.periods import period_of
from cherish.spec.report import Run
from cherish.spec.view import View


@dataclass(frozen=True)
class Ask:
    """A trend question: the series, the periods, the breakdowns."""

    series: tuple[Series, ...]
    axis: Axis
    by: tuple[str, ...]
    top: int


def rows(view: View, ask: Ask, run: Run) -> tuple[Any, Groups]:
    """Rows of period, by_N and for each series X the columns X_value, X_total and X_n; and the groups."""
    groups = _groups(view, ask, run)
    parts = []
    counted = tuple(each for each in ask.series if each.daily)
    if counted:
        parts.append(_daily(view, ask, counted, groups))
    for each in ask.series:
        if each.measure is not None:
            parts.append(measured(view, ask.axis, each, each.measure, groups, run))
        elif not each.daily:
            parts.append(_of_field(view, ask, each, groups))
    return _stacked(parts, ("period", *labels(ask.by))), groups


def _stacked(parts: list[Any], keys: tuple[str, ...]) -> Any:
    if len(parts) == 1:
        return parts[0]
    types = {name: part[name].type() for part in parts for name in part.columns if name not in keys}
    even = [
        part.select(*keys, **{name: part[name] if name in part.columns else ibis.null(types[name]) for name in types})
        for part in parts
    ]
    return reduce(lambda above, below: above.union(below), even)


# -- groups -------------------------------------------------------------------------------------------------------


def _groups(view: View, ask: Ask, run: Run) -> Groups:
    if not ask.by:
        return Groups()
    lead = ask.series[0]
    measured = any(each.measure is not None for each in ask.series)
    if measured and (len(ask.by) > 1 or not ask.by[0].startswith("traits.")):
        raise QuestionError("a measure can be broken down by one trait")
    table = view.customers(ask.by) if lead.measure else _inside(ask, _source(view, lead, ask.by))
    by = labels(ask.by)
    weight = _weight(lead, table)
    ranked = run(table.group_by(*by).agg(weight=weight).order_by(ibis.desc("weight"), *by).limit(ask.top + 1))
    keys = tuple(zip(*(ranked.column(label).to_pylist() for label in by), strict=True))
    if len(keys) <= ask.top and not measured:
        return Groups(ask.by)
    shown = keys[: ask.top]
    taken = {value for key in shown for value in key}
    return Groups(ask.by, shown, "(other)" if "other" in taken else "other")


def _weight(lead: Series, table: Any) -> Any:
    if lead.how == "unique":
        return table.customer_id.nunique()
    if lead.how == "sum":
        return table[lead.field].sum()
    return table.n.sum() if lead.how == "count" else table.count()


def _source(view: View, series: Series, by: tuple[str, ...]) -> Any:
    if series.daily:
        table = daily(view, by)
    else:
        asked = (series.field.removeprefix("properties."),) if series.field and series.field != "value" else ()
        table = view.events(by, properties=asked)
    return converted(of_names(view, table, series.events), view.facts)


def _inside(ask: Ask, table: Any) -> Any:
    # Only where the range is narrower than the log: on raw events the day would be computed once more for each limit.
    keep = []
    if ask.axis.begin > ask.axis.born:
        keep.append(table.day >= ibis.literal(day_from(ask.axis.begin), type="date"))
    if ask.axis.cut:
        keep.append(table.day < ibis.literal(day_from(ask.axis.end), type="date"))
    return table.filter(conjunction(keep)) if keep else table


# -- daily counts and money ---------------------------------------------------------------------------------------


def _daily(view: View, ask: Ask, series: tuple[Series, ...], groups: Groups) -> Any:
    sets = tuple(dict.fromkeys(each.events for each in series))
    everything = tuple(dict.fromkeys(name for names in sets for name in names))
    table = daily(view, ask.by)
    table = groups.on(converted(_inside(ask, of_names(view, table, everything)), view.facts))
    table = table.mutate(period=period_of(table.day, ask.axis.unit))
    keys = ("period", *labels(ask.by))
    where = {names: None if len(sets) == 1 else table.name.isin(names) for names in sets}
    plain = is_maintained(view, ask.by)
    if not any(each.how == "unique" for each in series) or _once(view, ask, sets):
        found = table.group_by(*keys).agg(**_amounts(table, series, where, plain))
        return found.select(*keys, **_columns(found, series, sets))
    amounts = _amounts(table, series, where, plain)
    there = {f"c{place}": table.count(where=where[names]) for place, names in enumerate(sets) if len(sets) > 1}
    people = table.group_by("customer_id", *keys).agg(**{k: v for k, v in amounts.items() if k[0] != "c"}, **there)
    totals = {name: people[name].sum() for name in amounts if name[0] != "c"}
    for place, names in enumerate(sets):
        if where[names] is None:
            totals[f"c{place}"] = people.count()
        else:
            totals[f"c{place}"] = people.count(where=people[f"c{place}"] > 0)
    found = people.group_by(*keys).agg(**totals)
    return found.select(*keys, **_columns(found, series, sets))


def _once(view: View, ask: Ask, sets: tuple[tuple[str, ...], ...]) -> bool:
    """Whether each row is one customer's period: whole days, one event name, one currency."""
    names = {name for each in sets for name in each}
    single = all(len(each) == 1 for each in sets)
    one_row = single and all(view.facts.name_currencies.get(name, 2) <= 1 for name in names)
    return one_row and ask.axis.unit == "day" and is_maintained(view, ask.by)


def _amounts(
    table: Any, series: tuple[Series, ...], where: Mapping[tuple[str, ...], Any], plain: bool
) -> dict[str, Any]:
    """Events (n), money (v) and rows (c) per set of events, each once."""
    found: dict[str, Any] = {}
    for place, (names, condition) in enumerate(where.items()):
        hows = {each.how for each in series if each.events == names}
        if hows & {"count", "sum"}:
            # An event is a row where events are read: counting rows spares the engine a sum.
            found[f"n{place}"] = table.n.sum(where=condition) if plain else table.count(where=condition)
        if "sum" in hows:
            found[f"v{place}"] = table.value.sum(where=condition)
        if "unique" in hows:
            found[f"c{place}"] = table.count(where=condition)
    return found


def _columns(found: Any, series: tuple[Series, ...], sets: tuple[tuple[str, ...], ...]) -> dict[str, Any]:
    columns = {}
    for each in series:
        place = sets.index(each.events)
        kind = {"count": "n", "unique": "c", "sum": "v"}[each.how]
        count = found[f"c{place}" if each.how == "unique" else f"n{place}"]
        columns[f"{each.letter}_value"] = found[f"{kind}{place}"]
        columns[f"{each.letter}_n"] = count.cast("int64")
    return columns


# -- averages and percentiles of a field --------------------------------------------------------------------------


def _of_field(view: View, ask: Ask, series: Series, groups: Groups) -> Any:
    table = groups.on(_inside(ask, _source(view, series, ask.by)))
    table = table.mutate(period=period_of(table.day, ask.axis.unit), v=table[series.field])
    table = table.filter(table.v.notnull())
    keys = ("period", *labels(ask.by))
    if series.quantile is not None:
        return _percentile(table, keys, series)
    found = table.group_by(*keys).agg(total=table.v.sum(), n=table.count())
    value = found.total if series.how == "sum" else found.total.cast("float64") / found.n.nullif(0)
    return found.select(*keys, **{f"{series.letter}_value": value, f"{series.letter}_n": found.n})


def _percentile(table: Any, keys: tuple[str, ...], series: Series) -> Any:
    """By linear interpolation between neighbours, from cumulative counts of equal values: the same on every engine."""
    counted = table.group_by(*keys, v=table.v.cast("float64")).agg(n=table.count())
    group = [counted[key] for key in keys]
    order = ibis.window(group_by=group, order_by=counted.v, preceding=None, following=0)
    everyone = ibis.window(group_by=group)
    placed = counted.mutate(upto=counted.n.sum().over(order), total=counted.n.sum().over(everyone))
    at = (placed.total - 1) * ibis.literal(series.quantile, type="float64")
    low = at.floor().cast("int64")
    placed = placed.mutate(at=at, low=low, high=ibis.least(low + 1, placed.total - 1), before=placed.upto - placed.n)

    def value_at(place: Any) -> Any:
        return placed.v.max(where=(placed.before <= place) & (place < placed.upto))

    found = placed.group_by(*keys).agg(
        lower=value_at(placed.low),
        upper=value_at(placed.high),
        share=(placed["at"] - placed.low).max(),
        n=placed.total.max(),
    )
    value = found.lower + (found.upper - found.lower) * found.share
    return found.select(*keys, **{f"{series.letter}_value": value, f"{series.letter}_n": found.n.cast("int64")})
