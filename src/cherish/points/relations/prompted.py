"""Acts of a customer, each with whether a click on a message came shortly before it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ibis

from cherish.spec.view import View

_SECOND = 1_000_000


@dataclass(frozen=True)
class Prompted:
    """The acts of these names; prompted is one within `seconds` after a click of the same customer, else initiated.

    The clicks themselves are no acts. A click at the very instant of an act counts as before it.
    """

    names: tuple[str, ...]
    clicks: tuple[str, ...]
    seconds: int

    def rows(self, view: View) -> Any:
        """customer_id, ts, event_id, prompted, initiated: what came before an act decides, never what came after."""
        events = view.events()
        acts = tuple(name for name in self.names if name not in self.clicks)
        events = events.filter(events.name.isin((*acts, *self.clicks)))
        marked = events.select("customer_id", "ts", "event_id", clicked=events.name.isin(self.clicks))
        marked = marked.mutate(click=ibis.ifelse(marked.clicked, marked.ts, ibis.null("timestamp(6)")))
        # Clicks first among rows of one instant, then by id, so that the order of rows can't matter.
        order = [marked.ts, marked.clicked.desc(), marked.event_id]
        so_far = ibis.window(group_by="customer_id", order_by=order, preceding=None, following=0)
        known = marked.mutate(last_click=marked.click.max().over(so_far))
        since = known.ts.delta(known.last_click, unit="microsecond")
        told = known.mutate(prompted=(since < self.seconds * _SECOND).fill_null(False))
        own = told.filter(~told.clicked)
        return own.select("customer_id", "ts", "event_id", prompted=own.prompted, initiated=~own.prompted)
