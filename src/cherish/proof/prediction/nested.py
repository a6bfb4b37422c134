"""Does a score add to what a shop knows anyway? Learned at an earlier cut-off, judged at a later one.

A regression of the outcome on recency, count, spend and tenure is the baseline; the same with the score is
the contestant. Both are fitted on the customers of earlier cut-offs and rank those of a later one: the paired
difference of their AUC (of Spearman's correlation for counts and money) is what the score adds. Nothing of the
later cut-off goes into the fits, so an idle coefficient can't help, as it does where a fit is judged on what it
was fitted to (Demler, Pencina & D'Agostino 2012). Columns are standardised on the earlier cut-offs, skewed ones
as logarithms; values beyond what was seen there count as the last that was seen. A ridge keeps slopes finite
where a column tells groups apart without fail or says what others say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from cherish.errors import QuestionError
from cherish.proof.prediction.columns import Scale
from cherish.proof.prediction.glm import GAMMA, LOGIT, POISSON, RIDGE, Fit, fit
from cherish.proof.prediction.influence import Estimate, Floats, Whole, difference, undefined, with_clusters
from cherish.proof.prediction.ranking import auc, spearman
from cherish.proof.prediction.ranks import Ranks

Kind = Literal["any", "count", "money"]
"""Whether it happened (a logit), how often (a Poisson regression), or how much (a logit for whether, a gamma regression
of amounts above 0 for how much; refunds beyond what was bought count as nothing)."""

THREADS = 2

_CONSTANT = "the score was the same for every customer of the earlier cut-offs, so it adds nothing"
_RESTLESS = "the regression did not come to rest; its last step was taken"


@dataclass(frozen=True)
class Moment:
    """What is known of the customers at one cut-off, and what they did after it: columns of one length.

    `baseline` and `scores` by name; every moment of a comparison has the same names.
    """

    baseline: Mapping[str, Any]
    scores: Mapping[str, Any]
    outcome: Any


@dataclass(frozen=True)
class Gain:
    """What one score adds: the figure of baseline and score together, less the baseline's, paired, out of time.

    The interval is over the later customers; the fits are taken as they are, noise in their slopes and all.

    `slope` is the score's coefficient per standard deviation (in the logit where there are two parts); null where the
    score was constant, and then it adds exactly 0.
    """

    name: str
    together: Estimate
    gain: Estimate
    slope: float | None
    note: str = ""


@dataclass(frozen=True)
class Nested:
    """The baseline's figure at the later cut-off, each score's gain, and what was done to the columns."""

    measure: Literal["AUC", "Spearman"]
    baseline: Estimate
    gains: Mapping[str, Gain]
    notes: tuple[str, ...] = ()


def nested(
    earlier: Moment | Sequence[Moment], later: Moment, kind: Kind = "any", *,
    level: float = 0.95, ridge: float = RIDGE, clusters: Whole | None = None,
) -> Nested:  # fmt: skip
    """What each score adds to the baseline at `later`, by fits on one or several earlier cut-offs, stacked.

    Raises:
        QuestionError: other names or lengths of columns at one cut-off than at another, or nulls.
    """
    moments = [earlier] if isinstance(earlier, Moment) else list(earlier)
    _checked([*moments, later])
    past = np.concatenate([np.asarray(each.outcome, dtype=np.float64) for each in moments])
    measure: Literal["AUC", "Spearman"] = "AUC" if kind == "any" else "Spearman"
    why = _missing(past, kind) or _missing(np.asarray(later.outcome, dtype=np.float64), kind)
    if why:
        none = undefined(why)
        return Nested(measure, none, {name: Gain(name, none, none, None) for name in later.scores})
    scales = {name: Scale.of(_column(moments, "baseline", name)) for name in later.baseline}
    used = {name: scale for name, scale in scales.items() if not scale.constant}
    columns = [scale(_column(moments, "baseline", name)) for name, scale in used.items()]
    ahead = [scale(later.baseline[name]) for name, scale in used.items()]
    judge = _judge(kind, later.outcome, level, clusters)
    plain = _Model.of(columns, past, kind, ridge)
    race = _Race(columns, past, ahead, plain, judge(plain.rank(ahead, len(later.outcome))), judge, kind, ridge)

    def gained(name: str) -> Gain:
        return race.gain(name, _column(moments, "scores", name), later.scores[name], level, clusters)

    with ThreadPoolExecutor(THREADS) as threads:
        gains = {gain.name: gain for gain in threads.map(gained, later.scores)}
    return Nested(measure, race.base, gains, _notes(scales, plain, ridge))


@dataclass(frozen=True)
class _Model:
    """One or two fitted parts; with two, the chance that anything comes and the amount where it does."""

    parts: tuple[Fit, ...]

    @classmethod
    def of(cls, columns: Sequence[Floats], y: Floats, kind: Kind, ridge: float, start: _Model | None = None) -> _Model:
        """Fit the outcome of a kind, from the coefficients of a smaller model where there is one."""
        begun = iter([part.beta for part in start.parts] if start else [None, None])
        if kind == "count":
            return cls((fit(columns, y, POISSON, ridge=ridge, start=next(begun)),))
        bought = y > 0
        parts = []
        if not bought.all():
            parts.append(fit(columns, bought.astype(np.float64), LOGIT, ridge=ridge, start=next(begun)))
        if kind == "money":
            parts.append(fit([each[bought] for each in columns], y[bought], GAMMA, ridge=ridge, start=next(begun)))
        return cls(tuple(parts))

    def rank(self, columns: Sequence[Floats], n: int) -> Floats:
        """What n customers are ranked by: the predictor, or the logarithm of chance times amount."""
        first, *more = (part.predictor(columns, n) for part in self.parts)
        return more[0] - np.logaddexp(0, -first) if more else first

    @property
    def converged(self) -> bool:
        """Whether the steps of every part came to rest."""
        return all(part.converged for part in self.parts)


@dataclass(frozen=True)
class _Race:
    """The baseline as it was fitted and judged: what every score starts from."""

    columns: Sequence[Floats]
    past: Floats
    ahead: Sequence[Floats]
    plain: _Model
    base: Estimate
    judge: Callable[[Floats], Estimate]
    kind: Kind
    ridge: float

    def gain(self, name: str, before: Floats, after: Any, level: float, clusters: Whole | None) -> Gain:
        scale = Scale.of(before)
        if scale.constant:
            none = difference(self.base, self.base, level=level, clusters=clusters)
            return Gain(name, self.base, none, None, _CONSTANT)
        model = _Model.of([*self.columns, scale(before)], self.past, self.kind, self.ridge, self.plain)
        together = self.judge(model.rank([*self.ahead, scale(after)], len(after)))
        gain = difference(together, self.base, level=level, clusters=clusters)
        return Gain(name, together, gain, float(model.parts[0].beta[-1]), "" if model.converged else _RESTLESS)


def _judge(kind: Kind, outcome: Any, level: float, clusters: Whole | None) -> Callable[[Floats], Estimate]:
    """How well a predictor ranks the later outcomes, which are put in order once."""
    outcome = np.asarray(outcome, dtype=np.float64)
    target = outcome > 0 if kind == "any" else Ranks.of(outcome)
    figure = auc if kind == "any" else spearman

    def judged(predictor: Floats) -> Estimate:
        found = figure(predictor, target, level=level)
        return found if clusters is None else with_clusters(found, clusters, level=level)

    return judged


def _missing(y: Floats, kind: Kind) -> str:
    """Why there is nothing to learn or judge by: one of `influence.REASONS`, or nothing."""
    if not len(y):
        return "no_customers"
    if not (y > 0).any():
        return "no_money" if kind == "money" else "no_positives"
    if kind == "any":
        return "no_negatives" if (y > 0).all() else ""
    return "constant_outcome" if y.min() == y.max() else ""


def _column(moments: Sequence[Moment], part: Literal["baseline", "scores"], name: str) -> Floats:
    return np.concatenate([np.asarray(getattr(each, part)[name], dtype=np.float64) for each in moments])


def _checked(moments: Sequence[Moment]) -> None:
    for each in moments:
        for part in ("baseline", "scores"):
            names, wanted = getattr(each, part).keys(), getattr(moments[-1], part).keys()
            if names != wanted:
                odd = ", ".join(sorted(names ^ wanted))
                raise QuestionError(f"every cut-off needs the same {part}; only some have {odd}")
        lengths = {len(column) for column in (*each.baseline.values(), *each.scores.values(), each.outcome)}
        if len(lengths) > 1:
            told = ", ".join(f"{length:,}" for length in sorted(lengths))
            raise QuestionError(f"the columns of one cut-off have {told} rows: there must be one per customer in each")


def _notes(scales: Mapping[str, Scale], plain: _Model, ridge: float) -> tuple[str, ...]:
    logged = ", ".join(name for name, scale in scales.items() if scale.logged)
    constant = ", ".join(name for name, scale in scales.items() if scale.constant)
    notes = [f"The regressions carry a ridge of {ridge:g} on standardised columns."]
    if logged:
        notes.append(f"Skewed, so as logarithms: {logged}.")
    if constant:
        notes.append(f"The same for every customer of the earlier cut-offs, so left out of the baseline: {constant}.")
    if not plain.converged:
        notes.append("The baseline's regression did not come to rest; its last step was taken.")
    return tuple(notes)
