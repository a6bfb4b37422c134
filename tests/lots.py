"""Small companies with addresses, and what their lot must be, in plain Python: for the tests of holdouts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cherish.spec.holdouts import PLACES, Wish
from cherish.store.memory import memory
from logs import add, event
from random_days import load_people

START = datetime(2024, 1, 1)
SALT = "0123456789abcdef"


@dataclass(frozen=True)
class Person:
    """A customer: own id, the address (None: none is known), and on which day they were first seen."""

    name: str
    address: str | None = None
    day: int = 0

    @property
    def seen(self) -> datetime:
        return START + timedelta(days=self.day)


def company(people: Iterable[Person]) -> Any:
    """A log in memory in which each of them signed up."""
    store = memory()
    join(store, people)
    return store


def join(store: Any, people: Iterable[Person]) -> None:
    """More customers, in the order given."""
    there = list(people)
    rows = [event(each.name, "Signed Up", each.seen, message_id=f"signed {each.name}") for each in there]
    add(store, rows, f"people {there[0].name if there else ''}")
    told = [
        {"user_id": each.name, "created_at": None, "traits": json.dumps({"email": each.address})}
        for each in there
        if each.address is not None
    ]
    if told:
        load_people(store, told)


def plan(store: Any, share: float, name: str = "mail", **wish: Any) -> Any:
    return store.plan_holdout(Wish(name, share, **wish), SALT)


def decided(store: Any, name: str = "mail") -> dict[str, bool]:
    """Who was decided, and whether held out; by the id that the decision was made for."""
    rows = store.query(
        "SELECT user_id, properties ->> '$.held_out' AS held FROM events WHERE name = '$holdout_assigned' "
        f"AND properties ->> '$.holdout' = '{name}'"
    ).to_pylist()
    assert len({row["user_id"] for row in rows}) == len(rows), "a customer is decided once"
    return {row["user_id"]: row["held"] == "true" for row in rows}


def place(customer: str) -> int:
    """The definition: the first eight digits of the md5 of salt and id, by remainder."""
    digest = hashlib.md5(f"{SALT}:{customer}".encode(), usedforsecurity=False).hexdigest()
    return int(digest[:8], 16) % PLACES


def lot(people: Iterable[Person], share: float) -> dict[str, bool]:
    """Who is held out when all are drawn at once: the oldest of an address decides for everybody there."""
    by_address: dict[str, list[Person]] = {}
    for each in people:
        by_address.setdefault(f"#{each.name}" if each.address is None else each.address.strip().lower(), []).append(
            each
        )
    found: dict[str, bool] = {}
    for sharing in by_address.values():
        eldest = min(sharing, key=lambda each: (each.seen, each.name))
        found |= dict.fromkeys((each.name for each in sharing), place(eldest.name) < round(share * PLACES))
    return found


def held(found: Mapping[str, bool]) -> set[str]:
    return {name for name, out in found.items() if out}
