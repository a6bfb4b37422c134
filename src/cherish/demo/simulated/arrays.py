"""The array types of the simulated company, and the few array operations that numpy has no name for."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.integer[Any]]
Flags = NDArray[np.bool_]

MINUTE = 1 / 1440
"""One minute in days: every moment in this package is a number of days since the company's start."""


def owners(counts: Integers) -> Integers:
    """Say whose each of sum(counts) items is: ``[2, 0, 1]`` becomes ``[0, 0, 2]``."""
    return np.repeat(np.arange(counts.size, dtype=np.int32), counts)


def positions(counts: Integers) -> Integers:
    """Number the items of each owner from zero: ``[2, 0, 1]`` becomes ``[0, 1, 0]``."""
    before = np.cumsum(counts) - counts
    return np.arange(int(counts.sum())) - np.repeat(before, counts)


def spread(generator: np.random.Generator, counts: Integers, since: Floats, until: Floats) -> Floats:
    """Place counts[i] moments uniformly in [since[i], until[i]).

    A Poisson number of uniform moments is a Poisson process, so this is all that a process of constant rate needs.
    """
    owner = owners(counts)
    return np.asarray(since[owner] + generator.random(owner.size) * (until - since)[owner])


def overlap(since: Floats, until: Floats, ends: Floats) -> Floats:
    """Give the share of [since, until) that lies before `ends`, between 0 and 1."""
    return np.asarray(np.clip((ends - since) / (until - since), 0.0, 1.0))
