"""What the answering of one kind of question hands back, before it becomes a result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Made:
    """A finished table with its headline; `shape` says what a row is: customer, group, day, or report.

    `expression` gives the question as one expression over the log, for whoever wants to see its statement.
    """

    table: Any
    headline: Mapping[str, Any]
    convention: str
    expression: Callable[[], Any]
    shape: str
    notes: tuple[str, ...] = ()
    fits: tuple[str, ...] = ()
    about: Mapping[str, str] = field(default_factory=dict)


def missing(table: Any) -> dict[str, int]:
    """How many customers have no value, by reason: `null_REASON` of a table with a column `why`."""
    import pyarrow.compute as pc

    counts = {each["values"]: each["counts"] for each in pc.value_counts(table["why"]).to_pylist()}
    return {f"null_{why}": counts[why] for why in sorted(each for each in counts if each is not None)}
