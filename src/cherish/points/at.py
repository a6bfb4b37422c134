"""One moment for all customers: the facts of all measures asked, gathered in one pass per relation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ibis

from cherish.points import bits, computed
from cherish.points.aggregate import grouped, narrowed
from cherish.points.fact import Fact, Relation
from cherish.points.measure import Asked, Columns, Fit, Measure, Moment, Value
from cherish.points.rows import at_moment, on_day, one_currency, single
from cherish.spec.view import View


@dataclass(frozen=True)
class Distinct:
    """The facts of several measures, equal ones once; `alias` leads from MEASURE_FACT to the column that holds it."""

    facts: Mapping[str, Fact]
    alias: Mapping[str, str]


def distinct_facts(view: View, asked: Sequence[Asked]) -> Distinct:
    """The facts that these measures rest on, each once."""
    wanted = {f"{each.name}_{key}": fact for each in asked for key, fact in own_facts(view, each).items()}
    first: dict[Fact, str] = {}
    alias = {name: first.setdefault(fact, name) for name, fact in wanted.items()}
    return Distinct({name: fact for fact, name in first.items()}, alias)


def own_facts(view: View, asked: Asked) -> Mapping[str, Fact]:
    """The facts of one measure: before its fit those that the fit looks at, with its fit those that it counts."""
    return asked.measure.facts(view) if asked.fit is None else asked.measure.counted(view, asked.fit)


def relations(facts: Iterable[Fact]) -> list[Relation]:
    """The relations that the facts are of, each once, in an order that does not change."""
    return sorted({fact.relation for fact in facts}, key=str)


def evaluate(view: View, asked: Sequence[Asked], gathered: Any | None = None) -> Any:
    """One row per customer; for each measure the columns NAME_y, NAME_x, NAME_why and NAME_PART.

    `gathered` is what `hold` has of these measures, where they were gathered before.
    """
    distinct = distinct_facts(view, asked)
    if gathered is None:
        gathered = gather(view, distinct.facts)
    return values(view, gathered, ("customer_id", "customer"), asked, distinct, ibis.literal(view.day, type="int64"))


def gather(view: View, wanted: Mapping[str, Fact]) -> Any:
    """The population with one column per fact at the view's moment; customers without rows stay, as 0 or null."""
    one_currency(view, wanted.values())
    population = view.customers()
    for relation in relations(wanted.values()):
        facts = {name: fact for name, fact in wanted.items() if fact.relation == relation}
        population = attach(population, _known(view, relation, facts), "customer_id", facts)
    return population


def attach(population: Any, found: Any, key: str, facts: Mapping[str, Fact]) -> Any:
    """The population with the fact columns of those that have rows; of the others what counts is 0."""
    joined = population.left_join(found, key)
    columns = {name: _filled(joined[name], fact) for name, fact in facts.items()}
    return joined.select(*population.columns, **columns)


def _filled(column: Any, fact: Fact) -> Any:
    return column.fill_null(ibis.literal(0).cast(column.type())) if fact.counts else column


def _known(view: View, relation: Relation, facts: Mapping[str, Fact]) -> Any:
    exact = not view.whole
    table = at_moment(view, relation, exact=exact)
    moment = ibis.literal(view.calendar.local_of(view.as_of), type="timestamp(6)")

    def inside(each: Any, window: int) -> Any:
        if exact:
            return each["at"] >= moment - ibis.interval(days=window)
        return each.day >= on_day(view.day - window)

    several = any(fact.kind == "days" for fact in facts.values()) and not _one_row_a_day(view, relation, facts)
    as_bits = several and bits.can(view) and bits.fit(facts.values())
    rows = narrowed(table, facts, inside)
    age = view.day - rows.d if as_bits else None
    per_day = several and not as_bits and isinstance(relation, str)
    one = single(view, relation, exact=exact)
    return grouped(rows, ("customer_id",), facts, inside, per_day=per_day, age=age, single=one)


def _one_row_a_day(view: View, relation: Relation, facts: Mapping[str, Fact]) -> bool:
    """Whether maintained days hold at most one row per customer and day for these facts: one name in one currency."""
    names = {tuple(fact.names or view.facts.names) for fact in facts.values()}
    single = len(names) == 1 and len(next(iter(names))) == 1
    if relation != "activity" or not view.whole or not single:
        return False
    return view.facts.name_currencies.get(next(iter(names))[0], 2) <= 1


def values(view: View, gathered: Any, keep: Sequence[str], asked: Sequence[Asked], distinct: Distinct, day: Any) -> Any:
    """These columns and those of every measure asked, from gathered facts, at the moments whose day numbers are `day`.

    What has no value is made null in a second step, by the name of its reason: written into every column the reason
    would repeat the whole definition, and nested scores take seconds to plan.
    """
    columns: dict[str, Any] = {}
    whys: dict[str, str] = {}
    for each in asked:
        gathered = computed.attach(view, gathered, each, own_columns(view, gathered, each, distinct), day)
    for each in asked:
        own = own_columns(view, gathered, each, distinct) | computed.columns(gathered, each)
        value = each.measure.value(Columns(own, gathered), Moment(day), each.fit)
        named = _named(each.name, value)
        columns.update(named)
        if value.nulls:
            stays = {f"{each.name}_why", *(f"{each.name}_{part}" for part in value.known)}
            whys.update(dict.fromkeys(named.keys() - stays, f"{each.name}_why"))
    table = gathered.select(*keep, **columns)
    if not whys:
        return table
    known = {
        name: ibis.ifelse(table[why].isnull(), table[name], ibis.null(table[name].type())) for name, why in whys.items()
    }
    return table.select(*keep, **{name: known.get(name, table[name]) for name in columns})


def own_columns(view: View, gathered: Any, asked: Asked, distinct: Distinct) -> dict[str, Any]:
    """The columns of a measure's facts, by the names that it knows them by."""
    return {key: gathered[distinct.alias[f"{asked.name}_{key}"]] for key in own_facts(view, asked)}


def _named(name: str, value: Value) -> dict[str, Any]:
    reasons = [(condition, reason) for reason, condition in value.nulls.items()]
    why = ibis.cases(*reasons, else_=ibis.null("string")) if reasons else ibis.null("string")
    parts = {f"{name}_{part}": each for part, each in {**value.parts, **value.known}.items()}
    return {f"{name}_y": value.y, f"{name}_x": value.weight, **parts, f"{name}_why": why}


@dataclass(frozen=True)
class Probe:
    """A definition's value, written on nothing, and what it looked at: its population, its moment."""

    value: Value
    columns: Columns
    moment: Moment


def probed(view: View, asked: Asked) -> Probe:
    """How a definition is written, learned before there are rows, so that a plan can be chosen."""
    zero = ibis.literal(0, type="int64")
    nothing = ibis.literal(0.0)
    known = dict.fromkeys(own_facts(view, asked), zero) | dict.fromkeys(asked.measure.columns, nothing)
    columns = Columns(known, view.customers())
    moment = Moment(zero)
    return Probe(asked.measure.value(columns, moment, asked.fit), columns, moment)


def hold(view: View, asked: Asked) -> Any | None:
    """The facts of a measure that must be fitted, gathered once for the fit and for the values; else None.

    Only where the engine runs in our process and shares the rows: elsewhere they would have to travel.
    """
    again = type(asked.measure).counted is not Measure.counted
    if type(asked.measure).fit is Measure.fit or again or not bits.can(view):
        return None
    return view.log.temporary(view.log.run(gather(view, distinct_facts(view, [asked]).facts)))


def fitted(view: View, asked: Asked, run: Callable[[Any], Any], held: Any | None = None) -> Fit | None:
    """What the measure learns from the population at the view's moment; None where it needs nothing."""
    if type(asked.measure).fit is Measure.fit:
        return None
    distinct = distinct_facts(view, [asked])
    gathered = gather(view, distinct.facts) if held is None else held
    own = own_columns(view, gathered, asked, distinct)
    columns = Columns(own, gathered, at_hand=held is not None)
    return asked.measure.fit(columns, Moment(ibis.literal(view.day, type="int64")), run)
