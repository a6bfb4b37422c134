"""What ClickHouse is asked where Ibis alone would ask for an estimate, an unsigned number or bytes for letters."""

from __future__ import annotations

import ibis
import pytest

from cherish.store.engines.clickhouse import Compiler

T = ibis.table({"a": "int64", "b": "string", "ts": "timestamp(6)"}, "t")


@pytest.mark.parametrize(("value", "written"), [
    (T.a.nunique(), "uniqExact("), (T.a.nunique(where=T.a > 1), "uniqExactIf("), (T.a.median(), "quantileExact"),
    (T.b.length(), "lengthUTF8"), (ibis.row_number().over(ibis.window(order_by=T.a)), "Int64"),
])  # fmt: skip
def test_nothing_is_estimated(value: ibis.Value, written: str) -> None:
    assert written in Compiler().to_sqlglot(value.name("x").as_table()).sql("clickhouse")
