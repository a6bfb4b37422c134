"""Signed webhooks at the door: what is proven is kept once, what is not is told why and changes nothing."""

from __future__ import annotations

import base64
import hmac
import json
import sqlite3
import stat
import time
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest

from cherish import db
from cherish.cli import main
from cherish.clock import system_clock
from cherish.db import journal as journals
from cherish.db.webhooks import Webhook, Webhooks
from cherish.load import Loader
from cherish.store.duckdb import DuckDBStore
from collect.webhooks.test_events import CHARGE, INTENT, ORDER, REFUND
from serve.conftest import Serving, Start

SECRET = "whsec_5cRetofStripe5cRetofStripe5cRet"
KEY = b"a key of thirty-two random bytes"
SECRETS = {"stripe": SECRET, "shopify": "shopifys own secret", "standard": base64.b64encode(KEY).decode()}


@pytest.fixture(scope="module")
def endpoints(serving: Serving) -> dict[str, Webhook]:
    with closing(db.open(serving.folder)) as state:
        return {kind: Webhooks(state).add(kind, secret) for kind, secret in SECRETS.items()}


def signed(kind: str, body: bytes, secret: str = SECRET, at: int | None = None, id_: str = "msg_1") -> dict[str, str]:
    """The headers that a service sends, by its documentation."""
    at = int(time.time()) if at is None else at
    if kind == "stripe":
        return {
            "Stripe-Signature": f"t={at},v1={hmac.new(secret.encode(), f'{at}.'.encode() + body, sha256).hexdigest()}"
        }
    if kind == "shopify":
        digest = hmac.new(SECRETS["shopify"].encode(), body, sha256).digest()
        return {"X-Shopify-Hmac-Sha256": base64.b64encode(digest).decode(), "X-Shopify-Topic": "orders/create"}
    digest = hmac.new(KEY, f"{id_}.{at}.".encode() + body, sha256).digest()
    return {
        "webhook-id": id_,
        "webhook-timestamp": str(at),
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }


def event(kind: str, about: dict[str, Any], number: str = "evt_1", **more: Any) -> bytes:
    body = {"id": number, "type": kind, "created": 1700000005, "livemode": True, "data": {"object": about, **more}}
    return json.dumps(body).encode()


def send(serving: Serving, endpoint: Webhook, body: bytes, headers: dict[str, str]) -> httpx.Response:
    return serving.http.post(f"/v1/webhooks/{endpoint.kind}/{endpoint.id}", content=body, headers=headers)


def of(serving: Serving, endpoint: Webhook) -> list[dict[str, Any]]:
    """The events of one endpoint that are in the journal, in order."""
    with closing(sqlite3.connect(f"file:{serving.folder}/journal-main.sqlite?mode=ro", uri=True)) as journal:
        rows = journal.execute("SELECT body FROM journal WHERE source = ? ORDER BY id", (endpoint.source,))
        return [json.loads(line) for row in rows for line in bytes(row[0]).splitlines()]


def test_a_signed_event_is_kept(serving: Serving, endpoints: dict[str, Webhook]) -> None:
    body = event("charge.succeeded", CHARGE)
    answer = send(serving, endpoints["stripe"], body, signed("stripe", body))
    assert (answer.status_code, answer.json()["accepted"]) == (200, 1)
    line = of(serving, endpoints["stripe"])[-1]
    assert (line["name"], line["message_id"], line["ts"]) == ("Order Completed", "order ch_1", 1700000000 * 10**6)
    assert line["properties"]["revenue"] == 12.5
    body = json.dumps(ORDER).encode()
    assert send(serving, endpoints["shopify"], body, signed("shopify", body)).json()["accepted"] == 1
    assert of(serving, endpoints["shopify"])[-1]["user_id"] == "jon@example.com"
    body = json.dumps({"type": "contact.created", "data": {"user_id": "u9", "price": 1.10}}).encode()
    assert send(serving, endpoints["standard"], body, signed("standard", body)).json()["accepted"] == 1
    assert of(serving, endpoints["standard"])[-1]["message_id"] == "msg_1"


@pytest.mark.parametrize("kind", SECRETS)
def test_what_is_not_proven_is_refused_before_it_is_read(
    serving: Serving, endpoints: dict[str, Webhook], kind: str
) -> None:
    before = len(of(serving, endpoints[kind]))
    body = event("charge.succeeded", CHARGE)
    good = signed(kind, body)
    for sent, headers, code in (
        (body, {}, "no_signature"),
        (body + b" ", good, "bad_signature"),
        (b"{", good, "bad_signature"),
        (b"[" * 100_000, good, "bad_signature"),
        (b"\xff\x00", good, "bad_signature"),
    ):
        answer = send(serving, endpoints[kind], sent, headers)
        assert (answer.status_code, answer.json()["code"]) == (401, code)
        assert SECRETS[kind] not in answer.text
    assert len(of(serving, endpoints[kind])) == before


def test_an_old_signature_is_a_replay(serving: Serving, endpoints: dict[str, Webhook]) -> None:
    body = event("charge.succeeded", CHARGE)
    for kind in ("stripe", "standard"):
        for at in (int(time.time()) - 310, int(time.time()) + 310):
            answer = send(serving, endpoints[kind], body, signed(kind, body, at=at))
            assert (answer.status_code, answer.json()["code"]) == (401, "old_signature")


def test_another_endpoints_signature_or_address_opens_nothing(serving: Serving, endpoints: dict[str, Webhook]) -> None:
    body = event("charge.succeeded", CHARGE)
    with closing(db.open(serving.folder)) as state:
        other = Webhooks(state).add("stripe", "whsec_of_another_endpoint", name="other")
    assert send(serving, other, body, signed("stripe", body)).json()["code"] == "bad_signature"
    for path in (
        f"stripe/{endpoints['shopify'].id}",
        "stripe/nobody",
        f"paddle/{other.id}",
        f"{other.id}/stripe",
        "stripe/%00",
        "stripe/%ff%fe",
        "stripe/" + "9" * 5_000,
    ):
        answer = serving.http.post(f"/v1/webhooks/{path}", content=body, headers=signed("stripe", body))
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_webhook")


def test_signed_nonsense_is_a_400_and_what_is_of_no_use_a_200(serving: Serving, endpoints: dict[str, Webhook]) -> None:
    stripe = endpoints["stripe"]
    for body, code in (
        (b"{", "not_json"), (b"[]", "not_an_object"), (b"[" * 100_000, "too_deep"), (b'"\xff"', "not_unicode"),
        (b"", "not_json"), (b'{"a":1e999}', "number_out_of_range"),
    ):  # fmt: skip
        answer = send(serving, stripe, body, signed("stripe", body))
        assert (answer.status_code, answer.json()["code"]) == (400, code)
    body = event("account.updated", {"id": "acct_1"})
    answer = send(serving, stripe, body, signed("stripe", body))
    assert (answer.status_code, answer.json()["accepted"]) == (200, 0)
    assert 'cherish_events_total{result="ignored"} 1' in serving.http.get("/metrics").text
    large = b" " * (2 * 2**20 + 1)
    assert send(serving, stripe, large, signed("stripe", large)).status_code == 413


def test_an_event_about_nobody_is_set_aside(serving: Serving, endpoints: dict[str, Webhook]) -> None:
    body = json.dumps({"type": "contact.created", "data": {}}).encode()
    answer = send(serving, endpoints["standard"], body, signed("standard", body))
    assert (answer.status_code, answer.json()["quarantined"]) == (200, 1)
    assert serving.refused()[-1][:2] == (endpoints["standard"].source, "missing_id")


def test_a_new_secret_holds_at_once_and_a_removed_endpoint_is_gone(serving: Serving) -> None:
    body = event("charge.succeeded", CHARGE)
    with closing(db.open(serving.folder)) as state:
        webhooks = Webhooks(state)
        own = webhooks.add("stripe", None, name="rotating")
        assert send(serving, own, body, signed("stripe", body)).json()["code"] == "no_secret"
        webhooks.set_secret(own.id, "whsec_the_first_secret")
        assert send(serving, own, body, signed("stripe", body, "whsec_the_first_secret")).status_code == 200
        webhooks.set_secret(own.id, "whsec_the_second_secret")
        assert send(serving, own, body, signed("stripe", body, "whsec_the_first_secret")).status_code == 401
        assert send(serving, own, body, signed("stripe", body, "whsec_the_second_secret")).status_code == 200
        assert webhooks.remove(own.id)
        assert send(serving, own, body, signed("stripe", body, "whsec_the_second_secret")).status_code == 404


def test_in_the_log_each_payment_counts_once_and_belongs_to_its_customer(collector: Start) -> None:
    serving = collector()
    with closing(db.open(serving.folder)) as state:
        stripe, shopify = (Webhooks(state).add(kind, SECRETS[kind]) for kind in ("stripe", "shopify"))
    subscription = {"id": "sub_1", "customer": "cus_1", "status": "active"}
    refund = {"amount_refunded": 500}
    for body in (
        event("customer.subscription.created", subscription, "evt_0"),
        event("charge.succeeded", CHARGE), event("payment_intent.succeeded", INTENT, "evt_2"),
        event("charge.refunded", {**CHARGE, **refund}, "evt_3", previous_attributes={"amount_refunded": 0}),
    ) * 2:  # fmt: skip
        assert send(serving, stripe, body, signed("stripe", body)).status_code == 200
    for topic, about in (("refunds/create", REFUND), ("orders/create", ORDER), ("orders/paid", ORDER)) * 2:
        body = json.dumps(about).encode()
        headers = signed("shopify", body) | {"X-Shopify-Topic": topic}
        assert send(serving, shopify, body, headers).status_code == 200
    serving.stop()
    store = DuckDBStore(serving.folder)
    with closing(db.open(serving.folder)) as state, closing(journals.open(state)) as journal:
        Loader(store, (journal,), state, system_clock).once()
    statement = (
        "SELECT customer, order_id, gross, refunded, orders.currency FROM orders JOIN customers USING (customer_id)"
    )
    rows = [tuple(str(value) for value in row.values()) for row in store.query(statement).to_pylist()]
    assert sorted(rows) == [
        ("anna@example.com", "ch_1", "12.5000", "-5.0000", "EUR"),
        ("jon@example.com", "820982911946154508", "388.0000", "-195.6700", "USD"),
    ]
    events = store.query("SELECT name, count(*) AS n FROM events GROUP BY 1 ORDER BY 1").to_pylist()
    assert {each["name"]: each["n"] for each in events} == {
        "Order Completed": 2, "Order Refunded": 2, "Subscription Started": 1,
    }  # fmt: skip
    owners = store.query("SELECT count(DISTINCT customer_id) AS n FROM events").to_pylist()
    assert owners == [{"n": 2}]


# -- the command --------------------------------------------------------------------------------------------------


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as left:
        main([str(word) for word in words])
    found = capsys.readouterr()
    return int(left.value.code or 0), found.out, found.err


def test_the_command_makes_an_address_and_never_shows_the_secret(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "workspace"
    with closing(db.open(folder)):
        pass
    assert stat.S_IMODE((folder / "state.sqlite").stat().st_mode) == 0o600
    (tmp_path / "secret").write_text(SECRET + "\n")
    here = ("--workspace", folder)
    given = ("--url", "https://e.example", "--secret-file", tmp_path / "secret", "--customer", "metadata.user_id")
    code, out, err = run(capsys, "webhook", "add", "stripe", *given, *here)
    assert code == 0
    assert "https://e.example/v1/webhooks/stripe/" in out
    assert "charge.refunded" in out
    assert "lies as it is" in err
    with closing(db.open(folder)) as state:
        (made,) = Webhooks(state).all()
    assert (made.secret, made.customer) == (SECRET, "metadata.user_id")
    assert SECRET not in out + err + repr(made)
    code, out, _ = run(capsys, "webhook", "add", "shopify", *here)
    assert (code, "takes nothing until it has its secret" in out) == (0, True)
    _, out, _ = run(capsys, "webhook", "list", *here)
    assert (SECRET in out, made.id in out, "missing" in out) == (False, True, True)
    assert run(capsys, "webhook", "secret", made.id, *here)[0] == 2
    (tmp_path / "secret").write_text("too short")
    assert run(capsys, "webhook", "secret", made.id, "--secret-file", tmp_path / "secret", *here)[0] == 2
    assert run(capsys, "webhook", "add", "strpe", *here)[0] == 2
    assert run(capsys, "webhook", "remove", made.id, *here)[0] == 0
    assert run(capsys, "webhook", "remove", made.id, *here)[0] == 2
    with closing(db.open(folder)) as state:
        assert [each.kind for each in Webhooks(state).all()] == ["shopify"]
    # With secure_delete nothing of it is left in the file, once its log is written back.
    with closing(db.open(folder)) as state:
        state.scrub()
    assert all(SECRET.encode() not in file.read_bytes() for file in folder.iterdir())
