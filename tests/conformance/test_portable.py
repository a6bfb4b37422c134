"""What must not be asked of an engine (docs/decisions has the list) is noticed where a definition asks it.

That none does is told with its answers, in test_measures.py and test_reports.py: one asking serves both.
"""

from __future__ import annotations

import ibis
import pytest

from conformance.asking import forbidden, operations

T = ibis.table({"a": "int64", "b": "float64", "s": "string", "ts": "timestamp", "xs": "array<int64>", "j": "json"}, "t")
OVER = ibis.window(order_by=T.ts)
REFUSED = {
    "MinRank": T.a.rank(), "DenseRank": T.a.dense_rank(), "PercentRank": T.a.percent_rank(),
    "ArrayCollect": T.a.collect(), "First": T.a.first(), "Last": T.a.last(), "Arbitrary": T.a.arbitrary(),
    "ArrayMap": T.xs.map(lambda x: x + 1), "ArrayFilter": T.xs.filter(lambda x: x > 1), "JSONGetItem": T.j["a"],
    "Hash": T.s.hash(), "Cast": T.ts.cast("timestamp('Europe/Berlin')"), "Divide": T.a / T.b,
    "FloorDivide": T.a // (T.a - 1), "Modulus": T.a % T.a, "ApproxMedian": T.b.approx_median(),
    "TimestampNow": ibis.now(), "InMemoryTable": ibis.memtable({"a": [1]}),
    "WindowFunction": T.a.nunique().over(OVER), "JoinLink": T.asof_join(T.view(), "ts"),
}  # fmt: skip


@pytest.mark.parametrize("operation", REFUSED)
def test_what_must_not_be_asked_is_noticed(operation: str) -> None:
    found = {type(node).__name__ for node in operations(REFUSED[operation]) if forbidden(node)}
    assert operation in found


def test_a_frame_of_days_is_noticed_and_a_running_sum_is_not() -> None:
    week = ibis.window(order_by=T.ts, preceding=ibis.interval(days=7), following=0)
    assert any(forbidden(node) for node in operations(T.a.sum().over(week)))
    running = ibis.window(order_by=T.ts, preceding=None, following=0)
    assert not any(forbidden(node) for node in operations(T.a.sum().over(running)))


def test_a_divisor_that_cannot_be_0_is_fine() -> None:
    counted = T.group_by("s").agg(n=T.a.sum().nullif(0))
    for sound in (T.a / 7, T.a / T.b.nullif(0), T.a / (2 * T.b.nullif(0)).cast("float64"), counted.n / counted.n):
        assert not any(forbidden(node) for node in operations(sound))
