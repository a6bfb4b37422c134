"""Who was active on which days: the rows that actives, stickiness and growth all count."""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis

from cherish.reports._rows import daily, is_maintained
from cherish.spec.relations import ActiveSet
from cherish.spec.view import View


def active_rows(
    view: View, active: ActiveSet, by: tuple[str, ...] = (), first: date | None = None, end: date | None = None
) -> Any:
    """Active days from `first` up to but not including `end`: customer_id, `day` (DATE), by_N; some more than once."""
    rows = daily(view, by)
    # One filter: every layer of an expression costs compiling.
    keep = [rows.name.isin(active.events)]
    if first is not None:
        keep.append(rows.day >= ibis.literal(first, type="date"))
    if end is not None:
        keep.append(rows.day < ibis.literal(end, type="date"))
    return rows.filter(*keep)


def once_a_day(view: View, active: ActiveSet, by: tuple[str, ...] = ()) -> bool:
    """Whether `active_rows` already holds each customer's day (and group) once: one event name in one currency."""
    single = len(active.events) == 1 and view.facts.name_currencies.get(active.events[0], 2) <= 1
    return single and is_maintained(view, by)
