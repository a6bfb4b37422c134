"""Bodies as they travel: gzip whether announced or not, deflate in both of its forms, and never more than a bound."""

from __future__ import annotations

import zlib

from cherish.spec.messages.bounds import Limits
from cherish.spec.messages.reasons import Malformed

_GZIP = b"\x1f\x8b"
_PLAIN = ("", "identity")
_GZIP_WINDOW, _ZLIB_WINDOW, _RAW_WINDOW = 31, 15, -15


def unpacked(body: bytes, encoding: str | None, limits: Limits) -> bytes:
    """The body as it was before it was compressed.

    Raises:
        Malformed: an unknown compression, a damaged or cut body, or one that is too large.
    """
    named = (encoding or "").strip().lower()
    if body[:2] == _GZIP:
        return _inflated(body, _GZIP_WINDOW, limits)
    if named == "deflate":
        return _inflated(body, _ZLIB_WINDOW if _has_zlib_header(body) else _RAW_WINDOW, limits)
    if named in ("gzip", "x-gzip"):
        # Proxies unpack a body and leave the header behind.
        if body.lstrip()[:1] != b"{":
            raise Malformed(
                "bad_compression", "the body is announced as gzip and is not; send it as it is announced", 0
            )
    elif named not in _PLAIN:
        raise Malformed("unknown_encoding", "this compression is not known; send gzip, deflate, or the plain body")
    _within("the body", len(body), limits.unpacked)
    return body


def _inflated(body: bytes, window: int, limits: Limits) -> bytes:
    _within("the compressed body", len(body), limits.packed)
    inflater = zlib.decompressobj(window)
    try:
        plain = inflater.decompress(body, limits.unpacked + 1)
    except zlib.error:
        raise Malformed("bad_compression", "the compressed body is damaged; send it again", None) from None
    _within("the body, once unpacked,", len(plain), limits.unpacked)
    if not inflater.eof:
        raise Malformed("bad_compression", "the compressed body was cut off; send it again", len(body))
    if inflater.unused_data:
        position = len(body) - len(inflater.unused_data)
        raise Malformed("bad_compression", "something follows the compressed body; send one stream", position)
    return plain


def _has_zlib_header(body: bytes) -> bool:
    return len(body) > 1 and body[0] & 15 == zlib.DEFLATED and int.from_bytes(body[:2], "big") % 31 == 0


def _within(what: str, size: int, allowed: int) -> None:
    if size > allowed:
        raise Malformed("too_large", f"{what} has more than {allowed:,} bytes; send fewer events in one request")
