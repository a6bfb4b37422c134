"""The share of the money that each tenth of the customers brings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cherish.result import Result
from cherish.story import words
from cherish.story.asking import Asking
from cherish.story.pictures import canvas
from cherish.story.scene import Picture, Table
from cherish.story.sentence import Part


def of(asking: Asking, found: Result) -> Picture:
    """The picture."""
    rows = found.table.to_pylist()
    one_each = found.headline["buyers"] <= len(rows)
    what = f"each {asking.people.one}" if one_each else f"each tenth of the {asking.people.many}"
    label = f"Share of the money that {what} brings, those who spent most first."
    unit = f" ({asking.currency})" if asking.currency else ""
    columns = ("group", asking.people.many, f"money{unit}", *(() if asking.few else ("share",)))
    table = Table(columns, tuple(_cells(asking, found, row["part"]) for row in rows))
    title = f"{asking.people.many}, from those who spent most" + ("" if one_each else ", in tenths")
    return Picture(label, lambda: draw(rows, title, asking.few), table)


def _cells(asking: Asking, found: Result, part: int) -> tuple[Part, ...]:
    writers: list[tuple[str, Callable[[Any], str]]] = [("customers", words.count), ("value", words.amount)]
    if not asking.few:
        writers.append(("share", words.percent))
    return (Part(str(part)), *(asking.cell(found, column, write, part=part) for column, write in writers))


def draw(rows: list[dict[str, Any]], title: str, few: bool) -> Any:
    """A bar for each group with its share on it (its amount, where shares would be of few), the first one in colour."""
    import altair as alt

    data = [
        {
            "part": row["part"],
            "share": max(row["share"] or 0, 0),
            "text": words.short(row["value"]) if few else words.percent(row["share"] or 0),
        }
        for row in rows
    ]
    most = max(row["share"] for row in data) or 1
    base = alt.Chart(alt.Data(values=data)).encode(
        x=alt.X("part:O", title=title, axis=alt.Axis(labels=False, ticks=False)),
        y=alt.Y("share:Q", title=None, axis=None, scale=alt.Scale(domain=[0, most * 1.1])),
    )
    colour = alt.condition(alt.datum.part == rows[0]["part"], alt.value(canvas.ACCENT), alt.value(canvas.STONE))
    bars = base.mark_bar(cornerRadiusTopLeft=2, cornerRadiusTopRight=2).encode(color=colour)
    texts = base.mark_text(dy=-8, fontSize=12, color=canvas.INK).encode(text="text:N")
    return canvas.finished(bars + texts, 180)
