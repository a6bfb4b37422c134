"""How many came on one day, on two, on three ..."""

from __future__ import annotations

from typing import Any

from cherish.result import Result
from cherish.story import words
from cherish.story.asking import Asking
from cherish.story.pictures import canvas
from cherish.story.scene import Picture, Table
from cherish.story.sentence import Part

MOST = 14
"""Beyond so many days the bars become one: `14 or more`."""


def of(asking: Asking, found: Result, regular: int) -> Picture:
    """The picture; `regular` is the number of days from which on somebody is called a regular."""
    rows = found.table.to_pylist()
    window = len(rows)
    last = min(MOST, max((row["active_days"] for row in rows if row["customers"]), default=1))
    last = max(last, min(7, window))
    listed = [(str(row["active_days"]), row["customers"]) for row in rows[: last - 1]]
    whole = last == window
    listed.append((str(last) if whole else f"{last}+", rows[last - 1]["customers_at_least"]))
    who, past = asking.people.many.capitalize(), asking.acts.past
    label = f"{who} by the number of days, out of {window}, on which they {past}."
    columns = ["customers"] * (last - 1) + ["customers" if whole else "customers_at_least"]
    cells = tuple(
        (Part(days), asking.cell(found, column, words.count, active_days=place))
        for place, ((days, _), column) in enumerate(zip(listed, columns, strict=True), 1)
    )
    table = Table(("days", asking.people.many), cells)
    many = rows[regular - 1]["customers_at_least"]
    bracket = f"{words.count(many)} on {regular} days or more" if many and last > regular else ""
    return Picture(label, lambda: draw(listed, window, (listed[regular - 1][0], bracket)), table)


def draw(listed: list[tuple[str, int]], window: int, regular: tuple[str, str]) -> Any:
    """A bar for each number of days, the first one in colour; a line above those who are regulars."""
    import altair as alt

    most = max(customers for _, customers in listed) or 1
    data = [{"days": days, "n": n, "once": days == "1", "text": words.count(n)} for days, n in listed]
    order = [days for days, _ in listed]
    scale = alt.Scale(domain=order)
    x = alt.X("days:O", scale=scale, title=f"days out of {window}", axis=alt.Axis(labelAngle=0, ticks=False))
    y = alt.Y("n:Q", title=None, axis=None, scale=alt.Scale(domain=[0, most * 1.3]))
    base = alt.Chart(alt.Data(values=data)).encode(x=x, y=y)
    colour = alt.condition(alt.datum.once, alt.value(canvas.ACCENT), alt.value(canvas.STONE))
    bars = base.mark_bar(cornerRadiusTopLeft=2, cornerRadiusTopRight=2).encode(color=colour)
    texts = base.mark_text(dy=-7, fontSize=11, color=canvas.INK).encode(text="text:N")
    if not regular[1]:
        return canvas.finished(bars + texts, 190)
    span = alt.Chart(alt.Data(values=[{"from": regular[0], "to": order[-1], "text": regular[1]}]))
    line = span.mark_rule(color=canvas.SOFT, strokeWidth=1).encode(
        x=alt.X("from:O", scale=scale, bandPosition=0), x2=alt.X2("to:O", bandPosition=1), y=alt.value(22)
    )
    words_above = span.mark_text(align="right", color=canvas.SOFT, fontSize=canvas.SIZE).encode(
        x=alt.X("to:O", scale=scale, bandPosition=1), y=alt.value(10), text="text:N"
    )
    return canvas.finished(bars + texts + line + words_above, 190)
