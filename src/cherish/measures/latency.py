"""For how many of the own usual gaps has the customer been silent?"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any, ClassVar

import ibis
import numpy as np

from cherish.errors import QuestionError
from cherish.points import rhythm
from cherish.points.fact import Fact, least
from cherish.points.measure import Fit, Measure, Moment, Value
from cherish.points.relations.returns import Returns
from cherish.spec.definition import REAL, WHOLE, Card, Source, parameter
from cherish.spec.view import View


class Latency(Measure):
    """Days since the last active day, in multiples of the customer's own usual gap: 1 is usual, above 3 is silent.

    The usual gap is the median of the gaps between the customer's own active days, so a weekly customer is missed
    after three weeks and a yearly one is not. With `rule=own` customers with fewer than `gaps` gaps have no value;
    with `rule=km` the population lends them one: the median time from this active day (their first, second ...) to
    the next one, by Kaplan-Meier over everybody who got so far, gaps that are still open included. Where fewer than
    half ever come back there is no such median and so no value.

    With `silent` the value is 1 for customers above so many gaps and else 0, so that of a group it is the share of
    the silent.
    """

    card: ClassVar[Card] = Card(
        family="Y",
        formula="(day(moment) - last active day) / median(gaps between the customer's own active days)",
        unit="usual gaps",
        range=(0, None),
        direction="lower",
        source=Source("Novo", 2001, "Drilling Down"),
        nulls={
            "never": "never active, so there is no silence to measure",
            "few_gaps": "too few gaps to know what is usual for this customer",
            "half_stay_away": "fewer than half of those who got so far have come back, so no gap is usual",
        },
        example='log.measure("latency", rule="km")',
    )

    active: str = parameter("core", "the named set of events that count as activity, or event names joined by |")
    gaps: int = parameter(3, "the least number of own gaps that make a rhythm", WHOLE, least=1)
    rule: str = parameter("own", "what is usual for those with fewer gaps: nothing (own), or as for others (km)",
                          choices=("own", "km"))  # fmt: skip
    silent: float | None = parameter(None, "1 for customers silent for more than so many usual gaps, else 0", REAL)

    def check(self) -> None:
        if self.silent is not None and self.silent <= 0:
            raise QuestionError(f"silent={self.silent:g}: must be above 0, such as 3")

    def facts(self, view: View) -> Mapping[str, Fact]:
        names = view.names(self.active)
        found = rhythm.facts(names)
        if self.rule == "km":
            found |= {f"gap_{step}": least(Returns(names, self.gaps), f"gap_{step}") for step in self._steps}
        return found

    def fit(self, facts: Any, moment: Moment, run: Callable[[Any], Any]) -> Fit | None:
        """rule=km: the median time to the next active day, for each number of active days that is too few."""
        if self.rule == "own":
            return None
        rows = run(
            reduce(lambda above, below: above.union(below), (self._spells(facts, moment, k) for k in self._steps))
        )
        k, gap, n = (rows[name].to_numpy().astype(np.int64) for name in ("k", "gap", "n"))
        closed = rows["closed"].to_numpy(zero_copy_only=False).astype(bool)
        medians: dict[int, float | None] = {}
        for step in self._steps:
            here = k == step
            medians[step] = rhythm.stay_away(gap[here], closed[here], n[here]).median if here.any() else None
        digest = hashlib.md5(json.dumps(medians).encode(), usedforsecurity=False).hexdigest()[:8]
        told = ", ".join(f"{each:g} d" if each is not None else "never" for each in medians.values())
        return Fit(
            digest, {"medians": medians}, (f"By when half come back after their 1st, 2nd ... active day: {told}.",)
        )

    def value(self, facts: Any, moment: Moment, fit: Fit | None = None) -> Value:
        usual = rhythm.usual_gap(facts, self.gaps)
        medians: Mapping[int, float | None] = fit.values["medians"] if fit is not None else {}
        lent = [(facts.days == k, ibis.literal(median)) for k, median in medians.items() if median is not None]
        if lent:
            usual = usual.fill_null(ibis.cases(*lent, else_=ibis.null("float64")))
        silence = moment.day - facts.last
        multiple = silence / usual.nullif(0)
        y = multiple if self.silent is None else (multiple > self.silent).cast("int64")
        why = "few_gaps" if self.rule == "own" else "half_stay_away"
        return Value(
            y=y,
            nulls={"never": facts.last.isnull(), why: usual.isnull()},
            parts={"silence": silence, "usual_gap": usual, "gaps": ibis.greatest(facts.days - 1, 0)},
        )

    def convention(self, view: View) -> str:
        return f"latency/{view.active(self.active)}/median_own_gap/least_{self.gaps}_gaps/{self.rule}"

    @property
    def _steps(self) -> range:
        return range(1, self.gaps + 1)

    def _spells(self, facts: Any, moment: Moment, k: int) -> Any:
        """How many got to their k-th active day and stayed away for how long, or have so far."""
        people = facts.population
        gap = getattr(facts, f"gap_{k}")
        there = people.select(days=facts.days, gap=gap.fill_null(moment.day - facts.last), closed=gap.notnull())
        reached = there.filter(there.days >= k)
        counted = reached.group_by("gap", "closed").agg(n=reached.count())
        return counted.select(k=ibis.literal(k, type="int64"), gap=counted.gap, closed=counted.closed, n=counted.n)
