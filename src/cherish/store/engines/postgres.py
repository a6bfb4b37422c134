"""PostgreSQL: texts are compared letter by letter, whatever language the server sorts for."""

from __future__ import annotations

from typing import Any, ClassVar

import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import sqlglot.expressions as sge
from ibis.backends.sql.compilers.postgres import PostgresCompiler

from cherish.store.engines.backend import Backend, Doubles, Wide, new_name
from cherish.store.types import plain, schema_of


class Compiler(Doubles, Wide, PostgresCompiler):  # type: ignore[misc]  # Ibis ships no types
    """Ibis's compiler with md5, and with texts in the order of their letters' numbers from where they are read."""

    # ruff: noqa: N802, D102  # Ibis names these methods.
    SIMPLE_OPS: ClassVar[dict[Any, str]] = {}

    def visit_HexDigest(self, op: Any, *, arg: Any, how: str) -> Any:
        return self.f[how](arg)

    def visit_Field(self, op: Any, *, rel: Any, name: str) -> Any:
        column = super().visit_Field(op, rel=rel, name=name)
        if not op.dtype.is_string() or not isinstance(op.rel, ops.DatabaseTable):
            return column
        return sge.Paren(this=sge.Collate(this=column, expression=sge.to_identifier("C", quoted=True)))

    def visit_Lowercase(self, op: Any, *, arg: Any) -> Any:
        # Under the order of numbers only a to z have capitals.
        return self.f.lower(sge.Collate(this=arg, expression=sge.to_identifier("und-x-icu", quoted=True)))

    def visit_Cast(self, op: Any, *, arg: Any, to: Any) -> Any:
        if op.arg.dtype.is_boolean() and to.is_numeric():
            arg = self.cast(arg, dt.int32)  # The only number that a condition becomes here.
        return super().visit_Cast(op, arg=arg, to=to)


class Postgres(Backend):
    """A Postgres connection."""

    def __init__(self, backend: Any) -> None:
        mine = type(backend).from_connection(backend.con)
        mine.compiler = Compiler()
        super().__init__(mine)

    def temporary(self, table: Any) -> Any:
        """A temporary table of the session."""
        return self._backend.create_table(new_name(), plain(table), schema=schema_of(table), temp=True)
