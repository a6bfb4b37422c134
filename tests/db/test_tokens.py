from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cherish.db.accounts import Accounts
from cherish.db.state import State
from cherish.db.tokens import Tokens
from cherish.errors import QuestionError


@dataclass
class Clock:
    """A clock that a test moves."""

    now: datetime = datetime(2026, 11, 27, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.mark.parametrize("scope", ["view", "read", "operate", "own"])
def test_a_token_opens_what_its_scope_names(state: State, scope: Any) -> None:
    tokens = Tokens(state)
    assert tokens.scope_of(tokens.new_token(scope)) == scope


@pytest.mark.parametrize("scope", ["", "write", "READ", "own "])
def test_a_scope_that_does_not_exist_is_refused(state: State, scope: Any) -> None:
    with pytest.raises(QuestionError, match="there are view, read, operate, own"):
        Tokens(state).new_token(scope)
    assert Tokens(state).listed() == ()


def test_nothing_else_opens_anything(state: State) -> None:
    tokens = Tokens(state)
    secret = tokens.new_token("own")
    near = [secret[:-1], secret + "a", secret.upper(), secret.removeprefix("cherish_"), "", "%", "\x00", "é", "\ud83d"]
    assert [tokens.scope_of(other) for other in near] == [None] * len(near)


def test_secrets_are_long_and_differ(state: State) -> None:
    tokens = Tokens(state)
    secrets = {tokens.new_token("read") for _ in range(50)}
    assert len(secrets) == 50
    assert {len(secret) for secret in secrets} == {len("cherish_") + 43}, "256 bits in letters of 6"


def test_only_a_hash_is_kept(state: State) -> None:
    secret = Tokens(state).new_token("read", name="dashboard")
    link = Accounts(state).new_login(Accounts(state).add("ann"))
    with state.reading() as connection:
        held = str([connection.exec_driver_sql(f"SELECT * FROM {table}").all() for table in ("tokens", "login_links")])
    assert "dashboard" in held
    for kept in (secret, link):
        assert kept not in held
        assert kept.removeprefix("cherish_")[:12] not in held


def test_a_token_ends_when_it_was_said_to(state: State) -> None:
    clock = Clock()
    tokens = Tokens(state, clock)
    lasting, short = tokens.new_token("read"), tokens.new_token("own", lasts=timedelta(hours=1))
    clock.now += timedelta(minutes=59, seconds=59)
    assert tokens.scope_of(short) == "own"
    clock.now += timedelta(seconds=1)
    assert tokens.scope_of(short) is None
    assert tokens.scope_of(lasting) == "read"
    assert [token.scope for token in tokens.listed()] == ["read"]


def test_a_revoked_token_opens_nothing_from_then_on(state: State) -> None:
    tokens = Tokens(state)
    secret, other = tokens.new_token("read", name="a"), tokens.new_token("read", name="b")
    bearer = tokens.bearer(secret)
    assert bearer is not None
    assert tokens.revoke(bearer.id)
    assert tokens.scope_of(secret) is None
    assert tokens.scope_of(other) == "read"
    assert not tokens.revoke(bearer.id)


def test_tokens_are_listed_with_all_but_their_secret(state: State) -> None:
    clock = Clock()
    tokens = Tokens(state, clock)
    owner = Accounts(state).add("ann")
    tokens.new_token("read", name="first")
    clock.now += timedelta(days=1)
    secret = tokens.new_token("own", name="second", account=owner.id, lasts=timedelta(days=2))
    second, first = tokens.listed()
    assert (first.name, first.account, first.made_at, first.expires_at) == ("first", None, Clock().now, None)
    assert (second.account, second.expires_at) == (owner.id, clock.now + timedelta(days=2))
    assert secret not in repr(second)
