"""What the catalogue asks of an engine: every expression that answering runs, as it leaves for the engine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import ibis
import ibis.expr.operations as ops


class Listening:
    """A log that remembers what it was asked to run, with what it lent as `temporary()` shown as plain relations."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self._lent: dict[Any, Any] = {}
        self.heard: list[Any] = []

    def run(self, expression: Any) -> Any:
        self.heard.append(expression.op().replace(self._lent).to_expr() if self._lent else expression)
        return self._store.run(expression)

    def temporary(self, table: Any) -> Any:
        made = self._store.temporary(table)
        self._lent[made.op()] = ibis.table(made.schema(), name=f"lent_{len(self._lent)}").op()
        return made

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


# -- what must not be asked -------------------------------------------------------------------------------------------

RANKS = (ops.MinRank, ops.DenseRank, ops.PercentRank, ops.CumeDist, ops.NTile)
ORDERED = (ops.First, ops.Last, ops.NthValue, ops.ArrayCollect, ops.GroupConcat, ops.Arbitrary, ops.Mode)
ARRAYS = (ops.ArrayMap, ops.ArrayFilter, ops.Unnest, ops.TableUnnest)
JSON = (ops.JSONGetItem, ops.UnwrapJSONString, ops.UnwrapJSONInt64, ops.UnwrapJSONFloat64, ops.UnwrapJSONBoolean)
ROUGH = (ops.ApproxCountDistinct, ops.ApproxMedian, ops.ApproxQuantile, ops.ApproxMultiQuantile)
CHANCE = (ops.RandomScalar, ops.RandomUUID, ops.TimestampNow, ops.DateNow, ops.Sample)
DIVISIONS = (ops.Divide, ops.FloorDivide, ops.Modulus)


def forbidden(node: Any, builtins: frozenset[str] = frozenset()) -> str | None:
    """Why an operation must not be asked of an engine; None where it may be.

    `builtins` are functions of one engine by name, which only the part of the code that knows the engine may use.
    """
    for kinds, why in (
        (RANKS, "engines number ties apart"), (ORDERED, "the order of rows is not the engine's to keep"),
        (ARRAYS, "arrays work differently or not at all"), (JSON, "properties come as columns of their own"),
        (ROUGH, "an estimate is no answer"), (CHANCE, "answers hang on nothing but the data"),
        ((ops.Hash,), "every engine hashes differently: use md5"),
        ((ops.InMemoryTable,), "not every engine takes one: use the log's temporary()"),
    ):  # fmt: skip
        if isinstance(node, kinds):
            return why
    if isinstance(node, ops.Cast) and _zoned(node):
        return "days come from the zone's offsets: a zoned cast yields the UTC day on some engines"
    if isinstance(node, ops.WindowFunction):
        return _window(node)
    if isinstance(node, ops.JoinLink) and node.how == "asof":
        return "few engines have it: join by inequality and take argmax"
    if isinstance(node, (ops.ScalarUDF, ops.AggUDF)) and node.__func_name__ not in builtins:
        return "a function of one engine"
    if isinstance(node, DIVISIONS) and not never_zero(node.right):
        return "a division by what may be 0: some engines give infinity, others fail; write nullif(0)"
    return None


def _zoned(node: Any) -> bool:
    kinds = (node.to, node.arg.dtype)
    return any(kind.is_timestamp() and kind.timezone is not None for kind in kinds)


def _window(node: Any) -> str | None:
    if isinstance(node.func, ops.CountDistinct):
        return "distinct values are not counted over windows everywhere"
    bounds = [each for each in (node.start, node.end) if each is not None]
    # With one moving end and an order, a range is what SQL's default frame is; what it must not be is so many days.
    moving = [each for each in bounds if not (isinstance(each.value, ops.Literal) and each.value.value == 0)]
    return "a frame of so many days is not known everywhere" if node.how == "range" and moving else None


def never_zero(node: Any) -> bool:
    """Whether a divisor can't be 0: a number, a nullif, or made of such."""
    if isinstance(node, ops.Literal):
        return bool(node.value)
    if isinstance(node, ops.NullIf):
        return True
    if isinstance(node, (ops.Cast, ops.Alias, ops.Sqrt)):
        return never_zero(node.arg)
    if isinstance(node, (ops.Multiply, ops.Divide)):
        return never_zero(node.left) and never_zero(node.right)
    if isinstance(node, ops.Greatest):
        return any(isinstance(each, ops.Literal) and each.value > 0 for each in node.arg)
    return isinstance(node, ops.Field) and node.name in node.rel.schema and _made(node)


def _made(field: Any) -> bool:
    """A column that its relation makes of what can't be 0."""
    values = getattr(field.rel, "values", None)
    made = values.get(field.name) if values else None
    return made is not None and made is not field and never_zero(made)


def operations(expression: Any) -> Iterator[Any]:
    """Every operation of an expression."""
    yield from expression.op().find(ops.Node)
