"""Revenue by period: counted per customer first, so that customers of a period are counted once."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pyarrow as pa

from cherish.reports._groups import Groups
from cherish.reports._rows import shown_names
from cherish.reports._spans import Periods
from cherish.spec.relations import MONEY

COUNTS = ("orders", "customers", "new_customers", "repeat_customers", "became_repeat")
SUMS = ("value", "gross", "refunded", "new_value", "repeat_value")
_KIND = pa.decimal128(38, 4)
COLUMNS = (
    "period", "orders", "customers", "value", "average_order", "orders_per_customer", "new_customers", "new_value",
    "returning_value", "repeat_customers", "repeat_share", "became_repeat", "repeat_value", "repeat_value_share",
    "gross", "refunded", "refund_rate", "partial",
)  # fmt: skip
RATIOS = {
    "average_order": ("value", "orders", "no_orders"),
    "orders_per_customer": ("orders", "customers", "no_orders"),
    "repeat_share": ("repeat_customers", "customers", "no_orders"),
    "repeat_value_share": ("repeat_value", "value", "no_money"),
    "refund_rate": ("refunded", "gross", "no_money"),
}


def expression(orders: Any, groups: Groups) -> Any:
    """A row per group and period with every count and every exact sum."""
    own = orders.group_by("customer_id", *groups.labels, "p").agg(
        orders=orders.n.sum(),
        reached=orders.place.max(where=orders.n == 1),
        second=orders.count(where=(orders.n == 1) & (orders.place == 2)),
        born=orders.born.min(),
        value=orders.net.sum(),
        gross=orders.gross.sum(),
        refunded=-orders.refunded.sum(),
        again=orders.net.sum(where=(orders.n == 1) & (orders.place > 1)),
    )
    new = (own.born == own.p).fill_null(False)
    bought = own.orders > 0
    found = own.group_by(*groups.labels, "p").agg(
        orders=own.orders.sum(),
        customers=own.count(where=bought),
        new_customers=own.count(where=bought & new),
        repeat_customers=own.count(where=bought & (own.reached >= 2).fill_null(False)),
        became_repeat=own.second.sum(),
        value=own.value.sum(),
        gross=own.gross.sum(),
        refunded=own.refunded.sum(),
        # A refund whose order the log lacks may come before the first order: it is not from a returning customer.
        new_value=own.value.sum(where=~(own.born < own.p).fill_null(False)),
        repeat_value=own.again.sum(),
    )
    money = {name: found[name].cast(MONEY) for name in SUMS}
    return found.mutate(**money).order_by(*groups.labels, "p")


def table(found: pa.Table, periods: Periods, groups: Groups) -> pa.Table:
    """A row per period and group, from the first period with an order to the last, none left out."""
    rows = {(row["p"], *(row[label] for label in groups.labels)): row for row in found.to_pylist()}
    keys = sorted({key[1:] for key in rows}) or ([] if groups.fields else [()])
    first = min((key[0] for key in rows), default=len(periods.starts))
    nothing = {**dict.fromkeys(COUNTS, 0), **dict.fromkeys(SUMS, Decimal(0))}
    titles = shown_names(groups.fields, COLUMNS)
    made = []
    for p in range(first, len(periods.starts)):
        for key in keys:
            row = rows.get((p, *key), nothing)
            shown = {name: row[name] if row[name] is not None else Decimal(0) for name in (*COUNTS, *SUMS)}
            shown["returning_value"] = shown["value"] - shown["new_value"]
            partial = periods.open and p == len(periods.starts) - 1
            labels = dict(zip(titles, key, strict=True))
            made.append({"period": periods.starts[p], **labels, **shown, **_ratios(shown), "partial": partial})
    return pa.Table.from_pylist(made, schema=_schema(titles))


def _ratios(row: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, (part, whole, why) in RATIOS.items():
        able = row[whole] > 0
        found[name] = float(row[part] / row[whole]) if able else None
        found[f"{name}_why"] = None if able else why
    return found


def _schema(titles: tuple[str, ...]) -> pa.Schema:
    fields: list[tuple[str, Any]] = [("period", pa.date32()), *((title, pa.string()) for title in titles)]
    for name in COLUMNS[1:]:
        if name in RATIOS:
            fields += [(name, pa.float64()), (f"{name}_why", pa.string())]
        else:
            kind = pa.bool_() if name == "partial" else pa.int64() if name in COUNTS else _KIND
            fields.append((name, kind))
    return pa.schema(fields)


def headline(table: pa.Table) -> Mapping[str, Any]:
    """All periods together (a customer is once new and becomes a repeat customer once), then the last whole period."""
    rows = table.to_pylist()
    total = {name: sum((row[name] for row in rows), start=0) for name in ("orders", "new_customers", "became_repeat")}
    money = {name: sum((row[name] for row in rows), start=Decimal(0)) for name in (*SUMS, "returning_value")}
    buyers, orders = total["new_customers"], total["orders"]
    found: dict[str, Any] = {
        "orders": orders,
        "customers": buyers,
        "value": money["value"],
        "average_order": float(money["value"] / orders) if orders else None,
        "repeat_share": total["became_repeat"] / buyers if buyers else None,
        "repeat_value_share": float(money["repeat_value"] / money["value"]) if money["value"] > 0 else None,
        "refund_rate": float(money["refunded"] / money["gross"]) if money["gross"] > 0 else None,
    }
    whole = [row["period"] for row in rows if not row["partial"]]
    if whole:
        last = [row for row in rows if row["period"] == whole[-1]]
        found |= {"period": whole[-1], "period_orders": sum(row["orders"] for row in last),
                  "period_value": sum((row["value"] for row in last), start=Decimal(0))}  # fmt: skip
    return found
