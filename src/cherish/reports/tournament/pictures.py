"""Pictures of the tournament: the leaderboard as dots with intervals, deciles and forecasts as lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

_KINDS = {"baseline": "plain baseline", "score": "definition", "own": "your own"}


def picture(show: str, table: Any) -> Any:
    """The chart of a table; None where the table says it best, or nothing was ranked."""
    drawn: Mapping[str, Callable[[Any], Any]] = {
        "leaderboard": leaderboard, "cutoffs": course, "deciles": deciles, "populations": populations,
        "calibration": calibration,
    }  # fmt: skip
    return drawn[show](table) if show in drawn and table.num_rows else None


def leaderboard(table: Any) -> Any:
    """Each score's AUC (or Gini, where that ranks) with its interval; baselines have a colour, ties a sign."""
    import altair as alt

    rows = [row for row in table.to_pylist() if row["auc"] is not None]
    if not rows:
        return None
    graded = _graded(rows)
    area, title = ("gini", "Gini of the outcome (0: a coin)") if graded else ("auc", "AUC (0.5: a coin)")
    values = [
        {
            "score": row["score"], "value": row[area], "low": row[f"{area}_low"], "high": row[f"{area}_high"],
            "kind": _KINDS[row["role"]], "standing": row["standing"] or "no verdict",
        }
        for row in rows
    ]  # fmt: skip
    order = [row["score"] for row in rows]
    base = alt.Chart(alt.Data(values=values), height=alt.Step(22), width=460).encode(
        y=alt.Y("score:N", sort=order, title=None),
        color=alt.Color("kind:N", title=None, sort=list(_KINDS.values()), legend=alt.Legend(orient="bottom")),
    )
    whiskers = base.mark_rule(strokeWidth=2).encode(x="low:Q", x2="high:Q")
    dots = base.mark_point(filled=True, size=80, opacity=1).encode(
        x=alt.X("value:Q", title=title, scale=alt.Scale(zero=False)),
        shape=alt.Shape(
            "standing:N", title=None, legend=alt.Legend(orient="bottom"),
            scale=alt.Scale(domain=["leads", "ties", "behind", "no verdict"],
                            range=["diamond", "circle", "triangle-left", "cross"]),
        ),
        tooltip=["score:N", "standing:N",
                 *(alt.Tooltip(f"{name}:Q", format=".4f") for name in ("value", "low", "high"))],
    )  # fmt: skip
    coin = alt.Chart(alt.Data(values=[{"at": 0.0 if graded else 0.5}])).mark_rule(strokeDash=[4, 4], color="#8a8278")
    return coin.encode(x="at:Q") + whiskers + dots


def _graded(rows: list[dict[str, Any]]) -> bool:
    """Whether the Gini is one of amounts and not 2 AUC - 1 of a yes or no."""
    return any(row["gini"] is not None and abs(row["gini"] - (2 * row["auc"] - 1)) > 1e-9 for row in rows)


def course(table: Any) -> Any:
    """Each score's AUC from cut-off to cut-off."""
    import altair as alt

    values = [
        {"score": row["score"], "cutoff": row["cutoff"].isoformat(), "auc": row["auc"]}
        for row in table.to_pylist()
        if row["auc"] is not None
    ]
    line = alt.Chart(alt.Data(values=values), width=460).mark_line(point=True)
    return line.encode(
        x=alt.X("cutoff:T", title="cut-off"), y=alt.Y("auc:Q", title="AUC", scale=alt.Scale(zero=False)),
        color=alt.Color("score:N", title=None, sort=None), tooltip=["score:N", "cutoff:T", "auc:Q"],
    )  # fmt: skip


def deciles(table: Any) -> Any:
    """What each tenth did afterwards, a small picture for each score: a good one falls from left to right."""
    import altair as alt

    values = table.select(["score", "decile", "rate", "amount"]).to_pylist()
    bars = alt.Chart(alt.Data(values=values), width=130, height=90).mark_bar()
    return bars.encode(
        x=alt.X("decile:O", title=None, axis=alt.Axis(labelAngle=0)),
        y=alt.Y("rate:Q", title=None, axis=alt.Axis(format="%")),
    ).facet(facet=alt.Facet("score:N", title=None, sort=None), columns=4)  # fmt: skip


def populations(table: Any) -> Any:
    """The AUC of each score within each sub-population."""
    import altair as alt

    rows = [row for row in table.to_pylist() if row["auc"] is not None]
    if not rows:
        return None
    names = ("population", "score", "auc", "auc_low", "auc_high")
    values = [{name: row[name] for name in names} for row in rows]
    base = alt.Chart().encode(y=alt.Y("score:N", sort=None, title=None))
    layers = base.mark_rule(strokeWidth=2).encode(x="auc_low:Q", x2="auc_high:Q") + base.mark_point(
        filled=True, size=60, opacity=1
    ).encode(x=alt.X("auc:Q", title="AUC", scale=alt.Scale(zero=False)))
    return alt.layer(layers, data=alt.Data(values=values), width=200).facet(
        facet=alt.Facet("population:N", title=None, sort=None), columns=3
    )


def calibration(table: Any) -> Any:
    """What was forecast for each tenth, and what happened: on the line both are the same."""
    import altair as alt

    rows = [row for row in table.to_pylist() if row["part"] != "all" and row["forecast"] is not None]
    if not rows:
        return None
    values = [{name: row[name] for name in ("score", "forecast", "happened")} for row in rows]
    most = max(max(row["forecast"], row["happened"]) for row in values)
    line = alt.Chart(alt.Data(values=[{"at": 0.0}, {"at": most}])).mark_line(strokeDash=[4, 4], color="#8a8278")
    dots = alt.Chart(alt.Data(values=values), width=420, height=320).mark_line(point=True).encode(
        x=alt.X("forecast:Q", title="forecast on average"), y=alt.Y("happened:Q", title="happened on average"),
        color=alt.Color("score:N", title=None, sort=None), tooltip=["score:N", "forecast:Q", "happened:Q"],
    )  # fmt: skip
    return line.encode(x="at:Q", y="at:Q") + dots
