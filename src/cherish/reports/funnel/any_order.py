"""Steps in any order, within the window of the earliest that counts."""

from __future__ import annotations

from typing import Any

import ibis

from cherish.errors import QuestionError
from cherish.reports.funnel.ask import Ask
from cherish.reports.funnel.links import link
from cherish.reports.funnel.outcome import FAR, outcome
from cherish.reports.funnel.steps import Selector


def kinds(ask: Ask) -> dict[Selector, list[int]]:
    """The different steps, and for each the places at which it stands: a step that stands twice must happen twice.

    Raises:
        QuestionError: one event might be two different steps, or an exclusion asks between which steps.
    """
    found: dict[Selector, list[int]] = {}
    for place, step in enumerate(ask.steps, 1):
        clash = next((other for other in found if other.any_of != step.any_of and other.shares(step)), None)
        if clash is not None:
            raise QuestionError(
                f"order=any_order: one event might be {clash.text!r} and {step.text!r}, and only an order could tell "
                f"which it is; make them different events, or filter both by one property with different values"
            )
        same = next((other for other in found if other.any_of == step.any_of), step)
        found.setdefault(same, []).append(place)
    if any((each.first, each.last) != (1, ask.count) for each in ask.exclusions):
        raise QuestionError("order=any_order: there is no step before another, so exclude events without @FIRST-LAST")
    return found


def opens(ask: Ask, rows: Any) -> Any:
    """The condition on rows that may be the earliest: any step's, with `anchor` the first step's."""
    found = rows.s_1
    for places in list(kinds(ask).values())[1:] if not ask.anchor else []:
        found = found | rows[f"s_{places[0]}"]
    return found


def attempts(ask: Ask, rows: Any, entries: Any) -> Any:
    """The entries with their outcome (see `outcome`): step j is the j-th of the steps that happened."""
    level, kept = entries, []
    for places in kinds(ask).values():
        found = _following(ask, rows.filter(rows[f"s_{places[0]}"]).select(*ask.bare), places)
        carried = {name: found[name] for name in found.columns if name[:2] in ("t_", "p_")}
        level = link(level, found, carried, ask.key, own=True)
        kept += places
    for number in range(1, len(ask.exclusions) + 1):
        events = rows.filter(rows[f"x_{number}"])
        level = link(level, events, {f"e_{number}": events.ts, f"q_{number}": events.place}, ask.key)
    return _judged(ask, level, sorted(kept))


def _following(ask: Ask, rows: Any, places: list[int]) -> Any:
    """Each row with its own time, and those of the rows of its kind that follow, one for each place."""
    stream = ibis.window(group_by=[rows[name] for name in ask.key], order_by=[rows.ts, rows.event_id])
    columns = {}
    for further, place in enumerate(places):
        columns[f"t_{place}"] = rows.ts.lead(further).over(stream) if further else rows.ts
        if ask.placed:
            columns[f"p_{place}"] = rows.place.lead(further).over(stream) if further else rows.place
    return rows.mutate(**columns)


def _judged(ask: Ask, level: Any, places: list[int]) -> Any:
    away, when = {}, {}
    for place in places:
        since = level[f"t_{place}"].delta(level.ts, unit="microsecond")
        counts = (since <= ask.micro).fill_null(False)
        for number in range(1, len(ask.exclusions) + 1):
            before = level[f"p_{place}"] < level[f"q_{number}"]
            counts = counts & (level[f"q_{number}"].isnull() | before).fill_null(False)
        away[f"d_{place}"] = ibis.ifelse(counts, since, FAR)
        when[place] = ibis.ifelse(counts, level[f"t_{place}"], level.ts)
    level = _sorted(level.mutate(**away, last=ibis.greatest(*when.values())), ask.count)
    reached = {step: level[f"d_{step}"] < FAR for step in places}
    ends = []
    for number in range(1, len(ask.exclusions) + 1):
        near = (level[f"e_{number}"].delta(level.ts, unit="microsecond") <= ask.micro).fill_null(False)
        ends.append((near & ~reached[ask.count], level[f"q_{number}"]))
    furthest = ibis.greatest(*(level[f"p_{place}"] for place in places)) if ask.placed else None
    return outcome(ask, level, reached, level["last"], furthest, ends)


def _sorted(level: Any, count: int) -> Any:
    """The times d_1 ... d_N of each row in ascending order: neighbours change places in as many layers as there are."""
    for layer in range(count):
        changed: dict[str, Any] = {}
        for place in range(1 + layer % 2, count, 2):
            one, two = level[f"d_{place}"], level[f"d_{place + 1}"]
            changed |= {f"d_{place}": ibis.least(one, two), f"d_{place + 1}": ibis.greatest(one, two)}
        level = level.mutate(**changed) if changed else level
    return level
