"""Pictures of a funnel: a bar per step with what was lost before it, or a line per step over the periods of a trend."""

from __future__ import annotations

from collections import Counter
from typing import Any

GROUPS = 6
"""How many groups a picture can hold: those with the most entries."""


def picture(table: Any, keys: list[str]) -> Any:
    """The chart of a finished funnel; None where there is nothing to draw."""
    rows, by = table.to_pylist(), [name for name in keys if name != "period"]
    if not rows:
        return None
    for row in rows:
        row["group"] = ", ".join(str(row[name]) for name in by)
        row["label"] = f"{row['step']}. {row['name']}"
    sizes = Counter[str]()
    for row in rows:
        sizes[row["group"]] += (row["reached"] or 0) if row["step"] == 1 else 0
    largest = {group for group, _ in sizes.most_common(GROUPS)}
    rows = [row for row in rows if row["group"] in largest]
    legend = f"the {GROUPS} largest of {len(sizes)}" if len(sizes) > GROUPS else None
    if "period" in keys:
        return _lines(rows, bool(by), legend)
    return _bars(rows, bool(by), legend)


def _bars(rows: list[dict[str, Any]], broken_down: bool, legend: str | None) -> Any:
    import altair as alt

    for row, before in zip(rows, [None, *rows[:-1]], strict=True):
        row["share"] = row["overall_rate"] or 0.0
        # What was lost before a step stands pale beside what is left; groups leave no room for it.
        row["edge"] = before["share"] if before is not None and row["step"] > 1 and not broken_down else row["share"]
        row["text"] = _beside(row, before)
    base = alt.Chart(alt.Data(values=rows), height=alt.Step(20 if broken_down else 42)).encode(
        y=alt.Y("label:N", sort=list(dict.fromkeys(row["label"] for row in rows)), title=None),
        x=alt.X("share:Q", title=None, axis=None, scale=alt.Scale(domain=[0, 1.45])),
        tooltip=["name:N", alt.Tooltip("reached:Q", format=",.0f"), alt.Tooltip("dropped:Q", format=",.0f"),
                 alt.Tooltip("overall_rate:Q", format=".1%"), alt.Tooltip("step_rate:Q", format=".1%")],
    )  # fmt: skip
    if broken_down:
        base = base.encode(yOffset=alt.YOffset("group:N"), color=alt.Color("group:N", title=legend))
    lost = base.mark_bar(opacity=0.18).encode(x2="edge:Q")
    text = base.mark_text(align="left", dx=6, baseline="middle").encode(
        x="edge:Q", text="text:N", color=alt.value("#5c564d")
    )
    return base.mark_bar() + text if broken_down else lost + base.mark_bar() + text


def _beside(row: dict[str, Any], before: dict[str, Any] | None) -> str:
    if row["reached"] is None:
        return "hidden"
    if row["overall_rate"] is None:
        return f"{row['reached']:,}"
    text = f"{row['reached']:,} · {row['overall_rate']:.1%}"
    if row["step_rate"] is None or before is None or row["step"] == 1:
        return text
    of_before = f"; {row['step_rate']:.1%} of the step before" if row["step"] > 2 else ""
    return f"{text}{of_before}; {before['dropped']:,} lost"


def _lines(rows: list[dict[str, Any]], broken_down: bool, legend: str | None) -> Any:
    import altair as alt

    last = max(row["step"] for row in rows)
    kept = [row for row in rows if (row["step"] == last if broken_down else row["step"] > 1)]
    for row in kept:
        row["period"] = row["period"].isoformat()
        row["line"] = row["group"] if broken_down else row["label"]
    order = list(dict.fromkeys(row["line"] for row in kept))
    base = alt.Chart(alt.Data(values=kept)).encode(
        x=alt.X("period:T", title=None),
        y=alt.Y("overall_rate:Q", title="share of those who entered in the period", axis=alt.Axis(format=".0%")),
        color=alt.Color("line:N", title=legend, sort=order, legend=alt.Legend() if len(order) > 1 else None),
        tooltip=["line:N", "period:T", "reached:Q", alt.Tooltip("overall_rate:Q", format=".1%")],
    )
    return base.mark_line(point=True)
