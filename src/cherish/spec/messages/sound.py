"""JSON that every later reader reads alike: no key twice, no text that is not Unicode, no depth that breaks a parser.

An event is parsed here and nowhere after: what is written of it comes from the parsed value, with numbers as exact as
they came.
"""

from __future__ import annotations

import re
from decimal import MAX_PREC, MIN_EMIN, Context, InvalidOperation, Overflow
from typing import Any

import msgspec

from cherish.spec.messages.bounds import Limits
from cherish.spec.messages.reasons import Malformed, Refused

Object = dict[str, Any]
"""A JSON object, decoded; a number with a point is a Decimal."""

TOO_DEEP = "the body is nested more deeply than any client sends; send flat objects"

_LARGEST_EXPONENT = 308
_NUMBERS = Context(prec=MAX_PREC, Emax=_LARGEST_EXPONENT, Emin=MIN_EMIN, traps=[InvalidOperation, Overflow])
"""Keeps every digit, and refuses what is infinite as a double."""

_DECODER = msgspec.json.Decoder(float_hook=_NUMBERS.create_decimal)
_SHORTEST_FIELD = len('"a":1,')
_HALVES = re.compile(
    rb"\\[^u]|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
)


def sound(text: bytes, limits: Limits) -> Object:
    """The value of one object; of a key that is there twice the last one counts.

    Raises:
        Refused: it is not JSON, not an object, or holds what some reader would choke on.
        Malformed: it is nested so deeply that no client can have sent it.
    """
    value = decoded(text)
    if not isinstance(value, dict):
        raise Refused("not_an_object", "this is not an object; send one JSON object for each event")
    if text.count(b"{") + (text.count(b"[") if b"[" in text else 0) > limits.depth:
        _within_depth(value, limits)
    if len(text) > limits.keys * _SHORTEST_FIELD:
        _within_keys(value, limits)
    return value


def decoded(text: bytes) -> Any:
    """The value of a JSON text, its numbers exact.

    Raises:
        Refused: it is not JSON, or no reader could hold it.
        Malformed: it is nested too deeply to be decoded.
    """
    try:
        return _DECODER.decode(text)
    except (msgspec.ValidationError, ArithmeticError):
        raise Refused("number_out_of_range", "a number is too large for any reader; send it as text") from None
    except RecursionError:
        raise Malformed("too_deep", TOO_DEEP) from None
    except UnicodeDecodeError:
        raise Refused("not_unicode", "there are bytes that are not UTF-8; send UTF-8") from None
    except msgspec.DecodeError as error:
        if cut_emoji(text):
            raise Refused("not_unicode", "a text ends in half of an emoji; cut texts between characters") from None
        raise Refused("not_json", f"{error}; send JSON") from None


def cut_emoji(text: bytes) -> bool:
    """Whether half of a surrogate pair, as browsers send it for a cut emoji, is all that keeps this from being JSON."""
    mended = _HALVES.sub(lambda found: rb"\ufffd" if found[1] else found[0], text)
    try:
        _DECODER.decode(mended)
    except (msgspec.MsgspecError, ValueError, ArithmeticError, RecursionError):
        return False
    return mended != text


def _within_depth(value: Object, limits: Limits) -> None:
    # Level by level, so that a hostile depth can't exhaust the stack.
    layer: list[Any] = [value]
    levels = 0
    while layer:
        levels += 1
        if levels > limits.body_depth:
            raise Malformed("too_deep", TOO_DEEP)
        layer = _inside(layer)
    if levels > limits.depth + 1:
        raise Refused("too_deep", f"there are more than {limits.depth} levels of objects and lists; send it flatter")


def _within_keys(value: Object, limits: Limits) -> None:
    layer: list[Any] = [value]
    while layer:
        most = max((len(each) for each in layer if isinstance(each, dict)), default=0)
        if most > limits.keys:
            raise Refused("too_many_keys", f"an object has {most:,} keys, and {limits.keys:,} are allowed; send fewer")
        layer = _inside(layer)


def _inside(layer: list[Any]) -> list[Any]:
    """The objects and lists one level further in."""
    children = (each.values() if isinstance(each, dict) else each for each in layer)
    return [child for among in children for child in among if isinstance(child, dict | list)]
