"""Tokens of the API: what their bearer may do, for how long, and on whose behalf. Only their hashes are kept."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

from sqlalchemy import ColumnElement, insert, or_, select, update

from cherish.clock import Clock, system_clock
from cherish.db.secrets import hashed, new_secret
from cherish.db.state import State
from cherish.db.tables import tokens
from cherish.errors import QuestionError

Scope = Literal["view", "read", "operate", "own"]
"""view: ask, with what rests on few customers hidden; read: also single customers and exports; operate: also change
definitions, merge and split customers; own: also keys and accounts."""


@dataclass(frozen=True)
class Token:
    """A token as it is listed: all but the secret, which nobody has."""

    id: str
    scope: str
    name: str
    account: str | None
    made_at: datetime
    expires_at: datetime | None


class Tokens:
    """The tokens of a workspace."""

    def __init__(self, state: State, clock: Clock = system_clock) -> None:
        self._state = state
        self._clock = clock

    def new_token(
        self, scope: Scope, *, name: str = "", account: str | None = None, lasts: timedelta | None = None
    ) -> str:
        """A secret that opens what the scope names; it can't be shown again.

        Raises:
            QuestionError: there is no such scope.
        """
        if scope not in get_args(Scope):
            raise QuestionError(f"scope {scope!r}: there are {', '.join(get_args(Scope))}")
        secret, now = new_secret(), self._clock()
        row = {
            "id": secrets.token_hex(8), "hash": hashed(secret), "scope": scope, "name": name, "account": account,
            "made_at": now, "expires_at": now + lasts if lasts is not None else None,
        }  # fmt: skip
        with self._state.transaction() as connection:
            connection.execute(insert(tokens).values(row))
        return secret

    def scope_of(self, token: str) -> str | None:
        """What this secret opens; None where it is unknown, expired or revoked."""
        found = self.bearer(token)
        return found.scope if found else None

    def bearer(self, token: str) -> Token | None:
        """The token with this secret, where it is in force."""
        return next(iter(self._in_force(tokens.c.hash == hashed(token))), None)

    def listed(self) -> tuple[Token, ...]:
        """Every token in force, the newest first."""
        return self._in_force()

    def revoke(self, token_id: str) -> bool:
        """Refuse a token from now on; whether it was in force."""
        standing = (tokens.c.id == token_id) & tokens.c.revoked_at.is_(None)
        with self._state.transaction() as connection:
            return connection.execute(update(tokens).where(standing).values(revoked_at=self._clock())).rowcount > 0

    def _in_force(self, *conditions: ColumnElement[bool]) -> tuple[Token, ...]:
        lasting = or_(tokens.c.expires_at.is_(None), tokens.c.expires_at > self._clock())
        shown = tokens.c["id", "scope", "name", "account", "made_at", "expires_at"]
        wanted = select(*shown).where(tokens.c.revoked_at.is_(None), lasting, *conditions)
        with self._state.reading() as connection:
            return tuple(Token(*row) for row in connection.execute(wanted.order_by(tokens.c.made_at.desc())))
