"""Live loads in the list of imports: one for each source and day received, which can be taken back."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

from cherish.load import loader
from cherish.store.duckdb import DuckDBStore
from load.support import NOW, Works, line
from store.support import load, made_up


def test_a_day_and_source_is_one_import_however_many_loads_it_took(shop: Works) -> None:
    for number in range(5):
        shop.put([line(number)], source="web" if number % 2 else "app")
        shop.load()
    tomorrow = NOW + timedelta(hours=12)
    shop.put([line(9, received=tomorrow)], at=tomorrow)
    shop.load()
    assert [(each.name, each.kind, each.events) for each in shop.store.imports()] == [
        ("live 2026-03-10 app", "live", 3), ("live 2026-03-10 web", "live", 2), ("live 2026-03-11 web", "live", 1),
    ]  # fmt: skip
    assert shop.store.check() == {}


def test_a_day_taken_back_goes_on_with_what_comes_after(shop: Works) -> None:
    shop.put([line(1), line(2), line(3, type="identify", name=None, traits={"a": 1})])
    shop.load()
    before = shop.store.facts
    shop.put([line(4)], source="app")
    shop.load()
    assert shop.store.undo("live 2026-03-10 app") == 1
    assert (shop.store.facts.fingerprint, shop.store.facts.rows) == (before.fingerprint, before.rows)
    assert shop.store.undo("live 2026-03-10 web") == 3
    shop.put([line(1)])
    assert shop.load().new == 1
    assert [each.events for each in shop.store.imports()] == [1]
    assert shop.store.check() == {}


def test_claims_are_forgotten_once_their_payloads_are_gone(shop: Works, monkeypatch: Any) -> None:
    monkeypatch.setattr(loader, "FORGET", 5)
    for number in range(8):
        shop.put([line(number)])
        shop.loader.once()
    assert shop.rows("SELECT count(*) AS n FROM claims")[0]["n"] == 3
    shop.loader.recover()
    assert shop.rows("SELECT count(*) AS n FROM claims")[0]["n"] == 0


def test_an_import_of_the_same_process_waits_for_its_turn(tmp_path: Path) -> None:
    """Two stores of one file, as a server and an import beside it have them: they never write at once."""
    server, beside = DuckDBStore(tmp_path), DuckDBStore(tmp_path)
    events = made_up(Random(1), 200)
    failed: list[Exception] = []

    def brought(store: DuckDBStore, first: int) -> None:
        try:
            for start in range(first, 200, 40):
                load(store, f"from {first}", events[start : start + 20])
        except Exception as error:
            failed.append(error)

    with server.owned():
        threads = [
            threading.Thread(target=brought, args=(store, first)) for store, first in ((server, 0), (beside, 20))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert failed == []
    assert [each.events for each in server.imports()] == [100, 100]
    assert server.check() == {}


def test_another_store_of_the_process_reads_what_is_owned(shop: Works) -> None:
    shop.put([line(1)])
    shop.load()
    beside = DuckDBStore(shop.store.path)
    assert beside.facts.rows["events"] == 1
    with beside.session():
        shop.put([line(2)])
        shop.load()
        assert beside.query("SELECT count(*) AS n FROM events").to_pylist() == [{"n": 2}]
