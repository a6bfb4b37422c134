"""What is refused, how it is said, and that nothing of it is kept."""

from __future__ import annotations

import gzip
import http.client
import json
import socket
import time
from typing import Any
from uuid import uuid4

import pytest

from serve.conftest import PATIENCE, Serving


def track(**more: Any) -> dict[str, Any]:
    return {"type": "track", "event": "Seen", "userId": "u1", "messageId": str(uuid4()), **more}


def nested(levels: int) -> bytes:
    return b'{"batch":' + b"[" * levels + b"]" * levels + b"}"


BROKEN = {
    "cut JSON": b'{"batch":[{"type":"track"',
    "no JSON": b"event=Seen&userId=u1",
    "nothing": b"",
    "a text": b'"track"',
    "a batch that is a text": b'{"batch":"x"}',
    "a batch of very many levels": nested(100_000),
    "cut gzip": gzip.compress(b'{"batch":[]}' * 99)[:-9],
    "no UTF-8": b'{"batch":[{"type":"track","event":"\xff\xfe"}',
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_body_that_is_no_batch_is_a_400_and_the_server_lives(serving: Serving, what: str) -> None:
    before = len(serving.lines())
    answer = serving.post("/v1/batch", BROKEN[what])
    assert answer.status_code == 400, answer.text
    assert {"code", "message"} <= set(answer.json())
    assert answer.headers["content-type"] == "application/json"
    assert len(serving.lines()) == before
    assert serving.http.get("/health").status_code == 200


def test_broken_json_is_told_with_its_position(serving: Serving) -> None:
    answer = serving.post("/v1/batch", b'{"batch": [}')
    assert answer.status_code == 400
    assert isinstance(answer.json()["position"], int)


BAD_ITEMS: list[Any] = [
    json.loads(b"[" * 200 + b"]" * 200),
    7,
    "x",
    None,
    [],
    {},
    {"type": "track"},
    {"type": "dance", "userId": "u"},
]


@pytest.mark.parametrize("bad", BAD_ITEMS, ids=lambda bad: str(bad)[:20])
def test_a_bad_event_is_quarantined_and_its_neighbours_are_kept(serving: Serving, bad: Any) -> None:
    first, last, before = track(), track(), len(serving.refused())
    answer = serving.post("/v1/batch", {"batch": [first, bad, last]})
    assert answer.status_code == 200
    told = answer.json()
    assert (told["accepted"], told["quarantined"]) == (2, 1)
    assert told["reasons"][0]["place"] == 1
    kept = [line["message_id"] for line in serving.lines()][-2:]
    assert kept == [first["messageId"], last["messageId"]]
    source, code, place, body = serving.refused()[before]
    assert (source, code, place) == ("website", told["reasons"][0]["code"], 1)
    assert json.loads(body) == bad


@pytest.mark.parametrize("how", ["header", "source"])
def test_a_strict_batch_with_a_bad_event_is_refused_as_a_whole(serving: Serving, how: str) -> None:
    kept, quarantined = len(serving.lines()), len(serving.refused())
    given: dict[str, Any] = (
        {"headers": {"X-Strict-Mode": "1"}} if how == "header" else {"auth": (serving.strict_key, "")}
    )
    answer = serving.post("/v1/batch", {"batch": [track(), {"type": "track"}, 7]}, **given)
    assert answer.status_code == 400
    told = answer.json()
    assert told["code"] == "strict_refused"
    assert [each["place"] for each in told["reasons"]] == [1, 2]
    assert all(each["code"] and each["message"] for each in told["reasons"])
    assert (len(serving.lines()), len(serving.refused())) == (kept, quarantined)
    good = serving.post("/v1/batch", {"batch": [track()]}, **given)
    assert good.json()["accepted"] == 1


def test_an_unknown_path_is_a_404_with_a_hint_and_a_wrong_method_a_405(serving: Serving) -> None:
    for path in ("/", "/v2/batch", "/v1/batch/more", "/v1/projects/settings"):
        answer = serving.http.post(path, content=b"{}")
        assert answer.status_code == 404, path
        assert answer.json()["code"] == "not_found"
        assert "/docs" in answer.json()["message"]
    wrong = serving.http.get("/v1/batch")
    assert wrong.status_code == 405
    assert wrong.json()["code"] == "method_not_allowed"
    assert "POST" in wrong.headers["allow"]


def test_a_write_key_can_only_write(serving: Serving) -> None:
    for headers in ({"Authorization": f"Bearer {serving.key}"}, {"X-Write-Key": serving.key}):
        answer = serving.http.get("/v1/customers", params={"q": "u1"}, headers=headers)
        assert answer.status_code in (401, 404), answer.text
        assert "u1" not in answer.text


# -- how large, how slow -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [20_001, 39_000, 400_000])
def test_a_body_over_the_limit_is_a_413_that_the_client_gets_to_see(small: Serving, size: int) -> None:
    body = json.dumps({"batch": [track(properties={"text": "x" * size})]}).encode()
    for _ in range(5):
        answer = small.post("/v1/batch", body)
        assert answer.status_code == 413
        assert answer.json()["code"] == "too_large"
    assert small.lines() == []


def test_a_body_over_the_limit_is_refused_also_where_its_size_was_not_announced(small: Serving) -> None:
    def parts() -> Any:
        for _ in range(100):
            yield b" " * 1_000

    assert small.http.post("/v1/batch", content=parts(), auth=(small.key, "")).status_code == 413


def test_a_bomb_is_refused_before_it_unfolds(small: Serving) -> None:
    bomb = gzip.compress(b'{"batch":[' + b" " * 1_000_000 + b"]}")
    assert len(bomb) < 2_000
    answer = small.post("/v1/batch", bomb)
    assert answer.status_code == 413
    assert answer.json()["code"] == "too_large"


def test_a_slow_body_is_given_up(small: Serving) -> None:
    with socket.create_connection(("127.0.0.1", small.port), timeout=PATIENCE) as slow:
        slow.sendall(b"POST /v1/batch HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n{")
        began = time.monotonic()
        answer = http.client.HTTPResponse(slow)
        answer.begin()
        assert answer.status == 408
        assert json.loads(answer.read())["code"] == "slow_body"
        assert 0.5 < time.monotonic() - began < 5
    assert small.post("/v1/batch", {"batch": []}).status_code == 200


def test_a_client_that_goes_away_disturbs_nobody(small: Serving) -> None:
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", small.port), timeout=PATIENCE) as gone:
            gone.sendall(b"POST /v1/batch HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n{")
    assert small.post("/v1/batch", {"batch": []}).status_code == 200
    assert "bug" not in small.log


# -- what a log and a metric may say -------------------------------------------------------------------------------


def test_neither_log_nor_metrics_nor_errors_name_a_person(serving: Serving) -> None:
    person = "anna.smith@example.com"
    for body in (track(userId=person), {"type": "track", "traits": {"email": person}}, {"batch": person}):
        answer = serving.post("/v1/batch" if "batch" in body else "/v1/t", body)
        assert person not in answer.text
    serving.post("/v1/batch", f'{{"batch": [{{"userId": "{person}"'.encode())
    serving.http.get(f"/v1/{person}")
    assert person not in serving.http.get("/metrics").text
    assert person not in serving.log
    assert all(json.loads(line)["event"] for line in serving.log.splitlines())
