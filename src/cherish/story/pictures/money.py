"""The share of the money that each tenth of the customers brings; of few customers, what each of them brought."""

from __future__ import annotations

from cherish.result import Result
from cherish.story import words
from cherish.story.asking import Asking
from cherish.story.pictures import columns
from cherish.story.pictures.columns import Column
from cherish.story.scene import Picture, Table
from cherish.story.sentence import Part


def of(asking: Asking, found: Result) -> Picture:
    """The picture."""
    rows = found.table.to_pylist()
    one_each = found.headline["buyers"] <= len(rows)
    what = f"each {asking.people.one}" if one_each else f"each tenth of the {asking.people.many}"
    unit = f" ({asking.currency})" if asking.currency else ""
    shares = not asking.few
    label = f"Share of the money that {what} brought" if shares else f"Money{unit} that {what} brought"
    heads = ("group", asking.people.many, f"money{unit}", *(("share",) if shares else ()))
    cells = [_cells(asking, found, row["part"], shares) for row in rows]
    drawn = [
        Column(str(row["part"]), float(row["share"] or 0), parts[-1]) for row, parts in zip(rows, cells, strict=True)
    ]
    title = f"{asking.people.many}, from those who spent most" + ("" if one_each else ", in tenths")
    return Picture(label, lambda width: columns.draw(drawn, width, title, steps=False), Table(heads, tuple(cells)))


def _cells(asking: Asking, found: Result, part: int, shares: bool) -> tuple[Part, ...]:
    group = Part(str(part))
    count = asking.cell(found, "customers", words.count, part=part)
    value = asking.cell(found, "value", words.amount, part=part)
    return (
        (group, count, value, asking.cell(found, "share", words.percent, part=part))
        if shares
        else (group, count, value)
    )
