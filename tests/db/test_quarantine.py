from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cherish.db.quarantine import Quarantine, Refused
from cherish.db.state import State

NOON = datetime(2026, 11, 27, 12, 0, 0, 1, tzinfo=UTC)


def refused(number: int) -> Refused:
    return Refused(
        "shop", NOON + timedelta(hours=number), "no_name", f"event {number}: no name", number, b"%d" % number
    )


def test_a_refused_event_is_kept_with_its_reason_and_its_bytes(state: State) -> None:
    quarantine = Quarantine(state)
    body = b'{"event":"\xff\x00"}'
    quarantine.add("shop", NOON, "not_text", "event: not UTF-8; send UTF-8", 3, body)
    (found,) = quarantine.listed()
    assert found == Refused("shop", NOON, "not_text", "event: not UTF-8; send UTF-8", 3, body, 1, found.id)
    assert quarantine.count() == 1


def test_the_last_come_first_page_by_page(state: State) -> None:
    quarantine = Quarantine(state)
    quarantine.add_all(refused(number) for number in range(25))
    seen, before = [], None
    while page := quarantine.listed(10, before):
        seen += [each.place for each in page]
        before = page[-1].id
    assert seen == list(range(24, -1, -1))
    assert quarantine.count() == 25


def test_none_refused_writes_nothing(state: State) -> None:
    Quarantine(state).add_all([])
    assert (Quarantine(state).count(), Quarantine(state).listed()) == (0, ())


def test_what_was_sent_again_is_removed_by_its_id_alone(state: State) -> None:
    quarantine = Quarantine(state)
    quarantine.add_all(refused(number) for number in range(4))
    ids = [each.id for each in quarantine.listed() if each.id is not None and each.place in (1, 2)]
    assert quarantine.remove(ids) == 2
    assert [each.place for each in quarantine.listed()] == [3, 0]
    assert quarantine.remove(ids) == quarantine.remove([]) == 0


def test_what_is_older_than_a_moment_is_pruned(state: State) -> None:
    quarantine = Quarantine(state)
    quarantine.add_all(refused(number) for number in range(4))
    assert quarantine.prune(NOON + timedelta(hours=2)) == 2
    assert [each.place for each in quarantine.listed()] == [3, 2]


def test_what_comes_twice_from_one_origin_is_kept_once(state: State) -> None:
    quarantine = Quarantine(state)
    for origin in ("main:1:5", "main:1:5", "main:2:5"):
        quarantine.add_once(refused(1), origin)
    assert quarantine.count() == 2


def test_a_reason_that_holds_what_databases_refuse_is_kept_readable(state: State) -> None:
    quarantine = Quarantine(state)
    quarantine.add("shop", NOON, "no_name", "a\x00b \ud83d é 日本", 0, b"\x00\xff")
    (found,) = quarantine.listed()
    assert (found.message, found.body) == ("a\ufffdb ? é 日本", b"\x00\xff")
