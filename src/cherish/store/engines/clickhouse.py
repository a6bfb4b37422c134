"""ClickHouse: what Ibis writes for it, mended where it means something else there than on other engines."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, ClassVar

import ibis.expr.operations as ops
import pyarrow as pa
import sqlglot.expressions as sge
from ibis.backends.sql.compilers.clickhouse import ClickHouseCompiler
from ibis.backends.sql.datatypes import ClickHouseType

from cherish.store.engines.backend import Backend, Doubles, new_name
from cherish.store.types import plain, schema_of

SETTINGS: Mapping[str, Any] = {
    # No match and no rows give null, as in SQL.
    "join_use_nulls": 1,
    "aggregate_functions_null_for_empty": 1,
    # A moment is UTC wherever the server stands.
    "session_timezone": "UTC",
    # Months and weeks before 1970 too.
    "enable_extended_results_for_datetime_functions": 1,
    # Two types without a common one are an error, not a column of either.
    "use_variant_as_common_type": 0,
}
_FIRST, _LAST = date(1900, 1, 1), date(2299, 12, 31)
"""What its days and moments reach to; others wrap around in silence."""


class Types(ClickHouseType):  # type: ignore[misc]  # Ibis ships no types
    """Ibis's types with the days that reach back before 1970."""

    @classmethod
    def from_ibis(cls, dtype: Any) -> Any:
        """The engine's type of an Ibis type."""
        made = super().from_ibis(dtype)
        if dtype.is_date():
            made.set("this", sge.DataType.Type.DATE32)
        return made


class Compiler(Doubles, ClickHouseCompiler):  # type: ignore[misc]  # Ibis ships no types
    """Ibis's compiler with exact counts, signed numbers, wide dates, letters instead of bytes, and nulls kept."""

    # ruff: noqa: N802, N815, D102  # Ibis names these methods.
    # Of what stands in here Ibis would make the methods itself, over ours.
    SIMPLE_OPS: ClassVar[dict[Any, str]] = {}
    type_mapper = Types

    # -- counts: exact, signed, 0 of nothing

    def visit_Count(self, op: Any, *, arg: Any, where: Any) -> Any:
        return self.cast(self.agg.count(arg, where=where), op.dtype)

    def visit_CountStar(self, op: Any, *, where: Any, arg: Any) -> Any:
        return self.cast(super().visit_CountStar(op, where=where, arg=arg), op.dtype)

    def visit_CountDistinct(self, op: Any, *, arg: Any, where: Any) -> Any:
        return self.f.coalesce(self.cast(self.agg.uniqExact(arg, where=where), op.dtype), 0)

    def visit_Sum(self, op: Any, *, arg: Any, where: Any) -> Any:
        made = super().visit_Sum(op, arg=arg, where=where)
        # A written 1 has no sign there, and neither has what it adds up to.
        return self.cast(made, op.dtype) if op.dtype.is_integer() else made

    def visit_RowNumber(self, op: Any) -> Any:
        return self.cast(self.f.row_number(), op.dtype)

    def visit_WindowFunction(self, op: Any, *, func: Any, **window: Any) -> Any:
        if isinstance(op.func, (ops.Lag, ops.Lead)):
            # What comes before and after is looked for inside the frame, which elsewhere bounds sums only.
            window |= {"start": None, "end": None}
        signed = isinstance(func, sge.Cast)
        made = super().visit_WindowFunction(op, func=func.this if signed else func, **window)
        return self.cast(made, op.dtype) if signed else made

    # -- numbers: whole ones divide as whole ones, quantiles look at every value

    def visit_FloorDivide(self, op: Any, *, left: Any, right: Any) -> Any:
        if not (op.left.dtype.is_integer() and op.right.dtype.is_integer()):
            return super().visit_FloorDivide(op, left=left, right=right)
        below = self.f.anon.positiveModulo(left, right)
        return self.cast(self.f.anon.intDiv(left - below, right), op.dtype)

    def visit_Quantile(self, op: Any, *, arg: Any, quantile: Any, where: Any) -> Any:
        return self._visit_quantile("quantileExactInclusive", arg, quantile, where)

    def visit_Median(self, op: Any, *, arg: Any, where: Any) -> Any:
        return self._visit_quantile("quantileExactInclusive", arg, sge.convert(0.5), where)

    # -- nulls: a column without nulls has none to give where there is no row

    def visit_ArgMin(self, op: Any, *, arg: Any, key: Any, where: Any) -> Any:
        return super().visit_ArgMin(op, arg=self.f.anon.toNullable(arg), key=key, where=where)

    def visit_ArgMax(self, op: Any, *, arg: Any, key: Any, where: Any) -> Any:
        return super().visit_ArgMax(op, arg=self.f.anon.toNullable(arg), key=key, where=where)

    def visit_LagLead(self, op: Any, *, arg: Any, offset: Any, default: Any) -> Any:
        return super().visit_LagLead(op, arg=self.f.anon.toNullable(arg), offset=offset, default=default)

    visit_Lag = visit_Lead = visit_LagLead

    # -- texts: letters, not bytes

    def visit_HexDigest(self, op: Any, *, arg: Any, how: str) -> Any:
        return self.f.lower(self.f.hex(self.f.anon[how.upper()](arg)))

    def visit_StringLength(self, op: Any, *, arg: Any) -> Any:
        return self.cast(self.f.anon.lengthUTF8(arg), op.dtype)

    def visit_StringFind(self, op: Any, *, arg: Any, substr: Any, start: Any, end: Any) -> Any:
        return self.cast(self.f.anon.positionUTF8(arg, substr), op.dtype)

    def visit_Substring(self, op: Any, *, arg: Any, start: Any, length: Any) -> Any:
        asked = (arg, start + 1) if length is None else (arg, start + 1, length)
        return self.f.anon.substringUTF8(*asked)

    def visit_Lowercase(self, op: Any, *, arg: Any) -> Any:
        return self.f.anon.lowerUTF8(arg)

    def visit_Uppercase(self, op: Any, *, arg: Any) -> Any:
        return self.f.anon.upperUTF8(arg)

    # -- days and moments: also before 1970 and after 2106

    def visit_Date(self, op: Any, *, arg: Any) -> Any:
        return self.f.anon.toDate32(arg)

    def visit_ExtractEpochSeconds(self, op: Any, *, arg: Any) -> Any:
        return self.f.anon.intDiv(self._whole_second(op, arg), 1_000_000)

    def visit_TimestampTruncate(self, op: Any, *, arg: Any, unit: Any) -> Any:
        if unit.short != "s":
            return super().visit_TimestampTruncate(op, arg=arg, unit=unit)
        return self.f.anon.fromUnixTimestamp64Micro(self._whole_second(op, arg))

    def visit_ExtractMicrosecond(self, op: Any, *, arg: Any) -> Any:
        micros = self.f.anon.toUnixTimestamp64Micro(self.cast(arg, op.arg.dtype.copy(scale=6)))
        return self.cast(self.f.anon.positiveModulo(micros, 1_000_000), op.dtype)

    def _whole_second(self, op: Any, arg: Any) -> Any:
        """The microseconds from 1970 to the second's start; its own cut goes towards 1970."""
        micros = self.f.anon.toUnixTimestamp64Micro(self.cast(arg, op.arg.dtype.copy(scale=6)))
        return micros - self.f.anon.positiveModulo(micros, 1_000_000)

    def visit_NonNullLiteral(self, op: Any, *, value: Any, dtype: Any) -> Any:
        if dtype.is_date():
            return self.f.anon.toDate32(min(max(value, _FIRST), _LAST).isoformat())
        if dtype.is_timestamp() and dtype.timezone is None:
            return self.f.anon.toDateTime64(_within(value).isoformat(" ", "microseconds"), 6)
        return super().visit_NonNullLiteral(op, value=value, dtype=dtype)


def _within(moment: datetime) -> datetime:
    first, last = (datetime(day.year, day.month, day.day) for day in (_FIRST, _LAST))
    return min(max(moment, first), last)


class ClickHouse(Backend):
    """ClickHouse over HTTP, or in process (chdb)."""

    def __init__(self, backend: Any) -> None:
        mine = type(backend).from_connection(backend.con)
        mine.compiler = Compiler()
        super().__init__(mine)

    def _fetched(self, expression: Any) -> Any:
        # As Arrow and not value by value: faster, and a condition comes as the number that it is there.
        rows = self._backend.con.query_arrow(self._backend.compile(expression), settings=dict(SETTINGS))
        for place, (name, kind) in enumerate(expression.schema().items()):
            if kind.is_timestamp() and pa.types.is_integer(rows.schema.field(place).type):
                seconds = rows.column(place).cast(pa.int64()).cast(pa.timestamp("s"))
                rows = rows.set_column(place, name, seconds)
        return rows

    def temporary(self, table: Any) -> Any:
        """A temporary table of the session: in process there is no other way to hand rows over."""
        name = new_name()
        columns = ", ".join(f"`{each}` {Types.to_string(kind)}" for each, kind in schema_of(table).items())
        self._backend.con.command(f"CREATE TEMPORARY TABLE {name} ({columns}) ENGINE = Memory")
        self._backend.con.insert_arrow(name, plain(table))
        return self._backend.table(name)
