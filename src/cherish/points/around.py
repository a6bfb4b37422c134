"""Both sides of a moment at once: what a customer did in a span after it and in one before it, from one join."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from cherish.points import bits
from cherish.points.aggregate import grouped, shared_names
from cherish.points.at import attach, distinct_facts, probed, relations, values
from cherish.points.fact import Fact, Relation
from cherish.points.measure import Asked
from cherish.points.rows import as_learned, begin, one_currency, single
from cherish.spec.calendar import number
from cherish.spec.view import View

AFTER, BEFORE = "after", "before"


def suits(view: View, asked: Sequence[Asked], span: int) -> bool:
    """Whether every fact of these measures looks at the span alone, so that each row is of one side of the moment."""
    return all(fact.window == span for fact in distinct_facts(view, asked).facts.values())


def evaluate(view: View, points: Any, asked: Sequence[Asked]) -> Any:
    """One row per customer: customer_id, and each measure's columns twice, as after_NAME_y and before_NAME_y (x, why).

    `points` is a relation with one row per customer: `customer_id`, `since`, `moment` and `until` (naive UTC; `until`
    not after the view's `as_of`). After is [moment, until), before is [since, moment); the answers are those of
    `personal.evaluate` at the two ends with windows that begin at `moment` and at `since`. Only where `suits` says so.
    """
    distinct = distinct_facts(view, asked)
    one_currency(view, distinct.facts.values())
    ends = {"after_day": points.until, "before_day": points.moment}
    days = {name: number(view.calendar.local(ts).date()).cast("int64") for name, ts in ends.items()}
    placed = points.select("customer_id", "since", "moment", "until", **days)
    # Nobody asks for more than facts, as a rule: names of a million customers are not carried along for nothing.
    personal = any(probed(view, each).columns.personal for each in asked)
    customers = view.customers()
    gathered = (placed.inner_join if personal else placed.semi_join)(customers, "customer_id")
    for relation in relations(distinct.facts.values()):
        facts = {name: fact for name, fact in distinct.facts.items() if fact.relation == relation}
        found, sided = _both(view, placed, relation, facts)
        gathered = attach(gathered, found, "customer_id", sided)
    held = view.log.temporary(view.log.run(gathered)) if bits.can(view) else gathered
    people = [name for name in customers.columns if name in held.columns]
    names, kept = list(distinct.facts), ["before_day", *(f"{BEFORE}_{name}" for name in distinct.facts)]
    own = {name: held[f"{AFTER}_{name}"] for name in names}
    first = held.select(*people, *kept, moment_day=held.after_day, **own)
    after = values(view, first, (*people, *kept), asked, distinct, first.moment_day)
    told = {f"{AFTER}_{name}": after[name] for name in after.columns if name not in (*people, *kept)}
    own = {name: after[f"{BEFORE}_{name}"] for name in names}
    second = after.select(*people, moment_day=after.before_day, **told, **own)
    before = values(view, second, ("customer_id", *told), asked, distinct, second.moment_day)
    return before.rename({f"{BEFORE}_{name}": name for name in before.columns if name not in ("customer_id", *told)})


def _both(view: View, points: Any, relation: Relation, facts: Mapping[str, Fact]) -> tuple[Any, Mapping[str, Fact]]:
    """One row per customer with rows of this relation, every fact once per side; and those facts by their columns."""
    table = as_learned(view, relation, exact=True).rename(row_customer="customer_id")
    names = shared_names(facts)
    if names is not None:
        table = table.filter(table.name.isin(names))
    on = [points.customer_id == table.row_customer, table.known_ts < points.until, begin(table) >= points.since]
    joined = points.inner_join(table, on)
    at = begin(joined)
    rows = joined.mutate(
        is_after=at >= joined.moment, is_before=(at < joined.moment) & (joined.known_ts < joined.moment)
    )
    rows, sided = _sided(rows, facts)
    several = any(fact.kind == "days" for fact in facts.values()) and isinstance(relation, str)
    orders = relation == "orders" and any(fact.kind not in ("count", "total") for fact in facts.values())
    as_bits = several and relation == "activity" and bits.can(view) and bits.fit(facts.values())
    age = rows.is_after.ifelse(rows.after_day, rows.before_day) - rows.d if as_bits else None
    per_day, one = (several or orders) and not as_bits, single(view, relation, exact=True)
    found = grouped(rows, ("customer_id",), sided, _all, per_day=per_day, age=age, single=one)
    return found, sided


def _all(each: Any, window: int) -> Any:
    raise AssertionError("all windows are the span")


def _sided(rows: Any, facts: Mapping[str, Fact]) -> tuple[Any, dict[str, Fact]]:
    """Every fact once for each side: a condition on the row's side beside its own."""
    own = {fact.where for fact in facts.values() if fact.where is not None}
    made = {
        f"is_{side}_{where}": rows[f"is_{side}"] & rows[where].fill_null(False)
        for side in (AFTER, BEFORE)
        for where in sorted(own)
    }
    found = {
        f"{side}_{name}": replace(fact, where=f"is_{side}" + (f"_{fact.where}" if fact.where is not None else ""))
        for side in (AFTER, BEFORE)
        for name, fact in facts.items()
    }
    return (rows.mutate(**made) if made else rows), found
