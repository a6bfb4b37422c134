"""Ibis types and Arrow types side by side; Ibis's own bridge needs packages that the base install does without."""

from __future__ import annotations

from typing import Any

import ibis
import ibis.expr.datatypes as dt
import pyarrow as pa


def to_arrow(kind: Any) -> Any | None:
    """The Arrow type that values of an Ibis type come as; None where the engine's own is as good."""
    if kind.is_integer():
        return pa.int64()
    if kind.is_floating():
        return pa.float64()
    if kind.is_boolean():
        return pa.bool_()
    if kind.is_date():
        return pa.date32()
    if kind.is_timestamp() and kind.timezone is None:
        return pa.timestamp("us")
    if kind.is_decimal() and None not in (kind.precision, kind.scale):
        return pa.decimal128(kind.precision, kind.scale)
    if kind.is_string() or kind.is_uuid() or kind.is_json():
        return pa.string()
    return None


def to_ibis(kind: Any) -> Any:
    """The Ibis type of an Arrow type.

    Raises:
        TypeError: a nested type or one that no relation of the log uses.
    """
    if pa.types.is_dictionary(kind):
        return to_ibis(kind.value_type)
    if pa.types.is_decimal(kind):
        return dt.Decimal(kind.precision, kind.scale)
    if pa.types.is_timestamp(kind):
        return dt.Timestamp(timezone=kind.tz, scale={"s": 0, "ms": 3, "us": 6, "ns": 9}[kind.unit])
    simple = {
        pa.types.is_integer: dt.int64,
        pa.types.is_floating: dt.float64,
        pa.types.is_boolean: dt.boolean,
        pa.types.is_date: dt.date,
        pa.types.is_string: dt.string,
        pa.types.is_large_string: dt.string,
        pa.types.is_null: dt.string,
    }
    for fits, found in simple.items():
        if fits(kind):
            return found
    raise TypeError(f"{kind} is not a type of the log")


def schema_of(table: Any) -> Any:
    """The Ibis schema of a `pyarrow.Table`."""
    return ibis.schema({field.name: to_ibis(field.type) for field in table.schema})


def plain(table: Any) -> Any:
    """The table in the simple types that every engine takes: no dictionaries or large texts, numbers of one width."""
    kinds = {field.name: to_arrow(to_ibis(field.type)) or field.type for field in table.schema}
    return table.cast(pa.schema(list(kinds.items())))


def typed(rows: Any, expression: Any) -> Any:
    """The rows with the types that the expression promises, whatever wider ones the engine counts in."""
    promised = expression.as_table().schema()
    columns = {}
    for place, field in enumerate(rows.schema):
        wanted = to_arrow(promised[field.name])
        column = rows.column(place)
        columns[field.name] = column if wanted in (None, field.type) else column.cast(wanted)
    # Built anew: whether a column can be null is the engine's own knowledge, and no part of an answer.
    return pa.table(columns)
