"""Signatures as the services document them: good ones, forged ones, old ones, several at a time."""

from __future__ import annotations

import base64
import hmac
from hashlib import sha256

import pytest

from cherish.collect.webhooks import BadSignature
from cherish.collect.webhooks.signatures import TOLERANCE, plain_secret, shopify, standard, standard_secret, stripe
from cherish.errors import QuestionError

NOW = 1_795_000_000.0
BODY = b'{"id":"evt_1","text":"gr\xc3\xbc\xc3\x9f"}'
SECRET = "whsec_5cRetofStripe5cRetofStripe5cRet"
KEY = base64.b64encode(b"a key of thirty-two random bytes").decode()


def stripes(body: bytes = BODY, at: int = int(NOW), secret: str = SECRET) -> str:
    """docs.stripe.com/webhooks/signature: HMAC-SHA256 of `timestamp.payload`, as hex."""
    return hmac.new(secret.encode(), f"{at}.".encode() + body, sha256).hexdigest()


def standards(body: bytes = BODY, at: int = int(NOW), id_: str = "msg_1", key: bytes = base64.b64decode(KEY)) -> str:
    """standardwebhooks.com, symmetric scheme: HMAC-SHA256 of `id.timestamp.payload`, as base64."""
    return base64.b64encode(hmac.new(key, f"{id_}.{at}.".encode() + body, sha256).digest()).decode()


def refused(code: str, verify: object, *given: object) -> None:
    with pytest.raises(BadSignature) as error:
        verify(*given)  # type: ignore[operator]
    assert error.value.code == code
    assert SECRET not in str(error.value)


# -- Stripe -------------------------------------------------------------------------------------------------------


def test_stripe_takes_its_own_also_beside_others() -> None:
    at = int(NOW)
    stripe(SECRET, {"stripe-signature": f"t={at},v1={stripes()}"}, BODY, NOW)
    two = f"t={at},v1={'0' * 64},v1={stripes()},v0={'1' * 64}"
    stripe(SECRET, {"stripe-signature": two}, BODY, NOW + TOLERANCE)
    stripe(SECRET, {"stripe-signature": f"t={at}, v1={stripes()}"}, BODY, NOW - TOLERANCE)


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("", "no_signature"),
        ("v1=" + stripes(), "no_signature"),
        (f"t=now,v1={stripes()}", "no_signature"),
        (f"t=-1,v1={stripes()}", "no_signature"),
        (f"t={'9' * 5000},v1={stripes()}", "no_signature"),
        (f"t={int(NOW)}", "bad_signature"),
        (f"t={int(NOW)},v0={stripes()}", "bad_signature"),
        (f"t={int(NOW)},v1={stripes(secret='whsec_another')}", "bad_signature"),
        (f"t={int(NOW)},v1={stripes(BODY + b' ')}", "bad_signature"),
        (f"t={int(NOW) + 1},v1={stripes()}", "bad_signature"),
        (f"t={int(NOW)},v1=grüß", "bad_signature"),
        (f"t={int(NOW) - TOLERANCE - 1},v1={stripes(at=int(NOW) - TOLERANCE - 1)}", "old_signature"),
        (f"t={int(NOW) + TOLERANCE + 1},v1={stripes(at=int(NOW) + TOLERANCE + 1)}", "old_signature"),
    ],
)
def test_stripe_refuses_what_is_not_provably_its(header: str, code: str) -> None:
    refused(code, stripe, SECRET, {"stripe-signature": header}, BODY, NOW)


# -- Shopify ------------------------------------------------------------------------------------------------------


def test_shopify_signs_the_body_alone() -> None:
    good = base64.b64encode(hmac.new(b"shopifys own secret", BODY, sha256).digest()).decode()
    shopify("shopifys own secret", {"x-shopify-hmac-sha256": good}, BODY, NOW)
    refused("bad_signature", shopify, "shopifys own secret", {"x-shopify-hmac-sha256": good}, BODY + b"\n", NOW)
    refused("bad_signature", shopify, "another", {"x-shopify-hmac-sha256": good}, BODY, NOW)
    refused("no_signature", shopify, "shopifys own secret", {}, BODY, NOW)


# -- Standard Webhooks --------------------------------------------------------------------------------------------


def heads(signature: str, id_: str = "msg_1", at: int = int(NOW)) -> dict[str, str]:
    return {"webhook-id": id_, "webhook-timestamp": str(at), "webhook-signature": signature}


def test_the_example_of_the_specification() -> None:
    """Secret, id, time, body and signature that the reference libraries test each other by."""
    secret, at = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", 1614265330
    signed = heads("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", "msg_p5jXN8AQM9LWM0D4loKWxJek", at)
    standard(secret, signed, b'{"test": 2432232314}', at)


@pytest.mark.parametrize("prefix", ["", "whsec_"])
def test_standard_takes_any_of_its_list(prefix: str) -> None:
    standard(prefix + KEY, heads(f"v1,{standards()}"), BODY, NOW)
    standard(prefix + KEY, heads(f"v1a,abc v1,{'A' * 43}= v1,{standards()}"), BODY, NOW)


def test_standard_refuses_another_id_time_body_version_or_key() -> None:
    good = f"v1,{standards()}"
    refused("bad_signature", standard, KEY, heads(good, "msg_2"), BODY, NOW)
    refused("bad_signature", standard, KEY, heads(good, at=int(NOW) + 1), BODY, NOW)
    refused("bad_signature", standard, KEY, heads(good), BODY + b" ", NOW)
    refused("bad_signature", standard, KEY, heads(good.replace("v1,", "v1a,")), BODY, NOW)
    refused("bad_signature", standard, base64.b64encode(b"x" * 32).decode(), heads(good), BODY, NOW)
    refused("old_signature", standard, KEY, heads(good), BODY, NOW + TOLERANCE + 1)
    refused("old_signature", standard, KEY, heads(good), BODY, NOW - TOLERANCE - 1)
    for missing in heads(good):
        given = {name: value for name, value in heads(good).items() if name != missing}
        refused("no_signature", standard, KEY, given, BODY, NOW)


# -- secrets ------------------------------------------------------------------------------------------------------


def test_a_secret_that_can_be_none_is_refused_without_being_said() -> None:
    for check, given in ((plain_secret, "abcdefg"), (standard_secret, "whsec_c2hvcnQ="), (standard_secret, "whsec_nö")):
        with pytest.raises(QuestionError) as error:
            check(given)
        assert given not in str(error.value)
    assert plain_secret(SECRET) == SECRET
    assert standard_secret("whsec_" + KEY) == "whsec_" + KEY
