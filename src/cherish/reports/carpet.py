"""How much of what is sent goes to people who have long been silent?"""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt
from typing import Any, ClassVar, cast

import ibis
import numpy as np

from cherish.points import personal
from cherish.points.measure import Asked, Measure
from cherish.reports._contacts import CLICKS, NAMED, SENDS, UNNAMED, contacts, properties, text_of
from cherish.reports._windows import inside
from cherish.spec.definition import NAMES, REAL, WHOLE, WINDOW, Card, parameter
from cherish.spec.names import REPLIES
from cherish.spec.periods import UNITS, Unit, period_of
from cherish.spec.plan import Plan
from cherish.spec.registry import find
from cherish.spec.report import Report, Run
from cherish.spec.roles import role
from cherish.spec.view import View
from cherish.statistics.inequality import gini
from cherish.statistics.quantiles import two_sided


class Carpet(Report):
    """The share of sends that went to people silent for more than three times their own rhythm, month by month.

    Silence is judged as it was at each send: the days since the customer's last active day before it, against the
    median of the customer's own gaps up to then. With fewer than `gaps` gaps no rhythm is known, and silent is who had
    been away for more than `unknown_days`; who was never active counts from the day first seen.

    sends_per_response  sends over clicks, replies and redemptions of the same month (or campaign)
    gini                how unequally sends are spread over those who got any: 0 when all got as many

    The interval of a share allows for one customer getting many sends. `show=campaigns` tells campaigns apart instead
    of periods; the last row is all of them together.
    """

    card: ClassVar[Card] = Card(
        family="Y",
        formula="|sends with silence > 3 * usual gap of the receiver, or > 180 d where that is unknown| / |sends|",
        unit="share of sends",
        range=(0, None),
        direction="lower",
        nulls={
            "no_responses": "nobody clicked, replied or redeemed, so there are no sends per response",
            "one_customer": "all went to one customer: there is no interval and nothing to spread",
        },
        rests={"silent_share": "customers", "silent_share_low": "customers", "silent_share_high": "customers"},
        example='log.report("carpet")',
    )

    active: str = parameter("core", "the named set of events that count as activity, or event names joined by |")
    gaps: int = parameter(3, "the least number of gaps that make a rhythm", WHOLE, least=1)
    named: tuple[str, ...] = parameter(NAMED, "properties that name a campaign, the first that is told", NAMES)
    responses: tuple[str, ...] = parameter((*CLICKS, *REPLIES), "events that respond to what was sent", NAMES)
    sends: tuple[str, ...] = parameter(SENDS, "events that send or deliver something", NAMES)
    show: str = parameter("periods", "period by period, or campaign by campaign", choices=("periods", "campaigns"))
    silent: float = parameter(3.0, "how many times the usual gap counts as silent", REAL, least=1.0)
    top: int = parameter(20, "show=campaigns: how many campaigns to show, those with the most sends", WHOLE, least=1)
    unit: Unit = parameter("month", "length of a period", choices=UNITS)
    unknown_days: int = parameter(180, "silent after so many days where no rhythm is known", WHOLE, least=1)
    window: int | None = parameter(365, "how many days back from the moment", WINDOW)

    def plan(self, view: View, run: Run) -> Plan:
        """Sends by row, and by how many each customer got and how many of these while silent."""
        named = properties(view, self, "named")
        sent = contacts(view, role(view, self, "sends"), named)
        sent = sent.filter(inside(view, sent.ts, self.window))
        judged = self._judged(view, sent)
        each = judged.group_by("part", "customer_id").agg(
            sends=judged.count(), silent=judged.silent.sum(), known=judged.known.sum()
        )
        whole = each.group_by("customer_id").agg(**{name: each[name].sum() for name in ("sends", "silent", "known")})
        own = {name: whole[name] for name in each.columns[1:]}
        both = each.union(whole.select(part=ibis.null(each.part.type()), **own))
        alike = both.group_by("part", "sends", "silent", "known").agg(customers=both.count())
        answered = {row["part"]: row["n"] for row in run(self._answers(view, named)).to_pylist()}
        return Plan(
            expression=alike.order_by("part", "sends", "silent", "known"),
            finish=lambda rows: self._finish(rows.to_pylist(), answered),
            headline=_headline,
            convention=f"carpet/{view.active(self.active)}/over_{self.silent:g}_own_gaps/least_{self.gaps}_gaps/"
            f"unknown_{self.unknown_days}d/as_of_each_send",
            notes=self._notes(view, named),
        )

    def _judged(self, view: View, sent: Any) -> Any:
        """part, customer_id, silent (0 or 1), known (whether a rhythm was): one row per send."""
        order = ibis.window(order_by=[sent.ts, sent.event_id])
        by_time = self.show == "periods"
        part = period_of(view.calendar.day(sent.ts), self.unit) if by_time else sent.campaign
        points = sent.mutate(point=ibis.row_number().over(order).cast("int64"), moment=sent.ts, part=part)
        own = cast(Measure, find("measure", "latency").of(active=self.active, gaps=self.gaps))
        last = cast(Measure, find("measure", "recency").of(active=self.active))
        asked = [Asked("own", own), Asked("last", last)]
        found = personal.evaluate(view, points.select("point", "customer_id", "moment"), asked)
        sends = points.select("part", sent_point="point", sent_day="d")
        told = sends.inner_join(found, sends.sent_point == found.point)
        people = view.customers().select("first_day", person="customer_id")
        told = told.inner_join(people, told.customer_id == people.person)
        known = told.own_y.notnull()
        away = told.last_y.fill_null(told.sent_day - told.first_day)
        silent = ibis.ifelse(known, told.own_y > self.silent, away > self.unknown_days)
        return told.select("part", "customer_id", silent=silent.cast("int64"), known=known.cast("int64"))

    def _answers(self, view: View, named: tuple[str, ...]) -> Any:
        """How many responses each row has."""
        names = role(view, self, "responses", needed=False)
        events = view.events(properties=named)
        rows = events.filter(events.name.isin(names or ("",)), inside(view, events.ts, self.window))
        if self.show == "periods":
            rows = rows.select(part=period_of(rows.day, self.unit))
        else:
            rows = rows.select(part=text_of(rows, named).fill_null(UNNAMED))
        return rows.group_by("part").agg(n=rows.count()).order_by("part")

    def _finish(self, rows: list[dict[str, Any]], answered: Mapping[str, int]) -> Any:
        import pyarrow as pa

        parts = list(dict.fromkeys(row["part"] for row in rows if row["part"] is not None))
        made = [_row(part, [row for row in rows if row["part"] == part], answered.get(part, 0)) for part in parts]
        if self.show == "campaigns":
            made = sorted(made, key=lambda row: (-row["sends"], row["part"]))[: self.top]
        if rows:
            together = [row for row in rows if row["part"] is None]
            made.append(_row(None, together, sum(answered.get(part, 0) for part in parts)))
        number, whole, text = pa.float64(), pa.int64(), pa.string()
        kinds = {"part": pa.date32() if self.show == "periods" else text, "sends": whole, "customers": whole,
                 "silent_sends": whole, "silent_share": number, "silent_share_low": number,
                 "silent_share_high": number, "rhythm_known_share": number,
                 "responses": whole, "sends_per_response": number, "sends_per_response_why": text,
                 "sends_per_customer": number, "gini": number, "gini_why": text}  # fmt: skip
        found = pa.Table.from_pylist(made, schema=pa.schema(list(kinds.items())))
        return found.rename_columns([self.show.removesuffix("s"), *found.column_names[1:]])

    def _notes(self, view: View, named: tuple[str, ...]) -> tuple[str, ...]:
        said = ["Silence is as it was at each send, not as it is now."]
        if not named:
            said.append("The log's sends name no campaign.")
        if not role(view, self, "responses", needed=False):
            said.append("The log has no clicks, replies or redemptions, so nobody's response is known.")
        return tuple(said)

    def chart(self, table: Any) -> Any:
        """The share of silent sends, a column for each row, with its interval."""
        import altair as alt

        key = table.column_names[0]
        rows = [{**row, "name": str(row[key])} for row in table.to_pylist()
                if row[key] is not None and row["silent_share"] is not None]  # fmt: skip
        if not rows:
            return None
        base = alt.Chart(alt.Data(values=rows)).encode(
            x=alt.X("name:N", sort=None, title=key, axis=alt.Axis(labelAngle=-40))
        )
        axis = alt.Axis(format="%", title="share of sends to people long silent")
        bars = base.mark_bar().encode(y=alt.Y("silent_share:Q", axis=axis), tooltip=["name:N", "sends:Q"])
        spans = base.mark_rule(strokeWidth=2).encode(y=alt.Y("silent_share_low:Q", axis=axis), y2="silent_share_high:Q")
        return bars + spans


def _row(part: Any, rows: list[dict[str, Any]], responses: int) -> dict[str, Any]:
    sends, silent, known, people = (
        np.array([row[name] for row in rows], dtype=np.int64) for name in ("sends", "silent", "known", "customers")
    )
    n, all_sends, all_silent = int(people.sum()), int((sends * people).sum()), int((silent * people).sum())
    share, half = all_silent / all_sends, None
    if n > 1:
        # One customer's sends hang together: the share is a ratio of two sums over customers (delta method).
        apart = silent - share * sends
        half = two_sided(0.95) * sqrt(float((apart**2 * people).sum()) * n / (n - 1)) / all_sends
    return {
        "part": part, "sends": all_sends, "customers": n, "silent_sends": all_silent, "silent_share": share,
        "silent_share_low": None if half is None else max(share - half, 0.0),
        "silent_share_high": None if half is None else min(share + half, 1.0),
        "rhythm_known_share": int((known * people).sum()) / all_sends, "responses": responses,
        "sends_per_response": all_sends / responses if responses else None,
        "sends_per_response_why": None if responses else "no_responses", "sends_per_customer": all_sends / n,
        "gini": gini(sends, people) if n > 1 else None, "gini_why": None if n > 1 else "one_customer",
    }  # fmt: skip


def _headline(table: Any) -> dict[str, Any]:
    rows = table.to_pylist()
    if not rows:
        return {"says": "nothing was sent in the window"}
    last = rows[-1]
    names = (
        "sends",
        "customers",
        "silent_share",
        "silent_share_low",
        "silent_share_high",
        "sends_per_response",
        "gini",
    )
    return {name: last[name] for name in names}
