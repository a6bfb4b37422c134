"""From batches to the log: one Arrow table, sorted by time, written in slices to keep memory low."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa

from .arrays import Floats, Integers
from .batches import Batch, Labels
from .plan import Plan
from .schema import EVENTS, ID_COLUMNS, TEXT_COLUMNS, WHOLE_COLUMNS
from .slices import NO_MONEY, NONE, Slice, cut
from .texts import hexadecimal, labelled, money, numbered, whole

SLICE = 1 << 20
ROOM_PER_BATCH = 1 << 38
LABELLED = ("type", "name", *TEXT_COLUMNS)


class Assembly:
    """All batches of one company, column by column, with text columns brought to common labels as they arrive."""

    def __init__(self, plan: Plan, batches: Iterable[Batch]) -> None:
        self.plan = plan
        self.sizes: list[int] = []
        self.browser: list[bool] = []
        self.times: list[Integers] = []
        self.values: dict[str, list[Any]] = {name: [] for name in EVENTS.names}
        self.labels: dict[str, dict[str, int]] = {name: {} for name in LABELLED}
        for batch in batches:
            self.add(batch.where((batch.moment >= 0) & (batch.moment < plan.days)))

    def add(self, batch: Batch) -> None:
        """Take in one batch, keeping no more than its numbers."""
        self.sizes.append(batch.moment.size)
        self.browser.append(batch.browser)
        self.times.append(microseconds(batch.moment))
        self.values["message_id"].append(batch.number)
        self.values["user_id"].append(batch.customer)
        texts = {"type": batch.type, "name": batch.name}
        for name in LABELLED:
            self.values[name].append(coded(texts.get(name, batch.columns.get(name)), self.labels[name]))
        for name in ("order_id", "value", *ID_COLUMNS, *WHOLE_COLUMNS):
            self.values[name].append(batch.columns.get(name))

    def table(self) -> Any:
        """Sort everything by time and write it out slice by slice."""
        times = np.concatenate(self.times)
        self.times.clear()
        order = np.argsort(times, kind="stable")
        bounds = np.cumsum(self.sizes)
        written = [
            self.rows(cut(order[place : place + SLICE], bounds), times[order[place : place + SLICE]])
            for place in range(0, order.size, SLICE)
        ]
        return pa.Table.from_batches(written, EVENTS)

    def rows(self, piece: Slice, times: Integers) -> Any:
        """Write one slice of the log as an Arrow record batch."""
        columns = self.keys(piece)
        columns["ts"] = pa.array(times + self.plan.start_microseconds).cast(pa.timestamp("us"))
        cents = piece.gather(self.values["value"], NO_MONEY, np.int64)
        columns["value"] = money(np.where(cents == NO_MONEY, 0, cents), cents != NO_MONEY)
        for name in LABELLED:
            columns[name] = labelled(tuple(self.labels[name]), piece.gather(self.values[name], NONE, np.int8))
        for name, prefix in ID_COLUMNS.items():
            numbers = piece.gather(self.values[name], NONE, np.int64)
            columns[name] = numbered(prefix, numbers, valid=numbers >= 0)
        for name in WHOLE_COLUMNS:
            numbers = piece.gather(self.values[name], NONE, np.int16)
            columns[name] = whole(numbers, numbers >= 0)
        return pa.record_batch([columns[name] for name in EVENTS.names], schema=EVENTS)

    def keys(self, piece: Slice) -> dict[str, Any]:
        """Write the columns of ids that every event or order has."""
        number = piece.gather(self.values["message_id"], 0, np.int64) % ROOM_PER_BATCH
        customer = piece.gather(self.values["user_id"], 0, np.int64)
        order = piece.gather(self.values["order_id"], NONE, np.int64)
        return {
            "message_id": hexadecimal(piece.batch_of * ROOM_PER_BATCH + number, self.plan.salt),
            "user_id": numbered("c", customer),
            "anonymous_id": numbered("a", customer, valid=np.array(self.browser)[piece.batch_of]),
            "order_id": order_ids(order, self.plan.salt),
        }


def order_ids(numbers: Integers, salt: int) -> Any:
    """Write order numbers as ids that do not tell what caused the order; negative numbers are null."""
    return hexadecimal(numbers, salt, valid=numbers >= 0)


def coded(column: Any, labels: dict[str, int]) -> Any:
    """Bring a text column to common labels, adding new ones: a text becomes one code, an absent column None."""
    if column is None:
        return None
    if isinstance(column, Labels):
        codes = [labels.setdefault(each, len(labels)) for each in column.labels]
        return np.array([*codes, NONE], dtype=np.int8)[column.codes]
    return labels.setdefault(column, len(labels))


def microseconds(moment: Floats) -> Integers:
    """Give moments in whole microseconds since the start."""
    return np.floor(moment * 86_400_000_000).astype(np.int64)
