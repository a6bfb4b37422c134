"""A lot for every customer: a place of a hash of their own id, the same on every engine and in plain Python."""

from __future__ import annotations

import hashlib
from typing import Any

import ibis

DIGITS = 8
"""Digits of the md5 that are looked at: 4 thousand million places, shared out by remainder."""
_HEX = "0123456789abcdef"


def place(customer: Any, salt: str, of: int) -> Any:
    """The place, 0 to of - 1, of an expression of customers' own ids.

    Engines turn hexadecimal texts into numbers each in their own way; finding a digit among digits all do alike.
    """
    digest = (ibis.literal(f"{salt}:") + customer.fill_null("")).hexdigest("md5")
    number = ibis.literal(0, type="int64")
    for at in range(DIGITS):
        number = number * 16 + ibis.literal(_HEX).find(digest.substr(at, 1)).cast("int64")
    return number % of


def place_of(customer: str, salt: str, of: int) -> int:
    """The place of one customer."""
    digest = hashlib.md5(f"{salt}:{customer}".encode(), usedforsecurity=False).hexdigest()
    return int(digest[:DIGITS], 16) % of
