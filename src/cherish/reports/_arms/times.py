"""Times of a file as naive UTC: with an offset as they say, without one as local times of the log."""

from __future__ import annotations

from typing import Any

import numpy as np

from cherish.errors import FileError
from cherish.spec.calendar import Calendar
from cherish.spec.view import View


def in_utc(view: View, column: Any, what: str) -> Any:
    """A column (a `pyarrow.ChunkedArray` of texts, dates or times) as naive UTC timestamps of microseconds.

    A date is the start of the local day. A local time that comes twice (clocks go back) is the first of the two; one
    that clocks leave out is as long after the gap's begin as it says.

    Raises:
        FileError: a text that is no time; the message names the row.
    """
    import pyarrow as pa

    kind = column.type
    if pa.types.is_dictionary(kind):
        return in_utc(view, column.cast(kind.value_type), what)
    if pa.types.is_timestamp(kind) and kind.tz is not None:
        return column.cast(pa.timestamp("us", kind.tz), safe=False).cast(pa.timestamp("us"))
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return _of_texts(view, column, what)
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return _local(view, column.cast(pa.timestamp("us"), safe=False))
    raise FileError(f"{what} holds {kind}, and no times; write them as 2024-03-01 or 2024-03-01 18:30:00")


def _of_texts(view: View, column: Any, what: str) -> Any:
    """Texts one by one, as the standard library reads ISO 8601: a file may mix times with and without an offset."""
    from datetime import UTC, datetime

    import pyarrow as pa

    moments, local = [], []
    for place, text in enumerate(column.to_pylist()):
        try:
            found = datetime.fromisoformat(text.strip())
        except (ValueError, AttributeError):
            raise FileError(f"{what}, row {place + 1}: no time; write 2024-03-01 or 2024-03-01T18:30:00Z") from None
        local.append(found.tzinfo is None)
        moments.append(found if found.tzinfo is None else found.astimezone(UTC).replace(tzinfo=None))
    given = pa.chunked_array([pa.array(moments, pa.timestamp("us"))])
    if not any(local):
        return given
    import pyarrow.compute as pc

    return pc.if_else(pa.chunked_array([pa.array(local)]), _local(view, given), given)


def _local(view: View, column: Any) -> Any:
    """Local wall times as UTC, by the zone's offsets of the pinned tz database."""
    import pyarrow as pa

    found = view.calendar.offsets
    values = column.cast(pa.int64())
    numbers = np.asarray(values.fill_null(0).to_numpy(), dtype=np.int64)
    if numbers.size and _outside(view, numbers):
        low, high = (_aware(int(each)) for each in (numbers.min(), numbers.max()))
        found = Calendar(view.calendar.name, low, high).offsets
    seconds = np.asarray(found.seconds, dtype=np.int64) * 1_000_000
    instants = np.array([round(each.timestamp() * 1_000_000) for each in found.instants], dtype=np.int64)
    # The old offset holds until its own wall clock reaches the change.
    place = np.searchsorted(instants + seconds[:-1], numbers, side="right")
    moved = pa.array(numbers - seconds[place], mask=np.asarray(values.is_null().to_numpy(zero_copy_only=False)))
    return pa.chunked_array([moved.cast(pa.timestamp("us"))])


def _outside(view: View, numbers: Any) -> bool:
    edges = [round(each.timestamp() * 1_000_000) for each in (view.calendar.start, view.calendar.end)]
    return bool(numbers.min() < edges[0] or numbers.max() > edges[1])


def _aware(microseconds: int) -> Any:
    from datetime import UTC, datetime, timedelta

    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
