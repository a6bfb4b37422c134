"""The plain funnel, quicker: steps in order from the first entry, nothing excluded, held constant or tolerated.

Step by step the first time after the time before, of those who are still in: few rows are left after the first steps,
and nothing is sorted. Times alone can't say which of two events at one moment came first, so whoever has a step at the
moment of the step before is judged by the general plan instead.
"""

from __future__ import annotations

from functools import reduce
from typing import Any

import ibis

from cherish.reports.funnel.ask import Ask
from cherish.reports.funnel.chosen import chosen
from cherish.reports.funnel.counted import levels, of_step
from cherish.spec.report import Run
from cherish.spec.view import View


def suits(ask: Ask) -> bool:
    """Whether the question is plain enough."""
    made = ask.choices
    plain = made.order == "ordered" and made.reentry == "first_entry" and not made.grace
    return plain and not ask.exclusions and not ask.hold and not ask.labels and not _overlap(ask)


def _overlap(ask: Ask) -> bool:
    return any(one.shares(other) for place, one in enumerate(ask.steps) for other in ask.steps[place + 1 :])


def quick(view: View, ask: Ask, run: Run) -> Any:
    """A row for each customer and step that was reached (see `levels`)."""
    chain = _chain(view, ask)
    ties = [rows.filter(rows[f"t_{step}"] == rows[f"t_{step - 1}"]).select("customer_id")
            for step, rows in enumerate(chain, 1) if step > 1]  # fmt: skip
    tied = _stacked(ties).distinct()
    plain = _stacked([_of_step(ask, rows, step) for step, rows in enumerate(chain, 1)])
    judged = levels(ask, chosen(view, ask, run, tied))
    return plain.anti_join(tied, "customer_id").union(judged)


def _stacked(parts: list[Any]) -> Any:
    return reduce(lambda above, below: above.union(below), parts)


def _of_step(ask: Ask, rows: Any, step: int) -> Any:
    def between(earlier: int) -> Any:
        return rows[f"t_{step}"].delta(rows[f"t_{earlier}"], unit="microsecond")

    return of_step(ask, rows, ibis.literal(step, type="int64"), rows.t_1, between(1), between(max(step - 1, 1)))


def _chain(view: View, ask: Ask) -> list[Any]:
    """For each step who reached it: customer_id, t_1, the time of the step before, its own time."""
    events = _events(view, ask, 1)
    inside = ask.inside(view, events)
    opens = events.filter(inside) if inside else events
    chain = [opens.group_by("customer_id").agg(t_1=opens.ts.min())]
    for step in range(2, ask.count + 1):
        before, found = chain[-1], _events(view, ask, step).rename(whose="customer_id")
        on = [before.customer_id == found.whose, found.ts >= before[f"t_{step - 1}"]]
        joined = before.inner_join(found, on)
        near = joined.filter(joined.ts <= joined.t_1 + ask.window)
        known = {name: near[name].min() for name in dict.fromkeys(("t_1", f"t_{step - 1}"))}
        chain.append(near.group_by("customer_id").agg(**known, **{f"t_{step}": near.ts.min()}))
    return chain


def _events(view: View, ask: Ask, step: int) -> Any:
    selector = ask.steps[step - 1]
    fields = tuple(name.removeprefix("properties.") for name in selector.fields if name.startswith("properties."))
    rows = view.events(properties=fields)
    return rows.filter(selector.on(rows)).select("customer_id", "ts")
