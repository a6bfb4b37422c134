"""How many came on one day, on two, on three ..."""

from __future__ import annotations

from cherish.result import Result
from cherish.story import words
from cherish.story.asking import Asking
from cherish.story.pictures import columns
from cherish.story.pictures.columns import Column, Line
from cherish.story.scene import Picture, Table
from cherish.story.sentence import Part
from cherish.verify import cell

MOST, FEWEST = 10, 7
"""Beyond so many days the bars become one (`10+`); and so many are shown where nobody came more often."""


def of(asking: Asking, found: Result, regular: int) -> Picture:
    """The picture; `regular` is the number of days from which on somebody is called a regular."""
    rows = found.table.to_pylist()
    window = len(rows)
    last = min(MOST, max((row["active_days"] for row in rows if row["customers"]), default=1))
    last = max(last, min(FEWEST, window))
    names = ["customers"] * (last - 1) + ["customers" if last == window else "customers_at_least"]
    steps = [str(place) if name == "customers" else f"{place}+" for place, name in enumerate(names, 1)]
    parts = [asking.cell(found, name, words.count, active_days=place) for place, name in enumerate(names, 1)]
    heights = [rows[place][name] for place, name in enumerate(names)]
    drawn = [Column(step, height, part) for step, height, part in zip(steps, heights, parts, strict=True)]
    many = asking.count(found, cell("customers_at_least", active_days=regular))
    line = Line(steps[regular - 1], Part(many.text, many), f" on {regular} days or more")
    shown = line if rows[regular - 1]["customers_at_least"] and last > regular else None
    label = (
        f"{asking.people.many.capitalize()} by the number of days, out of {window}, on which they {asking.acts.past}"
    )
    table = Table(
        ("days", asking.people.many), tuple((Part(step), part) for step, part in zip(steps, parts, strict=True))
    )
    return Picture(label, lambda width: columns.draw(drawn, width, f"days out of {window}", line=shown), table)
