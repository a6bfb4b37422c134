"""DAU, WAU and MAU of every day against the best hand-written DuckDB SQL, from maintained days and from raw events."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

from bench.baskets import ROWS, RawEvents, build, fastest, hand
from bench.side import Row, compare
from cherish.reports.actives import Actives
from cherish.spec.view import View

SOURCES = {
    "activity": "(SELECT customer_id, day FROM activity WHERE name = 'Order Completed' AND day < DATE '{end}')",
    "raw events": "(SELECT DISTINCT customer_id, ts::DATE AS day FROM events WHERE name = 'Order Completed'"
    " AND customer_id IS NOT NULL AND ts < TIMESTAMP '{end}')",
}
COLUMNS = ["day", "actives_1d", "actives_7d", "actives_28d"]


def run(store: Any) -> list[Row]:
    """Both comparisons; the store holds one event name in one currency, in UTC (`bench.baskets.build`)."""
    with store.session():
        return [_compared(store, source) for source in SOURCES]


def _compared(store: Any, source: str) -> Row:
    log = store if source == "activity" else RawEvents(store)
    view = View.of(log)
    first, end = view.calendar.day_of(view.facts.first), view.calendar.day_of(view.as_of)
    days = SOURCES[source].format(end=end)
    statement = fastest(store.query, hand(("actives_gaps", "actives_intervals"), days=days, first=first, end=end))

    def ours() -> Any:
        plan = Actives().plan(View.of(log), log.run)
        return plan.finish(log.run(plan.expression))

    def same(left: Any, right: Any) -> bool:
        return bool(left.select(COLUMNS).to_pylist() == right.select(COLUMNS).to_pylist())

    return compare(f"actives, from {source}", ours, lambda: store.query(statement), same, runs=9)


def main() -> None:
    """Build the log, compare, print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=Path, default=ROWS, help="transactions.parquet of Complete Journey")
    options.add_argument("--copies", type=int, default=7)
    options.add_argument("--lines", action="store_true", help="an event per line instead of one per basket")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for row in run(build(Path(folder), given.rows, given.copies, given.lines)):
            print(row)


if __name__ == "__main__":
    main()
