"""Customers by how long they have been away, in multiples of their own usual gap."""

from __future__ import annotations

from typing import Any

from cherish.result import Result
from cherish.story import words
from cherish.story.asking import Asking
from cherish.story.pictures import bars
from cherish.story.scene import Picture, Table
from cherish.story.sentence import Part


def of(asking: Asking, found: Result) -> Picture:
    """The picture."""
    rows = found.table.to_pylist()
    people = asking.people
    label = f"{people.many.capitalize()} by how long they have been away, in multiples of their own usual gap."
    columns = ("away for", people.many) + (("money in the year before",) if asking.has_money else ())
    cells = tuple(
        (
            Part(row["silence"]),
            asking.cell(found, "customers", words.count, silence=row["silence"]),
            *((asking.cell(found, "value", asking.paid, silence=row["silence"]),) if asking.has_money else ()),
        )
        for row in rows
    )
    return Picture(label, lambda: draw(asking, rows), Table(columns, cells))


def draw(asking: Asking, rows: list[dict[str, Any]]) -> Any:
    """A bar for each band, the silent ones in colour."""
    strong = len(rows) - 2
    listed = [
        bars.Bar(
            _label(row["silence"], place == len(rows) - 1),
            row["customers"],
            f"{words.count(row['customers'])} {asking.people.of(row['customers'])}",
            "strong" if place == strong else "faint" if place == len(rows) - 1 else "plain",
        )
        for place, row in enumerate(rows)
    ]
    return bars.draw(listed)


def _label(silence: str, last: bool) -> str:
    return "too few visits to tell" if last else {"up to twice": "up to twice as long"}.get(silence, _long(silence))


def _long(silence: str) -> str:
    return f"{silence} as long" if silence.endswith("times") else silence
