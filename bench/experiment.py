"""An experiment read from ten million events: five metrics with what was before, beside tea-tasting on the same log.

Ours is the whole question, from the events to the table, with its sample-ratio checks and the capped second look at
money. tea-tasting takes a table of one row per customer, which a statement written by hand first makes of the same
events in the same DuckDB process; then it asks that table through Ibis. Both are timed, together and apart.
"""

from __future__ import annotations

import importlib.util
import math
import statistics
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.answers import Answer
from bench.logs import loaded
from bench.side import OURS, Compared, Took
from cherish.library import Log
from cherish.store.duckdb import DuckDBStore

EVENTS, CUSTOMERS = 10_000_000, 1_000_000
THEIRS, ASKED = "tea-tasting", "tea-tasting alone"
GOAL = 1.0
METRICS = ("orders", "revenue", "any_order", "Page Viewed", "active_days")
COLUMNS = {"Page Viewed": "pages"}

# Everybody is drawn once, between day 60 and day 330 of the year; the other events fall as in bench/clicks.py.
_STAGED = """CREATE TEMP TABLE staged AS
SELECT i::VARCHAR AS message_id, 'track' AS type, name, ts, ts AS received_at, NULL::VARCHAR AS anonymous_id,
       who::VARCHAR AS user_id, 'clicks' AS source,
       CASE WHEN name = 'Order Completed' THEN (500 + hash(i + 4) % 20000) / 100 END::DECIMAL(18, 4) AS value,
       CASE WHEN name = 'Order Completed' THEN 'USD' END AS currency,
       CASE WHEN name = 'Order Completed' THEN i::VARCHAR END AS order_id,
       CASE WHEN name = '$arm_assigned' THEN json_object('experiment', 'test', 'arm',
            CASE WHEN hash(who + 9) % 2 = 0 THEN 'control' ELSE 'offer' END) END AS properties, NULL::JSON AS context
FROM (
    SELECT i,
           TIMESTAMP '2023-01-01' + to_seconds((CASE WHEN i < {customers} THEN 5184000 + hash(i + 1) % 23328000
               ELSE hash(i + 1) % 31536000 END)::BIGINT) AS ts,
           CASE WHEN i < {customers} THEN i
                ELSE floor({customers} * power((hash(i + 2) % 1000000) / 1000000, 2))::BIGINT END AS who,
           CASE WHEN i < {customers} THEN '$arm_assigned' WHEN hash(i + 3) % 100 < 8 THEN 'Order Completed'
                WHEN hash(i + 3) % 100 < 30 THEN 'Product Viewed' WHEN hash(i + 3) % 100 < 36 THEN 'Product Added'
                ELSE 'Page Viewed' END AS name
    FROM range({events}) numbers(i))"""

_SIDE = """count(*) FILTER (WHERE {side} AND name = 'Order Completed') AS orders{end},
    coalesce(sum(value) FILTER (WHERE {side} AND name = 'Order Completed'), 0)::DOUBLE AS revenue{end},
    (count(*) FILTER (WHERE {side} AND name = 'Order Completed') > 0)::INTEGER AS any_order{end},
    count(*) FILTER (WHERE {side} AND name = 'Page Viewed') AS pages{end},
    count(DISTINCT acted::DATE) FILTER (WHERE {side}) AS active_days{end}"""
_TABLE = f"""CREATE OR REPLACE TEMP TABLE per_customer AS
WITH lots AS (SELECT customer_id, min(ts) AS began, arg_min(properties ->> '$.arm', ts) AS arm
              FROM events WHERE name = '$arm_assigned' AND properties ->> '$.experiment' = 'test' GROUP BY customer_id),
acts AS (SELECT customer_id, name, value, ts AS acted FROM events WHERE name <> '$arm_assigned')
SELECT lots.customer_id, any_value(arm = 'offer')::INTEGER AS variant,
    {_SIDE.format(side="acted >= began", end="")},
    {_SIDE.format(side="acted < began", end="_before")}
FROM lots LEFT JOIN acts ON acts.customer_id = lots.customer_id AND acted >= began - INTERVAL 28 DAY
     AND acted < began + INTERVAL 28 DAY
GROUP BY lots.customer_id"""


@dataclass(frozen=True)
class Tested(Compared):
    """One experiment read in both ways, seconds of each."""

    events: int
    customers: int
    took: Mapping[str, Took]
    goal: float = GOAL

    @property
    def ratio(self) -> float | None:
        """Our seconds over theirs, their table included; None where they are not installed."""
        return self.took[OURS].median / self.took[THEIRS].median if THEIRS in self.took else None

    @property
    def passed(self) -> bool:
        """Whether both ways agree and ours takes no longer."""
        return self.equal and (self.ratio is None or self.ratio <= self.goal)


def run(folder: Path, small: bool, rounds: int) -> Tested:
    """The comparison, on a log of its own."""
    events, customers = (20_000, 2_000) if small else (EVENTS, CUSTOMERS)
    store = loaded(folder, "experiment", _STAGED.format(events=events, customers=customers))
    ways = {OURS: lambda: _ours(store)}
    if importlib.util.find_spec("tea_tasting"):
        ways[THEIRS] = lambda: _theirs(store)
    with store.session():
        return Tested(events, customers, _compared(ways, min(rounds, 5)))


def line(tested: Tested | None) -> str:
    """The comparison in a sentence."""
    if tested is None:
        return ""
    ways = ", ".join(f"{name} {took.median:.2f} s" for name, took in tested.took.items())
    verdict = "effects agree" if tested.equal else "EFFECTS DIFFER"
    ratio = "" if tested.ratio is None else f", {tested.ratio:.2f} times"
    slow = "" if tested.passed or not tested.equal else ", over the goal"
    about = f"{tested.events:,} events, {tested.customers:,} customers, {len(METRICS)} metrics with CUPED"
    return f"experiment ({about}): {ways}{ratio}; {verdict}{slow}"


def _compared(ways: Mapping[str, Any], rounds: int) -> dict[str, Took]:
    answers = {name: way()[0] for name, way in ways.items()}
    first = answers[OURS]
    times: dict[str, list[float]] = {}
    for _ in range(rounds):
        for name, way in ways.items():
            start = time.perf_counter()
            _, asked = way()
            times.setdefault(name, []).append(time.perf_counter() - start)
            if asked is not None:
                times.setdefault(ASKED, []).append(asked)
    equal = {name: _agree(first, answer) for name, answer in answers.items()}
    return {name: Took(statistics.median(each), min(each), None, equal.get(name, True)) for name, each in times.items()}


def _ours(store: DuckDBStore) -> tuple[Answer, None]:
    found = Log(store).report(
        "experiment",
        experiment="test",
        metrics="|".join(METRICS),
        horizon="28d",
        as_of="2024-01-01",
        until="2023-12-31",
    )
    rows = [row for row in found.table.to_pylist() if row["role"] == "primary"]
    figures = ("customers", "of_control", "effect", "low", "high")
    return [(row["metric"], *(row[name] for name in figures)) for row in rows], None


def _theirs(store: DuckDBStore) -> tuple[Answer, float]:
    import ibis
    import tea_tasting as tt  # type: ignore[import-not-found,import-untyped,unused-ignore]  # an oracle of the tests

    with store._connections.hold() as connection:
        connection.execute(_TABLE)
        start = time.perf_counter()
        table = ibis.duckdb.from_connection(connection).table("per_customer")
        names = {name: COLUMNS.get(name, name) for name in METRICS}
        means = {name: tt.Mean(column, f"{column}_before") for name, column in names.items()}
        result = tt.Experiment({**means, "ratio": tt.SampleRatio()}).analyze(table, control=0)
        took = time.perf_counter() - start
        counts = dict(connection.execute("SELECT variant, count(*) FROM per_customer GROUP BY 1").fetchall())
    figures = ("effect_size", "effect_size_ci_lower", "effect_size_ci_upper")
    return [(name, counts[1], counts[0], *(getattr(result[name], each) for each in figures)) for name in METRICS], took


def _agree(one: Answer, other: Answer) -> bool:
    """Names and counts are equal, other figures to a millionth of themselves."""
    return len(one) == len(other) and all(
        left == right if isinstance(left, str | int) else math.isclose(left, right, rel_tol=1e-6)
        for mine, theirs in zip(one, other, strict=True)
        for left, right in zip(mine, theirs, strict=True)
    )
