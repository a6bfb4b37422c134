"""Pictures of a journey: shares by stage, then and now, and the grid of moves."""

from __future__ import annotations

from typing import Any

_SHOWN = {"furthest_ever_share": "furthest ever", "current_share": "now"}


def shares(table: Any) -> Any:
    """Two bars per stage: the customers whose furthest stage it is, and those who are in it now."""
    import altair as alt

    rows = [
        {"stage": row["stage"], "share": row[name], "when": when}
        for row in table.to_pylist()
        for name, when in _SHOWN.items()
        if row[name] is not None
    ]
    order = list(_SHOWN.values())
    base = alt.Chart(alt.Data(values=rows), height=alt.Step(16)).encode(
        y=alt.Y("stage:N", sort=table["stage"].to_pylist(), title=None),
        yOffset=alt.YOffset("when:N", sort=order),
        x=alt.X("share:Q", title="share of all customers", axis=alt.Axis(format="%")),
    )
    color = alt.Color("when:N", title=None, sort=order, legend=alt.Legend(orient="top"))
    return base.mark_bar().encode(color) + base.mark_text(align="left", dx=4).encode(
        text=alt.Text("share:Q", format=".1%")
    )


def grid(table: Any) -> Any:
    """From each stage, the share of moves that led to each other stage."""
    import altair as alt

    rows = table.to_pylist()
    order = list(dict.fromkeys([row["from_stage"] for row in rows] + [row["to_stage"] for row in rows]))
    base = alt.Chart(alt.Data(values=rows), width=alt.Step(76), height=alt.Step(40)).encode(
        x=alt.X("to_stage:N", sort=order, title="to", axis=alt.Axis(labelAngle=0, orient="top")),
        y=alt.Y("from_stage:N", sort=order, title="from"),
    )
    cells = base.mark_rect().encode(
        color=alt.Color("share:Q", legend=None, scale=alt.Scale(scheme="blues", domain=[0, 1.8]))
    )
    return cells + base.mark_text().encode(text=alt.Text("share:Q", format=".0%"))
