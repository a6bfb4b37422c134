"""How long must a pause be to mean another visit? What the pauses themselves say, and what depends on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import ibis
import numpy as np
import pyarrow as pa

from cherish.errors import QuestionError
from cherish.points.relations.sessions import Sessions
from cherish.reports._two_lognormals import Mixture, fitted
from cherish.spec.definition import NAMES, Card, Source, parameter
from cherish.spec.periods import parse_duration, render_duration
from cherish.spec.plan import Plan
from cherish.spec.report import Report, Run
from cherish.spec.view import View

SECOND = 1_000_000
FINE = 50
"""Bins of pauses shorter than `LEAST` and longer than `MOST`: a fiftieth of a unit of the natural logarithm (2 %)."""
LEAST, MOST = 16, 86_400
"""From so many seconds to so many, pauses are counted by whole seconds: any timeout between them is counted exactly."""
FEW = 100
_WIDE = 5
"""So many bins of the fine histogram (10 %) make one that people look at."""
_LOGS = np.log(SECOND)


class SessionTimeout(Report):
    """A timeout for sessions read off the pauses between events, and how many sessions there are with others.

    Pauses are of two kinds: within a visit (seconds, minutes) and between visits (hours, days). Two lognormal
    distributions are fitted to them (maximum likelihood); the suggested timeout is where a pause is as likely of one
    kind as of the other. Everybody's 30 minutes come from a study of 1994 (25.5 minutes, of browsers of that time). A
    pause of no time is within a visit whatever the timeout, and takes no part in the fit.

    Columns: timeout, minutes, sessions, sessions_per_customer, within (pauses that don't end a session), within_share,
    against_30 (sessions over those with 30 minutes), why. With `show=pauses`: from_seconds, to_seconds, pauses, share,
    expected (the share by the fit), between_visits (how likely such a pause is one between visits), why.
    """

    card: ClassVar[Card] = Card(
        family="C",
        formula="cut: w1 N(ln gap | m1, s1) = w2 N(ln gap | m2, s2), m1 < ln cut < m2; a session ends where gap >= cut",
        unit="sessions",
        range=(0, None),
        source=Source("Halfaker et al.", 2015, "User Session Identification Based on Strong Regularities"),
        nulls={
            "few_pauses": f"fewer than {FEW} pauses: too few to tell two kinds apart",
            "one_kind": "the pauses don't fall into two kinds, so no cut between them is better than another",
            "cut_outside": f"the cut would lie below {LEAST} seconds or above a day: no end of a visit",
            "no_customers": "nobody did anything, so there are no sessions",
        },
        example='log.report("session_timeout", compare="15min|30min|1h")',
    )

    active: str = parameter("core", "the events that make sessions: a named set, or event names joined by |")
    compare: tuple[str, ...] = parameter(("15min", "30min", "1h"), "timeouts to count sessions with", NAMES)
    show: str = parameter("timeouts", "sessions by timeout, or the pauses themselves", choices=("timeouts", "pauses"))

    def check(self) -> None:
        self.timeouts()

    def timeouts(self) -> tuple[int, ...]:
        """The timeouts to compare, in seconds.

        Raises:
            QuestionError: not a length of time, or not between 16 seconds and a day.
        """
        found = dict.fromkeys(parse_duration(text) or 0 for text in self.compare)
        wrong = [seconds for seconds in found if not LEAST <= seconds <= MOST]
        if wrong:
            raise QuestionError(
                f"compare={render_duration(wrong[0])}: give timeouts between {LEAST}s and 24h, such as 30min"
            )
        return tuple(found)

    def plan(self, view: View, run: Run) -> Plan:
        """One pass over the events: how many pauses are how long."""
        return Plan(
            expression=_histogram(Sessions(active=self.active), view),
            finish=lambda found: self._finish(Pauses(found)),
            headline=self._headline,
            convention=f"session_timeout/{view.active(self.active)}/two_lognormals/posterior_half/ge",
        )

    def _finish(self, pauses: Pauses) -> pa.Table:
        return _looked_at(pauses) if self.show == "pauses" else _compared(pauses, self.timeouts())

    def _headline(self, table: pa.Table) -> Mapping[str, Any]:
        if self.show == "pauses":
            return {"pauses": sum(table["pauses"].to_pylist())}
        first = table.to_pylist()[0]
        found = {
            "suggested_minutes": first["minutes"],
            "sessions": first["sessions"],
            "against_30": first["against_30"],
        }
        return found if first["why"] is None else {**found, "why": first["why"]}

    def chart(self, table: pa.Table) -> Any:
        """The pauses by length, those between visits in another colour; or the sessions by timeout."""
        from cherish.reports._pictures import lying

        if self.show == "timeouts":
            rows = [row for row in table.to_pylist() if row["sessions"] is not None]
            return lying([row["timeout"] for row in rows], [row["sessions"] for row in rows], "sessions")
        return _picture(table)


def _histogram(rule: Sessions, view: View) -> Any:
    """How many pauses lie at each place of each scale; customers (their first events) are scale 3."""
    rows = rule.rows(view, ("customer_id", "ts"))
    order = ibis.window(group_by="customer_id", order_by="ts")
    gaps = rows.select(gap=rows.ts.delta(rows.ts.lag(1).over(order), unit="microsecond"))
    seconds = gaps.gap // SECOND
    logs = (ibis.greatest(gaps.gap, 1).ln() * FINE).floor().cast("int64")
    scale = ibis.cases((gaps.gap.isnull(), 3), (gaps.gap == 0, 2), ((seconds >= LEAST) & (seconds < MOST), 1), else_=0)
    place = ibis.cases((gaps.gap.isnull(), 0), (scale == 1, seconds), else_=logs).cast("int64")
    placed = gaps.select(scale=scale.cast("int64"), place=place)
    return placed.group_by("scale", "place").agg(n=placed.count())


class Pauses:
    """Pauses by length, as they come from the engine, and what is fitted to them."""

    def __init__(self, found: pa.Table) -> None:
        scale, place, self.n = (found[name].to_numpy().astype(np.int64) for name in ("scale", "place", "n"))
        self.customers, self.none = int(self.n[scale == 3].sum()), int(self.n[scale == 2].sum())
        told = scale < 2
        seconds = scale[told] == 1
        places, self.n = place[told], self.n[told]
        self.logs = np.where(seconds, np.log(np.maximum(places, 0) + 0.5), (places + 0.5) / FINE - _LOGS)
        # Of other pauses it is enough to know on which side of every timeout they lie.
        self.seconds = np.where(seconds, places, np.where(self.logs > np.log(LEAST * 10), MOST, 0))
        bins = np.floor(self.logs * FINE).astype(np.int64)
        self.bins, at = np.unique(bins, return_inverse=True)
        self.counts = np.bincount(at, self.n, len(self.bins)) if len(self.bins) else np.zeros(0)
        self.fit: Mixture | None = fitted((self.bins + 0.5) / FINE, self.counts) if self.n.sum() >= FEW else None

    def suggested(self) -> tuple[int | None, str | None]:
        """The timeout in whole seconds, or why there is none."""
        if self.customers == 0:
            return None, "no_customers"
        if self.n.sum() < FEW:
            return None, "few_pauses"
        cut = None if self.fit is None else self.fit.cut()
        if cut is None:
            return None, "one_kind"
        seconds = round(float(np.exp(cut)))
        return (seconds, None) if LEAST <= seconds <= MOST else (None, "cut_outside")

    def sessions(self, seconds: int) -> int:
        """How many sessions there are where a pause of so many seconds ends one."""
        return self.customers + int(self.n[self.seconds >= seconds].sum())


def _compared(pauses: Pauses, compare: tuple[int, ...]) -> pa.Table:
    suggested, why = pauses.suggested()
    total, usual = int(pauses.n.sum()) + pauses.none, pauses.sessions(1_800)
    rows = []
    for name, seconds in (("suggested", suggested), *((render_duration(each), each) for each in compare)):
        sessions = None if seconds is None else pauses.sessions(seconds)
        within = None if sessions is None else total - (sessions - pauses.customers)
        reason = why if seconds is None else None if pauses.customers else "no_customers"
        rows.append({
            "timeout": name, "minutes": None if seconds is None else seconds / 60, "sessions": sessions,
            "sessions_per_customer": None if sessions is None or not pauses.customers else sessions / pauses.customers,
            "within": within, "within_share": None if within is None or not total else within / total,
            "against_30": None if sessions is None or not usual else sessions / usual, "why": reason,
        })  # fmt: skip
    kinds = [pa.string(), pa.float64(), pa.int64(), pa.float64(), pa.int64(), pa.float64(), pa.float64(), pa.string()]
    return pa.Table.from_pylist(rows, pa.schema(list(zip(rows[0], kinds, strict=True))))


def _looked_at(pauses: Pauses) -> pa.Table:
    """Pauses by length, a tenth longer from row to row, beside what the fit expects."""
    wide, at = np.unique(pauses.bins // _WIDE, return_inverse=True)
    counts = np.bincount(at, pauses.counts, len(wide)).astype(np.int64)
    low, high = wide * _WIDE / FINE, (wide + 1) * _WIDE / FINE
    why = pauses.suggested()[1] if pauses.fit is None else None
    fit, none = pauses.fit, pa.nulls(len(wide), pa.float64())
    return pa.table(
        {
            "from_seconds": np.exp(low),
            "to_seconds": np.exp(high),
            "pauses": counts,
            "share": counts / max(int(counts.sum()), 1),
            "expected": none if fit is None else pa.array(fit.share(low, high)),
            "between_visits": none if fit is None else pa.array(fit.second((low + high) / 2)),
            "why": pa.array([why] * len(wide), pa.string()),
        }
    )


def _picture(table: pa.Table) -> Any:
    import altair as alt

    kind = [
        "between visits" if (each or 0) >= 0.5 else "within a visit" for each in table["between_visits"].to_pylist()
    ]
    rows = table.append_column("kind", pa.array(kind, pa.string()))
    ticks = [1, 10, 60, 600, 3_600, 86_400, 604_800, 2_592_000]
    names = dict(zip(ticks, ("1 s", "10 s", "1 min", "10 min", "1 h", "1 day", "1 week", "30 days"), strict=True))
    label = " : ".join(f"datum.value == {tick} ? '{name}'" for tick, name in names.items()) + " : ''"
    x = alt.X("from_seconds", type="quantitative", title="pause between two events", scale=alt.Scale(type="log"),
              axis=alt.Axis(values=ticks, labelExpr=label, grid=False))  # fmt: skip
    base = alt.Chart(rows)
    share = alt.Y("share", type="quantitative", title="share of pauses", axis=alt.Axis(format="%"), stack=None)
    kinds = alt.Color("kind", type="nominal", title=None, sort=["within a visit", "between visits"])
    bars = base.mark_bar().encode(x=x, x2="to_seconds", y=share, y2=alt.Y2(datum=0), color=kinds)
    line = base.mark_line(interpolate="monotone", strokeWidth=1.5).encode(x=x, y=alt.Y("expected", type="quantitative"))
    return bars + line
