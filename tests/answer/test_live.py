"""A log into which events come by a server is seen from now; any other from the end of its last local day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from cherish.answer import Query, answer
from cherish.store.memory import memory
from cherish.story.telling import tell
from identity.calls import START, Call, at, live, load

NOW = START.replace(tzinfo=UTC) + timedelta(days=2, hours=9, microseconds=7)
END = datetime(2024, 3, 2, tzinfo=UTC)
CALLS = [Call(f"m{number}", at(60 * number), user=f"u{number % 3}") for number in range(6)]
ACTIVES, RECENCY = Query.from_url("report/actives?windows=1"), Query.from_url("measure/recency")


def test_an_imported_log_is_seen_from_the_end_of_its_data() -> None:
    store = memory()
    load(store, CALLS)
    assert not store.facts.live
    found = answer(store, ACTIVES, NOW)
    assert (found.as_of, found.query.as_of) == (END, "2024-03-02")
    assert [row["day"] for row in found.table.to_pylist()] == [date(2024, 3, 1)]


def test_a_live_log_is_seen_from_now_and_says_that_the_day_is_not_over() -> None:
    store = memory()
    load(store, CALLS[:3])
    live(store, CALLS[3:], "claim")
    assert store.facts.live
    found = answer(store, ACTIVES, NOW)
    assert found.as_of == NOW
    days = found.table.to_pylist()
    assert [(row["day"].day, row["actives_1d"], row["partial"]) for row in days] == [
        (1, 3, False), (2, 0, False), (3, 0, True),
    ]  # fmt: skip
    assert "2024-03-03 isn't over: its row counts what happened so far." in found.notes
    assert found.headline["day"] == date(2024, 3, 2), "the last day that is over"
    again = answer(store, found.query, NOW + timedelta(days=9))
    assert again.to_json() == found.to_json(), "what was asked once means the same later"


def test_a_moment_that_is_said_wins_over_now() -> None:
    store = memory()
    live(store, CALLS, "claim")
    assert answer(store, ACTIVES.changed(as_of="2024-03-02"), NOW).as_of == END


def test_what_happens_later_today_is_seen_at_once() -> None:
    store = memory()
    live(store, CALLS, "one")
    before = answer(store, RECENCY, NOW)
    live(store, [Call("later", at(2 * 24 * 60 + 500), user="u0")], "two")
    after = answer(store, RECENCY, NOW)
    assert before.table.num_rows == after.table.num_rows == 3
    found = {row["customer"]: row["value"] for row in after.table.to_pylist()}
    assert found["u0"] < found["u1"]
    assert before.fingerprint != after.fingerprint


def test_both_sides_of_a_comparison_are_seen_from_one_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter(range(1000))
    monkeypatch.setattr("cherish.answer.ask.system_clock", lambda: NOW + timedelta(seconds=next(ticks)))
    store = memory()
    live(store, [*CALLS, Call("new", at(2 * 24 * 60 + 500), user="new")], "claim")
    both = answer(store, ACTIVES.changed(among='{"measure":"recency","at_most":1}', against="rest"))
    assert both.as_of == NOW
    assert answer(store, both.query, NOW + timedelta(days=9)).to_json() == both.to_json()


def test_a_story_has_one_present(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter(range(1000))
    monkeypatch.setattr("cherish.story.asking.system_clock", lambda: NOW + timedelta(seconds=next(ticks)))
    store = memory()
    live(store, [Call(f"m{number}", at(7 * number), user=f"u{number % 40}") for number in range(400)], "claim")
    story = tell(store, "the shop")
    moments = {result.query.as_of for scene in story.scenes for result in getattr(scene, "results", ())}
    assert len(moments) == 1
