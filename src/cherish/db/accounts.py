"""Accounts of the people who run a workspace, and the links by which they log in: each works once, and not for long."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from cherish.clock import Clock, system_clock
from cherish.db.secrets import hashed, new_secret
from cherish.db.state import State
from cherish.db.tables import accounts, login_links
from cherish.errors import QuestionError

LASTS = timedelta(hours=24)


@dataclass(frozen=True)
class Account:
    """Somebody who may log in."""

    id: str
    name: str
    role: str


class Accounts:
    """The accounts of a workspace."""

    def __init__(self, state: State, clock: Clock = system_clock) -> None:
        self._state = state
        self._clock = clock

    def add(self, name: str, role: str = "owner") -> Account:
        """A new account.

        Raises:
            QuestionError: there is one of this name.
        """
        made = Account(secrets.token_hex(8), name, role)
        with self._state.transaction() as connection:
            try:
                row = {"id": made.id, "name": name, "role": role, "made_at": self._clock()}
                connection.execute(insert(accounts).values(row))
            except IntegrityError:
                raise QuestionError("there is an account of this name; choose another") from None
        return made

    def all(self) -> tuple[Account, ...]:
        """Every account, by name."""
        wanted = select(*accounts.c["id", "name", "role"]).order_by(accounts.c.name)
        with self._state.reading() as connection:
            return tuple(Account(*row) for row in connection.execute(wanted))

    def new_login(self, account: Account, lasts: timedelta = LASTS) -> str:
        """The secret of a login link: it works once, and can't be shown again."""
        secret, now = new_secret(), self._clock()
        row = {"hash": hashed(secret), "account": account.id, "made_at": now, "expires_at": now + lasts}
        with self._state.transaction() as connection:
            connection.execute(insert(login_links).values(row))
        return secret

    def log_in(self, secret: str) -> Account | None:
        """Whose link this was, used up by the call; None where it is unknown, expired or was used before."""
        now = self._clock()
        unused = (login_links.c.hash == hashed(secret)) & login_links.c.used_at.is_(None)
        # Whoever guesses only reads: a writer's turn is not for people without a link.
        with self._state.reading() as connection:
            if connection.execute(select(login_links.c.hash).where(unused)).first() is None:
                return None
        use = update(login_links).where(unused, login_links.c.expires_at > now).values(used_at=now)
        with self._state.transaction() as connection:
            account = connection.execute(use.returning(login_links.c.account)).scalar()
            wanted = select(*accounts.c["id", "name", "role"]).where(accounts.c.id == account)
            row = connection.execute(wanted).first()
        return Account(*row) if row else None
