"""Who was active on which days: the rows that actives, stickiness and growth all count."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import ibis

from cherish.reports._rows import is_maintained, of_names
from cherish.spec.relations import ActiveSet
from cherish.spec.view import View


def active_rows(view: View, active: ActiveSet, by: tuple[str, ...] = (), first: date | None = None) -> Any:
    """Active days, not before `first` where that is given: customer_id, `day` (DATE), by_N; some more than once.

    Where no days are maintained these are the events: grouping them into days first would be a second grouping.
    """
    rows = view.activity(by) if is_maintained(view, by) else view.events(by)
    # One filter: every layer of an expression costs compiling.
    since = [] if first is None else [rows.day >= ibis.literal(first, type="date")]
    return of_names(view, rows, active.events, *since)


def until(view: View, end: date) -> View:
    """The view from the start of a local day: what lies after it is not even read."""
    return replace(view, as_of=view.calendar.starts(end))


def once_a_day(view: View, active: ActiveSet, by: tuple[str, ...] = ()) -> bool:
    """Whether `active_rows` already holds each customer's day (and group) once: one event name in one currency."""
    single = len(active.events) == 1 and view.facts.name_currencies.get(active.events[0], 2) <= 1
    return single and is_maintained(view, by)
