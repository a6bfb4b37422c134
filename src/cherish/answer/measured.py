"""Measures: one moment for every customer, grouped by traits, or day by day; all from the same two numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

from cherish.answer import staged
from cherish.answer.made import Made, missing
from cherish.errors import QuestionError
from cherish.points import at, trend
from cherish.points.at import fitted, hold, probed
from cherish.points.measure import Asked, Fit, Measure
from cherish.query import Query
from cherish.spec.calendar import day_number
from cherish.spec.periods import parse_window
from cherish.spec.view import View

QUANTILES = {"p10": 0.1, "p25": 0.25, "median": 0.5, "p75": 0.75, "p90": 0.9}
_NAME = "m"


def made(view: View, measure: Measure, query: Query) -> Made:
    """The measure at the view's moment, or its course over days."""
    asked = Asked(_NAME, measure)
    held = hold(view, asked)
    asked = replace(asked, fit=fitted(view, asked, view.log.run, held))
    if query.over or query.since:
        return _course(view, asked, query)
    return _groups(view, asked, query) if query.by else _customers(view, asked, held)


def _hand_back(view: View, asked: Asked, once: bool | None = None, **fields: Any) -> Made:
    fit = asked.fit
    notes = (*asked.measure.notes(view), *(() if fit is None else fit.notes))
    fits = () if fit is None else (fit.digest,)
    about = {"value": "mean" if (_counts_once(view, asked) if once is None else once) else "ratio"}
    if asked.measure.stages:
        about["stages"] = "|".join(asked.measure.stages)
    return Made(convention=asked.measure.convention(view), notes=notes, fits=fits, about=about, **fields)


# -- every customer -----------------------------------------------------------------------------------------------


def _customers(view: View, asked: Asked, held: Any | None) -> Made:
    once = _counts_once(view, asked)
    found = view.log.run(_per_customer(view, asked, once, held))
    table = found.sort_by([("value", "descending"), ("customer", "ascending")])
    stages = asked.measure.stages
    headline = staged.headline(table, stages) if stages else _headline(table)
    expression = partial(_per_customer, view, asked, once)
    return _hand_back(view, asked, once, table=table, headline=headline, expression=expression, shape="customer")


def _per_customer(view: View, asked: Asked, once: bool, held: Any | None = None) -> Any:
    found = at.evaluate(view, [asked], held)
    return found.select("customer", **columns(found, asked, once))


def columns(found: Any, asked: Asked, once: bool) -> dict[str, Any]:
    """What is told of each customer: value, y, x, the reason of a missing value, and the measure's further columns.

    `found` is what `at.evaluate` made of the measure, `once` whether x is 1 for everybody who has a value.
    """
    own = {
        name.removeprefix(f"{asked.name}_"): found[name] for name in found.columns if name.startswith(f"{asked.name}_")
    }
    y, x, why = (own.pop(part) for part in ("y", "x", "why"))
    value = y if once else _ratio(y, x)
    if asked.measure.stages:
        own = {"stage": staged.label(value, asked.measure.stages), **own}
    return {"value": value, "y": y, "x": x, "why": why, **own}


def _ratio(y: Any, x: Any) -> Any:
    return y.cast("float64") / x.cast("float64").nullif(0.0)


def _counts_once(view: View, asked: Asked) -> bool:
    """Whether x is 1 for every customer that has a value, so that y is the value, with its exact type."""
    return isinstance(probed(view, asked).value.x, int)


def _headline(table: Any) -> dict[str, Any]:
    import pyarrow.compute as pc

    values = table["value"]
    known = len(values) - values.null_count
    y, x = pc.sum(table["y"]).as_py(), pc.sum(table["x"]).as_py()
    found: dict[str, Any] = {"value": _divided(y, x), "sum": y, "customers": len(values), "known": known}
    found |= missing(table)
    if known:
        numbers = pc.quantile(pc.cast(values, "float64"), q=list(QUANTILES.values())).to_pylist()
        found.update(zip(QUANTILES, numbers, strict=True))
        ends = pc.min_max(values).as_py()
        found.update(least=ends["min"], greatest=ends["max"])
    return found


def _divided(y: Any, x: Any) -> float | None:
    return float(y) / float(x) if y is not None and x else None


# -- groups -------------------------------------------------------------------------------------------------------


def _groups(view: View, asked: Asked, query: Query) -> Made:
    fields = tuple(_trait(view, name) for name in query.by)
    found = at.evaluate(view, [asked]).inner_join(
        view.customers(fields).select("customer_id", *(f"by_{place}" for place in range(1, len(fields) + 1))),
        "customer_id",
    )
    labels = {name: found[f"by_{place}"] for place, name in enumerate(_labels(query.by), 1)}
    y, x, why = (found[f"{_NAME}_{part}"] for part in ("y", "x", "why"))
    if asked.measure.stages:
        return _staged_groups(view, asked, staged.groups(found, y, labels, asked.measure.stages), list(labels))
    sums = found.group_by(**labels).agg(
        customers=found.count(), known=found.count(where=why.isnull()), y=y.sum(), x=x.sum()
    )
    expression = sums.select(
        *labels, value=_ratio(sums.y, sums.x), customers=sums.customers, known=sums.known, y=sums.y, x=sums.x
    )
    rows = view.log.run(expression)
    table = rows.sort_by([("customers", "descending"), *((name, "ascending") for name in labels)])
    return _hand_back(
        view, asked, table=table, headline=_of_groups(table), expression=lambda: expression, shape="group"
    )


def _staged_groups(view: View, asked: Asked, expression: Any, labels: list[str]) -> Made:
    rows = view.log.run(expression)
    table = staged.long(rows, labels, asked.measure.stages)
    headline = staged.of_groups(rows, asked.measure.stages)
    return _hand_back(view, asked, table=table, headline=headline, expression=lambda: expression, shape="group")


def _trait(view: View, name: str) -> str:
    field = view.field(name)
    if not field.startswith("traits."):
        have = ", ".join(sorted(view.facts.traits)) or "none"
        raise QuestionError(f"by={name!r}: a measure is grouped by traits of the customer; there are {have}")
    return field


def _labels(names: tuple[str, ...]) -> list[str]:
    taken = {"value", "customers", "known", "y", "x", "stage", "share"}
    bare = [name.removeprefix("traits.") for name in names]
    return [f"traits.{name}" if name in taken else name for name in bare]


def _of_groups(table: Any) -> dict[str, Any]:
    import pyarrow.compute as pc

    sums = {name: pc.sum(table[name]).as_py() for name in ("y", "x", "customers", "known")}
    return {
        "value": _divided(sums["y"], sums["x"]),
        "sum": sums["y"],
        "customers": sums["customers"] or 0,
        "known": sums["known"] or 0,
        "groups": table.num_rows,
    }


# -- day by day ---------------------------------------------------------------------------------------------------


def _course(view: View, asked: Asked, query: Query) -> Made:
    last = view.day - 1
    first = _first_day(view, query, last)
    expression = trend.evaluate(view, asked, first, last)
    value = _ratio(expression.y, expression.x)
    expression = expression.select("day", value=value, y=expression.y, x=expression.x, customers=expression.customers)
    table = view.log.run(expression).sort_by("day")
    made = _hand_back(view, asked, table=table, headline=_of_course(table), expression=lambda: expression, shape="day")
    if asked.measure.stages:
        steps = f"from 0 ({asked.measure.stages[0]}) to {len(asked.measure.stages) - 1} ({asked.measure.stages[-1]})"
        made = replace(made, notes=(*made.notes, f"each day's value is the mean of the stages' places, {steps}"))
    return made if asked.fit is None else _frozen(made, asked.fit)


def _first_day(view: View, query: Query, last: int) -> int:
    if query.since:
        try:
            return day_number(date.fromisoformat(query.since))
        except ValueError:
            raise QuestionError(f"since={query.since!r}: write a date such as 2011-06-01") from None
    days = parse_window(query.over)
    if days is None:
        return day_number(view.calendar.day_of(view.facts.first or view.as_of))
    return last - days + 1


def _of_course(table: Any) -> Mapping[str, Any]:
    rows = table.select(["day", "value", "customers"]).to_pylist()
    known = [row for row in rows if row["value"] is not None]
    if not known:
        return {"value": None, "days": len(rows)}
    first, last = known[0], known[-1]
    change = last["value"] - first["value"]
    return {"value": last["value"], "day": last["day"], "first": first["value"], "first_day": first["day"],
            "change": change, "days": len(rows), "customers": last["customers"]}  # fmt: skip


def _frozen(made: Made, fit: Fit) -> Made:
    return replace(made, notes=(*made.notes, f"one fit ({fit.digest}), made at the last day, is applied to every day"))
