"""From counts of members by bucket to what was retained of whom, mature members only."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from cherish.reports._cohorts_ask import SIZE, Ask
from cherish.reports._groups import codes
from cherish.reports._rows import labels

Whole = npt.NDArray[np.int64]
_SCALE = 10_000


@dataclass(frozen=True)
class Cells:
    """Per group and cohort (rows) and bucket (columns): counts, or money in ten-thousandths.

    `mature` are the members for whom the bucket has fully elapsed; `retained` are those among them that meet the
    criterion; `reference` is what the rate refers to.
    """

    groups: tuple[tuple[str, ...], ...]
    group: Whole
    cohort: Whole
    size: Whole
    retained: Whole
    mature: Whole
    reference: Whole


@dataclass(frozen=True)
class _Counts:
    cell: Whole
    elapsed: Whole
    bucket: Whole
    amount: Whole


def cells(rows: pa.Table, ask: Ask, now: int) -> Cells:
    """The cells of what the engine counted; `now` is the period that the moment lies in."""
    rows = rows.filter(pc.is_valid(rows["bucket"]))
    groups, group = codes(rows, labels(ask.by))
    cohort = _whole(rows["cohort"])
    elapsed = _whole(rows["elapsed"]) if ask.rolling else now - cohort
    pairs, cell = np.unique(np.stack([group, cohort], axis=1), axis=0, return_inverse=True)
    counts = _Counts(cell.reshape(-1), elapsed, _whole(rows["bucket"]), _amounts(rows["amount"], ask.money))
    return _matured(ask, tuple(groups), pairs, counts)


def _matured(ask: Ask, groups: tuple[tuple[str, ...], ...], pairs: Whole, counts: _Counts) -> Cells:
    ends = np.array([end for _, end in ask.brackets], dtype=np.int64)
    members = _sizes(ask, counts)
    shape = (len(pairs), len(ends))
    mature = _spread(shape, members.cell, np.zeros_like(members.cell), _elapsed(ends, members), members.amount)
    size = np.zeros(len(pairs), dtype=np.int64)
    np.add.at(size, members.cell, members.amount)
    hits = _only(counts, counts.bucket != SIZE)
    return Cells(
        groups=groups,
        group=pairs[:, 0],
        cohort=pairs[:, 1],
        size=size // _SCALE if ask.money else size,
        retained=_retained(ask, shape, ends, hits, 0),
        mature=mature // _SCALE if ask.money else mature,
        reference=_reference(ask, shape, ends, hits, mature // _SCALE if ask.money else mature),
    )


def _reference(ask: Ask, shape: tuple[int, int], ends: Whole, hits: _Counts, mature: Whole) -> Whole:
    if ask.choices.reference == "cohort_size":
        return mature
    before = _retained(ask, shape, ends, hits, 1)
    before[:, 0] = mature[:, 0]
    return before


def _retained(ask: Ask, shape: tuple[int, int], ends: Whole, hits: _Counts, back: int) -> Whole:
    """Who met the criterion `back` buckets before each bucket, among the members mature in the bucket itself."""
    until = _elapsed(ends, hits)
    if ask.choices.criterion == "on_or_after":
        low = np.full_like(hits.bucket, back)
        high = np.minimum(hits.bucket + 1 + back, until)
    elif ask.choices.criterion == "on_or_before":
        low, high = hits.bucket + back, until
    else:
        low = hits.bucket + back
        high = np.minimum(low + 1, until)
    return _spread(shape, hits.cell, low, high, hits.amount)


def _elapsed(ends: Whole, counts: _Counts) -> Whole:
    # Bucket b has elapsed when more units have than its last one's number.
    until: Whole = np.searchsorted(ends, counts.elapsed, side="left").astype(np.int64)
    return until


def _spread(shape: tuple[int, int], cell: Whole, low: Whole, high: Whole, amount: Whole) -> Whole:
    """Adds each amount to the buckets from `low` up to, not including, `high`."""
    steps = np.zeros((shape[0], shape[1] + 1), dtype=np.int64)
    some = low < high
    np.add.at(steps, (cell[some], low[some]), amount[some])
    np.subtract.at(steps, (cell[some], high[some]), amount[some])
    return steps.cumsum(axis=1)[:, : shape[1]]


def _sizes(ask: Ask, counts: _Counts) -> _Counts:
    if not ask.counts_starts:
        return _only(counts, counts.bucket == SIZE)
    if ask.choices.criterion in ("on_or_after", "on_or_before"):
        return counts
    return _only(counts, counts.bucket == 0)


def _only(counts: _Counts, keep: npt.NDArray[np.bool_]) -> _Counts:
    return _Counts(counts.cell[keep], counts.elapsed[keep], counts.bucket[keep], counts.amount[keep])


def _whole(column: Any) -> Whole:
    numbers: Whole = pc.cast(column, pa.int64()).to_numpy().astype(np.int64)
    return numbers


def _amounts(column: Any, money: bool) -> Whole:
    """Counts as they are, money in ten-thousandths, so that sums are exact."""
    if not money:
        return _whole(column)
    return np.array([int((value or 0) * _SCALE) for value in column.to_pylist()], dtype=np.int64)


def amounts_column(amounts: Whole, money: bool, missing: npt.NDArray[np.bool_]) -> Any:
    """The amounts as a column: whole numbers, or money out of its ten-thousandths; null where there is none."""
    if not money:
        return pa.array(amounts, pa.int64(), mask=missing)
    exact = [
        None if gone else Decimal(amount).scaleb(-4) for amount, gone in zip(amounts.tolist(), missing, strict=True)
    ]
    return pa.array(exact, pa.decimal128(38, 4))
