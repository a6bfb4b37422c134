"""The end of a server: in order, requests in flight are answered; by force, nothing acknowledged is lost."""

from __future__ import annotations

import http.client
import json
import random
import signal
import socket
import subprocess
import threading
import time
from contextlib import closing
from typing import Any

import httpx
import pytest

from serve.conftest import PATIENCE, Serving, Start, environment


def event(name: str) -> dict[str, Any]:
    return {"type": "track", "event": "Seen", "userId": "u1", "messageId": name, "properties": {"number": name}}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_request_in_flight_is_answered_and_nothing_new_is_let_in(collector: Start, number: int) -> None:
    serving = collector()
    body = json.dumps({**event("in flight"), "writeKey": serving.key}).encode()
    head = f"POST /v1/t HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", serving.port), timeout=PATIENCE) as flying:
        flying.sendall(head + body[:20])
        time.sleep(0.3)
        serving.process.send_signal(number)
        time.sleep(0.5)
        assert serving.process.poll() is None, "it waits for the request"
        with pytest.raises(httpx.TransportError):
            httpx.post(f"{serving.url}/v1/t", json={**event("too late"), "writeKey": serving.key}, timeout=2)
        flying.sendall(body[20:])
        answer = http.client.HTTPResponse(flying)
        answer.begin()
        assert answer.status == 200
        assert json.loads(answer.read())["accepted"] == 1
    assert serving.process.wait(PATIENCE) == 0
    assert [line["message_id"] for line in serving.lines()] == ["in flight"]
    last = json.loads(serving.log.splitlines()[-1])
    assert (last["event"], last["events_in_journal"]) == ("stopped", 1)


def test_idle_connections_do_not_hold_up_the_end(collector: Start) -> None:
    serving = collector()
    with closing(httpx.Client(base_url=serving.url)) as idle:
        idle.get("/health")
        with socket.create_connection(("127.0.0.1", serving.port), timeout=PATIENCE):
            began = time.monotonic()
            assert serving.stop() == 0
            assert time.monotonic() - began < 10


def test_what_was_acknowledged_before_a_kill_is_there_after_it(collector: Start) -> None:
    serving, random_ = collector(), random.Random(7)
    for turn in range(2):
        acknowledged: list[str] = []
        senders = [threading.Thread(target=send, args=(serving, f"{turn}-{each}", acknowledged)) for each in range(4)]
        for each in senders:
            each.start()
        time.sleep(0.5 + random_.random() / 2)
        serving.kill()
        for each in senders:
            each.join(PATIENCE)
        assert acknowledged
        held = [line["message_id"] for line in serving.lines()]
        assert set(acknowledged) <= set(held)
        assert len(held) == len(set(held)), "a client sent each once"
        serving.start()
    assert serving.http.get("/ready").status_code == 200


def send(serving: Serving, name: str, acknowledged: list[str]) -> None:
    """Send batches of ten, one after the other, until the server is gone."""
    with httpx.Client(base_url=serving.url, auth=(serving.key, ""), timeout=PATIENCE) as client:
        for number in range(10_000):
            names = [f"{name}-{number}-{place}" for place in range(10)]
            try:
                answer = client.post("/v1/batch", json={"batch": [event(each) for each in names]})
            except httpx.TransportError:
                return
            if answer.status_code == 200:
                acknowledged.extend(names)


def test_a_second_server_is_refused_the_workspace_and_the_port(collector: Start) -> None:
    serving = collector()
    same = subprocess.run(
        serving.command, capture_output=True, text=True, timeout=PATIENCE, check=False, env=environment()
    )
    assert same.returncode != 0
    assert f"another server (process {serving.process.pid}) serves this workspace" in same.stderr
    elsewhere = [*serving.command[:2], f"{serving.folder}-2", str(serving.port)]
    taken = subprocess.run(elsewhere, capture_output=True, text=True, timeout=PATIENCE, check=False, env=environment())
    assert taken.returncode != 0
    assert f"--port {serving.port}: can't listen there" in taken.stderr
