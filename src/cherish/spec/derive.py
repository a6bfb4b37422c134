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
    # Ibis would put a later join into this one, and can't compare a computed order_id there: so the join ends here.
    both = both.select(*both.columns)
    gross = both.gross.fill_null(0).cast(MONEY)
    cancelled = both.cancelled.fill_null(False)
    refunded = ibis.ifelse(cancelled, -gross, both.refunded.fill_null(0)).cast(MONEY)
    ts = both.ts.fill_null(both.refund_ts)
    return both.select(
        order_id=both.order_id.fill_null(both.order_id_right),
        customer_id=both.customer_id.fill_null(both.refund_customer),
        ts=ts,
        changed_at=ibis.greatest(
            both.updated_at.fill_null(both.last_refund), both.last_refund.fill_null(both.updated_at)
        ),
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
    # Whose refund it is, as long as its order is unknown: the first one's, so that a later one changes nothing before.
    at_once = events.group_by("order_id", "ts").agg(
        customer_id=events.customer_id.min(),
        value=events.value.sum().cast(MONEY),
        currency=events.currency.min(),
        cancelled=(events.name == ORDER_CANCELLED).any(),
    )
    return at_once.group_by("order_id").agg(
        refund_customer=at_once.customer_id.argmin(at_once.ts),
        refunded=at_once.value.sum().cast(MONEY),
        refund_currency=at_once.currency.min(),
        refund_ts=at_once.ts.min(),
        last_refund=at_once.ts.max(),
        cancelled=at_once.cancelled.any(),
    )


def order_movements(events: Any, calendar: Calendar) -> Any:
    """What each event about an order changed, so that any moment can ask what was known then.

    One row per event: the order's own time and day (`ts`, `day`), when it was learned (`moved_at`), and the changes
    in money (`value`) and in completed orders (`n`: 1 when placed, -1 when cancelled). The sums over all movements
    before a moment are what `orders` gives for the events before it.
    """
    about = events.filter(events.order_id.notnull() & events.customer_id.notnull())
    about = about.filter(about.name.isin((ORDER_COMPLETED, ORDER_UPDATED, ORDER_REFUNDED, ORDER_CANCELLED)))
    placed, cancelled = about.name.isin((ORDER_COMPLETED, ORDER_UPDATED)), about.name == ORDER_CANCELLED
    order = ibis.window(group_by=[about.order_id, placed], order_by=[about.ts, about.received_at, about.event_id])
    before = about.value.lag(1).over(order)
    money = about.value.fill_null(0)
    step = ibis.cases((cancelled, ibis.literal(0).cast(MONEY)), (placed, money - before.fill_null(0)), else_=money)
    place = ibis.row_number().over(order)
    moved = about.select(
        "order_id",
        "customer_id",
        "currency",
        moved_at=about.ts,
        step=step.cast(MONEY),
        place=place,
        placed_n=((place == 0) & placed).cast("int64"),
        placed_at=ibis.ifelse(placed, about.ts, ibis.null("timestamp(6)")),
        cancelled_at=ibis.ifelse(cancelled, about.ts, ibis.null("timestamp(6)")),
    )
    joined = moved.inner_join(_whose(moved), "order_id")
    kept = joined.filter(joined.end.isnull() | (joined.moved_at < joined.end))
    early = kept.start.isnull() | (kept.moved_at < kept.start)
    steps = kept.select(
        "order_id", "currency", "moved_at", "start", "end", "buyer",
        customer_id=ibis.ifelse(early, kept.claimant, kept.buyer),
        ts=ibis.ifelse(early, kept.earliest, kept.start), value=kept.step, n=kept.placed_n,
    )  # fmt: skip
    steps = steps.union(_late_orders(steps))
    ended = steps.filter(steps.end.notnull())
    undone = ended.group_by("order_id", "customer_id", "currency", "end", "ts").agg(
        value=(-ended.value.sum()).cast(MONEY), n=-ended.n.sum()
    )
    columns = ["order_id", "customer_id", "currency", "moved_at", "ts", "value", "n"]
    both = steps.select(*columns).union(undone.rename(moved_at="end").select(*columns))
    return both.mutate(day=calendar.day(both.ts))


def _whose(moved: Any) -> Any:
    """Per order: when it was placed and ended, its buyer, and who claims its refunds as long as it is unknown."""
    placed = moved.placed_at.notnull()
    at_once = moved.group_by("order_id", "moved_at").agg(
        start=moved.placed_at.min(),
        end=moved.cancelled_at.min(),
        buyer=moved.customer_id.argmax(moved.place, where=placed),
        claimant=moved.customer_id.min(where=~placed),
    )
    claims = at_once.claimant.notnull()
    return at_once.group_by("order_id").agg(
        start=at_once.start.min(),
        earliest=at_once.moved_at.min(),
        end=at_once.end.min(),
        buyer=at_once.buyer.argmin(at_once.start),
        claimant=at_once.claimant.argmin(at_once.moved_at, where=claims),
    )


def _late_orders(steps: Any) -> Any:
    """A refund that came before its order: it stood at its own time until then, and moves to the order's with it."""
    lasted = steps.end.isnull() | (steps.start < steps.end)
    early = steps.filter(steps.start.notnull(), steps.moved_at < steps.start, lasted)
    early = early.mutate(moved_at=early.start)
    away = early.mutate(value=(-early.value).cast(MONEY), n=-early.n)
    return away.union(early.mutate(ts=early.start, customer_id=early.buyer)).select(*steps.columns)


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
