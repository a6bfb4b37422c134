"""Spark: answers come as Arrow and not through pandas; nothing counted is 0."""

from __future__ import annotations

from typing import Any, ClassVar

from ibis.backends.sql.compilers.pyspark import PySparkCompiler

from cherish.store.engines.backend import Backend, Doubles, Wide, new_name
from cherish.store.types import plain


class Compiler(Doubles, Wide, PySparkCompiler):  # type: ignore[misc]  # Ibis ships no types
    """Ibis's compiler with counts that are never null, and the parts of a second."""

    # ruff: noqa: N802, D102  # Ibis names these methods.
    SIMPLE_OPS: ClassVar[dict[Any, str]] = {}

    def visit_CountStar(self, op: Any, *, arg: Any, where: Any) -> Any:
        return self.f.count_if(where) if where is not None else super().visit_CountStar(op, arg=arg, where=where)

    def visit_ExtractMicrosecond(self, op: Any, *, arg: Any) -> Any:
        return self.cast(self.f.date_format(arg, "SSSSSS"), op.dtype)


class Spark(Backend):
    """A Spark session, be it of this machine or of a cluster."""

    def __init__(self, backend: Any) -> None:
        self._session = backend._session
        mine = type(backend).from_connection(self._session)
        mine.compiler = Compiler()
        super().__init__(mine)

    def _fetched(self, expression: Any) -> Any:
        return self._session.sql(self._backend.compile(expression)).toArrow()

    def temporary(self, table: Any) -> Any:
        """A view of the session."""
        name = new_name()
        self._session.createDataFrame(plain(table)).createOrReplaceTempView(name)
        return self._backend.table(name)
