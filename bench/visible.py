"""From 200 to visible: how long after its answer an event is in the view of its customer, while others send."""

from __future__ import annotations

import base64
import http.client
import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cherish import db
from cherish.db.keys import Keys
from cherish.db.tokens import Tokens

RATE, SECONDS, PROBERS = 5_000, 60.0, 4
GOAL = 2.0
BATCH, USERS = 100, 20_000
PATIENCE = 60.0


@dataclass(frozen=True)
class Seen:
    """Events a second that came meanwhile, and after how many seconds the events of the probes were visible."""

    stored: int
    rate: float
    waits: tuple[float, ...]

    @property
    def equal(self) -> bool:
        """Whether each came to be seen."""
        return bool(self.waits) and max(self.waits) < PATIENCE

    @property
    def passed(self) -> bool:
        """Whether 99 of 100 were seen as soon as promised."""
        return self.equal and self.after(0.99) < GOAL

    def after(self, part: float) -> float:
        """Seconds after which this part of them was visible."""
        return sorted(self.waits)[min(len(self.waits) - 1, int(part * len(self.waits)))]


@dataclass(frozen=True)
class Door:
    """A server, and what opens it."""

    port: int
    key: str
    token: str

    def post(self, to: http.client.HTTPConnection, events: list[dict[str, Any]]) -> None:
        """Send a batch; it is kept when this returns."""
        basic = base64.b64encode(f"{self.key}:".encode()).decode()
        to.request("POST", "/v1/batch", json.dumps({"batch": events}), {"Authorization": f"Basic {basic}"})
        answer = to.getresponse()
        said = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{answer.status}: {said[:200]!r}")

    def knows(self, to: http.client.HTTPConnection, user: str) -> bool:
        """Whether the view of this customer is there."""
        to.request("GET", f"/v1/customers/{user}?parts=traits", headers={"Authorization": f"Bearer {self.token}"})
        answer = to.getresponse()
        answer.read()
        return answer.status == 200

    def open(self) -> http.client.HTTPConnection:
        """A connection of one's own."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)


def run(folder: Path, stored: int, small: bool = False) -> Seen:
    """Serve the workspace in this folder, send to it, and look for what was sent."""
    seconds, rate = (3.0, 500) if small else (SECONDS, RATE)
    waits: list[float] = []
    sent = [0]
    with _served(folder) as door:
        began = time.monotonic()
        end = began + seconds
        working = [threading.Thread(target=_probe, args=(door, number, end, waits)) for number in range(PROBERS)]
        working.append(threading.Thread(target=_send, args=(door, rate, end, sent)))
        for each in working:
            each.start()
        for each in working:
            each.join()
        took = time.monotonic() - began
    return Seen(stored, sent[0] / took, tuple(waits))


def _send(door: Door, rate: int, end: float, sent: list[int]) -> None:
    with closing(door.open()) as to:
        began = time.monotonic()
        while time.monotonic() < end:
            number = sent[0]
            door.post(to, [_event(f"load-{number + each}", f"load-{(number + each) % USERS}") for each in range(BATCH)])
            sent[0] += BATCH
            time.sleep(max(0.0, began + sent[0] / rate - time.monotonic()))


def _probe(door: Door, prober: int, end: float, waits: list[float]) -> None:
    number = 0
    with closing(door.open()) as to:
        while time.monotonic() < end:
            number += 1
            user = f"probe-{prober}-{number}"
            door.post(to, [_event(user, user)])
            answered = time.monotonic()
            while not door.knows(to, user) and time.monotonic() - answered < PATIENCE:
                time.sleep(0.02)
            waits.append(time.monotonic() - answered)
            time.sleep(0.05 + 0.037 * (number % 5))


def _event(name: str, user: str) -> dict[str, Any]:
    return {"type": "track", "event": "Seen", "userId": user, "messageId": name, "properties": {"from": "bench"}}


@contextmanager
def _served(folder: Path) -> Iterator[Door]:
    state = db.open(folder)
    key, token = Keys(state).add_source("bench").key, Tokens(state).new_token("read")
    state.close()
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    words = [sys.executable, "-m", "cherish", "serve", "--port", str(port), "--workspace", str(folder)]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        door = Door(port, key, token)
        try:
            _wait_for(door)
            yield door
        finally:
            server.send_signal(signal.SIGTERM)


def _wait_for(door: Door) -> None:
    end = time.monotonic() + PATIENCE
    while True:
        try:
            with closing(door.open()) as to:
                to.request("GET", "/ready")
                if to.getresponse().status == 200:
                    return
        except OSError:
            pass
        if time.monotonic() > end:
            raise RuntimeError("the server does not begin")
        time.sleep(0.1)
