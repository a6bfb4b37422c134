"""Stages of customers now and one window earlier: how many are in each, with intervals, and who moved where.

What a stage is comes from the measure of that name, so that a report and an audience never mean two things by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ibis
import numpy as np
import pyarrow as pa

from cherish.points import at
from cherish.points.measure import Asked, Measure
from cherish.spec.definition import Definition
from cherish.spec.registry import find
from cherish.spec.view import View
from cherish.statistics.intervals import wilson

NEW = "new"
"""Those who had no stage a window earlier: not yet customers, or not yet members."""
CUT, NOBODY_BEFORE = "window_before_cut", "nobody_before"
NULLS = {
    CUT: "the window before begins earlier than the data, so who rose, stayed or fell can't be told",
    NOBODY_BEFORE: "no customer of now was one a window earlier",
}
"""Why there are no shares of moves."""
_NAME = "m"
_NONE = -1


def staged(view: View, earlier: View | None, measure: Measure, parts: Sequence[str]) -> Any:
    """customer_id, stage (code or null), why, the measure's parts, and `was` (the code a window earlier, else -1)."""
    asked = Asked(_NAME, measure)
    found = at.evaluate(view, [asked])
    now = found.select(
        "customer_id", stage=found[f"{_NAME}_y"], why=found[f"{_NAME}_why"],
        **{part: found[f"{_NAME}_{part}"] for part in parts},
    )  # fmt: skip
    if earlier is None:
        return now.mutate(was=ibis.literal(_NONE, type="int64"))
    then = at.evaluate(earlier, [asked])
    both = now.left_join(then.select("customer_id", was=then[f"{_NAME}_y"]), "customer_id")
    return both.select(*now.columns, was=both.was.fill_null(ibis.literal(_NONE, type="int64")))


def measure_of(name: str, report: Definition) -> Any:
    """The measure of this name with those of its parameters that the report has as well."""
    definition = find("measure", name)
    shared = {each.name for each in definition.parameters()} & {each.name for each in report.parameters()}
    return definition.of(**{key: getattr(report, key) for key in shared})


@dataclass(frozen=True)
class Moves:
    """How many customers went from which stage (rows; the last row: new) to which (columns)."""

    stages: tuple[str, ...]
    counts: Any
    covered: bool

    @classmethod
    def of(cls, rows: pa.Table, stages: tuple[str, ...], covered: bool) -> Moves:
        """From rows of was, stage and customers; those without a stage now are left out.

        `covered` says whether the data reach back over the whole window before: if not, nobody knows who moved.
        """
        counts = np.zeros((len(stages) + 1, len(stages)), dtype=np.int64)
        for row in rows.to_pylist():
            if row["stage"] is not None:
                counts[row["was"], row["stage"]] += row["customers"]
        return cls(stages, counts, covered)

    @property
    def now(self) -> Any:
        """How many are in each stage."""
        return self.counts.sum(axis=0)

    @property
    def before(self) -> Any:
        """How many of those who have a stage now were in each a window earlier."""
        return self.counts[:-1].sum(axis=1)

    def shares(self, counted: Any, compared: bool) -> dict[str, Any]:
        """Columns stage, customers, share and its interval; and where two windows are compared, who came from where.

        `counted` says of each stage whether it is part of the denominator.
        """
        now, old = self.now, self.counts[:-1]
        n = np.where(counted, (now * counted).sum(), 0)
        found = wilson(np.where(counted, now, 0), n)
        columns: dict[str, Any] = {"stage": list(self.stages), "customers": now}
        for name, values in zip(("share", "share_low", "share_high"), found, strict=True):
            columns[name] = pa.array(values, mask=np.isnan(values))
        if compared:
            moved = {
                "before": self.before,
                "rose": np.triu(old, 1).sum(axis=0),
                "stayed": np.diagonal(old).copy(),
                "fell": np.tril(old, -1).sum(axis=0),
                "arrived": self.counts[-1],
            }
            unknown = np.full(len(now), not self.covered)
            columns |= {name: pa.array(values, pa.int64(), mask=unknown) for name, values in moved.items()}
            columns["before_why"] = pa.array([CUT] * len(now), pa.string(), mask=~unknown)
        return columns

    def table(self) -> pa.Table:
        """A row per stage before (and `new`), a column per stage now."""
        columns: dict[str, Any] = {"before": [*self.stages, NEW], "customers": self.counts.sum(axis=1)}
        return pa.table(columns | {stage: self.counts[:, place] for place, stage in enumerate(self.stages)})

    def headline(self) -> dict[str, Any]:
        """Of those who had a stage before: who stays, who rises, who falls."""
        old = self.counts[:-1]
        n = int(old.sum())
        moved = {"stayed": np.trace(old), "rose": np.triu(old, 1).sum(), "fell": np.tril(old, -1).sum()}
        why = CUT if not self.covered else None if n else NOBODY_BEFORE
        if why is not None:
            return {**{f"{name}_share": None for name in moved}, "moves_why": why}
        return {f"{name}_share": int(count) / n for name, count in moved.items()}


def moves_picture(table: Any, stages: Sequence[str]) -> Any:
    """Where those of each stage are a window later, as shares of the row."""
    import altair as alt

    order = [row["before"] for row in table.to_pylist()]
    cells = [
        {"before": row["before"], "now": stage, "share": row[stage] / row["customers"], "n": row[stage]}
        for row in table.to_pylist() if row["customers"]
        for stage in stages
    ]  # fmt: skip
    base = alt.Chart(alt.Data(values=cells), width=alt.Step(70), height=alt.Step(32)).encode(
        x=alt.X("now:N", sort=list(stages), title="now", axis=alt.Axis(labelAngle=0, orient="top")),
        y=alt.Y("before:N", sort=order, title="a window earlier"),
    )
    fill = base.mark_rect().encode(
        color=alt.Color(
            "share:Q", title="share of the row", scale=alt.Scale(scheme="blues", domain=[0, 1]), legend=None
        ),
        tooltip=["before:N", "now:N", alt.Tooltip("share:Q", format=".1%"), alt.Tooltip("n:Q", format=",")],
    )
    ink = alt.condition("datum.share > 0.55", alt.value("white"), alt.value("black"))
    return fill + base.mark_text().encode(text=alt.Text("share:Q", format=".0%"), color=ink)
