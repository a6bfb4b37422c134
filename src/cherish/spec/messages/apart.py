"""A batch that the decoder refuses, taken apart by its brackets: one item that is not JSON must not sink the others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from cherish.spec.messages.bounds import Limits
from cherish.spec.messages.reasons import Malformed
from cherish.spec.messages.sound import TOO_DEEP

_NEXT = re.compile(rb'[^"{}\[\],]*+(?:"(?:[^"\\]++|\\.)*+"[^"{}\[\],]*+)*+([{}\[\],])', re.DOTALL)
"""Up to the next bracket or comma, over whole texts."""

_BATCH = re.compile(rb'\s*"batch"\s*:\s*\[')
_CLOSED_BY = {b"{": b"}", b"[": b"]"}


@dataclass(frozen=True)
class Pieces:
    """The items of the batch, and the body with an empty list in their place."""

    items: list[bytes]
    rest: bytes


class _Mark(NamedTuple):
    """A bracket or comma: how many levels are open around it, and the stretch from the mark before to its end."""

    sign: bytes
    levels: int
    begin: int
    end: int


def apart(body: bytes, limits: Limits) -> Pieces | None:
    """The pieces of a batch request whose brackets match; None for any other body.

    Raises:
        Malformed: it is nested too deeply, or lists too many items.
    """
    items: list[bytes] = []
    first = last = start = 0
    for mark in _marks(body, limits):
        if mark.levels == 1 and _BATCH.fullmatch(body, mark.begin, mark.end):
            items, first, last, start = [], mark.end, 0, mark.end
        elif mark.levels == 2 and mark.sign in b",]" and first and not last:
            item = body[start : mark.end - 1].strip()
            if item or items or mark.sign == b",":
                items.append(item)
            if len(items) > limits.listed:
                raise Malformed("too_large", f"the body has more than {limits.listed:,} events; send fewer at once")
            start = mark.end
            if mark.sign == b"]":
                last = mark.end - 1
    return Pieces(items, body[:first] + body[last:]) if last else None


def _marks(body: bytes, limits: Limits) -> Iterator[_Mark]:
    """The marks outside of items, in order; they end early where brackets don't match."""
    closing: list[bytes] = []
    at = 0
    while found := _NEXT.match(body, at):
        sign, begin, at = found[1], at, found.end()
        if len(closing) <= 2:
            yield _Mark(sign, len(closing), begin, at)
        if sign in _CLOSED_BY:
            closing.append(_CLOSED_BY[sign])
        elif sign != b"," and (not closing or closing.pop() != sign):
            return
        if len(closing) > limits.body_depth:
            raise Malformed("too_deep", TOO_DEEP, at)
