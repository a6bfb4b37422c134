"""What a cohort has brought so far: net value up to each period after the first order, per customer."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import ibis
import pyarrow as pa

from cherish.reports._spans import Periods
from cherish.spec.relations import MONEY

SCHEMA = pa.schema([
    ("cohort", pa.date32()), ("average", pa.string()), ("size", pa.int64()), ("bucket", pa.int64()),
    ("value", pa.decimal128(38, 4)), ("mature", pa.int64()), ("rate", pa.float64()), ("why", pa.string()),
])  # fmt: skip


def expression(orders: Any) -> Any:
    """Per cohort (`born`) and bucket the net value and how many customers had their first order there."""
    members = orders.filter(orders.born.notnull())
    # A refund without its order may lie before the first order: it belongs to the beginning.
    bucket = ibis.greatest(members.p - members.born, 0)
    first = (members.n == 1) & (members.place == 1)
    found = members.group_by("born", bucket=bucket).agg(
        value=members.net.sum().cast(MONEY), size=members.count(where=first)
    )
    return found.order_by("born", "bucket")


def table(rows: pa.Table, periods: Periods, buckets: int) -> pa.Table:
    """A row per cohort and bucket, then the average of the cohorts that have got so far, weighted by size."""
    paid: dict[int, dict[int, Decimal]] = {}
    size: dict[int, int] = {}
    for row in rows.to_pylist():
        paid.setdefault(row["born"], {})[row["bucket"]] = row["value"]
        size[row["born"]] = size.get(row["born"], 0) + row["size"]
    whole = len(periods.starts)
    last = min(buckets, whole - 1 - min(paid, default=whole - 1))
    reached = {born: _cumulated(values, whole - born, last) for born, values in sorted(paid.items())}
    found = [
        _row(periods.starts[born], None, size[born], bucket, each, size[born])
        for born, values in reached.items()
        for bucket, each in enumerate(values)
    ]
    for bucket in range(last + 1):
        there = [born for born, values in reached.items() if values[bucket] is not None]
        value = sum((reached[born][bucket] or Decimal(0) for born in there), start=Decimal(0))
        found.append(_row(None, "pooled", sum(size.values()), bucket, value, sum(size[born] for born in there)))
    return pa.Table.from_pylist(found, schema=SCHEMA)


def _cumulated(values: Mapping[int, Decimal], periods: int, last: int) -> list[Decimal | None]:
    """The value up to each bucket; None where the cohort has not got so far."""
    found: list[Decimal | None] = []
    running = Decimal(0)
    for bucket in range(last + 1):
        running += values.get(bucket, Decimal(0))
        found.append(running if bucket < periods else None)
    return found


def _row(cohort: Any, average: str | None, size: int, bucket: int, value: Decimal | None, of: int) -> dict[str, Any]:
    row = {"cohort": cohort, "average": average, "size": size, "bucket": bucket}
    if value is None or not of:
        return {**row, "value": None, "mature": 0, "rate": None, "why": "immature"}
    return {**row, "value": value, "mature": of, "rate": float(value / of), "why": None}


def headline(table: pa.Table) -> Mapping[str, Any]:
    """What an average customer brought in the first period and up to the last one that some cohort has got to."""
    rows = [row for row in table.to_pylist() if row["average"] is not None and row["rate"] is not None]
    found: dict[str, Any] = {"customers": rows[0]["size"] if rows else 0}
    if rows:
        first, last = rows[0], rows[-1]
        found |= {"value_in_first_period": first["rate"], "last_bucket": last["bucket"],
                  "value_up_to_it": last["rate"], "customers_up_to_it": last["mature"]}  # fmt: skip
    return found
