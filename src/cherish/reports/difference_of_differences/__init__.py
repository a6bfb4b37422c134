"""How much more did the treated move than the others? An association, with what speaks against it."""

from __future__ import annotations

from typing import Any, ClassVar

from cherish.errors import QuestionError
from cherish.points.fact import total
from cherish.points.rows import one_currency
from cherish.reports._contacts import NAMED, SENDS, properties
from cherish.reports._rows import day_of_text
from cherish.reports.difference_of_differences import _groups, _picture, _read, _sums
from cherish.reports.difference_of_differences._groups import Groups
from cherish.reports.difference_of_differences._read import Read
from cherish.reports.difference_of_differences._sums import OUTCOMES, Axis
from cherish.spec.calendar import day_number
from cherish.spec.definition import NAMES, WHOLE, WINDOW, Card, Source, parameter
from cherish.spec.plan import Later, Plan
from cherish.spec.report import Report, Run
from cherish.spec.roles import role
from cherish.spec.view import View

SHOWN = ("estimates", "periods", "like")


class DifferenceOfDifferences(Report):
    """How much more a head the treated moved from before a start to after it than everybody else: association only.

    The treated are receivers of a campaign (`campaign`; the one with the most unless named), or customers with a trait
    (`treated=plan=paid` with `start`); both groups were known before the start. Beside the estimate stand

    weighted   the same within cells of like customers (fifths of how much and how often before), over the treated
    placebo    the same arithmetic one period earlier, two periods earlier ..., where nothing happened
    slope      by how much more per period the treated rose already before

    `show=periods` gives both groups' means period by period, `show=like` the cells. Where the treated began at
    different times there is no estimate: such effects must be taken group by group (Callaway & Sant'Anna 2021). The
    weighted one is refused where more than half of the treated have nobody like them, or where the weighted others are
    worth fewer than 100 customers or half of the treated.
    """

    card: ClassVar[Card] = Card(
        family="S",
        formula="(mean treated after - before) - (mean of the others after - before), per head",
        unit="outcome per head",
        source=Source("Callaway & Sant'Anna", 2021, "Difference-in-Differences with Multiple Time Periods"),
        nulls=_read.NULLS,
        apart=("fifth_much", "fifth_often"),
        example='log.report("difference_of_differences", show="periods")',
    )

    active: str = parameter("core", "outcome=active_days: what counts as active")
    before: int = parameter(3, "how many periods before the start, as far as the data go", WHOLE, least=1)
    campaign: str | None = parameter(None, "receivers of this campaign are the treated")
    currency: str | None = parameter(None, "keep only money in this currency")
    named: tuple[str, ...] = parameter(NAMED, "properties that name a campaign, the first that is told", NAMES)
    outcome: str = parameter("revenue", "what is compared, per customer and period", choices=OUTCOMES)
    sends: tuple[str, ...] = parameter(SENDS, "events that send or deliver something", NAMES)
    show: str = parameter("estimates", "the estimates, the periods, or the cells of like customers", choices=SHOWN)
    start: str | None = parameter(None, "the first day after; the campaign's first send where left out (YYYY-MM-DD)")
    treated: str | None = parameter(None, "customers with this trait are the treated: plan=paid")
    window: int = parameter(28, "length of each period", WINDOW)

    def check(self) -> None:
        day_of_text("start", self.start)
        if self.window is None:
            raise QuestionError("window=all: periods have a number of days, such as 28d")
        if self.campaign is not None and self.treated is not None:
            raise QuestionError("give campaign or treated, not both: each says who the treated are")

    def versions(self, view: View) -> dict[str, str]:
        return super().versions(view) if self.outcome == "active_days" else {}

    def plan(self, view: View, run: Run) -> Plan:
        """Who the treated are and where the cells lie first, then sums by group and cell in one statement."""
        if self.outcome == "revenue":
            one_currency(view, [total("orders", currency=self.currency)])
        groups = self._groups(view, run)
        axis, refused = self._axis(view, groups)
        rows = _sums.outcome(view, self.outcome, self.active, self.currency)
        people = _sums.everybody(view, groups, axis, rows, run)
        read: list[Read] = []

        def finish(found: Any) -> Any:
            sums = found.to_pylist()
            cells, keys = _sums.cells(sums, axis)
            treated, control = (_sums.moments(sums, axis, group) for group in (1, 0))
            read[:] = [Read.of(groups, axis, treated, control, cells, keys, refused)]
            return {"estimates": _read.table, "periods": _read.periods, "like": _read.like}[self.show](read[0])

        return Plan(
            expression=_sums.in_cells(people, axis, run),
            finish=finish,
            headline=lambda table: _read.figures(read[0]),
            convention=f"difference_of_differences/{self.outcome}/{axis.before}x{self.window}d_before/{self.window}d_after"
            "/association_only",
            notes=Later(lambda: _read.notes(read[0]) if read else ()),
        )

    def chart(self, table: Any) -> Any:
        """The estimates with their intervals, or both groups over time."""
        return _picture.of(table)

    def _groups(self, view: View, run: Run) -> Groups:
        day = day_of_text("start", self.start)
        start = None if day is None else day_number(day)
        if self.treated is not None:
            return _groups.of_trait(view, self.treated, start)
        sends, named = role(view, self, "sends"), properties(view, self, "named")
        return _groups.of_campaign(view, run, sends, named, self.campaign, start, self.window)

    def _axis(self, view: View, groups: Groups) -> tuple[Axis, str | None]:
        """As many periods before as the data have, and why there can be no estimate."""
        first = day_number(view.calendar.day_of(view.facts.first or view.as_of))
        covered = max((groups.start - first) // self.window, 0)
        axis = Axis(groups.start, self.window, max(min(self.before, covered), 1))
        if not covered:
            return axis, "no_before"
        return axis, "window_open" if view.day < groups.start + self.window else None
