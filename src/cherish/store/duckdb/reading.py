"""How the log is read: events under the names that people chose, without what is hidden, and without the noise.

The log itself is never rewritten. What is maintained is computed from events as they are read, so that days and orders
have the same names; whoever is marked as noise is left out when a question is asked.
"""

# ruff: noqa: S608  # statements are put together from our own texts only; values go in as parameters
from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from cherish.spec.names import ORDER_EVENTS, ORDER_REFUNDED
from cherish.store import calls, revenue
from cherish.store.duckdb import schema

_ASKED = """
    SELECT (SELECT value FROM settings WHERE key = 'vocabulary'), (SELECT value FROM settings WHERE key = 'noise'),
        (SELECT value FROM settings WHERE key = 'currency'), EXISTS (FROM noise),
        (SELECT value FROM settings WHERE key = 'noisy_events') IS NOT NULL"""

_PEOPLE = "ANTI JOIN main.noise USING (customer_id)"

# Those of whom there are marked events alone have no moments of their own where these are left out.
_WIDER = """(
    SELECT customers.* REPLACE (least(first_seen, first_ts) AS first_seen, greatest(last_seen, last_ts) AS last_seen)
    FROM main.customers AS customers LEFT JOIN (
        SELECT customer_id, min(ts) AS first_ts, max(ts) AS last_ts FROM main.events WHERE noise IS NOT NULL
        GROUP BY customer_id) USING (customer_id)) AS customers"""

OWN_ORDER = "'row-' || left(md5(CAST(event_id AS VARCHAR)), 24)"
"""The id of an order that an event is by its present name alone, where it has none."""

_MONEY = ("revenue", "subtotal", "total", "products")


@dataclass(frozen=True)
class Reading:
    """What the relations are read by.

    `names` are the names in the log and what they are called by now, `hidden` names (as they are called by now) and
    `hidden_properties` take no part. `people` and `events` say whether somebody, or an event, is marked as noise.
    """

    names: tuple[tuple[str, str], ...] = ()
    hidden: tuple[str, ...] = ()
    hidden_properties: tuple[str, ...] = ()
    rules: str = ""
    people: bool = False
    events: bool = False
    currency: str | None = None
    everybody: bool = False

    @classmethod
    def of(cls, connection: Any) -> Reading:
        """How this log is read."""
        said, rules, currency, people, events = schema.row(connection, _ASKED)
        actions = json.loads(said or "[]")
        stated = "" if rules == "[]" else rules or ""
        return cls(*_followed(actions), rules=stated, people=people, events=events, currency=currency)

    def with_everybody(self) -> Reading:
        """The same, and the noise takes part."""
        return replace(self, people=False, everybody=True)

    @cached_property
    def digest(self) -> str:
        """A short digest of all that changes what is read; empty where nothing is read differently."""
        said: list[Any] = [self.names, self.hidden, self.hidden_properties]
        noise = not self.everybody and (self.people or self.events or self.rules)
        if not noise and not any(said):
            return ""
        text = json.dumps([*said, self.rules if noise else ""])
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()[:8]

    # -- events ---------------------------------------------------------------------------------------------------

    @property
    def lost(self) -> str:
        """The condition that events fulfil which take no part; empty where all do."""
        parts = [f"name IN ({_texts(self._gone)})"] if self._gone else []
        if self.events and not self.everybody:
            parts.append("noise IS NOT NULL")
        return " OR ".join(parts)

    @property
    def _kept(self) -> str:
        parts = [f"name NOT IN ({_texts(self._gone)})"] if self._gone else []
        if self.events and not self.everybody:
            parts.append("noise IS NULL")
        return " AND ".join(parts)

    @property
    def _gone(self) -> list[str]:
        """The names in the log that are hidden by what they are called now."""
        moved = {name for name, _ in self.names}
        gone = [name for name, now in self.names if now in self.hidden]
        return gone + [name for name in self.hidden if name not in moved]

    def counted(self, source: str) -> str:
        """The events of a relation that take part, with their present names, as a relation; itself where all do so."""
        if not self.lost and not self.names:
            return source
        replaced = f" REPLACE ({', '.join(self._replaced)})" if self.names else ""
        kept = f" WHERE {self._kept}" if self._kept else ""
        return f"(SELECT *{replaced} FROM {source}{kept})"

    def renamed(self, source: str) -> str:
        """All events of a relation with their present names."""
        replaced = f" REPLACE ({', '.join(self._replaced)})" if self.names else ""
        return f"(SELECT *{replaced} FROM {source})" if replaced else source

    def show(self, connection: Any, source: str) -> str:
        """The name of a relation with the events of `source` that take part: itself, or a temporary view."""
        counted = self.counted(source)
        if counted == source:
            return source
        connection.execute(f"CREATE OR REPLACE TEMP VIEW counted_{source} AS FROM {counted}")
        return f"counted_{source}"

    @property
    def _replaced(self) -> list[str]:
        names = " ".join(f"WHEN {schema.text(old)} THEN {schema.text(now)}" for old, now in self.names)
        found = [f"CASE name {names} ELSE name END AS name"]
        turned = [(old, now) for old, now in self.names if old in ORDER_EVENTS or now in ORDER_EVENTS]
        if not turned:
            return found
        values = " ".join(f"WHEN {schema.text(old)} THEN {_value(now)}" for old, now in turned)
        listed = _texts(old for old, _ in turned)
        value = f"CASE name {values} ELSE value END"
        named = f"coalesce(currency, {calls.currency_sql('properties', self.currency)})"
        ids = " ".join(f"WHEN {schema.text(old)} THEN {_order_id(now)}" for old, now in turned)
        return [
            *found, f"CAST({value} AS DECIMAL(18, 4)) AS value",
            f"CASE WHEN name IN ({listed}) THEN CASE WHEN ({value}) IS NOT NULL THEN {named} END "
            "ELSE currency END AS currency",
            f"CASE name {ids} ELSE order_id END AS order_id",
        ]  # fmt: skip

    # -- relations ------------------------------------------------------------------------------------------------

    def relation(self, name: str) -> str:
        """What a question reads where it names a relation."""
        if name == "customers" and self.everybody and self.events:
            return _WIDER
        table = f"main.{name}"
        if name == "events":
            counted = self.counted(table)
            table = counted if counted == table else f"{counted} AS events"
        return f"{table} {_PEOPLE}" if self.people else table

    @property
    def leaves_out(self) -> bool:
        """Whether somebody or something is left out as noise."""
        return not self.everybody and (self.people or self.events)


PLAIN = Reading()
"""Everything as it stands in the log."""


def _followed(actions: Iterable[dict[str, Any]]) -> tuple[Any, Any, Any]:
    """The names that stand in the log with their present ones, and what is hidden, after all that was said."""
    names: dict[str, str] = {}
    hidden: dict[str, set[str]] = {"event": set(), "property": set()}
    for each in actions:
        if each["do"] == "rename":
            names |= {old: each["to"] for old, now in names.items() if now in each["names"]}
            names |= {old: each["to"] for old in each["names"] if old not in names}
            names = {old: now for old, now in names.items() if old != now}
        elif each["do"] == "hide":
            hidden[each["of"]].update(each["names"])
        elif each["do"] == "show":
            hidden[each["of"]].difference_update(each["names"])
    return tuple(sorted(names.items())), tuple(sorted(hidden["event"])), tuple(sorted(hidden["property"]))


def _value(now: str) -> str:
    """The money of an event by its present name: of its properties, or with the sign that the name gives it."""
    told = " OR ".join(f"json_exists(properties, '$.{key}')" for key in _MONEY)
    signed = "-abs(value)" if now == ORDER_REFUNDED else "value"
    # Rows of a file may have their money in a column of its own, and not among the properties.
    return f"CASE WHEN {told} THEN {revenue.event_value_sql(schema.text(now), 'properties')} ELSE {signed} END"


def _order_id(now: str) -> str:
    if now in ORDER_EVENTS:
        return f"coalesce(order_id, {OWN_ORDER})"
    return "CASE WHEN starts_with(order_id, 'row-') THEN properties ->> '$.order_id' ELSE order_id END"


def _texts(names: Iterable[str]) -> str:
    return ", ".join(schema.text(each) for each in names)
