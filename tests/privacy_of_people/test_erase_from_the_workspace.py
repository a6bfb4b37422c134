"""Erasing a person from a whole workspace: a planted token is in no file then, and others are there exactly once."""

from __future__ import annotations

import csv
import json
import threading
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from cherish.clock import system_clock
from cherish.customers import UnknownCustomer
from cherish.customers.erase import Place, erase, here, scrub
from cherish.customers.erase_traces import Names
from cherish.customers.export import export
from cherish.db.quarantine import Quarantine
from cherish.settings import Settings
from cherish.workspace import Workspace
from load.support import NOW, Works, line, order, works
from privacy_of_people.planted import TOKEN, holding, theirs


def place(shop: Works, folder: Path) -> Place:
    """The workspace, whose loader is run by whoever erases."""
    return Place(shop.store, folder, shop.state, (shop.journal,), shop.loader.all, lambda: NOW)


def body(**more: Any) -> bytes:
    """An event as a client sent it, which could not be taken."""
    return json.dumps({"type": "track", "event": "", **more}).encode()


def plant(shop: Works, folder: Path) -> None:
    """Leave the token wherever a person may stand, and somebody else beside it."""
    shop.put([*(theirs(n) for n in range(30)), order(30, 25, user_id=TOKEN), *(line(n) for n in range(40, 90))])
    traits = {"email": f"{TOKEN}@post.acme", "name": f"Name of {TOKEN}", "phone": "+49 30 4711-0815"}
    shop.put([line(31, type="identify", name=None, user_id=TOKEN, traits=traits)])
    shop.load()
    shop.put([theirs(32), line(91)])
    quarantine = Quarantine(shop.state)
    for each in (
        body(userId=TOKEN),
        body(note=f"by {TOKEN}@post.acme"),
        b'{"userId": "' + TOKEN.encode(),
        body(userId="u1"),
    ):
        quarantine.add("web", NOW, "missing_event", "no name", 0, each)
    for name, text in (("a", f"report for {TOKEN}"), ("b", "report of nobody")):
        (folder / "reports").mkdir(exist_ok=True)
        (folder / "reports" / f"{name}.html").write_text(text)
    (folder / "rejects").mkdir()
    rows = [["file", "line", "reason", "customer"], ["o.csv", "2", "no time", TOKEN], ["o.csv", "3", "no time", "u1"]]
    with (folder / "rejects" / "o.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    (folder / "log.v2.duckdb").write_bytes(b"as it was: " + TOKEN.encode())


def test_after_erase_now_the_token_is_in_no_file(tmp_path: Path, plain: None) -> None:
    with works(tmp_path) as shop, shop.store.owned():
        plant(shop, tmp_path)
        scrub(place(shop, tmp_path))
        found = set(holding(tmp_path))
        assert {"a.html", "o.csv", "log.v2.duckdb"} <= found
        assert any(each.startswith("state.sqlite") for each in found)
        assert any(each.startswith("journal-main.sqlite") for each in found)
        assert any(each.startswith("log.duckdb") for each in found)
        erased = erase(place(shop, tmp_path), TOKEN, now=True)
        assert holding(tmp_path) == []
        assert (erased.rows["events"], erased.refused, erased.rejected) == (33, 3, 1)
        assert set(erased.files) == {"a.html", "log.v2.duckdb"}
        assert erased.rewritten
        assert erased.scrubbed
        # Others are where they were.
        assert len(shop.rows("FROM events")) == 51
        assert [each.body for each in Quarantine(shop.state).listed()] == [body(userId="u1")]
        assert (tmp_path / "rejects" / "o.csv").read_text().splitlines()[1:] == ["o.csv,3,no time,u1"]
        assert shop.store.check() == {}
        with pytest.raises(UnknownCustomer):
            erase(place(shop, tmp_path), TOKEN)


def test_without_now_the_night_sees_to_it(tmp_path: Path, plain: None) -> None:
    with works(tmp_path) as shop, shop.store.owned():
        plant(shop, tmp_path)
        erased = erase(place(shop, tmp_path), TOKEN)
        assert not erased.rewritten
        assert shop.rows("SELECT count(*) AS n FROM events") == [{"n": 51}]
        assert {each.partition(".duckdb")[0] for each in holding(tmp_path)} == {"log"}
        privacy = pytest.importorskip("cherish.serve.privacy")
        privacy.night(Serving(shop, tmp_path))
        assert holding(tmp_path) == []
        assert shop.store.check() == {}


class Serving:
    """What the night needs of a server."""

    def __init__(self, shop: Works, folder: Path, **retention: str) -> None:
        self.store, self.state, self.journal, self.clock = shop.store, shop.state, shop.journal, lambda: NOW
        self.workspace = Workspace(folder, Settings(retention=retention))


def test_in_a_live_server_under_load_everything_of_others_is_there_once(tmp_path: Path, plain: None) -> None:
    """Clients send, the loader loads, dashboards ask, and in the middle of it somebody is erased at once."""
    with works(tmp_path) as shop:
        plant(shop, tmp_path)
        stop, problems, sent = threading.Event(), [], []

        def client(first: int) -> None:
            for number in range(first, first + 100_000, 20):
                if stop.is_set():
                    return
                lines = [line(each, message_id=f"x{each}") for each in range(number, number + 20)]
                shop.put(lines, at=system_clock())
                sent.extend(range(number, number + 20))

        def dashboard() -> None:
            seen = 0
            while not stop.is_set():
                (row,) = shop.rows("SELECT count(*) AS n, count(DISTINCT event_id) AS one FROM events "
                                   f"WHERE user_id <> '{TOKEN}'")  # fmt: skip
                if row["n"] != row["one"] or row["n"] < seen:
                    problems.append(row)
                seen = row["n"]

        loader = threading.Thread(target=shop.loader.run, args=(stop,))
        loader.start()
        while shop.journal.depth():
            time.sleep(0.05)
        # From here on the loader holds the log, as in a server from its start.
        working = [threading.Thread(target=client, args=(first,)) for first in (1_000_000, 2_000_000)]
        working.append(threading.Thread(target=dashboard))
        for each in working:
            each.start()
        try:
            erased = erase(Place(shop.store, tmp_path, shop.state, (shop.journal,)), TOKEN, now=True)
            assert erased.rewritten
        finally:
            stop.set()
            for each in [*working, loader]:
                each.join()
        shop.loader.all()
        scrub(place(shop, tmp_path))
        assert not problems
        assert holding(tmp_path) == []
        assert shop.rows("SELECT count(*) AS n, count(DISTINCT event_id) AS one FROM events") == [
            {"n": 51 + len(sent), "one": 51 + len(sent)}
        ]
        assert shop.store.check() == {}


def test_a_workspace_without_a_server_loads_what_waits_before_it_erases(tmp_path: Path) -> None:
    with works(tmp_path) as shop:
        shop.put([theirs(1), line(2)])
    with here(Workspace(tmp_path, Settings())) as local:
        erased = erase(local, TOKEN, now=True)
    assert erased.rows["events"] == 1
    with works(tmp_path) as shop:
        assert shop.rows("SELECT user_id FROM events") == [{"user_id": "u2"}]
        assert shop.journal.depth() == 0


def test_export_tells_all_that_erase_would_remove(tmp_path: Path) -> None:
    with works(tmp_path) as shop:
        plant(shop, tmp_path)
        later = replace(place(shop, tmp_path), clock=lambda: NOW + timedelta(days=1))
        found = export(later, TOKEN)
        told = json.loads(json.dumps(found))
        assert told["customer"] == TOKEN
        assert len(told["events"]) == 32
        assert {each["kind"] for each in told["identifiers"]} == {"user_id", "anonymous_id"}
        assert told["events"][0]["context"] or told["events"][1]["context"]
        assert [each["value"] for each in told["orders"]] == ["25.0000"]
        assert told["said"][0]["traits"]["email"] == f"{TOKEN}@post.acme"
        assert len(told["refused"]) == 3
        assert [each["event"]["message_id"] for each in told["waiting"]] == ["m32"]
        assert any(each["name"] == "recency" and each["value"] is not None for each in told["measures"])
        with pytest.raises(UnknownCustomer):
            export(place(shop, tmp_path), "nobody of this name")


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (b'{"userId": "42"}', b""),
        (b'{"userId": 42}', b""),
        (b'{"properties": {"price": 42, "note": "room 42"}}', None),
        (b'{"properties": {"url": "/u/planted-id?x=1"}}', b""),
        (b'{"properties": {"url": "/u/xplanted-id"}}', None),
        (b'{"userId": "42"', b""),
        (b'{"user_id": "42"}\n{"user_id": "43"}\n', b'{"user_id": "43"}\n'),
        (b'{\n  "userId": "43",\n  "x": 42\n}', None),
        (b"", None),
    ],
)
def test_a_name_stands_for_itself_and_not_for_a_number_that_looks_like_it(text: bytes, kept: bytes | None) -> None:
    assert Names.of(["42", "planted-id"]).left_of(text) == (text if kept is None else kept)


def test_windows_let_events_go_and_with_them_who_is_known_for_nothing_else(tmp_path: Path, plain: None) -> None:
    with works(tmp_path) as shop, shop.store.owned():
        old, young = NOW - timedelta(days=100), NOW - timedelta(days=2)
        view = {"name": "Page Viewed", "user_id": None}
        shop.put([
            line(1, anonymous_id=TOKEN, at=old, **view), line(2, anonymous_id="b", at=young, **view),
            line(3, anonymous_id="c", at=old, **view), line(4, user_id="anna", anonymous_id="c", at=young),
            order(5, 20, user_id="anna", at=old), line(6, type="identify", name=None, user_id="ben", at=old,
                                                       traits={"plan": "free"}),
            line(7, user_id="ben", name="Page Viewed", at=old),
        ])  # fmt: skip
        shop.load()
        privacy = pytest.importorskip("cherish.serve.privacy")
        serving = Serving(shop, tmp_path, **{"Page Viewed": "90 days"})
        assert holding(tmp_path)
        privacy.night(serving)
        left = shop.rows("SELECT name, coalesce(user_id, anonymous_id) AS who FROM events ORDER BY ALL")
        assert sorted((each["name"], each["who"]) for each in left) == [
            ("Identify", "ben"), ("Order Completed", "anna"), ("Page Viewed", "b"), ("Product Viewed", "anna"),
        ]  # fmt: skip
        assert holding(tmp_path) == []
        assert {each["key"] for each in shop.rows("SELECT key FROM identities")} == {"anna", "b", "ben", "c"}
        assert shop.store.customer_of("anonymous_id", "c") == shop.store.customer_of("user_id", "anna")
        assert {each["customer"] for each in shop.rows("SELECT customer FROM customers")} == {"anna", "b", "ben"}
        assert shop.store.check() == {}
        assert shop.store.expired({"Page Viewed": young.replace(tzinfo=None)}) == {}


@pytest.fixture
def settings_file(tmp_path: Path) -> Path:
    return tmp_path / "cherish.toml"


def test_windows_are_read_from_the_settings(settings_file: Path) -> None:
    from cherish.customers.retention import beginnings
    from cherish.errors import QuestionError, WorkspaceError
    from cherish.settings import load

    settings_file.write_text(
        'nightly = 4\n[privacy]\nip = "full"\n[retention]\n"Page Viewed" = "13 months"\nPing = "2 weeks"\n'
    )
    found = load({}, settings_file.parent)
    assert (found.nightly, found.privacy_ip, found.privacy_user_agent) == (4, "full", "reduced")
    begin = beginnings(found.retention, NOW)
    assert begin == {
        "Page Viewed": NOW.replace(tzinfo=None, year=2025, month=2),
        "Ping": NOW.replace(tzinfo=None) - timedelta(days=14),
    }  # fmt: skip
    assert beginnings({"A": "1 month"}, NOW.replace(day=31))["A"].day == 28
    with pytest.raises(QuestionError, match="13 months"):
        beginnings({"A": "soon"}, NOW)
    for wrong in ('privacy_ip = "half"', "nightly = 24", 'retention = "90 days"', "[privacy]\nnothing = 1"):
        settings_file.write_text(wrong)
        with pytest.raises(WorkspaceError):
            load({}, settings_file.parent)
