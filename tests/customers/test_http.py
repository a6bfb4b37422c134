"""The routes: a token that may read, the view and the search as JSON, refusals that name nobody."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import pytest
from litestar import Litestar
from litestar.datastructures import State
from litestar.testing import TestClient

from cherish import customers, db
from cherish.db.tokens import Tokens
from cherish.serve.customers import ROUTES
from cherish.serve.refusal import HANDLERS
from cherish.store.memory import memory
from customers.small import START, Clock, company, load, staged

STRANGE = ("http://id/1:2", "a/../b", "a//b/", "ü 🙂", "100%", "x?y=1", "o'hara;--")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient[Litestar]]:
    state = db.open(tmp_path_factory.mktemp("workspace"))
    store = company(memory(clock=Clock()))
    load(store, "strange", [staged("Page", START, key, source="strange") for key in STRANGE])
    parts = SimpleNamespace(store=store, tokens=Tokens(state), clock=lambda: datetime(2030, 1, 1, tzinfo=UTC))
    app = Litestar(ROUTES, state=State({"parts": parts}), exception_handlers=HANDLERS, logging_config=None)
    with TestClient(app) as found:
        found.headers["Authorization"] = f"Bearer {parts.tokens.new_token('read')}"
        yield found
    state.close()


def test_a_customer_is_the_view_of_the_library(client: TestClient[Litestar]) -> None:
    answer = client.get("/v1/customers/anna")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    expected = customers.view(client.app.state.parts.store, "anna", now=client.app.state.parts.clock()).to_json()
    assert answer.json() == json.loads(expected)


@pytest.mark.parametrize("key", STRANGE)
def test_a_key_is_taken_as_it_was_sent(client: TestClient[Litestar], key: str) -> None:
    answer = client.get(f"/v1/customers/{quote(key, safe='')}", params={"parts": "identifiers"})
    assert (answer.status_code, answer.json().get("customer")) == (200, key)


def test_parts_pages_and_filters(client: TestClient[Litestar]) -> None:
    wanted: dict[str, Any] = {
        "parts": "timeline",
        "event": ["Page", "Order Completed"],
        "type": ["track", "page"],
        "limit": "4",
    }
    first = client.get("/v1/customers/anna", params=wanted).json()
    assert set(first) & set(customers.PARTS) == {"timeline"}
    assert [each["name"] for each in first["timeline"]["events"]] == ["Order Completed"] * 4
    last = client.get("/v1/customers/anna", params=wanted | {"after": first["timeline"]["after"]}).json()
    assert ([each["name"] for each in last["timeline"]["events"]], last["timeline"]["after"]) == (
        ["Page", "Page"],
        None,
    )
    days = {"parts": "timeline", "since": "2024-03-31", "until": "2024-03-31"}
    assert len(client.get("/v1/customers/anna", params=days).json()["timeline"]["events"]) == 1
    found = client.get(
        "/v1/customers/anna", params={"parts": "measures", "measures": "recency|rfm", "as_of": "2024-04-01"}
    )
    recency, rfm = found.json()["measures"]
    assert (recency["value"], rfm["name"]) == (1, "rfm")
    assert found.json()["as_of"] == "2024-03-31T22:00:00Z"


def test_the_search_is_the_one_of_the_library(client: TestClient[Litestar]) -> None:
    answer = client.get("/v1/customers", params={"q": "example.com", "limit": "1"})
    assert (answer.status_code, answer.json()["count"]) == (200, 2)
    assert [each["customer"] for each in answer.json()["matches"]] == ["anna"]
    behind = client.get("/v1/customers", params={"q": "example.com", "after": answer.json()["after"]})
    assert [each["customer"] for each in behind.json()["matches"]] == ["cleo"]


def test_nobody_is_404_with_a_hint_and_without_the_key(client: TestClient[Litestar]) -> None:
    answer = client.get("/v1/customers/somebody@example.com")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_customer")
    assert "GET /v1/customers?q=WORDS" in answer.json()["message"]
    assert "somebody" not in answer.text


@pytest.mark.parametrize("header", [None, "", "Bearer ", "Bearer nobody", "Basic YTo=", "nonsense"])
@pytest.mark.parametrize("path", ["/v1/customers?q=anna", "/v1/customers/anna", "/v1/customers/nobody"])
def test_without_a_token_nothing_is_said(
    client: TestClient[Litestar], monkeypatch: pytest.MonkeyPatch, path: str, header: str | None
) -> None:
    monkeypatch.delitem(client.headers, "Authorization")
    answer = client.get(path, headers={} if header is None else {"Authorization": header})
    assert (answer.status_code, answer.json()["success"]) == (401, False)
    assert "anna" not in answer.text


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/v1/customers", "say what to look for"),
        ("/v1/customers?q=a&limit=x", "limit: write a whole number"),
        ("/v1/customers?q=a&limit=99999999999999999999", "limit=999999999: ask for 1 to 200"),
        ("/v1/customers?q=a&after=%F0", "this cursor is none"),
        ("/v1/customers/anna?parts=secrets", "no part of a view is called 'secrets'"),
        ("/v1/customers/anna?measures=nothing", "no measure is called 'nothing'"),
        ("/v1/customers/anna?since=yesterday", "since: write a date"),
        ("/v1/customers/anna?limit=0", "limit=0"),
        ("/v1/customers/anna?as_of=soon", "as_of='soon'"),
        ("/v1/customers/anna?after=x", "this cursor is none"),
    ],
)
def test_what_cannot_be_read_is_400(client: TestClient[Litestar], path: str, message: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 400
    assert message in answer.json()["message"]
