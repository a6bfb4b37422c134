"""A contestant's figures at one cut-off and over all of them: how well its order is that of what came after."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from cherish.proof.prediction.influence import Estimate, Whole, pooled, undefined
from cherish.proof.prediction.ranking import auc, spearman, spend_gini
from cherish.proof.prediction.ranks import Ranks
from cherish.reports.tournament.cutoffs import LEAST_POSITIVES
from cherish.reports.tournament.frames import Bools, Floats, Frame
from cherish.statistics.ranking import placements

TOPS = (0.05, 0.1, 0.2)
TENTH = 0.1


@dataclass(frozen=True)
class Figures:
    """Of one score: `area` is what contestants are ranked by, the AUC or (1 + Gini) / 2 of money or orders.

    `lifts` are by TOPS; `top_spend` is the share of the money that the best tenth brought; `groups` the AUC within each
    sub-population that is large enough.
    """

    auc: Estimate
    area: Estimate
    spend_gini: Estimate
    spearman: Estimate
    lifts: tuple[float | None, ...]
    top_spend: float | None
    groups: dict[str, float | None] = field(default_factory=dict)

    @property
    def gini(self) -> Estimate:
        """The Gini of the outcome: 2 area - 1."""
        return self.area.scaled(2.0, -1.0)


class Judge:
    """One cut-off's outcomes, put in order once for all contestants."""

    def __init__(self, frame: Frame, graded: bool) -> None:
        self.frame = frame
        self.graded = graded
        self.amounts = Ranks.of(frame.amount)
        spend = frame.spend
        self.spends = None if spend is None else self.amounts if spend is frame.amount else Ranks.of(spend)

    def __call__(self, key: str) -> Figures:
        """The figures of one contestant."""
        frame, ranks = self.frame, Ranks.of(self.frame.scores[key])
        area = auc(ranks, frame.happened)
        spend = frame.spend
        of_spend = undefined("no_money") if spend is None else spend_gini(ranks, spend, best=self.spends)
        ranked_by = area
        if self.graded:
            same = spend is frame.amount
            gini = of_spend if same else spend_gini(ranks, frame.amount, best=self.amounts)
            ranked_by = gini.scaled(0.5, 0.5)
        hits = ranks.sums(frame.happened)
        return Figures(
            auc=area,
            area=ranked_by,
            spend_gini=of_spend,
            spearman=spearman(ranks, self.amounts),
            lifts=tuple(_lift(ranks, hits, share) for share in TOPS),
            top_spend=None if spend is None else _held(ranks, ranks.sums(spend), TENTH),
            groups={name: _area_within(ranks, frame.happened, mask) for name, mask in frame.groups.items()},
        )


def _held(ranks: Ranks, sums: Floats, share: float) -> float | None:
    """What share of all the best `share` of customers hold; equal scores that the line cuts count in part."""
    total = float(sums.sum())
    if not total > 0:
        return None
    counts, reached = ranks.curve(sums)
    return float(np.interp(share * ranks.n, counts, reached)) / total


def _lift(ranks: Ranks, hits: Floats, share: float) -> float | None:
    held = _held(ranks, hits, share)
    return None if held is None else held / share


def _area_within(ranks: Ranks, happened: Bools, mask: Bools) -> float | None:
    """The AUC among some of the customers, without putting them in order again; null where they are too few."""
    hits, misses = ranks.sums(happened & mask), ranks.sums(~happened & mask)
    if min(hits.sum(), misses.sum()) < LEAST_POSITIVES:
        return None
    of_hit, _ = placements(hits, misses)
    return float((hits * of_hit).sum() / hits.sum())


def over_all(parts: Sequence[Figures], rows: Sequence[Whole], customers: int) -> Figures:
    """The mean over the cut-offs, with intervals that know which customers they share."""

    def joined(of: Callable[[Figures], Estimate], within: tuple[float, float]) -> Estimate:
        found = [of(part) for part in parts]
        if len(found) == 1:
            return found[0]
        return pooled(found, rows, customers, within=within)

    whole, graded = (0.0, 1.0), parts[0].area is not parts[0].auc
    area = joined(lambda each: each.auc, whole)
    return Figures(
        auc=_bare(area) if graded else area,
        area=joined(lambda each: each.area, (-np.inf, 1.0)) if graded else area,
        spend_gini=_bare(joined(lambda each: each.spend_gini, (-np.inf, 1.0))),
        spearman=_bare(joined(lambda each: each.spearman, (-1.0, 1.0))),
        lifts=tuple(_mean([part.lifts[at] for part in parts]) for at in range(len(TOPS))),
        top_spend=_mean([part.top_spend for part in parts]),
        groups={name: _mean([part.groups.get(name) for part in parts]) for name in parts[0].groups},
    )


def bare(each: Figures) -> Figures:
    """The figures of one cut-off without what each customer does to them: they are shown, not compared."""
    return replace(
        each, auc=_bare(each.auc), area=_bare(each.area), spend_gini=_bare(each.spend_gini),
        spearman=_bare(each.spearman),
    )  # fmt: skip


def _bare(found: Estimate) -> Estimate:
    return replace(found, influence=None)


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if len(known) == len(values) else None


def placed(ids: Sequence[Any]) -> tuple[list[Whole], int]:
    """Where each cut-off's customers stand among all of any cut-off, and how many those are.

    Who was known at a cut-off is known at the next, so that all are in the last one, in the order of their own ids: a
    bootstrap then weighs the same customers alike, whatever numbers an engine gave them.
    """
    last = ids[-1]
    if len(last):
        order = np.argsort(last)
        found = [order[np.minimum(np.searchsorted(last, each, sorter=order), len(last) - 1)] for each in ids[:-1]]
        if all((last[at] == each).all() for at, each in zip(found, ids, strict=False)):
            return [*found, np.arange(len(last))], len(last)
    everybody, places = np.unique(np.concatenate(ids), return_inverse=True)
    ends = np.cumsum([len(each) for each in ids])[:-1]
    return list(np.split(places.ravel(), ends)), len(everybody)
