"""How long after the k-th time does the next one come, and whose silence is longer than that?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import pyarrow as pa

from cherish.errors import QuestionError
from cherish.reports.latency._curves import table
from cherish.reports.latency._nbd import Nbd, fitted
from cherish.reports.latency._spells import spells, whole_days
from cherish.reports.latency._tripwires import Rule
from cherish.spec.calendar import day_from
from cherish.spec.definition import NAMES, REAL, WHOLE, WINDOW, Card, Source, parameter
from cherish.spec.plan import Plan
from cherish.spec.report import Report, Run
from cherish.spec.view import View

RULES = ("km_quantile", "novo_mean", "personal", "nbd")


class Latency(Report):
    """For each step from the k-th active day to the next: how many came back, how soon, and who is past the tripwire.

    Several events of one customer on one day are one. A gap counts days exclusively: from 1 July to 1 August are 31.
    Gaps that are still open count too, as having lasted so long at least (Kaplan-Meier): the mean of the completed
    ones alone is too short, because the long ones are not completed yet, and a tripwire set there fires early.

    A customer who stays away for longer than the threshold crosses the tripwire of this step, once. `over_now` are
    those still away; `came_back` crossed it and came back all the same, so for them the alarm was false.

    rule   km_quantile: the time by which the share `quantile` of all has come back, open gaps counted (0.5 is the
           median, past which half of those who are alarmed for come back anyway)
           novo_mean: the mean of the completed gaps (Novo's own)
           personal: `times` the customer's own mean gap, drawn towards the mean of the step as if `shrinkage` further
           gaps of that length had been seen
           nbd: the time by which a customer who buys at random, with the rate that the own past suggests, has come
           back with probability `quantile`; that somebody may be gone for good is left out: an upper bound
    Under the last two each customer has an own threshold, and the median is shown.

    Columns: after_event (k), customers (who reached it), returned, returned_share, mean_gap (of completed gaps),
    back_share (Kaplan-Meier) with its 95 % interval back_share_low and back_share_high, median_gap (Kaplan-Meier),
    threshold, over_now, crossed, came_back, false_share (came_back / crossed), and reasons where a value is missing.
    """

    card: ClassVar[Card] = Card(
        family="H",
        formula="gap = day(event k+1) - day(event k); P(return <= t) = 1 - S(t), S by Kaplan-Meier; over when the days "
        "since event k exceed the threshold",
        unit="days",
        range=(0, None),
        source=Source("Novo", 2001, "Drilling Down: latency tripwires"),
        nulls={
            "nobody_returned": "nobody has come back after this event yet",
            "not_reached": "fewer than the share asked for come back, as far as the data reach",
            "too_short": "nobody has been observed for so long after this event",
            "nobody_crossed": "nobody was away for longer than the threshold",
        },
        rests={
            "mean_gap": "returned",
            "back_share": "returned",
            "back_share_low": "returned",
            "back_share_high": "returned",
            "median_gap": "customers",
            "threshold": "customers",
            "false_share": "came_back",
        },
        example='log.report("latency", rule="novo_mean")',
    )

    active: str = parameter("core", "the named set of events that make a day count, or event names joined by |")
    horizon: int = parameter(90, "within how many days a return is asked for", WINDOW)
    nbd: tuple[str, ...] = parameter((), "rule=nbd: r|alpha, alpha in days; left out: fitted to the log", NAMES)
    quantile: float = parameter(0.8, "rules km_quantile and nbd: the share that has come back by then", REAL)
    rule: str = parameter("km_quantile", "where the tripwire lies", choices=RULES)
    shrinkage: float = parameter(1.0, "rule=personal: how many gaps the mean of all counts for", REAL, least=0.0)
    steps: int = parameter(6, "how many steps to show: after the 1st, 2nd ... event", WHOLE, least=1)
    times: float = parameter(3.0, "rule=personal: how many times the own mean gap is too long", REAL, least=0.1)

    def check(self) -> None:
        if self.horizon is None:
            raise QuestionError("horizon=all: ask for a return within a number of days, such as 90d")
        if not 0 < self.quantile < 1:
            raise QuestionError(f"quantile={self.quantile:g}: a share between 0 and 1, such as 0.5")
        if self.nbd and self.rule != "nbd":
            raise QuestionError("nbd=r|alpha belongs to rule=nbd")
        self._given()

    def plan(self, view: View, run: Run) -> Plan:
        """One row per step, length and whether the gap is over, with how many there are; the curves come after."""
        days = whole_days(view, self.active)
        rule = Rule(self.rule, self.quantile, self.times, self.shrinkage, self._nbd(view, days, run))
        expression = spells(days, view.day, self.steps, by_age=rule.own)
        return Plan(
            expression=expression,
            finish=lambda rows: table(rows, rule, self.horizon),
            headline=_headline,
            convention=f"latency/{view.active(self.active)}/customer_days/exclusive/{rule}/within_{self.horizon}d",
            notes=self._notes(view, rule),
        )

    def chart(self, table: pa.Table) -> Any:
        """Who came back by when: the share within the horizon, and below it the gaps that are usual."""
        from cherish.reports.latency._picture import picture  # Altair is heavy, and only a chart needs it.

        return picture(table)

    def _given(self) -> Nbd | None:
        if not self.nbd:
            return None
        try:
            r, alpha = (float(each) for each in self.nbd)
        except ValueError:
            raise QuestionError(f"nbd={'|'.join(self.nbd)!r}: give r and alpha (in days), such as 0.55|74") from None
        if r <= 0 or alpha <= 0:
            raise QuestionError(f"nbd={'|'.join(self.nbd)!r}: r and alpha are above 0")
        return Nbd(r, alpha)

    def _nbd(self, view: View, days: Any, run: Run) -> Nbd | None:
        return (self._given() or fitted(days, view.day, run)) if self.rule == "nbd" else None

    def _notes(self, view: View, rule: Rule) -> tuple[str, ...]:
        notes = [f"The tripwire: {rule.words()}."]
        if not view.whole:
            notes.append(f"{day_from(view.day)} isn't over and is left out.")
        return tuple(notes)


def _headline(table: pa.Table) -> Mapping[str, Any]:
    rows = table.to_pylist()
    first: dict[str, Any] = rows[0] if rows else {}
    crossed, back = (sum(row[name] or 0 for row in rows) for name in ("crossed", "came_back"))
    names = ("customers", "returned", "returned_share", "back_share", "median_gap")
    return {
        **{name: first.get(name) for name in names},
        "over_now": sum(row["over_now"] or 0 for row in rows),
        "crossed": crossed,
        "came_back": back,
        "false_share": back / crossed if crossed else None,
    }
