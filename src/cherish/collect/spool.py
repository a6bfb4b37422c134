"""Checked rows on disk, cut into buckets that fit into memory: rows of one order, and exact repeats, share a bucket."""

# Names of columns are internal (c0, c1 ...) and texts are literals throughout.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

import duckdb

from cherish.collect import dates
from cherish.collect.mapping import Layout
from cherish.collect.reading import Reading
from cherish.collect.rows import Rows
from cherish.collect.sources import Source, first_line
from cherish.collect.trouble import lacks_room
from cherish.collect.workbench import Workbench, literal
from cherish.errors import FileError

BUCKET_ROWS = 800_000
Told = Callable[[int, float], None]
"""Told which source (by its place) is being read, and the share of it that is done."""


@dataclass(frozen=True)
class Group:
    """Sources of one layout: they are read under one mapping, and an order's lines may lie in several of them."""

    readings: tuple[Reading, ...]
    first: int

    @property
    def layout(self) -> Layout:
        """The layout that all share."""
        return self.readings[0].layout

    @property
    def source(self) -> Source:
        """The first source: its columns are everyone's."""
        return self.readings[0].source

    @property
    def rows(self) -> int:
        """Rows of all sources."""
        return sum(reading.source.rows for reading in self.readings)

    @property
    def keyed(self) -> bool:
        """Whether rows are folded by an order id."""
        return self.layout.kind in ("orders", "lines") and "order" in self.layout.roles

    @property
    def extras(self) -> tuple[str, ...]:
        """Columns that play no part (in a folded order) and so become properties; all but the parts' for other rows."""
        return tuple(name for name in self.source.names if name not in self._consumed())

    @property
    def raw(self) -> tuple[str, ...]:
        """Internal names of the columns that are kept as they came."""
        names = self.extras if self.keyed else self.source.names
        return tuple(self.source.column(name) for name in names)

    def _consumed(self) -> set[str]:
        unused = {"message"} if self.layout.kind == "lines" else set()
        if self.layout.kind == "events":
            unused |= {"value", "price", "quantity", "product", "product_name", "order_total"}
        else:
            unused |= {"campaign", "channel"}
        return {name for role, name in self.layout.roles.items() if role not in unused}


@dataclass(frozen=True)
class Spool:
    """The rows of a group on disk."""

    group: Group
    folder: Path
    buckets: int
    zone: str
    first: datetime | None
    last: datetime | None

    def relation(self, bucket: int | None = None) -> str:
        """A SELECT of the checked rows (of one bucket), with `ts` and `created` as naive UTC."""
        inner = "*" if bucket is None or self.buckets == 1 else f"bucket={bucket}"
        pattern = self.folder / "*" / (inner if self.buckets > 1 else "") / "*.parquet"
        utc = "".join(
            f", {self._utc(role)} AS {name}" for role, name in _TIMES.items() if role in self.group.layout.roles
        )
        return f"SELECT *{utc} FROM read_parquet({literal(str(pattern))}, hive_partitioning = false)"

    def filled(self, bucket: int) -> bool:
        """Whether a bucket has any rows."""
        return self.buckets == 1 or any(self.folder.glob(f"*/bucket={bucket}/*.parquet"))

    def _utc(self, role: str) -> str:
        local = f"p_{role}_wall"
        if self.first is None or self.last is None:
            return f"coalesce(p_{role}_known, {local})"
        return f"coalesce(p_{role}_known, {dates.to_utc_sql(local, self.zone, self.first, self.last)})"


_TIMES = {"time": "ts", "created_at": "created"}


def spool(bench: Workbench, group: Group, zone: str, told: Told | None = None, rows: int = BUCKET_ROWS) -> Spool:
    """Read a group's sources once, judge every row, and keep all of them in buckets of about so many `rows`.

    Raises:
        FileError: a file breaks off or can't be read to its end.
    """
    folder = bench.folder / f"group{group.first}"
    buckets = max(1, -(-group.rows // rows))
    key = "coalesce(hash(p_order), h)" if group.keyed else "h"
    for place, reading in enumerate(group.readings, group.first):
        judged = Rows(reading, place).statement(group.raw)
        where = folder / str(place)
        where.mkdir(parents=True, exist_ok=True)
        if buckets == 1:
            target = f"({judged}) TO {literal(str(where / 'rows.parquet'))} (FORMAT parquet, COMPRESSION lz4)"
        else:
            target = (
                f"(SELECT *, CAST({key} % {buckets} AS INTEGER) AS bucket FROM ({judged})) TO {literal(str(where))} "
                "(FORMAT parquet, COMPRESSION lz4, PARTITION_BY (bucket))"
            )
        # Texts are numbered as they are read; elsewhere the line comes with the row, and order costs time.
        bench.run(f"SET preserve_insertion_order = {reading.source.form in ('text', 'json')}")
        try:
            bench.run(f"COPY {target}", told and partial(told, place))
        except duckdb.Error as error:
            if lacks_room(error):
                raise
            raise FileError(f"{reading.source.label} can't be read: {first_line(error)}") from error
    found = Spool(group, folder, buckets, zone, None, None)
    first, last = _span(bench, found)
    return Spool(group, folder, buckets, zone, first, last)


def _span(bench: Workbench, rows: Spool) -> tuple[datetime | None, datetime | None]:
    walls = [f"p_{role}_wall" for role in _TIMES if role in rows.group.layout.roles]
    if not walls:
        return None, None
    least = ", ".join(f"min({wall})" for wall in walls)
    most = ", ".join(f"max({wall})" for wall in walls)
    found = bench.row(
        f"SELECT least({least}, NULL), greatest({most}, NULL) FROM ({rows.relation()}) WHERE verdict IS NULL OR "
        "verdict[1] = 'a'"
    )
    return found[0], found[1]
