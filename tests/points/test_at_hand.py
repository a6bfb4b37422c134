"""Cuts of values that are in memory already are the cuts that the engine finds."""

from __future__ import annotations

from decimal import Decimal

import ibis
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cherish.points.quintiles import Ties, at_hand, ranked
from cherish.store.memory import memory
from effort import tries

MONEY = st.one_of(st.none(), st.integers(-30, 300).map(lambda cents: Decimal(cents) / 100))


@pytest.mark.parametrize("rule", ["average", "min", "max"])
@tries(20)
@given(rows=st.lists(st.tuples(st.integers(-5, 5), MONEY), max_size=40))
def test_both_find_the_same_cuts(rule: str, rows: list[tuple[int, Decimal | None]]) -> None:
    values = pa.table({
        "f": pa.array([often for often, _ in rows], pa.int64()),
        "m": pa.array([spent for _, spent in rows], pa.decimal128(38, 4)),
    })  # fmt: skip
    log = memory()
    held = log.temporary(values)
    table = held.mutate(customer=ibis.literal("c"))
    found = at_hand(values, rule)
    assert found == {key: ranked(table, key, (), Ties(rule), log.run) for key in ("f", "m")}
    assert sum(found["f"].counts.values()) == len(rows)
