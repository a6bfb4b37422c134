"""Money is exact, whatever the number of threads and the order in which rows are added."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from cherish.store.contract import Origin
from cherish.store.duckdb.connections import Limits
from cherish.store.memory import memory

ROWS = 200_000
STAGE = """
    CREATE OR REPLACE TEMP TABLE staged AS
    SELECT 'm' || i AS message_id, 'track' AS type, 'Order Completed' AS name,
        TIMESTAMP '2024-01-01' + to_minutes(CAST(i % 50000 AS INTEGER)) AS ts, NULL::TIMESTAMP AS received_at,
        NULL::VARCHAR AS anonymous_id, 'u' || (i % 700) AS user_id, 'test' AS source,
        CAST((i % 9973) + 0.0001 * (i % 10000) AS DECIMAL(18, 4)) AS value, 'EUR' AS currency, 'o' || i AS order_id,
        NULL::JSON AS properties, NULL::JSON AS context
    FROM range($rows) made(i)"""


@pytest.mark.parametrize("threads", [1, 4])
def test_sums_are_exact_under_threads(threads: int) -> None:
    store: Any = memory(limits=Limits(threads=threads))
    with store.loading(Origin("money", "orders")) as load:
        load.connection.execute(STAGE, {"rows": ROWS})
        assert load.events("staged").new == ROWS
    expected = sum((Decimal(i % 9973) + Decimal(i % 10000) / 10000 for i in range(ROWS)), Decimal(0))
    for table in (store.activity(), store.orders(), store.events()):
        assert store.run(table.agg(total=table.value.sum())).to_pylist() == [{"total": expected}]
