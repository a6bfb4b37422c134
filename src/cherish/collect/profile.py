"""What a file's columns hold, judged by its first rows: filled, distinct, numbers, times."""

# Names of columns are internal (c0, c1 ...) and texts are literals throughout.
# ruff: noqa: S608

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cherish.collect import dates
from cherish.collect.numbers import is_numeric
from cherish.collect.sources import Source
from cherish.collect.workbench import Workbench

SAMPLE = 20_000
LOOKED_AT = 2_000
_AT_ONCE = 40


@dataclass(frozen=True)
class Column:
    """A column and the shares (of its filled rows in the sample) that can be read as numbers and as times."""

    name: str
    kind: str
    rows: int
    filled: int
    distinct: int
    numeric: float
    temporal: float
    longest: int

    @property
    def unique(self) -> bool:
        """Whether every row is filled and no value comes twice."""
        return self.rows > 0 and self.filled == self.rows == self.distinct

    @property
    def is_time(self) -> bool:
        """Whether nearly all of it can be read as times, and it is not just numbers."""
        return self.temporal >= 0.8 and self.filled > 0

    @property
    def is_number(self) -> bool:
        """Whether nearly all of it can be read as numbers."""
        return self.numeric >= 0.8 and self.filled > 0


def sample(bench: Workbench, source: Source, table: str = "sampled") -> None:
    """Keep the file's first rows as a temporary table."""
    bench.run(f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT * FROM ({source.relation}) LIMIT {SAMPLE}")


def columns(bench: Workbench, source: Source, table: str = "sampled") -> dict[str, Column]:
    """Every column's profile, over the sample."""
    found: dict[str, Column] = {}
    for start in range(0, len(source.names), _AT_ONCE):
        names = source.names[start : start + _AT_ONCE]
        items = ", ".join(_items(source.column(name), source.kind(name)) for name in names)
        row = bench.row(f"SELECT count(*), {items} FROM {table}")
        shares = ", ".join(_shares(source.column(name), source.kind(name)) for name in names)
        # Reading texts is dear: every n-th row is enough for a share.
        step = max(1, row[0] // LOOKED_AT)
        share = bench.row(f"SELECT {shares} FROM {table} WHERE line % {step} = 0")
        for place, name in enumerate(names):
            counts = (*row[1 + 3 * place : 4 + 3 * place], *share[3 * place : 3 * place + 3])
            found[name] = _column(name, source.kind(name), row[0], counts)
    return found


def _column(name: str, kind: str, rows: int, counts: tuple[Any, ...]) -> Column:
    filled, distinct, longest, seen, numbers, times = counts
    share = max(int(seen), 1)
    return Column(name, kind, rows, filled, distinct, numbers / share, times / share, int(longest or 0))


def _items(column: str, kind: str) -> str:
    text = f"nullif(trim({column}), '')" if kind == "VARCHAR" else column
    return f"count({text}), count(DISTINCT {text}), max(length(CAST({text} AS VARCHAR)))"


def _shares(column: str, kind: str) -> str:
    if kind == "VARCHAR":
        text = f"nullif(trim({column}), '')"
        number = f"n_is_point(n_clean({text})) OR n_is_comma(n_clean({text}))"
        time = (
            f"d_zoned({text}) OR {dates.naive_sql(text, 'day-first')} IS NOT NULL "
            f"OR {dates.naive_sql(text, 'month-first')} IS NOT NULL "
            f"OR (d_digits({text}) AND d_epoch(TRY_CAST({text} AS BIGINT)) IS NOT NULL)"
        )
        return f"count({text}), count(*) FILTER ({number}), count(*) FILTER ({time})"
    number = f"count({column})" if is_numeric(kind) else "0"
    time = f"count({column})" if kind.startswith(("TIMESTAMP", "DATE")) else _epochs(column, kind)
    return f"count({column}), {number}, {time}"


def _epochs(column: str, kind: str) -> str:
    if not is_numeric(kind):
        return "0"
    return (
        f"count(*) FILTER (d_epoch(TRY_CAST({column} AS BIGINT)) BETWEEN TIMESTAMP '1971-01-01' AND TIMESTAMP "
        "'2100-01-01')"
    )


def lines_per_order(bench: Workbench, source: Source, order: str, customer: str | None) -> tuple[int, int, int]:
    """In the sample: orders, orders of several lines, and orders that hold several customers."""
    who = f"count(DISTINCT {source.column(customer)})" if customer else "1"
    found = bench.row(
        "SELECT count(*), count(*) FILTER (n > 1), count(*) FILTER (people > 1) FROM (SELECT count(*) AS n, "
        f"{who} AS people "
        f"FROM sampled WHERE {source.column(order)} IS NOT NULL GROUP BY {source.column(order)})"
    )
    return int(found[0]), int(found[1]), int(found[2])


def same_within(bench: Workbench, source: Source, order: str, value: str) -> tuple[int, int]:
    """In the sample: orders of several lines, and those in which this column says the same (and not 0) on all lines."""
    c, group = source.column(value), source.column(order)
    found = bench.row(
        f"SELECT count(*), count(*) FILTER (d = 1) FROM (SELECT count(DISTINCT {c}) AS d FROM sampled "
        f"WHERE {group} IS NOT NULL GROUP BY {group} HAVING count(*) > 1)"
    )
    return int(found[0]), int(found[1])
