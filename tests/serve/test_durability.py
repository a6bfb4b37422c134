"""200 is said when the journal has it on the disk, and not before; a journal that can't write makes it 503."""

from __future__ import annotations

import asyncio
import gzip
import json
import threading
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from cherish.db.journal.contract import Ended
from cherish.errors import WorkspaceError
from cherish.serve import collecting, writekeys
from cherish.serve.app import app
from cherish.serve.opening import opened, welcome
from cherish.serve.parts import Parts
from cherish.serve.pressure import Bounds, Pressure
from cherish.serve.writekeys import inside
from cherish.settings import Settings
from cherish.spec.messages import Limits, unpacked
from cherish.workspace import Workspace

GOOD = {"event": "Seen", "userId": "u1"}


class Slow:
    """A journal whose puts are done when the test says so."""

    def __init__(self) -> None:
        self.puts: list[Ended] = []

    def depth(self) -> int:
        return 0

    bytes_waiting = depth

    def keep(self, payload: bytes, ended: Ended, **_: Any) -> None:
        self.puts.append(ended)

    def end(self, place: int, error: BaseException | None = None) -> None:
        wake = self.puts[place](error)
        assert wake is not None
        wake()


class Closed(Slow):
    """A journal that takes nothing."""

    def keep(self, payload: bytes, ended: Ended, **_: Any) -> None:
        raise WorkspaceError("journal-main.sqlite: the disk is full; make room")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Parts, str]]:
    with opened(Workspace(tmp_path_factory.mktemp("serve"), Settings()), loads=False) as parts:
        new = welcome(parts)
        assert new is not None
        yield parts, new.key


def asked(workspace: tuple[Parts, str], journal: Slow, ask: Callable[[httpx.AsyncClient], Awaitable[None]]) -> None:
    """Ask the application of these parts with this journal, in this process."""
    parts, key = workspace
    put = cast("Any", journal)
    served = app(replace(parts, journal=put, pressure=Pressure(put, Path(), Bounds())))

    async def main() -> None:
        transport = httpx.ASGITransport(app=served)
        async with httpx.AsyncClient(transport=transport, base_url="http://x", auth=(key, "")) as client:
            await ask(client)

    asyncio.run(main())


def test_the_answer_waits_for_the_disk(workspace: tuple[Parts, str]) -> None:
    journal = Slow()

    async def ask(client: httpx.AsyncClient) -> None:
        waiting = [asyncio.create_task(client.post("/v1/t", json=GOOD)) for _ in range(3)]
        while len(journal.puts) < 3:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        assert not any(each.done() for each in waiting)
        journal.end(1)
        answer = await waiting[1]
        assert answer.json()["accepted"] == 1
        assert not waiting[0].done()
        assert not waiting[2].done()
        journal.end(0)
        journal.end(2, WorkspaceError("the disk is full"))
        assert (await waiting[0]).status_code == 200
        assert (await waiting[2]).status_code == 503

    asked(workspace, journal, ask)


def test_a_journal_that_cannot_write_is_a_503_and_its_refused_neighbours_wait_too(workspace: tuple[Parts, str]) -> None:
    before = workspace[0].quarantine.count()

    async def ask(client: httpx.AsyncClient) -> None:
        answer = await client.post("/v1/batch", json={"batch": [GOOD, {"type": "track"}]})
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0
        assert answer.json()["code"] == "overloaded"
        assert "sqlite" not in answer.text

    asked(workspace, Closed(), ask)
    assert workspace[0].quarantine.count() == before, "the client sends the batch again, and it is quarantined then"


def test_a_quarantine_that_cannot_write_leaves_nothing_in_the_journal(
    workspace: tuple[Parts, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Slow()

    def fails(_: Any) -> tuple[int, ...]:
        raise WorkspaceError("state.sqlite: the disk is full; make room")

    monkeypatch.setattr(workspace[0].quarantine, "add_all", fails)

    async def ask(client: httpx.AsyncClient) -> None:
        answer = await client.post("/v1/batch", json={"batch": [GOOD, {"type": "track"}]})
        assert answer.status_code == 503

    asked(workspace, journal, ask)
    assert not journal.puts, "nothing was kept, as the answer says: sent again without a messageId it counts once"


def test_a_few_bytes_that_unfold_hold_up_nobody(workspace: tuple[Parts, str], monkeypatch: pytest.MonkeyPatch) -> None:
    body = json.dumps({"batch": [GOOD], "writeKey": workspace[1]}).encode() + b" " * 10**6
    threads: list[str] = []

    def looked(found: bytes) -> str | None:
        threads.append(threading.current_thread().name)
        return inside(found)

    def inflated(packed: bytes, encoding: str | None, limits: Limits) -> bytes:
        found = unpacked(packed, encoding, limits)
        threads.append(threading.current_thread().name)
        return found

    async def ask(client: httpx.AsyncClient) -> None:
        client.auth = None
        answer = await client.post("/v1/batch", content=gzip.compress(body))
        assert answer.status_code == 503, "the journal takes nothing; the body was understood"

    monkeypatch.setattr(writekeys, "inside", looked)
    monkeypatch.setattr(collecting, "unpacked", inflated)
    asked(workspace, Closed(), ask)
    assert len(threads) == 2
    assert all(name.startswith("decoder") for name in threads)


def test_a_bug_is_a_500_that_says_nothing_of_the_request(
    workspace: tuple[Parts, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(key: str) -> None:
        raise ZeroDivisionError(f"secret {key}")

    async def ask(client: httpx.AsyncClient) -> None:
        answer = await client.post("/v1/t", json=GOOD)
        assert answer.status_code == 500
        assert answer.json()["code"] == "internal_error"
        assert "secret" not in answer.text

    monkeypatch.setattr(workspace[0].keys, "source_of", broken)
    asked(workspace, Slow(), ask)
