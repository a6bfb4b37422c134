"""Whoever has all totals and does sums can't work out a hidden cell: tried with linear algebra on random tables."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from cherish.privacy import small, suppressed
from effort import tries

COUNT = st.one_of(st.integers(0, 12), st.integers(0, 60), st.integers(0, 900))
K = 10


@st.composite
def tables(draw: Any) -> np.ndarray:
    rows, columns = draw(st.integers(1, 6)), draw(st.integers(1, 6))
    return np.array([[draw(COUNT) for _ in range(columns)] for _ in range(rows)])


def hidden_of(counts: np.ndarray) -> np.ndarray:
    names = [(f"r{row}", f"c{column}") for row in range(counts.shape[0]) for column in range(counts.shape[1])]
    table = pa.table({
        "row": [row for row, _ in names], "column": [column for _, column in names],
        "customers": counts.ravel(),
    })  # fmt: skip
    found = suppressed(table, {"customers": int(counts.sum())}, K).table["customers"]
    return np.array([value is None for value in found.to_pylist()]).reshape(counts.shape)


@tries(300)
@given(tables())
def test_no_small_cell_is_shown(counts: np.ndarray) -> None:
    hidden = hidden_of(counts)
    assert hidden[(counts > 0) & (counts < K)].all()


@tries(300)
@given(tables())
def test_no_line_tells_of_fewer_than_k_by_its_total(counts: np.ndarray) -> None:
    hidden = hidden_of(counts)
    for values, gone in [*zip(counts, hidden, strict=True), *zip(counts.T, hidden.T, strict=True)]:
        together = int(values[gone].sum())
        # All that is not nought is hidden, or what is hidden is of k customers or more, in two cells.
        assert not gone.any() or values[~gone].sum() == 0 or (together >= K and gone.sum() > 1)


@tries(300)
@given(tables())
def test_no_hidden_cell_follows_from_the_shown_ones_and_the_totals_of_rows_and_columns(counts: np.ndarray) -> None:
    hidden = hidden_of(counts)
    unknown = [tuple(place) for place in np.argwhere(hidden)]
    open_lines = [axis for axis in (0, 1) if counts.shape[axis] > 1]
    if not unknown or len(open_lines) < 2:
        return
    equations = np.array(
        [[float(place[axis] == line) for place in unknown] for axis in (0, 1) for line in range(counts.shape[axis])]
    )
    for at, place in enumerate(unknown):
        one = np.zeros(len(unknown))
        one[at] = 1
        follows = np.linalg.matrix_rank(np.vstack([equations, one])) == np.linalg.matrix_rank(equations)
        assert not follows or hidden.all() or not counts[place], f"{place} of {counts.tolist()}, hidden {unknown}"


@tries(100)
@given(tables())
def test_the_owner_is_told_exactly_of_the_small_ones(counts: np.ndarray) -> None:
    table = pa.table({"row": [str(at) for at in range(counts.size)], "customers": counts.ravel()})
    expected = tuple(int(at) for at in np.flatnonzero((counts.ravel() > 0) & (counts.ravel() < K)))
    assert small(table, K) == ({"customers": expected} if expected else {})
