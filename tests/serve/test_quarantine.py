"""The quarantine over HTTP and on the command line: the owner's alone, and a replay is loaded beside the server."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cherish import db
from cherish.cli import main
from cherish.db.quarantine import Quarantine
from cherish.db.tokens import Tokens
from serve.conftest import Serving, Start

BAD = {"type": "track", "event": "Seen", "email": "anna@example.com"}


def token(serving: Serving, scope: Any) -> dict[str, str]:
    with closing(db.open(serving.folder)) as state:
        return {"Authorization": f"Bearer {Tokens(state).new_token(scope)}"}


@pytest.fixture
def own(collector: Start) -> Serving:
    return collector()


def mend(serving: Serving, number: int) -> None:
    """Give a refused event the id that it lacks, as if the door had learned to do without."""
    with closing(sqlite3.connect(f"{serving.folder}/state.sqlite")) as state, state:
        body = json.dumps({**BAD, "userId": "u1", "messageId": "mended"}).encode()
        state.execute("UPDATE quarantine SET body = ? WHERE id = ?", (body, number))


def test_the_owner_sees_reasons_and_sends_again(own: Serving) -> None:
    own.post("/v1/batch", {"batch": [BAD, {**BAD, "userId": "u2"}, 5]})
    owner = token(own, "own")
    found = own.http.get("/v1/quarantine", headers=owner).json()
    assert [(each["code"], each["events"]) for each in found["kinds"]] == [("missing_id", 1), ("not_an_object", 1)]
    assert "anna@example.com" not in json.dumps(found)
    number = found["refused"][1]["id"]
    one = own.http.get(f"/v1/quarantine/{number}", headers=owner).json()
    assert json.loads(one["body"]) == BAD
    mend(own, number)
    sent = own.http.post("/v1/quarantine/replay", headers=owner)
    assert (sent.status_code, sent.json()) == (200, {"events": 1, "stays": 1, "reasons": {"not_an_object": 1}})
    assert [line["user_id"] for line in own.lines()] == ["u2", "u1"]
    assert own.http.get(f"/v1/quarantine/{number}", headers=owner).status_code == 404


@pytest.mark.parametrize("path", ["/v1/quarantine", "/v1/quarantine/1"])
def test_nobody_else_reads_it(serving: Serving, path: str) -> None:
    for headers, status in (
        ({}, 401), (token(serving, "read"), 403), (token(serving, "operate"), 403),
        ({"Authorization": f"Bearer {serving.key}"}, 401),
    ):  # fmt: skip
        answer = serving.http.get(path, headers=headers)
        assert answer.status_code == status
        assert answer.json()["code"]
    assert serving.http.post("/v1/quarantine/replay", headers=token(serving, "read")).status_code == 403


@pytest.mark.parametrize("odd", ["99999999999999999999999", "-99999999999999999999999", "0", "%00", "%ff", "x" * 5_000])
def test_odd_questions_are_answered(serving: Serving, odd: str) -> None:
    owner = token(serving, "own")
    for method, path in (
        ("GET", f"?before={odd}"), ("GET", f"?code={odd}"), ("GET", f"?source={odd}"), ("GET", f"/{odd}"),
        ("POST", f"/replay?number={odd}&code=none"),
    ):  # fmt: skip
        answer = serving.http.request(method, f"/v1/quarantine{path}", headers=owner)
        assert answer.status_code < 500, (path, answer.text)
        assert answer.status_code == 200 or answer.json()["code"]


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as left:
        main([str(word) for word in words])
    found = capsys.readouterr()
    return int(left.value.code or 0), found.out, found.err


def test_a_replay_without_a_server_keeps_no_more_of_an_address_than_the_door(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cherish.toml").write_text('[privacy]\nip = "none"\n')
    body = json.dumps({**BAD, "userId": "u1", "context": {"ip": "192.0.2.77", "locale": "de"}}).encode()
    folder = tmp_path / "workspace"
    with closing(db.open(folder)) as state:
        Quarantine(state).add("website", datetime(2026, 11, 27, tzinfo=UTC), "too_many_events", "why", 2_500, body)
    assert run(capsys, "quarantine", "replay", "--workspace", folder)[0] == 0
    with closing(sqlite3.connect(folder / "journal-main.sqlite")) as journal:
        ((line,),) = journal.execute("SELECT body FROM journal").fetchall()
    assert json.loads(line)["context"] == {"locale": "de"}


def test_the_command_shows_shapes_and_no_values_and_replays_without_a_server(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    here = ("--workspace", tmp_path)
    code, _, err = run(capsys, "quarantine", *here)
    assert code == 2
    assert "no server ever began here" in err
    at = datetime(2026, 11, 27, tzinfo=UTC)
    with closing(db.open(tmp_path)) as state:
        quarantine = Quarantine(state)
        for body in (BAD, {**BAD, "userId": "u1"}):
            quarantine.add(
                "website", at, "missing_id", "neither is there; send one of them", 2, json.dumps(body).encode()
            )
    _, out, _ = run(capsys, "quarantine", *here)
    assert "missing_id  2 from website" in out
    assert "send one of them" in out
    assert "email: text of 16" in out
    assert "anna@example.com" not in out
    _, out, _ = run(capsys, "quarantine", "--show", 1, *here)
    assert "anna@example.com" in out
    assert "event 3 of its batch" in out
    _, out, _ = run(capsys, "quarantine", "replay", "--code", "missing_id", *here)
    assert "1 event taken, 1 stay; missing_id: 1" in out
    assert "next `cherish serve`" in out
    assert run(capsys, "quarantine", "drop", *here)[0] == 2
    assert "1 forgotten" in run(capsys, "quarantine", "drop", "--all", *here)[1]
    assert "Nothing is in quarantine" in run(capsys, "quarantine", *here)[1]
