"""A slice of the sorted log: which rows of which batches lie in it, so that columns can be collected one by one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .arrays import Integers

NONE = -1
"""The code or number that stands for null."""
NO_MONEY = np.iinfo(np.int64).min
"""The cents that stand for null: refunds are negative, so -1 is taken."""


@dataclass(frozen=True)
class Slice:
    """Rows of the log: which batch each comes from, and per batch its places in the slice and rows in the batch."""

    batch_of: Integers
    parts: Sequence[tuple[int, Integers, Integers]]

    def gather(self, values: Sequence[Any], blank: int, dtype: type[np.integer[Any]]) -> Integers:
        """Collect one column; `values` holds per batch an array, one number for all rows, or None."""
        found = np.full(self.batch_of.size, blank, dtype=dtype)
        for batch, places, rows in self.parts:
            value = values[batch]
            if isinstance(value, np.ndarray):
                found[places] = value[rows]
            elif value is not None:
                found[places] = value
        return found


def cut(order: Integers, bounds: Integers) -> Slice:
    """Find out where the rows at these places of all batches in a row come from; `bounds` are the batches' ends."""
    batch_of = np.searchsorted(bounds, order, side="right").astype(np.int64)
    places = np.argsort(batch_of.astype(np.int16), kind="stable")
    present, first = np.unique(batch_of[places], return_index=True)
    starts = np.concatenate([[0], bounds])
    parts = [
        (int(batch), group, np.asarray(order[group] - starts[batch]))
        for batch, group in zip(present, np.split(places, first[1:]), strict=True)
    ]
    return Slice(batch_of, parts)
