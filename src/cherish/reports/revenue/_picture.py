"""Pictures of revenue: stacked columns by period, and lines of what cohorts have brought."""

from __future__ import annotations

from typing import Any

from cherish.reports._groups import column

_PARTS = {"new_value": "from new customers", "returning_value": "from returning customers"}


def periods(table: Any, unit: str) -> Any:
    """Money by period from new and from returning customers, a row of columns per group."""
    import altair as alt

    keys = table.column_names[1 : table.column_names.index("orders")]
    rows = [
        {"period": _name(row["period"], unit), "money": float(row[name]), "part": part,
         **{f"key_{place}": row[key] for place, key in enumerate(keys)}}
        for row in table.to_pylist() for name, part in _PARTS.items()
    ]  # fmt: skip
    bars = alt.Chart(alt.Data(values=rows)).mark_bar().encode(
        x=alt.X("period:N", sort=None, title=None, axis=alt.Axis(labelAngle=0, labelOverlap=True)),
        y=alt.Y("money:Q", title="net value", axis=alt.Axis(format="~s")),
        color=alt.Color("part:N", title=None, sort=list(_PARTS.values()), legend=alt.Legend(orient="top")),
        tooltip=["period:N", "part:N", alt.Tooltip("money:Q", format=",.2f")],
    )  # fmt: skip
    facets = {"row": alt.Row("key_0:N", title=column(keys[0]))} if keys else {}
    if len(keys) > 1:
        facets["column"] = alt.Column("key_1:N", title=column(keys[1]))
    return bars.facet(**facets) if facets else bars


def cohorts(table: Any) -> Any:
    """What a customer had brought by each period after the first order: a thin line per cohort, the average bold."""
    import altair as alt

    rows = [
        {"cohort": str(row["cohort"] or row["average"]), "bucket": row["bucket"], "rate": row["rate"]}
        for row in table.to_pylist() if row["rate"] is not None
    ]  # fmt: skip
    base = alt.Chart(alt.Data(values=rows)).encode(
        x=alt.X("bucket:Q", title="periods since the first order", axis=alt.Axis(tickMinStep=1)),
        y=alt.Y("rate:Q", title="net value per customer so far", axis=alt.Axis(format="~s")),
        tooltip=["cohort:N", "bucket:Q", alt.Tooltip("rate:Q", format=",.2f")],
    )  # fmt: skip
    each = base.transform_filter("datum.cohort != 'pooled'").mark_line(opacity=0.35, strokeWidth=1, color="gray")
    pooled = base.transform_filter("datum.cohort == 'pooled'").mark_line(strokeWidth=3, point=True)
    return each.encode(detail="cohort:N") + pooled


def _name(start: Any, unit: str) -> str:
    return f"{start:%b %Y}" if unit in ("month", "quarter") else str(start.year if unit == "year" else start)
