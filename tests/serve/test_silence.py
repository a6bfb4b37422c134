"""Connections that say nothing, or say it slowly, keep nobody else from being answered."""

from __future__ import annotations

import resource
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager

import httpx
import pytest

from cherish.serve import running
from serve.conftest import Serving, Start

GOOD = b'{"event":"Seen","userId":"u1"}'


@pytest.fixture(scope="module")
def narrow(collector: Start) -> Serving:
    """A server of 40 connections, each of which may be silent for a second, and a body be as long on its way."""
    return collector(connections=40, header_milliseconds=1_000, body_seconds=1)


def connected(serving: Serving) -> socket.socket:
    return socket.create_connection(("127.0.0.1", serving.port), 10)


@contextmanager
def many(serving: Serving, count: int, first: bytes = b"") -> Iterator[list[socket.socket]]:
    """So many connections, each of which has said this and no more."""
    with ExitStack() as stack:
        found = [stack.enter_context(closing(connected(serving))) for _ in range(count)]
        for each in found:
            each.sendall(first)
        yield found


def ended(slow: socket.socket) -> bool:
    """Say one letter more; whether the other end has hung up."""
    try:
        slow.sendall(b"x")
        return slow.recv(1) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def answered(serving: Serving, within: float) -> bool:
    """Whether somebody who comes anew is answered, and how soon."""
    with httpx.Client(base_url=serving.url, timeout=within) as client:
        return client.post("/v1/t", content=GOOD, auth=(serving.key, "")).status_code == 200


def test_two_thousand_silent_connections_keep_nobody_out(serving: Serving) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 4_096:
        pytest.skip("this user may not have so many files open")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 4_096), hard))
    try:
        with many(serving, 2_100):
            assert answered(serving, 5)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize(
    "first",
    [
        b"",
        b"POST /v1/t HTTP/1.1\r\nHost: x\r\nX-Half: ",
        b"POST /v1/t HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n",
        b"POST /v1/t HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n",
    ],
    ids=["silent", "half a head", "no body", "half a chunk"],
)
def test_when_all_connections_wait_the_next_is_answered_as_soon_as_they_are_cut(narrow: Serving, first: bytes) -> None:
    with many(narrow, 60, first):
        assert answered(narrow, 10), "20 wait behind the 40, and are cut in their turn"


def test_a_head_that_comes_drop_by_drop_is_cut(narrow: Serving) -> None:
    with closing(connected(narrow)) as slow:
        slow.sendall(b"POST /v1/t HTTP/1.1\r\nHost: x\r\nX-Long: ")
        start = time.monotonic()
        slow.setblocking(False)
        while not ended(slow) and time.monotonic() - start < 10:
            time.sleep(0.1)
        assert 0.5 < time.monotonic() - start < 5


def test_a_body_that_comes_drop_by_drop_is_answered_408_and_holds_nobody_up(narrow: Serving) -> None:
    with many(narrow, 20, b"POST /v1/t HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{") as slow:
        start = time.monotonic()
        assert answered(narrow, 5)
        assert time.monotonic() - start < 1, "the others are still on their way"
        assert {each.recv(12) for each in slow} == {b"HTTP/1.1 408"}
        assert time.monotonic() - start < 5


def test_there_are_files_left_for_the_journal_however_many_connect(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "setrlimit", lambda _, found: given.append(found))
    for soft, hard, taken in (
        (1_024, 4_096, 4_096 - running.SPARE),
        (256, 256, 128),
        (1_024, 1_048_576, running.CONNECTIONS),
        (1_048_576, 1_048_576, running.CONNECTIONS),
        (resource.RLIM_INFINITY, resource.RLIM_INFINITY, running.CONNECTIONS),
    ):
        monkeypatch.setattr(resource, "getrlimit", lambda _, found=(soft, hard): found)
        assert running.connections() == taken
    assert given == [(4_096, 4_096), (256, 256), (running.CONNECTIONS + running.SPARE, 1_048_576)]
