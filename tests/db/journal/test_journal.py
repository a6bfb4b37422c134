from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import datetime
from random import Random
from threading import Event, Thread
from typing import Any

import pytest

from cherish.db import journal
from cherish.db.journal import Journal, Payload
from cherish.db.quarantine import Quarantine
from cherish.db.state import State
from cherish.errors import WorkspaceError
from db.journal.support import NOW, bodies, claimed, put, truth


@contextmanager
def busy(kept: Any) -> Iterator[None]:
    """Hold the writer at its work, so that what is put inside waits for one commit."""
    began, go = Event(), Event()
    held = Thread(target=lambda: kept._writer.run(lambda: (began.set(), go.wait(30))))
    held.start()
    began.wait(30)
    try:
        yield
    finally:
        go.set()
        held.join()


# -- the way of a payload ---------------------------------------------------------------------------------------------


def test_what_was_put_comes_out_as_it_went_in(kept: Journal) -> None:
    body = bytes(range(256)) * 400
    kept.put(body, source="shop", events=7, received_at=NOW).result(30)
    (payload,) = claimed(kept).payloads
    assert payload == Payload(payload.id, "shop", NOW, 7, body)


def test_what_is_committed_together_is_as_if_it_were_put_alone(kept: Journal) -> None:
    chance = Random(5)
    sent = [
        (chance.randbytes(size), f'"{number}\n\u00e9', number)
        for number, size in enumerate((1, 0, 700_000, 3, 0, 600_000))
    ]
    with busy(kept):
        waiting = [kept.put(body, source=source, events=events, received_at=NOW) for body, source, events in sent]
    for future in waiting:
        future.result(30)
    found = claimed(kept).payloads
    assert [(each.body, each.source, each.events) for each in found] == sent
    assert {each.received_at for each in found} == {NOW}
    assert (kept.depth(), kept.bytes_waiting()) == truth(kept) == (15, 1_300_004)


def test_an_empty_journal_has_nothing_to_claim(kept: Journal) -> None:
    assert kept.claim(100) is None
    assert (kept.depth(), kept.bytes_waiting(), kept.claims()) == (0, 0, ())


def test_the_oldest_are_claimed_first_and_by_nobody_else(kept: Journal) -> None:
    put(kept, *(b"%d" % number for number in range(5)))
    assert bodies(claimed(kept, 2)) == [b"0", b"1"]
    assert bodies(claimed(kept, 2)) == [b"2", b"3"]
    assert bodies(claimed(kept, 2)) == [b"4"]
    assert kept.claim(2) is None


@pytest.mark.parametrize(("events", "taken"), [(1, 1), (30, 1), (59, 1), (60, 2), (89, 2), (90, 3), (10**9, 3)])
def test_a_claim_takes_no_more_events_than_asked_yet_at_least_one_payload(
    kept: Journal, events: int, taken: int
) -> None:
    put(kept, b"a", b"b", b"c", events=30)
    assert len(claimed(kept, events).payloads) == taken


@pytest.mark.parametrize(("size", "taken"), [(1, 1), (100, 1), (199, 1), (200, 2), (299, 2), (300, 3)])
def test_a_claim_takes_no_more_bytes_than_asked_yet_at_least_one_payload(kept: Journal, size: int, taken: int) -> None:
    put(kept, b"a" * 100, b"b" * 100, b"c" * 100)
    assert len(claimed(kept, size=size).payloads) == taken


def test_a_payload_larger_than_any_claim_is_loaded_too_and_sinks_no_other(kept: Journal) -> None:
    put(kept, b"a" * 30_000_000, b"b", events=1_000_000)
    assert [len(body) for body in bodies(claimed(kept, 10, size=10))] == [30_000_000]
    assert bodies(claimed(kept, 10, size=10)) == [b"b"]


def test_a_claim_of_thousands_is_whole_and_in_order(kept: Journal) -> None:
    waiting = [kept.put(b"%d" % number, source="s", events=1, received_at=NOW) for number in range(2_500)]
    for future in waiting:
        future.result(30)
    claim = claimed(kept, 2_100)
    assert bodies(claim) == [b"%d" % number for number in range(2_100)]
    assert claim.events == 2_100
    kept.done(claim.id)
    assert bodies(claimed(kept)) == [b"%d" % number for number in range(2_100, 2_500)]
    assert truth(kept) == (400, 4 * 400)


def test_done_forgets_the_claim_alone(kept: Journal) -> None:
    put(kept, b"a", b"b", b"c")
    first, second = claimed(kept, 1), claimed(kept, 1)
    kept.done(first.id)
    assert kept.claims() == (second.id,)
    kept.release(second.id)
    assert bodies(claimed(kept)) == [b"b", b"c"]


def test_done_twice_is_done_once(kept: Journal) -> None:
    put(kept, b"a", b"b")
    claim = claimed(kept, 1)
    kept.done(claim.id)
    kept.done(claim.id)
    assert (kept.depth(), *truth(kept)) == (1, 1, 1)


def test_what_nobody_claimed_is_no_claim_to_be_done_or_released(kept: Journal) -> None:
    put(kept, b"a")
    for claim_id in ("0" * 32, "", "unknown"):
        kept.done(claim_id)
        kept.release(claim_id)
        kept.take_out(claim_id, 1, "reason")
    assert bodies(claimed(kept)) == [b"a"]


def test_a_released_claim_is_claimed_again_before_younger_ones(kept: Journal) -> None:
    put(kept, b"a", b"b")
    old = claimed(kept, 1)
    put(kept, b"c")
    kept.release(old.id)
    again = claimed(kept)
    assert bodies(again) == [b"a", b"b", b"c"]
    assert again.id != old.id
    kept.done(old.id)
    assert truth(kept)[0] == 3, "a claim that was released is over: being late with it takes nothing away"


def test_ids_that_an_emptied_table_gives_out_again_lose_nothing(kept: Journal) -> None:
    seen = []
    for number in range(4):
        put(kept, b"%d" % number)
        claim = claimed(kept)
        seen += bodies(claim)
        kept.done(claim.id)
    assert seen == [b"0", b"1", b"2", b"3"]


# -- after a crash ----------------------------------------------------------------------------------------------------


def test_open_claims_are_there_after_reopening_and_can_be_decided(state: State) -> None:
    with closing(journal.open(state)) as before:
        put(before, b"a", b"b", b"c")
        loaded, lost = claimed(before, 1), claimed(before, 1)
    with closing(journal.open(state)) as after:
        assert after.claims() == tuple(sorted((loaded.id, lost.id)))
        after.done(loaded.id)
        after.release(lost.id)
        assert after.claims() == ()
        assert bodies(claimed(after)) == [b"b", b"c"]


def test_a_claim_that_fails_while_it_is_read_is_freed_at_the_next(
    kept: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(kept, b"a", b"b")
    with monkeypatch.context() as patched:
        patched.setattr(kept, "_payloads", lambda _: (_ for _ in ()).throw(MemoryError))
        with pytest.raises(MemoryError):
            kept.claim(10)
    assert bodies(claimed(kept)) == [b"a", b"b"]
    assert len(kept.claims()) == 1


# -- the quarantine ---------------------------------------------------------------------------------------------------


def test_a_payload_that_can_not_be_loaded_goes_to_the_quarantine_alone(kept: Journal, state: State) -> None:
    put(kept, b"a", b"bad", b"c", events=5)
    claim = claimed(kept)
    kept.take_out(claim.id, claim.payloads[1].id, "column ts: not a number")
    (refused,) = Quarantine(state).listed()
    assert (refused.source, refused.received_at, refused.code) == ("shop", NOW, "not_loaded")
    assert (refused.message, refused.body, refused.events) == ("column ts: not a number", b"bad", 5)
    assert (kept.depth(), *truth(kept)) == (10, 10, 2)
    kept.release(claim.id)
    assert bodies(claimed(kept)) == [b"a", b"c"]


def test_dying_between_quarantine_and_journal_keeps_it_there_once(
    kept: Journal, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(kept, b"bad")
    claim = claimed(kept)
    with monkeypatch.context() as patched:
        patched.setattr(kept, "_delete", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            kept.take_out(claim.id, claim.payloads[0].id, "reason")
    kept.release(claim.id)
    again = claimed(kept)
    kept.take_out(again.id, again.payloads[0].id, "reason")
    assert Quarantine(state).count() == 1
    assert kept.depth() == 0


def test_scrubbing_leaves_what_waits(kept: Journal, state: State) -> None:
    put(kept, b"a", b"b")
    kept.done(claimed(kept, 1).id)
    assert kept.scrub()
    assert state.scrub()
    assert bodies(claimed(kept)) == [b"b"]


# -- how much waits ---------------------------------------------------------------------------------------------------


def test_depth_and_bytes_are_those_of_the_rows_after_any_sequence(kept: Journal) -> None:
    chance, open_claims = Random(7), []
    for _ in range(120):
        what = chance.choice(["put", "put", "put", "claim", "done", "release", "take_out"])
        if what == "put":
            put(kept, b"x" * chance.randrange(300), events=chance.randrange(1, 9))
        elif what == "claim":
            open_claims += [claim for claim in [kept.claim(chance.randrange(1, 30))] if claim]
        elif open_claims:
            claim = open_claims.pop(chance.randrange(len(open_claims)))
            if what == "take_out":
                kept.take_out(claim.id, claim.payloads[0].id, "reason")
            kept.release(claim.id) if what == "release" else kept.done(claim.id)
        assert (kept.depth(), kept.bytes_waiting()) == truth(kept)


def test_depth_counts_what_another_process_put_and_took_away(state: State) -> None:
    """Two journals of one name stand for two processes: each knows the other by the database alone."""
    with closing(journal.open(state)) as collector, closing(journal.open(state)) as loader:
        put(collector, b"abc", events=4)
        fresh(loader)
        assert (loader.depth(), loader.bytes_waiting()) == (4, 3)
        loader.done(claimed(loader).id)
        fresh(collector)
        assert (collector.depth(), collector.bytes_waiting()) == (0, 0)
    with closing(journal.open(state)) as later:
        assert (later.depth(), later.bytes_waiting()) == (0, 0)


def fresh(kept: Any) -> None:
    kept._waiting._read_at = float("-inf")


def test_depth_asks_the_database_once_a_second_and_not_more(kept: Any) -> None:
    asked = []
    kept._waiting._read_others, read = lambda: asked.append(1) or read(), kept._waiting._read_others
    now = iter((100.0, 100.2, 100.9, 101.1, 101.5, 102.2))
    kept._waiting._timer = lambda: next(now)
    assert [kept.depth() for _ in range(6)] == [0] * 6
    assert len(asked) == 3


def test_what_was_put_and_is_not_committed_yet_waits_too(kept: Any) -> None:
    with busy(kept):
        future = kept.put(b"abcd", source="s", events=3, received_at=NOW)
        assert (kept.depth(), kept.bytes_waiting()) == (3, 4)
    future.result(30)
    assert (kept.depth(), kept.bytes_waiting()) == (3, 4) == truth(kept)


# -- threads and futures ----------------------------------------------------------------------------------------------


def test_what_waits_is_committed_at_once(kept: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    groups = []
    insert = kept._writer._insert
    monkeypatch.setattr(kept._writer, "_insert", lambda rows: (groups.append(len(rows)), insert(rows))[1])
    with busy(kept):
        futures = [kept.put(b"x", source="s", events=1, received_at=NOW) for _ in range(50)]
    for future in futures:
        future.result(30)
    assert groups == [50]


def test_a_caller_who_goes_away_neither_ends_the_writer_nor_leaves_a_row(kept: Any) -> None:
    with busy(kept):
        gone = kept.put(b"gone", source="s", events=1, received_at=NOW)
        stays = kept.put(b"stays", source="s", events=1, received_at=NOW)
        assert gone.cancel()
    stays.result(30)
    put(kept, b"later")
    assert kept.depth() == truth(kept)[0]
    assert bodies(claimed(kept)) == [b"stays", b"later"]


def test_no_payload_is_handed_out_twice_however_many_claim_at_once(state: State) -> None:
    with closing(journal.open(state)) as one, closing(journal.open(state)) as other:
        taken: list[bytes] = []
        sent = [b"%d-%d" % (thread, number) for thread in range(4) for number in range(60)]
        ended = Event()

        def load(kept: Journal) -> None:
            while not ended.is_set() or kept.claim(0) is not None:
                claim = kept.claim(7)
                if claim is not None:
                    taken.extend(bodies(claim))
                    kept.done(claim.id)

        with ThreadPoolExecutor(8) as pool:
            loaders = [pool.submit(load, kept) for kept in (one, one, other, other)]
            list(pool.map(lambda start: put(one, *sent[start::4]), range(4)))
            ended.set()
            for loader in loaders:
                loader.result(60)
        left = [body for claim in open_claims(one) for body in claim]
        assert sorted(taken + left) == sorted(sent)


def open_claims(kept: Any) -> list[list[bytes]]:
    return [[payload.body for payload in kept._payloads(claim_id)] for claim_id in kept.claims()]


def test_closing_commits_what_waits(state: State) -> None:
    kept: Any = journal.open(state)
    with busy(kept):
        futures = [kept.put(b"%d" % number, source="s", events=1, received_at=NOW) for number in range(20)]
        closing_ = Thread(target=kept.close)
        closing_.start()
    closing_.join(30)
    assert all(future.done() and future.exception() is None for future in futures)
    with closing(journal.open(state)) as after:
        assert len(claimed(after).payloads) == 20


def test_a_closed_journal_says_so_and_counts_nothing(state: State) -> None:
    kept: Any = journal.open(state)
    kept.close()
    with pytest.raises(WorkspaceError, match="closed"):
        kept.put(b"x", source="s", events=1, received_at=NOW)
    assert kept._waiting._events == 0
    kept.close()


def test_a_moment_without_a_zone_is_refused_at_once_and_sinks_no_neighbour(kept: Any) -> None:
    with busy(kept):
        before: Future[None] = kept.put(b"a", source="s", events=1, received_at=NOW)
        with pytest.raises(TypeError):
            kept.put(b"x", source="s", events=1, received_at=datetime(2026, 1, 1))
    before.result(30)
    assert kept.depth() == 1
