"""Entering again: of all entries those that began after the attempt before had ended.

Whether an entry counts depends on the one before it, and so on back to the first: no window of rows tells that. So the
engine says where each attempt ends, and the chains are followed here, all customers' at once, one attempt per turn.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cherish.reports.funnel.ask import Ask
from cherish.spec.report import Run
from cherish.spec.view import View

Whole = npt.NDArray[np.int64]


def again(view: View, ask: Ask, attempts: Any, run: Run) -> Any:
    """The attempts that were entered after the customer's attempt before (in the same stream) was over."""
    found = run(attempts.select(*ask.key, "ts", "place", "over"))
    customer, place = (found[name].to_numpy() for name in ("customer_id", "place"))
    stream = _streams(found, ask.key)
    ts = found["ts"].cast(pa.int64()).to_numpy()
    over = found["over"].fill_null(-1).to_numpy()
    kept = followed(stream, place, over, ts, ask.micro)
    table = pa.table({"customer_id": customer[kept], "place": place[kept]})
    return attempts.semi_join(view.log.temporary(table), ["customer_id", "place"])


def _streams(found: pa.Table, key: tuple[str, ...]) -> Whole:
    """A number for each stream."""
    numbers = np.zeros(found.num_rows, dtype=np.int64)
    for name in key:
        codes = found[name].combine_chunks().dictionary_encode().indices.to_numpy().astype(np.int64)
        # Renumbered at each column, so that products stay small.
        joined = numbers * (int(codes.max(initial=0)) + 1) + codes
        numbers = np.unique(joined, return_inverse=True)[1].astype(np.int64)
    return numbers


def followed(stream: Whole, place: Whole, over: Whole, ts: Whole, window: int) -> Whole:
    """The indices of the entries that count.

    `over` is the place of the last row of each entry's attempt, -1 where it ends when its window (microseconds) does.
    """
    order = np.lexsort((place, stream))
    stream, place, over, ts = stream[order], place[order], over[order], ts[order]
    count = len(order)
    last = np.searchsorted(stream, stream, side="right")
    # The next entry stands after the attempt's last row, or after the last entry that the window still holds.
    width = int(max(place.max(initial=0), over.max(initial=0))) + 2
    by_place = np.searchsorted(stream * width + place, stream * width + np.maximum(over, 0), side="right")
    by_time = _within(stream, ts, ts + window)
    following = np.where(over >= 0, by_place, by_time)
    at = np.flatnonzero(np.diff(stream, prepend=-1))
    kept = [at]
    while len(at):
        then = following[at]
        at = then[then < last[at]]
        kept.append(at)
    return order[np.concatenate(kept)] if count else order


def _within(stream: Whole, ts: Whole, until: Whole) -> Whole:
    """For each entry how many entries come before it in all, or lie in its stream up to the moment `until`."""
    count = len(ts)
    moments = np.concatenate([ts, until])
    streams = np.concatenate([stream, stream])
    later = np.repeat([0, 1], count)
    order = np.lexsort((later, moments, streams))
    entered = np.cumsum(order < count)
    found = np.empty(count, dtype=np.int64)
    asks = order >= count
    found[order[asks] - count] = entered[asks]
    return found
