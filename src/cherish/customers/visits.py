"""A customer's last sessions, cut by the rule that every measure of sessions uses unless it is told otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import ibis

from cherish.customers.rows import aware
from cherish.errors import CherishError
from cherish.points.relations.sessions import Sessions
from cherish.spec.view import View

LAST = 10
"""So many sessions are listed."""


@dataclass(frozen=True)
class Visit:
    """One session: from its first event to its last. `views` is None where the log has no page or screen views."""

    begin: datetime | None
    end: datetime | None
    seconds: float
    events: int
    views: int | None
    goals: int
    engaged: bool


@dataclass(frozen=True)
class Visits:
    """How many sessions there were, the last of them (the newest first), and the rule that cut them.

    `why` says what the log lacks, where there can be no sessions.
    """

    count: int | None
    last: tuple[Visit, ...]
    rule: str
    why: str | None = None


def visits_of(narrow: View) -> Visits:
    """The sessions of the view's only customer before its moment."""
    rule = Sessions()
    try:
        found = narrow.log.run(_laid_out(rule, narrow)).to_pylist()
        views = bool(rule.known_views(narrow))
    except CherishError as error:
        return Visits(None, (), str(rule), str(error))
    return Visits(found[0]["count"] if found else 0, tuple(_visit(each, views) for each in found), str(rule))


def _laid_out(rule: Sessions, narrow: View) -> Any:
    rows = rule.rows(narrow, ("begin", "ts", "view", "goal", "microseconds", "becomes_engaged"))
    each = rows.group_by("begin").agg(
        end=rows.ts.max(),
        seconds=rows.microseconds.sum() / 1e6,
        events=rows.count(),
        views=rows["view"].cast("int64").sum(),
        goals=rows.goal.cast("int64").sum(),
        engaged=rows.becomes_engaged.cast("int64").sum() > 0,
    )
    return each.mutate(count=each.count().over(ibis.window())).order_by(ibis.desc("begin")).limit(LAST)


def _visit(row: dict[str, Any], views: bool) -> Visit:
    fields = {name: row[name] for name in ("seconds", "events", "goals", "engaged")}
    return Visit(aware(row["begin"]), aware(row["end"]), views=row["views"] if views else None, **fields)
