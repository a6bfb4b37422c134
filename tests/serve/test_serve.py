"""`cherish serve` as people start it: what it prints once, who may log in, and that events reach the log."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import segment.analytics.client as segment

import cherish
from serve.conftest import PATIENCE, Serving, environment, free_port
from serve.test_stopping import send


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    folder, port = tmp_path_factory.mktemp("serve") / "new" / "workspace", free_port()
    command = [sys.executable, "-m", "cherish", "serve", "--port", str(port), "--workspace", str(folder)]
    serving = Serving(command, port, folder)
    folder.parent.mkdir()
    serving.start()
    yield serving
    serving.stop()


@pytest.fixture(scope="module")
def welcome(served: Serving) -> str:
    """What the first start printed, up to the empty line after the last paragraph."""
    assert served.process.stdout is not None
    lines = []
    while not lines or "analytics.track" not in lines[-1]:
        lines.append(served.process.stdout.readline())
    text = "".join(lines)
    key = re.search(r"write key +(c[a-z0-9]{24})\n", text)
    login = re.search(r"owner +(http\S+)\n", text)
    assert key
    assert login
    served.told = [key[1], login[1]]
    return text


def test_the_first_start_prints_key_login_and_lines_to_paste(served: Serving, welcome: str) -> None:
    assert f'<script async src="{served.url}/c.js" data-key="{served.key}"></script>' in welcome
    assert f'analytics.write_key, analytics.host = "{served.key}", "{served.url}"' in welcome
    assert served.told[1].startswith(f"{served.url}/login/cherish_")
    assert served.folder.stat().st_mode & 0o077 == 0, "people's data is for who runs the server"


def test_the_pasted_lines_deliver_and_the_log_has_it_within_seconds(served: Serving, welcome: str) -> None:
    client = segment.Client(write_key=served.key, host=served.url)
    client.track("user-1", "Order Completed", {"order_id": "1", "revenue": 12.50, "currency": "EUR"})
    client.flush()
    client.join()
    end = time.monotonic() + PATIENCE
    while metric(served, "cherish_journal_events"):
        assert time.monotonic() < end, served.log
        time.sleep(0.05)
    assert metric(served, 'cherish_events_total{result="accepted"}') == 1
    assert served.http.get("/ready").json() == {"ok": True, "reason": ""}


def test_monitors_ask_by_head_and_the_metrics_name_their_type_once(served: Serving) -> None:
    asked = served.http.head("/health")
    assert (asked.status_code, asked.content) == (200, b"")
    assert served.http.head("/v1/batch").status_code == 405
    assert served.http.get("/metrics").headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"


def metric(served: Serving, name: str) -> float:
    found = re.search(rf"^{re.escape(name)} (\S+)$", served.http.get("/metrics").text, re.M)
    assert found, name
    return float(found[1])


def test_a_login_works_once_and_looking_at_the_link_does_not_use_it_up(served: Serving, welcome: str) -> None:
    link = served.told[1]
    for _ in range(2):
        page = served.http.get(link)
        assert page.status_code == 200
        assert '<form method="post">' in page.text
        assert page.headers["cache-control"] == "no-store"
    done = served.http.post(link, headers={"X-Forwarded-Proto": "https"})
    assert done.status_code == 200
    cookie = done.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" in cookie, "it came by a proxy with TLS"
    served.http.cookies.set("cherish_session", done.cookies["cherish_session"])
    assert served.http.post(link).status_code == 401
    assert served.http.post(link[:-3] + "xyz").status_code == 401


def test_who_logged_in_reads_and_nobody_else_does(served: Serving, welcome: str) -> None:
    assert served.http.get("/v1/customers", params={"q": "user"}).status_code == 200, "the cookie of the test before"
    served.http.cookies.clear()
    for headers in ({}, {"Authorization": f"Bearer {served.key}"}, {"Authorization": "Bearer cherish_none"}):
        answer = served.http.get("/v1/customers", params={"q": "user"}, headers=headers)
        assert answer.status_code == 401
        assert "write key" in answer.json()["message"]


def test_a_start_that_fails_uses_up_no_key_that_is_shown_once(served: Serving, tmp_path: Path) -> None:
    command = [*served.command[:-1], str(tmp_path / "other")]
    failed = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False, env=environment())
    assert f"--port {served.port}: can't listen there" in failed.stderr
    other = Serving([*command[:4], "--port", str(port := free_port()), *command[6:]], port, tmp_path / "other")
    other.start()
    assert other.stop() == 0
    assert "write key   c" in other.said


def test_it_listens_on_this_machine_only(served: Serving) -> None:
    listening = [
        line.split()[1] for line in Path("/proc/net/tcp").read_text().splitlines()[1:] if line.split()[3] == "0A"
    ]
    mine = [address for address in listening if address.endswith(f":{served.port:04X}")]
    assert mine == [f"0100007F:{served.port:04X}"]


def test_what_was_acknowledged_is_in_the_log_once_after_a_kill_and_after_an_end_in_order(
    served: Serving, welcome: str
) -> None:
    acknowledged: list[str] = []
    senders = [threading.Thread(target=send, args=(served, str(each), acknowledged)) for each in range(3)]
    for each in senders:
        each.start()
    time.sleep(2)
    served.kill()
    for each in senders:
        each.join(PATIENCE)
    assert len(acknowledged) > 20
    served.start()
    last = {"type": "track", "event": "Last", "userId": "u1", "messageId": "last"}
    assert served.post("/v1/t", last).json()["accepted"] == 1
    assert served.stop() == 0
    assert served.said == "", "a later start prints no secret"
    assert served.lines() == [], "an end in order loads what waits"
    found = rows(served.folder)
    seen = [number for name, number in found if name == "Seen"]
    assert set(acknowledged) <= set(seen)
    assert len(seen) == len(set(seen))
    assert sorted(name for name, _ in found if name != "Seen") == ["Last", "Order Completed"]


def test_a_new_login_is_made_when_it_is_asked_for(served: Serving, welcome: str) -> None:
    served.command.append("--login")
    served.start()
    assert served.stop() == 0
    assert re.fullmatch(rf"owner +{served.url}/login/cherish_\S+\n", served.said)


def rows(folder: Path) -> list[tuple[Any, ...]]:
    log = cherish.open(folder)
    found = log.sql("SELECT name, properties ->> 'number' AS number FROM events")
    return [tuple(row.values()) for row in found.to_pylist()]
