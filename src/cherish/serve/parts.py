"""What the server is made of, in one value that every route reaches."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from litestar.connection import ASGIConnection

from cherish.clock import Clock, system_clock
from cherish.serve.counters import Counters
from cherish.serve.feed import Feed
from cherish.serve.landing import Landing
from cherish.serve.outgoing import Outgoing
from cherish.spec.messages import Limits

if TYPE_CHECKING:
    from cherish.db import State
    from cherish.db.accounts import Accounts
    from cherish.db.journal import Journal
    from cherish.db.keys import Keys
    from cherish.db.quarantine import Quarantine
    from cherish.db.tokens import Tokens
    from cherish.db.webhooks import Webhooks
    from cherish.serve.loading import Loading
    from cherish.serve.pressure import Pressure
    from cherish.store.duckdb import DuckDBStore
    from cherish.workspace import Workspace

BODY_SECONDS = 30.0
"""How long a body may take to arrive; the shortest default timeout of a client is 10 seconds."""


def _decoder() -> Executor:
    """One thread: large bodies are decoded one after the other, and in the same memory."""
    return ThreadPoolExecutor(1, "decoder")


@dataclass(frozen=True)
class Parts:
    """The workspace opened for serving."""

    workspace: Workspace
    open_store: Callable[[], DuckDBStore]
    state: State
    keys: Keys
    accounts: Accounts
    tokens: Tokens
    quarantine: Quarantine
    webhooks: Webhooks
    journal: Journal
    loading: Loading
    pressure: Pressure
    public_url: str | None = None
    limits: Limits = field(default_factory=Limits)
    body_seconds: float = BODY_SECONDS
    clock: Clock = system_clock
    counters: Counters = field(default_factory=Counters)
    decoder: Executor = field(default_factory=_decoder)
    landing: Landing = field(default_factory=Landing)
    feed: Feed = field(default_factory=Feed)
    outgoing: Outgoing = field(default_factory=Outgoing)
    only_collects: bool = False
    """Whether this process is one of `cherish collect`: it has no log, and so no routes that read."""

    @property
    def store(self) -> DuckDBStore:
        """The log.

        Raises:
            Unsupported: this process only collects.
        """
        return self.open_store()

    def trouble(self) -> str:
        """Why no events are taken, or none are loaded; an empty text where all is well."""
        return self.pressure.reason() or self.loading.trouble()


def parts_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Parts:
    """The parts of the server that this request came to."""
    return cast("Parts", connection.app.state.parts)
