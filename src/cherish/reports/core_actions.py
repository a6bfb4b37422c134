"""Which events should count as activity? What each one adds, and how well it tells who stays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import ibis
import pyarrow as pa

from cherish.errors import Unanswerable
from cherish.reports._rows import daily
from cherish.spec.calendar import day_from, day_number
from cherish.spec.definition import WINDOW, Card, parameter
from cherish.spec.plan import Plan
from cherish.spec.report import Report, Run
from cherish.spec.view import View

MOST = 50
_SCHEMA = pa.schema([
    ("event", pa.string()), ("customers", pa.int64()), ("share", pa.float64()), ("only", pa.int64()),
    ("only_share", pa.float64()), ("overlap", pa.float64()), ("stayed", pa.int64()), ("stayed_share", pa.float64()),
    ("auc", pa.float64()), ("n", pa.int64()), ("why", pa.string()), ("advice", pa.string()),
])  # fmt: skip


@dataclass(frozen=True)
class _Base:
    """The population at the split: everybody known then, who of them were active before it, and who after it."""

    known: int
    active: int
    stayed: int


class CoreActions(Report):
    """For each event that could count as activity: who is active only by it, and does it tell who will be active?

    Two windows of equal length end at the moment. An event is judged in the first, by who is active (by any of the
    events) in the second, among everybody known when the first one ended. The AUC is the chance that of two such
    customers, one who stayed and one who did not, the one who stayed did it and the other did not (ties count half):
    0.5 says nothing, 1 everything. It is advice; what counts as active remains your decision.

    Columns: event, customers (who did it in the first window), share (of the active), only (active by nothing else),
    only_share (of the active), overlap (share of those who did it that did another of the events too), stayed and
    stayed_share (of those who did it: active in the second window), auc, n (customers compared), why (the reason where
    auc is null), advice.
    """

    card: ClassVar[Card] = Card(
        family="Y",
        formula="only = |{active by e alone}| / |{active}|; AUC of [e in the window] for [active in the next one]",
        unit="share of customers",
        range=(0, 1),
        nulls={
            "all_stayed": "every known customer was active in the second window, so there is nobody to tell apart",
            "nobody_stayed": "no known customer was active in the second window, so there is nobody to tell apart",
        },
        apart=("events",),
        example='log.report("core_actions", window="28d")',
    )

    active: str = parameter("core", "the candidates: a named set, or event names joined by |")
    window: int = parameter(28, "length of each of the two windows", WINDOW, least=1)

    def check(self) -> None:
        if self.window is None:
            raise Unanswerable("window=all: two windows of equal length need a length such as 28d")

    def plan(self, view: View, run: Run) -> Plan:
        active = view.active(self.active)
        ranked = sorted(active.events, key=lambda name: (-view.facts.names.get(name, 0), name))
        candidates, left = tuple(ranked[:MOST]), ranked[MOST:]
        split = view.day - self.window
        born = day_number(view.calendar.day_of(view.facts.first or view.as_of))
        if born >= split:
            raise Unanswerable(
                f"the log has {max(view.day - born, 0)} whole days and two windows of {self.window} days need more "
                f"than {self.window}; ask with a shorter window"
            )
        notes = [f"{len(left)} rarer events were left out; the {MOST} most frequent are shown."] if left else []
        if born > split - self.window:
            notes.append("The first window begins before the first event, so it is shorter than the second.")
        first, last = day_from(split).isoformat(), day_from(view.day).isoformat()
        spans = f"{self.window}d_until_{first}_then_until_{last}"
        convention = f"core_actions/{active}/{spans}@{self.card.version}"
        expression = _counts(view, candidates, split, self.window)
        return Plan(expression, lambda rows: _table(rows, candidates), _headline, convention, tuple(notes))

    def chart(self, table: Any) -> Any:
        import altair as alt  # Heavy, and only a chart needs it.

        values = table.select(["event", "only_share", "auc", "customers", "n"]).to_pylist()
        base = alt.Chart(alt.Data(values=values), height=alt.Step(30)).encode(
            alt.Y("event:N", sort=None, title=None), tooltip=["event:N", "n:Q"]
        )
        share = alt.X("only_share:Q", title="active only by it", axis=alt.Axis(format="%"))
        only = base.mark_bar().encode(share).properties(width=300)
        tells = alt.X("auc:Q", title="tells who stays (AUC: 0.5 is chance)", scale=alt.Scale(domain=[0, 1]))
        told = base.mark_point(filled=True, size=90).encode(tells).properties(width=300)
        return only | told


def _counts(view: View, candidates: tuple[str, ...], split: int, window: int) -> Any:
    """A row per event (customers, only, stayed) and one without a name (known, active, stayed), in one pass."""
    rows = daily(view)
    inside = (rows.day >= _literal(split - window)) & (rows.day < _literal(split + window))
    rows = rows.filter(rows.name.isin(candidates), inside)
    before = rows.day < _literal(split)
    acts = rows.group_by("customer_id", "name").agg(did=before.any(), later=(~before).any())
    people = acts.group_by("customer_id").agg(names=acts.count(where=acts.did), later=acts.later.any())
    stays = people.rename(person="customer_id", stays="later")
    both = acts.filter(acts.did).inner_join(stays, [("customer_id", "person")])
    events = both.group_by("name").agg(
        customers=both.count(), only=both.count(where=both.names == 1), stayed=both.count(where=both.stays)
    )
    known = view.customers()
    known = known.filter(known.first_day < split).left_join(people, "customer_id")
    total = known.agg(
        customers=known.count(),
        only=known.count(where=(known.names > 0).fill_null(False)),
        stayed=known.count(where=known.later.fill_null(False)),
    )
    return events.union(total.select(name=ibis.null("string"), customers="customers", only="only", stayed="stayed"))


def _literal(day: int) -> Any:
    return ibis.literal(day_from(day), type="date")


def _table(rows: pa.Table, candidates: tuple[str, ...]) -> pa.Table:
    found = {row["name"]: row for row in rows.to_pylist()}
    total = found[None]
    base = _Base(known=total["customers"], active=total["only"], stayed=total["stayed"])
    nothing = {"customers": 0, "only": 0, "stayed": 0}
    lines = [_line(name, found.get(name, nothing), base) for name in candidates]
    lines.sort(key=lambda line: (-line["customers"], line["event"]))
    return pa.Table.from_pylist(lines, schema=_SCHEMA)


def _line(name: str, row: Mapping[str, int], base: _Base) -> dict[str, Any]:
    did, only, stayed = row["customers"], row["only"], row["stayed"]
    why = "nobody_stayed" if not base.stayed else "all_stayed" if base.stayed == base.known else None
    line = {
        "event": name,
        "customers": did,
        "share": did / base.active if base.active else None,
        "only": only,
        "only_share": only / base.active if base.active else None,
        "overlap": (did - only) / did if did else None,
        "stayed": stayed,
        "stayed_share": stayed / did if did else None,
        "auc": auc(did, stayed, base.known, base.stayed) if why is None else None,
        "n": base.known,
        "why": why,
    }
    return {**line, "advice": _advice(line)}


def auc(did: int, did_and_stayed: int, known: int, stayed: int) -> float:
    """Chance that who stayed did it and who left did not, ties counting half, over all pairs of the two."""
    left = known - stayed
    left_did = did - did_and_stayed
    won = did_and_stayed * (left - left_did)
    tied = did_and_stayed * left_did + (stayed - did_and_stayed) * (left - left_did)
    return (won + tied / 2) / (stayed * left)


def _advice(line: Mapping[str, Any]) -> str:
    if not line["customers"]:
        return "nobody did it in the window: leaving it out changes nothing today"
    # No figure stands here: words are shared as they are, and these customers may be few.
    needed = line["only_share"] >= 0.01
    only = "some of the active customers do nothing else" if needed else "hardly anybody does nothing else"
    found = line["auc"]
    if found is None:
        return f"whether it tells who stays can't be said here; {only}"
    if found < 0.5:
        return f"think twice: who does it stays less often than others; {only}"
    if found < 0.55:
        says = "says little about who stays"
        return f"{says}; {only}" if needed else f"{says}, and leaving it out loses next to nobody"
    if needed:
        return f"keep: it tells who stays, and {only}"
    return f"keep it or not: it tells who stays, and {only}"


def _headline(table: pa.Table) -> Mapping[str, Any]:
    rows = [row for row in table.to_pylist() if row["customers"]]
    told = [row for row in rows if row["auc"] is not None]
    best = max(told, key=lambda row: (row["auc"], row["event"]), default=None)
    widest = max(rows, key=lambda row: (row["only"], row["event"]), default=None)
    return {
        "events": table.num_rows,
        "n": rows[0]["n"] if rows else 0,
        "tells_best": best and best["event"],
        "auc": best and best["auc"],
        "most_needed": widest and widest["event"],
        "only_share": widest and widest["only_share"],
    }
