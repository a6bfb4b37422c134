"""From batches to the log: one Arrow table, sorted by time, written in slices to keep memory low."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any

import numpy as np
import pyarrow as pa

from .arrays import Floats, Integers
from .batches import Batch, Labels
from .plan import Plan
from .schema import EVENTS, ID_COLUMNS, TEXT_COLUMNS, WHOLE_COLUMNS
from .streams import stream
from .texts import ID_BITS, hexadecimal, labelled, money, numbered, whole

SLICE = 1 << 20
ROOM_PER_BATCH = 1 << 38
NO_MONEY = np.iinfo(np.int64).min


@dataclass(frozen=True)
class Slice:
    """Rows of the log: which batch each comes from, and per batch its places in the slice and rows in the batch."""

    batch_of: Integers
    parts: list[tuple[int, Integers, Integers]]

    def gather(self, values: list[Any], blank: int, dtype: type[np.integer[Any]]) -> Integers:
        """Collect one column; `values` holds per batch an array, one number for all rows, or None."""
        found = np.full(self.batch_of.size, blank, dtype=dtype)
        for batch, places, rows in self.parts:
            value = values[batch]
            if isinstance(value, np.ndarray):
                found[places] = value[rows]
            elif value is not None:
                found[places] = value
        return found


class Assembly:
    """All batches of one company with the labels of their text columns brought to common codes."""

    def __init__(self, plan: Plan, batches: list[Batch]) -> None:
        self.batches = [batch.where((batch.moment >= 0) & (batch.moment < plan.days)) for batch in batches]
        self.start = start_microseconds(plan)
        self.salt = int(stream(plan.seed, "ids").integers(0, 1 << ID_BITS))
        self.bounds = np.cumsum([batch.moment.size for batch in self.batches])
        self.labels: dict[str, tuple[str, ...]] = {}
        self.codes: dict[str, list[Any]] = {}
        for name in TEXT_COLUMNS:
            self.labels[name], self.codes[name] = common_codes([batch.columns.get(name) for batch in self.batches])
        self.labels["name"], self.codes["name"] = common_codes([batch.name for batch in self.batches])
        self.labels["type"], self.codes["type"] = common_codes([batch.type for batch in self.batches])

    def table(self) -> Any:
        """Sort everything by time and write it out slice by slice."""
        times = np.concatenate([microseconds(batch.moment) for batch in self.batches])
        order = np.argsort(times, kind="stable")
        written = [self.rows(order[place : place + SLICE], times) for place in range(0, order.size, SLICE)]
        return pa.Table.from_batches(written, EVENTS)

    def rows(self, order: Integers, times: Integers) -> Any:
        """Write one slice of the log as an Arrow record batch."""
        piece = self.slice(order)
        columns = dict(self.keys(piece))
        columns["ts"] = pa.array(times[order] + self.start).cast(pa.timestamp("us"))
        cents = piece.gather(self.column("value"), NO_MONEY, np.int64)
        columns["value"] = money(np.where(cents == NO_MONEY, 0, cents), cents != NO_MONEY)
        for name, codes in self.codes.items():
            columns[name] = labelled(self.labels[name], piece.gather(codes, -1, np.int16))
        for name, prefix in ID_COLUMNS.items():
            numbers = piece.gather(self.column(name), -1, np.int64)
            columns[name] = numbered(prefix, numbers, valid=numbers >= 0)
        for name in WHOLE_COLUMNS:
            numbers = piece.gather(self.column(name), -1, np.int16)
            columns[name] = whole(numbers, numbers >= 0)
        return pa.record_batch([columns[name] for name in EVENTS.names], schema=EVENTS)

    def keys(self, piece: Slice) -> Iterator[tuple[str, Any]]:
        """Write the columns of ids that every event or order has."""
        number = piece.gather([batch.number % ROOM_PER_BATCH for batch in self.batches], 0, np.int64)
        yield "message_id", hexadecimal(piece.batch_of * ROOM_PER_BATCH + number, self.salt)
        customer = piece.gather([batch.customer for batch in self.batches], 0, np.int64)
        yield "user_id", numbered("c", customer)
        browser = np.array([batch.browser for batch in self.batches])[piece.batch_of]
        yield "anonymous_id", numbered("a", customer, valid=browser)
        order = piece.gather(self.column("order_id"), -1, np.int64)
        yield "order_id", order_ids(order, self.salt)

    def column(self, name: str) -> list[Any]:
        """List one column's values by batch."""
        return [batch.columns.get(name) for batch in self.batches]

    def slice(self, order: Integers) -> Slice:
        """Find out where the rows of a slice come from."""
        batch_of = np.searchsorted(self.bounds, order, side="right").astype(np.int64)
        places = np.argsort(batch_of.astype(np.int16), kind="stable")
        present, first = np.unique(batch_of[places], return_index=True)
        starts = np.concatenate([[0], self.bounds])
        parts = [
            (int(batch), group, order[group] - starts[batch])
            for batch, group in zip(present, np.split(places, first[1:]), strict=True)
        ]
        return Slice(batch_of, parts)


def order_ids(numbers: Integers, salt: int) -> Any:
    """Write order numbers as ids that do not tell what caused the order; negative numbers are null."""
    return hexadecimal(numbers, salt, valid=numbers >= 0)


def common_codes(columns: list[Any]) -> tuple[tuple[str, ...], list[Any]]:
    """Bring one text column of all batches to common labels; a text becomes one code, no column None."""
    labels: dict[str, int] = {}
    found: list[Any] = []
    for column in columns:
        if column is None:
            found.append(None)
        elif isinstance(column, Labels):
            common = np.array([labels.setdefault(each, len(labels)) for each in column.labels] + [-1], dtype=np.int16)
            found.append(common[column.codes])
        else:
            found.append(labels.setdefault(column, len(labels)))
    return tuple(labels), found


def microseconds(moment: Floats) -> Integers:
    """Give moments in whole microseconds since the start."""
    return np.floor(moment * 86_400_000_000).astype(np.int64)


def start_microseconds(plan: Plan) -> int:
    """Give the start in microseconds since 1970."""
    return int(datetime.combine(plan.start, time(), UTC).timestamp()) * 1_000_000
