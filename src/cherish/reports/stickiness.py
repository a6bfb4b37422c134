"""On how many days of the month does an active customer come, and does the mean hide two groups?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa

from cherish.errors import QuestionError
from cherish.reports._days import active_rows, once_a_day, until
from cherish.reports._groups import Groups, codes, column
from cherish.reports._rows import breakdowns, shown_names
from cherish.spec.calendar import day_from, day_number, number
from cherish.spec.definition import FLAG, NAMES, WHOLE, WINDOW, Card, Source, parameter
from cherish.spec.plan import Plan
from cherish.spec.report import Report, Run
from cherish.spec.view import View

WEEK = 7
LEAST_GROUP = 0.05
_COUNTS = ("customers", "active_last_day", "active_last_7d", "days_last_7d")


class Stickiness(Report):
    """How many of the active customers were active on 1, 2, ... all days of the window, and the ratio that sums it up.

    Stickiness is mean daily actives over the window divided by the actives of the whole window (DAU / MAU), which is
    the mean of active days divided by the window's length, exactly. A mean can't see two groups, so it never comes
    without the histogram (L28, the power user curve). The window is whole local days; a day that isn't over is left
    out. `bimodal`: both ends (at most a tenth, at least eight tenths of the days) hold 5 % of the customers or more,
    and more customers per number of days than the middle. `smile`: more came on every day than on every day but one.
    """

    card: ClassVar[Card] = Card(
        family="A",
        formula="mean over the window of DAU(day) / MAU(window end) = sum over k of k * n_k / (N * sum over k of n_k)",
        unit="share",
        range=(0, 1),
        direction="higher",
        source=Source("Jin & Chen", 2018, "The Power User Curve"),
        nulls={
            "no_actives": "nobody was active in the window, so there is nothing to divide by",
            "no_week": "the window is shorter than a week, or nobody was active in its last seven days",
        },
        rests={"share": "customers", "share_at_least": "customers_at_least"},
        example='log.report("stickiness", window="28d")',
    )

    active: str = parameter("core", "the named set of events that count as activity, or event names joined by |")
    by: tuple[str, ...] = parameter((), "one or two properties or traits to break down by", NAMES)
    eligible_only: bool = parameter(
        False, "only customers known for the whole window: others can't reach its top", FLAG
    )
    top: int = parameter(10, "how many groups to show; all others become one", WHOLE, least=1)
    window: int = parameter(28, "length of the window: 28 days hold every weekday four times", WINDOW, least=2)

    def check(self) -> None:
        """Refuse an endless window."""
        if self.window is None:
            raise QuestionError("window=all: stickiness needs a length such as 28d or 30d")

    def plan(self, view: View, run: Run) -> Plan:
        """One pass over the window's active days."""
        active, by = view.active(self.active), breakdowns(view, self.by)
        rows = active_rows(until(view, day_from(view.day)), active, by, day_from(view.day - self.window))
        if self.eligible_only:
            people = view.customers()
            rows = rows.semi_join(people.filter(people.first_day <= view.day - self.window), "customer_id")
        groups = Groups.of(by, rows, self.top, run)
        who = "eligible_only" if self.eligible_only else "any_tenure"
        last = day_from(view.day - 1)
        return Plan(
            expression=_per_customer(groups.on(rows), groups, view.day, once_a_day(view, active, by)),
            finish=lambda found: _histogram(found, self.window, groups),
            headline=lambda table: {"day": last, **(_headline(table, self.window) if groups.exclusive else {})},
            convention=f"stickiness/{active}/mean_dau_over_mau/whole_local_days/{self.window}d/{who}{groups.convention()}",
            notes=(*_notes(view, self.window), *groups.notes()),
        )

    def chart(self, table: pa.Table) -> Any:
        """The histogram, one per group."""
        import altair as alt

        keys = table.column_names[: table.column_names.index("active_days")]
        bars = (
            alt.Chart(table)
            .mark_bar()
            .encode(
                x=alt.X("active_days", type="ordinal", title="active days in the window", axis=alt.Axis(labelAngle=0)),
                y=alt.Y("share", type="quantitative", title="share of active customers", axis=alt.Axis(format="%")),
            )
        )
        names = [alt.Row(column(keys[0]), type="nominal", title=keys[0])] if keys else []
        more = {"column": alt.Column(column(keys[1]), type="nominal", title=keys[1])} if len(keys) > 1 else {}
        return bars.facet(row=names[0], **more) if keys else bars


def _per_customer(rows: Any, groups: Groups, end: int, distinct: bool) -> Any:
    """How many customers were active on `k` days, on `week` of the last seven, and (`last`) on the very last."""
    keys = ("customer_id", *groups.labels)
    days = rows.select(*keys, d=number(rows.day).cast("int64"))
    if not distinct or groups.keep is not None:
        days = days.distinct()
    each = days.group_by(*keys).agg(
        k=days.count(), week=days.count(where=days.d >= end - WEEK), last=days.count(where=days.d == end - 1)
    )
    return each.group_by(*groups.labels, "k", "week", "last").agg(customers=each.count())


def _histogram(found: pa.Table, window: int, groups: Groups) -> pa.Table:
    keys, group = codes(found, groups.labels)
    k, week, last, customers = (
        found.column(name).to_numpy().astype(np.int64) for name in ("k", "week", "last", "customers")
    )
    amounts = (customers, customers * last, customers * (week > 0), customers * week)
    counts = np.zeros((len(_COUNTS), len(keys), window), dtype=np.int64)
    for place, amount in enumerate(amounts):
        np.add.at(counts[place], (group, k - 1), amount)
    histogram = counts[0]
    at_least = histogram[:, ::-1].cumsum(axis=1)[:, ::-1]
    mau = histogram.sum(axis=1, keepdims=True)
    titles = shown_names(
        groups.fields, ("active_days", "share", "customers_at_least", "share_at_least", "stickiness", *_COUNTS)
    )
    columns: dict[str, Any] = {
        title: [key[at] for key in keys for _ in range(window)] for at, title in enumerate(titles)
    }
    columns = {title: pa.array(values, pa.string()) for title, values in columns.items()}
    columns["active_days"] = np.tile(np.arange(1, window + 1), len(keys))
    columns["customers"] = histogram.ravel()
    columns["share"] = _ratio(histogram, mau)
    columns["customers_at_least"] = at_least.ravel()
    columns["share_at_least"] = _ratio(at_least, mau)
    if titles:
        days = (histogram * np.arange(1, window + 1)).sum(axis=1, keepdims=True)
        columns["stickiness"] = _ratio(np.repeat(days, window, axis=1), mau * window)
    columns.update({name: counts[place].ravel() for place, name in enumerate(_COUNTS) if place})
    return pa.table(columns)


def _ratio(part: Any, whole: Any) -> pa.Array:
    """Quotients row by row, null where there is nothing to divide by."""
    empty = np.broadcast_to(whole == 0, part.shape).ravel()
    return pa.array((part / np.where(whole == 0, 1, whole)).ravel(), mask=empty)


def _headline(table: pa.Table, window: int) -> Mapping[str, Any]:
    k = table["active_days"].to_numpy()
    n, last, week, week_days = (table[name].to_numpy() for name in _COUNTS)
    histogram = np.bincount(k - 1, weights=n, minlength=window).astype(np.int64)
    mau, wau, days = int(n.sum()), int(week.sum()), int((k * n).sum())
    found: dict[str, Any] = {"mau": mau, "mean_dau": days / window}
    if not mau:
        return {**found, "stickiness": None, "why": "no_actives"}
    found["stickiness"] = days / window / mau
    found["dau_over_mau_point"] = int(last.sum()) / mau
    long = window >= WEEK
    found["dau_wau"] = int(week_days.sum()) / WEEK / wau if long and wau else None
    found["wau_mau"] = wau / mau if long else None
    return {**found, **_shape(histogram, window, mau)}


def _shape(histogram: Any, window: int, mau: int) -> dict[str, Any]:
    """What the mean can't tell: the two ends of the histogram against its middle."""
    k = np.arange(1, window + 1)
    # A window under ten days still has a low end: one day.
    low, high = (10 * k <= window) | (k == 1), 10 * k >= 8 * window
    middle = ~low & ~high
    shares = {"share_low": int(histogram[low].sum()) / mau, "share_high": int(histogram[high].sum()) / mau}
    between = histogram[middle].mean() if middle.any() else np.inf
    denser = all(histogram[end].mean() > between for end in (low, high))
    bimodal = denser and min(shares.values()) >= LEAST_GROUP
    found: dict[str, Any] = {**shares, "bimodal": bimodal, "smile": bool(histogram[-1] > histogram[-2])}
    if bimodal:
        mean = float((k * histogram).sum() / mau)
        found["note"] = (
            f"The mean of {mean:.1f} active days out of {window} hides two groups: "
            f"{shares['share_low']:.0%} came on at "
            f"most {k[low].max()} and {shares['share_high']:.0%} on {k[high].min()} or more."
        )
    return found


def _notes(view: View, window: int) -> tuple[str, ...]:
    notes = ["Stickiness is a mean and can't show two groups of customers: read the histogram beside it."]
    notes.append("dau_over_mau_point rests on a single day and is noisier than stickiness.")
    first = day_number(view.calendar.day_of(view.facts.first or view.as_of))
    if first > view.day - window:
        notes.append(f"The data begin on {day_from(first)}, so the window of {window} days isn't full.")
    if not view.whole:
        notes.append(f"{day_from(view.day)} isn't over and is left out.")
    return tuple(notes)
