"""Trees of who brought whom: how deep everybody stands, whose tree it is, and how large trees are.

Works on two arrays, newcomers and those who brought them, by pointer doubling: each round looks twice as far up, so a
chain of a thousand takes ten rounds and no loop over customers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Trees:
    """For every newcomer its generation (1: brought by somebody who came alone) and its root; and the trees by size.

    `roots`, `sizes` (customers brought, the root not counted), `depths` and `direct` (brought by the root itself) have
    an entry per tree, the largest first.
    """

    newcomers: Any
    generation: Any
    roots: Any
    sizes: Any
    depths: Any
    direct: Any


def trees(newcomers: Any, inviters: Any) -> Trees:
    """The trees of edges (inviter to newcomer): every newcomer once, and no cycles, since nobody is brought by a later.

    Arrays of whole numbers of one length.
    """
    newcomers, inviters = (np.asarray(each, dtype=np.int64) for each in (newcomers, inviters))
    order = np.argsort(newcomers, kind="stable")
    newcomers, inviters = newcomers[order], inviters[order]
    place = np.searchsorted(newcomers, inviters)
    place = np.minimum(place, max(newcomers.size - 1, 0))
    brought = newcomers[place] == inviters if newcomers.size else np.zeros(0, dtype=bool)
    # Up to where each pointer leads, and how many steps that is; -1: to somebody who came alone.
    above, steps, root = np.where(brought, place, -1), np.ones(newcomers.size, dtype=np.int64), inviters.copy()
    for _ in range(64):
        rows = np.flatnonzero(above >= 0)
        if not rows.size:
            break
        to = above[rows]
        steps[rows], root[rows], above[rows] = steps[rows] + steps[to], root[to], above[to]
    roots, at = np.unique(root, return_inverse=True)
    sizes = np.bincount(at, minlength=roots.size)
    direct = np.bincount(at[steps == 1], minlength=roots.size)
    depths = np.zeros(roots.size, dtype=np.int64)
    np.maximum.at(depths, at, steps)
    first = np.lexsort((-direct, -depths, -sizes))
    return Trees(newcomers, steps, roots[first], sizes[first], depths[first], direct[first])
