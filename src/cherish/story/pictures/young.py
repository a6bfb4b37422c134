"""Ages: how many of each, and what they spend or how active they are, beside those whose age is unknown."""

from __future__ import annotations

from typing import Any

from cherish.result import Result
from cherish.spec.view import UNKNOWN
from cherish.story import words
from cherish.story.asking import Asking
from cherish.story.pictures import bars
from cherish.story.scene import Picture, Table
from cherish.story.sentence import Part


def of(asking: Asking, found: Result, young: frozenset[str]) -> Picture:
    """The picture: a bar for each age, the `young` in colour, those of unknown age in the faintest."""
    rows = found.table.to_pylist()
    money = asking.has_money
    what = "money a head in the last 365 days" if money else "share who were active in the last four weeks"
    column, head = ("value_per_head", "money a head") if money else ("active_share", "active in four weeks")
    cells = [_cells(asking, found, row["label"], column) for row in rows]
    drawn = [_bar(asking, row, parts, column, young) for row, parts in zip(rows, cells, strict=True)]
    table = Table(("age", asking.people.many, head), tuple(cells))
    label = f"{asking.people.many.capitalize()} by age, and the {what}"
    return Picture(label, lambda width: bars.draw(drawn, width), table)


def _cells(asking: Asking, found: Result, label: str, column: str) -> tuple[Part, ...]:
    count = asking.cell(found, "customers", words.count, label=label)
    write = asking.paid if column == "value_per_head" else words.percent
    return (Part(label), count, asking.cell(found, column, write, label=label))


def _bar(asking: Asking, row: dict[str, Any], parts: tuple[Part, ...], column: str, young: frozenset[str]) -> bars.Bar:
    unknown = row["label"] == UNKNOWN
    tone: bars.Tone = "faint" if unknown else "strong" if row["label"] in young else "plain"
    unit = f" {asking.people.of(row['customers'])}"
    label = "age unknown" if unknown else row["label"]
    return bars.Bar(label, float(row[column] or 0), parts[2], tone, parts[1], unit)
