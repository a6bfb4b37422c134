"""The verdict on a definition and an outcome: does it predict, does it add, does it move, and in which words?

`predicts` and `adds` are read off customers as they are, `moves` off an action that was drawn by lot. Whatever falls
short of `moves` carries the words "association only", in every sentence and every export.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, Protocol

from cherish.statistics.quantiles import two_sided

Answer = Literal["yes", "no", "not known"]
ASSOCIATION = "association only"
STRONG = 10.0
"""Below this F of the first stage an instrument is weak, and its estimate is not shown (Staiger & Stock 1997)."""


class Effect(Protocol):
    """What is needed of a difference between two groups drawn by lot: see `cherish.proof.effects.Effect`."""

    @property
    def estimate(self) -> float:
        """Treated less control."""

    @property
    def se(self) -> float:
        """Its standard error."""

    @property
    def low(self) -> float:
        """The lower end of its interval."""

    @property
    def high(self) -> float:
        """The upper end of its interval."""


@dataclass(frozen=True)
class Finding:
    """One of the three answers, and why, as a sentence without its full stop."""

    answer: Answer
    reason: str

    def __bool__(self) -> bool:
        return self.answer == "yes"


@dataclass(frozen=True)
class Wald:
    """The outcome's effect over the definition's: what a unit more of the definition went along with, by lot.

    `value` is that ratio. `low` and `high` bound it as an instrumental variable's estimate, which it only is where the
    action was an encouragement that works through the definition alone; without `strong` (F above 10) they are None.
    """

    value: float
    low: float | None
    high: float | None
    f: float

    @property
    def strong(self) -> bool:
        """Whether the action raised the definition clearly enough to divide by it."""
        return self.f > STRONG


@dataclass(frozen=True)
class Verdict:
    """What can be said of a definition and an outcome; `wald` is there where an experiment was read."""

    definition: str
    outcome: str
    predicts: Finding
    adds: Finding
    moves: Finding
    wald: Wald | None = None

    @property
    def word(self) -> str:
        """The strongest of the three words that holds: moves, adds, predicts; else `not shown`, or `refused`."""
        held = (("moves", self.moves), ("adds", self.adds), ("predicts", self.predicts))
        return next((word for word, finding in held if finding), "not shown")

    @property
    def association(self) -> str:
        """`association only` for all that falls short of moves; goes into every export."""
        return "" if self.moves else ASSOCIATION

    def words(self) -> str:
        """The verdict in sentences, each with the figures behind it."""
        parts = [
            f"{self.definition} {_VERBS['predicts'][self.predicts.answer]} {self.outcome}: {self.predicts.reason}",
            f"It {_VERBS['adds'][self.adds.answer]} recency, count, spend and tenure: {self.adds.reason}",
            f"{'It moves' if self.moves else 'Whether it moves'} {self.outcome}{_moves(self.moves)}",
        ]
        if self.moves and self.wald is not None:
            parts.append(_ratio(self.wald))
        said = ". ".join(parts) + "."
        return said if self.moves else f"{said} Association only."


_VERBS: dict[str, dict[Answer, str]] = {
    "predicts": {"yes": "predicts", "no": "does not predict", "not known": "is not shown to predict"},
    "adds": {"yes": "adds to", "no": "adds nothing that matters to", "not known": "is not shown to add to"},
}


def _ratio(found: Wald) -> str:
    told = f"For each unit more of it the outcome changed by {found.value:.4g}"
    if found.low is None or found.high is None:
        return f"{told}, and how sure that is can't be said: the action hardly raised it (F {found.f:.1f})"
    return f"{told} ({found.low:.4g} to {found.high:.4g}, if the action works through it alone)"


def _moves(finding: Finding) -> str:
    held = {"yes": ": ", "no": ": it does not, ", "not known": " is not known: "}
    return f"{held[finding.answer]}{finding.reason}"


NO_EXPERIMENT = Finding(
    "not known", "nobody was drawn by lot to have more of it; an experiment whose action raises it would tell"
)
"""`moves` where no experiment was read."""


# -- predicts -----------------------------------------------------------------------------------------------------


def predicted(value: float, low: float, high: float, *, margin: float = 0.005, holm: float | None = None,
              of_money: bool = False) -> Finding:  # fmt: skip
    """Whether an area (0.5 for a coin, 1 for the perfect order) out of time lies above that of a constant.

    `holm` is the p-value of the difference to the constant, adjusted over the leaderboard. `of_money`: the area is
    (1 + Gini) / 2 of an amount instead of an AUC, and told as that Gini.
    """
    told = _told(value, low, high, of_money)
    if low > 0.5 and (holm is None or holm < 0.05):
        return Finding("yes", told)
    if high < 0.5:
        return Finding("no", f"{told}; worse than a coin, so it ranks customers backwards")
    if high < 0.5 + margin:
        return Finding("no", f"{told}; no better than a coin by anything that matters")
    return Finding("not known", f"{told}; a coin is not ruled out")


def _told(value: float, low: float, high: float, of_money: bool) -> str:
    if of_money:
        gini, least, most = (2 * each - 1 for each in (value, low, high))
        return (
            f"the order by it gathers {gini:.0%} of what the perfect order would (Gini {gini:.3f}, 95 % interval "
            f"{least:.3f} to {most:.3f}; a coin: 0)"
        )
    return (
        f"of two customers, one with and one without it, it puts the right one first in {value:.1%} of pairs "
        f"(AUC {value:.3f}, 95 % interval {low:.3f} to {high:.3f}; a coin: 50 %)"
    )


# -- adds ---------------------------------------------------------------------------------------------------------


def added(gain: float, low: float, high: float, margin: float, of: str = "AUC", *,
          above_coin: float | None = None) -> Finding:  # fmt: skip
    """Whether the gain out of time over the nested baseline is above the margin; the bounds are adjusted by Holm.

    `above_coin` is the lower bound of what the baseline and the definition together are above a coin: a gain over a
    baseline that ranks customers backwards is none unless it lies above the margin as well.
    """
    told = f"out of time {gain:+.4f} of {of}, {low:+.4f} to {high:+.4f} after Holm, where {margin:g} would matter"
    if low > margin:
        if above_coin is not None and not above_coin > margin:
            return Finding("not known", f"{told}; but all of them together are not shown to be better than a coin")
        return Finding("yes", told)
    return Finding("no" if high < margin else "not known", told)


# -- moves --------------------------------------------------------------------------------------------------------


def moved(definition: Effect, outcome: Effect, *, lower_is_better: bool = False) -> Finding:
    """Whether an action drawn by lot that raised the definition also raised the outcome (both intervals above none).

    Of a definition whose lower values are better, raised means lowered.
    """
    low, high = (-definition.high, -definition.low) if lower_is_better else (definition.low, definition.high)
    if not low > 0:
        way = "worsened" if high < 0 else "did not visibly improve"
        return Finding("not known", f"the action {way} the definition ({_span(definition)}), so it can't tell")
    told = f"by lot the definition changed by {_span(definition)} and the outcome by {_span(outcome)}"
    if outcome.low > 0:
        return Finding("yes", told)
    if outcome.high <= 0:
        return Finding("no", f"{told}: the outcome did not follow")
    return Finding("not known", f"{told}: the outcome's change is not told from none, not proven")


def wald(definition: Effect, outcome: Effect, covariance: float | None = None, level: float = 0.95) -> Wald | None:
    """The ratio of the two effects with the interval of Wald's estimator; None where the definition did not change.

    `covariance` is that of the two estimates; without it the widest interval that any covariance allows is given.
    """
    if not definition.estimate or not definition.se > 0:
        return None
    ratio, f = outcome.estimate / definition.estimate, (definition.estimate / definition.se) ** 2
    if f <= STRONG:
        return Wald(ratio, None, None, f)
    if covariance is None:
        spread = outcome.se + abs(ratio) * definition.se
    else:
        variance = outcome.se**2 - 2 * ratio * covariance + (ratio * definition.se) ** 2
        spread = math.sqrt(max(variance, 0.0))
    half = two_sided(level) * spread / abs(definition.estimate)
    return Wald(ratio, ratio - half, ratio + half, f)


def _span(effect: Effect) -> str:
    return f"{effect.estimate:+.4g} ({effect.low:+.4g} to {effect.high:+.4g})"
