"""A key that nobody has is refused before the body is read; one that the body may still name is waited for."""

from __future__ import annotations

import base64
import json
import socket
from contextlib import closing, suppress

import httpx
import pytest

from serve.conftest import Serving
from serve.test_hostile import anonymous_megabytes

LARGE = 20 * 10**6
NOBODYS = "cnobodyhasthiskey00000000"
BASIC = base64.b64encode(f"{NOBODYS}:".encode()).decode()


def asked(serving: Serving, path: str, header: str, length: int, body: bytes = b"") -> bytes:
    """What is answered to a request of which only this much of the body is sent."""
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n{header}\r\n"
    with closing(socket.create_connection(("127.0.0.1", serving.port), 5)) as connection:
        connection.sendall(head.encode() + body)
        return connection.recv(12)


@pytest.mark.parametrize(
    ("path", "header"),
    [
        ("/v1/batch", f"Authorization: Basic {BASIC}\r\n"),
        ("/v1/t", f"X-Write-Key: {NOBODYS}:secret\r\n"),
        (f"/beacon/v1/batch?writeKey={NOBODYS}", ""),
    ],
    ids=["basic", "header", "query"],
)
def test_twenty_megabytes_under_an_unknown_key_are_not_waited_for(serving: Serving, path: str, header: str) -> None:
    assert asked(serving, path, header, LARGE) == b"HTTP/1.1 401"


def test_what_is_sent_all_the_same_takes_no_memory(serving: Serving) -> None:
    before = anonymous_megabytes(serving)
    for _ in range(5):
        # Where it went on writing, the connection may be cut before it reads the answer.
        with suppress(httpx.TransportError):
            assert serving.post("/v1/batch", b" " * LARGE, auth=(NOBODYS, "")).status_code == 401
    assert anonymous_megabytes(serving) - before < 10


def test_a_client_that_sends_little_hears_it_and_keeps_its_connection(serving: Serving) -> None:
    for size in (0, 100, 60_000, 10**6):
        answer = serving.post("/v1/batch", b" " * size, auth=(NOBODYS, ""))
        assert answer.status_code == 401
        assert answer.json()["code"] == "unknown_key"
        assert answer.headers.get("connection") != "close"


def test_a_bearer_token_that_is_no_key_leaves_the_body_to_name_one(serving: Serving) -> None:
    body = json.dumps({"batch": [{"type": "track", "event": "Seen", "userId": "u1"}], "writeKey": serving.key}).encode()
    bearer = {"Authorization": "Bearer eyJhbGciOi.something.else"}
    assert serving.post("/v1/batch", body, auth=None, headers=bearer).json()["accepted"] == 1
    assert serving.post("/v1/batch", b'{"batch":[]}', auth=None, headers=bearer).status_code == 401
