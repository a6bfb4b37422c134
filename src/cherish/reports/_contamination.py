"""Mail that reached the held out: messages by campaign, joined with a lot by customer and by shared address.

Whoever shares an address with a receiver was reached, too: there is one letter-box.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ibis

from cherish.errors import Unanswerable
from cherish.reports._arms import Assigned
from cherish.reports._contacts import contacts
from cherish.spec.holdouts import EXPORTED
from cherish.spec.report import Run
from cherish.spec.view import View


@dataclass(frozen=True)
class Reach:
    """How many of a lot got a message: of the held out, and of those who may get some; `told`: of the held out who got
    one, those whose address the sender had been told by then (None: no list was ever exported)."""

    held_out: int
    held_out_reached: int
    others: int
    others_reached: int
    told: int | None = None

    @property
    def leak(self) -> float | None:
        """The share of the held out that got a message."""
        return self.held_out_reached / self.held_out if self.held_out else None

    @property
    def reach(self) -> float | None:
        """The share of the others that got one."""
        return self.others_reached / self.others if self.others else None

    @property
    def contrast(self) -> float | None:
        """By how much more often the others got one: so much of the mail's own effect a lot shows."""
        return None if self.leak is None or self.reach is None else self.reach - self.leak


def sent(view: View, names: tuple[str, ...], named: tuple[str, ...], exempt: tuple[str, ...] = ()) -> Any:
    """One row per customer and campaign: customer_id, campaign, first and last (naive UTC) message.

    Raises:
        Unanswerable: the log has no messages.
    """
    there = tuple(name for name in names if name in view.facts.names)
    if not there:
        raise Unanswerable(
            f"the log has no messages (events {', '.join(names[:3])} ...): bring the history of your sender in, with "
            "time, customer and campaign of each message (docs/how-to/keep-your-sender.md), or name its events: "
            "sends=NAME|NAME"
        )
    rows = contacts(view, there, tuple(name for name in named if name in view.facts.properties))
    if exempt:
        rows = rows.filter(rows.campaign.notin(exempt))
    return rows.group_by("customer_id", "campaign").agg(first=rows.ts.min(), last=rows.ts.max())


def got(view: View, who: Assigned, messages: Any, address: str = "email") -> Any:
    """One row per assigned customer and campaign of which a message reached them, or their address, since their lot.

    Columns: customer_id, arm, campaign, first, last; and `told`, when the sender was first told their address (null:
    never).
    """
    places = _places(view, address)
    placed = messages.inner_join(places, "customer_id")
    at = placed.group_by("campaign", to="place").agg(first=placed["first"].min(), last=placed["last"].max())
    people = who.table.inner_join(places, "customer_id").select("customer_id", "arm", "moment", "place")
    exports = _exports(view, who.name, places)
    if exports is None:
        people = people.mutate(told=ibis.null("timestamp(6)"))
    else:
        people = people.left_join(exports, people.place == exports.told_place).drop("told_place")
    both = people.inner_join(at, people.place == at.to)
    both = both.filter(both["last"] >= both.moment)
    return both.select(
        "customer_id", "arm", "campaign", "told", first=ibis.greatest(both["first"], both.moment), last=both["last"]
    )


def _places(view: View, address: str) -> Any:
    """customer_id and `place`: the address that mail goes to, in small letters, or else the customer alone."""
    known = address in view.facts.traits
    people = view.customers(traits=(f"traits.{address}",) if known else ())
    own = people.customer
    text = ibis.ifelse(own.contains("@"), own, ibis.null("string")) if address == "email" else ibis.null("string")
    if known:
        text = people[f"traits.{address}"].cast("string").strip().nullif("").fill_null(text)
    letter = text.strip().lower()
    return people.select("customer_id", place=ibis.ifelse(letter.isnull(), ibis.literal("#") + own, letter))


def _exports(view: View, holdout: str, places: Any) -> Any | None:
    """When a sender was first told each address; None where no list was exported."""
    if EXPORTED not in view.facts.names or "holdout" not in view.facts.properties:
        return None
    events = view.events(properties=("holdout",))
    events = events.filter(events.name == EXPORTED, events["properties.holdout"] == holdout)
    told = events.inner_join(places, "customer_id")
    return told.group_by(told_place="place").agg(told=told.ts.min())


def reach(run: Run, who: Assigned, received: Any) -> Reach:
    """Whom any message reached."""
    each = received.group_by("customer_id").agg(
        arm=received.arm.min(), last=received["last"].max(), told=received.told.min()
    )
    rows = run(_counted(each, "arm").order_by("arm")).to_pylist()
    return _reach(who, {row["arm"]: row for row in rows})


def campaigns(received: Any) -> Any:
    """A row per campaign and arm: n customers, told, first and last."""
    return _counted(received, "campaign", "arm").order_by("campaign", "arm")


def by_campaign(who: Assigned, rows: list[dict[str, Any]]) -> dict[str, tuple[Reach, Any, Any]]:
    """Whom each campaign reached, with the moments of its first and last message; of rows of `campaigns`."""
    found = {}
    for name in dict.fromkeys(row["campaign"] for row in rows):
        own = {row["arm"]: row for row in rows if row["campaign"] == name}
        first, last = min(row["first"] for row in own.values()), max(row["last"] for row in own.values())
        found[name] = (_reach(who, own), first, last)
    return found


def _counted(rows: Any, *keys: str) -> Any:
    first = rows["first"] if "first" in rows.columns else rows["last"]
    return rows.group_by(*keys).agg(
        n=rows.count(), told=rows.count(where=(rows.told <= rows["last"]).fill_null(False)),
        listed=rows.count(where=rows.told.notnull()), first=first.min(), last=rows["last"].max(),
    )  # fmt: skip


def _reach(who: Assigned, rows: Mapping[str, Mapping[str, Any]]) -> Reach:
    counts = who.report.arms
    held = rows.get(who.control, {"n": 0, "told": 0})
    others = sum(int(row["n"]) for arm, row in rows.items() if arm != who.control)
    rest = sum(n for arm, n in counts.items() if arm != who.control)
    return Reach(counts[who.control], int(held["n"]), rest, others, int(held["told"]))


def words(found: Reach) -> str:
    """What a leak means for the effect, without a number: words are shared as they are."""
    if not found.held_out_reached:
        return "Nobody who is held out got a message since the lot."
    if found.contrast is not None and found.contrast < (found.reach or 0) / 2:
        return (
            "The held out got mail nearly as often as the others, so that what differs between the arms says little of "
            "what mail does. See to it that your sender leaves them out, and read what comes after."
        )
    return (
        "Some who are held out got messages all the same. They stay where the lot put them (intention to treat): to "
        "take them out would compare chosen people. The difference shown is less than what mail does to those reached."
    )
