"""No definition asks of an engine what some engine refuses or answers differently: docs/decisions has the list."""

from __future__ import annotations

import ibis
import pytest

from conformance.asking import expressions, forbidden, operations
from conformance.company import company
from conformance.engines import REFERENCE, log_on
from conformance.suite import asked, definitions

OF_ENGINES = frozenset({"hash"})
"""What the numbering of customers asks by name, of the engine it knows (store/numbering.py)."""


@pytest.mark.parametrize("name", definitions("measure"))
def test_measures_ask_what_every_engine_can(name: str) -> None:
    check("measure", name)


@pytest.mark.parametrize("name", definitions("report"))
def test_reports_ask_what_every_engine_can(name: str) -> None:
    check("report", name)


def check(kind: str, name: str) -> None:
    where = company("Asia/Kolkata")
    store = log_on(REFERENCE, where).store
    heard = False
    for place, each in asked(kind, name):
        for expression in expressions(each, store, where.moments[place % 2]):
            heard = True
            for node in operations(expression):
                why = forbidden(node, OF_ENGINES)
                assert why is None, f"{each} asks {type(node).__name__}: {why}"
    assert heard, f"{name} asked nothing"


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
