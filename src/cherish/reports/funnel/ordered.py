"""Steps in their order, other events between them allowed: how far each entry got, and when.

From the last step back: what a row of step j carries is what comes after it, so one pass for each step but the last
tells every entry the time of each later step. Step j is the first such row after step j - 1; with `any_clean_path` it
is the earliest time at which the step can be reached at all without an excluded event between two steps.
"""

from __future__ import annotations

from typing import Any

import ibis

from cherish.reports.funnel.ask import Ask
from cherish.reports.funnel.links import link
from cherish.reports.funnel.outcome import latest, outcome


def attempts(ask: Ask, rows: Any, entries: Any) -> Any:
    """The entries with their outcome (see `outcome`)."""
    last = ask.count
    level = _of_step(ask, rows, last)
    for step in range(last - 1, 0, -1):
        look = entries if step == 1 else rows.filter(rows[f"s_{step}"]).select(*ask.bare)
        apart = tuple(f"c_{place}" for place in ask.covering(step)) if ask.clean else ()
        carried = {name: level[name] for name in level.columns if name[:2] in ("t_", "p_", "e_", "q_")}
        level = link(look, level, carried, ask.key, apart=apart, grace=ask.choices.grace)
        level = _excluded(ask, rows, level, step) if ask.stops else level
        level = _own(ask, level, step) if step > 1 else level
    return _judged(ask, level)


def _of_step(ask: Ask, rows: Any, step: int) -> Any:
    return _own(ask, rows.filter(rows[f"s_{step}"]).select(*ask.bare), step)


def _own(ask: Ask, level: Any, step: int) -> Any:
    own = {f"t_{step}": level.ts}
    return level.mutate(**own, **({f"p_{step}": level.place} if ask.placed else {}))


def _excluded(ask: Ask, rows: Any, level: Any, step: int) -> Any:
    """When (e_N) and where (q_N) the first excluded event after this step is, for exclusions that begin with it."""
    for number, each in enumerate(ask.exclusions, 1):
        if each.first == step:
            events = rows.filter(rows[f"x_{number}"])
            level = link(level, events, {f"e_{number}": events.ts, f"q_{number}": events.place}, ask.key)
    return level


def _judged(ask: Ask, level: Any) -> Any:
    """Which steps count: within the window, each step before it too, and none after an excluded event."""
    steps = range(2, ask.count + 1)
    level = level.mutate(**{f"d_{step}": level[f"t_{step}"].delta(level.ts, unit="microsecond") for step in steps})
    stopped = _stops(ask, level)
    reached = {1: ibis.literal(True)}
    for step in steps:
        here = reached[step - 1] & (level[f"d_{step}"] <= ask.micro).fill_null(False)
        for number in ask.covering(step - 1) if ask.stops else ():
            here = here & (level[f"q_{number}"].isnull() | (level[f"p_{step}"] < level[f"q_{number}"])).fill_null(False)
        reached[step] = here
    ends = [
        (reached[ask.exclusions[number - 1].first] & near & ~reached[ask.exclusions[number - 1].last], place)
        for number, near, place in stopped
    ]
    last = latest(level.ts, reached, {step: level[f"t_{step}"] for step in steps})
    furthest = ibis.greatest(level.place, *(level[f"p_{step}"] for step in steps)) if ask.placed else None
    return outcome(ask, level, reached, last, furthest, ends)


def _stops(ask: Ask, level: Any) -> list[tuple[int, Any, Any]]:
    if not ask.stops:
        return []
    return [
        (number, (level[f"e_{number}"].delta(level.ts, unit="microsecond") <= ask.micro).fill_null(False),
         level[f"q_{number}"])
        for number in range(1, len(ask.exclusions) + 1)
    ]  # fmt: skip
