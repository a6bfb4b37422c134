"""Who brought whom: acceptances that name a customer, each newcomer once, never oneself, never backwards in time.

How an acceptance is known, in this order: a property of the sign-up that names the referrer, a trait that does, or the
invitation itself, which names somebody who signed up after it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ibis

from cherish.errors import Unanswerable
from cherish.spec.numbers import text_of
from cherish.spec.view import UNKNOWN, View


@dataclass(frozen=True)
class Ways:
    """Names under which an acceptance may be known; `joins` are the sign-ups, `invites` the invitations of the log."""

    joins: tuple[str, ...]
    invites: tuple[str, ...]
    referrer: tuple[str, ...]
    referred_by: tuple[str, ...]
    invitee: tuple[str, ...]

    def chosen(self, view: View) -> tuple[str, str]:
        """`sign_up`, `trait` or `invitation`, and the name of its property or trait.

        Raises:
            Unanswerable: the log has none of them.
        """
        facts = view.facts
        for way, names, there in (
            ("sign_up", self.referrer if self.joins else (), facts.properties),
            ("trait", self.referred_by, facts.traits),
            ("invitation", self.invitee if self.invites else (), facts.properties),
        ):
            for name in names:
                if name in there:
                    return way, name
        raise Unanswerable(
            "word_of_mouth can't tell who accepted an invitation: no sign-up has a property "
            f"{' or '.join(self.referrer)}, no customer a trait {' or '.join(self.referred_by)}, no invitation a "
            f"property {' or '.join(self.invitee)}. Name yours with referrer=, referred_by= or invitee=; "
            f"properties are {', '.join(sorted(facts.properties)) or 'none'}, "
            f"traits {', '.join(sorted(facts.traits)) or 'none'}"
        )

    def invitee_of(self, view: View) -> str | None:
        """The property of invitations that names whom they are for, where there is one."""
        return next((name for name in self.invitee if name in view.facts.properties), None)


def people(view: View, joins: tuple[str, ...]) -> Any:
    """The population with `since`: the first sign-up, or where there is none when they were first seen."""
    known = view.customers().select("customer_id", "customer", "first_seen")
    if not joins:
        return known.mutate(since=known.first_seen, signed_up=ibis.literal(False)).drop("first_seen")
    events = view.events()
    first = events.filter(events.name.isin(joins)).group_by("customer_id").agg(joined=events.ts.min())
    both = known.left_join(first, "customer_id")
    return both.select(
        "customer_id", "customer", since=ibis.coalesce(both.joined, both.first_seen), signed_up=both.joined.notnull()
    )


def invitations(view: View, ways: Ways, everybody: Any) -> Any:
    """Every invitation: customer_id (who invites), ts, event_id, `says` (whom, or null) and `counts_as`.

    An invitation of somebody invited before by the same counts as that first one: `counts_as` is the event_id of it,
    else the row's own. An invitation to oneself is none.
    """
    name = ways.invitee_of(view)
    events = view.events(properties=(name,) if name else ())
    sent = events.filter(events.name.isin(ways.invites))
    says = text_of(sent[f"properties.{name}"]).nullif("") if name else ibis.null("string")
    sent = sent.select("customer_id", "ts", "event_id", says=says)
    named = sent.inner_join(everybody.select("customer_id", "customer"), "customer_id")
    others = named.filter(named.says.isnull() | (named.says != named.customer)).drop("customer")
    pair = ibis.window(group_by=("customer_id", "says"), order_by=("ts", "event_id"))
    placed = others.filter(others.says.notnull()).mutate(place=ibis.row_number().over(pair))
    first = placed.filter(placed.place == 0).select("customer_id", "says", first="event_id")
    both = others.left_join(first, ("customer_id", "says"))
    return both.select(*others.columns, counts_as=ibis.coalesce(both["first"], both.event_id))


def counted(sent: Any) -> Any:
    """The invitations that count: each pair once, by its first."""
    return sent.filter(sent.event_id == sent.counts_as)


def claims(view: View, ways: Ways, everybody: Any, sent: Any) -> Any:
    """Who is said to have brought whom: newcomer, inviter (null: no such customer), since, own, backwards.

    Each newcomer is there once: by their first sign-up, or of several invitations by the first of somebody who was
    there before.
    """
    way, name = ways.chosen(view)
    known = everybody.select(inviter="customer_id", says="customer", inviter_since="since")
    if way == "invitation":
        return _by_invitation(everybody, sent, known)
    said = _by_sign_up(view, ways, name) if way == "sign_up" else _by_trait(view, name)
    said = said.inner_join(everybody.select(newcomer="customer_id", since="since"), "newcomer")
    both = said.left_join(known, "says")
    return _judged(both.select("newcomer", "inviter", "since", "inviter_since"))


def _by_sign_up(view: View, ways: Ways, name: str) -> Any:
    events = view.events(properties=(name,))
    says = text_of(events[f"properties.{name}"]).nullif("")
    named = events.filter(events.name.isin(ways.joins), says.notnull())
    named = named.select("ts", "event_id", newcomer="customer_id", says=text_of(named[f"properties.{name}"]))
    first = ibis.window(group_by="newcomer", order_by=("ts", "event_id"))
    placed = named.mutate(place=ibis.row_number().over(first))
    return placed.filter(placed.place == 0).select("newcomer", "says")


def _by_trait(view: View, name: str) -> Any:
    table = view.customers((f"traits.{name}",))
    return table.filter(table.by_1 != UNKNOWN, table.by_1 != "").select(newcomer="customer_id", says="by_1")


def _by_invitation(everybody: Any, sent: Any, known: Any) -> Any:
    """Of those whom invitations name: who signed up after one of them."""
    named = sent.select("says", "event_id", inviter="customer_id", invited="ts")
    invited = everybody.select(newcomer="customer_id", says="customer", since="since", signed_up="signed_up")
    both = named.inner_join(invited, "says").inner_join(known.drop("says"), "inviter")
    after = both.filter(both.signed_up, both.invited < both.since)
    order = (after.inviter_since >= after.since, after.invited, after.event_id)
    placed = after.mutate(place=ibis.row_number().over(ibis.window(group_by="newcomer", order_by=order)))
    kept = placed.filter(placed.place == 0)
    return _judged(kept.select("newcomer", "inviter", "since", "inviter_since"))


def _judged(rows: Any) -> Any:
    known = rows.inviter.notnull()
    own = known & (rows.inviter == rows.newcomer)
    later = known & ~own & (rows.inviter_since >= rows.since)
    return rows.mutate(own=own.fill_null(False), backwards=later.fill_null(False)).drop("inviter_since")


def dated(found: Any, sent: Any, everybody: Any, days: int | None) -> Any:
    """Acceptances with the invitation that they answer, sent at most `days` before; without `days` also those of none.

    It is one of the inviter that names the newcomer, else their last that names nobody: one that names somebody else is
    not answered by this newcomer. Columns newcomer, inviter, since, event_id (of the invitation that counts, or null).
    """
    found = found.select("newcomer", "inviter", "since")
    named = found.inner_join(everybody.select(newcomer="customer_id", name="customer"), "newcomer")
    asked = sent.select("event_id", "says", "counts_as", who="customer_id", invited="ts")
    both = named.inner_join(asked, [named.inviter == asked.who, asked.invited <= named.since])
    both = both.filter(both.says.isnull() | (both.says == both.name))
    if days is not None:
        both = both.filter(_within(both.invited, both.since, days))
    order = (both.says.isnull(), ibis.desc("invited"), ibis.desc("event_id"))
    placed = both.mutate(place=ibis.row_number().over(ibis.window(group_by="newcomer", order_by=order)))
    answered = placed.filter(placed.place == 0).select("newcomer", event_id="counts_as")
    joined = found.join(answered, "newcomer", how="left" if days is None else "inner")
    return joined.select("newcomer", "inviter", "since", "event_id")


def _within(invited: Any, since: Any, days: int) -> Any:
    return since <= invited + ibis.interval(days=days)
