"""Which attempts are counted: of each customer the first, the longest, or all that began after another had ended."""

from __future__ import annotations

from typing import Any

import ibis

from cherish.reports.funnel import any_order, ordered, strict
from cherish.reports.funnel.again import again
from cherish.reports.funnel.ask import Ask
from cherish.reports.funnel.rows import entries, flagged
from cherish.spec.report import Run
from cherish.spec.view import View


def chosen(view: View, ask: Ask, run: Run, among: Any = None) -> Any:
    """The attempts that are counted, as `outcome` describes them; of the customers `among` where given."""
    rows = flagged(view, ask)
    if among is not None:
        rows = rows.semi_join(among, "customer_id")
    found = _attempts(view, ask, rows)
    if ask.totals:
        found = again(view, ask, found, run)
    if ask.exclusions and ask.choices.exclusion == "remove_customer":
        removed = found.filter(found.hit).select("customer_id").distinct()
        found = found.anti_join(removed, "customer_id")
    return found if ask.choices.reentry == "first_entry" or ask.choices.counting == "totals" else _best(ask, found)


def _attempts(view: View, ask: Ask, rows: Any) -> Any:
    if ask.choices.order == "strict":
        return strict.attempts(ask, rows, lambda led, opens, more: entries(view, ask, led, opens, more))
    if ask.choices.order == "any_order":
        return any_order.attempts(ask, rows, entries(view, ask, rows, any_order.opens(ask, rows)))
    return ordered.attempts(ask, rows, entries(view, ask, rows, rows.s_1))


def _best(ask: Ask, found: Any) -> Any:
    """The attempt with the most steps, of equal ones the earliest."""
    group = ask.key if ask.choices.counting == "pairs" else ("customer_id",)
    order = [ibis.desc(found.reached), found.ts, found.event_id]
    ranked = found.mutate(nth=ibis.row_number().over(ibis.window(group_by=[found[k] for k in group], order_by=order)))
    return ranked.filter(ranked.nth == 0).drop("nth")
