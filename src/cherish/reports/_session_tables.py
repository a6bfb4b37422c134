"""From rows of sessions to what people see: figures per period, how long sessions last, and their pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis
import numpy as np
import pyarrow as pa

from cherish.points.relations.sessions import Sessions
from cherish.reports._groups import Groups, codes, column
from cherish.reports._pictures import lying
from cherish.reports._rows import shown_names
from cherish.reports._spans import Periods
from cherish.spec.view import View

COUNTS = ("sessions", "customers", "microseconds", "views", "engaged", "with_goal")
MINUTE = 60_000_000
BANDS = (
    ("one moment: 0 s", 0),
    ("up to 10 s", 10),
    ("up to 30 s", 30),
    ("up to 1 min", 60),
    ("up to 3 min", 180),
    ("up to 10 min", 600),
    ("up to 30 min", 1_800),
    ("up to 1 h", 3_600),
    ("up to 3 h", 10_800),
    ("longer than 3 h", None),
)
"""How long sessions last: names, and the greatest length in seconds."""


def summed(each: Any, rule: Sessions, view: View, groups: Groups, periods: Periods | None) -> Any:
    """Counts per period `p` and group."""
    place = ibis.literal(0, type="int64") if periods is None else periods.index(view.calendar.day(each.begin))
    rows = each.mutate(p=place, engaged=rule.engaged(each.microseconds, each.views, each.goals))
    return rows.group_by(*groups.labels, "p").agg(
        sessions=rows.count(),
        customers=rows.customer_id.nunique(),
        microseconds=rows.microseconds.sum(),
        median=rows.microseconds.cast("float64").median(),
        views=rows.views.sum(),
        engaged=rows.count(where=rows.engaged),
        with_goal=rows.count(where=rows.goals > 0),
    )


def lengths(each: Any, groups: Groups) -> Any:
    """How many sessions of each group lie in each band of length."""
    cases = [
        (each.microseconds <= most * 1_000_000, place) for place, (_, most) in enumerate(BANDS) if most is not None
    ]
    rows = each.mutate(band=ibis.cases(*cases, else_=len(BANDS) - 1).cast("int64"))
    return rows.group_by(*groups.labels, "band").agg(sessions=rows.count())


def notes(periods: Periods | None) -> tuple[str, ...]:
    """What must be said where the last period isn't over."""
    if periods is None or not periods.open:
        return ()
    return (f"The last period isn't over before {periods.end}.",)


@dataclass(frozen=True)
class Shape:
    """How counts per period become the table and the headline."""

    groups: Groups
    periods: Periods | None
    has_views: bool

    def periods_table(self, found: pa.Table) -> pa.Table:
        """A row per period and group, none left out."""
        keys, group = codes(found, self.groups.labels)
        starts: tuple[date | None, ...] = (None,) if self.periods is None else self.periods.starts
        shape = (len(starts), len(keys))
        places = (found["p"].to_numpy(), group)
        figures = {name: np.zeros(shape, dtype=np.int64) for name in COUNTS}
        for name, amounts in figures.items():
            amounts[places] = found[name].to_numpy()
        median = np.full(shape, np.nan)
        median[places] = found["median"].to_numpy()
        columns = self._keys(keys, starts)
        columns.update(self._figures({name: amounts.ravel() for name, amounts in figures.items()}, median.ravel()))
        last = np.repeat(np.arange(len(starts)), len(keys)) == len(starts) - 1
        if self.periods is not None:
            columns["partial"] = pa.array(last & self.periods.open)
        return pa.table(columns)

    def _keys(self, keys: list[tuple[str, ...]], starts: tuple[date | None, ...]) -> dict[str, Any]:
        columns: dict[str, Any] = {}
        if self.periods is not None:
            columns["period"] = pa.array([start for start in starts for _ in keys], pa.date32())
        for place, title in enumerate(shown_names(self.groups.fields, ("period", "why", "partial", *COUNTS))):
            columns[title] = pa.array([key[place] for key in keys] * len(starts), pa.string())
        return columns

    def _figures(self, n: Mapping[str, Any], median: Any) -> dict[str, Any]:
        sessions = n["sessions"]
        bounced, none = sessions - n["engaged"], sessions == 0
        unseen = none | (not self.has_views)
        views = pa.array(n["views"]) if self.has_views else pa.nulls(len(sessions), pa.int64())
        why = ["no_sessions" if empty else None for empty in none]
        views_why = ["no_sessions" if empty else None if self.has_views else "no_views" for empty in none]
        return {
            "sessions": sessions,
            "customers": n["customers"],
            "sessions_per_customer": _ratio(sessions, n["customers"]),
            "minutes": n["microseconds"] / MINUTE,
            "mean_minutes": _ratio(n["microseconds"] / MINUTE, sessions),
            "median_minutes": pa.array(median / MINUTE, mask=np.isnan(median)),
            "views": views,
            "views_per_session": _ratio(n["views"], np.where(unseen, 0, sessions)),
            "engaged": n["engaged"],
            "engaged_rate": _ratio(n["engaged"], sessions),
            "bounced": bounced,
            "bounce_rate": _ratio(bounced, sessions),
            "with_goal": n["with_goal"],
            "why": pa.array(why, pa.string()),
            "views_why": pa.array(views_why, pa.string()),
        }

    def headline(self, table: pa.Table) -> Mapping[str, Any]:
        """All sessions, and the customary rates of the last whole period (or of all in one)."""
        rows = table.to_pylist()
        found: dict[str, Any] = {"sessions_in_all": sum(row["sessions"] for row in rows)}
        whole = [row for row in rows if not row.get("partial")]
        if not whole or not self.groups.exclusive:
            return found
        last = [row for row in whole if row.get("period") == whole[-1].get("period")]
        if self.periods is not None:
            found["period"] = last[0]["period"]
        sums = {name: sum(row[name] for row in last) for name in ("sessions", "customers", "engaged", "minutes")}
        found.update({name: sums[name] for name in ("sessions", "customers", "engaged")})
        for name, part, of in (
            ("sessions_per_customer", "sessions", "customers"),
            ("mean_minutes", "minutes", "sessions"),
            ("engaged_rate", "engaged", "sessions"),
        ):
            found[name] = sums[part] / sums[of] if sums[of] else None
        if not sums["sessions"]:
            found["why"] = "no_sessions"
        return found

    def lengths(self, found: pa.Table) -> pa.Table:
        """A row per group and band."""
        keys, group = codes(found, self.groups.labels)
        counts = np.zeros((len(keys), len(BANDS)), dtype=np.int64)
        counts[group, found["band"].to_numpy()] = found["sessions"].to_numpy()
        all_of = np.repeat(counts.sum(axis=1), len(BANDS))
        columns: dict[str, Any] = {}
        for place, title in enumerate(
            shown_names(self.groups.fields, ("length", "sessions", "share", "share_at_most"))
        ):
            columns[title] = pa.array([key[place] for key in keys for _ in BANDS], pa.string())
        columns["length"] = [name for name, _ in BANDS] * len(keys)
        columns["sessions"] = counts.ravel()
        columns["share"] = _ratio(counts.ravel(), all_of)
        columns["share_at_most"] = _ratio(counts.cumsum(axis=1).ravel(), all_of)
        return pa.table(columns)


def of_lengths(table: pa.Table) -> Mapping[str, Any]:
    """All sessions, and how many of them are a single event."""
    rows = table.to_pylist()
    alone = sum(row["sessions"] for row in rows if row["length"] == BANDS[0][0])
    sessions = sum(row["sessions"] for row in rows)
    return {"sessions": sessions, "of_one_moment": alone, "share": alone / sessions if sessions else None}


def _ratio(part: Any, whole: Any) -> pa.Array:
    empty = whole == 0
    return pa.array(part / np.where(empty, 1, whole), mask=empty)


def picture(table: pa.Table) -> Any:
    """Bars of engaged and bounced sessions, a row of bars per group."""
    import altair as alt

    names = table.column_names
    keys = names[names.index("period") + 1 if "period" in names else 0 : names.index("sessions")]
    start = table["period"].to_pylist() if "period" in names else ["all"] * table.num_rows
    parts = [
        pa.table(
            [pa.array([str(day) for day in start]), *(table[key] for key in keys), table[part], [part] * len(table)],
            ["period", *keys, "sessions", "part"],
        )
        for part in ("engaged", "bounced")
    ]
    bars = (
        alt.Chart(pa.concat_tables(parts))
        .mark_bar()
        .encode(
            x=alt.X("period", type="ordinal", sort=None, title=None, axis=alt.Axis(labelAngle=0, labelOverlap=True)),
            y=alt.Y("sessions", type="quantitative", title="sessions"),
            color=alt.Color("part", type="nominal", title=None, sort=["engaged", "bounced"]),
            order=alt.Order("part", sort="descending"),
        )
    )
    row = {"row": alt.Row(column(keys[0]), type="nominal", title=keys[0])} if keys else {}
    more = {"column": alt.Column(column(keys[1]), type="nominal", title=keys[1])} if len(keys) > 1 else {}
    return bars.facet(**row, **more) if row else bars


def picture_of_lengths(table: pa.Table) -> Any:
    """A bar for each band; of all groups together."""
    counts: dict[str, int] = {name: 0 for name, _ in BANDS}
    for row in table.to_pylist():
        counts[row["length"]] += row["sessions"]
    return lying(list(counts), list(counts.values()), "sessions")
