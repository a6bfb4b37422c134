"""How many customers do customers bring, how fast, and in which trees?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import ibis
import numpy as np
import pyarrow as pa

from cherish.reports import _referrals as referrals
from cherish.reports._pictures import lying
from cherish.reports._referrals import Ways
from cherish.reports._trees import Trees, trees
from cherish.reports._windows import inside
from cherish.spec.calendar import number
from cherish.spec.definition import NAMES, WHOLE, WINDOW, Card, Source, parameter
from cherish.spec.names import REFERRALS, SHARES, SIGNS_UP
from cherish.spec.plan import Plan
from cherish.spec.report import Report, Run
from cherish.spec.roles import role
from cherish.spec.view import View
from cherish.statistics.survival import kaplan_meier

REFERRER = ("referrer_user_id", "referrer_id", "referred_by")
INVITEE = ("invitee", "invitee_user_id", "invitee_id")
DAY = 86_400


class WordOfMouth(Report):
    """Invitations per customer, how many are accepted, the k-factor (their product), and who brought whom.

    Customers are shown by generation: 0 came by themselves, 1 were brought by one of those, and so on; with what each
    generation did in turn. `show=trees` lists the largest trees instead: how many they brought, how deep, and how many
    of them directly.

    An acceptance is a sign-up with a property that names the referrer, else a trait that does, else an invitation that
    names somebody who signed up after it (`referrer`, `referred_by`, `invitee`; the first that the log has). It counts
    once per newcomer, never for oneself, and only where the referrer was there before. Of several invitations
    of one by another the first counts. With `attribution` the sign-up must follow an invitation of the referrer within
    so many days, and there any of several will do. An invitation that names somebody else brought nobody but them.

    cycle time: days from the invitation that counts to the sign-up: the referrer's first that names the newcomer, else
    their last before the sign-up that names nobody;
    `cycle_days_median` of accepted ones alone, which is too short while others are still open;
    `cycle_days_kaplan_meier` of all, null where fewer than half will ever be accepted as far as the data go.
    `mature` leaves out customers known for less than that: they had no time to invite.
    """

    card: ClassVar[Card] = Card(
        family="N",
        formula="k = i * c; i = invitations / customers; c = accepted / invitations",
        unit="customers",
        range=(0, None),
        direction="higher",
        source=Source("Kumar, Petersen & Leone", 2007, "How Valuable Is Word of Mouth?"),
        nulls={
            "no_invitations": "nobody of this generation invited anybody, so no share of invitations was accepted",
            "invitations_unknown": "the log has no event that invites, so how many invitations there were is not known",
            "nobody": "there is nobody in this generation",
        },
        apart=("generation", "place", "depth", "deepest"),
        example='log.report("word_of_mouth", attribution="30d")',
    )

    attribution: int | None = parameter(None, "how many days after an invitation a sign-up still counts", WINDOW)
    invitee: tuple[str, ...] = parameter(INVITEE, "properties of an invitation that name whom it is for", NAMES)
    invites: tuple[str, ...] = parameter(REFERRALS, "events that invite somebody", NAMES)
    joins: tuple[str, ...] = parameter(SIGNS_UP, "events that sign up", NAMES)
    mature: int | None = parameter(None, "count only customers known for so long; all if left out", WINDOW)
    referred_by: tuple[str, ...] = parameter(REFERRER, "traits that name the referrer", NAMES)
    referrer: tuple[str, ...] = parameter(REFERRER, "properties of a sign-up that name the referrer", NAMES)
    shares: tuple[str, ...] = parameter(SHARES, "events that tell others, without inviting by name", NAMES)
    show: str = parameter("generations", "generations, or the largest trees", choices=("generations", "trees"))
    top: int = parameter(10, "how many trees to show", WHOLE, least=1)
    window: int | None = parameter(None, "how many days back from the moment", WINDOW)

    def plan(self, view: View, run: Run) -> Plan:
        """Customers, invitations and acceptances by generation; the trees come from the acceptances of all time."""
        ways = self._ways(view)
        way, named = ways.chosen(view)
        everybody = referrals.people(view, ways.joins)
        sent = referrals.invitations(view, ways, everybody)
        claimed = referrals.claims(view, ways, everybody, sent)
        left_out = run(_left_out(claimed)).to_pylist()[0]
        sound = claimed.filter(claimed.inviter.notnull() & ~claimed.own & ~claimed.backwards)
        accepted = referrals.dated(sound, sent, everybody, self.attribution)
        edges = run(accepted.select("newcomer", "inviter"))
        found = trees(edges["newcomer"].to_numpy(), edges["inviter"].to_numpy())
        times = run(self._spells(view, sent, accepted))
        told = run(self._shares(view)).to_pylist()[0] if role(view, self, "shares", needed=False) else {}
        counts = self._counts(view, everybody, sent, accepted)
        customers = run(counts.aggregate(n=counts.count())).to_pylist()[0]["n"]
        figures: dict[str, Any] = {}

        def finish(rows: Any) -> Any:
            levels = _by_generation(rows, found, customers, known=bool(ways.invites))
            figures.update(_figures(levels, found, times, told))
            return _largest(found, self.top) if self.show == "trees" else _generations(levels)

        return Plan(
            expression=counts.filter(counts.told).drop("told").order_by("customer_id"),
            finish=finish,
            headline=lambda table: dict(figures),
            convention=f"word_of_mouth/accepted_by_{way}:{named}/once_per_newcomer/not_self",
            notes=(*_unknown(ways), *_notes(left_out)),
        )

    def _ways(self, view: View) -> Ways:
        joins, invites = (role(view, self, key, needed=False) for key in ("joins", "invites"))
        return Ways(joins, invites, self.referrer, self.referred_by, self.invitee)

    def _counts(self, view: View, everybody: Any, sent: Any, accepted: Any) -> Any:
        """customer_id, invitations, accepted of everybody counted; `told`: who invited, brought or was brought."""
        sent = referrals.counted(sent)
        invited = sent.filter(inside(view, sent.ts, self.window))
        came = accepted.filter(inside(view, accepted.since, self.window))
        counts = everybody
        if self.mature is not None:
            counts = counts.filter(~inside(view, counts.since, self.mature))
        counts = counts.select("customer_id")
        parts = {
            "invitations": invited.group_by("customer_id").agg(invitations=invited.count()),
            "accepted": came.group_by(customer_id=came.inviter).agg(accepted=came.count()),
            "brought": accepted.group_by(customer_id=accepted.newcomer).agg(brought=accepted.count()),
        }
        for name, part in parts.items():
            joined = counts.left_join(part, "customer_id")
            counts = joined.select(*counts.columns, **{name: joined[name].fill_null(0)})
        told = (counts.invitations > 0) | (counts.accepted > 0) | (counts.brought > 0)
        return counts.mutate(told=told).drop("brought")

    def _spells(self, view: View, sent: Any, accepted: Any) -> Any:
        """Invitations by the whole days until they were accepted, or until the moment: days, accepted, open."""
        known = accepted.filter(accepted.event_id.notnull())
        first = known.group_by("event_id", customer_id="inviter").agg(accepted=known.since.min())
        sent = referrals.counted(sent)
        recent = sent.filter(inside(view, sent.ts, self.window))
        joined = recent.left_join(first, ("customer_id", "event_id"))
        # Rows of a plain table may share an id: nothing was accepted before it was sent.
        answered = (joined.accepted >= joined.ts).fill_null(False)
        both = joined.mutate(since=ibis.ifelse(answered, joined.accepted, ibis.null("timestamp(6)")))
        limit = ibis.literal(view.as_of.replace(tzinfo=None), type="timestamp(6)")
        seconds = ibis.coalesce(both.since, limit).epoch_seconds() - both.ts.epoch_seconds()
        spells = both.mutate(days=(seconds // DAY).cast("int64"))
        return (
            spells.group_by("days")
            .agg(accepted=spells.count(where=spells.since.notnull()), open=spells.count(where=spells.since.isnull()))
            .order_by("days")
        )

    def _shares(self, view: View) -> Any:
        events = view.activity()
        told = events.filter(events.name.isin(role(view, self, "shares")))
        if self.window is not None:
            told = told.filter(number(told.day) >= view.day - self.window)
        each = told.group_by("customer_id").agg(n=told.n.sum())
        return each.aggregate(shares=each.n.sum(), sharers=each.count())

    def chart(self, table: Any) -> Any:
        """What each generation brings, or how many customers each of the largest trees brought."""
        if self.show == "trees":
            names = [f"tree {place}" for place in table["place"].to_pylist()]
            return lying(names, table["brought"].to_pylist(), "customers brought")
        names = [f"generation {place}" for place in table["generation"].to_pylist()]
        return lying(names, table["k_factor"].to_pylist(), "customers brought per customer (k)", ".3f")


def _left_out(claimed: Any) -> Any:
    return claimed.aggregate(
        unknown=claimed.count(where=claimed.inviter.isnull()), own=claimed.own.sum(), backwards=claimed.backwards.sum()
    )


def _unknown(ways: Ways) -> tuple[str, ...]:
    if ways.invites:
        return ()
    return (
        "No event of the log invites anybody (see invites): who was brought is known, how many were invited is not.",
    )


def _notes(left_out: Mapping[str, Any]) -> tuple[str, ...]:
    told = {
        "unknown": "whose referrer is no customer here",
        "own": "who name themselves as referrer",
        "backwards": "whose referrer came later",
    }
    return tuple(f"Left out of the newcomers: {left_out[key]:,} {text}." for key, text in told.items() if left_out[key])


def _by_generation(rows: pa.Table, found: Trees, customers: int, *, known: bool) -> pa.Table:
    """Sums by generation; customers who are not among the rows came alone and brought nobody.

    Invitations that the log does not know of (`known`) are null, and so are those who sent them.
    """
    ids, invitations, accepted = (rows[name].to_numpy() for name in ("customer_id", "invitations", "accepted"))
    generation = np.zeros(ids.size, dtype=np.int64)
    if found.newcomers.size:
        place = np.minimum(np.searchsorted(found.newcomers, ids), found.newcomers.size - 1)
        generation = np.where(found.newcomers[place] == ids, found.generation[place], 0)
    size = int(generation.max(initial=0)) + 1
    sums = [np.bincount(generation, weights=each, minlength=size).astype(np.int64)
            for each in (np.ones(ids.size), invitations > 0, invitations, accepted)]  # fmt: skip
    sums[0][0] += customers - ids.size
    names = ("customers", "inviters", "invitations", "accepted")
    there = sums[0] > 0
    columns = {name: pa.array(each[there]) for name, each in zip(names, sums, strict=True)}
    if not known:
        columns |= dict.fromkeys(("inviters", "invitations"), pa.nulls(int(there.sum()), pa.int64()))
    return pa.table({"generation": np.arange(size)[there], **columns})


def _generations(rows: pa.Table) -> pa.Table:
    columns: dict[str, Any] = {name: rows[name] for name in rows.column_names}
    customers, accepted = (rows[name].to_numpy() for name in ("customers", "accepted"))
    known = rows["invitations"].null_count == 0
    invitations = rows["invitations"].to_numpy() if known else np.zeros_like(customers)
    nobody = pa.nulls(len(rows), pa.float64())
    columns["invitations_per_customer"] = _ratio(invitations, customers) if known else nobody
    columns["accepted_share"] = _ratio(accepted, invitations)
    columns["k_factor"] = _ratio(accepted, customers)
    unknown = "no_invitations" if known else "invitations_unknown"
    why = [None if sent else unknown for sent in invitations.tolist()]
    return pa.table(columns | {"why": pa.array(why, pa.string())})


def _ratio(part: Any, whole: Any) -> pa.Array:
    return pa.array(part / np.where(whole == 0, 1, whole), mask=whole == 0)


def _largest(found: Trees, top: int) -> pa.Table:
    many = min(top, found.sizes.size)
    total = int(found.sizes.sum())
    return pa.table({
        "place": np.arange(1, many + 1),
        "brought": found.sizes[:many],
        "brought_share": pa.array(found.sizes[:many] / total if total else np.zeros(0), pa.float64()),
        "depth": found.depths[:many],
        "direct": found.direct[:many],
    })  # fmt: skip


def _figures(rows: pa.Table, found: Trees, times: pa.Table, told: Mapping[str, Any]) -> dict[str, Any]:
    names = ("customers", "inviters", "invitations", "accepted")
    sums = {name: None if rows[name].null_count else sum(rows[name].to_pylist()) for name in names}
    customers, invitations, accepted = sums["customers"], sums["invitations"], sums["accepted"]
    figures: dict[str, Any] = {**sums, "k_factor": accepted / customers if customers else None}
    figures["invitations_per_customer"] = None if invitations is None or not customers else invitations / customers
    figures["accepted_share"] = accepted / invitations if invitations else None
    figures |= _cycle(times)
    figures["trees"], figures["deepest"] = int(found.roots.size), int(found.depths.max(initial=0))
    figures["largest_tree"] = int(found.sizes.max(initial=0))
    return figures | ({"shares": int(told["shares"] or 0), "sharers": told["sharers"]} if told else {})


def _cycle(times: pa.Table) -> dict[str, Any]:
    days, ended, still = (times[name].to_numpy() for name in ("days", "accepted", "open"))
    if not ended.sum():
        return {"cycle_days_median": None, "cycle_days_kaplan_meier": None}
    return {
        "cycle_days_median": kaplan_meier(days, ended, np.zeros_like(ended)).median,
        "cycle_days_kaplan_meier": kaplan_meier(days, ended, still).median,
    }
