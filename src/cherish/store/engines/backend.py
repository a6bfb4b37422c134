"""An engine that Ibis speaks to: runs expressions, shows statements, takes small tables of ours."""

from __future__ import annotations

import math
from typing import Any
from uuid import uuid4

import ibis
import ibis.expr.datatypes as dt
import sqlglot.expressions as sge

from cherish.store.types import typed


class Backend:
    """An Ibis backend that needs nothing special."""

    def __init__(self, backend: Any) -> None:
        self._backend = backend

    @property
    def dialect(self) -> str:
        """The backend's name."""
        return str(self._backend.name)

    def run(self, expression: Any) -> Any:
        """Run an expression and return a `pyarrow.Table`."""
        return typed(self._fetched(expression.as_table()), expression)

    def _fetched(self, expression: Any) -> Any:
        return self._backend.to_pyarrow(expression)

    def sql(self, expression: Any) -> str:
        """The statement that `run` would send; an engine without SQL shows the expression."""
        try:
            return str(self._backend.compile(expression, pretty=True))
        except (AttributeError, NotImplementedError, ValueError, TypeError):
            return str(expression.unbind())

    def temporary(self, table: Any) -> Any:
        """A `pyarrow.Table` as a relation of this engine, gone with the connection."""
        return ibis.memtable(table)


# ruff: noqa: N802  # Ibis names the methods of compilers.


class Doubles:
    """What every compiler of ours does: a quotient is a double, and of money not rounded to its own few places."""

    def visit_Divide(self, op: Any, *, left: Any, right: Any) -> Any:
        """Both sides as doubles: some engines divide whole numbers as such."""
        compiler: Any = self
        left, right = (
            side if kind.is_floating() else compiler.cast(side, dt.float64)
            for side, kind in ((left, op.left.dtype), (right, op.right.dtype))
        )
        return compiler.binop(sge.Div, left, right)


class Wide:
    """Numbers of the width that they are declared with, for engines that guess it from how a number is written.

    A written 0.5 is a decimal there, of so few places, and so is what it is divided by; a written 0 has four bytes, and
    so would have a sum that begins with it.
    """

    def visit_NonNullLiteral(self, op: Any, *, value: Any, dtype: Any) -> Any:
        """A number as its type."""
        if dtype.is_int64() or (dtype.is_floating() and math.isfinite(value)):
            return self.cast(value, dtype)  # type: ignore[attr-defined]  # a compiler's
        compiler: Any = super()
        return compiler.visit_NonNullLiteral(op, value=value, dtype=dtype)

    def visit_StringFind(self, op: Any, **given: Any) -> Any:
        """A place as a long number."""
        compiler: Any = super()
        return self.cast(compiler.visit_StringFind(op, **given), op.dtype)  # type: ignore[attr-defined]


def new_name() -> str:
    """A name for a temporary table that nobody else uses."""
    return f"cherish_{uuid4().hex}"
