"""What do people say, how sure is it, and who says it?"""

from __future__ import annotations

from typing import Any, ClassVar

import ibis
import pyarrow as pa

from cherish.errors import QuestionError, Unanswerable
from cherish.instruments import registry
from cherish.instruments.answers import STRAIGHT_ITEMS, Answers, clean, fast, straight, timed
from cherish.instruments.instrument import Instrument
from cherish.instruments.scoring import Scoring
from cherish.reports._groups import Groups
from cherish.reports._rows import breakdowns, shown_names
from cherish.reports._surveyed import ABOUT, COLUMNS, SHARE, Setting, headline, notes, table
from cherish.spec.calendar import day_from
from cherish.spec.definition import NAMES, REAL, WHOLE, WINDOW, Card, Source, parameter
from cherish.spec.names import ANSWERS
from cherish.spec.periods import UNITS, period_of
from cherish.spec.plan import Plan
from cherish.spec.report import Report, Run
from cherish.spec.view import View


class Survey(Report):
    """Scores, shares and means of a survey instrument, each with its interval, and how well its items hang together.

    An instrument is a file: see `cherish catalogue`; your own lies in the workspace's folder `instruments` or is named
    by its path. Answers are events `Survey Answered` with the properties instrument, item and score, and where there
    are any, response_id, campaign and weight. A response is what a customer answered under one response_id; without
    one under one campaign; without that on one day. Answered twice in a response, the last valid answer counts.

    Columns: the breakdowns, with `unit` the period (of the response's first day), part (whole, a subscale, an item),
    figure, n (scores it rests on), count (those of a share), coverage (of the responses), value with its interval;
    `weighted` where answers carry weights; with `by` the difference to everybody else; with `unit` the change since the
    period before. `alpha` (Cronbach) and `omega` (McDonald, one factor) are those of complete responses; item_total is
    an item's correlation with the sum of the others. Rows of the part `responses` tell who answered and how: in a
    straight line (the same answer to four items or more), or faster than `fastest` seconds an item (Huang et al. 2012).
    """

    card: ClassVar[Card] = Card(
        family="M",
        formula="recommend score = 100 (promoters - detractors) / n; mean of a subscale = sum of answers / answered, "
        "if at least half of it was answered; alpha = k/(k-1) (1 - sum of variances / variance of the sum)",
        unit="as the instrument",
        source=Source("Rocks", 2016, "Interval Estimation for the Net Promoter Score (and Newcombe 1998 for shares)"),
        nulls={
            "too_short": "no response has four answers, from which on all of them being the same tells something",
            "no_times": "the answers of a response share one moment, so nobody knows how long it took",
            "no_answers": "nobody gave an answer that counts, so there is nothing to score",
            "few_answers": "this period or the one before has fewer than 30 answers, so no change is shown",
        },
        needs=("customer", "time", "answers"),
        example='log.report("survey", instrument="recommend", by="country")',
    )

    by: tuple[str, ...] = parameter((), "one or two properties or traits to break down by", NAMES)
    careless: str = parameter("keep", "what to do with responses in a straight line or too fast",
                              choices=("keep", "drop"))  # fmt: skip
    events: tuple[str, ...] = parameter(ANSWERS, "the events that are answers", NAMES)
    fastest: float = parameter(2.0, "seconds an item below which a response was too fast", REAL, least=0)
    instrument: str = parameter("recommend", "the instrument's name, or the path of its file")
    level: float = parameter(0.95, "confidence level of the intervals", REAL)
    part: tuple[str, ...] = parameter((), "only these parts: whole, responses, subscales, items", NAMES)
    top: int = parameter(10, "how many groups to show; all others become one", WHOLE, least=1)
    unit: str | None = parameter(None, "length of a period, for a course over time", choices=UNITS)
    window: int | None = parameter(None, "how many days of answers, back from the moment", WINDOW)

    def check(self) -> None:
        """Refuse a level that is none."""
        if not 0 < self.level < 1:
            raise QuestionError(f"level={self.level:g}: a confidence level lies between 0 and 1, such as 0.95")

    def plan(self, view: View, run: Run) -> Plan:
        """One pass: responses, their scores, and the sums of those."""
        instrument = registry.find(self.instrument, registry.beside(view.log))
        scoring, by = Scoring(instrument), breakdowns(view, self.by)
        responses = self._responses(view, scoring, by)
        people = view.customers(by) if all(name.startswith("traits.") for name in by) else None
        groups = Groups.of(by, responses if people is None else people, self.top, run)
        sums = self._sums(groups.on(responses), scoring, groups)
        if people is not None and self.unit is None:
            sums = _with_everybody(groups.on(people), sums, groups)
        keys = [*groups.labels, *(["period"] if self.unit else [])]
        titles = shown_names(by, COLUMNS)
        weights = "weight" in view.facts.properties
        setting = Setting(scoring, titles, self.level, weights, self.unit is not None, self._parts(scoring))

        def finish(found: pa.Table) -> pa.Table:
            if not view.filters and not any(found["given"].to_pylist()):
                raise self._nothing(view, instrument, run)
            return table(found, setting)

        return Plan(
            expression=sums.order_by(keys) if keys else sums,
            finish=finish,
            headline=lambda finished: headline(finished, setting),
            convention=f"survey/{instrument.name}@{instrument.digest}/{self.careless}{groups.convention()}",
            notes=(*notes(setting), *groups.notes()),
            fits={"instrument": instrument.digest},
        )

    def _parts(self, scoring: Scoring) -> frozenset[str]:
        there = [*(part.name for part in scoring.parts), ABOUT]
        unknown = [name for name in self.part if name not in there]
        if unknown:
            raise QuestionError(f"part={unknown[0]!r}: {scoring.instrument.name} has {', '.join(there)}")
        return frozenset(self.part or there)

    def _responses(self, view: View, scoring: Scoring, by: tuple[str, ...]) -> Any:
        rows = Answers(scoring.instrument, self.events).responses(view, by)
        if self.window is not None:
            rows = rows.filter(rows.day >= ibis.literal(day_from(view.day - self.window), type="date"))
        rows = rows.mutate(straight=straight(rows), timed=timed(rows), fast=fast(rows, self.fastest))
        if self.careless == "drop":
            items = [f"item_{place}" for place in range(len(scoring.items))]
            good = clean(rows, self.fastest)
            rows = rows.mutate(**{name: ibis.ifelse(good, rows[name], ibis.null("float64")) for name in items})
        if self.unit is not None:
            rows = rows.mutate(period=period_of(rows.day, self.unit))  # type: ignore[arg-type]  # one of UNITS
        return scoring.scored(rows)

    def _sums(self, rows: Any, scoring: Scoring, groups: Groups) -> Any:
        given = rows.answered > 0
        about = {
            "responses": rows.count(where=given),
            "respondents": rows.customer_id.nunique(where=given),
            "given": (rows.answered + rows.refused).sum(),
            "refused": rows.refused.sum(),
            "long": rows.count(where=rows.answered >= STRAIGHT_ITEMS),
            "straight": rows.count(where=rows.straight),
            "timed": rows.count(where=rows.timed),
            "fast": rows.count(where=rows.fast),
        }
        keys = [*groups.labels, *(["period"] if self.unit else [])]
        every = about | scoring.sums(rows)
        return rows.group_by(*keys).agg(**every) if keys else rows.agg(**every)

    def _nothing(self, view: View, form: Instrument, run: Run) -> Unanswerable:
        """The refusal where nobody answered, with what is there: other items, other days, other instruments."""
        events = view.events(properties=("instrument", "item"))
        events = events.filter(events.name.isin(self.events), events["properties.instrument"].notnull())
        there = _there(events, "instrument", run)
        if form.name not in there:
            names = ", ".join(there) or "none"
            return Unanswerable(f"instrument={form.name!r}: there are no answers to it; the log has answers to {names}")
        own = [item.name for item in form.items]
        given = _there(events.filter(events["properties.instrument"] == form.name), "item", run)
        if set(given) & set(own):
            return Unanswerable(f"window={self.window}: there are answers to {form.name}, but all of them are older")
        return Unanswerable(
            f"instrument={form.name!r}: there are answers to {form.name}, but to items it doesn't have: "
            f"{', '.join(given) or 'none named'}; its items are {', '.join(own)}"
        )

    def chart(self, table: pa.Table) -> Any:
        """Each figure with its interval: by group, over time, or part by part."""
        return picture(table)


def _there(events: Any, name: str, run: Run) -> list[str]:
    """What a property of answers says, each text once."""
    column = events[f"properties.{name}"].cast("string")
    found = run(events.select(it=column).filter(column.notnull()).distinct().order_by("it").limit(20))
    return [str(each) for each in found["it"].to_pylist()]


def _with_everybody(people: Any, sums: Any, groups: Groups) -> Any:
    """The sums beside the number of customers, groups without an answer included."""
    if not groups.labels:
        count = people.agg(customers=people.count())
        return count.cross_join(sums)
    counted = people.group_by(*groups.labels).agg(customers=people.count())
    joined = counted.left_join(sums, list(groups.labels))
    return joined.select(*groups.labels, "customers", *(name for name in sums.columns if name not in groups.labels))


def picture(table: pa.Table) -> Any:
    """Points with their intervals: of several groups or periods the first figure, else all that share its scale."""
    import altair as alt

    rows = [row for row in table.to_pylist() if row["part"] != ABOUT and row["value"] is not None]
    if not rows:
        return None
    over_time = "period" in table.column_names
    titles = table.column_names[: table.column_names.index("period" if over_time else "part")]
    first, one = rows[0], bool(titles or over_time)
    if one:
        rows = [row for row in rows if (row["part"], row["figure"]) == (first["part"], first["figure"])]
    else:
        # A score in points has shares beside it, and so has a top share its mean: never two scales on one axis.
        rows = [row for row in rows if (row["figure"] == "mean") == (first["figure"] == "mean")]
        rows = [row for row in rows if row["figure"] != "score"]
    share = rows[0]["figure"].startswith(SHARE)
    for row in rows:
        own = row["figure"].removeprefix(SHARE) if share else row["part"]
        row["name"] = ", ".join(str(row[title]) for title in titles) or own
    base = alt.Chart(pa.Table.from_pylist(rows)).encode(tooltip=["name:N", "n:Q", "value:Q", "low:Q", "high:Q"])
    what = f"{first['part']}: {first['figure']}" if one else "share of answers" if share else "mean"
    value = {"title": what, "scale": alt.Scale(zero=share), "axis": alt.Axis(format=".0%" if share else "~g")}
    if over_time:
        color = {"color": alt.Color("name:N", title=None)} if titles else {}
        base = base.encode(x=alt.X("period:T", title=None), **color)
        line = base.encode(y=alt.Y("value:Q", **value)).mark_line(point=True)
        return line + base.encode(y="low:Q", y2="high:Q").mark_rule()
    base = base.encode(y=alt.Y("name:N", sort=list(dict.fromkeys(row["name"] for row in rows)), title=None))
    points = base.encode(x=alt.X("value:Q", **value)).mark_point(filled=True)
    return points + base.encode(x="low:Q", x2="high:Q").mark_rule()
