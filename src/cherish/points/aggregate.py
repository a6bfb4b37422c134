"""Facts as aggregate expressions: what all share becomes a filter, the rest a condition on each aggregate."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cherish.points import bits
from cherish.points.fact import Fact
from cherish.points.rows import PAID
from cherish.spec.calendar import number
from cherish.spec.filters import conjunction

_METHODS = {"total": "sum", "distinct": "nunique", "least": "min", "greatest": "max", "median": "median"}
InWindow = Callable[[Any, int], Any]
"""Whether a row lies in the window of so many days that ends at the moment."""


def widest(facts: Mapping[str, Fact]) -> int | None:
    """The longest window among the facts; None when one of them looks at everything."""
    windows = [fact.window for fact in facts.values()]
    return None if None in windows else max(window for window in windows if window is not None)


def shared_names(facts: Mapping[str, Fact]) -> list[str] | None:
    """The event names that at least one fact uses; None when one of them uses all."""
    names = [fact.names for fact in facts.values()]
    return None if None in names else sorted({name for each in names for name in each or ()})


def narrowed(rows: Any, facts: Mapping[str, Fact], inside: InWindow) -> Any:
    """The rows that at least one fact can use, as far as that is one simple condition."""
    longest, names = widest(facts), shared_names(facts)
    keep = [] if longest is None else [inside(rows, longest)]
    if names is not None:
        keep.append(rows.name.isin(names))
    return rows.filter(conjunction(keep)) if keep else rows


def condition(rows: Any, fact: Fact, facts: Mapping[str, Fact], inside: InWindow | None = None) -> Any | None:
    """What one fact demands of a row beyond what `narrowed` has made true of every row."""
    same_names = len({each.names for each in facts.values()}) == 1
    keep = [] if fact.names is None or same_names else [rows.name.isin(fact.names)]
    if fact.currency is not None:
        keep.append(rows.currency == fact.currency)
    if fact.where is not None:
        keep.append(rows[fact.where].fill_null(False))
    if inside is not None and fact.window is not None and fact.window != widest(facts):
        keep.append(inside(rows, fact.window))
    return conjunction(keep) if keep else None


def grouped(
    rows: Any,
    keys: tuple[str, ...],
    facts: Mapping[str, Fact],
    inside: InWindow,
    *,
    per_day: bool,
    age: Any = None,
    single: bool = False,
) -> Any:
    """One row per key with a column per fact.

    `per_day`: rows are first brought together per day. It is needed where a customer has several rows a day and days
    are counted (counting distinct values per group costs engines several times a plain group), and where a later row
    can take an earlier one back. `age`: how many days the row's day lies back from the moment; where it is given days
    are told apart as bits, in less than half the time of a second grouping. `single`: every row has n = 1.
    """
    if not per_day:
        direct = {name: _direct(rows, fact, facts, inside, age, single) for name, fact in facts.items()}
        return rows.group_by(*keys).agg(**direct)
    daily = rows.group_by(*keys, "d").agg(
        **{name: daily_total(rows, fact, facts, inside) for name, fact in facts.items()}
    )
    return daily.group_by(*keys).agg(**{name: _over_days(daily, name, fact) for name, fact in facts.items()})


def daily_total(rows: Any, fact: Fact, facts: Mapping[str, Fact], inside: InWindow | None = None) -> Any:
    """The additive part of a fact on one day: money for a total, the number of rows for every other kind."""
    column = _money(rows, fact) if fact.kind == "total" else rows.n
    return column.sum(where=condition(rows, fact, facts, inside))


def _direct(rows: Any, fact: Fact, facts: Mapping[str, Fact], inside: InWindow, age: Any, single: bool) -> Any:
    where = condition(rows, fact, facts, inside)
    if fact.column is not None:
        return _of_column(rows, fact, where)
    if fact.kind == "total":
        return _money(rows, fact).sum(where=where)
    if fact.kind == "count":
        return rows.count(where=where) if single else rows.n.sum(where=where)
    if fact.relation == "orders" and not single:
        where = rows.n > 0 if where is None else where & (rows.n > 0)
    if fact.kind == "days" and age is not None:
        return bits.count(bits.gathered(age, where))
    if fact.kind == "days":
        return rows.count(where=where) if fact.daily else rows.d.nunique(where=where)
    # The day is made a number once per group, and not once per row.
    return number(rows.day.min(where=where) if fact.kind == "first" else rows.day.max(where=where)).cast("int64")


def _money(rows: Any, fact: Fact) -> Any:
    """The money of rows as it may be added up: of one currency as it was paid, of several converted."""
    return rows[PAID] if fact.currency is not None and PAID in rows.columns else rows.value


def _of_column(rows: Any, fact: Fact, where: Any) -> Any:
    column = _money(rows, fact) if fact.column == "value" else rows[fact.column]
    if fact.kind == "latest":
        there = column.notnull() if where is None else where & column.notnull()
        # Of one instant the event's own id decides, so that the order of rows can't.
        return column.argmax(rows.ts.cast("string") + " " + rows.event_id + "|" + column.cast("string"), where=there)
    return getattr(column, _METHODS[fact.kind])(where=where)


def _over_days(daily: Any, name: str, fact: Fact) -> Any:
    column = daily[name]
    if fact.kind in ("count", "total"):
        return column.sum()
    if fact.kind == "days":
        return daily.count(where=column > 0)
    return daily.d.min(where=column > 0) if fact.kind == "first" else daily.d.max(where=column > 0)
