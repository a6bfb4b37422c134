"""The page in a real browser: nothing is requested, it fits a phone, dark is dark, folds open without a script."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cherish.story import page
from cherish.story.telling import tell
from logs import event, log_of

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: apt-get install chromium")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--hide-scrollbars", "--disable-dev-shm-usage",
    "--allow-file-access-from-files",
)  # fmt: skip
HARNESS = """<!doctype html><meta charset="utf-8"><title>harness</title>
<iframe id="f" style="border:0;width:{width}px;height:900px" src="{page}"></iframe><pre id="out">none</pre>
<script>
document.getElementById("f").addEventListener("load", event => {{
  const inside = event.target.contentDocument, root = inside.documentElement, view = event.target.contentWindow;
  const folded = "svg, .scroll, .skip, details:not([open]) > *:not(summary)";
  const wide = [...inside.querySelectorAll("body *")].filter(each => !each.closest(folded))
    .filter(each => each.getBoundingClientRect().right > root.clientWidth + 1).map(each => each.outerHTML.slice(0, 80));
  const shown = [...inside.querySelectorAll(".chart svg")].filter(each => each.getBoundingClientRect().width > 0);
  const chart = shown[0];
  const scales = shown.map(each => each.getBoundingClientRect().width / each.viewBox.baseVal.width);
  const cut = shown.flatMap(each => [...each.querySelectorAll("text")].filter(text => {{
    const box = text.getBoundingClientRect(), card = each.closest(".panel").getBoundingClientRect();
    return box.width > 0 && (box.left < card.left || box.right > card.right);
  }})).map(text => text.textContent);
  const folds = [...inside.querySelectorAll("details")]; folds[0].querySelector("summary").click();
  document.getElementById("out").textContent = JSON.stringify({{
    scroll: root.scrollWidth, client: root.clientWidth, wide, open: folds[0].open, height: root.scrollHeight,
    ground: view.getComputedStyle(inside.body).backgroundColor, ink: view.getComputedStyle(inside.body).color,
    charts: shown.length, panels: inside.querySelectorAll("figure").length, scales, cut,
    chart: chart ? chart.getBoundingClientRect().width : 0,
    bar: chart ? view.getComputedStyle([...chart.querySelectorAll("[fill^='var']")][0]).fill : "",
    loaded: view.performance.getEntriesByType("resource").length,
  }});
}});
</script>"""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = [
        event(f"c{who}", "Order Completed", datetime(2024, 1, 1) + timedelta(days=who % 40 + 5 * turn),
              order_id=f"{who}-{turn}", value=who + 1, currency="EUR")
        for who in range(60)
        for turn in range(1 + who % 5)
    ]  # fmt: skip
    path = tmp_path_factory.mktemp("browser") / "report.html"
    page.write(tell(log_of(rows), "sixty customers of a rather long name"), path)
    return path


def chromium(tmp_path: Path, *arguments: str) -> str:
    command = [str(CHROMIUM), *FLAGS, f"--user-data-dir={tmp_path / 'profile'}", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.stdout


def measured(report: Path, tmp_path: Path, width: int, *arguments: str) -> dict[str, Any]:
    harness = tmp_path / "harness.html"
    harness.write_text(HARNESS.format(width=width, page=report.as_uri()))
    dom = chromium(tmp_path, *arguments, "--virtual-time-budget=4000", "--dump-dom", harness.as_uri())
    found = re.search(r'<pre id="out">(.*?)</pre>', dom, re.S)
    assert found, dom[:500]
    return dict(json.loads(found[1].replace("&amp;", "&").replace("&gt;", ">")))


@pytest.mark.parametrize(("width", "dark"), [(390, True), (1280, False)])
def test_it_fits_and_follows_the_readers_light(report: Path, tmp_path: Path, width: int, dark: bool) -> None:
    found = measured(report, tmp_path, width, *(["--blink-settings=preferredColorScheme=0"] if dark else []))
    assert found["scroll"] <= found["client"] == width
    assert found["wide"] == []
    assert found["open"] is True
    assert found["loaded"] == 0
    assert found["ground"] == ("rgb(22, 19, 16)" if dark else "rgb(251, 248, 243)")
    assert found["bar"].startswith("rgb(")
    assert found["bar"] != "rgb(0, 0, 0)"
    assert 250 < found["chart"] < width
    # Each picture is drawn twice; the one that fits is shown, so that its letters keep their size on a phone.
    assert found["charts"] == found["panels"] > 3
    assert all(0.9 < scale < 1.15 for scale in found["scales"])
    assert found["cut"] == []


def test_it_requests_nothing(report: Path, tmp_path: Path) -> None:
    log, picture = tmp_path / "net.json", tmp_path / "page.png"
    chromium(tmp_path, f"--log-net-log={log}", f"--screenshot={picture}", "--window-size=1280,1600", report.as_uri())
    assert picture.stat().st_size > 20_000
    text = log.read_text(errors="replace")
    asked = {url for url in re.findall(r'"url":"([^"]+)"', text) if url.startswith(("http", "ws", "ftp"))}
    own = {url for url in asked if "google" in url or "gstatic" in url}
    # What the browser asks for on its own account is not the page's doing.
    assert asked - own == set()
