"""MBG/NBD: as BG/NBD, and a customer may also be gone right after the very first purchase."""

from __future__ import annotations

from typing import ClassVar

from cherish.proof.clv._beta_geometric import BetaGeometric
from cherish.proof.clv.cells import Cells


class MbgNbd(BetaGeometric):
    """Batislam, Denizel & Filiztekin 2007, *Empirical validation and comparison of models for customer base analysis*.

    P(alive) of those who never came back is below 1, and still ranks customers worse than plain recency does.
    """

    name: ClassVar[str] = "MBG/NBD"
    first: ClassVar[int] = 1


def fit(cells: Cells) -> MbgNbd:
    """The likeliest parameters for these customers, with standard errors and notes in `fitting`."""
    return MbgNbd.fit(cells)
