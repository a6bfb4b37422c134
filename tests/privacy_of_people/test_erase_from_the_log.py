"""Erasing a person from the log: what stays equals a log that never heard of them, and the file holds no byte."""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import timedelta
from hashlib import md5
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pytest

from cherish.errors import WorkspaceError
from cherish.store.duckdb import DuckDBStore, rewriting
from cherish.store.keys import Key
from load.support import NOW, line, made_up, order, works
from privacy_of_people.planted import TOKEN, holding, theirs
from serve.conftest import environment


def told(store: DuckDBStore) -> dict[str, list[Any]]:
    """What a log says, without the numbers that it gives."""
    asked = {
        "events": "SELECT event_id::VARCHAR, type, name, ts, anonymous_id, user_id, customer, value, order_id "
        "FROM events JOIN customers USING (customer_id) ORDER BY ALL",
        "customers": "SELECT customer, identified, first_seen, last_seen, created_at, traits FROM customers "
        "ORDER BY ALL",
        "orders": "SELECT order_id, customer, value, gross, completed FROM orders JOIN customers USING (customer_id) "
        "ORDER BY ALL",
        "activity": "SELECT customer, day, name, n, value FROM activity JOIN customers USING (customer_id) "
        "ORDER BY ALL",
        "keys": "SELECT kind, key FROM identities ORDER BY ALL",
        "edges": "SELECT reason, kind_a, key_a, key_b, said_at FROM edges ORDER BY ALL",
    }
    return {name: store.query(statement).to_pylist() for name, statement in asked.items()}


@pytest.mark.parametrize("seed", range(4))
def test_what_is_left_equals_a_log_that_never_heard_of_them(tmp_path: Path, seed: int) -> None:
    random = Random(seed)
    lines = made_up(random, 120)
    with works(tmp_path / "one") as shop, works(tmp_path / "other") as fresh, shop.store.owned(), fresh.store.owned():
        shop.put(lines)
        shop.load()
        key = random.choice(shop.rows("SELECT kind, key FROM identities ORDER BY ALL"))
        gone = {each.key for each in shop.store.keys_of(Key(**key))}
        number = shop.store.customer_of(**key)
        owned = {
            each["event"] for each in shop.rows(
                f"SELECT event_id::VARCHAR AS event FROM events WHERE customer_id = {number}")
        }  # fmt: skip
        erased = shop.store.erase(Key(**key))
        assert {each.key for each in erased.keys} == gone
        assert erased.rows["events"] == len(owned)
        assert shop.store.check() == {}
        rest = {each["event"] for each in shop.rows("SELECT event_id::VARCHAR AS event FROM events")}
        assert not rest & owned
        kept = [each for each in lines if _event(each) in rest]
        fresh.put(kept)
        fresh.load()
        assert told(shop.store) == told(fresh.store)
        assert shop.store.facts.fingerprint == fresh.store.facts.fingerprint


def _event(one: dict[str, Any]) -> str:
    """The id that the log gives to a line of the source `web`."""
    return str(UUID(md5(f"web\x1f{one['message_id']}".encode(), usedforsecurity=False).hexdigest()))


def test_a_device_of_two_people_stays_with_the_other(tmp_path: Path) -> None:
    with works(tmp_path) as shop:
        early, late = NOW - timedelta(days=2), NOW - timedelta(days=1)
        shop.put([line(1, user_id=None, anonymous_id="tablet", at=early), line(2, user_id=TOKEN, anonymous_id="tablet",
                 at=early), line(3, user_id="ben", anonymous_id="tablet", at=late)])  # fmt: skip
        shop.load()
        assert shop.store.customer_of("anonymous_id", "tablet") == shop.store.customer_of("user_id", TOKEN)
        erased = shop.store.erase(Key("user_id", TOKEN))
        assert erased.rows["events"] == 2
        assert shop.store.customer_of("anonymous_id", "tablet") == shop.store.customer_of("user_id", "ben")
        assert shop.rows("SELECT user_id FROM events") == [{"user_id": "ben"}]
        assert shop.store.check() == {}
        # What the tablet did by itself is the other's now, also when it comes late.
        shop.put([line(4, user_id=None, anonymous_id="tablet", at=late)])
        assert shop.load().new == 1


def test_a_key_that_too_many_shared_may_be_somebodys_now(tmp_path: Path) -> None:
    with works(tmp_path) as shop:
        shop.store.identify_by(hub=2)
        shop.put(line(n, user_id=f"u{n}", anonymous_id="kiosk", at=NOW - timedelta(hours=9 - n)) for n in range(4))
        shop.load()
        assert shop.store.customer_of("anonymous_id", "kiosk") != shop.store.customer_of("user_id", "u0")
        shop.store.erase(Key("user_id", "u0"))
        shop.store.erase(Key("user_id", "u1"))
        assert shop.store.customer_of("anonymous_id", "kiosk") == shop.store.customer_of("user_id", "u2")
        assert shop.store.check() == {}


def test_what_was_done_before_is_refused_and_the_return_is_a_new_customer(tmp_path: Path) -> None:
    with works(tmp_path) as shop:
        before, after = NOW - timedelta(hours=1), NOW + timedelta(hours=1)
        first = [theirs(1, at=before), order(2, 30, user_id=TOKEN, at=before), line(3, user_id="ben")]
        shop.put(first)
        shop.load()
        shop.store.erase(TOKEN)
        # All of it again, an older event that comes late, an alias that names them, and what the browser did alone.
        alias = line(8, type="alias", name=None, user_id="carl", previous_id=TOKEN, at=before)
        alone = theirs(9, user_id=None, at=before)
        shop.put([*first, theirs(7, at=before), alias, alone], at=after)
        loaded = shop.load()
        assert (loaded.given, loaded.new, loaded.known, loaded.refused) == (6, 0, 1, 5)
        assert shop.rows("SELECT user_id FROM events") == [{"user_id": "ben"}]
        assert shop.store.customer_of("user_id", TOKEN) is None
        assert not shop.quarantined()
        shop.put([theirs(10, at=after, received=after), theirs(11, at=before, received=after)], at=after)
        loaded = shop.load()
        assert (loaded.new, loaded.refused) == (1, 1)
        assert shop.store.customer_of("user_id", TOKEN) is not None
        assert shop.store.check() == {}


def test_hashes_tell_nothing_without_the_key_and_differ_from_log_to_log(tmp_path: Path) -> None:
    hashes = []
    for name in ("one", "other"):
        with works(tmp_path / name) as shop:
            shop.put([theirs(1)])
            shop.load()
            shop.store.erase(TOKEN)
            hashes += [each["hash"] for each in shop.rows("SELECT hash FROM erased ORDER BY hash")]
    assert len(set(hashes)) == 4
    assert all(len(each) == 64 for each in hashes)


def test_nothing_is_left_in_the_file_after_it_was_written_anew(tmp_path: Path, plain: None) -> None:
    with works(tmp_path) as shop:
        shop.put([*(theirs(n) for n in range(50)), order(50, 9, user_id=TOKEN), *(line(n) for n in range(60, 400))])
        shop.put([line(500, type="identify", name=None, user_id=TOKEN, traits={"email": f"{TOKEN}@example.com"})])
        shop.load()
        with shop.store.owned():
            assert holding(tmp_path)
            shop.store.erase(TOKEN)
            assert shop.store.due_since == NOW.replace(tzinfo=None)
            before = told(shop.store)
            shop.store.rewrite()
            assert told(shop.store) == before
            assert shop.store.due_since is None
            shop.put([line(600)])
            assert shop.load().new == 1
            shop.journal.scrub()
            assert holding(tmp_path) == []
        assert shop.store.check() == {}
        assert len(shop.rows("FROM events")) == 341
    assert not list(tmp_path.glob("log.copy*"))


def test_a_deleted_row_stays_in_the_file_until_then(tmp_path: Path, plain: None) -> None:
    """The reason for all this: if an engine of tomorrow overwrites what was deleted, this fails."""
    with works(tmp_path) as shop:
        shop.put(theirs(n) for n in range(50))
        shop.load()
        shop.store.erase(TOKEN)
    assert "log.duckdb" in holding(tmp_path)


def test_questions_go_on_while_the_file_is_exchanged(tmp_path: Path) -> None:
    with works(tmp_path) as shop:
        shop.put(line(n) for n in range(2_000))
        shop.load()
        stop, wrong, asked = threading.Event(), [], []

        def ask() -> None:
            while not stop.is_set():
                (found,) = shop.rows("SELECT count(*) AS n FROM events")
                asked.append(found["n"])
                if found["n"] != 2_000:
                    wrong.append(found["n"])

        with shop.store.owned():
            threads = [threading.Thread(target=ask) for _ in range(3)]
            for each in threads:
                each.start()
            for _ in range(5):
                shop.store.rewrite()
            stop.set()
            for each in threads:
                each.join()
        assert asked
        assert not wrong
        assert shop.store.check() == {}


def test_another_store_of_the_process_sees_the_new_file(tmp_path: Path) -> None:
    with works(tmp_path) as shop:
        shop.put([line(1)])
        shop.load()
        other = DuckDBStore(tmp_path)
        with shop.store.owned():
            assert other.facts.rows["events"] == 1
            shop.store.rewrite()
            shop.put([line(2)])
            shop.load()
            assert len(other.query("FROM events")) == 2


def test_whoever_reads_for_long_is_not_disturbed(tmp_path: Path) -> None:
    with works(tmp_path) as shop:
        shop.put([line(1)])
        shop.load()
        with shop.store.owned():
            reading, done = threading.Event(), threading.Event()

            def read() -> None:
                with shop.store.session():
                    reading.set()
                    done.wait(10)

            thread = threading.Thread(target=read)
            thread.start()
            assert reading.wait(10)
            inode = (tmp_path / "log.duckdb").stat().st_ino
            with pytest.raises(WorkspaceError, match="being read for long"):
                shop.store.rewrite(patience=0.1)
            assert (tmp_path / "log.duckdb").stat().st_ino == inode
            done.set()
            thread.join()
            shop.store.rewrite()
            assert (tmp_path / "log.duckdb").stat().st_ino != inode
            assert len(shop.rows("FROM events")) == 1


@pytest.mark.parametrize("step", ["_compare", "link", "replace", "checked"])
def test_a_process_that_dies_at_any_step_leaves_a_whole_log(tmp_path: Path, step: str) -> None:
    """The steps are ended by an exception that nothing catches, and what the folder then holds is opened anew."""
    child = subprocess.run([sys.executable, "-c", DYING, str(tmp_path), step], env=environment(), timeout=60)
    assert child.returncode == 9
    with works(tmp_path) as shop:
        assert len(shop.rows("FROM events")) == 41
        assert shop.store.check() == {}
        shop.put([line(100)])
        shop.load()
        shop.store.rewrite()
        assert len(shop.rows("FROM events")) == 42
    assert not list(tmp_path.glob("log.copy*"))


DYING = """
import os, pathlib, sys
sys.path.insert(0, 'tests')
from load.support import line, works
from cherish.store.duckdb import rewriting, schema

folder, step = pathlib.Path(sys.argv[1]), sys.argv[2]

def dies(real):
    def called(*given, **options):
        if step == "checked" and given[1:2] != (rewriting._MARK,):
            return real(*given, **options)
        if step in ("link", "replace"):
            real(*given, **options)
        os._exit(9)
    return called

with works(folder) as shop:
    shop.put(line(n) for n in range(40))
    shop.load()
    with shop.store.owned():
        shop.put([line(50)])
        shop.load()
        place = {
            "_compare": (rewriting, "_compare"), "link": (os, "link"),
            "replace": (pathlib.Path, "replace"), "checked": (schema, "setting"),
        }[step]
        setattr(*place, dies(getattr(*place)))
        shop.store.rewrite()
"""


def test_an_owner_who_is_idle_in_another_thread_goes_on_with_the_new_file(tmp_path: Path) -> None:
    with works(tmp_path) as shop:
        shop.put([line(1)])
        owning, go, loaded = threading.Event(), threading.Event(), []

        def own() -> None:
            with shop.store.owned():
                shop.load()
                owning.set()
                go.wait(10)
                shop.put([line(2)])
                loaded.append(shop.load())

        thread = threading.Thread(target=own)
        thread.start()
        assert owning.wait(10)
        inode = (tmp_path / "log.duckdb").stat().st_ino
        shop.store.rewrite(patience=1)
        assert (tmp_path / "log.duckdb").stat().st_ino != inode
        go.set()
        thread.join()
        assert loaded[0].new == 1
        assert len(shop.rows("FROM events")) == 2


def test_no_room_for_a_copy_is_said_before_anything_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with works(tmp_path) as shop:
        shop.put([line(1)])
        shop.load()
        usage = type("Usage", (), {"free": 1_000})
        monkeypatch.setattr(rewriting.shutil, "disk_usage", lambda folder: usage)
        with pytest.raises(WorkspaceError, match="make room"):
            shop.store.rewrite()
        assert len(shop.rows("FROM events")) == 1
