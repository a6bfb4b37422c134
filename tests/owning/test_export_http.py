"""The same events over HTTP and beside a running server: who may have them, and what becomes of readers who leave."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from cherish import db
from cherish.db.tokens import Tokens
from cherish.serve.export import Export
from cherish.serve.outgoing import Outgoing
from cherish.serve.refusal import Refused
from load.support import line, put, works
from owning.support import event_id
from owning.test_drill import command
from serve.conftest import Serving, free_port

EVENTS = 40_000
URL = "/v1/export/events"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """A server whose log is far larger than what a pipe and a socket hold."""
    folder, port = tmp_path_factory.mktemp("export") / "shop", free_port()
    with works(folder) as here, here.store.owned():
        for start in range(0, EVENTS, 20_000):
            put(here.journal, [line(start + number, properties={"text": "x" * 100}) for number in range(20_000)])
        here.load()
    state = db.open(folder)
    token = Tokens(state).new_token("read")
    state.close()
    serving = Serving(
        [sys.executable, "-m", "cherish", "serve", "--port", str(port), "--workspace", str(folder)], port, folder
    )
    serving.start()
    serving.told = [next(each.split()[-1] for each in serving.process.stdout or () if "write key" in each), token]
    yield serving
    serving.stop()


def bearer(served: Serving) -> dict[str, str]:
    return {"Authorization": f"Bearer {served.told[1]}"}


def events(body: bytes) -> list[str]:
    return sorted(json.loads(each)["eventId"] for each in body.splitlines())


def test_who_may_read_gets_every_event_as_a_file(served: Serving) -> None:
    found = served.http.get(URL, headers=bearer(served))
    assert found.status_code == 200
    assert found.headers["content-type"] == "application/x-ndjson"
    assert found.headers["content-disposition"] == 'attachment; filename="events.jsonl"'
    assert found.headers["cache-control"] == "no-store"
    assert events(found.content) == sorted(event_id(f"m{number}") for number in range(EVENTS))


def test_the_command_line_beside_it_writes_the_same(served: Serving, tmp_path: Path) -> None:
    command("export", "events", "--to", tmp_path / "events.jsonl", "--workspace", served.folder)
    found = (tmp_path / "events.jsonl").read_bytes()
    assert events(found) == events(served.http.get(URL, headers=bearer(served)).content)
    assert not list(served.folder.glob(".export-*"))


@pytest.mark.parametrize(("form", "begins"), [("csv", b"eventId,type,"), ("parquet", b"PAR1")])
def test_other_forms_are_asked_for_by_name(served: Serving, form: str, begins: bytes) -> None:
    found = served.http.get(URL, headers=bearer(served), params={"format": form, "name": "Product Viewed"})
    assert found.status_code == 200
    assert found.content.startswith(begins)
    assert found.headers["content-disposition"].endswith(f'"events.{form}"')


def test_nobody_else_gets_anything(served: Serving) -> None:
    for headers in ({}, {"Authorization": f"Bearer {served.key}"}, {"Authorization": "Bearer cherish_no"}):
        found = served.http.get(URL, headers=headers)
        assert (found.status_code, set(found.json()) >= {"code", "message"}) == (401, True)
    assert served.http.get(URL, auth=(served.key, "")).status_code == 401


@pytest.mark.parametrize(
    ("given", "words"), [({"format": "xml"}, "jsonl, csv, parquet"), ({"since": "soon"}, "write a day")]
)
def test_what_can_not_be_meant_is_a_400(served: Serving, given: dict[str, str], words: str) -> None:
    found = served.http.get(URL, headers=bearer(served), params=given)
    assert found.status_code == 400
    assert words in found.json()["message"]


def test_readers_who_are_slow_or_leave_hold_up_nobody(served: Serving) -> None:
    for _ in range(3):
        with httpx.Client(base_url=served.url) as client, client.stream("GET", URL, headers=bearer(served)) as slow:
            assert slow.status_code == 200
            next(reading := slow.iter_raw())
            with client.stream("GET", URL, headers=bearer(served)) as other:
                assert other.status_code == 200
                next(reading_too := other.iter_raw())
                refused = served.http.get(URL, headers=bearer(served))
                assert (refused.status_code, refused.json()["code"]) == (429, "busy")
                assert "retry-after" in refused.headers
            sent = served.post("/v1/track", {"event": "Seen", "userId": "u1"})
            assert sent.status_code == 200
            del reading, reading_too  # what lets them go ends their connection
        end = time.monotonic() + 10
        while list(served.folder.glob(".export-*")):
            assert time.monotonic() < end, "who left is noticed"
            time.sleep(0.05)
    found = served.http.get(URL, headers=bearer(served), params={"name": "Product Viewed"})
    assert found.status_code == 200
    assert len(events(found.content)) == EVENTS


def test_a_server_that_stops_cuts_exports_off_and_says_so(served: Serving) -> None:
    began = time.monotonic()
    with httpx.Client(base_url=served.url) as client, client.stream("GET", URL, headers=bearer(served)) as slow:
        found = slow.iter_raw()
        next(found)
        served.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        with pytest.raises(httpx.RemoteProtocolError):
            for _ in found:
                pass
    assert served.process.wait(20) == 0
    assert time.monotonic() - began < 15
    assert "error" not in served.log


def test_an_answer_that_fails_on_its_way_is_never_ended_in_order() -> None:
    def failing() -> Iterator[bytes]:
        yield b"one\n"
        raise OSError("the disk")

    sent: list[dict[str, Any]] = []
    outgoing = Outgoing()

    async def answer() -> None:
        found = Export(outgoing, failing(), "jsonl")
        await found.begin()

        async def send(message: Any) -> None:
            sent.append(message)

        with pytest.raises(OSError, match="the disk"):
            await found({}, asyncio.Event().wait, send)  # type: ignore[arg-type]

    asyncio.run(answer())
    assert [each.get("more_body") for each in sent] == [None, True]
    outgoing.join()
    outgoing.join()
    with pytest.raises(Refused, match="2 exports run already"):
        outgoing.join()
