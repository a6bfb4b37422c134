"""What did the experiment do, and how sure is it?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from cherish.errors import QuestionError
from cherish.reports._arms.metrics import METRICS
from cherish.reports._rows import day_of_text
from cherish.reports.experiment.asking import Ask
from cherish.reports.experiment.laid_out import ASIDE, MIXED
from cherish.reports.experiment.picture import picture
from cherish.reports.experiment.terms import guardrail, shares
from cherish.spec.definition import DURATION, FLAG, NAMES, REAL, WHOLE, Card, Source, parameter
from cherish.spec.plan import Plan
from cherish.spec.report import Report, Run
from cherish.spec.view import View


class Experiment(Report):
    """What each arm of an experiment did to each metric, against the control, with intervals and a verdict.

    Who was assigned comes from the log (`$arm_assigned`, else `Experiment Viewed`) or from a file (`assignments`:
    columns customer, arm, time; where they are called otherwise, `columns=arm=segment`). A customer's first arm
    counts (intention to treat). Each metric is counted from the assignment on over the `horizon`, half-open: what
    happens at the very moment belongs to the outcome. The same metric over as long a time before it takes out what
    was known already (CUPED). Who is not through the horizon is left out and counted.

    Metrics are

    NAME or NAME(parameter=value)      a measure of the catalogue, its window the horizon; ratios by the delta method
    revenue, orders, any_order         money (also with its largest thousandth capped), orders, whether there was one
    retained                           active in the last third of the horizon
    EVENT, any:EVENT                   how many events of a name (A+B: of either), or whether there was one
    column:NAME, column:NAME~BEFORE    a column of the assignment file, and the one that stands for the time before

    First the sample ratio is checked against `arms`, overall, by day, and by what is in `by` and `context`: below
    p = .001 there are counts and no effects, below .01 a warning. Intervals are always valid, however often one looks,
    until the declared day (`until`); from then on they are those of that one day, at full strength. Verdicts of
    `metrics` keep the chance of any false one at 1 - `level` (Holm, over arms and metrics), those of `secondary` the
    share of false ones (Benjamini and Hochberg). A guardrail `revenue:-2%` is safe where a fall of 2 % of the
    control's is ruled out. Segments (`by` a trait, `context` a property of the exposure, or `hour`) count where they
    were declared as `interactions` before the first assignment; all others are marked exploratory.

    Columns: metric, arm, among (all, or a segment), verdict, customers, mean, control (its mean), effect (arm less
    control), low, high, relative (effect as a share of the control's mean), p. With --json also the control's
    customers, the standard error, how it was computed, adjusted p, and the smallest effect that would have been seen in
    four tests of five.
    """

    card: ClassVar[Card] = Card(
        family="Q",
        formula="mean(arm) - mean(control), each less theta * (mean before - mean before of all)",
        unit="as the metric",
        source=Source("Deng, Xu, Kohavi & Walker", 2013, "CUPED; always valid by Howard et al. 2021"),
        nulls={
            "few_customers": "fewer than two customers in an arm",
            "under_30": "fewer than 30 customers in an arm: an always-valid interval rests on averages of many",
            "no_spread": "no customer differs from another within an arm",
            "no_denominator": "what the metric is divided by is 0 in an arm",
            "interaction": "a test of whether effects differ has no effect of its own",
            "one_level": "effects compare at two levels or more",
            "control_not_above_0": "the control's mean is 0 or less, so a percentage of it says nothing",
        },
        needs=("customer", "time", "assignments"),
        aside=ASIDE,
        mixed=MIXED,
        example='log.report("experiment", metrics="any_order|revenue", horizon="14d")',
    )

    arms: tuple[str, ...] = parameter((), "the shares of the lot, where they are not alike: control:.2|offer:.8", NAMES)
    assignments: str | None = parameter(None, "a CSV or Parquet file of who was assigned to which arm, and when")
    by: tuple[str, ...] = parameter((), "traits of the customer whose segments are looked at", NAMES)
    columns: tuple[str, ...] = parameter(
        (), "columns of the file that are called otherwise: arm=segment|time=sent", NAMES
    )
    context: tuple[str, ...] = parameter((), "properties of the exposure (page, device), or hour", NAMES)
    control: str | None = parameter(None, "the arm that others are compared with; optional where its name says so")
    cuped: bool = parameter(True, "whether what was before the assignment is taken out", FLAG)
    declared: str | None = parameter(
        None, "the day on which these terms were written down, where no workspace keeps it"
    )
    experiment: str | None = parameter(None, "which experiment; optional where the log has one")
    guardrails: tuple[str, ...] = parameter((), "METRIC:MARGIN, what may not get worse by more: revenue:-2%", METRICS)
    horizon: int | None = parameter(
        None, "how long each customer's outcome is counted: 28d (28d, or as declared)", DURATION
    )
    interactions: tuple[str, ...] = parameter((), "of `by` and `context` those that were named before the start", NAMES)
    level: float = parameter(0.95, "the level of the intervals", REAL)
    metrics: tuple[str, ...] = parameter((), "the primary metrics (as declared, or the workspace's outcome)", METRICS)
    novelty: bool = parameter(
        False, "look whether the first metric's effect wears off, in four spans of the horizon", FLAG
    )
    planned: int | None = parameter(None, "for how many customers it is laid out: always-valid intervals are narrowest "
                                    "there (2000, or as declared)", WHOLE, least=1)  # fmt: skip
    secondary: tuple[str, ...] = parameter((), "further metrics, with a correction of their own", METRICS)
    start: str | None = parameter(None, "the day on which all were assigned, where the file has no times")
    until: str | None = parameter(None, "the declared last day, from which on the test is read once")

    def check(self) -> None:
        """Refuse terms that can't be read, before any data are looked at."""
        if not 0.5 <= self.level < 1:
            raise QuestionError(f"level={self.level:g}: a level lies from 0.5 to below 1, such as 0.95")
        if self.horizon is not None and self.horizon <= 0:
            raise QuestionError("horizon=0: an outcome needs time to happen; write a length such as 28d")
        for each in self.guardrails:
            guardrail(each)
        shares(self.arms)
        for name in ("start", "until", "declared"):
            day_of_text(name, getattr(self, name))
        if self.start is not None and self.assignments is None:
            raise QuestionError("start says when the rows of a file were assigned: give assignments=FILE too")

    def versions(self, view: View) -> dict[str, str]:
        """The stored declaration that the terms come from."""
        stored = view.facts.experiments
        name = self.experiment or (next(iter(stored)) if len(stored) == 1 and self.assignments is None else None)
        return {"experiment": str(stored[name])} if name is not None and name in stored else {}

    def plan(self, view: View, run: Run) -> Plan:
        """Who was assigned, whether the ratio is right, and then one pass over everybody's metrics."""
        return Ask(self, view, run).plan()

    def chart(self, table: Any) -> Any:
        """Every effect with its interval."""
        return picture(table)

    def given(self) -> Mapping[str, Any]:
        """What the question itself says of the terms."""
        names = (
            "arms",
            "declared",
            "guardrails",
            "horizon",
            "interactions",
            "metrics",
            "planned",
            "secondary",
            "until",
        )
        return {name: getattr(self, name) for name in names}
