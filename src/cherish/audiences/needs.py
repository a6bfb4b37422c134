"""What a rule needs of the log, collected leaf by leaf, so that all of it is gathered together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import ibis

from cherish.audiences.parts import nearest, refuse
from cherish.points import at
from cherish.points.at import Distinct
from cherish.points.fact import Fact
from cherish.points.measure import Asked, Measure
from cherish.points.relations.events import Events
from cherish.spec.filters import Filter
from cherish.spec.view import View

Conditions = tuple[Filter, ...]


@dataclass
class Needs:
    """Facts, measures, traits and cuts that leaves have asked for, each once, and the column each comes in."""

    view: View
    facts: dict[Fact, str] = field(default_factory=dict)
    inside: dict[tuple[Any, ...], str] = field(default_factory=dict)
    flags: dict[Conditions, str] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    measures: dict[Measure, str] = field(default_factory=dict)
    traits: dict[str, None] = field(default_factory=dict)
    cuts: dict[tuple[str, bool, Fraction], str] = field(default_factory=dict)

    # -- asking ---------------------------------------------------------------------------------------------------

    def fact(self, kind: Any, names: tuple[str, ...], window: int | None, currency: str | None = None) -> str:
        """The column of a fact about whole events: maintained days answer it."""
        everything = set(names) >= set(self.view.facts.names)
        made = Fact("activity", kind, window, None if everything else tuple(sorted(names)), currency)
        return self.facts.setdefault(made, f"fact{len(self.facts)}")

    def look_inside(
        self, kind: Any, names: tuple[str, ...], window: int | None, conditions: Conditions,
        column: str | None = None, currency: str | None = None,
    ) -> str:  # fmt: skip
        """The column of a fact that looks at properties: all such facts share one pass over the events."""
        self.names |= set(names)
        flag = self.flags.setdefault(conditions, f"flag{len(self.flags)}") if conditions else None
        key = (kind, window, tuple(sorted(names)), currency, column, flag)
        return self.inside.setdefault(key, f"inside{len(self.inside)}")

    def measure(self, measure: Measure) -> str:
        """The column of a measure's value."""
        return self.measures.setdefault(measure, f"measure{len(self.measures)}")

    def trait(self, full: str) -> str:
        """The column of a trait."""
        self.traits[full] = None
        return full

    def cut(self, column: str, top: bool, share: Fraction) -> str:
        """The column of the value from which on a share of the population lies above (or below)."""
        return self.cuts.setdefault((column, top, share), f"cut{len(self.cuts)}")

    # -- gathering ------------------------------------------------------------------------------------------------

    def table(self) -> Any:
        """One row per customer of the population with every column that was asked for: one statement."""
        view = self.view
        wanted = {name: fact for fact, name in self.facts.items()} | self._inside_facts()
        asked = [self._asked(measure, name) for measure, name in self.measures.items()]
        known = {fact: name for name, fact in wanted.items()}
        alias: dict[str, str] = {}
        for each in asked:
            for key, fact in at.own_facts(view, each).items():
                alias[f"{each.name}_{key}"] = known.setdefault(fact, f"of{len(known)}")
        gathered = at.gather(view, {name: fact for fact, name in known.items()})
        kept = ("customer_id", "customer", *wanted)
        distinct = Distinct({name: fact for fact, name in known.items()}, alias)
        day = ibis.literal(view.day, type="int64")
        table = at.values(view, gathered, kept, asked, distinct, day) if asked else gathered.select(*kept)
        table = table.mutate(**{each.name: self._value(table, each) for each in asked}) if asked else table
        return self._with_cuts(self._with_traits(table))

    def _inside_facts(self) -> dict[str, Fact]:
        columns = dict.fromkeys(key[4] for key in self.inside if key[4])
        flags = tuple((flag, conditions) for conditions, flag in self.flags.items())
        relation = Events(tuple(sorted(self.names)), tuple(columns), flags)
        return {
            name: Fact(relation, kind, window=window, names=names, currency=currency, column=column, where=flag)
            for (kind, window, names, currency, column, flag), name in self.inside.items()
        }

    def _asked(self, measure: Measure, name: str) -> Asked:
        asked = Asked(name, measure)
        return Asked(name, measure, at.fitted(self.view, asked, self.view.log.run, at.hold(self.view, asked)))

    def _value(self, table: Any, asked: Asked) -> Any:
        y, x = table[f"{asked.name}_y"], table[f"{asked.name}_x"]
        once = isinstance(at.probed(self.view, asked).value.x, int)
        return y if once else y.cast("float64") / x.cast("float64").nullif(0.0)

    def _with_traits(self, table: Any) -> Any:
        if not self.traits:
            return table
        people = self.view.customers(traits=tuple(self.traits)).select("customer_id", *self.traits)
        return table.inner_join(people, "customer_id")

    def _with_cuts(self, table: Any) -> Any:
        found = table
        for (column, top, share), name in self.cuts.items():
            found = found.cross_join(cut_of(table, column, top, share, name))
        return found


def cut_of(table: Any, column: str, top: bool, share: Fraction, name: str) -> Any:
    """One row: the least value that belongs to the top share (the greatest of the bottom share), null where none does.

    Equal values stay together: they belong if their average rank does, so a group that is in by less than half is out.
    """
    rows = table.filter(table[column].notnull())
    groups = rows.group_by(v=rows[column]).agg(n=rows.count())
    order = groups.v.desc() if top else groups.v
    running = groups.n.sum().over(ibis.window(order_by=order, preceding=None, following=0))
    counted = groups.mutate(twice=2 * running - groups.n - 1, size=groups.n.sum().over(ibis.window()))
    # Average rank from the end < share * size + 1, in whole numbers.
    within = share.denominator * counted.twice < 2 * share.numerator * counted.size
    edge = counted.v.min(where=within) if top else counted.v.max(where=within)
    return counted.agg(**{name: edge})


def event_names(view: View, names: tuple[str, ...], path: str) -> tuple[str, ...]:
    """The names, all of which the log has.

    Raises:
        QuestionError: one that it lacks; the message names the nearest.
    """
    for name in names:
        if name not in view.facts.names:
            refuse(path, f"no event is called {name!r}; {nearest(name, view.facts.names)}")
    return names


Test = Callable[[Any], Any]
"""A condition: a boolean expression, never null, of the table that `Needs.table` gives."""
