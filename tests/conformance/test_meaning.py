"""What definitions are made of means the same on every engine: each operation alone, on rows that are hard to do."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import ibis
import pyarrow as pa
import pytest

from cherish.spec.calendar import Calendar, number, zone
from cherish.store.engines import engine_of
from conformance.engines import ENGINES, placed
from conformance.suite import equal

ROWS = pa.table({
    "k": ["a", "a", "a", "b", "b", "c"],
    "i": pa.array([1, 2, None, -7, 7, 5], pa.int64()),
    "m": pa.array([Decimal("1.5000"), None, Decimal("0.0001"), Decimal("-3.2500"), None, None], pa.decimal128(18, 4)),
    "s": ["zoë", "Zo", None, "", "Łódź", "b"],
    "ts": pa.array([datetime(2024, 3, 31, 0, 59, 59, 999999), datetime(1969, 12, 31, 23), None,
                    datetime(2107, 1, 1), datetime(2024, 3, 31, 1), datetime(1931, 5, 5, 5, 5, 5, 5)],
                   pa.timestamp("us")),
    "d": pa.array([date(2024, 2, 29), date(1950, 1, 1), None, date(2200, 1, 1), date(1970, 1, 1), date(2024, 2, 29)]),
    "x": [0.5, 1.5, None, -2.5, 1e15, 3.0],
    "p": pa.array([True, False, None, True, True, False]),
})  # fmt: skip

ANY = pa.table({"n": [1]})


def grouped(**values: Any) -> Any:
    return lambda t: t.group_by("k").agg(**{name: made(t) for name, made in values.items()}).order_by("k")


def each_row(**values: Any) -> Any:
    return lambda t: t.mutate(**{name: made(t) for name, made in values.items()}).select("k", "i", *values).order_by(
        "k", t.i.fill_null(99)
    )  # fmt: skip


def running(t: Any, *, reach: Any = (None, 0)) -> Any:
    return ibis.window(group_by=t.k, order_by=t.i.fill_null(99), preceding=reach[0], following=reach[1])


def before(t: Any, u: Any) -> Any:
    return t.inner_join(u, [t.k == u.key, t.i < u.j]).group_by("k").agg(n=ibis._.count()).order_by("k")


MEANINGS: dict[str, Any] = {
    "counts": grouped(n=lambda t: t.count(), n_i=lambda t: t.i.count(), few=lambda t: t.count(where=t.i > 100),
                      distinct=lambda t: t.s.nunique(), none=lambda t: t.s.nunique(where=t.i > 100)),
    "sums": grouped(i=lambda t: t.i.sum(), m=lambda t: t.m.sum(), none=lambda t: t.m.sum(where=t.i > 100)),
    "written numbers": lambda t: t.mutate(one=ibis.literal(1, type="int64")).group_by("k").agg(
        n=ibis._.one.sum()).mutate(less=ibis._.n - 9, or_none=ibis.ifelse(ibis._.n > 1, ibis._.n, -1)).order_by("k"),
    "nothing": lambda t: t.filter(t.i > 100).agg(
        n=ibis._.count(), i=ibis._.i.sum(), ts=ibis._.ts.max(), few=ibis._.count(where=ibis._.i > 1)),
    "extremes": grouped(s=lambda t: t.s.max(), low=lambda t: t.s.min(), d=lambda t: t.d.min(), ts=lambda t: t.ts.max(),
                        any=lambda t: t.p.any(), none=lambda t: t.ts.max(where=t.i > 100)),
    "argmax": grouped(m=lambda t: t.m.argmax(t.i), s=lambda t: t.s.argmin(t.i), ts=lambda t: t.ts.argmax(t.i),
                      none=lambda t: t.k.argmax(t.i, where=t.i > 100)),
    "median": grouped(m=lambda t: t.x.median(), q=lambda t: t.i.cast("float64").quantile(0.3)),
    "whole division": each_row(q=lambda t: (t.i - 3) // 2, mod=lambda t: (t.i + 7) % 3, half=lambda t: t.i / 2),
    "lag": each_row(before=lambda t: t.k.lag(1).over(running(t)), after=lambda t: t.k.lead(1).over(running(t)),
                    ts=lambda t: t.ts.lag(1).over(running(t))),
    "running": each_row(so_far=lambda t: t.i.sum().over(running(t)), place=lambda t: ibis.row_number().over(running(t)),
                        n=lambda t: t.count().over(ibis.window(group_by=t.k)), before=lambda t: t.i.max().over(
                            ibis.window(group_by=t.k, order_by=t.i.fill_null(99), preceding=(None, 1)))),
    "texts": each_row(length=lambda t: t.s.length(), two=lambda t: t.s.substr(0, 2), low=lambda t: t.s.lower(),
                      md5=lambda t: t.s.hexdigest("md5"), at=lambda t: t.s.find("d"), empty=lambda t: t.s.nullif("")),
    "order of texts": lambda t: t.filter(t.s.notnull()).select("s").order_by("s"),
    "days": each_row(day=lambda t: t.ts.date(), number=lambda t: number(t.ts.date()), d=lambda t: number(t.d),
                     month=lambda t: t.d.truncate("M"), week=lambda t: t.d.truncate("W")),
    "moments": each_row(s=lambda t: t.ts.truncate("s").epoch_seconds().cast("int64"), us=lambda t: t.ts.microsecond(),
                        later=lambda t: t.ts + ibis.interval(days=28), hour=lambda t: t.ts.truncate("h")),
    "moments compared": each_row(
        early=lambda t: t.ts < ibis.literal(datetime(1950, 1, 1), type="timestamp(6)"),
        late=lambda t: t.ts >= ibis.literal(datetime(2024, 3, 31, 0, 59, 59, 999999), type="timestamp(6)"),
        day=lambda t: t.d >= ibis.literal(date(1949, 12, 31), type="date"),
        ever=lambda t: t.d >= ibis.literal(date.min, type="date")),
    "greatest": each_row(g=lambda t: ibis.greatest(t.i, 3), f=lambda t: ibis.greatest(t.x, t.i.cast("float64"))),
    "conditions": each_row(p=lambda t: t.p & (t.i > 1), q=lambda t: ~t.p, r=lambda t: ibis.ifelse(t.p, t.i, 0),
                           c=lambda t: t.p.cast("int64") + (t.i > 1).cast("int64")),
    "money": each_row(twice=lambda t: (t.m * 2).cast("decimal(18, 4)"), less=lambda t: -t.m.fill_null(0),
                      ratio=lambda t: t.m / 3, each=lambda t: t.m / t.i, cents=lambda t: (t.m * 10_000).cast("int64")),
    "left join": lambda t: t.left_join(
        t.group_by("k").agg(s=t.i.min(), n=t.count()).filter(lambda g: g.n > 1), "k"
    ).select("k", "i", "n", low="s_right").order_by("k", ibis._.i.fill_null(99)),
    "outer join": lambda t: (
        t.filter(t.k != "a").group_by("k").agg(n=ibis._.count())
        .outer_join(t.filter(t.k != "c").group_by("k").agg(m=ibis._.count()), "k")
        .select("n", "m").order_by(ibis._.n.fill_null(9), ibis._.m.fill_null(9))),
    "join by order": lambda t: before(t, t.select(key=t.k, j=t.i)),
    "union": lambda t: t.agg(n=t.count()).union(t.agg(n=t.i.sum())).union(
        t.agg(n=ibis.null("int64"))).order_by(ibis._.n.fill_null(99)),
}  # fmt: skip
"""Each a small question; its answer is DuckDB's, which the tests of points and reports hold to second counts."""


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("meaning", MEANINGS)
def test_it_means_the_same(meaning: str, engine: str) -> None:
    asked = MEANINGS[meaning]
    expected, found = (run(place, ROWS, asked) for place in ("duckdb", engine))
    assert found.schema == expected.schema
    equal(found.to_pylist(), expected.to_pylist(), meaning)


def run(engine: str, rows: Any, asked: Any) -> Any:
    there = engine_of(placed(engine, ANY, "probe"))
    return there.run(asked(there.temporary(rows)))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", ["Asia/Kolkata", "Australia/Lord_Howe", "America/New_York", "Pacific/Apia"])
def test_the_local_day_is_that_of_the_tz_database(name: str, engine: str) -> None:
    draw, start = Random(name), datetime(1975, 1, 1)
    moments = [start + timedelta(seconds=draw.randrange(60 * 365 * 86_400)) for _ in range(300)]
    calendar = Calendar(name, moments[0].replace(tzinfo=UTC), moments[0].replace(tzinfo=UTC))
    calendar = Calendar(name, min(moments).replace(tzinfo=UTC), max(moments).replace(tzinfo=UTC))
    for instant in calendar.offsets.instants[:40]:
        at = instant.replace(tzinfo=None)
        moments += [at - timedelta(microseconds=1), at, at + timedelta(hours=13)]
    rows = pa.table({"ts": pa.array(moments, pa.timestamp("us"))})
    found = run(engine, rows, lambda t: t.select(t.ts, day=calendar.day(t.ts), local=calendar.local(t.ts)))
    local = {at: at.replace(tzinfo=UTC).astimezone(zone(name)) for at in moments}
    assert {row["ts"]: (row["day"], row["local"]) for row in found.to_pylist()} == {
        at: (there.date(), there.replace(tzinfo=None)) for at, there in local.items()
    }


@pytest.mark.parametrize("engine", ENGINES)
def test_a_table_of_ours_comes_back_as_it_went(engine: str) -> None:
    there = engine_of(placed(engine, ANY, "probe"))
    handed = there.temporary(ROWS)
    back = there.run(handed.order_by("k", "i"))
    assert back.schema == ROWS.schema
    assert sorted(map(str, back.to_pylist())) == sorted(map(str, ROWS.to_pylist()))
    assert there.run(handed.agg(n=handed.count())).to_pylist() == [{"n": 6}]
