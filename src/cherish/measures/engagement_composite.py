"""How engaged is the customer in thinking, feeling and doing, compared with everybody at the moment?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from math import sqrt
from operator import add
from typing import Any, ClassVar

import ibis

from cherish.errors import Unanswerable
from cherish.measures._answers import answers
from cherish.measures._objects import OBJECTS, Legs
from cherish.points.fact import Fact, count, days, total
from cherish.points.measure import Fit, Measure, Moment, Value, frozen
from cherish.points.relations.events import Events
from cherish.spec.definition import NAMES, WHOLE, WINDOW, Card, Source, parameter
from cherish.spec.filters import NULL, Filter
from cherish.spec.view import View

LEGS = ("cognitive", "emotional", "behavioural")
_KEYS = {
    "cognitive": ("thinking",), "emotional": ("favourites", "affection", "sentiment"), "behavioural": ("days", "acts"),
}  # fmt: skip
_CLIP = 3.0
_DIGITS = 12
"""So many digits of what is learned are kept: sums of doubles differ in the last ones from run to run."""


class EngagementComposite(Measure):
    """Mean of three legs, each a z-score against everybody at the moment: cognitive, emotional and behavioural.

    cognitive    how often the customer searched, compared or read
    emotional    favourites and other signs of liking (their number), mean affection in answers to a survey, mean
                 sentiment of what was said; of these whatever is known
    behavioural  active days and number of acts
    `object` chooses with what: the brand as a whole, its products, the community, or content; each has customary events
    for every leg, and the parameters of the legs' names replace them. Z-scores are (value - mean) / standard deviation
    of the population at the moment, frozen with the result, and cut off at -3 and 3; parts of a leg and legs weigh the
    same. A leg that is not known for a customer is left out of the mean, `legs` says how many there are, and below
    `least_legs` there is no value. Who did nothing has an honest low number, who was not asked has none.

    Proxies are not feelings: a favourite or a page read stands for emotion or thought and may stand for neither.
    """

    card: ClassVar[Card] = Card(
        family="O",
        formula="mean over legs of mean over parts of clip((x - mean) / sd, -3, 3)",
        unit="standard deviations",
        range=(-3, 3),
        direction="higher",
        source=Source("Hollebeek, Glynn & Brodie", 2014, "Consumer Brand Engagement in Social Media"),
        nulls={"few_legs": "fewer legs than asked for are known for this customer, or all customers are alike in them"},
        example='log.measure("engagement_composite", object="community")',
    )

    active: str = parameter("core", "object=brand: the named set of events that are doing, or event names joined by |")
    affection: str | None = parameter(
        None, "the instrument whose answers tell affection; left out: affection, of the brand"
    )
    behavioural: tuple[str, ...] = parameter((), "events of doing; left out: the customary ones of the object", NAMES)
    cognitive: tuple[str, ...] = parameter((), "events of thinking; left out: the customary ones of the object", NAMES)
    emotional: tuple[str, ...] = parameter((), "events of liking; left out: the customary ones of the object", NAMES)
    least_legs: int = parameter(2, "how many legs must be known", WHOLE, least=1)
    object: str = parameter("brand", "engaged with what", choices=tuple(OBJECTS))
    sentiment: str = parameter("sentiment", "the property of events that holds sentiment, where the log has it")
    window: int | None = parameter(90, "how many days back from the moment", WINDOW)

    def facts(self, view: View) -> Mapping[str, Fact]:
        legs = self._legs(view)
        found: dict[str, Fact] = {}
        if legs.cognitive:
            found["thinking"] = count("activity", names=legs.cognitive, window=self.window)
        if legs.emotional:
            found["favourites"] = count("activity", names=legs.emotional, window=self.window)
        if legs.behavioural:
            found["days"] = days("activity", names=legs.behavioural, window=self.window)
            found["acts"] = count("activity", names=legs.behavioural, window=self.window)
        found |= self._answered(view) | self._said(view, legs)
        known = [leg for leg in LEGS if any(f"{key}_n" in found or key in found for key in _KEYS[leg])]
        if len(known) < self.least_legs:
            raise Unanswerable(
                f"engagement_composite with object={self.object} needs {self.least_legs} of its legs, and the log has "
                f"events for {', '.join(known) or 'none'}. Name some: cognitive=NAME|NAME, emotional=, behavioural=; "
                f"there are {', '.join(sorted(view.facts.names))}"
            )
        return found

    def fit(self, facts: Any, moment: Moment, run: Callable[[Any], Any]) -> Fit | None:
        """The mean and the standard deviation of every part, over everybody for whom it is known."""
        given = {name: column.cast("float64") for name, column in self._given(facts).items()}
        table = facts.population.select(**given)
        sums = {
            f"{name}_{power}": each
            for name in given
            for power, each in enumerate((table[name].count(), table[name].sum(), (table[name] * table[name]).sum()))
        }
        found = run(table.aggregate(**sums)).to_pylist()[0]
        scales = {name: _scale(*(found[f"{name}_{power}"] for power in range(3))) for name in given}
        alike = [name for name, scale in scales.items() if scale is None]
        missing = [leg for leg in LEGS if not any(scales.get(key) for key in _KEYS[leg])]
        notes = [f"{', '.join(alike)}: all customers are alike, so this part tells nobody apart"] if alike else []
        notes += [f"the log can't tell the {', '.join(missing)} leg: the mean is of the others"] if missing else []
        kept = {name: scale for name, scale in scales.items() if scale is not None}
        # Named by digits that no order of adding up can change, applied with all of them.
        named = {name: [f"{each:.{_DIGITS}g}" for each in scale] for name, scale in kept.items()}
        return Fit(frozen({"scales": named}).digest, {"scales": kept}, tuple(notes))

    def value(self, facts: Any, moment: Moment, fit: Fit | None = None) -> Value:
        scales = {} if fit is None else fit.values["scales"]
        given = {name: column for name, column in self._given(facts).items() if name in scales}
        scores = {name: _clipped((column - scales[name][0]) / scales[name][1]) for name, column in given.items()}
        legs = {leg: _mean([scores[key] for key in _KEYS[leg] if key in scores]) for leg in LEGS}
        known = reduce(add, (each.notnull().cast("int64") for each in legs.values()))
        return Value(
            y=_mean(list(legs.values())), nulls={"few_legs": known < self.least_legs}, known={**legs, "legs": known}
        )

    def _given(self, facts: Any) -> dict[str, Any]:
        found = {key: getattr(facts, key) for key in ("thinking", "favourites", "days", "acts") if hasattr(facts, key)}
        for key in ("affection", "sentiment"):
            if hasattr(facts, f"{key}_n"):
                found[key] = getattr(facts, f"{key}_sum") / getattr(facts, f"{key}_n").nullif(0)
        return found

    def _legs(self, view: View) -> Legs:
        own = {leg: getattr(self, leg) for leg in LEGS}
        return OBJECTS[self.object].on(view, own, self.active)

    def _answered(self, view: View) -> dict[str, Fact]:
        """Answers about affection, where somebody gave any: those of the brand, unless an instrument is named."""
        instrument = self.affection or ("affection" if self.object == "brand" else None)
        if instrument is None:
            return {}
        rows = answers(view, instrument)
        try:
            rows.rows(view)
        except Unanswerable:
            if self.affection is not None:
                raise
            return {}
        return {
            "affection_n": count(rows, where="valid", window=self.window),
            "affection_sum": total(rows, "score", where="valid", window=self.window),
        }

    def _said(self, view: View, legs: Legs) -> dict[str, Fact]:
        """Sentiment of the events of this object, where the log has numbers of that name."""
        if view.facts.properties.get(self.sentiment) not in ("float64", "int64"):
            return {}
        names = tuple(sorted({*legs.cognitive, *legs.emotional, *legs.behavioural}))
        rows = Events(names, (self.sentiment,), (("told", (Filter(f"properties.{self.sentiment}", "!=", (NULL,)),)),))
        return {
            "sentiment_n": count(rows, where="told", window=self.window),
            "sentiment_sum": total(rows, self.sentiment, window=self.window),
        }

    def versions(self, view: View) -> dict[str, str]:
        """The active set, where it plays a part."""
        return super().versions(view) if self.object == "brand" and not self.behavioural else {}

    def convention(self, view: View) -> str:
        return f"engagement_composite/{self.object}/z_frozen/clip_3/equal_weights/least_{self.least_legs}_legs"


def _scale(n: int, first: float | None, second: float | None) -> tuple[float, float] | None:
    """Mean and standard deviation from sums of powers; None where nobody is known or all are alike."""
    if not n or first is None or second is None:
        return None
    mean = first / n
    spread = second / n - mean * mean
    if spread <= 1e-12 * max(second / n, 1e-300):
        return None
    return mean, sqrt(spread)


def _clipped(z: Any) -> Any:
    return ibis.cases((z > _CLIP, _CLIP), (z < -_CLIP, -_CLIP), else_=z)


def _mean(parts: list[Any]) -> Any:
    """The mean of those that are known; null where none is."""
    if not parts:
        return ibis.null("float64")
    known = reduce(add, (each.notnull().cast("int64") for each in parts))
    return reduce(add, (each.fill_null(0.0) for each in parts)) / known.nullif(0)
