"""Cutting a customer's events into sessions with windows over rows alone: in order, the one before, running counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis

if TYPE_CHECKING:
    from cherish.points.relations.sessions import Sessions

OF_VIEWS = {"views_so_far", "becomes_deep", "becomes_engaged"}
OF_GOALS = {"first_goal", "becomes_engaged"}
OF_BEGIN = {"begin", "becomes_engaged", "becomes_long"}
SECOND = 1_000_000


def cut(rule: Sessions, events: Any, wanted: set[str]) -> Any:
    """The events with the columns wanted; each window is asked for only where a column needs it."""
    if rule.campaign_split:
        events = _with_campaigns(events)
    lagged, running = _windows(events)
    steps: dict[str, Any] = {"before": events.ts.lag(1).over(lagged)}
    if rule.midnight_reset:
        steps["day_before"] = events.day.lag(1).over(lagged)
    if "code" in wanted:
        steps["before_code"] = events.code.lag(1).over(lagged)
    if "closes" in wanted:
        steps["after"] = events.ts.lead(1).over(lagged)
        if rule.midnight_reset:
            steps["day_after"] = events.day.lead(1).over(lagged)
    if wanted & OF_VIEWS:
        steps["views_to"] = events["view"].cast("int64").sum().over(running)
    if wanted & OF_GOALS:
        steps["goals_to"] = events.goal.cast("int64").sum().over(running)
    stepped = events.mutate(**steps)
    stepped = stepped.mutate(opens=_opens(rule, stepped))
    if rule.max_length is not None:
        stepped = _shortened(rule, stepped, rule.max_length)
    if "closes" in wanted:
        stepped = stepped.mutate(closes=_closes(rule, stepped))
    return _marked(rule, _begun(stepped, wanted), wanted)


def summed(rule: Sessions, events: Any, by: tuple[str, ...]) -> Any:
    """One row per session: customer_id, begin, microseconds, views, goals, and the labels `by` of its first event."""
    rows = cut(rule, events, {"begin"})
    first = {label: ibis.ifelse(rows.opens, rows[label], ibis.null("string")).max() for label in by}
    grouped = rows.group_by("customer_id", "begin").agg(
        end=rows.ts.max(),
        views=rows["view"].cast("int64").sum(),
        goals=rows.goal.cast("int64").sum(),
        **first,
    )
    return grouped.mutate(microseconds=grouped.end.delta(grouped.begin, unit="microsecond")).drop("end")


def courses(rule: Sessions, events: Any, steps: int) -> Any:
    """One row per session, customer_id, step_1 ... step_N: each event is set beside those after it in a single window.

    Of a rule that cuts by pauses alone.
    """
    order, away = _windows(events)[0], range(1, steps)
    rows = events.select(
        "customer_id",
        before=events.ts.lag(1).over(order),
        ts_1=events.ts,
        step_1=events.code,
        **{f"ts_{n + 1}": events.ts.lead(n).over(order) for n in away},
        **{f"step_{n + 1}": events.code.lead(n).over(order) for n in away},
    )
    rows = rows.filter(_paused(rule, rows.before, rows.ts_1).fill_null(True))
    inside, shown = ibis.literal(True), {"step_1": rows.step_1}
    for n in away:
        inside = inside & ~_paused(rule, rows[f"ts_{n}"], rows[f"ts_{n + 1}"]).fill_null(True)
        shown[f"step_{n + 1}"] = ibis.ifelse(inside, rows[f"step_{n + 1}"], ibis.null("int8"))
    return rows.select("customer_id", **shown)


def _opens(rule: Sessions, rows: Any) -> Any:
    """Whether an event opens a session, by all but the greatest length."""
    opens = rows.before.isnull() | _paused(rule, rows.before, rows.ts)
    if rule.midnight_reset:
        opens = opens | (rows.day != rows.day_before)
    if rule.campaign_split:
        opens = opens | rows.another
    return opens.fill_null(True)


def _paused(rule: Sessions, before: Any, after: Any) -> Any:
    pause, least = after.delta(before, unit="microsecond"), rule.timeout * SECOND
    return pause >= least if rule.boundary == "ge" else pause > least


def _closes(rule: Sessions, rows: Any) -> Any:
    """Whether the row after this one opens a session, or there is none."""
    if rule.campaign_split or rule.max_length:
        return rows.opens.lead(1).over(_windows(rows)[0]).fill_null(True)
    # The same, told from the next row's time: in the window that is there already.
    closes = rows.after.isnull() | _paused(rule, rows.ts, rows.after)
    return (closes | (rows.day != rows.day_after) if rule.midnight_reset else closes).fill_null(True)


def _with_campaigns(events: Any) -> Any:
    """`another`: whether an event names another campaign than the last one that its customer is known to have had."""
    _, running = _windows(events)
    told = events.mutate(told=events.campaign.notnull().cast("int64").sum().over(running))
    known = told.mutate(known=told.campaign.max().over(ibis.window(group_by=("customer_id", "told"))))
    lagged, _ = _windows(known)
    known = known.mutate(last=known.known.lag(1).over(lagged))
    return known.mutate(another=known.campaign.notnull() & (known.last.isnull() | (known.campaign != known.last)))


def _shortened(rule: Sessions, rows: Any, most: int) -> Any:
    """Runs divided at whole multiples of the greatest length after their first event."""
    _, running = _windows(rows)
    rows = rows.mutate(run=ibis.ifelse(rows.opens, rows.ts, ibis.null("timestamp(6)")).max().over(running))
    here, before = (_multiple(rule, ts.delta(rows.run, unit="microsecond"), most) for ts in (rows.ts, rows.before))
    return rows.mutate(opens=rows.opens | (here != before).fill_null(False))


def _multiple(rule: Sessions, elapsed: Any, most: int) -> Any:
    """How many whole lengths have passed; with gt exactly one length is still the same session."""
    passed = elapsed if rule.boundary == "ge" else ibis.greatest(elapsed - 1, 0)
    return passed // (most * SECOND)


def _begun(rows: Any, wanted: set[str]) -> Any:
    """When each row's session began, and what had been counted before it."""
    _, running = _windows(rows)

    def at_opening(value: Any, kind: str) -> Any:
        # Time and counts only grow, so the greatest so far is that of the last opening row.
        return ibis.ifelse(rows.opens, value, ibis.null(kind)).max().over(running)

    made: dict[str, Any] = {}
    if wanted & OF_BEGIN:
        made["begin"] = at_opening(rows.ts, "timestamp(6)")
    if wanted & OF_VIEWS:
        made["views_so_far"] = rows.views_to - at_opening(rows.views_to - rows["view"].cast("int64"), "int64")
    if wanted & OF_GOALS:
        made["goals_so_far"] = rows.goals_to - at_opening(rows.goals_to - rows.goal.cast("int64"), "int64")
    return rows.mutate(**made)


def _marked(rule: Sessions, rows: Any, wanted: set[str]) -> Any:
    """The columns that compare a row with the one before it in its session."""
    pause = rows.ts.delta(rows.before, unit="microsecond")
    made: dict[str, Any] = {"microseconds": ibis.ifelse(rows.opens, 0, pause).cast("int64")}
    made["seconds"] = made["microseconds"] / float(SECOND)
    if wanted & {"becomes_engaged", "becomes_long"}:
        lasted = rows.ts.delta(rows.begin, unit="microsecond")
        lasted_before = lasted - made["microseconds"]
    if "first_goal" in wanted:
        made["first_goal"] = rows.goal & (rows.goals_so_far == 1)
    if "becomes_engaged" in wanted:
        views, goals = rows.views_so_far, rows.goals_so_far
        now = rule.engaged(lasted, views, goals)
        then = rule.engaged(lasted_before, views - rows["view"].cast("int64"), goals - rows.goal.cast("int64"))
        made["becomes_engaged"] = now & ~then
    if "becomes_deep" in wanted:
        before = rows["view"] & (rows.views_so_far - 1 <= rule.views_over)
        made["becomes_deep"] = (rows.views_so_far > rule.views_over) & (rows.opens | before)
    if "becomes_long" in wanted:
        most = (rule.minutes_over or 0) * 60 * SECOND
        made["becomes_long"] = (lasted > most) & (rows.opens | (lasted_before <= most))
    if "direct" in wanted:
        made["direct"] = ibis.ifelse(rows.opens, rows.nowhere, ibis.null("boolean"))
    return rows.mutate(**made)


def _windows(rows: Any) -> tuple[Any, Any]:
    """A customer's rows in order, for the one before; and all rows up to this one, for running counts.

    Rows without event_id are ordered by time alone, and what runs up to one of them takes in all that share its time.
    """
    if "event_id" not in rows.columns:
        return (
            ibis.window(group_by="customer_id", order_by="ts"),
            ibis.range_window(group_by="customer_id", order_by="ts", preceding=None, following=0),
        )
    order: dict[str, Any] = {"group_by": "customer_id", "order_by": ("ts", "event_id")}
    return ibis.window(**order), ibis.cumulative_window(**order)
