"""Of the newcomers, how many were active again in each period afterwards."""

from __future__ import annotations

from typing import Any

from cherish.result import Result
from cherish.story import words
from cherish.story.asking import Asking
from cherish.story.pictures import columns
from cherish.story.pictures.columns import Column
from cherish.story.scene import Picture, Table
from cherish.story.sentence import Part

MOST = 18
"""How many periods are shown; what comes later rests on ever fewer, and the report has it."""


def of(asking: Asking, found: Result, unit: str) -> Picture | None:
    """The picture; none where nobody has been followed for two periods."""
    rows = [
        row
        for row in found.table.to_pylist()
        if row["average"] is not None and row["bucket"] > 0 and row["mature"] and row["rate"] is not None
    ][:MOST]
    if not rows:
        return None
    cells = [_cells(asking, found, row) for row in rows]
    heads = (f"{unit}s after the first", f"{asking.people.many} followed so long", "came back")
    table = Table(heads if asking.few else (*heads, "share"), tuple(cells))
    drawn = [_column(asking.few, row, parts) for row, parts in zip(rows, cells, strict=True)]
    counted = "Newcomers" if asking.few else "Share of the newcomers"
    label = f"{counted} who {asking.acts.past} again, of those followed so long"
    return Picture(label, lambda width: columns.draw(drawn, width, f"{unit}s after the first"), table)


def _cells(asking: Asking, found: Result, row: dict[str, Any]) -> tuple[Part, ...]:
    place = {"average": row["average"], "bucket": row["bucket"]}
    counts = [asking.cell(found, column, words.count, **place) for column in ("mature", "retained")]
    rate = () if asking.few else (asking.cell(found, "rate", words.percent, **place),)
    return (Part(str(row["bucket"])), *counts, *rate)


def _column(few: bool, row: dict[str, Any], parts: tuple[Part, ...]) -> Column:
    step = str(row["bucket"])
    return (
        Column(step, row["retained"], parts[2], f" of {parts[1].text}") if few else Column(step, row["rate"], parts[3])
    )
