"""The first returns of each customer: how long after the 1st, 2nd ... active day the next one came."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ibis

from cherish.points.relations.gaps import Gaps
from cherish.spec.view import View


@dataclass(frozen=True)
class Returns:
    """The first `steps` gaps, each as a column of its own: `gap_1` is that from the first to the second active day."""

    names: tuple[str, ...] | None = None
    steps: int = 3

    def rows(self, view: View) -> Any:
        """customer_id, ts (the day's first event), gap_1 ... gap_N: days on the row that ends the gap, else null."""
        days = Gaps(self.names).rows(view)
        placed = days.mutate(place=ibis.row_number().over(ibis.window(group_by="customer_id", order_by="ts")))
        gaps = {
            f"gap_{step}": ibis.ifelse(placed.place == step, placed.gap, ibis.null("int64"))
            for step in range(1, self.steps + 1)
        }
        return placed.filter(placed.place.between(1, self.steps)).select("customer_id", "ts", **gaps)
