"""Endpoints that other services send signed events to, with the secrets that check the signatures.

The secret is kept as it was given: with a hash of it no signature could be computed. Who reads the state reads it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, insert, select, update

from cherish.clock import Clock, system_clock
from cherish.db.keys import free_id
from cherish.db.state import State
from cherish.db.tables import sources, webhooks


@dataclass(frozen=True)
class Webhook:
    """An endpoint.

    source    what its events are known by
    secret    None until somebody sets it; until then nothing is taken
    customer  where in what is sent the company's own id of the customer stands, as `metadata.user_id`
    """

    id: str
    kind: str
    source: str
    secret: str | None = field(repr=False)
    customer: str | None


class Webhooks:
    """The endpoints of a workspace."""

    def __init__(self, state: State, clock: Clock = system_clock) -> None:
        self._state = state
        self._clock = clock

    def add(self, kind: str, secret: str | None, customer: str | None = None, name: str | None = None) -> Webhook:
        """A new endpoint, and a source of its own."""
        with self._state.transaction() as connection:
            source = free_id(connection, name or kind)
            made = Webhook(secrets.token_hex(12), kind, source, secret, customer)
            named = {"id": source, "name": name or kind, "strict": False, "test": False, "made_at": self._clock()}
            connection.execute(insert(sources).values(named))
            row = {each: getattr(made, each) for each in _SHOWN} | {"made_at": self._clock()}
            connection.execute(insert(webhooks).values(row))
        return made

    def set_secret(self, endpoint: str, secret: str) -> bool:
        """Check signatures by this secret from now on; whether there is such an endpoint."""
        return self._change(endpoint, secret=secret)

    def remove(self, endpoint: str) -> bool:
        """Take nothing more, and forget the secret; whether there was such an endpoint. Its events stay."""
        return self._change(endpoint, secret=None, removed_at=self._clock())

    def find(self, endpoint: str) -> Webhook | None:
        """The endpoint of this id."""
        return next((each for each in self._standing(webhooks.c.id == endpoint)), None)

    def all(self) -> tuple[Webhook, ...]:
        """Every endpoint, by its source."""
        return self._standing()

    def _standing(self, *conditions: ColumnElement[bool]) -> tuple[Webhook, ...]:
        wanted = select(*webhooks.c[*_SHOWN]).where(webhooks.c.removed_at.is_(None), *conditions)
        with self._state.reading() as connection:
            return tuple(Webhook(*row) for row in connection.execute(wanted.order_by(webhooks.c.source)))

    def _change(self, endpoint: str, **values: object) -> bool:
        standing = (webhooks.c.id == endpoint) & webhooks.c.removed_at.is_(None)
        with self._state.transaction() as connection:
            return connection.execute(update(webhooks).where(standing).values(values)).rowcount > 0


_SHOWN = ("id", "kind", "source", "secret", "customer")
