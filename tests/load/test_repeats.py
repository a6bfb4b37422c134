"""What clients send again counts once: inside a load, across loads, for thirty days; and beside files."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

from cherish.collect.importing import import_files
from load.support import NOW, Works, line, order


def test_an_id_counts_once_inside_a_load_and_across_loads(shop: Works) -> None:
    shop.put([line(1), line(2), line(1)])
    shop.put([line(2), line(3)])
    first = shop.load()
    assert (first.given, first.new, first.known) == (5, 3, 2)
    shop.put([line(number) for number in range(5)])
    again = shop.load()
    assert (again.given, again.new, again.known) == (5, 2, 3)
    assert shop.rows("SELECT count(*) AS n, count(DISTINCT event_id) AS ids FROM events") == [{"n": 5, "ids": 5}]
    assert shop.store.check() == {}


def test_a_client_that_sends_everything_again_changes_nothing(shop: Works) -> None:
    sent = [order(number, 10) for number in range(20)] + [
        line(90, type="identify", name=None, traits={"plan": "gold"}),
        line(91, type="group", name=None, group_id="acme", traits={"name": "Acme"}),
    ]
    shop.put(sent)
    shop.load()
    before = shop.store.facts, shop.rows("FROM traits"), shop.store.imports()
    for _ in range(3):
        shop.put(sent)
        assert shop.load().new == 0
    # The log was written to (the claims), and holds what it held.
    assert (shop.store.facts, shop.rows("FROM traits"), shop.store.imports()) == before
    assert shop.rows("SELECT sum(value) AS money, count(*) AS n FROM orders")[0]["n"] == 20


def test_the_same_id_of_another_source_is_another_event(shop: Works) -> None:
    shop.put([line(1)], source="web")
    shop.put([line(1)], source="app")
    assert shop.load().new == 2


def test_an_id_is_known_for_thirty_days_after_it_was_received(shop: Works) -> None:
    shop.put([line(1)])
    shop.load()
    later = NOW + timedelta(days=29)
    shop.put([line(1, received=later)], at=later)
    assert shop.load().new == 0
    much_later = NOW + timedelta(days=31)
    shop.put([line(1, received=much_later, at=much_later)], at=much_later)
    assert shop.load().new == 1
    assert shop.store.check() == {}
    assert shop.store.undo("live 2026-03-10 web") == 1
    assert [each.events for each in shop.store.imports()] == [1]
    assert shop.store.check() == {}


def test_an_imported_row_that_also_came_live_stays_when_the_import_is_undone(shop: Works, tmp_path: Path) -> None:
    event = {
        "messageId": "m1",
        "type": "track",
        "event": "Product Viewed",
        "userId": "u1",
        "timestamp": NOW.isoformat(),
    }
    file = tmp_path / "history.jsonl"
    file.write_text("\n".join(json.dumps(event | {"messageId": f"m{number}"}) for number in (1, 2)))
    import_files(shop.store, file, source="web")
    shop.put([line(1)])
    assert shop.load().known == 1
    assert shop.store.undo("history") == 1
    assert [(each.name, each.events) for each in shop.store.imports()] == [("live 2026-03-10 web", 1)]
    assert shop.store.check() == {}
