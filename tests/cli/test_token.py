"""`cherish token`: made once, listed without its secret, refused from the moment it is revoked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cherish import db
from cherish.db.tokens import Tokens
from cli.conftest import Run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A workspace that was served once."""
    place = tmp_path / "ws"
    place.mkdir()
    db.open(place).close()
    return place


def test_a_token_is_printed_once_and_works_until_it_is_revoked(run: Run, folder: Path) -> None:
    code, secret, error = run("token", "add", "dashboard", "--scope", "view", "--workspace", folder)
    assert (code, error) == (0, "")
    secret = secret.strip()
    listed = run("token", "list", "--workspace", folder)[1]
    assert "dashboard" in listed
    assert secret not in listed
    (told,) = json.loads(run("token", "list", "--json", "--workspace", folder)[1])
    assert (told["scope"], told["name"], told["expires_at"]) == ("view", "dashboard", None)
    assert scope(folder, secret) == "view"
    assert run("token", "revoke", told["id"], "--workspace", folder)[0] == 0
    assert scope(folder, secret) is None
    code, _, error = run("token", "revoke", told["id"], "--workspace", folder)
    assert (code, "no token in force" in error) == (2, True)
    assert "There are none" in run("token", "list", "--workspace", folder)[1]


def test_a_token_may_last_for_some_days_only(run: Run, folder: Path) -> None:
    made = json.loads(run("token", "add", "export", "--days", 7, "--json", "--workspace", folder)[1])
    assert (made["scope"], made["name"]) == ("read", "export")
    (told,) = json.loads(run("token", "list", "--json", "--workspace", folder)[1])
    assert told["expires_at"] > told["made_at"]


@pytest.mark.parametrize("words", [("--scope", "everything"), ("--scope", "")])
def test_an_unknown_scope_is_refused(run: Run, folder: Path, words: tuple[str, ...]) -> None:
    code, _, error = run("token", "add", "x", *words, "--workspace", folder)
    assert (code, "there are view, read, operate, own" in error) == (2, True)


def test_a_workspace_that_was_never_served_has_no_tokens(run: Run, tmp_path: Path) -> None:
    code, _, error = run("token", "list", "--workspace", tmp_path / "nowhere")
    assert (code, "start `cherish serve` first" in error) == (2, True)


def scope(folder: Path, secret: str) -> str | None:
    state = db.open(folder)
    try:
        return Tokens(state).scope_of(secret)
    finally:
        state.close()
