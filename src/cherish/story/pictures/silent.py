"""Customers by how long they have been away, in multiples of their own usual gap."""

from __future__ import annotations

from cherish.result import Result
from cherish.story import words
from cherish.story.asking import Asking
from cherish.story.pictures import bars
from cherish.story.scene import Picture, Table
from cherish.story.sentence import Part


def of(asking: Asking, found: Result) -> Picture:
    """The picture: a bar for each band, the silent ones in colour, those without a rhythm in the faintest."""
    rows = found.table.to_pylist()
    heads = ("away for", asking.people.many) + (("money in the year before",) if asking.has_money else ())
    cells = [_cells(asking, found, row["silence"]) for row in rows]
    last = len(rows) - 1
    tones: dict[int, bars.Tone] = {last - 1: "strong", last: "faint"}
    drawn = [
        bars.Bar(_label(row["silence"], place == last), row["customers"], parts[1], tones.get(place, "plain"))
        for place, (row, parts) in enumerate(zip(rows, cells, strict=True))
    ]
    label = f"{asking.people.many.capitalize()} by how long they have been away, against their own usual gap"
    return Picture(label, lambda width: bars.draw(drawn, width), Table(heads, tuple(cells)))


def _cells(asking: Asking, found: Result, silence: str) -> tuple[Part, ...]:
    count = asking.cell(found, "customers", words.count, silence=silence)
    value = (asking.cell(found, "value", asking.paid, silence=silence),) if asking.has_money else ()
    return (Part(silence), count, *value)


def _label(silence: str, last: bool) -> str:
    if last:
        return "too few visits to tell"
    return f"{silence} as long" if silence.endswith(("times", "twice")) else silence
