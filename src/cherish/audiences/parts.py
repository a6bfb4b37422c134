"""The smallest parts of a rule: words, numbers, dates and shares, and how a wrong one is refused."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from typing import Any, NoReturn
from unicodedata import category

from cherish.errors import QuestionError
from cherish.spec.filters import Filter
from cherish.spec.periods import parse_window, render_window

_LIST_MOST = 1000


def refuse(path: str, message: str) -> NoReturn:
    """Refuse what stands at a place of the rule."""
    raise QuestionError(f"at {path}: {message}" if path else f"the rule: {message}")


def below(path: str, word: str) -> str:
    """The place of a word inside another."""
    return f"{path}.{word}" if path else word


said = below


def nearest(name: str, there: Iterable[str], most: int = 20) -> str:
    """What a wrong name may have meant: the nearest, or a list of what is there."""
    names = sorted(there)
    near = get_close_matches(name, names, n=3, cutoff=0.6)
    if not near:
        lowered = {each.lower(): each for each in names}
        near = [lowered[each] for each in get_close_matches(name.lower(), lowered, n=3, cutoff=0.6)]
    if near:
        return f"did you mean {' or '.join(near)}?"
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"there are {', '.join(names[:most]) or 'none'}{more}"


def known_words(value: Mapping[str, Any], words: tuple[str, ...], path: str) -> None:
    """Refuse a mapping that says a word which does not belong there."""
    wrong = next((key for key in value if key not in words), None)
    if wrong is not None:
        near = get_close_matches(str(wrong), words, n=1, cutoff=0.6)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(words)}"
        refuse(below(path, str(wrong)), f"no such word here; {hint}")


def given(value: Mapping[str, Any], word: str, path: str, how: Callable[[Any, str], Any]) -> dict[str, Any]:
    """The word's value under the name of its field; nothing where it isn't said."""
    if word not in value:
        return {}
    field = f"{word}_" if word in ("is", "in", "not") else word
    return {field: how(value[word], below(path, word))}


def shown(value: Any) -> str:
    """A wrong value as part of a message."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def several(value: Any, path: str) -> list[Any]:
    """A list with something in it."""
    if not isinstance(value, (list, tuple)) or not value:
        refuse(path, f"a list of at least one is needed, and not {shown(value)}")
    return list(value)


def text(value: Any, path: str) -> str:
    """A text with something in it; a number is what its digits are."""
    if isinstance(value, bool) or not isinstance(value, (str, int)) or not str(value).strip():
        refuse(path, f"{shown(value)} is no name; write a text")
    if any(category(sign)[0] == "C" or category(sign) in ("Zl", "Zp") for sign in str(value)):
        refuse(path, f"{shown(value)} holds signs that can't be printed")
    return str(value).strip()


def names(value: Any, path: str) -> tuple[str, ...]:
    """One name or several."""
    if not isinstance(value, (list, tuple)):
        return (text(value, path),)
    return tuple(dict.fromkeys(text(each, f"{path}[{place}]") for place, each in enumerate(several(value, path))))


def scalar(value: Any, path: str) -> Any:
    """A text, a number, or true and false."""
    if isinstance(value, (bool, str)):
        return value
    if isinstance(value, (int, float)):
        return number(value, path)
    return refuse(path, f"{shown(value)} is neither a text nor a number")


def scalars(value: Any, path: str) -> tuple[Any, ...]:
    """A list of texts and numbers."""
    found = several(value, path)
    if len(found) > _LIST_MOST:
        refuse(path, f"at most {_LIST_MOST:,} values, and here are {len(found):,}")
    return tuple(scalar(each, f"{path}[{place}]") for place, each in enumerate(found))


def number(value: Any, path: str) -> int | float:
    """A finite number; whole ones as such."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        refuse(path, f"{shown(value)} is no number")
    if abs(value) >= 1e15:
        refuse(path, f"{shown(value)} is out of all measure; use numbers below 1,000,000,000,000,000")
    return int(value) if value == int(value) else value


def whole(value: Any, path: str) -> int:
    """A whole number, not below nought."""
    found = number(value, path)
    if not isinstance(found, int) or found < 0:
        refuse(path, f"{shown(value)} is no whole number of 0 or more")
    return found


def day(value: Any, path: str) -> str:
    """A date as people write it, 2017-03-31."""
    if not is_date(value):
        refuse(path, f"{shown(value)} is no date; write it as 2017-03-31")
    return str(value)


def is_date(value: Any) -> bool:
    """Whether a value is a date written as 2017-03-31."""
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def number_or_date(value: Any, path: str) -> int | float | str:
    """A number, or a date as text."""
    return value if is_date(value) else number(value, path)


def flag(value: Any, path: str) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        refuse(path, f"{shown(value)} is neither true nor false")
    return value


def share(value: Any, path: str) -> str:
    """A share of the population, `20%`."""
    bare = str(value).strip().removesuffix("%").strip()
    try:
        percent = Decimal(bare)
        # At most four decimals: shares become whole numbers when customers are counted.
        fine = str(value).strip().endswith("%") and 0 < percent < 100 and percent == percent.quantize(Decimal("1e-4"))
    except (InvalidOperation, TypeError):
        fine = False
    if not fine:
        refuse(path, f"{shown(value)} is no share of the customers; write it with its sign, such as 20%")
    return f"{percent.normalize():f}%"


def window(value: Any, path: str) -> str | None:
    """How many days back: `28d`, `12w`, `all`."""
    try:
        days = parse_window(value if isinstance(value, (str, int)) and not isinstance(value, bool) else str(value))
    except QuestionError as error:
        refuse(path, str(error))
    return None if days is None else render_window(days)


def filters(value: Any, path: str) -> tuple[str, ...]:
    """Conditions on the event, `country=France|Spain`."""
    given = [value] if isinstance(value, str) else several(value, path)
    found = []
    for place, each in enumerate(given):
        if not isinstance(each, str):
            refuse(f"{path}[{place}]", f"{shown(each)} is no filter; write it as FIELD=VALUE")
        try:
            found.append(str(Filter.parse(each)))
        except QuestionError as error:
            refuse(f"{path}[{place}]", str(error))
    return tuple(found)


def parameters(value: Any, path: str) -> dict[str, str]:
    """A measure's parameters, as texts."""
    if not isinstance(value, Mapping):
        refuse(path, f"{shown(value)} is no mapping of parameters")
    return {str(key): _parameter(value[key], below(path, str(key))) for key in sorted(value)}


def _parameter(value: Any, path: str) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return "|".join(_parameter(each, path) for each in several(value, path))
    found = scalar(value, path)
    return found if isinstance(found, str) else str(found)
