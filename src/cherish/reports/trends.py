"""How does something develop from period to period?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from cherish.errors import QuestionError
from cherish.reports._axis import COMPARE, Axis
from cherish.reports._courses import COLUMNS, Setting, headline, picture, table
from cherish.reports._formula import Formula
from cherish.reports._rows import breakdowns, day_of_text, refuse_mixed_money, shown_names
from cherish.reports._series import Series, read, with_versions
from cherish.reports._trend_rows import Ask, rows
from cherish.spec.definition import NAMES, WHOLE, Card, parameter
from cherish.spec.periods import UNITS
from cherish.spec.plan import Plan
from cherish.spec.report import Report, Run
from cherish.spec.view import View


class Trends(Report):
    """Counts, unique customers, sums, averages, percentiles and measures, period by period.

    Series are written one after the other, separated by semicolons, and are called A, B, C ... in that order:

    count:Order Completed            how many events
    unique:Order Completed           how many different customers
    sum(value):Order Completed       the money of the events; `sum` alone is the same
    average(properties.items):...    also median(...) and p90(...), of `value` or of a numeric property
    measure:active_days(window=7d)   any measure of the catalogue, at the end of each period (of its last whole day)

    After the colon stand event names joined by | or a stored set; without them it is `active`. `measure=NAME` alone is
    short for one such series. A `formula` such as `A/B*100` may use + - * / and parentheses; dividing by zero has no
    value.

    The unique customers of a week are not the sum of its days, and those of "other" are not the sum of its parts:
    both are counted. Periods without rows are 0 for counts and sums and null for everything else.

    Columns: the breakdowns, period (its first day), series (A, B ... or formula), label, value, n (what the value
    rests on: events, customers or known values), with `compare` also previous_period, previous and change (a share),
    partial (the period is not over), why (the reason where the value is null).
    """

    card: ClassVar[Card] = Card(
        family="Y",
        formula="per period p: an aggregate of the rows with period(day) = p, or sum(y) / sum(x) at the end of p",
        unit="as the series",
        nulls={
            "no_rows": "no row in this period, so there is nothing to average or rank",
            "no_customers": "the measure has a value for no customer at the end of this period",
            "before_the_data": "the period lies before the first event",
            "division_by_zero": "the formula divides by zero",
        },
        example='log.report("trends", series="count:Order Completed;unique:Order Completed", formula="A/B")',
    )

    active: str = parameter("core", "the events of series that name none: a stored set, or names joined by |")
    by: tuple[str, ...] = parameter((), "up to two traits, properties or event columns to break down by", NAMES)
    compare: str | None = parameter(None, "beside each period the one as far back as the range is long, or a year back",
                                    choices=COMPARE)  # fmt: skip
    formula: str | None = parameter(None, "a formula over the series: A/B*100")
    measure: str | None = parameter(None, "a measure of the catalogue: active_days(window=7d)")
    periods: int | None = parameter(None, "how many periods, the last ones; all where left out", WHOLE, least=1)
    series: str | None = parameter(None, "count:EVENTS;unique:EVENTS;sum(FIELD):EVENTS;p90(FIELD):EVENTS;measure:NAME")
    since: str | None = parameter(None, "begin with the period of this day (YYYY-MM-DD)")
    top: int = parameter(10, "how many groups to show, the largest of series A; the rest is 'other'", WHOLE, least=1)
    unit: str = parameter("week", "length of a period", choices=UNITS)
    until: str | None = parameter(None, "the day after the last one to look at (YYYY-MM-DD)")

    def check(self) -> None:
        if self.periods is not None and self.since is not None:
            raise QuestionError("give periods or since, not both: each says where to begin")
        day_of_text("since", self.since)
        day_of_text("until", self.until)

    def written(self) -> str:
        """The series as text, `measure` included."""
        own = [] if self.series is None else [self.series]
        own += [] if self.measure is None else [f"measure:{self.measure}"]
        return ";".join(own) or "count;unique"

    def versions(self, view: View) -> dict[str, str]:
        """The sets of events that `active` and the series name, with their versions."""
        found = {"active": str(view.active(self.active))}
        if self.series is not None:
            found["series"] = with_versions(view, self.series)
        return found

    def plan(self, view: View, run: Run) -> Plan:
        series = read(view, self.written(), self.active)
        if any(each.field == "value" for each in series):
            refuse_mixed_money(view)
        formula = None if self.formula is None else Formula.parse(self.formula, tuple(each.letter for each in series))
        since, until = day_of_text("since", self.since), day_of_text("until", self.until)
        axis = Axis.of(view, self.unit, self.periods, since, until, self.compare)
        by = breakdowns(view, self.by)
        expression, _ = rows(view, Ask(series, axis, by, self.top), run)
        setting = Setting(axis, series, formula, by, shown_names(by, COLUMNS), view.day)

        def finish(found: Any) -> Any:
            return table(found, setting)

        def headlines(finished: Any) -> Mapping[str, Any]:
            return headline(finished, setting.shown)

        convention = f"trends/{'+'.join(each.label for each in series)}@{self.card.version} unit={self.unit} local_days"
        return Plan(expression, finish, headlines, convention, _notes(view, axis, series, by))

    def chart(self, table: Any) -> Any:
        return picture(table, tuple(name for name in table.column_names if name not in COLUMNS))


def _notes(view: View, axis: Axis, series: tuple[Series, ...], by: tuple[str, ...]) -> tuple[str, ...]:
    found = []
    if axis.partial(axis.last, view.day):
        found.append(f"The last {axis.unit} is not over: its figures will still grow.")
    if any(each.how == "unique" for each in series) and axis.unit != "day":
        found.append(f"Who comes on several days of a {axis.unit} is one unique customer: its days don't add up to it.")
    if any(each.measure is not None and each.measure.fit.__qualname__ != "Measure.fit" for each in series):
        found.append("The measure's thresholds were fitted once, at the end, and held fixed over all periods.")
    if any(not name.startswith("traits.") for name in by):
        found.append("A customer can be in several groups, so unique customers of groups don't add up to everybody.")
    return tuple(found)
