"""What was refused, sent through the door again: it counts once, and what is still wrong stays."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from cherish.db.journal import Journal
from cherish.db.quarantine import Quarantine, Refused, Which
from cherish.db.replay import replay
from cherish.db.state import State
from cherish.errors import WorkspaceError
from cherish.spec.messages import taken

NOON = datetime(2026, 11, 27, 12, 0, 0, 1, tzinfo=UTC)
GOOD = {"type": "track", "event": "Seen", "userId": "u1", "messageId": "m1"}


def refused(body: Any, code: str = "too_many_events", **more: Any) -> Refused:
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Refused("shop", NOON, code, "why", 0, sent, **more)


def lines(journal: Journal) -> list[dict[str, Any]]:
    claim = journal.claim(10_000)
    return [] if claim is None else [json.loads(line) for each in claim.payloads for line in each.body.splitlines()]


def test_what_is_sound_now_goes_to_the_journal_and_leaves(state: State, kept: Journal) -> None:
    quarantine = Quarantine(state)
    quarantine.add_all([refused(GOOD), refused({**GOOD, "messageId": "m2"})])
    found = replay(quarantine, kept, Which())
    assert (found.events, found.stays) == (2, 0)
    assert quarantine.count() == 0
    assert [line["message_id"] for line in lines(kept)] == ["m1", "m2"]


def test_the_moment_of_arrival_is_the_first_one(state: State, kept: Journal) -> None:
    """Else a client's clock that was corrected by a day would be corrected by a week."""
    quarantine = Quarantine(state)
    quarantine.add_all([refused({**GOOD, "timestamp": "2026-11-20T10:00:00Z", "sentAt": "2026-11-20T10:00:01Z"})])
    replay(quarantine, kept, Which())
    (line,) = lines(kept)
    arrived = int(NOON.timestamp() * 1e6)
    assert line["received_at"] == pytest.approx(arrived, abs=1)
    assert line["ts"] == pytest.approx(arrived - 1_000_000, abs=1)


def test_what_is_still_wrong_stays_with_its_new_reason(state: State, kept: Journal) -> None:
    quarantine = Quarantine(state)
    quarantine.add_all(
        [refused({"type": "track", "event": "Seen"}), refused(b"5"), refused(b'{"a": NaN}'), refused(GOOD)]
    )
    found = replay(quarantine, kept, Which())
    assert (found.events, found.stays) == (1, 3)
    assert found.reasons == {"missing_id": 1, "not_an_object": 1, "not_json": 1}
    assert [each.code for each in reversed(quarantine.listed())] == ["missing_id", "not_an_object", "not_json"]
    assert "send one of them" in quarantine.listed()[-1].message


def test_an_event_of_a_path_is_the_call_that_its_path_named(state: State, kept: Journal) -> None:
    quarantine = Quarantine(state)
    quarantine.add_all(
        [refused({"userId": "u1", "traits": {"plan": "pro"}}, kind="identify"), refused({"userId": "u1"})]
    )
    found = replay(quarantine, kept, Which())
    assert (found.events, found.reasons) == (1, {"unknown_type": 1})
    assert [line["type"] for line in lines(kept)] == ["identify"]


def test_an_event_without_an_id_has_the_same_one_each_time_and_two_alike_stay_two(state: State, kept: Journal) -> None:
    quarantine = Quarantine(state)
    nameless = refused({"type": "track", "event": "Seen", "userId": "u1"})
    quarantine.add_all([nameless, nameless])

    class Dies(Quarantine):
        def remove(self, ids: Any) -> int:
            raise WorkspaceError("the process died here")

    with pytest.raises(WorkspaceError):
        replay(Dies(state), kept, Which())
    assert quarantine.count() == 2
    replay(quarantine, kept, Which())
    ids = [line["message_id"] for line in lines(kept)]
    assert len(ids) == 4
    assert len(set(ids)) == 2


def test_a_payload_that_did_not_load_comes_again_line_by_line(state: State, kept: Journal) -> None:
    quarantine = Quarantine(state)
    body = b'{"message_id":"a"}\n{"message_id":"b"}\n{"message_id":"c"}\n'
    quarantine.add_all([refused(body, "not_loaded", events=3)])
    assert replay(quarantine, kept, Which(code="not_loaded")).events == 3
    claim = kept.claim(10)
    assert claim is not None
    assert [(each.events, each.body) for each in claim.payloads] == [
        (1, b'{"message_id":"a"}\n'), (1, b'{"message_id":"b"}\n'), (1, b'{"message_id":"c"}\n'),
    ]  # fmt: skip
    # What can't be loaded again is found again, though its number in the journal may be one that was used before.
    kept.take_out(claim.id, claim.payloads[1].id, "still not")
    assert [each.body for each in quarantine.listed()] == [b'{"message_id":"b"}\n']


def test_only_what_is_meant_is_sent(state: State, kept: Journal) -> None:
    quarantine = Quarantine(state)
    quarantine.add_all([refused({**GOOD, "messageId": str(n)}, ("a", "b")[n % 2]) for n in range(50)])
    assert replay(quarantine, kept, Which(code="a")).events == 25
    (first, *_) = quarantine.listed(100)
    assert replay(quarantine, kept, Which(id=first.id)).events == 1
    assert replay(quarantine, kept, Which(source="elsewhere")).events == 0
    assert quarantine.count() == 24
    assert quarantine.drop(Which(code="a")) == 0
    assert quarantine.drop(Which(code="b")) == 24


def test_a_journal_that_fails_loses_nothing(state: State, kept: Journal) -> None:
    quarantine = Quarantine(state)
    quarantine.add_all([refused(GOOD)])
    kept.close()
    with pytest.raises(WorkspaceError):
        replay(quarantine, kept, Which())
    assert quarantine.count() == 1


def test_reasons_are_counted_by_code_and_source(state: State) -> None:
    quarantine = Quarantine(state)
    quarantine.add_all([refused(b"1", "a"), refused(b"2", "a", events=5), refused(b"3", "b")])
    kinds = quarantine.kinds()
    assert [(each.code, each.source, each.rows, each.events) for each in kinds] == [
        ("a", "shop", 2, 6),
        ("b", "shop", 1, 1),
    ]
    assert kinds[0].newest == quarantine.listed(which=Which(code="a"))[0].id


BOT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/120.0.0.0 Safari/537.36"


@pytest.mark.parametrize("agent", ["Mozilla/5.0 (X11; Linux) Firefox/127.0", BOT])
def test_what_is_sent_again_is_taken_as_it_would_have_been_in_its_batch(
    state: State, kept: Journal, agent: str
) -> None:
    """The clock's correction, what surrounds the batch, and the mark of a bot whose name is reduced by now."""
    event = {**GOOD, "timestamp": "2026-11-20T10:00:00Z", "properties": {"price": 1.10}}
    batch = {
        "batch": [event], "sentAt": "2026-11-20T10:00:01Z", "integrations": {"All": True},
        "context": {"ip": "203.0.113.77", "userAgent": agent, "app": {"build": 1.25}},
    }  # fmt: skip
    expected = json.loads(taken(json.dumps(batch).encode(), kind=None, received_at=NOON).lines)
    batch["batch"] = [{**event, "event": None}]
    (refusal,) = taken(json.dumps(batch).encode(), kind=None, received_at=NOON).refused
    mended = refusal.body.replace(b'"event": null', b'"event": "Seen"')
    row = Refused("shop", NOON, refusal.code, refusal.message, 0, mended, around=refusal.around)
    Quarantine(state).add_all([row])
    assert replay(Quarantine(state), kept, Which()).events == 1
    (line,) = lines(kept)
    assert line == expected
    assert ("noise" in line) == (agent == BOT)
    assert line["ts"] == pytest.approx(int(NOON.timestamp() * 1e6) - 1_000_000, abs=1)


def test_a_bots_event_by_a_path_of_its_own_is_known_again(state: State, kept: Journal) -> None:
    sent = {"userId": "u1", "context": {"userAgent": BOT}}
    (refusal,) = taken(json.dumps(sent).encode(), kind="track", received_at=NOON).refused
    assert b"HeadlessChrome" not in refusal.body
    mended = refusal.body.replace(b'"userId"', b'"event": "Seen", "userId"')
    row = Refused("shop", NOON, refusal.code, refusal.message, 0, mended, kind="track", around=refusal.around)
    Quarantine(state).add_all([row])
    replay(Quarantine(state), kept, Which())
    assert [line["noise"] for line in lines(kept)] == ["bot"]


def test_who_stands_around_an_event_is_erased_with_it(state: State) -> None:
    around = json.dumps({"context": {"traits": {"email": "anna@example.com"}}}).encode()
    quarantine = Quarantine(state)
    quarantine.add_all([refused(GOOD, around=around), refused(GOOD)])
    assert quarantine.sift(lambda body: b"" if b"anna@example.com" in body else body) == 1
    assert [each.around for each in quarantine.listed()] == [None]
