"""Recency, frequency and money in one score: the direct marketer's cell."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import ibis

from cherish.errors import QuestionError
from cherish.points import quintiles
from cherish.points.fact import Fact, count, days, last_day, total
from cherish.points.measure import Fit, Measure, Moment, Value
from cherish.points.quintiles import Cuts, Ties, at_hand, by_sum, fixed, ranked, score, tie
from cherish.spec.definition import NAMES, WHOLE, WINDOW, Card, Source, parameter
from cherish.spec.view import View

SCORINGS = ("quintile_independent", "quintile_nested", "fixed_cuts", "behaviour")
KEYS = ("r", "f", "m")
TIES = ("average", "min", "max", "ordinal_random")


class Rfm(Measure):
    """Recency, frequency and monetary scores from 1 to 5 (5 best), as their sum and as the cell RFM.

    Scores are cut on the population at the moment and frozen with the result, so that a later moment can be scored by
    the same cuts. Customers without an order in the window have no score.

    `scoring` is `quintile_independent` (each of the three by itself: ceil(5 rank / n), rank ascending in goodness),
    `quintile_nested` (Hughes: F inside each R, M inside each R and F), `fixed_cuts` (give the four cuts of each, best
    end last), or `behaviour` (F and M cut where each fifth holds an equal share of the sum; R by rank). Frequency is
    degenerate in most shops: under the tie rule `average` many share one score and some scores stay empty; the
    realised distribution is part of the result, with a warning where a score is more than 5 points off its fifth.
    """

    card: ClassVar[Card] = Card(
        family="G",
        formula="R + F + M, each ceil(5 rank / n); cell = 100 R + 10 F + M",
        unit="score",
        range=(3, 15),
        direction="higher",
        source=Source("Hughes", 1994, "Strategic Database Marketing"),
        nulls={
            "no_orders": "no order in the window, so there is nothing to score",
            "unseen_cell": "the frozen cuts saw nobody with these scores (nested scoring at a later moment)",
        },
        needs=("customer", "time", "orders"),
        example='log.measure("rfm", ties="min")',
    )

    count: str = parameter("orders", "what frequency counts", choices=("orders", "days", "repeat"))
    currency: str | None = parameter(None, "keep only money in this currency")
    cuts_f: tuple[str, ...] = parameter((), "fixed_cuts: the four least values for scores 2 to 5 of frequency", NAMES)
    cuts_m: tuple[str, ...] = parameter((), "fixed_cuts: the four least values for scores 2 to 5 of money", NAMES)
    cuts_r: tuple[str, ...] = parameter((), "fixed_cuts: the four greatest days idle for scores 2 to 5", NAMES)
    money: str = parameter("total", "money as the total or the mean order", choices=("total", "mean"))
    scoring: str = parameter("quintile_independent", "how the scores are cut", choices=SCORINGS)
    seed: int = parameter(1, "ordinal_random: ties are broken by md5 of seed and customer", WHOLE)
    ties: str = parameter("average", "which rank customers with equal values share", choices=TIES)
    weights: tuple[str, ...] = parameter(("1", "1", "1"), "weights of R, F and M in the sum", NAMES)
    window: int | None = parameter(730, "how many days back from the moment", WINDOW)

    def check(self) -> None:
        fixed = (self.cuts_r, self.cuts_f, self.cuts_m)
        if self.scoring == "fixed_cuts" and any(len(_numbers(each)) != 4 for each in fixed):
            raise QuestionError("scoring=fixed_cuts needs cuts_r, cuts_f and cuts_m with four numbers each, as 1|2|3|5")
        if len(_numbers(self.weights)) != 3:
            raise QuestionError("weights needs three numbers, for R, F and M, as 3|2|1")

    def facts(self, view: View) -> Mapping[str, Fact]:
        often = count if self.count == "orders" else days
        found = {
            "last": last_day("orders", window=self.window, currency=self.currency),
            "often": often("orders", window=self.window, currency=self.currency),
            "spent": total("orders", window=self.window, currency=self.currency),
        }
        if self.money == "mean" and self.count != "orders":
            found["orders"] = count("orders", window=self.window, currency=self.currency)
        return found

    def fit(self, facts: Any, moment: Moment, run: Callable[[Any], Any]) -> Fit | None:
        if self.scoring == "fixed_cuts":
            idle = tuple(-each for each in _numbers(self.cuts_r))
            return quintiles.fit(
                {"r": fixed(idle), "f": fixed(_numbers(self.cuts_f)), "m": fixed(_numbers(self.cuts_m))}
            )
        people = facts.population
        table = people.select(customer=people.customer, known=facts.last.notnull(), **self._goodness(facts, moment))
        table = table.filter(table.known)
        ties = Ties(self.ties, self.seed)
        if facts.at_hand and self.scoring == "quintile_independent" and not ties.ordered:
            return quintiles.fit(at_hand(run(table.select(*KEYS)), ties.rule))
        found: dict[str, Cuts] = {}
        for key in KEYS:
            if self.scoring == "behaviour" and key != "r":
                found[key] = by_sum(table, key, run)
                continue
            inside = tuple(f"{name}_score" for name in found) if self.scoring == "quintile_nested" else ()
            found[key] = ranked(table, key, inside, ties, run)
            table = table.mutate(**{f"{key}_score": _score(table, key, found, inside, ties)})
        return quintiles.fit(found)

    def value(self, facts: Any, moment: Moment, fit: Fit | None = None) -> Value:
        if fit is None:
            raise QuestionError("rfm needs its cuts: fit it on a population first")
        scores: dict[str, Any] = {}
        own = tie(facts.customer, self.seed) if self.ties == "ordinal_random" else None
        for key, column in self._goodness(facts, moment).items():
            nested = self.scoring == "quintile_nested"
            scores[key] = score(column, fit.values["cuts"][key], tuple(scores.values()) if nested else (), own)
        weights = _numbers(self.weights)
        weighted = sum(
            (scores[key] * _whole(weight) for key, weight in zip(KEYS, weights, strict=True)), ibis.literal(0)
        )
        cell = scores["r"] * 100 + scores["f"] * 10 + scores["m"]
        unseen = scores["m"].isnull()
        return Value(
            y=weighted,
            nulls={"no_orders": facts.last.isnull(), "unseen_cell": unseen},
            parts={**scores, "cell": cell},
        )

    def _goodness(self, facts: Any, moment: Moment) -> dict[str, Any]:
        """Idle days negated, how often, how much: the greater, the better."""
        often = (facts.often > 1).ifelse(facts.often - 1, 0) if self.count == "repeat" else facts.often
        spent = facts.spent
        if self.money == "mean":
            spent = spent.cast("float64") / (facts.orders if self.count != "orders" else facts.often).nullif(0)
        return {"r": facts.last - moment.day, "f": often, "m": spent}

    def convention(self, view: View) -> str:
        return f"rfm/{self.scoring}/{self.ties}/{self.count}/{self.money}"


def _score(table: Any, key: str, found: Mapping[str, Cuts], inside: tuple[str, ...], ties: Ties) -> Any:
    own = tie(table.customer, ties.seed) if ties.ordered else None
    return score(table[key], found[key], tuple(table[name] for name in inside), own)


def _numbers(texts: tuple[str, ...]) -> tuple[float, ...]:
    try:
        return tuple(float(each) for each in texts)
    except ValueError:
        raise QuestionError(f"{'|'.join(texts)!r}: use numbers separated by |") from None


def _whole(number: float) -> float | int:
    return int(number) if number == int(number) else number
