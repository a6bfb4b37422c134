"""Pictures of the comparison: estimates with their intervals, or both groups period by period."""

from __future__ import annotations

from typing import Any

GREY = "#6d655b"


def of(table: Any) -> Any:
    """The picture of whichever table it is; the cells of like customers are best read."""
    if "begins" in table.column_names:
        return _periods(table)
    return _estimates(table) if "estimate" in table.column_names else None


def _estimates(table: Any) -> Any:
    import altair as alt

    rows = [row for row in table.to_pylist() if row["value"] is not None]
    if not rows:
        return None
    order = [row["estimate"] for row in rows]
    title = "more a head than the others: association only"
    axis = alt.Axis(title=title, tickCount=6)
    base = alt.Chart(alt.Data(values=rows), height=alt.Step(30)).encode(y=alt.Y("estimate:N", sort=order, title=None))
    spans = base.mark_rule(strokeWidth=2, color=GREY).encode(x=alt.X("value_low:Q", axis=axis), x2="value_high:Q")
    dots = base.mark_circle(size=80, opacity=1, color=GREY).encode(x=alt.X("value:Q", axis=axis))
    nought = alt.Chart(alt.Data(values=[{}])).mark_rule(strokeDash=[4, 3]).encode(x=alt.XDatum(0, axis=axis))
    return nought + spans + dots


def _periods(table: Any) -> Any:
    import altair as alt

    rows = [
        {"begins": str(row["begins"]), "group": group, "mean": row[f"{group}_mean"]}
        for row in table.to_pylist()
        for group in ("treated", "control")
        if row[f"{group}_mean"] is not None
    ]
    starts = [str(row["begins"]) for row in table.to_pylist() if row["after_start"]]
    lines = alt.Chart(alt.Data(values=rows)).mark_line(point=True).encode(
        x=alt.X("begins:O", title="period that begins on", axis=alt.Axis(labelAngle=0)),
        y=alt.Y("mean:Q", title="a head"), color=alt.Color("group:N", title=None),
    )  # fmt: skip
    start = alt.Chart(alt.Data(values=[{"begins": each} for each in starts])).mark_rule(strokeDash=[4, 3])
    return lines + start.encode(x=alt.X("begins:O"))
