from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from sqlalchemy import event

from cherish.db.keys import Keys, Source, WriteKey, new_write_key
from cherish.db.state import State


@dataclass
class Seconds:
    """A timer that a test moves."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_write_key_has_the_one_form_that_all_clients_take() -> None:
    keys = {new_write_key() for _ in range(500)}
    assert len(keys) == 500
    assert all(re.fullmatch(r"c[a-z0-9]{24}", key) for key in keys)


def test_every_letter_of_a_key_is_drawn() -> None:
    """500 keys draw each of 36 letters at a place with a chance of 1 - (35/36)^500 > 0.999999."""
    keys = [new_write_key() for _ in range(500)]
    assert {len({key[place] for key in keys}) for place in range(1, 25)} == {36}


def test_a_key_says_which_source_it_writes_for(state: State) -> None:
    keys = Keys(state)
    shop = keys.add_source("Shop")
    app = keys.add_source("App", strict=True, test=True)
    assert keys.source_of(shop.key) == Source("shop", "Shop", strict=False, test=False)
    assert keys.source_of(app.key) == Source("app", "App", strict=True, test=True)
    assert keys.source_of("c" * 25) is None
    assert keys.source_of("") is None
    assert keys.all() == (app, shop)


@pytest.mark.parametrize(
    ("names", "ids"),
    [
        (["Shop", "shop", "SHOP!"], ["shop", "shop-2", "shop-3"]),
        (["My  Shop & Café", "my_shop_caf"], ["my-shop-caf", "my-shop-caf-2"]),
        (["", "日本"], ["source", "source-2"]),
        (["a-2", "a", "A"], ["a-2", "a", "a-3"]),
        (["x" * 90, "100%", "100"], ["x" * 40, "100", "100-2"]),
    ],
)
def test_a_source_is_known_by_a_short_word_of_its_own(state: State, names: list[str], ids: list[str]) -> None:
    keys = Keys(state)
    assert [keys.add_source(name).source.id for name in names] == ids


def test_a_source_may_have_several_keys_and_lose_one(state: State) -> None:
    keys = Keys(state)
    old = keys.add_source("Shop")
    new = keys.add_key(old.source)
    assert keys.source_of(old.key) == keys.source_of(new.key) == old.source
    assert keys.revoke(old.key)
    assert keys.source_of(old.key) is None
    assert keys.source_of(new.key) == old.source
    assert keys.all() == (WriteKey(new.key, old.source),)
    assert not keys.revoke(old.key)
    assert not keys.revoke("unknown")


def test_what_another_process_did_is_seen_within_seconds(state: State) -> None:
    timer = Seconds()
    here, elsewhere = Keys(state, timer=timer), Keys(state)
    known = here.add_source("Shop")
    timer.now += 1
    assert here.source_of("unknown") is None
    new = elsewhere.add_key(known.source)
    assert here.source_of(new.key) is None, "asked for unknown keys, the database answers twice a second"
    timer.now += 0.6
    assert here.source_of(new.key) == known.source
    elsewhere.revoke(known.key)
    timer.now += 4.9
    assert here.source_of(known.key) == known.source
    timer.now += 0.2
    assert here.source_of(known.key) is None


def test_a_thousand_requests_ask_the_database_once(state: State) -> None:
    timer = Seconds()
    keys = Keys(state, timer=timer)
    known = keys.add_source("Shop").key
    timer.now += 10
    asked: list[str] = []
    event.listen(state.engine, "before_cursor_execute", lambda c, cursor, statement, *_: asked.append(statement))
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(keys.source_of, [known, "unknown"] * 500))
    assert {source.id if source else None for source in found} == {"shop", None}
    assert len([statement for statement in asked if "SELECT" in statement]) == 1


def test_when_a_key_was_made_is_kept(state: State) -> None:
    keys = Keys(state, clock=lambda: datetime(2026, 5, 4, 3, 2, 1, 987654, tzinfo=UTC))
    keys.add_source("Shop")
    with state.reading() as connection:
        assert connection.exec_driver_sql("SELECT made_at FROM write_keys").scalar() == 1777863721987654
