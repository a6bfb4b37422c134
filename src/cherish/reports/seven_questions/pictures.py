"""The figures of all answers with their intervals, each question in a panel of its own scale."""

from __future__ import annotations

from typing import Any


def drawn(table: Any) -> Any:
    """A point and an interval per figure; None where nothing is known."""
    import altair as alt

    rows = [
        {**row, "name": f"{row['measured']}, {row['of']}" if row["of"] else row["measured"]}
        for row in table.select(["question", "of", "measured", "figure", "low", "high", "n"]).to_pylist()
        if row["figure"] is not None and row["low"] is not None
    ]
    if not rows:
        return None
    base = alt.Chart(width=320, height=alt.Step(22)).encode(y=alt.Y("name:N", sort=None, title=None))
    x = alt.X("figure:Q", title=None, scale=alt.Scale(zero=False))
    spans = base.mark_rule(strokeWidth=2).encode(x=alt.X("low:Q", title=None, scale=alt.Scale(zero=False)), x2="high:Q")
    dots = base.mark_circle(size=70, opacity=1).encode(x=x, tooltip=["name:N", "figure:Q", "low:Q", "high:Q", "n:Q"])
    panels = alt.layer(spans, dots, data=alt.Data(values=rows)).facet(row=alt.Row("question:N", title=None, sort=None))
    return panels.resolve_scale(x="independent", y="independent")
