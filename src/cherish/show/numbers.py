"""Numbers as people read them: thousands apart, money with cents, rates in per cent, a dash for what is not there."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

DASH = "–"
_RATE = re.compile(r"(^|_)(rate|share|stickiness|retention|percent|relative)(_|$)")
_SCORE = re.compile(r"(^|_)(auc|gini|correlation|p_value|time)(_|$)")
_TIME = re.compile(r"(^|_)time$")
_LENGTHS = ((86_400, "d"), (3600, "h"), (60, "min"), (0, "s"))


def is_rate(column: str) -> bool:
    """Whether numbers in a column of this name are shares of one."""
    return _RATE.search(column) is not None


def is_share(unit: str) -> bool:
    """Whether a definition of this unit gives shares of one."""
    return unit.split(" ")[0] in ("share", "rate")


def is_money(unit: str) -> bool:
    """Whether a unit is a currency's code."""
    return unit.isupper() and len(unit) == len("GBP")


def brief(value: Any, unit: str = "") -> str:
    """A number in a sentence: money with cents, shares in per cent, others with three digits that matter."""
    if is_share(unit) or value is None:
        return text(value, "rate")
    if is_money(unit):
        return f"{value:,.2f}"
    if isinstance(value, float) and abs(value) < 1000:
        return f"{value:.3g}" if abs(value) >= 0.001 else f"{value:.1g}"
    return f"{value:,.0f}"


def is_time(column: str) -> bool:
    """Whether numbers in a column of this name are lengths of time, in seconds."""
    return _TIME.search(column) is not None


def length(seconds: float) -> str:
    """A length of time in the unit that suits it: 45 s, 4.7 min, 7.8 h, 3.4 d."""
    least, unit = next(pair for pair in _LENGTHS if abs(seconds) >= pair[0])
    value = seconds / (least or 1)
    return f"{value:,.0f} {unit}" if abs(value) >= 100 or value == int(value) else f"{value:,.1f} {unit}"


def is_score(column: str) -> bool:
    """Whether numbers in a column of this name lie between 0 and 1 without being shares."""
    return _SCORE.search(column) is not None


MIXED = "mixed"
"""In place of a unit: each row of the column is in its own."""


def significant(value: float) -> str:
    """A number with three digits that matter, none of them as a power of ten."""
    if value == 0 or abs(value) >= 1000:
        return f"{value:,.0f}"
    places = max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:.{min(places, 9)}f}"


def is_p(column: str) -> bool:
    """Whether numbers in a column of this name are p-values."""
    return column in ("p", "adjusted_p")


def p_value(value: float) -> str:
    """A p-value with four decimals; a smaller one as a power of ten."""
    if value >= 1e-4:
        return f"{value:.4f}"
    return f"10^{math.log10(value):.0f}" if value > 0 else "<10^-300"


def texts(values: Iterable[Any], column: str = "", unit: str = "") -> list[str]:
    """The values of one column as texts, all with the same number of decimals."""
    cells = list(values)
    if unit == MIXED:
        return [significant(each) if isinstance(each, float) else text(each, column) for each in cells]
    rate = is_rate(column) or is_share(unit)
    places = 2 if is_money(unit) else decimals([each for each in cells if isinstance(each, float)], rate)
    return [text(each, column, rate=rate, places=places) for each in cells]


def text(value: Any, column: str = "", *, rate: bool = False, places: int | None = None) -> str:
    """One value as a text."""
    if value is None:
        return DASH
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and is_p(column):
        return p_value(value)
    if isinstance(value, float) and is_time(column):
        return length(value)
    if isinstance(value, float):
        rate = rate or is_rate(column)
        shown = decimals([value], rate) if places is None else places
        return f"{value * 100:,.{shown}f}%" if rate else f"{value:,.{shown}f}"
    if isinstance(value, Decimal):
        return f"{value:,.2f}"
    if isinstance(value, int):
        return str(value) if column == "year" else f"{value:,}"
    if isinstance(value, (list, tuple)):
        return ", ".join(text(each) for each in value)
    return _moment(value) if isinstance(value, (date, datetime)) else str(value)


def decimals(values: list[float], rate: bool = False) -> int:
    """How many decimals tell these numbers apart without drowning the reader."""
    if rate:
        return 2 if 0 < max((abs(each) for each in values), default=1.0) < 0.01 else 1
    if all(each == int(each) for each in values if abs(each) < 1e15):
        return 0
    largest = max(abs(each) for each in values)
    for limit, places in ((10_000, 0), (100, 1), (1, 2), (0.01, 4)):
        if largest >= limit:
            return places
    return 6


def _moment(value: date | datetime) -> str:
    if not isinstance(value, datetime):
        return value.isoformat()
    if value.time() == time():
        return value.date().isoformat()
    return value.isoformat(sep=" ", timespec="seconds" if value.second else "minutes")
