"""Bars that several reports draw: lying ones for names, their numbers at the end; light, without a grid."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def lying(names: Sequence[str], values: Sequence[float | None], title: str, format: str = ",.0f") -> Any:
    """A bar for each name in the order given, from top to bottom, its number at its end."""
    import altair as alt

    rows = [
        {"name": name, "value": value, "place": at} for at, (name, value) in enumerate(zip(names, values, strict=True))
    ]
    most = max((value for value in values if value is not None), default=0) or 1
    base = alt.Chart(alt.Data(values=rows), height=alt.Step(30)).encode(
        y=alt.Y("name:N", sort=alt.EncodingSortField("place"), title=None),
        x=alt.X("value:Q", title=title, axis=alt.Axis(labels=False, ticks=False, grid=False, domain=False),
                scale=alt.Scale(domain=[min(0, *(value or 0 for value in values), 0), most * 1.14])),
        tooltip=["name:N", alt.Tooltip("value:Q", format=format, title=title)],
    )  # fmt: skip
    return base.mark_bar() + base.mark_text(align="left", dx=5).encode(text=alt.Text("value:Q", format=format))
