"""Lying bars: a label above each, the bar, and its numbers at the end; for groups with names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from cherish.story.pictures import canvas

STEP = 44
Tone = Literal["strong", "plain", "faint"]
TONES: dict[Tone, str] = {"strong": canvas.ACCENT, "plain": canvas.STONE, "faint": canvas.RULE}


@dataclass(frozen=True)
class Bar:
    """One bar: what it stands for, how long it is, what is written at its end, and its tone."""

    label: str
    length: float
    text: str
    tone: Tone = "plain"


def draw(bars: list[Bar]) -> Any:
    """The bars from top to bottom, in the order given."""
    import altair as alt

    data = [
        {"place": at, "label": _short(each.label), "length": max(each.length, 0), "text": each.text, "tone": each.tone}
        for at, each in enumerate(bars)
    ]
    most = max((row["length"] for row in data), default=1) or 1
    base = alt.Chart(alt.Data(values=data)).encode(
        y=alt.Y("place:O", axis=None, scale=alt.Scale(paddingInner=0.62, paddingOuter=0.5)),
        x=alt.X("length:Q", axis=None, scale=alt.Scale(domain=[0, most])),
    )
    colour = alt.Color("tone:N", scale=alt.Scale(domain=list(TONES), range=list(TONES.values())), legend=None)
    marks = base.mark_bar(cornerRadiusTopRight=2, cornerRadiusBottomRight=2).encode(color=colour)
    labels = base.mark_text(align="left", dy=-16, fontSize=canvas.SIZE, color=canvas.INK)
    ends = base.mark_text(align="right", dy=-16, fontSize=canvas.SIZE, color=canvas.SOFT)
    chart = (
        marks + labels.encode(x=alt.value(0), text="label:N") + ends.encode(x=alt.value(canvas.WIDTH), text="text:N")
    )
    return canvas.finished(chart, STEP * len(bars))


def _short(text: str) -> str:
    return text if len(text) <= 32 else text[:31] + "…"
