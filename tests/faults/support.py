"""Clients that note what was acknowledged, and what the log holds in the end."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import httpx

from cherish import db
from cherish.db import journal
from cherish.db.quarantine import Quarantine
from cherish.load import Loader
from cherish.store.duckdb import DuckDBStore
from serve.conftest import Serving

ROUNDS = int(os.environ.get("CHERISH_ROUNDS", "3"))
"""How often a server is killed; `make soak` asks for a hundred."""


def event(name: str, user: str = "u1", **more: Any) -> dict[str, Any]:
    return {"type": "track", "event": "Seen", "userId": user, "messageId": name} | more


@dataclass
class Sender:
    """Sends batches until it is told to stop, the same batch again until it is acknowledged, as clients do; now and
    then it sends once more what was acknowledged before."""

    serving: Serving
    name: str
    patient: bool = True
    acknowledged: list[str] = field(default_factory=list)
    sent: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._random = Random(self.name)
        self._thread = threading.Thread(target=self._run, name=self.name)
        self._thread.start()

    def stop(self) -> None:
        """Send no more; what is on its way is still heard of."""
        self._stop.set()

    def end(self) -> None:
        self.stop()
        self._thread.join(60)
        assert not self._thread.is_alive(), self.name

    def _run(self) -> None:
        with httpx.Client(base_url=self.serving.url, auth=(self.serving.key, ""), timeout=10) as client:
            while not self._stop.is_set():
                size = self._random.choice([1, 10, 100])
                names = [f"{self.name}-{self.sent + place}" for place in range(size)]
                self.sent += size
                batch = [self._event(each) for each in names]
                if self.acknowledged and self._random.random() < 0.2:
                    batch += [self._event(each) for each in self._random.choices(self.acknowledged, k=5)]
                if self._delivered(client, batch):
                    self.acknowledged += names

    def _event(self, name: str) -> dict[str, Any]:
        number = int(name.rpartition("-")[2])
        who = {"userId": f"u{number % 50}", "anonymousId": f"{self.name}-a{number % 60}"}
        if number % 7 == 0:
            del who["userId"]
        if number % 11 == 0:
            bought = {"order_id": name, "revenue": 1, "currency": "EUR"}
            return {"type": "track", "event": "Order Completed", "messageId": name, "properties": bought, **who}
        if number % 13 == 0:
            return {"type": "identify", "messageId": name, "traits": {"number": number}, **who}
        return {"type": "track", "event": "Seen", "messageId": name, **who}

    def _delivered(self, client: httpx.Client, batch: list[dict[str, Any]]) -> bool:
        while True:
            try:
                answer = client.post("/v1/batch", json={"batch": batch})
                if answer.status_code == 200:
                    return True
                assert answer.status_code == 503, answer.text
            except httpx.TransportError:
                pass
            # An impatient one drops what may or may not have been kept, and goes on with the next.
            if not self.patient or self._stop.wait(0.05):
                return False


def event_id(message_id: str, source: str = "website") -> str:
    """The id under which the log keeps an event."""
    return str(UUID(hashlib.md5(f"{source}\x1f{message_id}".encode()).hexdigest()))


@dataclass(frozen=True)
class Held:
    """What is there once everything that waits is loaded."""

    ids: list[str]
    differences: dict[str, int]
    quarantined: int
    waiting: int
    claims: tuple[str, ...]

    def once(self, acknowledged: Iterable[str]) -> None:
        """Every acknowledged id is there, no id is there twice, and the log agrees with itself."""
        assert self.differences == {}
        assert (self.waiting, self.claims, self.quarantined) == (0, (), 0)
        assert len(self.ids) == len(set(self.ids)), "an event was counted twice"
        there = set(self.ids)
        missing = [each for each in acknowledged if event_id(each) not in there]
        assert not missing, f"{len(missing)} acknowledged events are gone, as {missing[0]}"


def held(folder: Path) -> Held:
    """Load what waits in every journal of a workspace that nobody serves, and look."""
    state, store = db.open(folder), DuckDBStore(folder)
    kept = [journal.open(state, name) for name in journal.names(state)]
    try:
        loader = Loader(store, kept, state)
        with store.owned():
            loader.recover()
            while any(each.depth() for each in kept):
                loader.once()
            return Held(
                ids=[row["id"] for row in store.query("SELECT event_id::VARCHAR AS id FROM events").to_pylist()],
                differences=store.check(),
                quarantined=Quarantine(state).count(),
                waiting=sum(each.depth() for each in kept),
                claims=tuple(claim for each in kept for claim in each.claims()),
            )
    finally:
        store.close()
        for each in kept:
            each.close()
        state.close()


def until(true: Callable[[], object], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.02)


@contextmanager
def sending(senders: list[Sender]) -> Iterator[list[Sender]]:
    """Let them send for a block, and end them."""
    try:
        yield senders
    finally:
        for each in senders:
            each.stop()
        for each in senders:
            each.end()
