"""Standing bars: one for each step of a scale, the first in colour, its number on top."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cherish.story.pictures import canvas
from cherish.story.sentence import Part

ROOM, LINE = 1.16, 1.34
"""How much higher than the highest bar the picture is: for the number on it, and for a line above all of them."""
HEIGHT, DIGIT = 226, 7.0


@dataclass(frozen=True)
class Column:
    """One bar: its step, how high it is, its number and what is written after it."""

    step: str
    height: float
    number: Part
    after: str = ""


@dataclass(frozen=True)
class Line:
    """A line above the bars from a step to the last one, and what it says of them."""

    start: str
    number: Part
    after: str


def draw(columns: list[Column], width: int, title: str, steps: bool = True, line: Line | None = None) -> Any:
    """The bars from left to right; `title` names the scale, `steps` are written below the bars."""
    import altair as alt

    data: list[dict[str, Any]] = [
        {"step": each.step, "n": max(each.height, 0), "first": place == 0, **canvas.written(each.number, each.after)}
        for place, each in enumerate(columns)
    ]
    most = max((row["n"] for row in data), default=1) or 1
    order = [each.step for each in columns]
    scale = alt.Scale(domain=order, paddingInner=0.1 if len(order) > 3 else 0.3, paddingOuter=0.02)
    axis = alt.Axis(labels=steps, labelAngle=0, ticks=False, labelOverlap=True)
    top = alt.Scale(domain=[0, most * (ROOM if line is None else LINE)])
    base = alt.Chart(alt.Data(values=data)).encode(
        x=alt.X("step:O", scale=scale, title=title, axis=axis), y=alt.Y("n:Q", title=None, axis=None, scale=top)
    )
    colour = alt.condition(alt.datum.first, alt.value(canvas.ACCENT), alt.value(canvas.STONE))
    bars = base.mark_bar(cornerRadiusTopLeft=3, cornerRadiusTopRight=3).encode(color=colour)
    longest = max((len(each.number.text + each.after) for each in columns), default=1)
    size = max(9.0, min(canvas.SMALL, canvas.SMALL * width / len(order) / (longest * DIGIT)))
    numbers = base.mark_text(dy=-8, fontSize=size, color=canvas.INK).encode(text="text:N", description="figure:N")
    layers = [bars, numbers] + ([] if line is None else _line(line, order, scale))
    return canvas.finished(alt.layer(*layers), width, HEIGHT)


def _line(line: Line, order: list[str], scale: Any) -> list[Any]:
    import altair as alt

    said = {"from": line.start, "to": order[-1], **canvas.written(line.number, line.after)}
    base = alt.Chart(alt.Data(values=[said]))
    rule = base.mark_rule(color=canvas.SOFT, strokeWidth=1).encode(
        x=alt.X("from:O", scale=scale, bandPosition=0), x2=alt.X2("to:O", bandPosition=1), y=alt.value(24)
    )
    words = base.mark_text(align="right", color=canvas.SOFT, fontSize=canvas.SIZE).encode(
        x=alt.X("to:O", scale=scale, bandPosition=1), y=alt.value(11), text="text:N", description="figure:N"
    )
    return [rule, words]
