"""Of the newcomers, how many were active again in each period afterwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cherish.result import Result
from cherish.story import words
from cherish.story.asking import Asking
from cherish.story.pictures import canvas
from cherish.story.scene import Picture, Table
from cherish.story.sentence import Part


def of(asking: Asking, found: Result, unit: str) -> Picture | None:
    """The picture; none where nobody has been followed for two periods."""
    rows = [
        row
        for row in found.table.to_pylist()
        if row["average"] is not None and row["bucket"] > 0 and row["mature"] and row["rate"] is not None
    ]
    if not rows:
        return None
    label = f"Share of newcomers who {asking.acts.past} again, by the number of {unit}s after their first."
    table = Table(
        (f"{unit}s after the first", f"{asking.people.many} followed so long", "came back", *_share(asking)),
        tuple(_cells(asking, found, {"average": row["average"], "bucket": row["bucket"]}) for row in rows),
    )
    return Picture(label, lambda: draw(rows, unit, asking.few), table)


def _cells(asking: Asking, found: Result, row: dict[str, Any]) -> tuple[Part, ...]:
    writers: list[tuple[str, Callable[[Any], str]]] = [("mature", words.count), ("retained", words.count)]
    if not asking.few:
        writers.append(("rate", words.percent))
    return (Part(str(row["bucket"])), *(asking.cell(found, column, write, **row) for column, write in writers))


def _share(asking: Asking) -> tuple[str, ...]:
    return () if asking.few else ("share",)


def draw(rows: list[dict[str, Any]], unit: str, few: bool) -> Any:
    """A bar for each period after the first, the next one in colour."""
    import altair as alt

    texts = [f"{row['retained']} of {row['mature']}" if few else words.percent(row["rate"]) for row in rows]
    data = [{"k": row["bucket"], "rate": row["rate"], "text": text} for row, text in zip(rows, texts, strict=True)]
    most = max(row["rate"] for row in data) or 1
    base = alt.Chart(alt.Data(values=data)).encode(
        x=alt.X("k:O", title=f"{unit}s after the first", axis=alt.Axis(labelAngle=0, ticks=False)),
        y=alt.Y("rate:Q", title=None, axis=None, scale=alt.Scale(domain=[0, most * 1.12])),
    )
    colour = alt.condition(alt.datum.k == 1, alt.value(canvas.ACCENT), alt.value(canvas.STONE))
    bars = base.mark_bar(cornerRadiusTopLeft=2, cornerRadiusTopRight=2).encode(color=colour)
    tops = base.mark_text(dy=-8, fontSize=11, color=canvas.INK).encode(text="text:N")
    return canvas.finished(bars + tops, 180)
