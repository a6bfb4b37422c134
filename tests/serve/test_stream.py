"""What comes in, watched over HTTP: events and problems as they come, and a reader who is slow holds up nobody."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest

from cherish import db
from cherish.db.tokens import Tokens
from cherish.serve.feed import READERS, WAITING, Feed, Lines, Problem, Reader, Wanted
from cherish.serve.stream import Stream, short, told
from cherish.spec.messages import Refusal, Taken
from serve.conftest import Serving, Start


def token(serving: Serving, scope: Any = "read") -> str:
    with closing(db.open(serving.folder)) as state:
        return Tokens(state).new_token(scope)


def headers(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


class Watching:
    """A reader of the stream."""

    def __init__(self, answer: httpx.Response) -> None:
        self._lines = answer.iter_lines()

    def next(self) -> tuple[str, Any]:
        """The next event; signs of life are passed over."""
        kind = ""
        for line in self._lines:
            if line.startswith("event: "):
                kind = line.removeprefix("event: ")
            elif line.startswith("data: "):
                return kind, json.loads(line.removeprefix("data: "))
        raise EOFError

    def begun(self) -> None:
        assert next(self._lines) == ": cherish"


@contextmanager
def watching(serving: Serving, **asked: Any) -> Iterator[Watching]:
    with serving.http.stream("GET", "/v1/stream", params=asked, headers=headers(token(serving))) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        found = Watching(answer)
        found.begun()
        yield found


def test_an_event_is_told_as_it_comes_and_a_problem_with_what_to_do(serving: Serving) -> None:
    bought = {"order_id": "o1", "revenue": 12.5, "products": [{}, {}], "note": "x" * 200}
    with watching(serving) as stream:
        serving.post("/v1/batch", {"batch": [
            {"type": "track", "event": "Completed Order", "userId": "u1", "properties": bought, "messageId": "m1"},
            {"type": "page", "name": "Home", "anonymousId": "a1"},
            {"type": "track", "event": "Seen"},
        ]})  # fmt: skip
        kind, first = stream.next()
        assert kind == "event"
        assert (first["name"], first["user_id"], first["source"], first["message_id"]) == (
            "Order Completed", "u1", "website", "m1",
        )  # fmt: skip
        assert first["properties"] == {"order_id": "o1", "revenue": 12.5, "products": "[2]", "note": "x" * 79 + "…"}
        _, second = stream.next()
        assert (second["name"], second["page"], second["anonymous_id"]) == ("Page Viewed", "Home", "a1")
        kind, problem = stream.next()
        assert (kind, problem["code"], problem["place"], problem["kept"]) == ("problem", "missing_id", 2, True)
        assert "send one of them" in problem["message"]
        serving.post("/v1/track", {"event": "Seen", "userId": "u1"}, auth=("nobody", ""))
        assert stream.next()[1]["code"] == "unknown_key"
        serving.post("/v1/track", b"{")
        assert stream.next()[1]["code"] == "not_json"


def test_only_what_is_asked_for_is_told(serving: Serving) -> None:
    with watching(serving, name=["Seen", "Page Viewed"]) as stream:
        for event in ("Other", "Seen"):
            serving.post("/v1/track", {"event": event, "userId": "Seen", "properties": {"name": "Seen"}})
        serving.post("/v1/page", {"userId": "u1"})
        assert stream.next()[1]["name"] == "Seen"
        assert stream.next()[1]["name"] == "Page Viewed"
    with watching(serving, problems=True, source="strict") as stream:
        serving.post("/v1/track", {"event": "Seen", "userId": "u1"}, auth=(serving.strict_key, ""))
        serving.post("/v1/batch", {"batch": [5]})
        serving.post("/v1/track", {"event": "Seen"}, auth=(serving.strict_key, ""))
        serving.post("/v1/batch", {"batch": [{"type": "track", "event": "Seen", "userId": "u"}]})
    with watching(serving, source="strict") as stream:
        serving.post("/v1/track", {"event": "Here", "userId": "u1"})
        serving.post("/v1/track", {"event": "There", "userId": "u1"}, auth=(serving.strict_key, ""))
        assert stream.next()[1]["name"] == "There"


def test_who_may_not_read_sees_nothing(serving: Serving) -> None:
    for given in ({}, headers(serving.key), headers("cherish_nobody")):
        answer = serving.http.get("/v1/stream", headers=given)
        assert answer.status_code == 401
        assert answer.json()["code"] in ("no_token", "unknown_token")
    assert serving.http.get("/v1/stream", auth=(serving.key, "")).status_code == 401


def test_a_person_who_logged_in_watches_by_the_session(serving: Serving) -> None:
    cookie = {"Cookie": f"cherish_session={token(serving, 'own')}"}
    with serving.http.stream("GET", "/v1/stream", headers=cookie) as answer:
        assert answer.status_code == 200
        Watching(answer).begun()


def test_a_token_that_is_revoked_ends_the_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cherish.serve.stream.HEARTBEAT", 0.01)
    feed, asked, sent = Feed(), iter([object(), object(), None]), []
    parts = SimpleNamespace(feed=feed, tokens=SimpleNamespace(bearer=lambda secret: next(asked)))
    app = SimpleNamespace(state=SimpleNamespace(parts=parts))
    request: Any = SimpleNamespace(headers={"authorization": "Bearer cherish_x"}, cookies={}, app=app)

    async def ended() -> None:
        async def never() -> Any:
            await asyncio.Event().wait()

        async def send(message: Any) -> None:
            sent.append(message.get("body"))

        scope: Any = {}
        await asyncio.wait_for(Stream(cast("Any", parts), request, Wanted())(scope, never, send), 10)

    asyncio.run(ended())
    assert sent == [None, b": cherish\n\n", b": \n\n", b": \n\n", b""]
    assert feed.readers == ()


def test_more_than_may_watch_are_refused_and_who_leaves_makes_room(collector: Start) -> None:
    # A server of its own: elsewhere somebody may have left a moment ago.
    serving = collector()
    secret = token(serving)
    with httpx.Client(base_url=serving.url, timeout=30, limits=httpx.Limits(max_connections=None)) as http:
        opened = [http.send(http.build_request("GET", "/v1/stream", headers=headers(secret)), stream=True)
                  for _ in range(READERS)]  # fmt: skip
        assert {each.status_code for each in opened} == {200}
        refused = http.get("/v1/stream", headers=headers(secret))
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_readers")
        for each in opened:
            each.close()
    end = time.monotonic() + 20
    while True:
        with serving.http.stream("GET", "/v1/stream", headers=headers(secret)) as answer:
            if answer.status_code == 200:
                break
        assert time.monotonic() < end
        time.sleep(0.1)


def test_a_server_that_stops_lets_watchers_go(collector: Start) -> None:
    serving = collector()
    other = httpx.Client(base_url=serving.url, timeout=30)
    with other.stream("GET", "/v1/stream", headers=headers(token(serving))) as answer:
        stream = Watching(answer)
        stream.begun()
        began = time.monotonic()
        assert serving.stop() == 0
        assert time.monotonic() - began < 5
        with pytest.raises((EOFError, httpx.HTTPError)):
            stream.next()
    other.close()


def test_a_client_that_reads_nothing_holds_up_no_end() -> None:
    """The connection takes no more bytes: a write to it never returns."""
    feed = Feed()

    async def ended() -> float:
        async def never(*_: Any) -> Any:
            await asyncio.Event().wait()

        request: Any = None
        stream = Stream(cast("Any", SimpleNamespace(feed=feed)), request, Wanted())
        scope: Any = {}
        answering = asyncio.create_task(stream(scope, never, never))
        await asyncio.sleep(0)
        began = time.monotonic()
        feed.close()
        await asyncio.wait_for(answering, 10)
        return time.monotonic() - began

    assert asyncio.run(ended()) < 5
    assert feed.readers == ()


# -- the queue ----------------------------------------------------------------------------------------------------


def body(count: int, name: str = "Seen") -> bytes:
    return b"".join(
        b'{"type":"track","name":"%s","ts":0,"message_id":"%d"}\n' % (name.encode(), n) for n in range(count)
    )


def reader(**wanted: Any) -> Reader:
    return Reader(Wanted(**wanted), lambda: None)


def taken(found: Reader) -> list[dict[str, Any]]:
    seen: list[dict[str, Any]] = []
    while found.waits():
        seen += [value | {"kind": kind} for kind, value in told(found)]
    return seen


def test_a_slow_reader_loses_what_does_not_fit_and_is_told_how_many() -> None:
    slow = reader()
    for _ in range(5):
        slow.came(Lines("website", body(300), 300))
    found = taken(slow)
    assert sum(each["kind"] == "event" for each in found) == WAITING
    assert [each["events"] for each in found if each["kind"] == "missed"] == [5 * 300 - WAITING]
    slow.came(Lines("website", body(2), 2))
    assert [each["message_id"] for each in taken(slow)] == ["0", "1"]


def test_one_batch_larger_than_the_queue_shows_its_beginning() -> None:
    slow = reader()
    slow.came(Lines("website", body(2_500), 2_500))
    found = taken(slow)
    assert [each["message_id"] for each in found if each["kind"] == "event"] == [str(n) for n in range(WAITING)]
    assert [each["events"] for each in found if each["kind"] == "missed"] == [1_500]


def test_large_events_are_bounded_by_their_bytes() -> None:
    slow = reader()
    line = json.dumps({"type": "track", "name": "Seen", "ts": 0, "properties": {"x": "y" * 200_000}}).encode() + b"\n"
    slow.came(Lines("website", line * 20, 20))
    found = taken(slow)
    shown = sum(each["kind"] == "event" for each in found)
    assert 0 < shown < 20
    assert found[-1]["events"] + shown == 20 or sum(e["events"] for e in found if e["kind"] == "missed") == 20 - shown


def test_a_reader_of_one_name_is_not_filled_by_others() -> None:
    picky = reader(names=frozenset({"Bought"}))
    for _ in range(10):
        picky.came(Lines("website", body(300), 300))
    picky.came(Lines("website", body(1, "Bought"), 1))
    assert [each["name"] for each in taken(picky)] == ["Bought"]


def test_problems_alone_and_those_of_a_source() -> None:
    feed = Feed()
    alone, here = (
        feed.join(Wanted(problems=True), lambda: None),
        feed.join(Wanted(sources=frozenset({"shop"})), lambda: None),
    )
    feed.kept("shop", Taken(body(1), 1, (Refusal(3, "missing_id", "send it", b"{}"),)))
    feed.refused(Problem("no_key", "none was found"))
    assert [each["code"] for each in taken(alone)] == ["missing_id", "no_key"]
    assert [each.get("code", each.get("name")) for each in taken(here)] == ["Seen", "missing_id"]
    feed.leave(alone)
    assert feed.readers == (here,)
    feed.close()
    assert here.ended


def test_many_properties_are_counted() -> None:
    found = short("shop", {"type": "identify", "ts": 0, "user_id": "u", "traits": {str(n): n for n in range(20)}})
    assert (found["name"], len(found["properties"]), found["more"]) == ("Identify", 12, 8)
