"""Collectors beside a server, on files and on Postgres: what clients believe delivered is in the log, once."""

from __future__ import annotations

import os
import re
import shlex
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import segment.analytics.client as segment

import cherish
from cherish.cli import _app as main
from cherish.errors import QuestionError, WorkspaceError
from cherish.serve.opening import collecting
from cherish.settings import Settings
from cherish.workspace import Workspace
from serve.beside import Sending, Site, said
from serve.conftest import PATIENCE, ROOT
from serve.test_stopping import event


@pytest.fixture(scope="module", params=["files", "postgres"])
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server and two collectors."""
    folder = tmp_path_factory.mktemp("collect") / "workspace"
    on_postgres = request.param == "postgres"
    found = Site(folder, request.getfixturevalue("database") if on_postgres else "")
    found.serve()
    found.collect()
    # On Postgres a collector may run on a machine that has no such folder.
    found.collect("--name", "second", folder=folder.parent / "elsewhere" if on_postgres else None)
    yield found
    found.stop()


def test_one_person_is_one_customer_whichever_process_heard_of_them(site: Site) -> None:
    first, second = site.collectors
    assert first.post("/v1/page", {"name": "Home", "anonymousId": "an1", "messageId": "p1"}).status_code == 200
    known = {"userId": "u1", "anonymousId": "an1", "messageId": "i1", "traits": {"email": "anna@example.com"}}
    assert second.post("/v1/identify", known).status_code == 200
    client = segment.Client(write_key=site.server.key, host=site.server.url)
    client.track("u1", "Order Completed", {"order_id": "o1", "revenue": 12.5, "currency": "EUR"})
    client.flush()
    client.join()
    site.loaded()
    answer = httpx.get(f"{site.server.url}/v1/customers/u1", cookies=site.session, timeout=PATIENCE)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert {each["name"] for each in told["timeline"]["events"]} >= {"Page Viewed", "Order Completed"}
    assert "anna@example.com" in answer.text


def test_a_bad_event_at_a_collector_lies_where_the_server_shows_it(site: Site) -> None:
    before = site.server.refused()
    answer = site.collectors[0].post("/v1/batch", {"batch": [event("good"), {"type": "dance", "userId": "u"}]})
    assert (answer.json()["accepted"], answer.json()["quarantined"]) == (1, 1)
    assert [each[:3] for each in site.server.refused()[len(before) :]] == [("website", "unknown_type", 1)]


def test_the_same_keys_hold_and_others_do_not(site: Site) -> None:
    for each in site.collectors:
        assert each.post("/v1/t", event("other"), auth=("cnobodyhasthiskeyatall000", "")).status_code == 401
        assert each.post("/v1/t", event(f"own {each.port}")).status_code == 200
        document = each.http.get(f"/v1/projects/{each.key}/settings").json()
        assert f"127.0.0.1:{each.port}" in str(document), "browsers send to the collector that they asked"


def test_a_collector_tells_of_itself_and_shows_nobody_a_customer(site: Site) -> None:
    for each in site.collectors:
        assert each.http.get("/health").json()["ok"]
        assert each.http.get("/ready").json() == {"ok": True, "reason": ""}
        metrics = each.http.get("/metrics").text
        assert 'cherish_events_total{result="accepted"}' in metrics
        assert "cherish_journal_events " in metrics
        assert "cherish_ready 1.0" in metrics
        refused = httpx.get(f"{each.url}/v1/customers", params={"q": "u1"}, cookies=site.session, timeout=PATIENCE)
        assert refused.status_code == 404
        assert each.http.get("/login/cherish_x").status_code == 404


def test_a_collector_never_opens_the_log_nor_loads_what_reads_it(site: Site) -> None:
    for each in site.collectors:
        process = Path(f"/proc/{each.process.pid}")
        opened = [os.readlink(file) for file in (process / "fd").iterdir()]
        assert not [file for file in opened if "log.duckdb" in file]
        assert "duckdb" not in (process / "maps").read_text()


def test_a_name_is_one_collectors_own(site: Site) -> None:
    place = Workspace(site.folder, Settings(database=site.database or None))
    with pytest.raises(WorkspaceError, match="another collector is called second"), collecting(place, "second"):
        pass
    assert "cherish collect collector-1: http" in site.collectors[0].log


@pytest.mark.parametrize("name", ["main", "a/b", "", "x" * 61])
def test_a_name_that_no_journal_can_have_is_refused(tmp_path: Path, name: str) -> None:
    with (
        pytest.raises(QuestionError, match=r"--name .*use letters, digits"),
        collecting(Workspace(tmp_path, Settings()), name),
    ):
        pass


def test_what_clients_believe_delivered_is_in_the_log_once_after_kills_and_an_end_in_order(site: Site) -> None:
    sending, (first, second) = Sending(), site.collectors
    for each in (first, second, site.server):
        sending.to(each)
    time.sleep(1)
    first.kill()
    time.sleep(0.5)
    site.server.kill()
    site.server.start()
    sending.to(site.server)
    time.sleep(1)
    assert second.stop() == 0
    sending.end()
    site.loaded()
    assert site.server.stop() == 0
    rows = cherish.open(site.folder).sql("SELECT properties ->> 'number' AS number FROM events WHERE name = 'Seen'")
    found = [row["number"] for row in rows.to_pylist()]
    assert len(sending.acknowledged) > 100
    assert set(sending.acknowledged) <= set(found)
    assert len(found) == len(set(found))


def test_without_a_server_there_is_nothing_to_collect_for(tmp_path: Path) -> None:
    assert "no server ever began here; start `cherish serve` first" in said("collect", tmp_path / "none")
    assert list(tmp_path.iterdir()) == []


def test_the_commands_of_the_page_are_commands() -> None:
    page = (ROOT / "docs" / "how-to" / "serve.md").read_text()
    lines = re.findall(r"^cherish ((?:serve|collect).*)$", page, re.M)
    assert len(lines) >= 6
    for line in lines:
        verb, *options = shlex.split(line)
        main.command().get_command(None, verb).make_context(verb, options)
