"""What every store that can be written to promises, beyond being a log that can be asked."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Protocol

from cherish.spec.declared import Declared
from cherish.spec.relations import MONEY, TS, ActiveSet, Log
from cherish.store.keys import Edge, Key

STAGED_EVENTS: dict[str, str] = {
    "message_id": "string",
    "type": "string",
    "name": "string",
    "ts": TS,
    "received_at": TS,
    "anonymous_id": "string",
    "user_id": "string",
    "source": "string",
    "value": MONEY,
    "currency": "string",
    "order_id": "string",
    "properties": "json",
    "context": "json",
}
"""Events as they are handed to a load. `message_id` is never null: (source, message_id) names the event for ever.
At least one of `user_id` and `anonymous_id` is there; `ts` is naive UTC; `properties` is a JSON object or null."""

STAGED_LIVE: dict[str, str] = STAGED_EVENTS | {
    "previous_id": "string",
    "group_id": "string",
    "original_ts": TS,
    "created_at": TS,
    "traits": "json",
    "noise": "string",
}
"""Events as they are handed to a live load. `received_at` is never null; `traits` (a JSON object) and `created_at` are
what an identify call says of its customer, or a group call of its group; `original_ts` is the client's own clock.
`noise` says why an event is left out of answers, where the door knows it."""

STAGED_CUSTOMERS: dict[str, str] = {"user_id": "string", "created_at": TS, "traits": "json"}
"""Customer traits as they are handed to a load; `traits` is a JSON object, a later load's keys win.

With a further column `said_at`, rows are ordered among all that is known by when it was said, whenever it is loaded."""


@dataclass(frozen=True)
class Origin:
    """Where a load comes from: the import's name, what kind of rows, which files, and a digest of their content."""

    name: str
    kind: str
    files: tuple[str, ...] = ()
    digest: str = ""
    mapping: str = ""


@dataclass(frozen=True)
class Loaded:
    """How many rows a load was given, how many were new, how many the log knew, how many an erasure keeps out."""

    given: int
    new: int
    known: int
    refused: int = 0

    def __add__(self, other: Loaded) -> Loaded:
        sums = (getattr(self, each.name) + getattr(other, each.name) for each in fields(self))
        return Loaded(*sums)


@dataclass(frozen=True)
class Erased:
    """What an erasure took out of a log: the keys that the person was known by, and how many rows of each relation."""

    keys: tuple[Key, ...]
    rows: dict[str, int]


@dataclass(frozen=True)
class Import:
    """A named import as the log remembers it; `events` and `customers` are what the log holds under its name now."""

    name: str
    kind: str
    files: tuple[str, ...]
    digest: str
    at: datetime
    events: int
    customers: int


class Loading(Protocol):
    """An open analytics transaction: rows are staged and loaded inside it, and it commits whole or not at all."""

    @property
    def connection(self) -> Any:
        """The engine's connection inside the transaction, for staging rows by the engine's own means."""

    def begin(self, zone: str | None, currency: str | None) -> None:
        """Let the first load of a log say in which zone its days are and in which currency its money is."""

    def events(self, relation: str) -> Loaded:
        """Load every row of a staged relation (columns STAGED_EVENTS), known ids dropped."""

    def customers(self, relation: str) -> Loaded:
        """Load traits from a staged relation (columns STAGED_CUSTOMERS)."""


class Batches(Protocol):
    """An import in several transactions."""

    def loading(self) -> AbstractContextManager[Loading]:
        """One of them: what it loads is seen at once, and live loads may come before the next."""

    def finishing(self) -> AbstractContextManager[Loading]:
        """The last, for what is kept with the import; without it all of them are taken back."""


class LiveLoading(Protocol):
    """An open analytics transaction of one claim of a journal; it commits whole, with the claim, or not at all."""

    @property
    def connection(self) -> Any:
        """The engine's connection inside the transaction, for staging rows by the engine's own means."""

    @property
    def currency(self) -> str | None:
        """The workspace's currency, for money that names none."""

    def events(self, relation: str) -> Loaded:
        """Load every row of a staged relation (columns STAGED_LIVE), known ids dropped."""


class Store(Log, Protocol):
    """A log that can be written to."""

    def session(self) -> AbstractContextManager[Any]:
        """Hold the engine's connection for a block of questions; nested sessions share it."""

    def loading(self, origin: Origin) -> AbstractContextManager[Loading]:
        """One analytics transaction under the load's id: events, orders, activity, customers, all or nothing."""

    def importing(self, origin: Origin) -> AbstractContextManager[Batches]:
        """A load in several transactions; what does not come to its end is taken back, at the next start if need be."""

    def owned(self) -> AbstractContextManager[Any]:
        """Keep the log for writing for a block, such as a server's life; readers of this process share it."""

    def live(self, claim: str) -> AbstractContextManager[LiveLoading]:
        """One analytics transaction for a claim of a journal, which is noted in it."""

    def claimed(self, claim: str) -> bool:
        """Whether a live load of this claim is in the log."""

    def forget_claims(self, claims: Sequence[str]) -> None:
        """Let claims go that no journal holds any more."""

    def imports(self) -> list[Import]:
        """The named imports, oldest first."""

    def undo(self, name: str) -> int:
        """Take an import back; rows that a later import also brought stay, under that import.

        Returns how many events went.
        """

    def customer_of(self, kind: str, key: str) -> int | None:
        """The log's number of the customer whom a key belongs to, or None."""

    def why(self, key: Key | str) -> tuple[Edge, ...]:
        """The edges about the keys of this key's customer, oldest first: those that bind make it one customer."""

    def merge(self, a: Key | str, b: Key | str, by: str) -> int | None:
        """Join the customers of two keys; the edge's number (None: it is one key). A repeat changes nothing."""

    def split(self, key: Key | str, by: str) -> int:
        """Let a key stand by itself, whatever events say or will say; the edge's number."""

    def undo_edge(self, edge: int | None = None) -> int:
        """Take a merge or a split back, without a number the last one that stands; its number."""

    def identify_by(self, *, trusted: tuple[str, ...] | None = None, hub: int | None = None) -> None:
        """Set which traits are identifiers, and how many users may share a key before it is nobody's."""

    def configure(
        self, *, zone: str | None = None, currency: str | None = None, rates: dict[str, float] | None = None
    ) -> None:
        """Set the workspace's time zone (rebuilds the days), its currency, and its exchange rates."""

    def define_active(self, name: str, events: tuple[str, ...]) -> ActiveSet:
        """Store a new version of a named active set; an unchanged one keeps its version."""

    def define_outcome(self, name: str) -> None:
        """Store which event (or `revenue`, `orders`) is the outcome that matters."""

    def declare_experiment(self, name: str, terms: dict[str, str]) -> Declared:
        """Store what is to be held of an experiment, with the time; other terms are a new version."""

    def rebuild(self) -> None:
        """Compute activity, orders and customers anew from events, in one transaction."""

    def query(self, statement: str) -> Any:
        """Run one read-only SQL statement and return a `pyarrow.Table`."""
