"""How many customers were active on each day, and in the week and the month that ended with it?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cherish.errors import QuestionError
from cherish.reports._days import active_rows, once_a_day
from cherish.reports._groups import Groups, codes, column
from cherish.reports._rows import breakdowns, shown_names
from cherish.spec.calendar import day_from, day_number, number
from cherish.spec.definition import NAMES, WHOLE, Card, Kind, Source, parameter
from cherish.spec.periods import parse_window, render_window
from cherish.spec.plan import Plan
from cherish.spec.report import Report, Run
from cherish.spec.view import View

NICKNAMES = {1: "dau", 7: "wau", 28: "mau"}
MEAN_DAYS = 28


def _lengths(value: Any) -> tuple[int, ...]:
    parts = value.split("|") if isinstance(value, str) else (value,) if isinstance(value, int) else value
    days = {parse_window(part) for part in parts or ()}
    if not days or None in days:
        raise QuestionError(f"{value!r}: give lengths such as 1d|7d|28d")
    return tuple(sorted(each for each in days if each is not None))


WINDOWS = Kind("windows, separated by |", _lengths, lambda days: "|".join(render_window(each) for each in days))


class Actives(Report):
    """Unique customers active on each day and in the days up to it: daily, weekly and monthly actives (DAU, WAU, MAU).

    A customer counts once in a window however often they came. Days on which nobody was active are 0. A window that
    reaches back before the first event counts what there is; the notes say from which day on it is complete. A last
    day that isn't over is marked `partial` and left out of the headline.
    """

    card: ClassVar[Card] = Card(
        family="A",
        formula="actives_W(day) = |{customers with an active event in the W local days that end with day}|",
        unit="customers",
        range=(0, None),
        direction="higher",
        source=Source("Jin & Chen", 2018, "The Power User Curve"),
        nulls={"no_whole_day": "no local day of the data is over yet"},
        example='log.report("actives", windows="1d|7d|28d", last=90)',
    )

    active: str = parameter("core", "the named set of events that count as activity, or event names joined by |")
    by: tuple[str, ...] = parameter((), "one or two properties or traits to break down by", NAMES)
    last: int | None = parameter(None, "how many days to show; none: all days of the data", WHOLE, least=1)
    top: int = parameter(10, "how many groups to show; all others become one", WHOLE, least=1)
    windows: tuple[int, ...] = parameter((1, 7, 28), "lengths of the windows, each of them a column", WINDOWS)

    def plan(self, view: View, run: Run) -> Plan:
        """One pass over the active days, whatever the windows."""
        active, by = view.active(self.active), breakdowns(view, self.by)
        first = day_number(view.calendar.day_of(view.facts.first or view.as_of))
        end = max(view.day + (0 if view.whole else 1), first)
        span = _Span(first, first if self.last is None else max(first, end - self.last), end, view.day)
        start = day_from(span.shown - self.windows[-1] + 1) if span.shown > first else None
        rows = active_rows(view, active, by, start)
        groups = Groups.of(by, rows, self.top, run)
        return Plan(
            expression=_gaps(groups.on(rows), groups, self.windows[-1], once_a_day(view, active, by)),
            finish=lambda found: _series(found, span, self.windows, groups),
            headline=lambda table: _headline(table, span, self.windows, groups),
            convention=f"actives/{active}/unique_customers/local_days/trailing_{WINDOWS.render(self.windows)}"
            + groups.convention(),
            notes=(*_warnings(span, self.windows), *groups.notes()),
        )

    def chart(self, table: pa.Table) -> Any:
        """A line per window, or per group of the longest window."""
        import altair as alt

        names = [name for name in table.column_names if name.startswith("actives_")]
        # Other events may begin long before anybody is active: the picture begins with the first who is.
        some = table.filter(pc.greater(table[names[-1]], 0))
        table = table.filter(pc.greater_equal(table["day"], pc.min(some["day"]))) if some.num_rows else table
        keys = table.column_names[: table.column_names.index(names[0])]
        drawn = names if len(keys) == 1 else names[-1:]
        colour = "window" if len(keys) == 1 else keys[1]
        texts = [pa.array([name.removeprefix("actives_")] * len(table)) for name in drawn]
        parts = [
            pa.table([*(table[key] for key in keys), table[name], text], [*keys, "customers", "window"])
            for name, text in zip(drawn, texts, strict=True)
        ]
        lines = (
            alt.Chart(pa.concat_tables(parts))
            .mark_line()
            .encode(
                x=alt.X("day", type="temporal", title=None),
                y=alt.Y("customers", type="quantitative", title="active customers"),
                color=alt.Color(shorthand=column(colour), type="nominal", title=colour, sort=None),
            )
        )
        return lines if len(keys) < 3 else lines.facet(row=alt.Row(column(keys[2]), type="nominal", title=keys[2]))


@dataclass(frozen=True)
class _Span:
    """Day numbers: the data's first day, the first day shown, the day after the last, the first that isn't over."""

    first: int
    shown: int
    end: int
    open: int


def _gaps(rows: Any, groups: Groups, longest: int, distinct: bool) -> Any:
    """How many customers were active on day `d` and not again for `gap` days (at most the longest window).

    Each active day covers until the customer's next active day or the window's end, whichever is first. That end
    follows from the gap for every window at once, so one pass over the days answers them all.
    """
    keys = ("customer_id", *groups.labels)
    days = rows.select(*keys, d=number(rows.day).cast("int64"))
    if not distinct or groups.keep is not None:
        days = days.distinct()
    later = days.d.lead(1).over(ibis.window(group_by=keys, order_by=days.d))
    gap = ibis.least((later - days.d).fill_null(longest), longest)
    return days.select(*groups.labels, "d", gap=gap).group_by(*groups.labels, "d", "gap").agg(customers=ibis._.count())


def _series(found: pa.Table, span: _Span, windows: tuple[int, ...], groups: Groups) -> pa.Table:
    """Running sums of +1 where an active day begins to count and -1 where it stops, per group and window."""
    keys, group = codes(found, groups.labels)
    base = min(span.first, span.shown - windows[-1] + 1)
    shape = (len(keys), span.end - base + windows[-1])
    d, gap, customers = (found.column(name).to_numpy().astype(np.int64) for name in ("d", "gap", "customers"))
    columns: dict[str, Any] = {}
    for window in windows:
        change = np.zeros(shape, dtype=np.int64)
        np.add.at(change, (group, d - base), customers)
        np.add.at(change, (group, d - base + np.minimum(gap, window)), -customers)
        shown = change.cumsum(axis=1)[:, span.shown - base : span.end - base]
        columns[f"actives_{window}d"] = shown.T.ravel()
    numbers = np.arange(span.shown, span.end, dtype=np.int32)
    days = np.repeat(numbers, len(keys))
    titles = shown_names(groups.fields, ("day", "partial", *columns))
    labels = {title: [key[place] for key in keys] * len(numbers) for place, title in enumerate(titles)}
    return pa.table(
        {
            "day": pa.array(days, pa.int32()).cast(pa.date32()),
            **{title: pa.array(values, pa.string()) for title, values in labels.items()},
            **columns,
            "partial": pa.array(days >= span.open),
        }
    )


def _headline(table: pa.Table, span: _Span, windows: tuple[int, ...], groups: Groups) -> Mapping[str, Any]:
    end = min(span.end, span.open)
    if end <= span.shown:
        return {"day": None, "why": "no_whole_day"}
    found: dict[str, Any] = {"day": day_from(end - 1), "complete_from": day_from(span.first + windows[-1] - 1)}
    if not groups.exclusive:
        return found
    days = table["day"].cast(pa.int32()).to_numpy()
    for window in windows:
        name = NICKNAMES.get(window, f"actives_{window}d")
        values = table[f"actives_{window}d"].to_numpy()
        found[name] = int(values[days == end - 1].sum())
        if window == 1:
            start = max(end - MEAN_DAYS, span.shown)
            found["mean_dau"] = float(values[(days >= start) & (days < end)].sum() / (end - start))
            found["mean_dau_days"] = end - start
    return found


def _warnings(span: _Span, windows: tuple[int, ...]) -> tuple[str, ...]:
    first = day_from(span.first)
    notes = [
        f"The data begin on {first}: the {window}-day count is complete from {day_from(span.first + window - 1)} on."
        for window in windows
        if window > 1 and span.shown < span.first + window - 1
    ]
    if span.end > span.open:
        notes.append(f"{day_from(span.open)} isn't over: its row counts what happened so far.")
    return tuple(notes)
