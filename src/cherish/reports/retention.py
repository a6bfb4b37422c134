"""Of those who started in a period, who came back later?"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, ClassVar, cast

from cherish.errors import QuestionError
from cherish.reports._cells import cells
from cherish.reports._cohorts import cells as counted
from cherish.reports._cohorts_ask import Ask
from cherish.reports._period_numbers import index_of
from cherish.reports._presets import AVERAGES, CLOCKS, CRITERIA, PRESETS, REFERENCES, STARTS, Choices, choices
from cherish.reports._retained import COLUMNS, Shape, headline, picture, retained
from cherish.reports._rows import breakdowns, day_of_text, refuse_mixed_money, shown_names
from cherish.spec.definition import NAMES, WHOLE, Card, Source, parameter
from cherish.spec.periods import Unit
from cherish.spec.plan import Plan
from cherish.spec.report import Report, Run
from cherish.spec.view import View


class Retention(Report):
    """The share of each period's starters who came back, bucket by bucket, and the average over all cohorts.

    A rate is over *mature* members only: those for whom the bucket has fully elapsed. Buckets that no member has
    lived through are null, not small.

    The choices, each of which changes the answer (no two vendors agree; `preset` makes theirs, and what you set
    yourself always wins):

    criterion   on: a return in bucket k. on_or_after: in k or later, up to the moment. on_or_before: in any bucket up
                to k. bracket: within one of `brackets`. streak: in every bucket from 0 to k
    clock       calendar: buckets are the workspace's calendar periods. rolling: 24 hours, 7 or 30 times 24 hours from
                the start itself. rolling_hour_floor: the same, with start and return floored to the hour
    start       first_ever: a customer's first starting event of all. first_in_range: the first since `since` (some may
                have been customers for years). recurring: the first of every period; a customer is in many cohorts
    averaging   pooled, simple or mixpanel: every customer, every cohort, or (twice over) every size weighs the same
    reference   cohort_size, or previous_period: of those who were there in the bucket before

    On the calendar clock days are compared, not moments: a return earlier on the day of the start is in bucket 0.
    With `counting=money` the amounts are net order values and the rate is money per mature member; with
    criterion=on_or_before that is the lifetime value up to bucket k. A breakdown by a field of events takes the
    starting event's value.

    Columns: the breakdowns, cohort (first day of the period; null in the rows of averages), average (its name, in
    those rows only), size, bucket, bucket_end (its last unit), retained, mature, reference (the rate's denominator),
    rate, why (the reason where the rate is null).
    """

    card: ClassVar[Card] = Card(
        family="D",
        formula="|{mature members of the cohort with a return that meets the criterion for k}| / |{mature members}|",
        unit="share of customers",
        range=(0, None),
        direction="higher",
        source=Source("Fader & Hardie", 2007, "How to Project Customer Retention"),
        nulls={
            "immature": "the bucket has not fully elapsed for any member of the cohort",
            "nobody_before": "nobody was there in the bucket before, so there is nothing to refer to",
            "no_cohort": "no cohort has a rate in this bucket, so there is no average",
        },
        example='log.report("retention", unit="month", criterion="on_or_after")',
    )

    active: str = parameter("core", "the events that start and return, unless the next two say otherwise")
    start_event: str | None = parameter(None, "the named set, or event names joined by |, that makes a starter")
    return_event: str | None = parameter(None, "the named set, or event names joined by |, that makes a return")
    unit: str = parameter("week", "length of a bucket and of a cohort", choices=("day", "week", "month"))
    buckets: int = parameter(12, "how many buckets after bucket 0", WHOLE, least=1)
    preset: str | None = parameter(None, "a vendor's choices, for those you leave open", choices=tuple(PRESETS))
    criterion: str | None = parameter(None, "when a member counts as retained (on)", choices=CRITERIA)
    clock: str | None = parameter(None, "how buckets are timed (calendar)", choices=CLOCKS)
    averaging: str | None = parameter(None, "how cohorts are averaged (pooled)", choices=AVERAGES)
    start: str | None = parameter(None, "which starting events make a member (first_ever)", choices=STARTS)
    reference: str | None = parameter(None, "what a rate refers to (cohort_size)", choices=REFERENCES)
    brackets: tuple[str, ...] = parameter((), "for criterion=bracket: 0|1-3|4-6, in ascending order", NAMES)
    counting: str = parameter("customers", "count customers or their money", choices=("customers", "money"))
    since: str | None = parameter(None, "first day (YYYY-MM-DD) of starts that make a cohort")
    until: str | None = parameter(None, "the day after the last one of starts that make a cohort")
    by: tuple[str, ...] = parameter((), "up to two traits, properties or event columns to break down by", NAMES)
    top: int = parameter(10, "how many values of each breakdown to show; the rest is 'other'", WHOLE, least=1)

    def check(self) -> None:
        chosen = self.choices()
        if (chosen.criterion == "bracket") != bool(self.brackets):
            raise QuestionError("brackets and criterion=bracket go together: criterion=bracket brackets=0|1-3|4-6")
        if self.counting == "money" and chosen.criterion not in ("on", "on_or_before", "bracket"):
            raise QuestionError(
                f"money can't be counted with criterion={chosen.criterion}; on, on_or_before and bracket can"
            )
        if self.counting == "money" and chosen.reference != "cohort_size":
            raise QuestionError("money refers to the cohort's size: leave out reference=previous_period")
        if chosen.start == "first_in_range" and self.since is None:
            raise QuestionError("start=first_in_range needs since=YYYY-MM-DD, the first day of the range")
        self.spans()
        day_of_text("since", self.since)
        day_of_text("until", self.until)

    def choices(self) -> Choices:
        """Every choice made: yours, then the preset's, then the defaults."""
        return choices(
            self.preset,
            criterion=self.criterion,
            clock=self.clock,
            averaging=self.averaging,
            start=self.start,
            reference=self.reference,
        )

    def spans(self) -> tuple[tuple[int, int], ...]:
        """First and last unit of each bucket.

        Raises:
            QuestionError: the brackets are not ascending spans of whole numbers.
        """
        if not self.brackets:
            return tuple((number, number) for number in range(self.buckets + 1))
        found: list[tuple[int, int]] = []
        for text in self.brackets:
            low, _, high = text.partition("-")
            if not low.isdigit() or not (high or low).isdigit():
                raise QuestionError(f"bracket {text!r}: write one unit (4) or first and last (4-6)")
            found.append((int(low), int(high or low)))
            if found[-1][1] < found[-1][0]:
                raise QuestionError(f"bracket {text!r} ends before it begins")
        if any(later[0] <= earlier[1] for earlier, later in pairwise(found)):
            raise QuestionError(f"brackets={'|'.join(self.brackets)}: each must begin after the one before it ends")
        return tuple(found)

    def versions(self, view: View) -> dict[str, str]:
        """The sets of events that the parameters name, with their versions."""
        given = {name: getattr(self, name) for name in ("active", "start_event", "return_event")}
        return {name: str(view.active(value)) for name, value in given.items() if value is not None}

    def plan(self, view: View, run: Run) -> Plan:
        ask = self._ask(view)
        now = index_of(view.calendar.day_of(view.as_of), ask.unit)
        counts, groups = counted(view, ask, self.top, run)
        shape = Shape(shown_names(groups.fields, COLUMNS), ask.brackets, ask.unit, ask.choices.averaging, ask.money)

        def finish(rows: Any) -> Any:
            return retained(cells(rows, ask, now), shape)

        def headlines(table: Any) -> Mapping[str, Any]:
            return headline(table, ask.choices.averaging)

        return Plan(counts, finish, headlines, self._convention(view), self._notes(ask))

    def _ask(self, view: View) -> Ask:
        if self.counting == "money":
            refuse_mixed_money(view)
        started, returned = (view.active(name or self.active).events for name in (self.start_event, self.return_event))
        return Ask(
            choices=self.choices(),
            unit=cast(Unit, self.unit),
            started=started,
            returned=returned,
            brackets=self.spans(),
            by=breakdowns(view, self.by),
            since=day_of_text("since", self.since),
            until=day_of_text("until", self.until),
            money=self.counting == "money",
        )

    def _convention(self, view: View) -> str:
        chosen = self.choices()
        started, returned = (view.active(name or self.active) for name in (self.start_event, self.return_event))
        main = f"retention/{chosen.criterion}/{chosen.clock}/{chosen.averaging}@{self.card.version}"
        what = "net order value" if self.counting == "money" else str(returned)
        return (
            f"{main} unit={self.unit} start={chosen.start} {started} to {what} reference={chosen.reference} mature_only"
        )

    def _notes(self, ask: Ask) -> tuple[str, ...]:
        found = []
        if ask.choices.start == "recurring":
            found.append("A customer is in every cohort in which they started, so cohorts overlap.")
        if ask.choices.start == "first_in_range":
            found.append(
                "Starters include customers who had started before the range: they stay more readily than new ones."
            )
        if ask.choices.averaging != "pooled":
            found.append(
                f"Averages are {ask.choices.averaging}: their rate is not retained / reference of the same row."
            )
        if ask.rolling and self.unit == "month":
            found.append("A rolling month is 30 days of 24 hours.")
        return tuple(found)

    def chart(self, table: Any) -> Any:
        by = tuple(name for name in table.column_names if name not in COLUMNS)
        return picture(table, by, self.unit)
