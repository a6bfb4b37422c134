"""What browsers need: CORS on what any website may call and nowhere else, settings documents, our own script."""

from __future__ import annotations

import gzip
from typing import Any

import pytest

from cherish.errors import QuestionError
from cherish.serve.client_settings import origin
from cherish.serve.snippet import packed, script
from serve.conftest import Serving

ORIGIN = "https://shop.example"
WISHES = [
    "authorization",
    "authorization,x-retry-count",
    "anonymousid,authorization,content-type,sentat",
    "rsa-retry-attempt,rsa-retry-reason,rsa-since-first-attempt,rsa-since-last-attempt",
    "content-type,x-write-key,x-ip-policy,x-enable-debug",
    "content-type,content-encoding,x-strict-mode",
]
OPEN = ["/v1/batch", "/v1/t", "/v1/t/", "/api/s/s2s/track", "/beacon/v1/batch", "/sourceConfig/", "/v1/m",
        "/v1/projects/cabc/settings"]  # fmt: skip


@pytest.mark.parametrize("wish", WISHES)
@pytest.mark.parametrize("path", OPEN)
def test_a_preflight_is_granted_without_a_key(serving: Serving, path: str, wish: str) -> None:
    headers = {"Origin": ORIGIN, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": wish}
    answer = serving.http.options(path, headers=headers)
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert answer.headers["access-control-allow-credentials"] == "true"
    assert {"GET", "POST"} <= set(answer.headers["access-control-allow-methods"].split(", "))
    assert int(answer.headers["access-control-max-age"]) > 0
    allowed = {each.lower() for each in answer.headers["access-control-allow-headers"].split(", ")}
    assert set(wish.split(",")) <= allowed
    assert "*" not in allowed
    assert answer.headers["vary"] == "Origin"


@pytest.mark.parametrize(("key", "status"), [("right", 200), ("wrong", 401)])
def test_answers_and_errors_can_be_read_by_the_page_that_asked(serving: Serving, key: str, status: int) -> None:
    auth = (serving.key if key == "right" else "cwrong", "")
    answer = serving.post("/v1/t", {"event": "Seen", "anonymousId": "a"}, headers={"Origin": ORIGIN}, auth=auth)
    assert answer.status_code == status
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert answer.headers["access-control-expose-headers"] == "Retry-After"


@pytest.mark.parametrize("path", ["/v1/customers", "/v1/customers/u1", "/login/x", "/metrics", "/docs", "/v1/imports"])
def test_no_other_site_reads_what_is_for_people_who_logged_in(serving: Serving, path: str) -> None:
    for answer in (
        serving.http.get(path, headers={"Origin": ORIGIN}),
        serving.http.options(path, headers={"Origin": ORIGIN, "Access-Control-Request-Method": "GET"}),
    ):
        assert "access-control-allow-origin" not in answer.headers


def test_the_settings_of_analytics_js_lead_back_to_this_server(serving: Serving) -> None:
    answer = serving.http.get(f"/v1/projects/{serving.key}/settings", headers={"Origin": ORIGIN})
    assert answer.status_code == 200
    assert "max-age" in answer.headers["cache-control"]
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert answer.json()["integrations"]["Segment.io"] == {
        "apiKey": serving.key, "apiHost": f"127.0.0.1:{serving.port}/v1", "protocol": "http",
    }  # fmt: skip
    assert answer.json()["plan"] == {"track": {"__default": {"enabled": True}}}


@pytest.mark.parametrize(
    ("headers", "host", "protocol"),
    [
        ({"Host": "events.shop.example", "X-Forwarded-Proto": "https"}, "events.shop.example", "https"),
        ({"Host": "[::1]:8000", "X-Forwarded-Proto": "gopher"}, "[::1]:8000", "http"),
    ],
)
def test_the_settings_name_the_host_as_the_browser_knows_it(
    serving: Serving, headers: dict[str, str], host: str, protocol: str
) -> None:
    document = serving.http.get(f"/v1/projects/{serving.key}/settings", headers=headers).json()
    found = document["integrations"]["Segment.io"]
    assert (found["apiHost"], found["protocol"]) == (f"{host}/v1", protocol)


def test_a_host_that_is_none_is_refused(serving: Serving) -> None:
    answer = serving.http.get(f"/v1/projects/{serving.key}/settings", headers={"Host": "a/b?c"})
    assert answer.status_code == 400


def test_a_public_url_wins_over_what_the_request_says(small: Serving) -> None:
    document = small.http.get(f"/v1/projects/{small.key}/settings").json()
    found = document["integrations"]["Segment.io"]
    assert (found["apiHost"], found["protocol"]) == ("e.shop.example/v1", "https")


@pytest.mark.parametrize(
    "url", ["shop.example", "javascript:alert(1)", "https://", "https://a.example/b", 'http://a">']
)
def test_a_public_url_that_no_client_can_use_is_refused(url: str) -> None:
    with pytest.raises(QuestionError, match="--public-url"):
        origin(url)
    assert origin("https://e.shop.example:8443/") == "https://e.shop.example:8443"


@pytest.mark.parametrize("given", ["query", "Basic"])
def test_rudderstacks_source_configuration(serving: Serving, given: str) -> None:
    how: dict[str, Any] = {"params": {"writeKey": serving.key}} if given == "query" else {"auth": (serving.key, "")}
    answer = serving.http.get("/sourceConfig/", **how)
    assert answer.status_code == 200
    assert answer.json() == {"source": {"id": "website", "enabled": True, "config": {}, "destinations": []}}


@pytest.mark.parametrize("path", ["/v1/projects/cwrong/settings", "/sourceConfig/?writeKey=cwrong", "/sourceConfig/"])
def test_settings_of_an_unknown_key_are_refused(serving: Serving, path: str) -> None:
    answer = serving.http.get(path)
    assert answer.status_code == 401
    assert answer.json()["code"] == "unknown_key"


@pytest.mark.parametrize(
    ("path", "file"), [("/p.js", "p.js"), ("/analytics.js/v1/KEY/analytics.min.js", "analytics.min.js")]
)
def test_the_operators_copy_of_a_vendors_script(serving: Serving, path: str, file: str) -> None:
    path = path.replace("KEY", serving.key)
    missing = serving.http.get(path)
    assert missing.status_code == 404
    assert f"bundles/{file}" in missing.json()["message"]
    (serving.folder / "bundles").mkdir(exist_ok=True)
    (serving.folder / "bundles" / file).write_text("window.there = 1")
    there = serving.http.get(path)
    assert there.status_code == 200
    assert there.headers["content-type"].startswith("text/javascript")
    assert there.text == "window.there = 1"


def test_our_script_is_small_and_told_apart_by_its_content(serving: Serving) -> None:
    assert len(packed()) <= 3 * 1024
    assert gzip.decompress(packed()) == script()
    answer = serving.http.get("/c.js")
    assert answer.status_code == 200
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.content == script()
    plain = serving.http.get("/c.js", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == script()
    again = serving.http.get("/c.js", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    assert again.content == b""
