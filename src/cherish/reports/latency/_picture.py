"""The picture of latency: who is back within the horizon, and how long it takes."""

from __future__ import annotations

from typing import Any

_LINES = {"mean_gap": "mean of completed gaps", "median_gap": "median, open gaps counted", "threshold": "tripwire"}


def picture(table: Any) -> Any:
    """Two panels that share the steps: shares with their intervals, and days."""
    import altair as alt

    rows = table.to_pylist()
    step = alt.X("after_event:O", title="after event number", axis=alt.Axis(labelAngle=0))
    shares = alt.Chart(alt.Data(values=[row for row in rows if row["back_share"] is not None]), width=260)
    share = shares.mark_bar().encode(
        step, alt.Y("back_share:Q", title="back within the horizon", axis=alt.Axis(format="%"))
    )
    whiskers = shares.mark_rule(strokeWidth=2).encode(step, alt.Y("back_share_low:Q"), alt.Y2("back_share_high:Q"))
    days = [
        {"after_event": row["after_event"], "days": row[name], "what": title}
        for name, title in _LINES.items()
        for row in rows
        if row[name] is not None
    ]
    lines = alt.Chart(alt.Data(values=days), width=260).mark_line(point=True).encode(
        step, alt.Y("days:Q", title="days"),
        alt.Color("what:N", title=None, sort=list(_LINES.values()), legend=alt.Legend(orient="bottom", columns=1)),
    )  # fmt: skip
    return (share + whiskers) | lines
