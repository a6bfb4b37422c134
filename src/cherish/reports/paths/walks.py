"""Paths in the engine: events as small numbers in their order, repeats made one, cut at anchors; a row per path."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ibis

from cherish.points.relations.sessions import Sessions
from cherish.spec.view import View

BEGINNING, END = -1, -2
"""What stands before the first and after the last event of a path."""
FOREVER = 200 * 366 * 86_400
"""A pause (in seconds) that nobody makes: all events of a customer are one path."""


@dataclass(frozen=True)
class Ask:
    """A question about paths with every choice made. Events are numbers: their place in `names`, or one more."""

    active: str
    names: tuple[str, ...]
    collapse: bool
    start: tuple[str, ...]
    end: tuple[str, ...]
    steps: int
    timeout: int | None

    @property
    def rule(self) -> Sessions:
        """What a path is cut by: pauses, or nothing."""
        return Sessions(active=self.active, timeout=self.timeout or FOREVER)

    @property
    def backwards(self) -> bool:
        """Whether steps are counted from the end of a path."""
        return bool(self.end) and not self.start

    def codes(self, names: tuple[str, ...]) -> list[int]:
        """The numbers of these events."""
        return [self.names.index(name) for name in names]

    def code(self, events: Any) -> Any:
        """The number of each event."""
        cases = [(events.name == name, place) for place, name in enumerate(self.names)]
        return ibis.cases(*cases, else_=len(cases)).cast("int8") if cases else ibis.literal(0, type="int8")


def walked(view: View, ask: Ask) -> Any:
    """The steps of all paths: customer_id, ts, event_id, code, before_code, opens, closes.

    Repeats are still there, marked by `code == before_code` and not `opens`, unless anchors have moved the ends.
    """
    anchored = bool(ask.start or ask.end)
    rows = ask.rule.steps(view, ask.code, begin=anchored and ask.timeout is not None)
    return _anchored(rows, ask) if anchored else rows


def kept(rows: Any, ask: Ask) -> Any:
    """The steps without repeats, where these are made one."""
    return rows.filter(rows.opens | (rows.code != rows.before_code)) if ask.collapse else rows


def _anchored(rows: Any, ask: Ask) -> Any:
    """Only what lies between the first start and the first end after it; paths that lack an anchor are left out."""
    unit = ("customer_id", "begin") if ask.timeout is not None else ("customer_id",)
    upto = ibis.cumulative_window(group_by=unit, order_by=("ts", "event_id"))
    if ask.start:
        rows = rows.mutate(starts=_counted(rows, ask.codes(ask.start)).over(upto))
        rows = rows.filter(rows.starts > 0)
    if ask.end:
        ends = _counted(rows, ask.codes(ask.end))
        rows = rows.mutate(ends=ends.over(upto), all_ends=ends.over(ibis.window(group_by=unit)))
        rows = rows.mutate(earlier=rows.ends - rows.code.isin(ask.codes(ask.end)).cast("int64"))
        rows = rows.filter((rows.all_ends > 0) & (rows.earlier == 0))
    order = ibis.window(group_by=unit, order_by=("ts", "event_id"))
    rows = rows.mutate(before_code=rows.code.lag(1).over(order), after_code=rows.code.lead(1).over(order))
    return rows.mutate(opens=rows.before_code.isnull(), closes=rows.after_code.isnull())


def _counted(rows: Any, codes: list[int]) -> Any:
    return rows.code.isin(codes).cast("int64").sum()


def transitions(rows: Any, ask: Ask) -> Any:
    """origin, target, count and customers: from each event to the next, from the beginning and to the end."""
    whole = kept(rows, ask)
    origin = ibis.ifelse(whole.opens, ibis.literal(BEGINNING, type="int8"), whole.before_code)
    steps = whole.select("customer_id", origin=origin, target=whole.code)
    last = rows.filter(rows.closes)
    ends = last.select("customer_id", origin=last.code, target=ibis.literal(END, type="int8"))
    both = steps.union(ends)
    return both.group_by("origin", "target").agg(count=both.count(), customers=both.customer_id.nunique())


def paths(view: View, ask: Ask) -> Any:
    """One row per path: customer_id, step_1 ... step_N; null where the path is shorter.

    Counted from the first event, or from the last one where only the end is given: then step_1 is the last.
    """
    if not (ask.collapse or ask.start or ask.end):
        return ask.rule.courses(view, ask.code, ask.steps)
    rows, back = kept(walked(view, ask), ask), ask.backwards
    order = ibis.window(group_by="customer_id", order_by=("ts", "event_id"))
    beside: dict[str, Any] = {"step_1": rows.code}
    for away in range(1, ask.steps):
        step = rows.code.lag(away) if back else rows.code.lead(away)
        beside[f"step_{away + 1}"] = step.over(order)
        # A row that opens has the border before it: going back it is met one row earlier.
        border = rows.opens.lag(away - 1) if back else rows.opens.lead(away)
        beside[f"border_{away + 1}"] = border.over(order) if away > 1 or not back else rows.opens
    heads = rows.select("customer_id", head=rows.closes if back else rows.opens, **beside)
    heads = heads.filter(heads["head"])
    inside, steps = ibis.literal(True), {"step_1": heads.step_1}
    for place in range(2, ask.steps + 1):
        inside = inside & ~heads[f"border_{place}"].fill_null(True)
        steps[f"step_{place}"] = ibis.ifelse(inside, heads[f"step_{place}"], ibis.null("int8"))
    return heads.select("customer_id", **steps)


def names_of_steps(ask: Ask) -> list[str]:
    """The columns of a path."""
    return [f"step_{place}" for place in range(1, ask.steps + 1)]


def sequences(each: Any, ask: Ask, most: int) -> Any:
    """The most frequent sequences: step_1 ..., paths, customers, and `of`, the number of all paths."""
    steps = names_of_steps(ask)
    customers = each.count() if ask.timeout is None else each.customer_id.nunique()
    found = each.group_by(*steps).agg(paths=each.count(), customers=customers)
    found = found.mutate(of=found.paths.sum().over(ibis.window()))
    return found.order_by(ibis.desc("paths"), *steps).limit(most)


def matrix(each: Any, ask: Ask) -> Any:
    """One row: `paths`, and for each step and event how many paths have it there, as `s1_0`, `s1_1` ..."""
    counts = {
        f"s{place}_{code}": each.count(where=each[f"step_{place}"] == code)
        for place in range(1, ask.steps + 1)
        for code in range(len(ask.names) + 1)
    }
    return each.agg(paths=each.count(), **counts)


def numbered(rows: Any, ask: Ask) -> Any:
    """step, code, paths: the same counts where each customer is one path, by numbering the steps in a single window."""
    rows, back = kept(rows, ask), ask.backwards
    order = (ibis.desc("ts"), ibis.desc("event_id")) if back else ("ts", "event_id")
    place = ibis.row_number().over(ibis.window(group_by="customer_id", order_by=order))
    placed = rows.select("code", step=place.cast("int64") + 1)
    near = placed.filter(placed.step <= ask.steps)
    return near.group_by("step", "code").agg(paths=near.count())
