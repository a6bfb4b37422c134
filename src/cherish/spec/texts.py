"""Lists and calls as people write them: signs inside of brackets part nothing, `rfm(count=days)|recency` is two."""

from __future__ import annotations

import re
from typing import Any

from cherish.errors import QuestionError
from cherish.spec.definition import Kind

_CALL = re.compile(r"(?P<name>\w+)(?:\((?P<inside>.*)\))?(?:@\d+)?", re.S)


def split(text: str, sign: str = "|", brackets: str = "()") -> list[str]:
    """The parts of a text between these signs, outside of brackets (one that opens, one that closes); empty ones left
    out."""
    opens, closes = brackets[0], brackets[1]
    parts, depth = [""], 0
    for letter in text:
        depth += (letter == opens) - (letter == closes)
        if letter == sign and depth <= 0:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts if part.strip()]


def listing(name: str, brackets: str = "()") -> Kind:
    """The kind of a parameter that is a list of such texts, separated by |."""

    def read(value: Any) -> tuple[str, ...]:
        texts = [value] if isinstance(value, str) else [str(each) for each in value or ()]
        return tuple(part for text in texts for part in split(text, brackets=brackets))

    return Kind(name, read, "|".join)


def call(text: str) -> tuple[str, str] | None:
    """Name and what stands in its parentheses, of `NAME`, `NAME(...)` or a full name `NAME(...)@1`; None of others."""
    found = _CALL.fullmatch(text)
    return (found["name"], found["inside"] or "") if found else None


def arguments(inside: str, where: str) -> dict[str, str]:
    """The parameters of a call, `count=days,window=28d`, by name.

    Raises:
        QuestionError: a part without a sign; it begins with `where`.
    """
    given: dict[str, str] = {}
    for pair in split(inside, ","):
        name, sign, value = pair.partition("=")
        if not sign:
            raise QuestionError(f"{where}: {pair!r} is not of the form parameter=value")
        given[name.strip()] = value.strip()
    return given
