"""The single view of a customer, put together: who it is, what is known, what happened, what it is worth."""

# ruff: noqa: S608  # statements are put together from our own texts and numbers
from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec
import pyarrow as pa

from cherish.answer.ask import holding
from cherish.clock import system_clock
from cherish.customers.figures import OWN, Figure, figures_of
from cherish.customers.groups import Group, groups_of
from cherish.customers.identifiers import Identifier, edges_of, identifiers_of
from cherish.customers.keys import UnknownCustomer, customer_of
from cherish.customers.noise import left_out_of
from cherish.customers.orders import Orders, orders_of
from cherish.customers.rows import aware, rows
from cherish.customers.timeline import Timeline, Wanted, timeline_of
from cherish.customers.traits import Trait, traits_of
from cherish.customers.visits import Visits, visits_of
from cherish.errors import QuestionError
from cherish.points.relations.sessions import Sessions
from cherish.show.moments import moment_of
from cherish.spec.view import View
from cherish.store.keys import Edge

PARTS = ("traits", "identifiers", "timeline", "sessions", "orders", "groups", "measures")
"""What a view can hold beside who it is of; whoever needs less asks for less."""


@dataclass(frozen=True)
class CustomerView:
    """Everything that the log knows of one customer. A part that was not asked for is None.

    Traits, identifiers, orders, groups and the timeline are as the log knows them now; sessions and measures are seen
    from the moment `as_of`. `acts` counts the events of each name. Measures are asked of the `population` that the
    customer belongs to: anonymous ones among all, others among the identified. `left_out` says why no answer counts the
    customer (None: all do); sessions and measures are then told as if they did.
    """

    customer: str
    identified: bool
    first_seen: datetime | None
    last_seen: datetime | None
    created_at: datetime | None
    events: int
    acts: Mapping[str, int]
    as_of: datetime
    zone: str
    population: str
    traits: tuple[Trait, ...] | None = None
    identifiers: tuple[Identifier, ...] | None = None
    edges: tuple[Edge, ...] | None = None
    timeline: Timeline | None = None
    sessions: Visits | None = None
    orders: Orders | None = None
    groups: tuple[Group, ...] | None = None
    left_out: tuple[str, ...] | None = None
    measures: tuple[Figure, ...] | None = None

    def told(self) -> dict[str, Any]:
        """The view as JSON takes it: money as exact texts, times in UTC, and only the parts that were asked for."""
        found = msgspec.to_builtins(self)
        for edge in found["edges"] or ():
            edge |= {end: edge[end] and dict(zip(("kind", "key"), edge[end], strict=True)) for end in ("a", "b")}
        optional = (*PARTS, "edges", "left_out")
        return {name: value for name, value in found.items() if value is not None or name not in optional}

    def to_json(self) -> str:
        """The view as JSON."""
        return msgspec.json.encode(self.told()).decode()

    def show(self, screen: Any) -> None:
        """Write the view to a Rich console."""
        from cherish.customers.terminal import show

        show(self, screen)

    def __repr__(self) -> str:
        from cherish.customers.terminal import plain

        return plain(self)


def view(
    store: Any,
    key: str,
    *,
    parts: Sequence[str] = PARTS,
    measures: str | Sequence[str] = OWN,
    wanted: Wanted | None = None,
    as_of: str | None = None,
    now: datetime | None = None,
) -> CustomerView:
    """The view of the customer whom any key names.

    Args:
        store: the log.
        key: a user id, an anonymous id or another identifier; `KIND:KEY` where one text is a key of several customers.
        parts: which of PARTS.
        measures: `own` (those that need nobody else), `all`, `none`, or names (a list, or joined by |).
        wanted: which events, and which page of them.
        as_of: the moment of sessions and measures, as of any question.
        now: the present moment of a live log.

    Raises:
        UnknownCustomer: nobody has this key.
        QuestionError: a part, a measure or a cursor that does not exist.
        Unsupported: the log is a table that stays where it lies.
    """
    unknown = [each for each in parts if each not in PARTS]
    if unknown:
        raise QuestionError(f"no part of a view is called {unknown[0]!r}; there are {', '.join(PARTS)}")
    with holding(store):
        found = customer_of(store, key)
        left_out = left_out_of(store, found.number)
        # Whom no answer counts is shown all the same: as the answers would say if everybody counted.
        seen = store.everybody if left_out else store
        kept = replace(_who(seen, found.number, as_of, now), left_out=left_out or None)
        makers: dict[str, Callable[[], Any]] = {
            "traits": lambda: traits_of(store, found.number),
            "identifiers": lambda: identifiers_of(store, found.number),
            "edges": lambda: edges_of(store, found),
            "timeline": lambda: timeline_of(store, found.number, wanted or Wanted(), kept.zone),
            "orders": lambda: orders_of(store, found.number),
            "groups": lambda: groups_of(store, found.number),
        }
        asked = {*parts, *(("edges",) if "identifiers" in parts else ())}
        made = {name: make() for name, make in makers.items() if name in asked}
        return replace(kept, **made, **_at_the_moment(seen, found.number, kept, parts, measures))


def _who(store: Any, number: int, as_of: str | None, now: datetime | None) -> CustomerView:
    """The view without its parts."""
    who = rows(
        store,
        f"SELECT customer, identified, first_seen, last_seen, created_at FROM customers WHERE customer_id = {number}",
    )
    if not who:
        raise UnknownCustomer
    acts = rows(
        store,
        f"SELECT name, CAST(sum(n) AS BIGINT) AS n FROM activity WHERE customer_id = {number} "
        "GROUP BY name ORDER BY n DESC, name",
    )
    row, facts = who[0], store.facts
    told = None if as_of is None else moment_of(as_of, facts.zone)
    moment = View.of(store, told, now=now or system_clock()).as_of if facts.last else told or now or system_clock()
    return CustomerView(
        customer=row["customer"],
        identified=row["identified"],
        first_seen=aware(row["first_seen"]),
        last_seen=aware(row["last_seen"]),
        created_at=aware(row["created_at"]),
        events=sum(each["n"] for each in acts),
        acts={each["name"]: each["n"] for each in acts},
        as_of=moment,
        zone=facts.zone,
        population="identified" if row["identified"] else "all",
    )


def _at_the_moment(
    store: Any, number: int, kept: CustomerView, parts: Sequence[str], measures: str | Sequence[str]
) -> dict[str, Any]:
    """Sessions and measures, which look at the log as any question does: from a moment, at a population."""
    if not {"sessions", "measures"} & set(parts):
        return {}
    if store.facts.last is None:
        nothing = {"sessions": Visits(0, (), str(Sessions())), "measures": ()}
        return {name: nothing[name] for name in nothing if name in parts}
    everybody = View.of(store, kept.as_of, population=kept.population)
    only = store.temporary(pa.table({"customer_id": pa.array([number], pa.int64())}))
    narrow = replace(everybody, members=only)
    made: dict[str, Any] = {}
    if "sessions" in parts:
        made["sessions"] = visits_of(narrow)
    if "measures" in parts:
        made["measures"] = figures_of(everybody, narrow, measures)
    return made
