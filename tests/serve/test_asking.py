"""Reports and measures over HTTP: what `--json` prints, small cells hidden from who may only view, refusals as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from litestar import Litestar
from litestar.datastructures import State
from litestar.testing import TestClient

from cherish import db
from cherish.answer import Query, answer
from cherish.db.tokens import Tokens
from cherish.serve import asking
from cherish.serve.customers import ROUTES as CUSTOMERS
from cherish.serve.refusal import HANDLERS
from cherish.store.memory import memory
from customers.small import START, Clock, company, load, staged

NOW = datetime(2030, 1, 1, tzinfo=UTC)

Client = TestClient[Litestar]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    state = db.open(tmp_path_factory.mktemp("workspace"))
    store = company(memory(clock=Clock()))
    many = [staged("Page", START + timedelta(days=number % 3), f"c{number}", source="web") for number in range(30)]
    load(store, "many", many)
    parts = SimpleNamespace(store=store, tokens=Tokens(state), clock=lambda: NOW)
    app = Litestar(
        [*asking.ROUTES, *CUSTOMERS], state=State({"parts": parts}), exception_handlers=HANDLERS, logging_config=None
    )
    with TestClient(app) as found:
        yield found
    state.close()


def holder(client: Client, scope: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {client.app.state.parts.tokens.new_token(scope)}"}


@pytest.mark.parametrize(
    "url",
    ["reports/actives", "reports/retention?unit=week", "measures/recency", "measures/tenure?by=plan",
     "measures/active_days?over=10d", "reports/actives?where=name%3DPage&where=source%3Dweb&limit=3"],
)  # fmt: skip
def test_an_answer_is_what_the_command_line_prints(client: Client, url: str) -> None:
    found = client.get(f"/v1/{url}", headers=holder(client, "read"))
    assert (found.status_code, found.headers["cache-control"]) == (200, "no-store"), found.text
    assert found.headers["content-type"].startswith("application/json")
    query = Query.from_url(url.replace("reports/", "report/").replace("measures/", "measure/"))
    assert found.text == answer(client.app.state.parts.store, query, NOW).to_json()


def test_what_rests_on_few_is_hidden_from_who_may_only_view(client: Client) -> None:
    url = "/v1/reports/retention?unit=day"
    whole = client.get(url, headers=holder(client, "read")).json()
    viewed = client.get(url, headers=holder(client, "view")).json()
    expected = answer(client.app.state.parts.store, Query.from_url("report/retention?unit=day"), NOW).shared()
    assert viewed == json.loads(expected.to_json())
    assert viewed != whole
    assert any(note.startswith("hidden:") for note in viewed["notes"])


def test_who_may_only_view_sees_no_customer(client: Client) -> None:
    headers = holder(client, "view")
    refused = client.get("/v1/measures/recency", headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (422, "unsupported")
    assert client.get("/v1/customers/anna", headers=headers).status_code == 403
    assert client.get("/v1/customers", params={"q": "anna"}, headers=headers).status_code == 403


@pytest.mark.parametrize("url", ["/v1/reports/actives", "/v1/measures/recency", "/v1/reports/nothing"])
@pytest.mark.parametrize("authorization", ["", "Bearer cherish_nobody", "Bearer " + "c" * 25, "Basic Y2FiYzo="])
def test_nobody_else_is_answered(client: Client, url: str, authorization: str) -> None:
    found = client.get(url, headers={"Authorization": authorization} if authorization else {})
    assert found.status_code == 401
    assert found.json()["code"] in ("no_token", "unknown_token")


@pytest.mark.parametrize(
    ("url", "status", "code"),
    [("reports/nothing", 404, "unknown_report"), ("measures/actives", 404, "unknown_measure"),
     ("reports/actives?nothing=1", 400, "question_error"), ("reports/actives?limit=0", 400, "question_error"),
     ("reports/actives?as_of=yesterday", 400, "question_error"), ("reports/%00", 404, "unknown_report"),
     ("reports/retention?unit=century", 400, "question_error"), ("measures/recency?by=nothing", 400, "question_error"),
     ("reports/actives?among=/etc/passwd", 400, "question_error"),
     ("reports/funnel?steps=Page", 400, "question_error"), ("reports/survey", 422, "unanswerable")],
)  # fmt: skip
def test_a_question_that_can_not_be_asked_is_refused_with_its_reason(
    client: Client, url: str, status: int, code: str
) -> None:
    found = client.get(f"/v1/{url}", headers=holder(client, "read"))
    assert (found.status_code, found.json()["code"]) == (status, code), found.text
    assert found.json()["message"]


def test_too_many_questions_at_one_time_come_again(client: Client) -> None:
    turns = [asking._turns.acquire(blocking=False) for _ in range(asking.AT_ONE_TIME)]
    try:
        assert all(turns)
        found = client.get("/v1/reports/actives", headers=holder(client, "read"))
        assert (found.status_code, found.json()["code"], found.headers["retry-after"]) == (503, "overloaded", "1")
    finally:
        for _ in turns:
            asking._turns.release()
    assert client.get("/v1/reports/actives", headers=holder(client, "read")).status_code == 200


def test_an_answer_that_takes_too_long_is_stopped(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "SECONDS", 0.2)
    endless = "SELECT count(*) FROM range(10_000_000) AS a(i), range(10_000_000) AS b(j) WHERE i * j % 7 = 3"
    monkeypatch.setattr(asking, "answer", lambda log, *_: log.query(endless))
    found = client.get("/v1/reports/actives", headers=holder(client, "read"))
    assert (found.status_code, found.json()["code"]) == (422, "too_long")


def test_a_table_too_long_to_send_is_refused(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "ROWS", 5)
    found = client.get("/v1/measures/recency", headers=holder(client, "read"))
    assert (found.status_code, found.json()["code"]) == (422, "unanswerable")
    assert client.get("/v1/measures/recency?limit=5", headers=holder(client, "read")).status_code == 200
