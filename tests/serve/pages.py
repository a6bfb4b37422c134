"""Pages of a website of another origin, opened in a real Chromium, and the events that the server holds of each."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator, Sequence
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from serve.conftest import PATIENCE, Serving

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
QUIET = 2.0
"""Seconds without another event after which a page has sent all that it will by itself: scripts wait one second."""


class Quiet(SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, *arguments: Any) -> None:
        pass


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A website of another origin than the server's: its folder and its address."""
    folder = tmp_path / "site"
    folder.mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield folder, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def seen(
    serving: Serving, profile: Path, addresses: Sequence[str], counts: Sequence[int]
) -> list[list[dict[str, Any]]]:
    """Open the addresses one after another, each in a tab of its own, and wait for so many events of each."""
    from playwright.sync_api import sync_playwright

    found = []
    with sync_playwright() as driver:
        browser = driver.chromium.launch_persistent_context(
            profile, executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        for address, count in zip(addresses, counts, strict=True):
            before = len(serving.lines())
            page = browser.new_page()
            page.goto(address)
            events = _arrived(serving, before, count, patience=QUIET)
            # What a script has kept back goes out when the page is left.
            if not events or len(events) < count:
                page.goto("about:blank")
                events = _arrived(serving, before, count, patience=PATIENCE)
            found.append(events)
            page.close()
        browser.close()
    return found


def _arrived(serving: Serving, before: int, count: int, patience: float) -> list[dict[str, Any]]:
    """The events after the first `before`: so many or those of `patience` seconds, and whatever follows at once."""
    start = changed = time.monotonic()
    events: list[dict[str, Any]] = []
    while (waited := time.monotonic() - start) < PATIENCE:
        now = serving.lines()[before:]
        if len(now) != len(events):
            events, changed = now, time.monotonic()
        if (len(events) >= count or waited >= patience) and time.monotonic() >= changed + QUIET:
            break
        time.sleep(0.05)
    return events
