"""BG/NBD: purchases at a rate of the customer's own, and after each repeat purchase a chance never to come back."""

from __future__ import annotations

from typing import ClassVar

from cherish.proof.clv._beta_geometric import BetaGeometric
from cherish.proof.clv.cells import Cells


class BgNbd(BetaGeometric):
    """Fader, Hardie & Lee 2005, *"Counting Your Customers" the Easy Way*.

    P(alive) is 1 for everybody who never came back, since dropout is only possible at a repeat purchase: never rank
    by it. Rank by `ahead`.
    """

    name: ClassVar[str] = "BG/NBD"
    first: ClassVar[int] = 0


def fit(cells: Cells) -> BgNbd:
    """The likeliest parameters for these customers, with standard errors and notes in `fitting`."""
    return BgNbd.fit(cells)
