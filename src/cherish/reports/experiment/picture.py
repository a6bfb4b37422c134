"""The picture of a readout: every effect with its interval, a panel per metric, and the line of no effect."""

from __future__ import annotations

from typing import Any


def picture(table: Any) -> Any:
    """An Altair chart of the finished table; None where nothing has an interval."""
    import altair as alt

    if "effect" not in table.column_names:
        return None
    rows = [row for row in table.to_pylist() if row["low"] is not None and row["high"] is not None]
    if not rows:
        return None
    for row in rows:
        row["who"] = row["arm"] if row["among"] == "all" else f"{row['arm']}, {row['among']}"
        row["seen"] = row["verdict"] in ("higher", "lower", "worse")
    order = list(dict.fromkeys(row["who"] for row in rows))
    base = alt.Chart(width=420, height=alt.Step(24)).encode(y=alt.Y("who:N", sort=order, title=None))
    # One axis for all layers: axes that differ are drawn on top of one another.
    axis = alt.Axis(title="effect: arm less control", tickCount=6, labelOverlap=True, labelSeparation=6)
    spans = base.mark_rule(strokeWidth=2).encode(x=alt.X("low:Q", axis=axis), x2="high:Q")
    color = alt.condition("datum.seen", alt.value("#b3123f"), alt.value("#444444"))
    tips = ["arm:N", "among:N", "effect:Q", "low:Q", "high:Q", "customers:Q", "verdict:N"]
    dots = base.mark_circle(size=70, opacity=1).encode(x=alt.X("effect:Q", axis=axis), color=color, tooltip=tips)
    none = alt.Chart().mark_rule(strokeDash=[4, 3]).encode(x=alt.XDatum(0, axis=axis))
    layered = alt.layer(none, spans, dots, data=alt.Data(values=rows))
    header = alt.Header(labelAngle=0, labelAlign="left", labelAnchor="middle", labelLimit=200)
    panels = alt.Row("metric:N", title=None, sort=list(dict.fromkeys(row["metric"] for row in rows)), header=header)
    return layered.facet(row=panels).resolve_scale(x="independent", y="independent")
