"""Who uses much and often, who much but seldom, who little but often?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, cast

import numpy as np
import pyarrow as pa

from cherish.errors import QuestionError
from cherish.points import at
from cherish.points.measure import Asked, Fit, Measure, frozen
from cherish.reports import _single
from cherish.spec.definition import NAMES, WINDOW, Card, parameter
from cherish.spec.plan import Plan
from cherish.spec.registry import find
from cherish.spec.report import Report, Run
from cherish.spec.view import View

BANDS = {"2x2": ("low", "high"), "3x3": ("low", "middle", "high")}
UNUSED = "(none)"
NAME = "name"
SCHEMA = pa.schema([
    ("breadth", pa.string()), ("depth", pa.string()), ("customers", pa.int64()), ("share", pa.float64()),
    ("mean_breadth", pa.float64()), ("mean_depth", pa.float64()), ("why", pa.string()),
])  # fmt: skip


class BreadthDepth(Report):
    """Customers by breadth (how many different features they use) and depth (how intensely they use those).

    The two are the measures `breadth` and `depth` over the same window and features. The cuts are percentiles
    of those who used anything, interpolated linearly: the median (2x2), or the two thirds (3x3); a customer above a cut
    is in the higher band, so that equal values are never torn apart and bands may be uneven. The cuts are named in
    the notes: give them again as `cuts_breadth` and `cuts_depth` to see another moment by the same ones.
    """

    card: ClassVar[Card] = Card(
        family="O",
        formula="band = 1 + |{cuts below the value}|; cuts at the quantiles q = 1/2, or 1/3 and 2/3, of those "
        "who used anything: at place q * (n - 1) of their values in order, from 0, interpolated linearly",
        unit="customers",
        range=(0, None),
        nulls={"nobody": "nobody is in this cell"},
        rests={"mean_breadth": "customers", "mean_depth": "customers"},
        example='log.report("breadth_depth", size="3x3")',
    )

    active: str = parameter("core", "the named set of events whose use counts, or event names joined by |")
    count: str = parameter("distinct", "breadth: features alike, or by their use", choices=("distinct", "effective"))
    counting: str = parameter("times", "depth: how often, or on how many days", choices=("times", "days"))
    cuts_breadth: tuple[str, ...] = parameter((), "cuts of breadth made before, rising, as 1|3", NAMES)
    cuts_depth: tuple[str, ...] = parameter((), "cuts of depth made before, rising, as 2.5|6", NAMES)
    feature: str = parameter("name", "what tells features apart: name, or a property of the events")
    groups: str | None = parameter(None, "features as groups: browse=Page|Product Viewed; buy=Order Completed")
    size: str = parameter("2x2", "how many bands of each", choices=tuple(BANDS))
    window: int | None = parameter(28, "how many days back from the moment", WINDOW)

    def check(self) -> None:
        self._given("cuts_breadth")
        self._given("cuts_depth")

    def plan(self, view: View, run: Run) -> Plan:
        """How many customers have each pair of values: both measures in one pass."""
        shared = {name: getattr(self, name) for name in ("active", "feature", "groups", "window")}
        breadth = cast(Measure, find("measure", "breadth").of(**shared, count=self.count))
        depth = cast(Measure, find("measure", "depth").of(**shared, counting=self.counting))
        people = at.evaluate(view, [Asked("b", breadth), Asked("d", depth)])
        pairs = people.select(breadth=people.b_y.cast("float64"), uses=people.d_y, used=people.d_x)
        counted = pairs.group_by("breadth", "uses", "used").agg(n=pairs.count()).order_by("breadth", "uses", "used")
        rows = run(counted)
        matrix = Matrix.of(rows, BANDS[self.size], self._given("cuts_breadth"), self._given("cuts_depth"))
        return Plan(
            expression=counted,
            finish=matrix.table,
            headline=_headline,
            convention=f"{breadth.convention(view)}/{depth.convention(view)}/{self.size}/{self._rule()}",
            notes=(matrix.told(), *self._single(view)),
            fits={"cuts": matrix.fit()},
        )

    def chart(self, table: pa.Table) -> Any:
        """The grid of bands, the share of those who used anything in each cell."""
        import altair as alt

        rows = [row for row in table.to_pylist() if row["breadth"] != UNUSED]
        bands = list(BANDS[self.size])
        base = alt.Chart(alt.Data(values=rows), width=alt.Step(110), height=alt.Step(70)).encode(
            x=alt.X("breadth:N", sort=bands, title="breadth: different features", axis=alt.Axis(labelAngle=0)),
            y=alt.Y("depth:N", sort=bands[::-1], title="depth: use of each"),
        )
        color = alt.Color("share:Q", legend=None, scale=alt.Scale(scheme="blues", domain=[0, 1.4]))
        return base.mark_rect().encode(color) + base.mark_text().encode(text=alt.Text("share:Q", format=".1%"))

    def _single(self, view: View) -> tuple[str, ...]:
        """What must be said where there is one feature only, so that nobody can use more than another."""
        if self.feature != NAME or self.groups is not None:
            return ()
        trivial = "everybody who used anything has the same breadth"
        return _single.note(view, view.active(self.active).events, "active", trivial, of_features=True)

    def _rule(self) -> str:
        """Where the cuts are from; a value on a cut belongs below it."""
        sources = (
            f"{axis}:{'given' if given else 'linear_percentiles'}"
            for axis, given in (("breadth", self.cuts_breadth), ("depth", self.cuts_depth))
        )
        return f"above_cuts/{'/'.join(sources)}"

    def _given(self, name: str) -> tuple[float, ...]:
        try:
            cuts = tuple(float(text) for text in getattr(self, name))
        except ValueError:
            cuts = (float("nan"),)
        wanted = len(BANDS[self.size]) - 1
        if cuts and (len(cuts) != wanted or list(cuts) != sorted(cuts)):
            raise QuestionError(
                f"{name}={'|'.join(getattr(self, name))!r}: size={self.size} takes {wanted} rising "
                f"number{'s' if wanted > 1 else ''}, such as {'|'.join(('1', '3')[:wanted])}"
            )
        return cuts


@dataclass(frozen=True)
class Matrix:
    """The bands' names and the cuts of breadth and of depth."""

    bands: tuple[str, ...]
    breadth: tuple[float, ...]
    depth: tuple[float, ...]

    @classmethod
    def of(cls, rows: pa.Table, bands: tuple[str, ...], breadth: tuple[float, ...], depth: tuple[float, ...]) -> Matrix:
        """Cuts as given, else learned from those who used anything."""
        wide, deep, n = _used(rows)
        return cls(bands, breadth or _cuts(wide, n, len(bands)), depth or _cuts(deep, n, len(bands)))

    def table(self, rows: pa.Table) -> pa.Table:
        """A row per cell, from low to high; then those who used nothing."""
        wide, deep, n = _used(rows)
        column, row = np.searchsorted(self.breadth, wide), np.searchsorted(self.depth, deep)
        everybody, found = int(n.sum()), []
        for x, across in enumerate(self.bands):
            for y, down in enumerate(self.bands):
                here = (column == x) & (row == y)
                found.append(_cell(across, down, wide[here], deep[here], n[here], everybody))
        idle = sum(rows["n"].to_pylist()) - everybody
        found.append({"breadth": UNUSED, "depth": UNUSED, "customers": idle, "why": None})
        return pa.Table.from_pylist(found, schema=SCHEMA)

    def fit(self) -> Fit:
        """The cuts as a frozen, named value."""
        return frozen({"breadth": self.breadth, "depth": self.depth})

    def told(self) -> str:
        """The cuts in a sentence, as parameters that give them again."""
        if not self.breadth or not self.depth:
            return "Nobody used anything in the window, so there are no cuts."
        texts = (
            "|".join(f"{cut:g}" if cut == float(f"{cut:g}") else repr(cut) for cut in cuts)
            for cuts in (self.breadth, self.depth)
        )
        return "Above these cuts is the higher band: cuts_breadth={} cuts_depth={}.".format(*texts)


def _used(rows: pa.Table) -> tuple[Any, Any, Any]:
    """Breadth, depth and number of those who used anything."""
    kept = rows.filter(pa.array([bool(used) for used in rows["used"].to_pylist()], pa.bool_()))
    wide, uses, used = (kept[name].to_numpy().astype(np.float64) for name in ("breadth", "uses", "used"))
    return wide, uses / used, kept["n"].to_numpy().astype(np.int64)


def _cuts(values: Any, n: Any, parts: int) -> tuple[float, ...]:
    """The percentiles that cut the customers into parts, interpolated linearly; each value is that of `n` customers.

    Places are whole numbers and a rest, so that a cut between equal values is that very value.
    """
    if not n.size:
        return ()
    order = np.argsort(values, kind="stable")
    ordered, running = values[order], np.cumsum(n[order])
    cuts = []
    for part in range(1, parts):
        place, rest = divmod(part * (int(running[-1]) - 1), parts)
        low = float(ordered[np.searchsorted(running, place, side="right")])
        high = float(ordered[np.searchsorted(running, place + (rest > 0), side="right")])
        cuts.append(low + (high - low) * rest / parts)
    return tuple(cuts)


def _cell(across: str, down: str, wide: Any, deep: Any, n: Any, everybody: int) -> dict[str, Any]:
    customers = int(n.sum())
    row = {"breadth": across, "depth": down, "customers": customers}
    if not customers:
        return {**row, "share": 0.0 if everybody else None, "why": "nobody"}
    means = {
        name: float((values * n).sum() / customers) for name, values in (("mean_breadth", wide), ("mean_depth", deep))
    }
    return {**row, "share": customers / everybody, **means}


def _headline(table: pa.Table) -> Mapping[str, Any]:
    rows = table.to_pylist()
    used = sum(row["customers"] for row in rows[:-1])
    low, high = rows[0], rows[-2]
    return {
        "customers": used + rows[-1]["customers"],
        "used": used,
        "low_low_share": low["share"],
        "high_high": high["customers"],
        "high_high_share": high["share"],
    }
