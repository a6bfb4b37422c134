"""From an Ibis expression to the statement that the engine is sent; Ibis only compiles, it never runs anything."""

# ruff: noqa: S608  # statements are put together from our own texts only; values go in as parameters
from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import ibis
import ibis.expr.operations as ops
from ibis.backends.sql.compilers.duckdb import compiler

from cherish.spec.relations import ACTIVITY, CUSTOMERS, EVENTS, ORDERS
from cherish.store.duckdb import schema
from cherish.store.duckdb.reading import PLAIN, Reading
from cherish.store.duckdb.temporary import PREFIX

_CASTS = {"float64": "DOUBLE", "boolean": "BOOLEAN"}


def compiled(expression: Any, pretty: bool = False) -> str:
    """The statement of an expression over this log's relations; asked again, it is not compiled anew."""
    operation = expression.op()
    # Equal expressions are equal keys, whichever objects they are made of.
    text: str | None = _known.get((operation, pretty))
    if text is None:
        text = str(compiler.to_sqlglot(operation.to_expr().unbind()).sql(dialect="duckdb", pretty=pretty))
        if len(_known) >= _MOST:
            _known.clear()
        _known[_lasting(operation), pretty] = text
    return text


_MOST = 256
_known: dict[tuple[Any, bool], str] = {}
"""Statements by their expressions: compiling one takes longer than many a question."""


def _lasting(operation: Any) -> Any:
    """The same with other objects in place of temporary tables, which go when nothing holds them any more."""
    passing = [table for table in operation.find(ops.UnboundTable) if table.name.startswith(PREFIX)]
    twins = {table: ibis.table(table.schema, name=table.name).op() for table in passing}
    return operation.replace(twins) if twins else operation


def tables(expression: Any) -> set[str]:
    """The names of the relations that an expression reads."""
    return {table.name for table in expression.op().find(ops.UnboundTable)}


class Promoted:
    """Relations with properties or traits as columns of their own: a name for Ibis, a subquery for the engine."""

    def __init__(self) -> None:
        # The plain relations too: a `SELECT *` must not show the columns that only the store knows.
        self._wanted: dict[str, tuple[str, tuple[str, ...]]] = {
            name: (name, _columns(columns)) for name, columns in (("events", EVENTS), ("customers", CUSTOMERS))
        }

    def table(self, relation: str, wanted: tuple[str, ...], types: Mapping[str, str]) -> Any:
        """The Ibis table `relation` with a typed column per wanted property (events) or trait (customers)."""
        columns, document = (EVENTS, "properties") if relation == "events" else (CUSTOMERS, "traits")
        typed = {name: types.get(name, "string") for name in sorted(set(wanted))}
        if not typed:
            return ibis.table(columns, name=relation)
        digest = hashlib.md5(repr(typed).encode(), usedforsecurity=False).hexdigest()[:8]
        alias = f"{relation}_with_{digest}"
        extracted = tuple(_column(document, name, kind) for name, kind in typed.items())
        self._wanted[alias] = (relation, (*_columns(columns), *extracted))
        return ibis.table({**columns, **{f"{document}.{name}": kind for name, kind in typed.items()}}, name=alias)

    def statement(self, expression: Any, pretty: bool = False, reading: Reading = PLAIN) -> str:
        """The whole statement, with the relations that it reads in front, as they are read."""
        used = sorted(tables(expression) & ({*self._wanted, *_KEPT} if reading.people else {*self._wanted}))
        body = compiled(expression, pretty)
        if not used:
            return body
        # Not materialized: otherwise the engine would extract every column of every row before it filters.
        front = ", ".join(f"{alias} AS NOT MATERIALIZED ({self._select(alias, reading)})" for alias in used)
        joint = "\n" if pretty else " "
        if body.startswith("WITH "):
            return f"WITH {front},{joint}{body.removeprefix('WITH ')}"
        return f"WITH {front}{joint}{body}"

    def _select(self, alias: str, reading: Reading) -> str:
        relation, columns = self._wanted.get(alias) or (alias, _columns(_KEPT[alias]))
        return f"SELECT {', '.join(columns)} FROM {reading.relation(relation)}"


_KEPT = {"activity": ACTIVITY, "orders": ORDERS}


def _columns(columns: Iterable[str]) -> tuple[str, ...]:
    return tuple(map(schema.name, columns))


def _column(document: str, name: str, kind: str) -> str:
    value = f"json_extract_string({document}, {schema.pointer(name)})"
    cast = _CASTS.get(kind)
    typed = f"TRY_CAST({value} AS {cast})" if cast else value
    return f"{typed} AS {schema.name(f'{document}.{name}')}"
