"""A batch: events of one name from one part, as arrays, before they become rows of the log."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from .arrays import Flags, Floats, Integers


@dataclass(frozen=True)
class Labels:
    """A text column as codes into its labels; -1 is null."""

    labels: tuple[str, ...]
    codes: Integers


Column = str | Labels | Integers
"""A text for all rows, a text per row, or a number per row (ids and cents as numbers; -1 is a null id)."""


@dataclass(frozen=True)
class Batch:
    """Events of one name.

    `number` tells the events of a `part` apart and gives them their message ids; it must not depend on what else
    happens, so that an event keeps its id when another effect is switched off.
    """

    part: str
    name: str
    number: Integers
    customer: Integers
    moment: Floats
    type: str = "track"
    browser: bool = False
    columns: Mapping[str, Column] = field(default_factory=dict)

    def where(self, rows: Flags) -> "Batch":
        """Keep some of the events."""
        if bool(rows.all()):
            return self
        columns = {name: kept(column, rows) for name, column in self.columns.items()}
        return Batch(
            self.part,
            self.name,
            self.number[rows],
            self.customer[rows].astype(np.int32),
            self.moment[rows],
            self.type,
            self.browser,
            columns,
        )


def kept(column: Column, rows: Flags) -> Column:
    """Keep some rows of a column."""
    if isinstance(column, str):
        return column
    if isinstance(column, Labels):
        return Labels(column.labels, column.codes[rows])
    return column[rows]
