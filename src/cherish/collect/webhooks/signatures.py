"""Signatures over raw bodies: HMAC-SHA256 in the forms of Stripe, Shopify and Standard Webhooks.

Compared in constant time, and every one that was sent is compared, so that how long it takes tells nothing.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Iterable, Mapping
from hashlib import sha256

from cherish.errors import InputError, QuestionError

TOLERANCE = 300
"""Seconds between the clock of the sender and ours; a body that was signed longer ago may be a replay."""

_LONGEST = 4_096
"""Characters of a header with signatures."""

_FEWEST_BYTES = 16
"""Bytes of a secret: a shorter one can be guessed."""


class BadSignature(InputError):
    """The body is not, or not provably, what the service sent; `code` is for machines."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def stripe(secret: str, headers: Mapping[str, str], body: bytes, now: float) -> None:
    """`Stripe-Signature: t=...,v1=...`, hex, over `t.body`; several v1 while a secret is being changed.

    Raises:
        BadSignature: it is missing, old, or another's.
    """
    pairs = [each.strip().partition("=") for each in _header(headers, "stripe-signature").split(",")]
    sent_at = next((value for name, _, value in pairs if name == "t"), "")
    _recent(sent_at, now)
    expected = hmac.new(secret.encode(), sent_at.encode() + b"." + body, sha256).hexdigest()
    _one_of(expected, [value for name, _, value in pairs if name == "v1"])


def shopify(secret: str, headers: Mapping[str, str], body: bytes, now: float) -> None:
    """`X-Shopify-Hmac-Sha256`, base64, over the body; it names no time.

    Raises:
        BadSignature: it is missing or another's.
    """
    expected = base64.b64encode(hmac.new(secret.encode(), body, sha256).digest()).decode()
    _one_of(expected, [_header(headers, "x-shopify-hmac-sha256").strip()])


def standard(secret: str, headers: Mapping[str, str], body: bytes, now: float) -> None:
    """`webhook-signature: v1,... v1,...`, base64, over `id.timestamp.body`; the secret is base64 behind `whsec_`.

    Raises:
        BadSignature: it is missing, old, or another's.
    """
    id_, sent_at = _header(headers, "webhook-id"), _header(headers, "webhook-timestamp")
    _recent(sent_at, now)
    signed = b".".join((id_.encode(), sent_at.encode(), body))
    expected = base64.b64encode(hmac.new(_key(secret), signed, sha256).digest()).decode()
    pairs = [each.partition(",") for each in _header(headers, "webhook-signature").split(" ")]
    _one_of(expected, [value for version, _, value in pairs if version == "v1"])


def plain_secret(secret: str) -> str:
    """A secret of Stripe or Shopify as it was pasted, checked.

    Raises:
        QuestionError: it is too short to be one.
    """
    if len(secret) < _FEWEST_BYTES:
        raise QuestionError(f"this secret is too short: it has fewer than {_FEWEST_BYTES} characters; copy all of it")
    return secret


def standard_secret(secret: str) -> str:
    """A secret of Standard Webhooks, checked.

    Raises:
        QuestionError: it is no base64, or too short.
    """
    try:
        key = _key(secret)
    except (binascii.Error, ValueError):
        raise QuestionError("this secret is not base64 (with or without whsec_ before it); copy all of it") from None
    if len(key) < _FEWEST_BYTES:
        raise QuestionError(f"this secret is too short: it holds {len(key)} bytes, and {_FEWEST_BYTES} are the least")
    return secret


def _key(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix("whsec_"), validate=True)


def _header(headers: Mapping[str, str], name: str) -> str:
    found = headers.get(name, "")
    if not found or len(found) > _LONGEST:
        raise BadSignature("no_signature", f"the header {name} is missing; only signed requests are taken here")
    return found


def _recent(sent_at: str, now: float) -> None:
    if not (sent_at.isascii() and sent_at.isdecimal() and len(sent_at) <= 12):
        raise BadSignature("no_signature", "the signature does not say when it was made")
    if abs(now - int(sent_at)) > TOLERANCE:
        message = f"it was signed more than {TOLERANCE} seconds ago by the clock of this server (or lies ahead of it)"
        raise BadSignature("old_signature", f"{message}; let the service send it anew, and check both clocks")


def _one_of(expected: str, given: Iterable[str]) -> None:
    # A list and not a generator: all are compared, whichever fits.
    if not any([hmac.compare_digest(expected.encode(), each.encode()) for each in given]):  # noqa: C419
        raise BadSignature("bad_signature", "the signature is not by this endpoint's secret; set the one that is")
