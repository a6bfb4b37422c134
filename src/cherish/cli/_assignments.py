"""The log that an assignment table is asked with: the workspace, or what is named; else the table itself, as events."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from cherish.cli._options import opened

if TYPE_CHECKING:
    from cherish.library import Log

NO_TIME = "1970-01-01"
"""The day that events have whose table says no time: nothing is measured by it."""


def log_of(assignments: Path | None, columns: list[str] | None, places: tuple[Any, ...]) -> Log:
    """The log to ask; where there is neither a workspace nor another source, one of the table's own rows."""
    from cherish.workspace import locate

    if assignments is None or any(place for place in places) or locate(None).store().exists:
        return opened(*places)
    return _of_table(assignments, columns or [])


def _of_table(path: Path, columns: list[str]) -> Log:
    import pyarrow as pa

    from cherish import library
    from cherish.reports._arms.logged import ASSIGNED
    from cherish.reports._arms.reading import raw

    table, roles, _ = raw(str(path), columns)
    rows = table.num_rows
    customer = table[roles["customer"]] if "customer" in roles else pa.chunked_array([pa.array(range(1, rows + 1))])
    time = table[roles["time"]] if "time" in roles else pa.chunked_array([pa.array([NO_TIME] * rows)])
    events = pa.table({"customer": customer.cast(pa.string()), "time": time, "event": pa.array([ASSIGNED] * rows)})
    return library.read(events, customer="customer", ts="time", mapping={"event": "event"})
