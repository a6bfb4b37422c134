"""Bodies made to hurt: no 500, no hang, and a flat memory line; and whatever the description allows is answered."""

from __future__ import annotations

import gzip
import json
import random
import re
import socket
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from serve.conftest import Serving, Start

EVENT = b'{"type":"track","event":"E","userId":"u","properties":%s}'
DEEP = 200_000
BOMBS = {
    "deep lists": b'{"batch":[' + EVENT % (b"[" * DEEP + b"]" * DEEP) + b"]}",
    "deep objects": b'{"batch":[' + EVENT % (b'{"a":' * DEEP + b"1" + b"}" * DEEP) + b"]}",
    "a million keys": b'{"batch":[' + EVENT % (b"{" + b",".join(b'"k%d":1' % n for n in range(10**6)) + b"}") + b"]}",
    "a million items": b'{"batch":[' + b",".join([b"1"] * 10**6) + b"]}",
    "a huge text": b'{"batch":[' + EVENT % (b'{"a":"' + b"x" * 15 * 2**20 + b'"}') + b"]}",
    "a huge number": b'{"batch":[' + EVENT % (b'{"a":' + b"9" * 10**6 + b"}") + b"]}",
    "the same key many times": b'{"batch":[' + EVENT % (b"{" + b",".join([b'"a":1'] * 10**6) + b"}") + b"]}",
    "a bomb of zeros": gzip.compress(b"\0" * 200 * 2**20),
    "a bomb of blanks in JSON": gzip.compress(b'{"batch":[' + b" " * 200 * 2**20 + b"]}"),
    "a deflate bomb": zlib.compress(b" " * 200 * 2**20),
    "packed twice": gzip.compress(gzip.compress(b'{"batch":[]}')),
    "bytes at random": random.Random(1).randbytes(10**6),
    "text that is not UTF-8": b'{"batch":[' + EVENT % (b'{"a":"' + b"\xc3\x28\xff" * 10**6 + b'"}') + b"]}",
}


def anonymous_megabytes(serving: Serving) -> int:
    status = Path(f"/proc/{serving.process.pid}/status").read_text()
    found = re.search(r"RssAnon:\s+(\d+)", status)
    assert found
    return int(found[1]) // 1024


def test_bombs_are_refused_and_memory_stays_flat(serving: Serving) -> None:
    def throw() -> None:
        for name, body in BOMBS.items():
            headers = {"Content-Encoding": "deflate"} if "deflate" in name else {}
            answer = serving.post("/v1/batch", body, headers=headers)
            told = answer.json()
            assert answer.status_code in (200, 400, 413), (name, answer.text[:200])
            assert answer.status_code != 200 or told["accepted"] == 0, name
            assert len(answer.content) < 100_000, name

    for _ in range(2):
        throw()
    before = anonymous_megabytes(serving)
    for _ in range(2):
        throw()
    assert anonymous_megabytes(serving) - before < 30
    assert before < 300, "large bodies are unpacked and decoded one at a time"
    assert serving.http.get("/health").status_code == 200


def test_many_small_packed_bodies_at_one_time_are_large_ones(collector: Start) -> None:
    serving = collector(flying=50 * 2**20)
    body = gzip.compress(b'{"batch":[' + EVENT % b"{}" + b"]}" + b" " * 20 * 10**6)
    with ThreadPoolExecutor(30) as clients:
        answers = list(clients.map(lambda _: serving.post("/v1/batch", body), range(30)))
    found = {each.status_code for each in answers}
    assert found == {200, 503}, "some fit, the others are to come again"
    assert {each.headers["Retry-After"] for each in answers if each.status_code == 503} == {"1"}
    assert anonymous_megabytes(serving) < 300
    assert len(serving.lines()) == sum(each.status_code == 200 for each in answers)


def test_small_bodies_are_answered_while_large_ones_are_decoded(serving: Serving) -> None:
    event = EVENT % (b"{" + b",".join(b'"k%d":"%s"' % (n, b"x" * 100) for n in range(20)) + b"}")
    large = b'{"batch":[' + b",".join([event] * 2_000) + b"]}"
    assert len(large) > 4 * 10**6
    with ThreadPoolExecutor(2) as clients:
        decoded = [clients.submit(serving.post, "/v1/batch", large) for _ in range(12)]
        waits = []
        while not all(each.done() for each in decoded):
            start = time.monotonic()
            assert serving.post("/v1/t", EVENT % b"{}").status_code == 200
            waits.append(time.monotonic() - start)
    assert {each.result().json()["accepted"] for each in decoded} == {2_000}
    assert sorted(waits)[len(waits) // 2] < 1, "twelve large ones take seconds; no small one waits for all of them"


def test_bodies_that_stop_on_their_way_are_let_go_with_all_that_came_of_them(collector: Start) -> None:
    serving = collector(body_seconds=1, flying=150 * 2**20)
    head = b"POST /v1/batch HTTP/1.1\r\nHost: x\r\nX-Write-Key: %s\r\nContent-Length: 19000000\r\n\r\n"

    def throw() -> set[bytes]:
        """A hundred bodies of which two megabytes come: fifty more of them than may be in memory."""
        with ExitStack() as stack:
            slow = [
                stack.enter_context(closing(socket.create_connection(("127.0.0.1", serving.port), 20)))
                for _ in range(100)
            ]
            for each in slow:
                # One that was refused meanwhile may be cut.
                with suppress(OSError):
                    each.sendall(head % serving.key.encode() + b'{"batch":[' + b" " * 2 * 10**6)
            return {_first(each) for each in slow}

    throw()
    megabytes, answers = [anonymous_megabytes(serving)], set()
    for _ in range(3):
        answers |= throw()
        megabytes.append(anonymous_megabytes(serving))
    assert b"HTTP/1.1 408" in answers
    # The allocator takes more now and then; what is never let go would show after each of them.
    assert min(after - before for before, after in pairwise(megabytes)) < 30
    assert max(megabytes) < 400
    assert serving.post("/v1/t", EVENT % b"{}").status_code == 200, "and all the room is there again"
    assert serving.post("/v1/batch", b'{"batch":[' + b" " * 15 * 10**6 + b"]}").status_code == 200


def _first(connection: socket.socket) -> bytes:
    try:
        return connection.recv(12)
    except ConnectionError:
        return b""


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(st.text(max_size=8), inside, max_size=4),
    max_leaves=12,
)
NAMES = ("type", "event", "name", "userId", "anonymousId", "previousId", "groupId", "messageId", "timestamp", "sentAt",
         "properties", "traits", "context", "integrations", "batch", "writeKey")  # fmt: skip
EVENTS = st.dictionaries(st.sampled_from(NAMES), JSON | st.sampled_from(["track", "identify", "2026-01-01", "u1"]))


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
@given(batch=st.lists(EVENTS | JSON, max_size=5), more=EVENTS)
def test_whatever_a_batch_holds_each_event_is_accepted_or_quarantined(
    serving: Serving, batch: list[Any], more: dict[str, Any]
) -> None:
    body = json.dumps({**{key: value for key, value in more.items() if key != "writeKey"}, "batch": batch})
    answer = serving.post("/v1/batch", body.encode("utf-8", "surrogatepass"))
    told = answer.json()
    if answer.status_code == 200:
        assert told["accepted"] + told["quarantined"] == len(batch)
    else:
        assert answer.status_code == 400, answer.text
        assert {"code", "message"} <= set(told)


def test_whatever_the_description_allows_is_answered(serving: Serving) -> None:
    schema = schemathesis.openapi.from_url(f"{serving.url}/docs/openapi.json")
    asked = 0
    for result in schema.get_all_operations():
        operation = result.ok()

        @settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
        @given(case=operation.as_strategy())
        def ask(case: schemathesis.Case) -> None:
            nonlocal asked
            asked += 1
            answer = case.call(base_url=serving.url, headers={"X-Write-Key": serving.key}, timeout=20)
            assert answer.status_code < 500, f"{case.method} {case.path}: {answer.text[:300]}"
            if answer.status_code >= 400:
                assert {"code", "message"} <= set(answer.json())

        ask()
    assert asked > 30


@pytest.mark.parametrize("path", ["/v1/batch", "/v1/t", "/sourceConfig/", "/c.js", "/v1/customers"])
@pytest.mark.parametrize(
    "query", ["writeKey=%ff%fe", "writeKey", "writeKey=" + "x" * 5_000, "&&==&;", "writeKey=a&writeKey=b"]
)
def test_odd_queries_are_answered(serving: Serving, path: str, query: str) -> None:
    for answer in (serving.http.get(f"{path}?{query}"), serving.post(f"{path}?{query}", b"{}", auth=None)):
        assert answer.status_code < 500, answer.text
