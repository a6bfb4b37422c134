"""The rows that a funnel looks at: one per event, with a flag for each step and each excluded event that it is."""

from __future__ import annotations

from typing import Any

import ibis

from cherish.reports.funnel.ask import Ask
from cherish.spec.view import View


def flagged(view: View, ask: Ask) -> Any:
    """customer_id, h_N (what is held constant), ts, event_id, s_1 ..., x_1 ..., by_N (of the event), place, c_1 ....

    `place` numbers the rows of a customer by time, then by event id: the total order in which one row is later than
    another. `c_N` counts the excluded events up to and with the row. Both only where they are asked for.
    """
    rows = view.events(ask.properties, properties=_promoted(ask))
    names = _names(ask)
    if not set(names) >= set(view.facts.names):
        rows = rows.filter(rows.name.isin(names))
    shown = {
        **{label: rows[f"by_{place}"] for place, label in enumerate(ask.labels, 1)},
        **{label: rows[field].cast("string") for label, field in zip(ask.holds, ask.hold, strict=True)},
        **{f"s_{place}": step.on(rows).fill_null(False) for place, step in enumerate(ask.steps, 1)},
        **{f"x_{place}": each.events.on(rows).fill_null(False) for place, each in enumerate(ask.exclusions, 1)},
    }
    made = rows.select("customer_id", "ts", "event_id", **shown)
    if ask.hold:
        made = made.filter([made[label].notnull() for label in ask.holds])
    return _placed(made, ask) if ask.placed else made


def _names(ask: Ask) -> tuple[str, ...]:
    selectors = [*ask.steps, *(each.events for each in ask.exclusions)]
    found = [name for each in selectors for name in each.names]
    return tuple(dict.fromkeys([*found, *(ask.acts if ask.choices.order == "strict" else ())]))


def _promoted(ask: Ask) -> tuple[str, ...]:
    selectors = [*ask.steps, *(each.events for each in ask.exclusions)]
    fields = [field for each in selectors for field in each.fields] + list(ask.hold)
    return tuple(dict.fromkeys(name.removeprefix("properties.") for name in fields if name.startswith("properties.")))


def _placed(rows: Any, ask: Ask) -> Any:
    order = {"order_by": [rows.ts, rows.event_id]}
    columns = {"place": ibis.row_number().over(ibis.window(group_by=rows.customer_id, **order)).cast("int64")}
    if ask.clean:
        stream = ibis.window(group_by=[rows[name] for name in ask.key], preceding=None, following=0, **order)
        for number in range(1, len(ask.exclusions) + 1):
            columns[f"c_{number}"] = rows[f"x_{number}"].cast("int64").sum().over(stream)
    return rows.mutate(**columns)


def entries(view: View, ask: Ask, rows: Any, opens: Any, more: tuple[str, ...] = ()) -> Any:
    """The rows at which an attempt may begin: all that `opens` and lie in the range; each customer's first of them
    where one entry counts. Without their flags, with the columns `more`."""
    found = rows.filter(opens, *ask.inside(view, rows)).select(*ask.bare, *ask.labels, *more)
    if ask.choices.reentry != "first_entry":
        return found
    group = ask.key if ask.choices.counting == "pairs" else ("customer_id",)
    order = ibis.window(group_by=[found[name] for name in group], order_by=[found.ts, found.event_id])
    numbered = found.mutate(nth=ibis.row_number().over(order))
    return numbered.filter(numbered.nth == 0).drop("nth")
