"""How far up the ladder from being reached to being an advocate has the customer come?"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from operator import add, or_
from typing import Any, ClassVar

import ibis

from cherish.points.fact import Fact, count, first_day, last_day, latest, total
from cherish.points.measure import Fit, Measure, Moment, Value
from cherish.points.relations.responses import Responses
from cherish.points.states import RUNGS, OfRelationship
from cherish.spec.definition import Card
from cherish.spec.names import ANSWERS
from cherish.spec.roles import role
from cherish.spec.view import View, default_active

_EVENTS = ("reaches", "contacts", "company_turns", "replies", "reviews", "referrals", "shares")


class Relationship(OfRelationship, Measure):
    """The highest rung of the relationship ladder that holds in the window; rungs below it need not hold.

    reached      something was sent or shown to the customer
    interacted   at least one act of the customer's own
    known        interacted under an own id
    repeated     acts on two days that lie `apart` days or more from each other
    reciprocal   at least one turn each way in conversations, or a reply, or a review
    satisfied    the mean of the answers about satisfaction is at least `satisfied` of 5
    advocate     invited or told others, or would recommend: the last answer from 0 to 10 is at least `recommend`

    `relationship` is 1 for those who came repeatedly and are reciprocal, satisfied or an advocate as well. A rung for
    which the log has no events can't be reached; the notes say which, so that 0 is not mistaken for a finding.
    """

    card: ClassVar[Card] = Card(
        family="Y",
        formula="max{k : the condition of rung k holds in [moment - window, moment)}",
        unit="rung",
        range=(0, 7),
        direction="higher",
        example='log.measure("relationship", window="90d")',
    )
    stages: ClassVar[tuple[str, ...]] = ("none", *RUNGS)

    def facts(self, view: View) -> Mapping[str, Fact]:
        names = {key: role(view, self, key, needed=False) for key in _EVENTS}
        found = {key: count("activity", window=self.window, names=each) for key, each in names.items() if each}
        own = self._own(view)
        for key, kind in (("acts", count), ("first", first_day), ("last", last_day)):
            found[key] = kind("activity", window=self.window, names=own)
        if _surveyed(view):
            for place, each in enumerate(self.satisfied_by):
                rows = Responses(each, "satisfaction", 1, 5)
                found[f"satisfaction_{place}"] = total(rows, "score", where="valid", window=self.window)
                found[f"answers_{place}"] = count(rows, where="valid", window=self.window)
            for place, each in enumerate(self.recommend_by):
                found[f"recommend_{place}"] = latest(Responses(each, "recommend", 0, 10), "score", window=self.window)
        return found

    def _own(self, view: View) -> tuple[str, ...] | None:
        if self.active is not None:
            return view.names(self.active)
        own = default_active(view.facts)
        return None if set(own) >= set(view.facts.names) else own

    def value(self, facts: Any, moment: Moment, fit: Fit | None = None) -> Value:
        holds = self._holds(facts)
        rungs = [(holds[rung], place) for place, rung in enumerate(RUNGS, 1)]
        code = ibis.cases(*reversed(rungs), else_=0).cast("int64")
        tie = holds["repeated"] & (holds["reciprocal"] | holds["satisfied"] | holds["advocate"])
        parts = {rung: each.cast("int64") for rung, each in holds.items()}
        return Value(y=code, parts={**parts, "relationship": tie.cast("int64"), "answers": self._answers(facts)})

    def _holds(self, facts: Any) -> dict[str, Any]:
        def did(name: str) -> Any:
            return getattr(facts, name) > 0 if hasattr(facts, name) else ibis.literal(False)

        answers = self._answers(facts)
        scores = (getattr(facts, f"satisfaction_{place}", None) for place in range(len(self.satisfied_by)))
        score = reduce(add, (each.fill_null(0.0) for each in scores if each is not None), ibis.literal(0.0))
        latest_ones = (getattr(facts, f"recommend_{place}", None) for place in range(len(self.recommend_by)))
        recommends = [(each >= self.recommend).fill_null(False) for each in latest_ones if each is not None]
        return {
            "reached": did("reaches"),
            "interacted": did("acts"),
            "known": did("acts") & facts.population.identified,
            "repeated": (facts.last - facts.first >= self.apart).fill_null(False),
            "reciprocal": (did("contacts") & did("company_turns")) | did("replies") | did("reviews"),
            "satisfied": (answers > 0) & (score >= self.satisfied * answers),
            "advocate": reduce(or_, recommends, did("referrals") | did("shares")),
        }

    def _answers(self, facts: Any) -> Any:
        counts = (getattr(facts, f"answers_{place}", None) for place in range(len(self.satisfied_by)))
        return reduce(add, (each for each in counts if each is not None), ibis.literal(0, type="int64"))

    def evidence(self, view: View) -> dict[str, dict[str, bool]]:
        """Of each rung that not every log can show: by which events it is seen, and whether the log has them."""
        there = {key: bool(role(view, self, key, needed=False)) for key in _EVENTS}
        asked = _surveyed(view)
        turns = {"contacts and company_turns": there["contacts"] and there["company_turns"]}
        reciprocal = turns | {key: there[key] for key in ("replies", "reviews")}
        advocate = {key: there[key] for key in ("referrals", "shares")} | {"survey answers": asked}
        return {
            "reached": {"reaches": there["reaches"]},
            "reciprocal": reciprocal,
            "satisfied": {"survey answers": asked},
            "advocate": advocate,
        }

    def notes(self, view: View) -> tuple[str, ...]:
        """Which rungs the log can't show, and which it shows only in part."""
        said = []
        for rung, seen in self.evidence(view).items():
            missing = ", ".join(name for name, there in seen.items() if not there)
            if not any(seen.values()):
                said.append(f"Nobody can be seen as {rung}: the log has no events for {missing}.")
            elif missing:
                said.append(f"{rung.capitalize()} is seen in part: the log has no events for {missing}.")
        return tuple(said)

    def convention(self, view: View) -> str:
        own = "own_acts" if self.active is None else str(view.active(self.active))
        cuts = f"{self.apart}_days_apart/satisfied_{self.satisfied:g}/recommend_{self.recommend:g}"
        return f"relationship/{own}/{cuts}"


def _surveyed(view: View) -> bool:
    facts = view.facts
    return bool(set(ANSWERS) & set(facts.names)) and {"instrument", "item", "score"} <= set(facts.properties)
