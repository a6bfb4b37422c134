"""The picture of a campaign: the bar of its claim, beside the interval of what it caused or the words not proven."""

from __future__ import annotations

from typing import Any

from cherish.reports.campaigns._tables import CAUSED, OTHERS
from cherish.reports.campaigns._told import NOT_PROVEN

CLAIM, CAUSE, WORDS = "#b9b0a3", "#b1123f", "#6d655b"


def of_one(table: Any) -> Any:
    """A bar for each claim and below them what was caused, on one scale."""
    data = []
    for place, row in enumerate(row for row in table.to_pylist() if row["what"] != OTHERS):
        caused = row["what"].startswith(CAUSED)
        if caused or row["value"] is not None:
            data.append({
                "name": CAUSED if caused else row["what"], "place": place, "low": row["low"], "high": row["high"],
                "claimed": None if caused else row["value"], "caused": row["value"] if caused else None,
                "words": _words(caused, row["value"], row["low"], row["high"]),
            })  # fmt: skip
    return _drawn(data)


def of_all(table: Any) -> Any:
    """For each campaign the bar of its claim, and on it what was caused."""
    data = [
        {"name": row["campaign"], "place": place, "claimed": row["claimed"], "caused": row["caused"],
         "low": row["caused_low"], "high": row["caused_high"], "words": row["verdict"]}
        for place, row in enumerate(table.to_pylist())
        if row["claimed"] is not None
    ]  # fmt: skip
    return _drawn(data)


def _words(caused: bool, value: float | None, low: float | None, high: float | None) -> str:
    if not caused:
        return f"{value:,.0f}"
    if value is None or low is None or high is None:
        return NOT_PROVEN
    shown = f"{value:,.0f} ({low:,.0f} to {high:,.0f})"
    return f"{shown}: {NOT_PROVEN}" if low <= 0 <= high else shown


def _drawn(data: list[dict[str, Any]]) -> Any:
    import altair as alt

    if not data:
        return None
    for row in data:
        # The words stand behind whatever reaches furthest.
        row["end"] = max(0.0, *(float(row[name] or 0.0) for name in ("claimed", "caused", "high")))
    least = min(0.0, *(float(row["low"] or 0.0) for row in data))
    most = max(row["end"] for row in data) or 1.0
    scale = alt.Scale(domain=[least, most * 1.3], nice=False)
    axis = alt.Axis(format=",.0f", title="money: claimed (bars) and caused (dots with intervals)", tickCount=5)
    base = alt.Chart(alt.Data(values=data), height=alt.Step(34)).encode(
        y=alt.Y("name:N", sort=alt.EncodingSortField("place"), title=None)
    )
    x = alt.X("claimed:Q", scale=scale, axis=axis)
    bars = base.mark_bar(color=CLAIM).encode(x=x)
    spans = base.mark_rule(color=CAUSE, strokeWidth=3).encode(x=alt.X("low:Q", scale=scale, axis=axis), x2="high:Q")
    dots = base.mark_circle(color=CAUSE, size=90, opacity=1).encode(x=alt.X("caused:Q", scale=scale, axis=axis))
    words = base.mark_text(align="left", dx=6, color=WORDS).encode(
        x=alt.X("end:Q", scale=scale, axis=axis), text="words:N"
    )
    return bars + spans + dots + words
