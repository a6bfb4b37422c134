"""Lying bars: a label above each, the bar, and its numbers at the end; for groups with names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from cherish.story.pictures import canvas
from cherish.story.sentence import Part

STEP, THICK, DIGIT = 46, 15, 7.4
Tone = Literal["strong", "plain", "faint"]
TONES: dict[Tone, str] = {"strong": canvas.ACCENT, "plain": canvas.STONE, "faint": canvas.RULE}


@dataclass(frozen=True)
class Bar:
    """One bar: what it stands for, how long it is, its number, its tone; before the number a count with its unit."""

    label: str
    length: float
    number: Part
    tone: Tone = "plain"
    beside: Part | None = None
    unit: str = ""


def draw(bars: list[Bar], width: int) -> Any:
    """The bars from top to bottom, in the order given."""
    import altair as alt

    room = max((len(each.number.text) for each in bars), default=0) * DIGIT + 14
    taken = room + max((len(_second(each)["second"]) for each in bars), default=0) * DIGIT
    most = int((width - taken) / DIGIT)
    data: list[dict[str, Any]] = [
        {"place": at, "label": _short(each.label, most), "length": max(each.length, 0), "tone": each.tone,
         **canvas.written(each.number), **_second(each)}
        for at, each in enumerate(bars)
    ]  # fmt: skip
    longest = max((row["length"] for row in data), default=1) or 1
    base = alt.Chart(alt.Data(values=data)).encode(
        y=alt.Y("place:O", axis=None, scale=alt.Scale(paddingInner=1 - THICK / STEP, paddingOuter=0)),
        x=alt.X("length:Q", axis=None, scale=alt.Scale(domain=[0, longest])),
    )
    colour = alt.Color("tone:N", scale=alt.Scale(domain=list(TONES), range=list(TONES.values())), legend=None)
    text = {"dy": -18, "fontSize": canvas.SIZE}
    marks = base.mark_bar(cornerRadiusTopRight=3, cornerRadiusBottomRight=3).encode(color=colour)
    labels = base.mark_text(align="left", color=canvas.INK, **text).encode(x=alt.value(0), text="label:N")
    ends = base.mark_text(align="right", color=canvas.INK, fontWeight=600, **text).encode(
        x=alt.value(width), text="text:N", description="figure:N"
    )
    seconds = base.mark_text(align="right", color=canvas.SOFT, **text).encode(
        x=alt.value(width - room), text="second:N", description="second_figure:N"
    )
    return canvas.finished(marks + labels + ends + seconds, width, STEP * len(bars) - 6)


def _second(bar: Bar) -> dict[str, str]:
    found = canvas.written(bar.beside or Part(""), bar.unit)
    return {"second": found["text"], "second_figure": found["figure"]}


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
