"""Any Ibis table as a log, read only: a warehouse, Spark, a Parquet file; days, orders and customers are derived."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

import ibis

from cherish.errors import MappingError, Unsupported
from cherish.spec.names import ORDER_COMPLETED
from cherish.spec.relations import EVENTS, MONEY, TS, ActiveSet, Facts
from cherish.store import table_facts
from cherish.store.types import typed

_DIGITS = "0123456789abcdef"


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


class Backend:
    """The Ibis backend that a bound table came from."""

    def __init__(self, table: Any) -> None:
        self._backend = table.get_backend()

    @property
    def dialect(self) -> str:
        """The backend's name."""
        return str(self._backend.name)

    def run(self, expression: Any) -> Any:
        """Run an expression and return a `pyarrow.Table`."""
        return typed(self._backend.to_pyarrow(expression.as_table()), expression)

    def sql(self, expression: Any) -> str:
        """The statement that `run` would send; an engine without SQL shows the expression."""
        try:
            return str(ibis.to_sql(expression, dialect=self.dialect))
        except (AttributeError, NotImplementedError, ValueError, TypeError):
            return str(expression.unbind())

    def temporary(self, table: Any) -> Any:
        """A `pyarrow.Table` as a relation of this engine."""
        return ibis.memtable(table)


@dataclass(frozen=True)
class Roles:
    """Which column plays which role; `name` and `currency` may also be a constant for every row."""

    customer: str
    ts: str
    name: str | None = None
    value: str | None = None
    currency: str | None = None
    order_id: str | None = None

    def __post_init__(self) -> None:
        if not self.customer or not self.ts:
            raise MappingError("name the columns of customer and time: customer=..., ts=...")

    def columns(self) -> set[str]:
        """The columns (and constants) that play a role."""
        roles = (self.customer, self.ts, self.name, self.value, self.currency, self.order_id)
        return {role for role in roles if role is not None}


@dataclass(frozen=True, eq=False)
class TableLog:
    """A table of events as a log. Timestamps are UTC where they carry no zone; `zone` is where days begin.

    Columns without a role are properties. Without `name` every row is called Order Completed where there is an order
    id, else Event.
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
        made = cls(table, Roles(customer, ts, **roles), engine or Backend(table), zone)
        made._check()
        return made

    @cached_property
    def facts(self) -> Facts:
        """What is known of the log."""
        return table_facts.learn(self)

    @cached_property
    def properties(self) -> dict[str, str]:
        """The columns without a role, with the type that questions see."""
        shown: dict[str, str] = {}
        for name, kind in self.table.schema().items():
            if name in self.roles.columns() or kind.is_nested():
                continue
            shown[name] = "float64" if kind.is_numeric() else "boolean" if kind.is_boolean() else "string"
        return shown

    def events(self, properties: tuple[str, ...] = ()) -> Any:
        """The events, with the named columns as `properties.NAME`."""
        promoted = {f"properties.{name}": self.table[name].cast(self.properties[name]) for name in properties}
        return self.table.select(**self._columns, **promoted)

    def activity(self) -> None:
        """Nothing is maintained: days are derived from events."""

    def orders(self) -> None:
        """Nothing is maintained: orders are derived from events."""

    def customers(self, traits: tuple[str, ...] = ()) -> None:
        """Nothing is maintained: customers are those who have events."""

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
        for role in ("customer", "ts", "value", "order_id"):
            column = getattr(self.roles, role)
            if column is not None and column not in there:
                raise MappingError(f"{role}={column!r}: the table has no such column; there are {', '.join(there)}")
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
        key = table[roles.customer].cast("string")
        name = self._given(roles.name or (ORDER_COMPLETED if roles.order_id else "Event"))
        value = _of(table, roles.value, MONEY)
        currency = ibis.null("string") if roles.currency is None else self._given(roles.currency)
        ts = table[roles.ts].cast(TS)
        row = _text(name) + _text(value) + _text(currency)
        made = {
            "event_id": row, "customer_id": _number(table[roles.customer], self.engine.dialect),
            "type": ibis.literal("track"), "name": name, "ts": ts, "received_at": ts,
            "anonymous_id": ibis.null("string"), "user_id": key, "source": ibis.literal("table"),
            "value": value, "currency": currency, "order_id": _of(table, roles.order_id, "string"),
        }  # fmt: skip
        return {column: made[column] for column in EVENTS}

    def _given(self, role: str) -> Any:
        # A column where the table has one of this name, else the same text for every row.
        return self.table[role].cast("string") if role in self.table.columns else ibis.literal(role)


def _of(table: Any, column: str | None, kind: str) -> Any:
    return ibis.null(kind) if column is None else table[column].cast(kind)


def _text(column: Any) -> Any:
    return column.cast("string").fill_null("") + "|"


def _hash(text: Any) -> Any:
    """DuckDB's own hash: thirty times faster than digits of an md5."""


_duckdb_hash = ibis.udf.scalar.builtin(_hash, name="hash", signature=(("string",), "uint64"))


def _number(key: Any, dialect: str) -> Any:
    """An integer per customer: the key itself where it is one, else 60 bits or more of a hash.

    17 million customers collide with a probability of 1 in 8,000; a numbering without collisions would need a sort of
    all customers in every question. The key itself stays in `user_id`.
    """
    if key.type().is_integer():
        return key.cast("int64")
    text = key.cast("string")
    return ibis.ifelse(text.isnull(), ibis.null("int64"), _hashed(text, dialect))


def _hashed(text: Any, dialect: str) -> Any:
    if dialect == "duckdb":
        return (_duckdb_hash(text) // 2).cast("int64")
    if dialect == "polars":
        return text.hash()  # Polars can't look a digit up in a column of digits.
    digest = text.hexdigest("md5")
    places = [ibis.literal(_DIGITS).find(digest.substr(at, 1)).cast("int64") * 16 ** (14 - at) for at in range(15)]
    return sum(places[1:], places[0])
