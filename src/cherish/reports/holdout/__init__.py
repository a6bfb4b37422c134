"""What did the mail cause? Those who were held out by lot, against all others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

import pyarrow as pa

from cherish.errors import QuestionError, Unanswerable
from cherish.proof.ratio import SampleRatio
from cherish.reports import _contamination as contamination
from cherish.reports._arms import Assigned, assigned, metric
from cherish.reports._arms.cells import cells, centred
from cherish.reports._arms.measuring import sampled
from cherish.reports._arms.metrics import DAY, METRICS
from cherish.reports._contacts import NAMED, SENDS, properties
from cherish.reports._contamination import Reach
from cherish.reports._rows import day_of_text
from cherish.reports.experiment.lines import PRIMARY, Reading, judged, line
from cherish.reports.holdout import _lot, _told
from cherish.reports.holdout._told import Pace, Shown
from cherish.spec.definition import FLAG, NAMES, REAL, WHOLE, WINDOW, Card, Source, parameter
from cherish.spec.names import ORDER_COMPLETED
from cherish.spec.plan import Plan
from cherish.spec.report import Report, Run
from cherish.spec.view import View

_KINDS = {
    **dict.fromkeys(("metric", "effect_low_why", "caused_why", "verdict", "reading", "visible_from_why"), pa.string()),
    **dict.fromkeys(("customers", "held_out"), pa.int64()),
    "visible_from": pa.date32(),
}
COLUMNS = (
    "metric", "customers", "held_out", "mean", "mean_held_out", "effect", "effect_low", "effect_high", "effect_low_why",
    "relative", "relative_low", "relative_high", "caused", "caused_low", "caused_high", "caused_why", "verdict",
    "log10_p", "reading", "visible", "visible_from", "visible_from_why",
)  # fmt: skip
SCHEMA = pa.schema([(name, _KINDS.get(name, pa.float64())) for name in COLUMNS])
LEAST_PLANNED = 100


class Holdout(Report):
    """Customers whom a lot held out of all mail, against those who may get it: orders, money, any measure.

    Everybody is looked at for `horizon` days from their own lot on and stays where the lot put them, mail or no mail
    (intention to treat). First the lot is checked: as many held out as it was to hold out, by the share that each
    decision carries; where it is not sound (p < .001) nothing is read. Then who got mail although held out.

    Until the declared day (`until`) intervals are always-valid: they may be looked at every day. From that day on it is
    the reading of the day itself, once, at full strength. `effect` is the difference per customer, adjusted by the same
    metric before the lot, `caused` what it comes to over the customers reached; `verdict` is `caused`, `prevented` or
    `not proven` (Holm over the metrics). `visible_from` is the day on which an effect of `smallest` would show.
    """

    card: ClassVar[Card] = Card(
        family="Y",
        formula="mean of those who may get mail - mean of those held out, per metric; caused = effect * customers",
        unit="customers",
        source=Source("Howard, Ramdas, McAuliffe & Sekhon", 2021, "Time-uniform, nonparametric confidence sequences"),
        nulls={
            "few_customers": "an arm has fewer than two customers whose horizon is over",
            "under_30": "an arm has fewer than 30 customers: an interval to look at every day rests on more",
            "no_spread": "no customer differs from another within an arm",
            "no_denominator": "the ratio's lower part is 0 in an arm",
            "no_newcomers": "it takes more customers than the lot has, and nobody new is drawn",
            "too_far": "more than ten years ahead",
            "ratio": "a ratio adds up to nothing over customers",
        },
        aside=("effect", "effect_low", "effect_high", "log10_p", "reading", "visible"),
        rests=dict.fromkeys(("mean_held_out", "effect", "effect_low", "effect_high", "relative", "caused"), "held_out"),
        example='log.report("holdout", horizon="14d")',
    )  # fmt: skip

    address: str = parameter("email", "the trait that mail goes to; who shares it is reached together")
    assignments: str | None = parameter(
        None, "a CSV or Parquet file of customer, arm and time, in place of the log's lot"
    )
    columns: tuple[str, ...] = parameter((), "columns of that file by role: customer=user|arm=group", NAMES)
    cuped: bool = parameter(True, "adjust by the same metric before the lot", FLAG)
    exempt: tuple[str, ...] = parameter((), "campaigns that go out whatever the lot says: receipts, passwords", NAMES)
    hold: float | None = parameter(None, "the share that was to be held out, where the log's lot doesn't say it", REAL)
    holdout: str | None = parameter(None, "which holdout; where there is one alone it goes without saying")
    horizon: int = parameter(90, "for how many days from the lot on each customer is looked at", WINDOW, least=1)
    level: float = parameter(0.95, "the level of intervals", REAL)
    metrics: tuple[str, ...] = parameter(
        (),
        "any_order, orders, revenue, retained, measures, events; without it whether, how often and how much",
        METRICS,
    )
    named: tuple[str, ...] = parameter(NAMED, "properties that name a message's campaign, the best first", NAMES)
    planned: int | None = parameter(
        None, "for how many customers it is laid out; those of the first day", WHOLE, least=1
    )
    sends: tuple[str, ...] = parameter(SENDS, "events that are messages", NAMES)
    smallest: float = parameter(0.1, "the effect, as a share, whose day of being visible is told", REAL)
    until: str | None = parameter(None, "the declared day, on which it is read once at full strength: 2024-06-30")

    def check(self) -> None:
        if self.horizon is None:
            raise QuestionError("horizon=all: each customer is looked at for as long, such as 90d")
        for name in ("level", "hold"):
            value = getattr(self, name)
            if value is not None and not 0 < value < 1:
                raise QuestionError(f"{name}={value:g}: give a share between 0 and 1")
        if not self.smallest > 0:
            raise QuestionError(f"smallest={self.smallest:g}: give the effect that you would want to see, such as .1")

    def plan(self, view: View, run: Run) -> Plan:
        """The lot, its check, who got mail, and the arms' moments; then the sentence."""
        who = assigned(
            view, run, holdout=None if self.assignments else self.holdout or "", assignments=self.assignments,
            columns=self.columns,
        )  # fmt: skip
        if len(who.arms) != 2:
            raise QuestionError(f"{who.name} has {len(who.arms)} arms: ask the report experiment")
        sound = _lot.ratio(view, run, who, self.hold)
        reach = self._reach(view, run, who)
        pace = self._pace(view, run, who)
        lines, waiting = ([], 0) if _wrong(sound) else self._lines(view, run, who, pace)
        rows = [_told.row(each, pace, self.smallest) for each in lines]
        return Plan(
            expression=who.table.group_by("arm").agg(n=who.table.count()).order_by("arm"),
            finish=lambda counted: pa.Table.from_pylist(rows, schema=SCHEMA),
            headline=lambda table: self._headline(who, sound, reach, lines, pace),
            convention=f"holdout/{who.name}/intention_to_treat/{self.horizon}d/{self._how()}",
            notes=(*_notes(who, sound, reach), *([_waiting(waiting)] if waiting else [])),
            fits=who.fits,
        )

    def _how(self) -> str:
        return f"until_{self.until}" if self.until else "always_valid"

    def _reach(self, view: View, run: Run, who: Assigned) -> Reach | None:
        """Whom mail reached; None where the log has no messages."""
        if not who.timed:
            return None
        try:
            messages = contamination.sent(view, self.sends, properties(view, self, "named"), self.exempt)
        except Unanswerable:
            return None
        return contamination.reach(run, who, contamination.got(view, who, messages, self.address))

    def _pace(self, view: View, run: Run, who: Assigned) -> Pace:
        if not who.timed:
            raise QuestionError(
                f"{who.name}: nothing says when each customer was drawn: name the column (columns=time=COLUMN)"
            )
        from datetime import UTC

        first: datetime = who.first
        early = who.table.moment <= first + timedelta(days=1)
        drawn = who.table.agg(n=who.table.count(where=early), units=who.table.unit.nunique(where=early))
        at_once, units = (int(value or 0) for value in run(drawn).to_pylist()[0].values())
        start = view.calendar.day_of(first.replace(tzinfo=UTC))
        whole = who.report.customers
        days = (view.as_of.replace(tzinfo=None) - first) / timedelta(days=1)
        held = who.report.arms[who.control] / whole
        return Pace(
            start,
            at_once,
            units if who.units else at_once,
            (whole - at_once) / days if days >= 1 else 0.0,
            held,
            self.horizon,
            self.until is None,
        )

    def _lines(self, view: View, run: Run, who: Assigned, pace: Pace) -> tuple[list[Shown], int]:
        """A line per metric, and how many customers are not through their horizon yet."""
        day = self._day(view)
        declared = day is not None and view.as_of.replace(tzinfo=None) >= day
        names = self.metrics or _metrics(view)
        wanted = [metric(view, run, text, self.horizon * DAY, columns=who.columns, first=who.first) for text in names]
        if who.first + timedelta(days=self.horizon) > (day if declared and day else view.as_of.replace(tzinfo=None)):
            return [], who.report.customers
        sample = sampled(view, run, who, wanted, self.horizon * DAY, cuped=self.cuped, until=day if declared else None)
        centre = centred(run, sample.table, sample.columns)
        per = cells(run, sample.table, sample.columns, ("arm",), centre)
        reading = Reading(self.level, self.planned or max(pace.units, LEAST_PLANNED), declared)
        lines = []
        for each in sample.columns:
            arms = {key[0]: moments[each.name] for key, moments in per.items()}
            if set(arms) == set(who.arms):
                lines.append(line(arms, who.control, who.treated[0], (each.name, each.name), reading, "all", PRIMARY))
        counted = run(sample.table.group_by("arm").agg(n=sample.table["size"].sum())).to_pylist()
        sizes = dict.fromkeys(who.arms, 0) | {row["arm"]: int(row["n"]) for row in counted}
        ratios = {each.name for each in wanted if each.ratio}
        return [
            Shown(each, sizes[who.treated[0]], sizes[who.control], each.metric in ratios)
            for each in judged(lines, reading)
        ], sample.waiting

    def _day(self, view: View) -> datetime | None:
        if self.until is None:
            return None
        day = day_of_text("until", self.until)
        return None if day is None else view.calendar.starts(day).replace(tzinfo=None)

    def _headline(
        self, who: Assigned, sound: SampleRatio | None, reach: Reach | None, lines: Sequence[Shown], pace: Pace
    ) -> Mapping[str, Any]:
        counts = {"customers": who.report.customers, "held_out": who.report.arms[who.control]}
        leaks = {} if reach is None else {"leaked": reach.held_out_reached, "leak_share": reach.leak,
                                          "reached": reach.others_reached, "reached_share": reach.reach}  # fmt: skip
        checked = {"sample_ratio": "not known" if sound is None else sound.verdict}
        if _wrong(sound):
            return {"says": "Not read: the lot is not as it was meant to be.", **counts, **checked, **leaks}
        if not lines:
            return {"says": _told.too_early(self.horizon, pace), **counts, **checked, **leaks}
        first = lines[0]
        return {
            "says": _told.says(first, pace, self.smallest), **counts, **checked, **leaks,
            "verdict": first.verdict, "effect": first.line.effect.estimate, "effect_low": first.line.read.low,
            "effect_high": first.line.read.high,
            "effect_per_reached": _told.per_reached(first.line, reach),
        }  # fmt: skip

    def chart(self, table: pa.Table) -> Any:
        """The change of each metric with its interval, and the line of no effect."""
        import altair as alt

        rows = [
            row for row in table.to_pylist() if row["relative_low"] is not None and row["relative_high"] is not None
        ]
        base = alt.Chart(height=alt.Step(34)).encode(y=alt.Y("metric:N", sort=None, title=None))
        axis = alt.Axis(format="+%", title="change by mail")
        spans = base.mark_rule(strokeWidth=2).encode(x=alt.X("relative_low:Q", axis=axis), x2="relative_high:Q")
        dots = base.mark_circle(size=80, opacity=1).encode(
            x=alt.X("relative:Q", axis=axis), tooltip=["metric:N", "relative:Q"]
        )
        none = alt.Chart().mark_rule(strokeDash=[4, 3]).encode(x=alt.XDatum(0, axis=axis))
        return alt.layer(none, spans, dots, data=alt.Data(values=rows))


def _metrics(view: View) -> tuple[str, ...]:
    """Whether, how often, and how much is ordered; without orders whether customers stay."""
    if not view.facts.names.get(ORDER_COMPLETED):
        return ("retained",)
    several = sum(1 for count in view.facts.currencies.values() if count) != 1
    one = any(each.field == "currency" for each in view.filters)
    return ("any_order", "orders") if several and not one else ("any_order", "orders", "revenue")


def _wrong(sound: SampleRatio | None) -> bool:
    return sound is not None and sound.verdict == "block"


def _notes(who: Assigned, sound: SampleRatio | None, reach: Reach | None) -> tuple[str, ...]:
    leak = (
        "The log has no messages, so nobody can say who got mail although held out: bring your sender's history in."
        if reach is None
        else contamination.words(reach)
    )
    return (_told.of_ratio(sound), *who.report.notes(), leak)


def _waiting(count: int) -> str:
    return f"{count:,} customers are not through their horizon yet, and count later."
