"""Messages as clients send them, their lines, and a workspace in which a loader works."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from cherish import db
from cherish.db import State, journal
from cherish.db.journal import Journal
from cherish.db.quarantine import Quarantine
from cherish.load import Loader
from cherish.store.duckdb import DuckDBStore

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Works:
    """An open workspace."""

    state: State
    journal: Journal
    store: DuckDBStore
    loader: Loader

    def put(self, lines: Iterable[dict[str, Any]], source: str = "web", at: datetime = NOW) -> None:
        """Have the journal keep events as one payload."""
        put(self.journal, lines, source, at)

    def load(self) -> Any:
        """Load everything that waits."""
        loaded = self.loader.once()
        while self.journal.depth():
            loaded += self.loader.once()
        return loaded

    def quarantined(self) -> list[tuple[str, bytes]]:
        """Why payloads were not loaded, and what they held, oldest first."""
        return [(each.message, each.body) for each in reversed(Quarantine(self.state).listed())]

    def rows(self, statement: str) -> list[dict[str, Any]]:
        """The rows of a statement on the log."""
        found: list[dict[str, Any]] = self.store.query(statement).to_pylist()
        return found


@contextmanager
def works(folder: Path, events: int = 100_000) -> Iterator[Works]:
    """Open a workspace, and close it."""
    state = db.open(folder)
    kept = journal.open(state)
    store = DuckDBStore(folder, clock=lambda: NOW, patience=0.3)
    try:
        yield Works(state, kept, store, Loader(store, (kept,), state, events=events))
    finally:
        store.close()
        kept.close()
        state.close()


def put(kept: Journal, lines: Iterable[dict[str, Any]], source: str = "web", at: datetime = NOW) -> None:
    """Have a journal keep events as one payload."""
    listed = list(lines)
    body = b"".join(json.dumps(each).encode() + b"\n" for each in listed)
    kept.put(body, source=source, events=len(listed), received_at=at).result()


def micro(moment: datetime) -> int:
    """A moment as a line holds it."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def line(number: int, *, at: datetime = NOW, received: datetime = NOW, **more: Any) -> dict[str, Any]:
    """A line of the journal: a page view where nothing else is said."""
    made = {
        "message_id": f"m{number}", "type": "track", "name": "Product Viewed", "ts": micro(at),
        "received_at": micro(received), "user_id": f"u{number % 7}",
    }  # fmt: skip
    return {key: value for key, value in (made | more).items() if value is not None}


def order(number: int, revenue: float, name: str = "Order Completed", **more: Any) -> dict[str, Any]:
    """A line about the order of this number."""
    properties = {"order_id": f"o{number}", "revenue": revenue, "currency": "EUR"}
    return line(number, name=name, properties=properties, **more)


def made_up(random: Random, count: int, first: int = 0) -> list[dict[str, Any]]:
    """Seeded events of every kind, some of them days late."""
    return [_made_up(random, number) for number in range(first, first + count)]


def _made_up(random: Random, number: int) -> dict[str, Any]:
    at = NOW - timedelta(seconds=random.randrange(6 * 86_400))
    who = {"user_id": random.choice([f"u{random.randrange(6)}", None]), "anonymous_id": f"a{random.randrange(6)}"}
    kind = random.choice(["view", "view", "order", "back", "page", "identify", "group"])
    size = random.choice([1, 12.34, 99.99])
    if kind == "order":
        return order(number, size, at=at, **who)
    if kind == "back":
        about = {"order_id": f"o{random.randrange(number + 1)}", "total": size, "currency": "EUR"}
        return line(number, name="Order Refunded", properties=about, at=at, **who)
    if kind == "identify":
        return line(number, type="identify", name=None, traits={random.choice("ab"): random.randrange(3)}, at=at, **who)
    if kind == "group":
        return line(number, type="group", name=None, group_id="acme", traits={"plan": number % 2}, at=at, **who)
    if kind == "page":
        return line(number, type="page", name="Home", properties={"path": "/"}, at=at, **who)
    return line(number, properties={"price": size, "page": random.choice("ab")}, at=at, **who)
