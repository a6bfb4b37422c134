"""A small shop whose every figure can be worked out by hand."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from cherish.store.contract import Origin
from logs import add, event, log_of

ROWS = [
    event("a", "Order Completed", datetime(2024, 1, 1, 9), value="10.50", currency="EUR", order_id="1"),
    event("a", "Order Completed", datetime(2024, 1, 3, 9), value="5.25", currency="EUR", order_id="2"),
    event("b", "Order Completed", datetime(2024, 1, 2, 9), value="20.00", currency="EUR", order_id="3"),
    event("c", "Product Viewed", datetime(2024, 1, 4, 9)),
    event("c", "Email Sent", datetime(2024, 1, 5, 9)),
]
"""a: 15.75 in two orders; b: 20.00 in one; c: looks and is written to. The data end with 5 January."""


def shop() -> Any:
    """The shop as a log; a and b live in France, c in Spain."""
    store = log_of(ROWS)
    with store.loading(Origin("people", "customers")) as load:
        load.connection.execute(
            "CREATE TEMP TABLE people AS "
            "SELECT user_id, NULL::TIMESTAMP AS created_at, json_object('country', country) AS traits "
            "FROM (VALUES ('a', 'France'), ('b', 'France'), ('c', 'Spain')) v(user_id, country)"
        )
        load.customers("people")
    return store


def more(store: Any) -> None:
    """One more order, by b."""
    add(
        store,
        [event("b", "Order Completed", datetime(2024, 1, 5, 10), value="1", currency="EUR", order_id="4")],
        "more",
    )
