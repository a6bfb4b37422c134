from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from cherish.db.accounts import Accounts
from cherish.db.state import State
from cherish.errors import QuestionError

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


def test_a_link_logs_in_once(state: State) -> None:
    accounts = Accounts(state)
    owner, other = accounts.add("ann"), accounts.add("bob", role="reader")
    secret = accounts.new_login(owner)
    assert accounts.log_in(secret) == owner
    assert accounts.log_in(secret) is None
    assert accounts.log_in(accounts.new_login(other)) == other
    assert accounts.all() == (owner, other)


def test_of_many_who_use_a_link_at_once_one_gets_in(state: State) -> None:
    accounts = Accounts(state)
    secret = accounts.new_login(accounts.add("ann"))
    with ThreadPoolExecutor(8) as pool:
        entered = list(pool.map(accounts.log_in, [secret] * 24))
    assert sum(account is not None for account in entered) == 1


@pytest.mark.parametrize(
    ("later", "enters"), [(timedelta(minutes=9, seconds=59), True), (timedelta(minutes=10), False)]
)
def test_a_link_ends_unused_or_not(state: State, later: timedelta, enters: bool) -> None:
    secret = Accounts(state, lambda: NOON).new_login(Accounts(state).add("ann"), lasts=timedelta(minutes=10))
    assert (Accounts(state, lambda: NOON + later).log_in(secret) is not None) == enters


def test_a_link_lasts_a_day_when_nothing_is_said(state: State) -> None:
    secret = Accounts(state, lambda: NOON).new_login(Accounts(state).add("ann"))
    assert Accounts(state, lambda: NOON + timedelta(hours=24)).log_in(secret) is None
    assert Accounts(state, lambda: NOON + timedelta(hours=23)).log_in(secret) is not None


def test_an_unknown_link_logs_nobody_in_and_uses_none_up(state: State) -> None:
    accounts = Accounts(state)
    secret = accounts.new_login(accounts.add("ann"))
    assert [accounts.log_in(wrong) for wrong in ("", secret[:-1], secret + "x", "\x00")] == [None] * 4
    assert accounts.log_in(secret) is not None


def test_who_guesses_waits_for_no_writer_and_so_holds_none_up(state: State) -> None:
    with ThreadPoolExecutor(1) as pool, state.transaction():
        assert pool.submit(Accounts(state).log_in, "cherish_guess").result(timeout=4) is None


def test_two_accounts_of_one_name_are_refused_without_saying_the_name(state: State) -> None:
    accounts = Accounts(state)
    accounts.add("ann@example.com")
    with pytest.raises(QuestionError, match="choose another") as caught:
        accounts.add("ann@example.com")
    assert "ann" not in str(caught.value)
    assert len(accounts.all()) == 1
