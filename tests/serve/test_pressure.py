"""Back-pressure: 503 with Retry-After before anything is lost, and again 200 when there is room."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from cherish.serve.pressure import SMALL, Bounds, Pressure
from cherish.serve.refusal import Refused
from serve.conftest import Start


def track(number: int) -> dict[str, Any]:
    return {"type": "track", "event": "Seen", "userId": "u1", "messageId": f"m{number}"}


def test_a_full_journal_answers_503_and_keeps_what_it_acknowledged(collector: Start) -> None:
    serving = collector(events=10)
    said = []
    for number in range(40):
        answer = serving.post("/v1/t", track(number))
        said.append(answer.status_code)
        if answer.status_code == 503:
            assert int(answer.headers["retry-after"]) > 0
            assert answer.json()["code"] == "overloaded"
    accepted = [f"m{number}" for number, status in enumerate(said) if status == 200]
    assert 10 <= len(accepted) < 40
    assert said[-1] == 503
    assert [line["message_id"] for line in serving.lines()] == accepted
    ready = serving.http.get("/ready")
    assert ready.status_code == 503
    assert "loader is behind" in ready.json()["reason"]
    assert serving.http.get("/health").status_code == 200


class Fake:
    """A journal as full as it is told to be, a disk as free, and a clock."""

    def __init__(self) -> None:
        self.events, self.size, self.left, self.now = 0, 0, 2**40, 0.0
        journal = cast("Any", SimpleNamespace(depth=lambda: self.events, bytes_waiting=lambda: self.size))
        bounds = Bounds(events=100, journal=1_000, free=500, flying=200_000)
        self.pressure = Pressure(journal, Path(), bounds, monotonic=lambda: self.now, free=lambda _: self.left)

    def reason(self) -> str:
        self.now += 1.1
        return self.pressure.reason()


def test_it_ends_as_soon_as_there_is_room() -> None:
    fake = Fake()
    assert fake.reason() == ""
    for name, full in (("events", 100), ("size", 1_000), ("left", 499)):
        before = getattr(fake, name)
        setattr(fake, name, full)
        assert fake.reason() != ""
        setattr(fake, name, before)
        assert fake.reason() == ""


def test_bodies_in_memory_are_bounded_and_small_ones_always_pass() -> None:
    fake = Fake()
    with fake.pressure.body() as first:
        first.grow(180_000)
        with fake.pressure.body() as small:
            small.grow(SMALL)
            with fake.pressure.body() as large, pytest.raises(Refused) as refused:
                large.grow(SMALL + 1)
    assert (refused.value.status, refused.value.retry_after) == (503, 1)
    assert fake.pressure.flying == 0
