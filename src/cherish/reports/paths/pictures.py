"""Pictures of paths: heat maps of transitions and steps, and lines from step to step, the wider the more trodden."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pyarrow as pa

CELL = 34
EDGE = {"(start)": -1, "(end)": 1}


def transitions(table: pa.Table) -> Any:
    """From each event (row) to each (column): the share of all steps from there."""
    return _heat(table, "target", "origin", "to", "from")


def matrix(table: pa.Table) -> Any:
    """At each step (column) the share of paths at each event (row)."""
    return _heat(table, "step", "event", "step", "")


def _heat(table: pa.Table, across: str, down: str, over: str, beside: str) -> Any:
    import altair as alt

    def order(name: str) -> Any:
        values = table[name].to_pylist()
        if name == "step":
            return sorted(set(values))
        sizes: dict[str, int] = {}
        for value, size in zip(values, table[table.column_names[2]].to_pylist(), strict=True):
            sizes[value] = sizes.get(value, 0) + size
        # Beginning and end stand at the edges.
        return sorted(sizes, key=lambda each: (EDGE.get(each, 0), -sizes[each], each))

    x_axis = alt.Axis(orient="top", labelAngle=0 if across == "step" else -40, domain=False, ticks=False)
    x = alt.X(across, type="ordinal", sort=order(across), title=over, axis=x_axis)
    y = alt.Y(down, type="ordinal", sort=order(down), title=beside or None, axis=alt.Axis(domain=False, ticks=False))
    base = alt.Chart(table, width=alt.Step(CELL + 18), height=alt.Step(CELL)).encode(x=x, y=y)
    cells = base.mark_rect().encode(
        color=alt.Color("share", type="quantitative", title=None, legend=None, scale=alt.Scale(domain=[0, 1])),
        tooltip=[down, across, alt.Tooltip("share", format=".1%")],
    )
    # What is rounded to 0 % is not nobody.
    said = base.transform_calculate(said="datum.share < 0.005 ? '<1%' : format(datum.share, '.0%')")
    return cells + said.mark_text(fontSize=11).encode(
        text=alt.Text("said", type="nominal"),
        color=alt.condition("datum.share > 0.55", alt.value("white"), alt.value("#444")),
    )


def positions(table: pa.Table) -> Any:
    """Each path a line through its steps; events stand in rows."""
    import altair as alt

    rows = table.to_pylist()
    steps = [name for name in table.column_names if name.startswith("step_")]
    first = int(steps[0].removeprefix("step_"))
    sizes: dict[str, int] = {}
    lines = []
    for path, row in enumerate(rows):
        for place, name in _way([row[step] for step in steps], first):
            sizes[name] = sizes.get(name, 0) + row["paths"]
            lines.append({"path": path, "step": place, "event": name, "paths": row["paths"], "share": row["share"]})
    order = sorted(sizes, key=lambda each: (EDGE.get(each, 0), -sizes[each], each))
    last = first + len(steps) - 1
    base = alt.Chart(alt.Data(values=lines), width=520, height=alt.Step(CELL)).encode(
        x=alt.X("step:Q", title="step", scale=alt.Scale(domain=[first - 0.2, last + 0.2]),
                axis=alt.Axis(values=list(range(first, last + 1)), format="d", grid=False)),
        y=alt.Y("event:N", sort=order, title=None, axis=alt.Axis(domain=False, ticks=False, grid=True)),
    )  # fmt: skip
    width = alt.Size("paths:Q", legend=None, scale=alt.Scale(range=[1, 14]))
    ways = base.mark_line(opacity=0.45, interpolate="linear", strokeJoin="round", strokeCap="round").encode(
        detail="path:N", size=width, order="step:Q"
    )
    points = (
        base.transform_aggregate(total="sum(paths)", groupby=["step", "event"])
        .mark_point(filled=True, opacity=1)
        .encode(size=alt.value(55), tooltip=["event:N", "step:Q", "total:Q"])
    )
    return ways + points


def _way(names: list[str | None], first: int) -> list[tuple[int, str]]:
    """The steps of a path, and where it begins or ends if that is among them."""
    way = [(place, name) for place, name in enumerate(names, first) if name is not None]
    before, after = way[0][0] - 1, way[-1][0] + 1
    begins = [(before, "(start)")] if before >= first else []
    return [*begins, *way, *([(after, "(end)")] if after < first + len(names) else [])]


PICTURES: Mapping[str, Callable[[pa.Table], Any]] = {
    "transitions": transitions,
    "matrix": matrix,
    "positions": positions,
}
