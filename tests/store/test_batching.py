"""An import in turns with live loads: the same log in the end, and nothing of it where it does not come to its end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cherish.collect import importing
from cherish.collect.importing import import_files
from cherish.collect.progress import Progress
from cherish.db.journal.contract import Payload
from cherish.errors import QuestionError, WorkspaceError
from cherish.load import lines
from cherish.spec.messages import taken
from cherish.store.duckdb import DuckDBStore, batching

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
ROWS = 60


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Orders of several lines, with refunds, and visits with traits; a transaction takes about fifteen rows."""
    monkeypatch.setattr(importing, "SMALL_ROWS", 15)
    sums = [(-3 if n % 10 == 9 else n) + 1 for n in range(ROWS)]
    orders = [f"{n // 2},u{n // 2 % 9},2024-01-{1 + n // 2 % 28:02} 09:00,{each}.50" for n, each in enumerate(sums)]
    (tmp_path / "lines.csv").write_text("\n".join(["InvoiceNo,CustomerID,InvoiceDate,Amount", *orders]) + "\n")
    visits = [f"u{n % 9},Page Viewed,2024-02-{1 + n % 28:02} 10:00,/{n % 4}" for n in range(ROWS)]
    (tmp_path / "visits.csv").write_text("\n".join(["user,event,time,path", *visits, *visits[:5]]) + "\n")
    (tmp_path / "people.csv").write_text("customer,country\n" + "".join(f"u{n},FR\n" for n in range(9)))
    return tmp_path


def log(folder: Path, name: str) -> DuckDBStore:
    return DuckDBStore(folder / name, clock=lambda: NOW)


def bring(store: DuckDBStore, folder: Path, name: str, **more: Any) -> Any:
    kind = {"lines": "lines", "visits": "events", "people": "customers"}[name]
    return import_files(store, folder / f"{name}.csv", kind=kind, zone="UTC", currency="EUR", **more)


def contents(store: DuckDBStore) -> tuple[Any, ...]:
    facts = store.facts
    tables = [
        store.query(f"SELECT {columns} FROM {table} ORDER BY ALL").to_pylist()
        for table, columns in (
            ("events", "event_id, customer_id IS NULL, name, ts, value, order_id, CAST(properties AS VARCHAR)"),
            ("activity", "day, name, n, value"), ("orders", "order_id, ts, value, refunded, completed"),
            ("customers", "customer, first_seen, last_seen, CAST(traits AS VARCHAR)"),
        )
    ]  # fmt: skip
    imports = [(each.name, each.kind, each.events, each.customers) for each in store.imports()]
    return facts.fingerprint, facts.rows, facts.names, facts.currencies, facts.properties, imports, *tables


def told(summary: Any) -> list[str]:
    """What a summary says, but for how long it took."""
    return list(summary.lines()[:-1])


def test_in_turns_the_log_and_the_summary_are_the_same(files: Path) -> None:
    one, other = log(files, "one"), log(files, "turns")
    for name in ("lines", "visits", "people", "lines", "visits"):
        assert told(bring(one, files, name)) == told(bring(other, files, name, turns=True)), name
        assert contents(one) == contents(other), name
    assert other.query("SELECT count(*) AS n FROM loads")["n"][0].as_py() > 8
    assert other.check() == {}
    assert not other.query("SELECT * FROM settings WHERE starts_with(key, 'importing')").num_rows
    for name in ("lines", "visits"):
        assert one.undo(name) == other.undo(name) > 0
    assert contents(one) == contents(other)


def at(stage: str, share: float, act: Callable[[], None]) -> Callable[[Progress], None]:
    """A listener that acts once, when so much is done."""
    done: list[bool] = []

    def listen(now: Progress) -> None:
        if now.stage == stage and now.done >= share * now.total and not done:
            done.append(True)
            act()

    return listen


def live(store: DuckDBStore) -> None:
    body = taken(b'{"userId":"u1","event":"Page Viewed","messageId":"m1"}', kind="track", received_at=NOW).lines
    with store.live("claim") as loading:
        staged = lines.stage(loading.connection, [Payload(1, "web", NOW, 1, body)], loading.currency)
        assert loading.events(staged).new == 1
        lines.drop(loading.connection)


def test_what_comes_in_live_is_loaded_between_two_turns(files: Path) -> None:
    store = log(files, "ws")
    seen: list[int] = []

    def act() -> None:
        seen.append(store.facts.rows["events"])
        live(store)

    summary = bring(store, files, "visits", turns=True, progress=at("loading", 0.7, act))
    assert 0 < seen[0] < ROWS, "a part of the import was there already"
    assert summary.events_new == store.facts.rows["events"] - 1
    assert store.check() == {}
    assert store.undo("visits") == summary.events_new
    assert store.facts.rows["events"] == 1


class Cut(BaseException):
    """Ctrl-C, a full disk, whatever it was."""


def cut() -> None:
    raise Cut


def test_what_fails_on_its_way_is_taken_back_and_what_an_earlier_import_of_the_name_brought_stays(files: Path) -> None:
    store = log(files, "ws")
    bring(store, files, "people")
    bring(store, files, "visits")
    before = contents(store)
    more = (files / "visits.csv").read_text().replace("2024-02", "2024-03")
    (files / "visits.csv").write_text(more)
    with pytest.raises(Cut):
        bring(store, files, "visits", turns=True, progress=at("loading", 0.8, cut))
    assert contents(store) == before
    assert store.check() == {}
    assert bring(store, files, "visits", turns=True).events_new == ROWS + 5


def test_after_a_death_it_is_taken_back_when_the_log_is_opened_next(
    files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = log(files, "ws")
    bring(store, files, "people")
    before = contents(store)
    # A process that dies takes nothing back.
    monkeypatch.setattr(batching, "aside", lambda work: None)
    with pytest.raises(Cut):
        bring(store, files, "lines", turns=True, progress=at("loading", 0.8, cut))
    assert store.facts.rows["events"] > 0
    store.close()
    monkeypatch.setattr(batching, "_PROCESS", "the one after it")
    again = log(files, "ws")
    assert contents(again) == before
    assert again.check() == {}
    bring(again, files, "lines", turns=True)
    assert again.facts.rows["orders"] > 0


@pytest.mark.parametrize("way", ["undo", "again", "in turns"])
def test_one_that_is_under_way_is_neither_undone_nor_begun_again(files: Path, way: str) -> None:
    store = log(files, "ws")
    said: list[str] = []

    def act() -> None:
        with pytest.raises(QuestionError) as refused:
            store.undo("visits") if way == "undo" else bring(store, files, "visits", turns=way == "in turns")
        said.append(str(refused.value))

    bring(store, files, "visits", turns=True, progress=at("loading", 0.7, act))
    assert said == ["an import called visits is under way; wait for its end"]
    assert store.facts.rows["events"] == ROWS + 5


def test_one_that_another_process_took_back_says_so(files: Path) -> None:
    store = log(files, "ws")

    def act() -> None:
        with store._transaction() as connection:
            batching.settle(connection, "visits")

    with pytest.raises(WorkspaceError, match="was taken back while it ran"):
        bring(store, files, "visits", turns=True, progress=at("loading", 0.7, act))
    assert store.facts.rows["events"] == 0
