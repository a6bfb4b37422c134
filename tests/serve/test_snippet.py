"""Our own script in a real browser: what it sends, what it keeps, and that it waits for consent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from serve.conftest import Serving
from serve.pages import CHROMIUM, seen
from serve.pages import site as site

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: apt-get install chromium")


def page(serving: Serving, script: str, tag: str = "", early: str = "") -> str:
    """A page with our script and one of the test's."""
    return (
        f"<!doctype html><title>Shop</title><script>{early}</script>"
        f'<script src="{serving.url}/c.js" data-key="{serving.key}" {tag}></script><script>{script}</script>'
    )


def visited(
    serving: Serving,
    site: tuple[Path, str],
    script: str,
    count: int,
    *,
    tag: str = "",
    early: str = "",
    query: str = "",
) -> list[dict[str, Any]]:
    """Open such a page; the events that came of it."""
    folder, address = site
    (folder / "index.html").write_text(page(serving, script, tag, early))
    (events,) = seen(serving, folder.parent / "profile", [f"{address}/index.html{query}"], [count])
    return events


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
    events = visited(serving, site, script, 6, query="?utm_source=mail&utm_campaign=spring&other=1")
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
    events = visited(serving, site, 'cherish.push(["track", "Late"])', 2, tag='data-page="no"', early=early)
    assert [(each["name"], each.get("properties")) for each in events] == [("Early", {"n": 1}), ("Late", None)]


@pytest.mark.parametrize(
    ("answer", "names"),
    [("", []), ("cherish.consent(false);", []), ("cherish.consent(true);", [None, "Asked", "After"])],
)
def test_nothing_is_kept_or_sent_before_consent(
    serving: Serving, site: tuple[Path, str], answer: str, names: list[str | None]
) -> None:
    script = f'cherish.track("Asked"); {answer} cherish.track("After");'
    events = visited(serving, site, script, len(names), tag='data-consent="required"')
    assert [each.get("name") for each in events] == names


def test_ids_outlive_the_tab_only_with_consent(serving: Serving, site: tuple[Path, str]) -> None:
    folder, address = site
    left = """
        var left = Object.keys(localStorage).concat(Object.keys(sessionStorage)).join();
        cherish.consent(true);
        cherish.track("forgotten", {left: left});
    """
    scripts = ("", "", "cherish.consent(true)", "", "cherish.consent(false)", "", left)
    for place, script in enumerate(scripts):
        (folder / f"{place}.html").write_text(page(serving, script))
    tabs = [f"{address}/{place}.html" for place in range(len(scripts))]
    one, other, given, after, withdrawn, remembered, again = seen(
        serving, folder.parent / "profile", tabs, (1, 1, 1, 1, 0, 0, 1)
    )
    ids = [{each["anonymous_id"] for each in events} for events in (one, other, given, after, again)]
    assert [len(each) for each in ids] == [1] * 5
    assert ids[0] != ids[1]
    assert ids[2] == ids[3]
    assert (withdrawn, remembered) == ([], []), "the choice is remembered"
    (forgotten,) = again
    assert forgotten["properties"] == {"left": "cherish_consent"}
    assert ids[4] != ids[2]
