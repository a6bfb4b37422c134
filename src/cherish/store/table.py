"""Any Ibis table as a log, read only: a warehouse, Spark, a Parquet file; days, orders and customers are derived."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property, reduce
from operator import add
from typing import Any, Protocol

import ibis

from cherish.errors import MappingError, Unsupported
from cherish.spec import derive
from cherish.spec.names import ORDER_COMPLETED
from cherish.spec.relations import EVENTS, MONEY, TS, ActiveSet, Facts
from cherish.store import table_facts
from cherish.store.engines import engine_of
from cherish.store.engines.backend import Backend
from cherish.store.numbering import number


class Engine(Protocol):
    """What runs the expressions of a table: its own backend, or a store that holds it."""

    @property
    def dialect(self) -> str:
        """The engine's name, such as `duckdb`."""

    def run(self, expression: Any) -> Any:
        """Run an expression and return a `pyarrow.Table`."""

    def sql(self, expression: Any) -> str:
        """The statement that `run` would send."""

    def temporary(self, table: Any) -> Any:
        """A `pyarrow.Table` as a relation of this engine."""


@dataclass(frozen=True)
class Roles:
    """Which column plays which role; `name` and `currency` may also be a constant for every row.

    `event_id` settles which of two events of one moment comes first; without it all that a row says does. `traits` are
    columns that say something of the customer: the last that any row tells.
    """

    customer: str
    ts: str
    name: str | None = None
    value: str | None = None
    currency: str | None = None
    order_id: str | None = None
    event_id: str | None = None
    traits: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.customer or not self.ts:
            raise MappingError("name the columns of customer and time: customer=..., ts=...")

    def __str__(self) -> str:
        told = {"customer": self.customer, "time": self.ts, "event": self.name, "value": self.value,
                "currency": self.currency, "order": self.order_id, "message": self.event_id,
                "traits": "|".join(self.traits)}  # fmt: skip
        return ", ".join(f"{role}={column}" for role, column in told.items() if column)

    def columns(self) -> set[str]:
        """The columns (and constants) that play a role."""
        roles = (self.customer, self.ts, self.name, self.value, self.currency, self.order_id, self.event_id)
        return {role for role in roles if role is not None} | set(self.traits)


@dataclass(frozen=True, eq=False)
class TableLog:
    """A table of events as a log. Timestamps are UTC where they carry no zone; `zone` is where days begin.

    Columns without a role are properties. Without `name` a row is called Order Completed where it has an order id, else
    Event.
    """

    table: Any
    roles: Roles
    engine: Engine
    zone: str = "UTC"
    active: dict[str, ActiveSet] = field(default_factory=dict)
    outcome: str | None = None

    @classmethod
    def of(
        cls, table: Any, *, customer: str, ts: str, zone: str = "UTC", engine: Engine | None = None, **roles: Any
    ) -> TableLog:
        """The log of a table and the names of its columns (see `Roles`).

        Raises:
            MappingError: a column that the table does not have.
            Unsupported: timestamps in a zone, on an engine that can't be trusted to convert them.
        """
        made = cls(table, Roles(customer, ts, **roles), engine or engine_of(table), zone)
        made._check()
        return made

    @cached_property
    def facts(self) -> Facts:
        """What is known of the log."""
        return table_facts.learn(self)

    @cached_property
    def properties(self) -> dict[str, str]:
        """The columns without a role, with the type that questions see."""
        schema = self.table.schema()
        own = {name: kind for name, kind in schema.items() if name not in self.roles.columns() and not kind.is_nested()}
        return {name: _shown(kind) for name, kind in own.items()}

    @cached_property
    def traits(self) -> dict[str, str]:
        """The columns that are the customer's traits, with the type that questions see."""
        return {name: _shown(self.table[name].type()) for name in self.roles.traits}

    def events(self, properties: tuple[str, ...] = ()) -> Any:
        """The events, with the named columns as `properties.NAME`."""
        promoted = {f"properties.{name}": self.table[name].cast(self.properties[name]) for name in properties}
        return self.table.select(**self._columns, **promoted)

    def activity(self) -> None:
        """Nothing is maintained: days are derived from events."""

    def orders(self) -> None:
        """Nothing is maintained: orders are derived from events."""

    def customers(self, traits: tuple[str, ...] = ()) -> Any | None:
        """Nothing is maintained: customers are those who have events, their traits the last that was told."""
        if not traits:
            return None
        told = {f"traits.{name}": self.table[name].cast(self.traits[name]) for name in traits}
        rows = self.table.select(**self._columns, **told)
        known = rows.filter(rows.customer_id.notnull())
        # The last must not hang on the order in which the engine reads rows: first the moments, then their order.
        moments = known.group_by("customer_id", "ts").agg(**{name: known[name].max() for name in told})
        last = moments.group_by("customer_id").agg(
            **{name: moments[name].argmax(moments.ts, where=moments[name].notnull()) for name in told}
        )
        return derive.customers(rows).inner_join(last, "customer_id")

    def run(self, expression: Any) -> Any:
        """Run an expression on the table's own engine and return a `pyarrow.Table`."""
        return self.engine.run(expression)

    def sql(self, expression: Any) -> str:
        """The statement that `run` would send."""
        return self.engine.sql(expression)

    def temporary(self, table: Any) -> Any:
        """A `pyarrow.Table` as a relation of this log's engine, for joins."""
        return self.engine.temporary(table)

    def _check(self) -> None:
        there = self.table.columns
        for role in ("customer", "ts", "value", "order_id", "event_id"):
            column = getattr(self.roles, role)
            if column is not None and column not in there:
                raise MappingError(f"{role}={column!r}: the table has no such column; there are {', '.join(there)}")
        for column in self.roles.traits:
            if column not in there:
                raise MappingError(f"traits={column!r}: the table has no such column; there are {', '.join(there)}")
        kind = self.table[self.roles.ts].type()
        if not (kind.is_timestamp() or kind.is_date()):
            raise MappingError(f"ts={self.roles.ts!r} holds {kind}; give a column of dates or timestamps")
        zoned = getattr(kind, "timezone", None)
        if zoned and zoned != "UTC" and isinstance(self.engine, Backend):
            raise Unsupported(
                f"ts={self.roles.ts!r} is in {zoned}; give timestamps in UTC, zone={self.zone!r} makes the days"
            )

    @cached_property
    def _columns(self) -> dict[str, Any]:
        roles, table = self.roles, self.table
        key = _told(table[roles.customer])
        value = _of(table, roles.value, MONEY)
        currency = ibis.null("string") if roles.currency is None else self._given(roles.currency)
        order_id = ibis.null("string") if roles.order_id is None else _told(table[roles.order_id])
        name = self._given(roles.name or "Event")
        if roles.name is None and roles.order_id is not None:
            name = ibis.ifelse(order_id.notnull(), ORDER_COMPLETED, "Event")
        ts = table[roles.ts].cast(TS)
        made = {
            "event_id": self._event_id(name, value),
            "customer_id": number(_key(table[roles.customer]), self.engine.dialect),
            "type": ibis.literal("track"), "name": name, "ts": ts, "received_at": ts,
            "anonymous_id": ibis.null("string"), "user_id": key, "source": ibis.literal("table"),
            "value": value, "currency": currency, "order_id": order_id,
        }  # fmt: skip
        return {column: made[column] for column in EVENTS}

    def _event_id(self, name: Any, value: Any) -> Any:
        roles, table = self.roles, self.table
        if roles.event_id is not None:
            return table[roles.event_id].cast("string")
        said = {
            each: kind for each, kind in table.schema().items() if each not in (roles.customer, roles.ts, roles.value)
        }
        texts = [_comparable(table[each], kind) for each, kind in said.items()]
        cents = (value * 10_000).cast("int64").cast("string")
        return reduce(add, (each.fill_null("") + "|" for each in (name, cents, *texts) if each is not None))

    def _given(self, role: str) -> Any:
        # A column where the table has one of this name, else the same text for every row.
        return _told(self.table[role]) if role in self.table.columns else ibis.literal(role)


def _of(table: Any, column: str | None, kind: str) -> Any:
    return ibis.null(kind) if column is None else table[column].cast(kind)


def _key(column: Any) -> Any:
    return column if column.type().is_integer() else _told(column)


def _told(column: Any) -> Any:
    # An empty text says nothing: ClickHouse's usual columns have no null.
    return column.nullif("") if column.type().is_string() else column.cast("string")


def _shown(kind: Any) -> str:
    return "float64" if kind.is_numeric() else "boolean" if kind.is_boolean() else "string"


def _comparable(column: Any, kind: Any) -> Any | None:
    """A value as a text that every engine writes alike, so that ties are broken alike; None of kinds that have none."""
    if kind.is_boolean():
        return column.cast("int64").cast("string")
    return column.cast("string") if kind.is_string() or kind.is_integer() or kind.is_date() else None
