"""What campaigns can claim: what receivers spent while it ran, beside everybody else, and orders soon after a click."""

from __future__ import annotations

from typing import Any

import ibis

from cherish.points.rows import at_moment, in_currency
from cherish.reports._contacts import contacts, text_of
from cherish.reports.campaigns._spans import Asked
from cherish.spec.relations import MONEY
from cherish.spec.view import View

SUMS = ("after", "before", "after_after", "after_before", "before_before")
"""Sums over people, all exact: of the money in the window, of that before it, and of their products."""


def orders(view: View, currency: str | None) -> Any:
    """Orders as known at the moment, in one currency, net of refunds: customer_id, order_id, ts, d, n, value."""
    rows = in_currency(at_moment(view, "orders", exact=False), currency)
    return rows.select("customer_id", "order_id", "ts", "d", "n", "value")


def receipts(view: View, asked: Asked, campaigns: Any) -> Any:
    """Who got which campaign while it ran: one row per customer_id and place."""
    sent = contacts(view, asked.sends, asked.named).rename(sent_campaign="campaign")
    joined = sent.inner_join(campaigns, sent.sent_campaign == campaigns.campaign)
    inside = joined.filter(joined.d >= joined.start, joined.d < joined.end)
    return inside.group_by("customer_id", "place").agg(contacts=inside.count())


def received(view: View, bought: Any, got: Any, campaigns: Any) -> Any:
    """One row per place: people and money, of receivers (`r_`) and of everybody else (`o_`), in the window and before.

    Everybody else is who is known at the moment and did not get it.
    """
    people = view.customers()
    counted = campaigns.select("place").cross_join(people.agg(people=people.count()))
    reached = got.group_by("place").agg(receivers=got.count(), contacts=got.contacts.sum())
    spent = spending(bought, campaigns)
    mine = got.select("place", got_by="customer_id")
    marked = spent.left_join(mine, [spent.place == mine.place, spent.customer_id == mine.got_by])
    parts = campaigns.select("place", "campaign")
    for name, rows in (("r", marked.filter(marked.got_by.notnull())), ("o", marked.filter(marked.got_by.isnull()))):
        sums = rows.group_by("place").agg(
            buyers=rows.count(where=rows.orders > 0), **{each: rows[each].sum() for each in SUMS}
        )  # fmt: skip
        parts = _beside(parts, sums.rename({f"{name}_{each}": each for each in ("buyers", *SUMS)}))
    return _beside(_beside(parts, counted), reached)


def spending(bought: Any, campaigns: Any) -> Any:
    """One row per customer_id and place with money in the window or before; exact, so that no order matters."""
    both = bought.cross_join(campaigns.select("place", "begins", "start", "end"))
    near = both.filter(both.d >= both.begins, both.d < both.end)
    inside = near.d >= near.start
    each = near.group_by("customer_id", "place").agg(
        after=near.value.sum(where=inside).fill_null(0).cast(MONEY),
        before=near.value.sum(where=~inside).fill_null(0).cast(MONEY),
        orders=near.n.sum(where=inside).fill_null(0),
    )
    return each.mutate(
        after_after=each.after * each.after, after_before=each.after * each.before,
        before_before=each.before * each.before,
    )  # fmt: skip


def clicked(view: View, bought: Any, names: tuple[str, ...], named: tuple[str, ...], seconds: int) -> Any:
    """One row per campaign: money, orders and customers of the orders whose last click within so long was on it.

    An order counts for one campaign only, the last one clicked; a click at the very instant of an order is before it.
    """
    events = view.events(properties=named)
    events = events.filter(events.name.isin(names))
    clicks = events.select(clicker="customer_id", at="ts", campaign=text_of(events, named))
    clicks = clicks.filter(clicks.campaign.notnull())
    placed = bought.filter(bought.n > 0)
    late = clicks.mutate(late=clicks["at"] + ibis.interval(seconds=seconds))
    joined = placed.inner_join(
        late, [placed.customer_id == late.clicker, late["at"] <= placed.ts, placed.ts < late.late]
    )
    at_once = joined.group_by("order_id", "at").agg(
        campaign=joined.campaign.min(), money=joined.value.max(), who=joined.customer_id.max()
    )
    last = at_once.group_by("order_id").agg(
        campaign=at_once.campaign.argmax(at_once["at"]), money=at_once.money.max(), who=at_once.who.max()
    )
    return last.group_by("campaign").agg(
        money=last.money.sum().cast(MONEY), orders=last.count(), customers=last.who.nunique()
    )


def _beside(parts: Any, more: Any) -> Any:
    """The columns of another relation of one row per place."""
    joined = parts.left_join(more, "place")
    return joined.select(*parts.columns, *(name for name in more.columns if name != "place"))
