"""The log as of a moment, for one population and under one set of filters: all that a definition may look at.

The guard lives here and nowhere else. No row at or after `as_of` comes through, whichever relation is asked:
maintained days are read only when they lie wholly before the moment, the rest of the last day comes from raw events,
and an order that changed later is put together again from what was known.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

import ibis

from cherish.errors import QuestionError, Unanswerable
from cherish.spec import derive, untouched
from cherish.spec.calendar import Calendar, day_number, number
from cherish.spec.filters import EVENT_FIELDS, Filter, conjunction, resolve
from cherish.spec.names import is_company_act
from cherish.spec.numbers import text_of
from cherish.spec.relations import MONEY, ORDERS, ActiveSet, Facts, Log

UNKNOWN = "unknown"
POPULATIONS = ("identified", "all")
_DAILY_FIELDS = ("name", "currency")


@dataclass(frozen=True)
class View:
    """A log, the moment it is looked at from, the population, and the filters.

    `members` is a relation with `customer_id` that narrows the population to an audience; `audience` is its name.
    """

    log: Log
    as_of: datetime
    filters: tuple[Filter, ...] = ()
    population: str = "identified"
    audience: str = ""
    members: Any = field(default=None, compare=False, repr=False)

    @classmethod
    def of(
        cls,
        log: Log,
        as_of: datetime | None = None,
        filters: tuple[Filter, ...] = (),
        population: str = "identified",
        now: datetime | None = None,
    ) -> View:
        """A view with its defaults filled in and its filters' fields resolved.

        `as_of` defaults to `now` for a live log and to the end of the last local day in the data otherwise.

        Raises:
            Unanswerable: there are no events at all.
            QuestionError: an unknown field or population.
        """
        facts = log.facts
        if facts.last is None or facts.first is None:
            raise Unanswerable("there are no events yet; bring some in with: cherish import FILE")
        if population not in POPULATIONS:
            raise QuestionError(f"population={population!r}: choose one of {', '.join(POPULATIONS)}")
        moment = as_of or (now if facts.live else None) or end_of_data(facts)
        full = tuple(replace(each, field=resolve(each.field, facts.properties, facts.traits)) for each in filters)
        return cls(log, moment, full, population)

    @cached_property
    def facts(self) -> Facts:
        """What is known of the log, asked once: a view is one question's."""
        return self.log.facts

    @cached_property
    def calendar(self) -> Calendar:
        """The workspace's local time over the span of the data."""
        first, last = self.facts.first or self.as_of, self.facts.last or self.as_of
        return Calendar(self.facts.zone, min(first, self.as_of), max(last, self.as_of))

    @cached_property
    def day(self) -> int:
        """The day number of the moment's local day: the first day that is not wholly past."""
        return day_number(self.calendar.day_of(self.as_of))

    @cached_property
    def whole(self) -> bool:
        """Whether the moment is the start of a local day, so that maintained days suffice."""
        return self.calendar.is_start(self.as_of)

    def active(self, name: str) -> ActiveSet:
        """The named set of events that count as activity; an event's own name, or names joined by |, is a set too.

        Raises:
            QuestionError: neither a stored set nor an event of the log.
        """
        stored = self.facts.active.get(name)
        if stored:
            return stored
        if name == "core":
            return ActiveSet("core", default_active(self.facts))
        wanted = tuple(part.strip() for part in name.split("|"))
        missing = [each for each in wanted if each not in self.facts.names]
        if missing:
            there = ", ".join(sorted(self.facts.active) + sorted(self.facts.names))
            raise QuestionError(
                f"active={name!r}: {missing[0]!r} is neither a stored set nor an event; there are {there}"
            )
        return ActiveSet(name, wanted, 1)

    def names(self, active: str) -> tuple[str, ...] | None:
        """The event names of an active set, for a fact; None where they are all there are and need no condition."""
        events = self.active(active).events
        return None if set(events) >= set(self.facts.names) else events

    def field(self, name: str) -> str:
        """The full name of a field of this log (see `filters.resolve`)."""
        return resolve(name, self.facts.properties, self.facts.traits)

    # -- relations ------------------------------------------------------------------------------------------------

    def customers(self, by: tuple[str, ...] = (), traits: tuple[str, ...] = ()) -> Any:
        """The population: everyone first seen before the moment (and in the audience), with `first_day` (day number).

        Traits named in `by` come along as columns `by_1`, `by_2` ... (text, `unknown` where missing), those in
        `traits` as they are, in columns of their full names. Traits are as known now: the log keeps no history of them.
        """
        asked = (_bare(name, "traits.") for name in (*by, *traits))
        wanted = tuple(dict.fromkeys((*self._trait_names(), *asked)))
        table = self._all_customers(wanted)
        keep = [table.first_seen < self._limit]
        if self.population == "identified":
            keep.append(table.identified)
        keep += [each.on(table[each.field]) for each in self.filters if each.field.startswith("traits.")]
        table = table.filter(conjunction(keep))
        first_day = number(self.calendar.day(table.first_seen)).cast("int64")
        if self.members is not None:
            table = table.semi_join(self.members, "customer_id")
        columns = {f"by_{place}": _label(table[f"traits.{_bare(name, 'traits.')}"]) for place, name in enumerate(by, 1)}
        columns |= {name: table[name] for name in traits}
        return table.select(
            "customer_id", "customer", "identified", "first_seen", "created_at", first_day=first_day, **columns
        )

    def passing(self) -> Any:
        """At most one row, and none where the filters leave nothing."""
        if all(each.field.startswith("traits.") for each in self.filters):
            rows = self.customers()
        else:
            rows = self.activity() if self._daily(()) else self.events()
        return rows.select("customer_id").limit(1)

    def events(self, by: tuple[str, ...] = (), properties: tuple[str, ...] = ()) -> Any:
        """The events before the moment, with the local `day`, the promoted properties and the breakdowns `by_N`."""
        of_events = [each for each in self.filters if not each.field.startswith("traits.")]
        wanted = [each.field for each in of_events if each.field.startswith("properties.")]
        wanted += [name for name in by if name.startswith("properties.")]
        promoted = tuple(dict.fromkeys([*(_bare(name, "properties.") for name in wanted), *properties]))
        table = self.log.events(promoted)
        keep = [table.ts < self._limit, table.customer_id.notnull()]
        keep += [each.on(table[each.field]) for each in of_events]
        table = table.filter(conjunction(keep))
        table = self._of_population(table.mutate(day=self.calendar.day(table.ts)))
        return self._broken_down(table, by)

    def activity(self, by: tuple[str, ...] = ()) -> Any:
        """Activity before the moment, one row per customer, day, name and currency (and breakdown)."""
        maintained = self.log.activity()
        if maintained is None or not self._daily(by):
            return self._derived_activity(by)
        past = maintained.filter(maintained.day < _day_literal(self._unfinished))
        if not self.whole or self._unfinished != self.calendar.day_of(self.as_of):
            past = past.union(self._started_day().select(*past.columns))
        keep = [each.on(past[each.field]) for each in self.filters if each.field in _DAILY_FIELDS]
        past = self._of_population(past.filter(conjunction(keep)) if keep else past)
        return self._broken_down(past, by)

    def orders(self, by: tuple[str, ...] = ()) -> Any:
        """Orders placed before the moment, net of the refunds before it."""
        maintained = self.log.orders()
        if maintained is None or not self._daily(by):
            return self._broken_down(self._derived_orders(), by, from_events=True)
        table = self._as_known(maintained.select(*ORDERS))
        keep = [each.on(table[each.field]) for each in self.filters if each.field == "currency"]
        table = self._of_population(table.filter(conjunction(keep)) if keep else table)
        return self._broken_down(table, by)

    def movements(self) -> Any:
        """What each event about an order changed and when it was learned, for moments before this view's own."""
        maintained = self.log.orders()
        if maintained is None or not self._daily(()):
            return self._derived_movements()
        columns = ["order_id", "customer_id", "currency", "moved_at", "ts", "value", "n", "day"]
        # One event made it all: an order without refunds, or a refund whose order is unknown. (A cancelled order takes
        # its whole value back: one of nothing keeps a refund of nothing.)
        unknown = ~maintained.completed & (maintained.gross == 0) & (maintained.refunded != 0)
        whole = maintained.completed & (maintained.refunded == 0)
        alone = (maintained.changed_at == maintained.ts) & (whole | unknown)
        simple = maintained.filter(alone, maintained.ts < self._limit)
        plain = simple.mutate(moved_at=simple.ts, n=ibis.ifelse(simple.completed, 1, 0).cast("int64"))
        table = plain.select(*columns)
        if not untouched.untouched(self.facts):
            events = self.log.events()
            about = events.filter(events.ts < self._limit).semi_join(maintained.filter(~alone), "order_id")
            table = table.union(derive.order_movements(about, self.calendar).select(*columns))
        keep = [each.on(table[each.field]) for each in self.filters if each.field == "currency"]
        return self._of_population(table.filter(conjunction(keep)) if keep else table)

    # -- parts ----------------------------------------------------------------------------------------------------

    @cached_property
    def _limit(self) -> Any:
        return ibis.literal(self.as_of.replace(tzinfo=None), type="timestamp(6)")

    def _daily(self, by: tuple[str, ...]) -> bool:
        fields = [each.field for each in self.filters] + list(by)
        return all(field.startswith("traits.") or field in _DAILY_FIELDS for field in fields)

    def _trait_names(self) -> list[str]:
        return [_bare(each.field, "traits.") for each in self.filters if each.field.startswith("traits.")]

    def _all_customers(self, traits: tuple[str, ...]) -> Any:
        kept = self.log.customers(traits)
        return derive.customers(self.log.events()) if kept is None else kept

    def _of_population(self, table: Any) -> Any:
        narrow = self.population == "identified" and self.facts.rows.get("anonymous", 0) > 0
        if not narrow and not self._trait_names() and self.members is None:
            return table
        return table.semi_join(self.customers(), "customer_id")

    @cached_property
    def _unfinished(self) -> date:
        """The first local day that has moments at or after `as_of`; all days before it are wholly past.

        It is the moment's own day, but for clocks that go back across midnight and let the day before come again.
        """
        back = (at for at in self.calendar.offsets.instants if self.as_of < at <= self.as_of + timedelta(days=1))
        return min(self.calendar.day_of(at) for at in (self.as_of, *back))

    def _started_day(self) -> Any:
        # Days that the moment cuts: only their raw events before the moment.
        events = self.log.events()
        start = self.calendar.starts(self._unfinished).replace(tzinfo=None)
        today = events.filter(events.ts >= ibis.literal(start, type="timestamp(6)"), events.ts < self._limit)
        started = derive.activity(today, self.calendar)
        return started.filter(started.day >= _day_literal(self._unfinished))

    def _as_known(self, orders: Any) -> Any:
        last = self.facts.last
        if last is None or last < self.as_of:
            return orders
        settled = orders.filter(orders.changed_at < self._limit)
        # Also orders placed after the moment: a refund, be it of nothing, can reach us before its order.
        changed = orders.filter(orders.changed_at >= self._limit)
        events = self.log.events()
        before = events.filter(events.ts < self._limit).semi_join(changed, "order_id")
        return settled.union(derive.orders(before, self.calendar).select(*settled.columns))

    def _derived_orders(self) -> Any:
        events = self.events()
        return untouched.orders(events) if untouched.untouched(self.facts) else derive.orders(events, self.calendar)

    def _derived_movements(self) -> Any:
        events = self.events()
        known = untouched.untouched(self.facts)
        return untouched.movements(events) if known else derive.order_movements(events, self.calendar)

    def _derived_activity(self, by: tuple[str, ...]) -> Any:
        labels = [f"by_{place}" for place in range(1, len(by) + 1)]
        dated = self.events(by)
        return dated.group_by(*derive.ACTIVITY_KEY, *labels).agg(
            n=dated.count(), value=dated.value.sum().cast(MONEY), first_ts=dated.ts.min(), last_ts=dated.ts.max()
        )

    def _broken_down(self, table: Any, by: tuple[str, ...], from_events: bool = False) -> Any:
        if not by:
            return table
        traits = tuple(name for name in by if name.startswith("traits."))
        columns: dict[str, Any] = {}
        if from_events and len(traits) < len(by):
            table = self._order_labels(table, tuple(name for name in by if name not in traits))
        if traits:
            labelled = self.customers(traits)
            renamed = {f"trait_{place}": labelled[f"by_{place}"] for place in range(1, len(traits) + 1)}
            table = table.inner_join(labelled.select("customer_id", **renamed), "customer_id")
        for place, name in enumerate(by, 1):
            column = table[f"trait_{traits.index(name) + 1}"] if name in traits else _label(table[name])
            columns[f"by_{place}"] = column
        drop = [f"trait_{place}" for place in range(1, len(traits) + 1)]
        return table.mutate(**columns).drop(*drop)

    def _order_labels(self, orders: Any, names: tuple[str, ...]) -> Any:
        # An order's property is the one of its first event that has it.
        asked = tuple(_bare(name, "properties.") for name in names if name.startswith("properties."))
        events = self.events(properties=asked)
        missing = [name for name in names if name not in orders.columns]
        about = events.filter(events.order_id.notnull())
        labels = about.group_by("order_id").agg(**{name: about[name].argmin(about.ts) for name in missing})
        return orders.left_join(labels, "order_id").drop("order_id_right") if missing else orders


def end_of_data(facts: Facts) -> datetime:
    """The end of the last local day that has an event."""
    if facts.first is None or facts.last is None:
        raise Unanswerable("there are no events yet; bring some in with: cherish import FILE")
    calendar = Calendar(facts.zone, facts.first, facts.last + timedelta(days=1))
    return calendar.starts(calendar.day_of(facts.last) + timedelta(days=1))


def default_active(facts: Facts) -> tuple[str, ...]:
    """Every event name that is the customer's own doing, most frequent first; all names where there is none."""
    ranked = sorted(facts.names, key=lambda name: (-facts.names[name], name))
    own = tuple(name for name in ranked if not is_company_act(name))
    return own or tuple(ranked)


def _bare(field: str, prefix: str) -> str:
    if not field.startswith(prefix):
        if field in EVENT_FIELDS and prefix == "properties.":
            return field
        raise QuestionError(f"{field!r} is not one of the {prefix.rstrip('.')}")
    return field.removeprefix(prefix)


def _label(column: Any) -> Any:
    return text_of(column).fill_null(UNKNOWN)


def _day_literal(day: Any) -> Any:
    return ibis.literal(day, type="date")
