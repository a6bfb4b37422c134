"""Values of answers as plain text and back, and when two of them are the same."""

from __future__ import annotations

import math
import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from cherish.errors import FileError

TOLERANCE = 1e-12
_NUMBER = re.compile(r"(?<![\w.])[-−+]?\d{1,3}(?:[,  ]\d{3})+(?:\.\d+)?|[-−+]?\d+(?:\.\d+)?")
_SCALES = {"%": 100.0, "k": 1e-3, "thousand": 1e-3, "m": 1e-6, "million": 1e-6, "bn": 1e-9, "billion": 1e-9}
_SCALE = re.compile(r"\s?(%|percent|per cent|thousand|million|billion|bn|[kKmM])(?![A-Za-z])")


def plain(value: Any) -> str | int | float | None:
    """A value as JSON takes it: money as exact text, dates as ISO text."""
    if value is None or isinstance(value, (str, int, float)):
        return int(value) if isinstance(value, bool) else value
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return str(value)


def type_of(value: Any) -> str:
    """The name under which `from_plain` reads a value back."""
    kinds = ((bool, "flag"), (int, "count"), (float, "number"), (Decimal, "money"), (datetime, "time"), (date, "date"))
    return next((name for kind, name in kinds if isinstance(value, kind)), "none" if value is None else "text")


def from_plain(value: Any, kind: str) -> Any:
    """The value that `plain` wrote.

    Raises:
        FileError: not a value of this type.
    """
    readers: dict[str, Any] = {
        "flag": bool, "count": int, "number": float, "money": Decimal, "time": datetime.fromisoformat,
        "date": date.fromisoformat, "text": str, "none": lambda _: None,
    }  # fmt: skip
    try:
        return None if value is None else readers[kind](value)
    except (KeyError, ValueError, TypeError, ArithmeticError):
        raise FileError(f"{value!r} is not a {kind}") from None


def same(before: Any, now: Any) -> bool:
    """Counts, money, dates and texts exactly; other numbers to 1e-12 of their size."""
    if isinstance(before, float) and isinstance(now, (int, float)):
        return math.isclose(before, now, rel_tol=TOLERANCE, abs_tol=0.0)
    return type(before) is type(now) and bool(before == now)


def states(text: str, value: Any) -> bool:
    """Whether a text states this value, as far as its digits go: `34 %` states 0.3421, `8.9 million` states 8,911,407.

    A text without a number (a name, a word such as "half") states nothing that could be wrong.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        return (
            value is None
            or plain(value) == text
            or not _NUMBER.search(text)
            or str(value) in text
            or isinstance(value, date)
        )
    found = _NUMBER.search(text)
    if not found:
        return True
    digits = re.sub(r"[,  +−-]", "", found[0])
    places = len(digits.partition(".")[2])
    scale = _SCALE.match(text, found.end())
    factor = _SCALES.get(scale[1].lower().replace("per cent", "%").replace("percent", "%"), 1.0) if scale else 1.0
    allowed = {factor, 1.0} if scale and scale[1] in "kKmM" else {factor}
    return any(abs(abs(float(value)) * each - float(digits)) <= 0.5 * 10.0**-places * (1 + 1e-9) for each in allowed)
