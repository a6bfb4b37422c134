"""A real server under load, and the command and the route that erase and export beside it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cherish import db
from cherish.db.tokens import Scope, Tokens
from privacy_of_people.planted import TOKEN, holding
from serve.conftest import Serving, environment, free_port


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    folder, port = tmp_path_factory.mktemp("erase") / "workspace", free_port()
    command = [sys.executable, "-m", "cherish", "serve", "--port", str(port), "--workspace", str(folder)]
    serving = Serving(command, port, folder)
    serving.start()
    assert serving.process.stdout is not None
    lines = iter(serving.process.stdout.readline, "")
    serving.told = [next(found[1] for each in lines if (found := re.search(r"write key\s+(\S+)", each)))]
    yield serving
    serving.stop()


def asked(serving: Serving, *words: str) -> str:
    command = [sys.executable, "-m", "cherish", *words, "--workspace", str(serving.folder)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment(), timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def token(serving: Serving, scope: Scope) -> dict[str, str]:
    state = db.open(serving.folder)
    try:
        return {"Authorization": f"Bearer {Tokens(state).new_token(scope)}"}
    finally:
        state.close()


def batch(serving: Serving, user: str, *numbers: int) -> None:
    events = [{"type": "track", "event": "Seen", "userId": user, "messageId": f"{user}-{each}"} for each in numbers]
    assert serving.post("/v1/batch", {"batch": events}).status_code == 200


def test_the_command_erases_through_the_server_under_load(served: Serving, tmp_path: Path) -> None:
    served.post("/v1/batch", {"batch": [_theirs(each) for each in range(40)]})
    assert served.post("/v1/track", {"userId": TOKEN}).json()["quarantined"] == 1
    stop, sent = threading.Event(), []

    def client(name: str) -> None:
        for number in range(0, 1_000_000, 10):
            if stop.is_set():
                return
            batch(served, name, *range(number, number + 10))
            sent.extend((name, each) for each in range(number, number + 10))

    clients = [threading.Thread(target=client, args=(f"other{each}",)) for each in range(2)]
    for each in clients:
        each.start()
    try:
        _loaded(served, TOKEN)
        asked(served, "customer", "export", TOKEN, "--to", str(tmp_path / "theirs.json"))
        told = json.loads(asked(served, "customer", "erase", TOKEN, "--now", "--yes", "--json"))
    finally:
        stop.set()
        for each in clients:
            each.join()
    whole = json.loads((tmp_path / "theirs.json").read_text())
    assert len(whole["events"]) == 40
    assert len(whole["refused"]) == 1
    assert (tmp_path / "theirs.json").stat().st_mode & 0o077 == 0
    assert told["rows"]["events"] == 40
    assert told["refused"] == 1
    assert told["rewritten"]
    assert holding(served.folder) == []
    _loaded(served, *{name for name, _ in sent})
    counted = "SELECT count(*) || '/' || count(DISTINCT event_id) AS n FROM events"
    _until(lambda: asked(served, "sql", counted, "--csv").split()[-1] == f"{len(sent)}/{len(sent)}")
    assert "equal a rebuild" in asked(served, "doctor")


def test_the_route_erases_for_owners_alone(served: Serving) -> None:
    batch(served, "second-planted-person", 1, 2)
    _loaded(served, "second-planted-person")
    path, exports = "/v1/erasures/customers/second-planted-person", "/v1/exports/customers/second-planted-person"
    assert served.http.post(path).status_code == 401
    assert served.http.post(path, headers=token(served, "operate")).status_code == 403
    assert served.http.get(exports).status_code == 401
    whole = served.http.get(exports, headers=token(served, "read"))
    assert whole.headers["cache-control"] == "no-store"
    assert len(whole.json()["events"]) == 2
    found = served.http.post(path, headers=token(served, "own"), params={"now": "true"}).json()
    assert (found["rows"]["events"], found["rewritten"]) == (2, True)
    assert holding(served.folder, "second-planted-person") == []
    for each in (
        served.http.post(path, headers=token(served, "own")),
        served.http.get(exports, headers=token(served, "read")),
    ):
        assert each.status_code == 404
        assert "second-planted-person" not in each.text
    # The person comes back: newer events are taken.
    batch(served, "second-planted-person", 3)
    _loaded(served, "second-planted-person")


def test_without_somebody_to_ask_it_takes_a_yes(served: Serving) -> None:
    command = [sys.executable, "-m", "cherish", "customer", "erase", "x", "--workspace", str(served.folder)]
    done = subprocess.run(
        command, capture_output=True, text=True, env=environment(), stdin=subprocess.DEVNULL, timeout=60
    )
    assert done.returncode == 2
    assert "--yes" in done.stderr


def _theirs(number: int) -> dict[str, Any]:
    context = {"page": {"url": f"https://shop.example/?who={TOKEN}"}}
    return {"type": "track", "event": "Seen", "userId": TOKEN, "messageId": f"{TOKEN}-{number}", "context": context}


def _loaded(serving: Serving, *users: str) -> None:
    headers = token(serving, "read")
    for user in users:
        _until(
            lambda user=user: serving.http.get(f"/v1/customers/{user}?parts=traits", headers=headers).status_code == 200
        )


def _until(done: Any) -> None:
    end = time.monotonic() + 30
    while not done():
        assert time.monotonic() < end
        time.sleep(0.2)
