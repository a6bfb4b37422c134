"""Growth of customers: who is new, retained, resurrected and churned from one period to the next."""

from __future__ import annotations

from typing import Any

import ibis
import numpy as np
import pyarrow as pa

from cherish.reports._groups import Groups, codes
from cherish.reports._spans import Periods
from cherish.spec.view import View

COUNTS = ("active", "new", "retained")
MOST_BITS = 62
"""So many periods fit one whole number."""
BITWISE = ("duckdb",)
"""Engines known to do it as asked: Spark has no such aggregate in Ibis 12, others may shift a 1 of a single byte."""


def expression(view: View, rows: Any, groups: Groups, periods: Periods, born: Any | None) -> Any:
    """What `amounts` reads: histories and how many customers share each, or counts per period where that can't be.

    `rows` (customer_id, `day`, by_N) may repeat. With `born` new are only those whose record was created in the period.
    """
    bitwise = getattr(view.log, "dialect", None) in BITWISE and len(periods.starts) <= MOST_BITS
    makes = _marked if bitwise else _followed
    return makes(rows, periods.index(rows.day), groups, born)


def _marked(rows: Any, p: Any, groups: Groups, born: Any | None) -> Any:
    """One bit per period: a single small grouping, and customers with the same history are counted as one row."""
    bit = ibis.literal(1, type="int64") << p
    marks = rows.group_by("customer_id", *groups.labels).agg(mask=bit.bit_or())
    if born is None:
        return marks.group_by(*groups.labels, "mask").agg(customers=marks.count())
    marks = marks.inner_join(born, "customer_id")
    return marks.group_by(*groups.labels, "mask", "born").agg(customers=marks.count())


def _followed(rows: Any, p: Any, groups: Groups, born: Any | None) -> Any:
    """Each customer's periods in order, each beside the one before it: for any number of periods."""
    keys = ("customer_id", *groups.labels)
    each = rows.select(*keys, p=p).distinct()
    each = each.mutate(q=each.p.lag(1).over(ibis.window(group_by=keys, order_by=each.p)))
    retained = (each.q == each.p - 1).fill_null(False)
    each = each.mutate(new=each.q.isnull(), retained=retained)
    if born is not None:
        each = each.inner_join(born, "customer_id")
        each = each.mutate(new=(each.born == each.p) & ~each.retained)
    return each.group_by(*groups.labels, "p").agg(
        active=each.count(), new=each.count(where=each.new), retained=each.count(where=each.retained)
    )


def amounts(found: pa.Table, groups: Groups, count: int) -> tuple[list[tuple[str, ...]], int, dict[str, Any]]:
    """The groups, the first period with any activity, and per group (rows) and period (columns) each count."""
    keys, group = codes(found, groups.labels)
    placed = _decoded if "mask" in found.column_names else _counted
    counts = placed(found, group, (len(keys), count))
    begun = counts["active"].any(axis=0)
    first = int(begun.argmax()) if begun.any() else count
    active, new, retained = (counts[name][:, first:] for name in COUNTS)
    before = np.pad(active, ((0, 0), (1, 0)))[:, : active.shape[1]]
    churned = before - retained
    figures = {"active": active, "new": new, "retained": retained, "resurrected": active - new - retained}
    return keys, first, {**figures, "churned": churned, "net": active - before}


def _counted(found: pa.Table, group: Any, shape: tuple[int, int]) -> dict[str, Any]:
    counts = {name: np.zeros(shape, dtype=np.int64) for name in COUNTS}
    for name, table in counts.items():
        table[group, found["p"].to_numpy()] = found[name].to_numpy()
    return counts


def _decoded(found: pa.Table, group: Any, shape: tuple[int, int]) -> dict[str, Any]:
    """Counts per period from histories: bit p of a mask says that its customers were active in period p."""
    mask, customers = (found[name].to_numpy().astype(np.int64) for name in ("mask", "customers"))
    born = found["born"].to_numpy() if "born" in found.column_names else None
    counts = {name: np.zeros(shape, dtype=np.int64) for name in COUNTS}
    for p in range(shape[1]):
        here, before = (mask >> p & 1).astype(bool), (mask << 1 >> p & 1).astype(bool)
        first = mask & (2**p - 1) == 0 if born is None else (born == p) & ~before
        for name, those in (("active", here), ("new", here & first), ("retained", here & before)):
            counts[name][:, p] = np.bincount(group[those], customers[those], shape[0])
    return counts


def ratios(figures: dict[str, Any]) -> dict[str, tuple[Any, Any, str]]:
    """Per ratio: numerator, denominator, and why it is missing where the denominator is 0."""
    gained, lost = figures["new"] + figures["resurrected"], figures["churned"]
    return {
        "quick_ratio": (gained, lost, "no_churn"),
        "gross_retention": (figures["retained"], figures["retained"] + lost, "no_previous"),
    }
