"""A score on trial: all that can be said of how it ranks one outcome, from one sort; many scores on two threads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from cherish.proof.prediction.deciles import Deciles, deciles
from cherish.proof.prediction.influence import Estimate, Floats, undefined
from cherish.proof.prediction.ranking import auc, gini, lift, spearman, spend_gini, top_share
from cherish.proof.prediction.ranks import Ranks

SHARES = (0.05, 0.1, 0.2)
THREADS = 2


@dataclass(frozen=True)
class Trial:
    """How one score ranks customers: whether they did (`auc`, `lift`), what they brought (`spend_gini`, `spend_share`).

    `lift` and `spend_share` are by the share of customers taken from the top. `spearman` is with the amount where
    there is one, else with whether they did. `spend_*` are null (`no_money`) where no money was given.
    """

    auc: Estimate
    gini: Estimate
    lift: Mapping[float, Estimate]
    spend_gini: Estimate
    spend_share: Mapping[float, Estimate]
    spearman: Estimate
    deciles: Deciles

    def figures(self) -> dict[str, Estimate]:
        """Every figure by name: auc, gini, spearman, spend_gini, lift_10, spend_share_10 ..."""
        return {
            "auc": self.auc,
            "gini": self.gini,
            "spearman": self.spearman,
            "spend_gini": self.spend_gini,
            **{f"lift_{share:.0%}".rstrip("%"): each for share, each in self.lift.items()},
            **{f"spend_share_{share:.0%}".rstrip("%"): each for share, each in self.spend_share.items()},
        }


@dataclass(frozen=True)
class Outcomes:
    """What customers did: whether, and how much (money or a count; None where whether is all), put in order once."""

    did: Any
    amount: Floats | None
    ranks: Ranks

    @classmethod
    def of(cls, did: Any, amount: Any = None) -> Outcomes:
        """`did` true or false per customer; `amount` in the same order."""
        did = np.asarray(did, dtype=np.bool_)
        amount = None if amount is None else np.asarray(amount, dtype=np.float64)
        return cls(did, amount, Ranks.of(did if amount is None else amount))


def tried(score: Any, outcomes: Outcomes, *, shares: Sequence[float] = SHARES, level: float = 0.95) -> Trial:
    """One score against the outcomes of the same customers."""
    ranks, did, amount = Ranks.of(score), outcomes.did, outcomes.amount
    area = auc(ranks, did, level=level)
    none = undefined("no_money")
    return Trial(
        auc=area,
        gini=gini(area),
        lift={share: lift(ranks, did, share, level=level) for share in shares},
        spend_gini=none if amount is None else spend_gini(ranks, amount, best=outcomes.ranks, level=level),
        spend_share={
            share: none if amount is None else top_share(ranks, amount, share, level=level) for share in shares
        },
        spearman=spearman(ranks, outcomes.ranks, level=level),
        deciles=deciles(ranks, did if amount is None else amount, level=level),
    )


def all_tried(
    scores: Mapping[str, Any], outcomes: Outcomes, *, shares: Sequence[float] = SHARES, level: float = 0.95
) -> dict[str, Trial]:
    """Every score against the same outcomes, in the given order."""
    with ThreadPoolExecutor(THREADS) as threads:
        found = threads.map(lambda score: tried(score, outcomes, shares=shares, level=level), scores.values())
        return dict(zip(scores, found, strict=True))
