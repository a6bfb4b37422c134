"""The figures of all answers with their intervals: each question in a panel, amounts apart from shares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SHARES = ("share", "rank", "AUC", "how well", "predicts", "adds")
"""How figures begin that lie between -1 and 1; money and its like would press them into a dot."""


def drawn(table: Any) -> Any:
    """A point and an interval per figure; None where nothing is known."""
    import altair as alt

    told = table.select(["question", "of", "measured", "figure", "low", "high", "n"]).to_pylist()
    rows = [row | _placed(row) for row in told if row["figure"] is not None and row["low"] is not None]
    if not rows:
        return None
    axis = alt.Axis(labelLimit=460)
    base = alt.Chart(width=320, height=alt.Step(22)).encode(y=alt.Y("name:N", sort=None, title=None, axis=axis))
    scale = alt.Scale(zero=False)
    spans = base.mark_rule(strokeWidth=2).encode(x=alt.X("low:Q", title=None, scale=scale), x2="high:Q")
    dots = base.mark_circle(size=70, opacity=1).encode(
        x=alt.X("figure:Q", title=None, scale=scale), tooltip=["name:N", "figure:Q", "low:Q", "high:Q", "n:Q"]
    )
    header = alt.Header(labelOrient="top", labelAnchor="start", labelAngle=0)
    row = alt.Row("panel:N", title=None, sort=None, header=header)
    panels = alt.layer(spans, dots, data=alt.Data(values=rows)).facet(row=row)
    return panels.resolve_scale(x="independent", y="independent")


def _placed(row: Mapping[str, Any]) -> dict[str, str]:
    """What a figure is called, and in which panel it stands."""
    share = row["measured"].startswith(SHARES)
    name = f"{row['measured']}, {row['of']}" if row["of"] else row["measured"]
    return {"name": name, "panel": row["question"] if share else f"{row['question']}: amounts"}
