"""A server and collectors on Postgres: whose database it is, what is shown of its address, and when it is away."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

import cherish
from cherish.db.tables import FREE, microseconds
from cherish.errors import WorkspaceError
from cherish.load import Loader
from cherish.serve.opening import collecting, opened
from cherish.settings import Settings, load
from cherish.spec.messages import taken
from cherish.workspace import Workspace
from conformance.server import Server, controlled, empty, programs
from serve.beside import Sending, Site
from serve.conftest import PATIENCE, Serving, Start
from serve.test_stopping import event

SECRET = "sesame-open"


def workspace(folder: Path, database: str) -> Workspace:
    return Workspace(folder, Settings(database=database))


def until(true: Callable[[], bool], why: Callable[[], str] = lambda: "") -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, why()
        time.sleep(0.05)


# -- whose it is -------------------------------------------------------------------------------------------------------


def test_two_servers_do_not_load_from_one_database(postgres: str, tmp_path: Path) -> None:
    address = empty(postgres)
    with opened(workspace(tmp_path / "one", address), loads=False):
        with (
            pytest.raises(WorkspaceError, match="belongs to another workspace"),
            opened(workspace(tmp_path / "two", address)),
        ):
            pass
        # The folder on another machine: a copy has the same note, and no lock of this machine.
        (tmp_path / "copy").mkdir()
        (tmp_path / "copy" / "database.toml").write_bytes((tmp_path / "one" / "database.toml").read_bytes())
        with (
            pytest.raises(WorkspaceError, match="another server loads from this database"),
            opened(workspace(tmp_path / "copy", address)),
        ):
            pass
    with (
        pytest.raises(WorkspaceError, match="its keys and its journal lie in postgresql:"),
        opened(Workspace(tmp_path / "one", Settings())),
    ):
        pass


def test_collectors_get_names_of_their_own_accord_and_let_them_go(postgres: str, tmp_path: Path) -> None:
    served = workspace(tmp_path / "one", empty(postgres))
    needed = "no server ever began on it; start `cherish serve --database` first"
    with pytest.raises(WorkspaceError, match=needed), collecting(served):
        pass
    with opened(served, loads=False), collecting(served) as first:
        with collecting(served) as second, collecting(served, "web") as third:
            names = [each.journal.name for each in (first, second, third)]
            assert names == ["collector-1", "collector-2", "web"]
        with collecting(served) as again:
            assert again.journal.name == "collector-2"


def test_the_setting_names_the_database_and_nobody_shows_its_password(tmp_path: Path) -> None:
    assert load({"CHERISH_DATABASE": "postgres://u:pw@h/d"}, tmp_path).database == "postgres://u:pw@h/d"
    assert "pw@h" not in repr(load({"CHERISH_DATABASE": "postgres://u:pw@h/d"}, tmp_path))


# -- the loader --------------------------------------------------------------------------------------------------------


def test_two_writers_that_commit_in_reverse_order_lose_nothing_on_the_way_to_the_log(
    postgres: str, tmp_path: Path
) -> None:
    served = workspace(tmp_path / "one", address := empty(postgres))
    at = datetime.now(UTC)
    with opened(served, loads=False) as parts, psycopg.connect(address.replace("postgres:", "postgresql:")) as slow:
        loader = Loader(parts.store, (parts.journal,), parts.state)
        low = inserted(slow, "low", at)
        lines = taken(json.dumps({"batch": [event("high")]}).encode(), kind=None, received_at=at).lines
        parts.journal.put(lines, source="s", events=1, received_at=at).result(PATIENCE)
        assert loader.once().new == 1
        assert loader.once().given == 0
        slow.commit()
        assert loader.once().new == 1
        assert parts.journal.claim(10) is None
        rows = parts.store.query("SELECT properties ->> 'number' AS number FROM events ORDER BY 1").to_pylist()
    assert [row["number"] for row in rows] == ["high", "low"]
    assert low == 1, "the payload that was committed last has the lower id"


def inserted(connection: psycopg.Connection, name: str, at: datetime) -> int:
    """The id of a payload that another process has put and not yet committed."""
    lines = taken(json.dumps({"batch": [event(name)]}).encode(), kind=None, received_at=at).lines
    row = connection.execute(
        "INSERT INTO journal (claim, source, received_at, events, size, body) "
        "VALUES (%s, 's', %s, 1, %s, %s) RETURNING id",
        (FREE, microseconds(at), len(lines), lines),
    ).fetchone()
    assert row is not None
    return int(row[0])


# -- how much may wait ------------------------------------------------------------------------------------------------


def test_a_full_journal_is_full_for_everybody(collector: Start, postgres: str, tmp_path: Path) -> None:
    serving = collector(database=(address := empty(postgres)), events=10)
    accepted: list[str] = []

    def refused() -> bool:
        answer = serving.post("/v1/t", event(name := f"m{len(accepted)}"))
        accepted.extend([name] if answer.status_code == 200 else [])
        return answer.status_code == 503 and int(answer.headers["retry-after"]) > 0

    until(refused)
    assert [line["message_id"] for line in serving.lines()] == accepted
    assert "loader is behind" in serving.http.get("/ready").json()["reason"]
    with collecting(workspace(tmp_path / "none", address)) as beside:
        assert beside.pressure.journal.depth() == len(accepted)


# -- the database away ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def own() -> Iterator[Server]:
    bin_ = programs()
    if bin_ is None:
        pytest.skip("no Postgres server here: apt-get install -y postgresql")
    with controlled(bin_) as server:
        yield server


def test_while_the_database_is_away_clients_are_told_to_come_again_and_nothing_is_lost(
    own: Server, tmp_path: Path
) -> None:
    folder = tmp_path / "site" / "workspace"
    folder.parent.mkdir()
    address = own.address.replace("cherish@", f"cherish:{SECRET}@")
    site, sending = Site(folder, address), Sending()
    site.serve()
    try:
        beside = site.collect(folder=tmp_path / "site" / "beside")
        for each in (site.server, beside):
            sending.to(each, patient=True)
        until(lambda: len(sending.acknowledged) > 100)
        own.stop()
        until(lambda: sending.statuses[503] > 4)
        for each in (site.server, beside):
            until_ready(each, "the journal can't be reached")
            told_to_come_again(each)
        own.start()
        for each in (site.server, beside):
            until_ready(each, "")
        before = len(sending.acknowledged)
        until(lambda: len(sending.acknowledged) > before + 100)
        sending.end()
        site.loaded()
        assert set(sending.statuses) == {200, 503}, "known keys stay known"
    finally:
        sending.end()
        site.stop()
    written = b"".join(file.read_bytes() for file in folder.parent.rglob("*") if file.is_file())
    assert b"cherish:***@" in written
    assert SECRET.encode() not in written + site.server.said.encode(), "the password is written nowhere"
    assert '"event":"database_away"' in beside.log
    assert '"event":"database_back"' in beside.log
    rows = cherish.open(folder).sql("SELECT properties ->> 'number' AS number FROM events").to_pylist()
    found = [row["number"] for row in rows]
    assert set(sending.acknowledged) <= set(found)
    assert len(found) == len(set(found))


def until_ready(serving: Serving, reason: str) -> None:
    until(lambda: bool(serving.http.get("/ready").json()["reason"] == reason), lambda: serving.log)


def told_to_come_again(serving: Serving) -> None:
    began = time.monotonic()
    answer = serving.post("/v1/t", event("now"))
    assert (answer.status_code, answer.json()["code"]) == (503, "overloaded")
    assert int(answer.headers["retry-after"]) > 0
    unknown = serving.post("/v1/t", event("now"), auth=("cnobodyhasthiskeyatall000", ""))
    assert unknown.status_code == 503, "nobody can say that a key is wrong"
    assert "postgres" not in serving.http.get("/ready").text + answer.text + unknown.text, (
        "where it lies is nobody's business"
    )
    reading = serving.http.get("/v1/customers", params={"q": "u1"}, headers={"Authorization": "Bearer cherish_x"})
    assert reading.status_code in (404, 503), "a collector shows no customers"
    assert "postgres" not in reading.text
    assert serving.http.get("/health").status_code == 200
    assert "cherish_ready 0.0" in serving.http.get("/metrics").text
    assert time.monotonic() - began < 5
