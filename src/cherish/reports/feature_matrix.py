"""Which features do many customers use, and which do their users use often?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import ibis
import numpy as np
import pyarrow as pa

from cherish.errors import QuestionError
from cherish.reports import _single
from cherish.reports._days import active_rows, until
from cherish.reports._rows import daily, of_names
from cherish.spec.calendar import day_from, number
from cherish.spec.definition import NAMES, WHOLE, WINDOW, Card, Source, parameter
from cherish.spec.numbers import text_of
from cherish.spec.plan import Plan
from cherish.spec.report import Report, Run
from cherish.spec.view import View
from cherish.statistics.intervals import wilson

NAME = "name"
QUADRANTS = {(True, True): "core", (True, False): "occasional", (False, True): "niche", (False, False): "rare"}
SCHEMA = pa.schema([
    ("feature", pa.string()), ("users", pa.int64()), ("actives", pa.int64()), ("share", pa.float64()),
    ("share_low", pa.float64()), ("share_high", pa.float64()), ("share_low_why", pa.string()),
    ("intensity", pa.float64()), ("intensity_why", pa.string()), ("quadrant", pa.string()),
])  # fmt: skip


class FeatureMatrix(Report):
    """Each feature by its reach (share of the active customers who use it) and its intensity (how often its users do).

    Reach is over the whole window. Intensity is the average number of days (or times) of use per user of the feature
    in an interval, averaged over the intervals in which somebody used it: an average of averages, as Amplitude's
    engagement matrix has it. Intervals are laid backwards from the last whole day.

    Two lines, at the median or the mean over the features, make four kinds: core (many, often), occasional (many,
    seldom), niche (few, often), rare (few, seldom). Features are events by name, or the values of a property. Reach
    can exceed 100 % for events that are not activity: then there is no interval for it.
    """

    card: ClassVar[Card] = Card(
        family="O",
        formula="share = |{users of f}| / |{active}|; intensity = mean over intervals of (days or times of f / users "
        "of f in the interval)",
        unit="share of active customers, days or times per user",
        range=(0, None),
        source=Source("Amplitude", 2026, "Engagement Matrix"),
        nulls={
            "beyond_the_active": "more customers used it than were active, so it is no share of them",
            "no_interval": "nobody used it in a whole interval of the window",
        },
        apart=("features", "core", "occasional", "niche", "rare"),
        rests={"share": "users", "share_low": "users", "share_high": "users", "intensity": "users"},
        example='log.report("feature_matrix", counting="times")',
    )

    active: str = parameter("core", "who is active: a named set, or event names joined by |")
    counting: str = parameter("days", "intensity: on how many days, or how often", choices=("days", "times"))
    feature: str = parameter(NAME, "what tells features apart: name, or a property of the events")
    features: tuple[str, ...] = parameter((), "the events to look at; left out: those of the active set", NAMES)
    interval: int = parameter(7, "over how long uses are averaged", WINDOW)
    lines: str = parameter("median", "where the lines lie among the features", choices=("median", "mean"))
    top: int = parameter(30, "how many features to show, those with the most users", WHOLE, least=1)
    window: int = parameter(28, "how many days back from the last whole day", WINDOW)

    def check(self) -> None:
        if self.window is None or self.interval is None:
            raise QuestionError("window and interval need a length, such as window=28d interval=7d")
        if self.interval > self.window:
            raise QuestionError(f"interval={self.interval}d is longer than window={self.window}d")

    def plan(self, view: View, run: Run) -> Plan:
        """One pass over the window's days of use."""
        active, first = view.active(self.active), day_from(view.day - self.window)
        days = active_rows(until(view, day_from(view.day)), active, first=first)
        actives = run(days.aggregate(n=days.customer_id.nunique()))["n"][0].as_py()
        matrix = Matrix(actives, self.window // self.interval, self.counting, self.lines, self.top)
        names = self._names(view, active.events)
        return Plan(
            expression=_uses(self._rows(view, names, first), view.day, self.interval),
            finish=matrix.table,
            headline=lambda table: _headline(table, actives),
            convention=f"feature_matrix/{self.feature}/{active}/{self.window}d/{self.counting}_per_user_in_{self.interval}d"
            f"/lines_at_{self.lines}",
            notes=(*self._single(view, names), *self._notes(view)),
        )

    def _names(self, view: View, active: tuple[str, ...]) -> tuple[str, ...]:
        missing = [name for name in self.features if name not in view.facts.names]
        if missing:
            there = ", ".join(sorted(view.facts.names))
            raise QuestionError(f"features: no event is called {missing[0]!r}; there are {there}")
        return self.features or active

    def _rows(self, view: View, names: tuple[str, ...], first: Any) -> Any:
        """customer_id, day, n and feature, of the window's whole days."""
        earlier, since = until(view, day_from(view.day)), ibis.literal(first, type="date")
        if self.feature == NAME:
            rows = daily(earlier)
            return of_names(view, rows, names, rows.day >= since).mutate(feature=rows.name)
        full = view.field(self.feature)
        if not full.startswith("properties."):
            raise QuestionError(f"feature={self.feature}: give name, or a property of events such as page or category")
        events = earlier.events(properties=(full.removeprefix("properties."),))
        kept = of_names(view, events, names, events.day >= since, events[full].notnull())
        return kept.mutate(feature=text_of(kept[full]), n=ibis.literal(1, type="int64"))

    def _single(self, view: View, names: tuple[str, ...]) -> tuple[str, ...]:
        """What must be said where there is one feature only: it is on both lines, and above them."""
        if self.feature != NAME:
            return ()
        trivial = "it lies on both lines itself and is called core"
        return _single.note(view, names, "features", trivial, of_features=True)

    def _notes(self, view: View) -> tuple[str, ...]:
        notes = []
        if self.window % self.interval:
            left = self.window % self.interval
            notes.append(f"The first {left} days of the window are no whole interval: they count for reach only.")
        if not view.whole:
            notes.append(f"{day_from(view.day)} isn't over and is left out.")
        return tuple(notes)

    def chart(self, table: pa.Table) -> Any:
        """A point for each feature, and the two lines."""
        import altair as alt

        rows = [row for row in table.to_pylist() if row["intensity"] is not None and row["share"] is not None]
        lines = [_line([row[name] for row in rows], self.lines) if rows else 0 for name in ("share", "intensity")]
        share = alt.X("share:Q", title="share of active customers", axis=alt.Axis(format="%"))
        often = alt.Y(
            "intensity:Q", title=f"{self.counting} per user in {self.interval} days", scale=alt.Scale(zero=False)
        )
        base = alt.Chart(alt.Data(values=rows)).encode(share, often, tooltip=["feature:N", "users:Q"])
        dots = base.mark_point(filled=True, size=90).encode(
            color=alt.Color("quadrant:N", title=None, sort=list(QUADRANTS.values()), legend=alt.Legend(orient="top"))
        )
        names = base.mark_text(align="left", dx=8).encode(text="feature:N")
        across = alt.Chart(alt.Data(values=[{"at": lines[1]}])).mark_rule(strokeDash=[4, 4]).encode(y="at:Q")
        down = alt.Chart(alt.Data(values=[{"at": lines[0]}])).mark_rule(strokeDash=[4, 4]).encode(x="at:Q")
        return across + down + dots + names


def _uses(rows: Any, today: int, interval: int) -> Any:
    """Per feature and interval (0 is the latest): users, days and times of use, and who used it there last of all."""
    dated = rows.mutate(d=number(rows.day).cast("int64"))
    daily_use = dated.group_by("feature", "customer_id", "d").agg(n=dated.n.sum())
    placed = daily_use.mutate(part=((today - 1 - daily_use.d) // interval).cast("int64"))
    own = placed.group_by("feature", "customer_id", "part").agg(days=placed.count(), times=placed.n.sum())
    latest = own.part.min().over(ibis.window(group_by=["feature", "customer_id"]))
    own = own.mutate(once=latest == own.part)
    found = own.group_by("feature", "part").agg(
        users=own.count(), days=own.days.sum(), times=own.times.sum(), people=own.count(where=own.once)
    )
    return found.order_by("feature", "part")


@dataclass(frozen=True)
class Matrix:
    """How counts per feature and interval become the table; only the first `parts` intervals are whole."""

    actives: int
    parts: int
    counting: str
    lines: str
    top: int

    def table(self, rows: pa.Table) -> pa.Table:
        """A row per feature, those with the most users first; the lines are those of all features, shown or not."""
        found: dict[str, dict[str, Any]] = {}
        for row in rows.to_pylist():
            own = found.setdefault(row["feature"], {"feature": row["feature"], "users": 0, "averages": []})
            own["users"] += row["people"]
            if row["part"] < self.parts:
                own["averages"].append(row[self.counting] / row["users"])
        listed = [self._row(**each) for each in found.values()]
        shares = _line([row["share"] for row in listed], self.lines)
        levels = _line([row["intensity"] for row in listed], self.lines)
        for row in listed:
            if row["share"] is not None and row["intensity"] is not None:
                row["quadrant"] = QUADRANTS[row["share"] >= shares, row["intensity"] >= levels]
        ranked = sorted(listed, key=lambda row: (-row["users"], row["feature"]))[: self.top]
        return pa.Table.from_pylist(ranked, schema=SCHEMA)

    def _row(self, feature: str, users: int, averages: list[float]) -> dict[str, Any]:
        row = {"feature": feature, "users": users, "actives": self.actives,
               "share": users / self.actives if self.actives else None,
               "intensity": float(np.mean(averages)) if averages else None,
               "intensity_why": None if averages else "no_interval"}  # fmt: skip
        if users > self.actives:
            return {**row, "share_low_why": "beyond_the_active"}
        _, low, high = wilson(users, self.actives)
        return {**row, "share_low": float(low), "share_high": float(high)}


def _line(values: list[float | None], lines: str) -> float:
    known = [each for each in values if each is not None]
    if not known:
        return 0.0
    return float(np.median(known) if lines == "median" else np.mean(known))


def _headline(table: pa.Table, actives: int) -> Mapping[str, Any]:
    kinds = table["quadrant"].to_pylist()
    return {"actives": actives, "features": table.num_rows, **{kind: kinds.count(kind) for kind in QUADRANTS.values()}}
