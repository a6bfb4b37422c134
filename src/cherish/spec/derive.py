"""Activity, orders and customers as expressions over events: written once, run by every store and by every view.

A store that maintains these relations computes what changed with the same expressions, so that a rebuild and the
increments can't drift apart.
"""

from __future__ import annotations

from typing import Any

import ibis

from cherish.spec.calendar import Calendar
from cherish.spec.names import ORDER_CANCELLED, ORDER_COMPLETED, ORDER_REFUNDED, ORDER_UPDATED
from cherish.spec.relations import MONEY

ACTIVITY_KEY = ("customer_id", "day", "name", "currency")


def activity(events: Any, calendar: Calendar) -> Any:
    """One row per customer, local day, name and currency. Events without a customer take no part."""
    dated = events.filter(events.customer_id.notnull()).mutate(day=calendar.day(events.ts))
    grouped = dated.group_by(*ACTIVITY_KEY).agg(
        n=dated.count(), value=dated.value.sum().cast(MONEY), first_ts=dated.ts.min(), last_ts=dated.ts.max()
    )
    return grouped.select(*ACTIVITY_KEY, "n", "value", "first_ts", "last_ts")


def orders(events: Any, calendar: Calendar) -> Any:
    """One row per order id, net of refunds; the last update wins, a cancellation takes the whole value back.

    The order keeps the time and the customer of its first completion. A refund whose order is not in the log stands
    by itself, at its own time, with `completed` false: its money counts, its row is no order.
    """
    about = events.filter(events.order_id.notnull() & events.customer_id.notnull())
    placed = about.filter(about.name.isin((ORDER_COMPLETED, ORDER_UPDATED)))
    taken_back = about.filter(about.name.isin((ORDER_REFUNDED, ORDER_CANCELLED)))
    base, back = _last_update(placed), _taken_back(taken_back)
    both = base.outer_join(back, "order_id")
    gross = both.gross.fill_null(0).cast(MONEY)
    cancelled = both.cancelled.fill_null(False)
    refunded = ibis.ifelse(cancelled, -gross, both.refunded.fill_null(0)).cast(MONEY)
    ts = both.ts.fill_null(both.refund_ts)
    return both.select(
        order_id=both.order_id.fill_null(both.order_id_right),
        customer_id=both.customer_id.fill_null(both.refund_customer),
        ts=ts,
        changed_at=ibis.greatest(both.updated_at.fill_null(both.last_refund), both.last_refund.fill_null(both.updated_at)),
        day=calendar.day(ts),
        value=(gross + refunded).cast(MONEY),
        gross=gross,
        refunded=refunded,
        currency=both.currency.fill_null(both.refund_currency),
        completed=both.ts.notnull() & ~cancelled,
    )


def _last_update(placed: Any) -> Any:
    # Ties are settled by arrival, then by id: three groupings, because no engine-neutral argmax takes a tuple.
    keep = ("customer_id", "value", "currency")
    by_event = placed.group_by("order_id", "ts", "received_at").agg(
        **{name: placed[name].argmax(placed.event_id) for name in keep}
    )
    by_arrival = by_event.group_by("order_id", "ts").agg(
        **{name: by_event[name].argmax(by_event.received_at) for name in keep}
    )
    return by_arrival.group_by("order_id").agg(
        customer_id=by_arrival.customer_id.argmin(by_arrival.ts),
        gross=by_arrival.value.argmax(by_arrival.ts),
        currency=by_arrival.currency.argmax(by_arrival.ts),
        ts=by_arrival.ts.min(),
        updated_at=by_arrival.ts.max(),
    )


def _taken_back(events: Any) -> Any:
    return events.group_by("order_id").agg(
        refund_customer=events.customer_id.min(),
        refunded=events.value.sum().cast(MONEY),
        refund_currency=events.currency.min(),
        refund_ts=events.ts.min(),
        last_refund=events.ts.max(),
        cancelled=(events.name == ORDER_CANCELLED).any(),
    )


def customers(events: Any) -> Any:
    """One row per customer that has events; the only choice where a log keeps no customers of its own."""
    known = events.filter(events.customer_id.notnull())
    return known.group_by("customer_id").agg(
        customer=known.user_id.max().fill_null(known.anonymous_id.max()),
        identified=known.user_id.notnull().any(),
        first_seen=known.ts.min(),
        last_seen=known.ts.max(),
        created_at=ibis.null("timestamp(6)"),
    )
