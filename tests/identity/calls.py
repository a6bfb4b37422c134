"""Made-up calls of clients, and what a log must make of them, computed key by key in plain Python."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from random import Random
from typing import Any

import pyarrow as pa

from cherish.store.contract import Origin
from cherish.store.keys import Key
from store.support import TYPES, Event, activity, orders, seen_activity, seen_orders

START = datetime(2024, 3, 1)
HUB = 10
TRUSTED = "email"
"""A trait that the workspaces of these tests trust, where calls carry it."""

LIVE = TYPES | {
    "previous_id": pa.string(), "group_id": pa.string(), "original_ts": pa.timestamp("us"),
    "created_at": pa.timestamp("us"), "traits": pa.string(),
}  # fmt: skip


@dataclass(frozen=True)
class Call:
    """One call as a client sends it."""

    message_id: str
    ts: datetime
    user: str | None = None
    anonymous: str | None = None
    previous: str | None = None
    name: str = "Page Viewed"
    order: str | None = None
    value: Decimal | None = None
    traits: dict[str, Any] = field(default_factory=dict, hash=False)

    @property
    def key(self) -> Key:
        """Whose event it is."""
        return Key("user_id", self.user) if self.user else Key("anonymous_id", self.anonymous or "")

    @property
    def keys(self) -> set[Key]:
        """Every key it carries, but the previous id: what that is, others must say."""
        carried = (("user_id", self.user), ("anonymous_id", self.anonymous))
        return {Key(kind, key) for kind, key in carried if key}

    def row(self) -> dict[str, Any]:
        """The call as a load is handed it."""
        kind = "identify" if self.traits else "alias" if self.previous else "track"
        told = {"traits": json.dumps(self.traits)} if self.traits else {}
        return dict.fromkeys(LIVE) | told | {
            "message_id": self.message_id, "type": kind, "name": self.name, "ts": self.ts, "received_at": START,
            "anonymous_id": self.anonymous, "user_id": self.user, "previous_id": self.previous, "source": "web",
            "value": self.value, "currency": "EUR" if self.value is not None else None, "order_id": self.order,
        }  # fmt: skip


def at(minutes: float) -> datetime:
    """A moment so many minutes after the start."""
    return START + timedelta(minutes=minutes)


def table(calls: Iterable[Call]) -> pa.Table:
    """Calls as staged rows."""
    return pa.Table.from_pylist([call.row() for call in calls], schema=pa.schema(list(LIVE.items())))


def load(store: Any, *batches: Sequence[Call], name: str = "stream") -> None:
    """Load batches of calls as one named import."""
    with store.loading(Origin(name, "events")) as loading:
        for batch in batches:
            loading.connection.register("staged", table(batch))
            loading.events("staged")


def live(store: Any, batch: Sequence[Call], claim: str) -> None:
    """Load a batch of calls as the server does."""
    with store.live(claim) as loading:
        loading.connection.register("staged", table(batch))
        loading.events("staged")


# -- the rule, without a set-based thought ---------------------------------------------------------------------------


def partition(calls: Iterable[Call], hub: int = HUB) -> dict[Key, frozenset[Key]]:
    """The keys that are one customer, by key."""
    calls = list(calls)
    keys = {key for call in calls for key in call.keys}
    evidence: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
    shared: dict[Key, set[str]] = defaultdict(set)
    for call in calls:
        if call.user and call.anonymous:
            evidence[call.anonymous].append((call.ts, call.user))
        if call.user and call.previous and call.previous != call.user:
            evidence[call.previous].append((call.ts, call.user))
            evidence[call.user].append((call.ts, call.user))
            shared[Key("user_id", call.previous)].add(call.user)
        if call.user and TRUSTED in call.traits:
            shared[Key(TRUSTED, call.traits[TRUSTED])].add(call.user)
            keys.add(Key(TRUSTED, call.traits[TRUSTED]))
    bonds = [(key, Key("user_id", user)) for key, users in shared.items() if len(users) <= hub for user in users]
    for anonymous, found in evidence.items():
        if len({user for _, user in found}) <= hub:
            bonds.append((Key("anonymous_id", anonymous), Key("user_id", min(found)[1])))
    groups = {key: {key} for key in keys}
    for one, other in bonds:
        if one in keys and other in keys and groups[one] is not groups[other]:
            groups[one] |= groups[other]
            for key in groups[other]:
                groups[key] = groups[one]
    return {key: frozenset(group) for key, group in groups.items()}


def named(group: frozenset[Key], calls: Iterable[Call]) -> str:
    """What a customer is called: the user id first seen, those that are anonymous ids elsewhere last."""
    texts = {key.key for key in group if key.kind == "anonymous_id"}
    first = {key.key: min(call.ts for call in calls if call.user == key.key) for key in group if key.kind == "user_id"}
    users = sorted(first, key=lambda user: (user in texts, first[user], user))
    return users[0] if users else min(texts)


def expected(calls: Iterable[Call]) -> dict[str, Any]:
    """What the log must say of these calls."""
    calls = list({call.message_id: call for call in calls}.values())
    groups = partition(calls)
    owner = {key: named(group, calls) for key, group in groups.items()}
    events = [
        Event(call.message_id, owner[call.key], call.name, call.ts, call.value,
              "EUR" if call.value is not None else None, call.order)
        for call in calls
    ]  # fmt: skip
    traits: dict[str, dict[str, Any]] = defaultdict(dict)
    for call in sorted(calls, key=lambda call: call.ts):
        traits[owner[call.key]] |= call.traits
    return {
        "keys": {tuple(key): name for key, name in owner.items()},
        "events": {event.message_id: event.customer for event in events},
        "activity": activity(events, "UTC"),
        "orders": orders(events, "UTC"),
        "customers": {
            who: (min(e.ts for e in events if e.customer == who), max(e.ts for e in events if e.customer == who),
                  traits[who])
            for who in {event.customer for event in events}
        },
    }  # fmt: skip


def held(store: Any) -> dict[str, Any]:
    """What the log says, in the form of `expected`."""
    who = {row["customer_id"]: row["customer"] for row in _rows(store, "SELECT customer_id, customer FROM customers")}
    ids = {row["event_id"]: who[row["customer_id"]] for row in _rows(store, "SELECT event_id, customer_id FROM events")}
    customers = _rows(store, "SELECT customer, first_seen, last_seen, CAST(traits AS VARCHAR) AS traits FROM customers")
    return {
        "keys": {
            (row["kind"], row["key"]): who[row["customer_id"]]
            for row in _rows(store, "SELECT kind, key, customer_id FROM identities")
        },
        "events": {_messages()[str(event)]: customer for event, customer in ids.items()},
        "activity": seen_activity(store, store.activity()),
        "orders": seen_orders(store, store.orders()),
        "customers": {
            row["customer"]: (row["first_seen"], row["last_seen"],
                              json.loads(row["traits"] or "{}"))
            for row in customers
        },
    }  # fmt: skip


def _rows(store: Any, statement: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = store.query(statement).to_pylist()
    return found


@lru_cache(maxsize=1)
def _messages() -> dict[str, str]:
    hashed = {f"m{number}": hashlib.md5(f"web\x1fm{number}".encode(), usedforsecurity=False) for number in range(1000)}
    return {str(uuid.UUID(digest.hexdigest())): message for message, digest in hashed.items()}


def made_up(random: Random, count: int, people: int = 4, emails: bool = False) -> list[Call]:
    """Seeded calls of few people on few devices: visits, sign-ups, shared devices, aliases, orders, traits."""
    moments = random.sample(range(60 * 24 * 5), count)
    return [_made_up(random, number, at(moment), people, emails) for number, moment in enumerate(moments)]


def _made_up(random: Random, number: int, ts: datetime, people: int, emails: bool) -> Call:
    user, device = f"u{random.randrange(people)}", f"d{random.randrange(people + 2)}"
    who = random.random()
    call = Call(f"m{number}", ts, user if who > 0.45 else None, device if who < 0.45 or who > 0.7 else None)
    kind = random.random()
    if kind < 0.04 and call.user:
        previous = random.choice([f"d{random.randrange(people + 2)}", f"u{random.randrange(people)}", "d-unseen"])
        return Call(call.message_id, ts, call.user, call.anonymous, previous)
    if kind < 0.08 and emails:
        said = {TRUSTED: f"{random.randrange(people + 3)}@example.org"}
        return Call(call.message_id, ts, call.user, call.anonymous, traits=said)
    if kind < 0.3:
        return Call(call.message_id, ts, call.user, call.anonymous, traits={random.choice("abc"): random.randrange(9)})
    if kind < 0.5:
        # One order per call: whose a refund is that several customers claim at one moment, is not asked here.
        return Call(call.message_id, ts, call.user, call.anonymous, name="Order Completed", order=f"o{number}",
                    value=Decimal(random.randrange(1, 90)).quantize(Decimal("0.0001")))  # fmt: skip
    return call
