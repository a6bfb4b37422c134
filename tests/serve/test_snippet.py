"""Our own script in a real browser: what it sends, what it keeps, and that it waits for consent."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from serve.conftest import PATIENCE, Serving

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: apt-get install chromium")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync", "--disable-dev-shm-usage",
    "--disable-background-networking", "--disable-component-update",
)  # fmt: skip


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *arguments: Any) -> None:
        pass


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A website of another origin than the server's."""
    folder = tmp_path / "site"
    folder.mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield folder, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def visited(
    serving: Serving, site: tuple[Path, str], script: str, *, tag: str = "", early: str = "", query: str = ""
) -> list[dict[str, Any]]:
    """Open a page with our script and one of the test's, in the test's own browser; the events that came of it."""
    folder, address = site
    (folder / "index.html").write_text(
        f"<!doctype html><title>Shop</title><script>{early}</script>"
        f'<script src="{serving.url}/c.js" data-key="{serving.key}" {tag}></script><script>{script}</script>'
    )
    before = len(serving.lines())
    command = [
        str(CHROMIUM),
        *FLAGS,
        f"--user-data-dir={folder.parent / 'profile'}",
        "--virtual-time-budget=4000",
        "--dump-dom",
    ]
    subprocess.run([*command, f"{address}/index.html{query}"], capture_output=True, timeout=2 * PATIENCE, check=True)
    return serving.lines()[before:]


def test_it_sends_views_and_calls_of_one_session_by_a_page_of_another_origin(
    serving: Serving, site: tuple[Path, str]
) -> None:
    script = """
        cherish.track("Product Added", {price: 9.5});
        cherish.identify("u1", {plan: "pro"});
        history.pushState({}, "", "/cart");
        cherish.group("acme", {plan: "team"});
        cherish.track("cookies", {cookie: document.cookie, kept: Object.keys(localStorage).length});
    """
    events = visited(serving, site, script, query="?utm_source=mail&utm_campaign=spring&other=1")
    assert [(each["type"], each.get("name")) for each in events] == [
        ("page", None), ("track", "Product Added"), ("identify", None), ("page", None), ("group", None),
        ("track", "cookies"),
    ]  # fmt: skip
    first, added, identified, second, grouped, cookies = events
    assert first["properties"]["path"] == "/index.html"
    assert first["properties"]["title"] == "Shop"
    assert first["context"]["campaign"] == {"source": "mail", "name": "spring"}
    assert second["properties"]["path"] == "/cart"
    assert second["properties"]["referrer"].endswith("?utm_source=mail&utm_campaign=spring&other=1")
    assert added["properties"] == {"price": 9.5}
    assert "user_id" not in added
    assert (identified["user_id"], identified["traits"]) == ("u1", {"plan": "pro"})
    assert second["user_id"] == "u1"
    assert (grouped["group_id"], grouped["traits"]) == ("acme", {"plan": "team"})
    assert cookies["properties"] == {"cookie": "", "kept": 0}
    assert len({each["anonymous_id"] for each in events}) == 1
    assert len({each["context"]["sessionId"] for each in events}) == 1
    assert len({each["message_id"] for each in events}) == 6


def test_calls_made_before_it_was_there_are_sent(serving: Serving, site: tuple[Path, str]) -> None:
    early = 'window.cherish = [["track", "Early", {"n": 1}]]'
    events = visited(serving, site, 'cherish.push(["track", "Late"])', tag='data-page="no"', early=early)
    assert [(each["name"], each.get("properties")) for each in events] == [("Early", {"n": 1}), ("Late", None)]


@pytest.mark.parametrize(
    ("answer", "names"),
    [("", []), ("cherish.consent(false);", []), ("cherish.consent(true);", [None, "Asked", "After"])],
)
def test_nothing_is_kept_or_sent_before_consent(
    serving: Serving, site: tuple[Path, str], answer: str, names: list[str | None]
) -> None:
    script = f'cherish.track("Asked"); {answer} cherish.track("After");'
    events = visited(serving, site, script, tag='data-consent="required"')
    assert [each.get("name") for each in events] == names


def test_ids_outlive_the_tab_only_with_consent(serving: Serving, site: tuple[Path, str]) -> None:
    def id_of(script: str) -> str:
        (found,) = {each["anonymous_id"] for each in visited(serving, site, script)}
        return str(found)

    assert id_of("") != id_of("")
    known = id_of("cherish.consent(true)")
    assert id_of("") == known
    assert visited(serving, site, "cherish.consent(false)") == []
    assert visited(serving, site, "") == [], "the choice is remembered"
    script = """
        var left = Object.keys(localStorage).concat(Object.keys(sessionStorage)).join();
        cherish.consent(true);
        cherish.track("forgotten", {left: left});
    """
    (forgotten,) = visited(serving, site, script)
    assert forgotten["properties"] == {"left": "cherish_consent"}
    assert forgotten["anonymous_id"] != known
