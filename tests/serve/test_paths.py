"""Every path and form of protocols by which the Segment family sends events; what arrives lies in the journal."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from typing import Any
from uuid import uuid4

import pytest

from cherish.serve.events import BATCH, KINDS, paths
from serve.conftest import Serving

OWN = {
    "identify": {"traits": {"plan": "pro"}},
    "track": {"event": "Order Completed", "properties": {"revenue": 12.5}},
    "page": {"name": "Home", "properties": {"path": "/"}},
    "screen": {"name": "Start"},
    "group": {"groupId": "acme", "traits": {"plan": "pro"}},
    "alias": {"previousId": "an1"},
}
SINGLE = [(kind, path) for kind in KINDS for path in paths(kind)]


def event(kind: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "userId": "u1", "messageId": str(uuid4()), **OWN[kind], **more}


def found(serving: Serving, message_id: str) -> dict[str, Any]:
    """The one line with this message id."""
    lines = [line for line in serving.lines() if line["message_id"] == message_id]
    assert len(lines) == 1, f"{len(lines)} lines"
    return lines[0]


def test_the_paths_are_those_that_clients_use() -> None:
    assert set(BATCH) == {"/v1/batch", "/v1/b", "/v1/import", "/beacon/v1/batch"}
    assert {path for _, path in SINGLE} == {
        *(f"/v1/{name}" for name in ("identify", "track", "page", "screen", "group", "alias")),
        *(f"/v1/{letter}" for letter in "itpsga"),
        *(f"/api/s/{name}" for name in ("identify", "track", "page", "group")),
        *(f"/api/s/s2s/{name}" for name in ("identify", "track", "page", "group")),
    }


@pytest.mark.parametrize(("kind", "path"), SINGLE)
@pytest.mark.parametrize("slash", ["", "/"])
def test_a_single_event_is_kept_under_the_type_of_its_path(serving: Serving, kind: str, path: str, slash: str) -> None:
    sent = event(kind)
    del sent["type"]
    answer = serving.post(path + slash, sent)
    assert answer.status_code == 200
    assert answer.json() == {
        "success": True, "ok": True, "status": 1, "accepted": 1, "quarantined": 0, "reasons": [],
    }  # fmt: skip
    line = found(serving, sent["messageId"])
    assert line["type"] == kind
    assert line["user_id"] == "u1"
    assert line.get("name") == sent.get("event", sent.get("name"))


@pytest.mark.parametrize("path", BATCH)
def test_a_batch_is_kept_whole_and_in_order(serving: Serving, path: str) -> None:
    sent = [event(kind) for kind in KINDS]
    answer = serving.post(path, {"batch": sent})
    assert answer.json()["accepted"] == len(KINDS)
    ids = [each["messageId"] for each in sent]
    assert [line["message_id"] for line in serving.lines() if line["message_id"] in ids] == ids


FORMS: dict[str, tuple[Any, dict[str, str]]] = {
    "gzip": (gzip.compress, {"Content-Encoding": "gzip"}),
    "gzip that nobody announced": (gzip.compress, {"Content-Type": "text/plain"}),
    "gzip labelled as a form": (gzip.compress, {"Content-Type": "application/x-www-form-urlencoded"}),
    "deflate": (zlib.compress, {"Content-Encoding": "deflate"}),
    "JSON labelled as a form": (bytes, {"Content-Type": "application/x-www-form-urlencoded"}),
    "JSON labelled as text": (bytes, {"Content-Type": "text/plain;charset=UTF-8"}),
    "JSON labelled as nonsense": (bytes, {"Content-Type": "a/b/c; d"}),
    "JSON without a label": (bytes, {}),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_body_is_understood(serving: Serving, form: str) -> None:
    pack, headers = FORMS[form]
    sent = event("track", properties={"text": "grüß 🙂 مرحبا", "number": 2**53 - 1})
    answer = serving.post("/v1/batch", pack(json.dumps({"batch": [sent]}).encode()), headers=headers)
    assert answer.status_code == 200, answer.text
    assert found(serving, sent["messageId"])["properties"] == sent["properties"]


def basic(text: str) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(text.encode()).decode()}"}


def places(key: str) -> dict[str, tuple[dict[str, str], dict[str, str], dict[str, str]]]:
    """Headers, query and what stands in the body, for each of the five places."""
    return {
        "Basic": (basic(f"{key}:"), {}, {}),
        "X-Write-Key": ({"X-Write-Key": key}, {}, {}),
        "X-Write-Key with a secret": ({"X-Write-Key": f"{key}:secret"}, {}, {"writeKey": f"{key}:***"}),
        "body": ({}, {}, {"writeKey": key}),
        "query": ({}, {"writeKey": key}, {}),
        "Bearer": ({"Authorization": f"Bearer {key}"}, {}, {}),
        "Bearer of another kind, key in the body": ({"Authorization": "Bearer oauth"}, {}, {"writeKey": key}),
    }


@pytest.mark.parametrize("place", places(""))
def test_the_key_is_found_in_each_place_and_an_unknown_one_is_refused_there(serving: Serving, place: str) -> None:
    sent = event("track")
    headers, query, body = places(serving.key)[place]
    good = serving.post("/v1/batch", {"batch": [sent], **body}, auth=None, headers=headers, params=query)
    assert good.status_code == 200, good.text
    assert found(serving, sent["messageId"])["name"] == "Order Completed"

    other = event("track")
    headers, query, body = places("cnobodyhasthiskeyatall000")[place]
    bad = serving.post("/v1/batch", {"batch": [other], **body}, auth=None, headers=headers, params=query)
    assert bad.status_code == 401
    assert bad.json()["code"] == "unknown_key"
    assert not [line for line in serving.lines() if line["message_id"] == other["messageId"]]


def test_the_places_are_looked_at_in_their_order(serving: Serving) -> None:
    wrong = "cnobodyhasthiskeyatall000"
    order = [
        (basic(f"{wrong}:"), {}, {}),
        ({"X-Write-Key": wrong}, {}, {}),
        ({}, {}, {"writeKey": wrong}),
        ({}, {"writeKey": wrong}, {}),
    ]
    right = [
        ({"X-Write-Key": serving.key}, {}, {}),
        ({}, {}, {"writeKey": serving.key}),
        ({}, {"writeKey": serving.key}, {}),
        ({"Authorization": f"Bearer {serving.key}"}, {}, {}),
    ]
    for (headers, query, body), (later_headers, later_query, later_body) in zip(order, right, strict=True):
        answer = serving.post(
            "/v1/t", {**event("track"), **later_body, **body}, auth=None,
            headers={**later_headers, **headers}, params={**later_query, **query},
        )  # fmt: skip
        assert answer.status_code == 401, (headers, query, body)


def test_without_any_key_nothing_is_kept(serving: Serving) -> None:
    sent = event("track")
    answer = serving.post("/v1/t", sent, auth=None)
    assert answer.status_code == 401
    assert answer.json()["code"] == "no_key"
    assert not [line for line in serving.lines() if line["message_id"] == sent["messageId"]]


def test_a_key_in_a_body_that_the_decoder_refuses_is_still_found(serving: Serving) -> None:
    sent = event("track", properties={"cut": "CUT"})
    body = json.dumps({"batch": [sent, event("track")], "writeKey": serving.key}).replace("CUT", "\\ud83d").encode()
    answer = serving.post("/v1/b", body, auth=None)
    assert answer.status_code == 200, answer.text
    assert answer.json()["accepted"] + answer.json()["quarantined"] == 2
    assert answer.json()["accepted"] >= 1


def test_client_metrics_are_answered_and_not_kept(serving: Serving) -> None:
    before = len(serving.lines())
    answer = serving.post("/v1/m", {"series": [{"metric": "analytics_js.invoke", "value": 1}]}, auth=None)
    assert answer.status_code == 200
    assert answer.json()["success"] is True
    assert len(serving.lines()) == before
