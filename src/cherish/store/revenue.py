"""The revenue rule of `spec/money.py` as the engine's own expressions over a JSON column: a twin, held by a test."""

from __future__ import annotations

from cherish.spec.names import ORDER_COMPLETED, ORDER_REFUNDED, ORDER_UPDATED, V1_NAMES
from cherish.spec.relations import MONEY

_NUMBER = r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?\s*"
_WIDE = "DECIMAL(38,12)"


def name_sql(column: str) -> str:
    """The name that an event is called by now."""
    old = " ".join(f"WHEN '{before}' THEN '{after}'" for before, after in V1_NAMES.items())
    return f"CASE {column} {old} ELSE {column} END"


def amount_sql(text: str) -> str:
    """An exact amount from text; null where it is none."""
    return f"CASE WHEN regexp_full_match({text}, '{_NUMBER}') THEN TRY_CAST(TRY_CAST({text} AS {_WIDE}) AS {MONEY}) END"


def _member(document: str, key: str) -> str:
    kind = f"json_type({document}, '$.{key}')"
    return (
        f"CASE WHEN {kind} <> 'BOOLEAN' THEN "
        f"{amount_sql(f'json_extract_string({document}, {chr(39)}$.{key}{chr(39)})')} END"
    )


def order_revenue_sql(document: str) -> str:
    """The revenue of an order from its properties."""
    total = (
        f"TRY_CAST({_member(document, 'total')} - coalesce({_member(document, 'shipping')}, 0) - "
        f"coalesce({_member(document, 'tax')}, 0) AS {MONEY})"
    )
    return (
        f"CASE WHEN {_member(document, 'revenue')} IS NOT NULL THEN {_member(document, 'revenue')} "
        f"WHEN {_member(document, 'subtotal')} IS NOT NULL THEN {_member(document, 'subtotal')} "
        f"WHEN {_member(document, 'total')} IS NOT NULL THEN {total} "
        f"ELSE TRY_CAST({_products(document)} - coalesce({_member(document, 'discount')}, 0) AS {MONEY}) END"
    )


def _products(document: str) -> str:
    price, quantity = _member("product", "price"), _member("product", "quantity")
    line = f"CAST(CAST({price} AS DECIMAL(19,4)) * coalesce({quantity}, 1) AS DECIMAL(38,4))"
    items = (
        f"CASE WHEN json_type({document}, '$.products') = 'ARRAY' THEN CAST(json_extract({document}, '$.products') AS "
        "JSON[]) END"
    )
    return f"list_sum(list_transform({items}, lambda product: {line}))"


def event_value_sql(name: str, document: str) -> str:
    """The money of an event from its present name and its properties."""
    order = order_revenue_sql(document)
    back = f"CASE WHEN {_member(document, 'total')} IS NOT NULL THEN {_member(document, 'total')} ELSE {order} END"
    return (
        f"CASE WHEN {name} IN ('{ORDER_COMPLETED}', '{ORDER_UPDATED}') THEN {order} "
        f"WHEN {name} = '{ORDER_REFUNDED}' THEN -abs({back}) ELSE {_member(document, 'revenue')} END"
    )
