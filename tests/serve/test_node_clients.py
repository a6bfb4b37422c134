"""The official Node and browser clients, unmodified; they are there after `npm install --prefix tests/serve/node`."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from serve.conftest import PATIENCE, Serving
from serve.pages import CHROMIUM, seen
from serve.pages import site as site

NODE = Path(__file__).with_name("node")
MODULES = NODE / "node_modules"


BESIDE = Path(sys.executable).with_name("node")
"""The Node that the extra `test` brings; systems may have one that is too old for the clients."""
NODE_ITSELF = str(BESIDE) if BESIDE.exists() else shutil.which("node")
pytestmark = pytest.mark.skipif(
    NODE_ITSELF is None or not MODULES.is_dir(), reason="no clients: make tests/serve/node/node_modules"
)
CALLS = {
    "segment": {"identify": 1, "page": 1, "group": 1, "alias": 1, "track": 120},
    "rudderstack": {"identify": 1, "page": 1, "group": 1, "alias": 1, "track": 120},
    "jitsu": {"identify": 1, "page": 1, "group": 1, "track": 120},
}


@pytest.mark.parametrize("client", CALLS)
def test_what_a_node_client_believes_it_delivered_is_held(serving: Serving, client: str) -> None:
    before = len(serving.lines())
    command = [str(NODE_ITSELF), str(NODE / "drive.mjs"), client, serving.url, serving.key]
    done = subprocess.run(command, capture_output=True, text=True, timeout=2 * PATIENCE, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == []
    events = serving.lines()[before:]
    assert Counter(each["type"] for each in events) == CALLS[client]
    seen = [each["properties"] for each in events if each["type"] == "track"]
    assert sorted(each["number"] for each in seen) == list(range(120))
    assert {each["text"] for each in seen} == {"grüß 🙂"}
    assert {each["user_id"] for each in events} == {"u1"}
    assert len({each["message_id"] for each in events}) == len(events)


SEGMENT = """
  var analytics = window.AnalyticsNext.AnalyticsBrowser.load({writeKey: "KEY", cdnURL: "ADDRESS"}, OPTIONS);
  analytics.page("Home"); analytics.identify("u1", {plan: "pro"}); analytics.group("acme");
  for (var number = 0; number < 12; number++) analytics.track("Seen", {number: number});
"""
RUDDERSTACK = """
  var analytics = new window.rudderanalytics.RudderAnalytics();
  analytics.load("KEY", "ADDRESS", {configUrl: "ADDRESS", OPTIONS});
  analytics.page("Home"); analytics.identify("u1", {plan: "pro"}); analytics.group("acme");
  for (var number = 0; number < 12; number++) analytics.track("Seen", {number: number});
"""
RUDDER = MODULES / "@rudderstack/analytics-js/dist/npm/legacy/bundled/umd/index.js"
NEXT = MODULES / "@segment/analytics-next/dist/umd"
BROWSERS = {
    "analytics.js": (NEXT / "index.js", SEGMENT.replace("OPTIONS", "{}")),
    "rudderstack": (RUDDER, RUDDERSTACK.replace("OPTIONS", "logLevel: 'ERROR'")),
    "rudderstack in batches": (
        RUDDER,
        RUDDERSTACK.replace("OPTIONS", "queueOptions: {batch: {enabled: true, flushInterval: 1000}}"),
    ),
    "rudderstack by beacon": (RUDDER, RUDDERSTACK.replace("OPTIONS", "useBeacon: true")),
    "analytics.js in batches": (
        NEXT / "index.js",
        SEGMENT.replace("OPTIONS", '{integrations: {"Segment.io": {deliveryStrategy: {strategy: "batching"}}}}'),
    ),
}


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: apt-get install chromium")
@pytest.mark.parametrize("client", BROWSERS)
def test_what_a_page_sends_by_a_vendors_client_is_held(serving: Serving, site: tuple[Path, str], client: str) -> None:
    folder, address = site
    bundle, script = BROWSERS[client]
    shutil.copytree(bundle.parent, folder / "bundle")
    script = script.replace("KEY", serving.key).replace("ADDRESS", serving.url)
    (folder / "index.html").write_text(
        f"<!doctype html><title>Shop</title><script src='bundle/{bundle.name}'></script><script>{script}</script>"
    )
    (events,) = seen(serving, folder.parent / "profile", [f"{address}/index.html"], [15])
    assert Counter(each["type"] for each in events) == {"page": 1, "identify": 1, "group": 1, "track": 12}
    assert sorted(each["properties"]["number"] for each in events if each["type"] == "track") == list(range(12))
    assert len({each["anonymous_id"] for each in events}) == 1
