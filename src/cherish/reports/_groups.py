"""Breakdowns of a report: which groups are shown, and everybody else as one more group that is counted, not added."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ibis
import numpy as np
import pyarrow as pa

from cherish.reports._rows import labels
from cherish.spec.filters import conjunction
from cherish.spec.report import Run

OTHER = "other"
TRAIT = "traits."


@dataclass(frozen=True)
class Groups:
    """The fields of a breakdown and the groups that are shown; `keep` is None where that is all of them."""

    fields: tuple[str, ...] = ()
    keep: tuple[tuple[str, ...], ...] | None = None
    rest: str = OTHER

    @classmethod
    def of(cls, fields: tuple[str, ...], rows: Any, top: int, run: Run) -> Groups:
        """The `top` groups with the most customers among these rows (columns customer_id, by_1 ...)."""
        if not fields:
            return cls()
        by = labels(fields)
        sizes = rows.group_by(*by).agg(customers=rows.customer_id.nunique())
        ranked = run(sizes.order_by(ibis.desc("customers"), *by).limit(top + 1))
        keys = tuple(zip(*(ranked.column(label).to_pylist() for label in by), strict=True))
        if len(keys) <= top:
            return cls(fields)
        # A group that is called "other" must not swallow everybody else.
        taken = {value for key in keys[:top] for value in key}
        return cls(fields, keys[:top], f"({OTHER})" if OTHER in taken else OTHER)

    @property
    def labels(self) -> tuple[str, ...]:
        """The columns that hold a row's group: by_1, by_2."""
        return labels(self.fields)

    @property
    def exclusive(self) -> bool:
        """Whether every customer is in exactly one group, so that groups of customers may be added."""
        return all(field.startswith(TRAIT) for field in self.fields)

    def on(self, rows: Any) -> Any:
        """The rows with the groups that are not shown made one."""
        if self.keep is None:
            return rows
        shown = ibis.literal(False)
        for key in self.keep:
            shown = shown | conjunction(rows[label] == value for label, value in zip(self.labels, key, strict=True))
        return rows.mutate(**{label: ibis.ifelse(shown, rows[label], self.rest) for label in self.labels})

    def convention(self) -> str:
        """How groups are told apart, as part of a report's convention."""
        return f"/by={'|'.join(self.fields)}" if self.fields else ""

    def notes(self) -> tuple[str, ...]:
        """What must be said beside figures that are broken down."""
        if not self.fields or self.exclusive:
            return ()
        return ("A customer can be in several groups, so the groups don't add up to everybody and no total is given.",)


def codes(rows: pa.Table, by: tuple[str, ...]) -> tuple[list[tuple[str, ...]], Any]:
    """The groups among the rows, sorted, and for each row the place of its group in that list."""
    if not by:
        return [()], np.zeros(rows.num_rows, dtype=np.int64)
    keys = list(zip(*(rows.column(label).to_pylist() for label in by), strict=True))
    found = sorted(set(keys))
    place = {key: index for index, key in enumerate(found)}
    return found, np.fromiter((place[key] for key in keys), dtype=np.int64, count=len(keys))


def column(name: str) -> str:
    """A column's name as charts must be given it: dots, brackets and colons mean something there."""
    escaped = name.replace("\\", "\\\\")
    for sign in ".[]:":
        escaped = escaped.replace(sign, f"\\{sign}")
    return escaped
