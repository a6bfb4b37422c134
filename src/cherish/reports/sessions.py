"""How often do customers come by, how long do they stay, and how many visits are more than a glance?"""

from __future__ import annotations

from typing import Any, ClassVar

from cherish.points.relations._session_presets import PRESETS, rule
from cherish.points.relations.sessions import Sessions as Rule
from cherish.reports import _session_tables as tables
from cherish.reports._days import active_rows
from cherish.reports._groups import TRAIT, Groups
from cherish.reports._rows import breakdowns
from cherish.reports._spans import CHOICES, Periods
from cherish.spec.definition import DURATION, NAMES, REAL, WHOLE, Card, Source, parameter
from cherish.spec.plan import Plan
from cherish.spec.report import Report, Run
from cherish.spec.view import View


class Sessions(Report):
    """Sessions per period: how many, of how many customers, their length, views, and the share that is engaged.

    A session is a run of a customer's own events without a pause of `timeout`; `preset` makes a vendor's
    choices (no two agree), and what you set yourself always wins. It begins with its first event and ends with its
    last, so one of a single event lasts 0 minutes. A session belongs to the period in which it begins.

    engaged   lasts longer than `engaged_seconds`, or has a goal, or `engaged_views` views; all others bounced
    by        a field of events is that of the session's first event

    Columns: period, the breakdowns, sessions, customers, sessions_per_customer, minutes (of all), mean_minutes,
    median_minutes, views, views_per_session, engaged, engaged_rate, bounced, bounce_rate, with_goal, why (the reason
    where rates are null), views_why, partial. With `show=lengths`: the breakdowns, length, sessions, share, and
    share_at_most, of the sessions that lasted as long or shorter.
    """

    card: ClassVar[Card] = Card(
        family="C",
        formula="a new session where ts - previous ts >= timeout; engaged rate = engaged / sessions; bounce = 1 - that",
        unit="sessions",
        range=(0, None),
        source=Source("Google", 2023, "Google Analytics help: About sessions; engagement rate and bounce rate"),
        nulls={
            "no_sessions": "no session began in the period, so there is nothing to divide by",
            "no_views": "none of the log's events is a page or screen view; name them with views=NAME|NAME",
        },
        example='log.report("sessions", preset="ga4", unit="month")',
    )

    active: str = parameter("core", "the events that make sessions: a named set, or event names joined by |")
    boundary: str | None = parameter(
        None, "whether a pause of exactly the timeout ends a session (ge)", choices=("ge", "gt")
    )
    by: tuple[str, ...] = parameter((), "one or two properties or traits to break down by", NAMES)
    campaign_split: str | None = parameter(None, "a property: another campaign begins another session")
    engaged_seconds: float = parameter(10.0, "an engaged session lasts longer than that", REAL, least=0)
    engaged_views: int = parameter(2, "or has so many views", WHOLE, least=1)
    goals: tuple[str, ...] = parameter((), "or one of these events (Order Completed, Signed Up)", NAMES)
    max_length: int | None = parameter(None, "the longest session, such as 24h (no limit)", DURATION)
    midnight_reset: str | None = parameter(None, "whether midnight ends a session (no)", choices=("yes", "no"))
    preset: str | None = parameter(None, "a vendor's choices, for those you leave open", choices=tuple(PRESETS))
    show: str = parameter("periods", "figures per period, or how long sessions last", choices=("periods", "lengths"))
    timeout: int | None = parameter(None, "the pause that ends a session (30min)", DURATION)
    top: int = parameter(10, "how many groups to show; all others become one", WHOLE, least=1)
    unit: str = parameter("week", "length of a period; total: all in one", choices=("total", *CHOICES))
    views: tuple[str, ...] = parameter((), "the events that are views (Page Viewed, Screen Viewed ...)", NAMES)

    def plan(self, view: View, run: Run) -> Plan:
        """One row per session, then one per period and group."""
        cut, notes = self.rule(view)
        by = breakdowns(view, self.by)
        groups = Groups.of(by, self._ranked(view, cut, by), self.top, run)
        each = groups.on(cut.each(view, by))
        lengths = self.show == "lengths"
        periods = None if self.unit == "total" or lengths else Periods.of(view, self.unit, partial=True)
        shape = tables.Shape(groups, periods, bool(cut.known_views(view)))
        return Plan(
            expression=tables.lengths(each, groups) if lengths else tables.summed(each, cut, view, groups, periods),
            finish=shape.lengths if lengths else shape.periods_table,
            headline=tables.of_lengths if lengths else shape.headline,
            convention=self._convention(view, cut) + groups.convention(),
            notes=(*notes, *tables.notes(periods), *groups.notes()),
        )

    def rule(self, view: View) -> tuple[Rule, tuple[str, ...]]:
        """What a session is, and what must be said about it."""
        names = ("boundary", "campaign_split", "max_length", "midnight_reset", "timeout", "active", "goals", "views")
        given = {name: getattr(self, name) for name in (*names, "engaged_seconds", "engaged_views")}
        return rule(view, self.preset, given)

    def chart(self, table: Any) -> Any:
        """Sessions per period as bars, engaged in colour; or how many sessions last how long."""
        return tables.picture_of_lengths(table) if self.show == "lengths" else tables.picture(table)

    def _ranked(self, view: View, cut: Rule, by: tuple[str, ...]) -> Any:
        """Rows that tell how many customers each group has: of traits any activity does, of a field opening events."""
        if all(name.startswith(TRAIT) for name in by):
            return active_rows(view, view.active(self.active), by) if by else None
        rows = cut.rows(view, ("customer_id", "opens"), by)
        return rows.filter(rows.opens)

    def _convention(self, view: View, cut: Rule) -> str:
        goals = "|".join(cut.goal_names(view)) or "no_goals"
        views = "|".join(cut.known_views(view)) or "no_views"
        rules = f"over_{cut.engaged_seconds:g}s_or_goal_or_{cut.engaged_views}_views"
        per = "lengths" if self.show == "lengths" else self.unit
        return f"sessions/{view.active(self.active)}/{cut}/engaged={rules}/goals={goals}/views={views}/{per}"
