"""Where clients put their write key: five places, looked at in one order; the first that holds anything counts."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from urllib.parse import unquote_plus

import msgspec

LONGEST = 128
"""Characters of what may be a key at all; longer is nobody's."""

IN_BODY = re.compile(rb'"writeKey"\s*:\s*"([^"\\]{1,128})"')


class _Envelope(msgspec.Struct):
    writeKey: str | None = None  # noqa: N815 - the name on the wire


_envelope = msgspec.json.Decoder(_Envelope)


def outside(headers: Mapping[str, str]) -> str | None:
    """The key of the places that come before the body: Basic's user, then `X-Write-Key` up to its colon."""
    return _basic(headers.get("authorization", "")) or _bare(headers.get("x-write-key"))


def behind(query: bytes, headers: Mapping[str, str]) -> str | None:
    """The key of the places that come after the body: the query, then a Bearer token."""
    kind, _, token = headers.get("authorization", "").partition(" ")
    return in_query(query) or (_bare(token) if kind.lower() == "bearer" else None)


def inside(body: bytes) -> str | None:
    """The key that the unpacked body names at its top.

    A body that the decoder refuses may still hold events that can be taken, so the key is then looked for as text.
    """
    if b'"writeKey"' not in body:
        return None
    try:
        found = _envelope.decode(body).writeKey
    except (msgspec.DecodeError, RecursionError):
        match = IN_BODY.search(body)
        found = match[1].decode("utf-8", "replace") if match else None
    return _bare(found)


def in_query(query: bytes) -> str | None:
    """The key of the query."""
    pairs = (each.partition(b"=") for each in query.split(b"&"))
    return _bare(next((unquote_plus(value.decode("latin-1")) for name, _, value in pairs if name == b"writeKey"), None))


def _basic(authorization: str) -> str | None:
    kind, _, given = authorization.partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        text = base64.b64decode(given.strip(), validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return None
    return _bare(text)


def _bare(given: str | None) -> str | None:
    """A key without what stands behind a colon: Jitsu writes `id:secret`, Basic `key:`."""
    key = (given or "").partition(":")[0].strip()
    return key if 0 < len(key) <= LONGEST else None
