"""A clock that jumps, batches that come twice and in any order: each event counts once, and nothing is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest

from cherish.load import Loader
from cherish.serve.app import app
from cherish.serve.opening import opened, welcome
from cherish.serve.parts import Parts
from cherish.settings import Settings
from cherish.workspace import Workspace
from faults.support import event, held

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


@dataclass
class Moving:
    """A clock that says what it is told to."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now


@dataclass(frozen=True)
class Door:
    """The application in this process under that clock, and its loader."""

    parts: Parts
    key: str
    clock: Moving
    loader: Loader

    def send(self, *batches: list[dict[str, Any]]) -> None:
        """Send batches, each acknowledged before the next."""

        async def main() -> None:
            transport = httpx.ASGITransport(app=app(self.parts))
            async with httpx.AsyncClient(transport=transport, base_url="http://x", auth=(self.key, "")) as client:
                for batch in batches:
                    answer = await client.post("/v1/batch", json={"batch": batch})
                    assert answer.status_code == 200, answer.text
                    assert answer.json()["accepted"] == len(batch), answer.text

        asyncio.run(main())

    def load(self) -> None:
        while self.parts.journal.depth():
            self.loader.once()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "workspace"


@contextmanager
def door(folder: Path, clock: Moving) -> Iterator[Door]:
    with opened(Workspace(folder, Settings()), loads=False) as parts:
        parts.store._clock = clock
        new = welcome(parts)
        key = new.key if new is not None else parts.keys.all()[0].key
        yield Door(replace(parts, clock=clock), key, clock, Loader(parts.store, (parts.journal,), parts.state, clock))
        parts.store.close()


JUMPS = {"an hour back": timedelta(hours=-1), "a day on": timedelta(days=1), "a year on": timedelta(days=365)}


@pytest.mark.parametrize("jump", JUMPS)
def test_the_clock_jumps_between_batches(folder: Path, jump: str) -> None:
    with door(folder, Moving()) as shop:
        for turn in range(4):
            batch = [event(f"{turn}-{number}", user=f"u{number}") for number in range(10)]
            again = [event(f"{turn - 1}-{number}", user=f"u{number}") for number in range(10 if turn else 0)]
            shop.send(batch, batch + again)
            if turn % 2:
                shop.load()
            # There and back again, so that it also jumps between what a client sends and what it sends again.
            shop.clock.now = NOON if turn % 2 else NOON + JUMPS[jump]
    found = held(folder)
    found.once([f"{turn}-{number}" for turn in range(4) for number in range(10)])
    assert len(found.ids) == 40


def test_a_claim_is_settled_whatever_the_clock_says(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process dies after the commit; when it starts again, the claim looks a year old, or is of the future."""
    for turn, jump in enumerate((timedelta(days=365), timedelta(days=-365))):
        with door(folder, Moving()) as shop, monkeypatch.context() as patch:
            shop.loader.recover()
            shop.load()
            shop.send([event(f"{turn}-{number}") for number in range(5)])
            patch.setattr(shop.parts.journal, "done", _dies)
            patch.setattr(shop.loader, "_settle", lambda *_: None)
            with pytest.raises(KeyboardInterrupt):
                shop.loader.once()
        with door(folder, Moving(NOON + jump)) as shop:
            shop.send([event(f"{turn}-later")])
            shop.loader.recover()
            shop.load()
    found = held(folder)
    assert len(found.ids) == 12
    found.once([f"{turn}-{name}" for turn in range(2) for name in (*range(5), "later")])


def _dies(_: str) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("seed", range(2))
def test_batches_that_come_twice_and_in_any_order(folder: Path, seed: int) -> None:
    """Every client sends everything three times, in another order each time; some are loaded in between."""
    random = Random(seed)
    events = [
        event(f"m{number}", user=f"u{number % 9}", anonymousId=f"a{number % 12}", timestamp=_iso(number))
        for number in range(300)
    ]
    batches = [events[start : start + 20] for start in range(0, 300, 20)] * 3
    random.shuffle(batches)
    with door(folder, Moving()) as shop:
        for start in range(0, 45, 9):
            shop.send(*(random.sample(each, len(each)) for each in batches[start : start + 9]))
            if random.random() < 0.7:
                shop.loader.once()
        shop.load()
        assert len(shop.parts.store.query("SELECT DISTINCT ts FROM events")) == 300
        told = shop.parts.store.query(
            "SELECT sum(n) AS n, count(DISTINCT customer_id) AS who FROM activity"
        ).to_pylist()
        assert told[0]["n"] == 300
    found = held(folder)
    found.once([each["messageId"] for each in events])
    assert len(found.ids) == 300


def _iso(number: int) -> str:
    return (NOON - timedelta(minutes=7 * number)).isoformat()
