"""A customer's own rhythm: one row per active day, with the days since the active day before it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ibis

from cherish.spec.calendar import number
from cherish.spec.view import View


@dataclass(frozen=True)
class Gaps:
    """The gaps between distinct active days; of the first active day there is none (null).

    `names` are the events that make a day active; None: all of them.
    """

    names: tuple[str, ...] | None = None

    def rows(self, view: View) -> Any:
        """customer_id, ts (the day's first event), gap (whole days, or null)."""
        days = view.activity()
        if self.names is not None:
            days = days.filter(days.name.isin(self.names))
        once = days.group_by("customer_id", "day").agg(ts=days.first_ts.min())
        once = once.mutate(d=number(once.day).cast("int64"))
        in_order = ibis.window(group_by="customer_id", order_by="d")
        return once.select("customer_id", "ts", gap=once.d - once.d.lag().over(in_order))
