"""Scores of the user's own: a file by customer with the time at which each value was known, or a numeric trait."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from cherish.errors import FileError, QuestionError
from cherish.spec.definition import NAMES, Kind
from cherish.spec.view import View

CUSTOMER, TIMES = "customer", ("time", "known_at", "known", "date")
FILES = Kind("names of files, separated by |", NAMES.parse, NAMES.render)


@dataclass(frozen=True)
class OwnScores:
    """The columns of one file: `table` has `customer` (text), a column a score, and `time` where the file tells it.

    `digest` is that of the file's bytes, so that whoever asks again notices another file.
    """

    name: str
    table: pa.Table
    scores: tuple[str, ...]
    time: str | None
    digest: str

    def known(self, score: str, view: View) -> tuple[pa.Table, int]:
        """The latest value of each customer known before the view's moment, and how many were known only later.

        Columns: own_customer, own_value. Without a time of knowledge the values as they are.
        """
        table = self.table.select([CUSTOMER, score, *([self.time] if self.time else [])])
        table = table.filter(pc.is_valid(table[score]))
        later = 0
        if self.time:
            before = _before(table[self.time], view)
            later = table.num_rows - int(pc.sum(before).as_py() or 0)
            table = table.filter(before)
            # A stable sort by time puts what was known last behind everything else of a customer.
            order = pc.sort_indices(table, sort_keys=[(CUSTOMER, "ascending"), (self.time, "ascending")])
            table = table.take(order)
        names = table[CUSTOMER].combine_chunks()
        last = _last_of_each(names)
        kept = table.filter(last)
        values = pc.cast(kept[score], pa.float64())
        return pa.table({"own_customer": kept[CUSTOMER], "own_value": values}), later


def read(path: str) -> OwnScores:
    """The file's scores: all numeric columns beside `customer` and the time of knowledge.

    Raises:
        FileError: it can't be read, has no customer, no numbers, or two values of one customer at one time.
    """
    file = Path(path)
    try:
        data = file.read_bytes()
    except OSError as error:
        raise FileError(f"column={path}: the file can't be read ({error.strerror}); give its path") from None
    table = _table(path, data)
    names = {name.strip().lower(): name for name in table.column_names}
    if CUSTOMER not in names:
        raise FileError(f"column={path}: no column is called customer; there are {', '.join(table.column_names)}")
    told = next((names[name] for name in TIMES if name in names), None)
    time = told if told is not None and pa.types.is_temporal(table.schema.field(told).type) else None
    if told is not None and time is None:
        raise FileError(f"column={path}: {told} holds no times; write them as 2024-03-01 or 2024-03-01T12:00:00")
    scores = tuple(_numeric(table, {names[CUSTOMER], time}))
    if not scores:
        raise FileError(f"column={path}: no column of numbers stands beside customer and time, so there is no score")
    table = table.rename_columns([CUSTOMER if name == names[CUSTOMER] else name for name in table.column_names])
    table = table.set_column(
        table.column_names.index(CUSTOMER), CUSTOMER, pc.cast(table[CUSTOMER], pa.string()).combine_chunks()
    )
    digest = hashlib.md5(data, usedforsecurity=False).hexdigest()[:8]
    made = OwnScores(file.stem, table, scores, time, digest)
    _refuse_repeats(made, path)
    return made


def _table(path: str, data: bytes) -> pa.Table:
    from pyarrow import csv, parquet

    source = pa.BufferReader(data)
    try:
        if path.lower().endswith(".parquet"):
            return parquet.read_table(source)
        return csv.read_csv(source, convert_options=csv.ConvertOptions(column_types={CUSTOMER: pa.string()}))
    except (pa.ArrowException, OSError, ValueError) as error:
        said = str(error).splitlines()[0]
        raise FileError(f"column={path}: neither a CSV nor a Parquet file that can be read ({said})") from None


def _numeric(table: pa.Table, taken: set[str | None]) -> Iterator[str]:
    for field in table.schema:
        kind = field.type
        numbers = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
        if field.name not in taken and (numbers or pa.types.is_boolean(kind)):
            yield field.name


def _refuse_repeats(made: OwnScores, path: str) -> None:
    keys = [CUSTOMER, *([made.time] if made.time else [])]
    counted = made.table.select(keys).append_column("line", pa.array(range(2, made.table.num_rows + 2), pa.int64()))
    groups = counted.group_by(keys).aggregate([("line", "count"), ("line", "min"), ("line", "max")])
    twice = groups.filter(pc.greater(groups["line_count"], 1)).sort_by("line_min")
    if twice.num_rows:
        first = twice.slice(0, 1).to_pylist()[0]
        when = "at one time" if made.time else "and no column says when each was known (customer, time, score)"
        raise FileError(
            f"column={path}: lines {first['line_min']} and {first['line_max']} are of one customer {when}; "
            "keep one of them"
        )


def _before(times: Any, view: View) -> Any:
    """Whether each time lies before the view's moment; times without a zone are the workspace's local ones."""
    kind = times.type
    if pa.types.is_date(kind):
        # A day's value may be of its evening.
        day = view.calendar.day_of(view.as_of)
        found = pc.less(pc.cast(times, pa.date32()), pa.scalar(day, pa.date32()))
    elif getattr(kind, "tz", None):
        found = pc.less(times, pa.scalar(view.as_of, kind))
    else:
        found = pc.less(times, pa.scalar(_local(view), kind))
    return pc.fill_null(found, False)


def _local(view: View) -> datetime:
    return view.calendar.local_of(view.as_of)


def _last_of_each(names: Any) -> Any:
    """Whether each row is the last of its customer, in a table sorted by customer."""
    if len(names) < 2:
        return pa.array([True] * len(names), pa.bool_())
    differs = pc.fill_null(pc.not_equal(names.slice(0, len(names) - 1), names.slice(1)), True)
    return pa.concat_arrays([_plain(differs), pa.array([True])])


def _plain(values: Any) -> Any:
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values


def trait(view: View, name: str) -> str:
    """The full name of a trait that is to be a score.

    Raises:
        QuestionError: it is no trait.
    """
    full = f"traits.{name}" if name in view.facts.traits else view.field(name)
    if not full.startswith("traits."):
        there = ", ".join(sorted(view.facts.traits)) or "none"
        raise QuestionError(f"trait={name!r}: not a trait of the customer; there are {there}")
    return full
