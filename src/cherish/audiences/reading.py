"""What people write as a rule: read once, refused with the place where it is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cherish.audiences import parts
from cherish.audiences.parts import refuse, said
from cherish.audiences.rule import (
    All,
    Amount,
    AnyOf,
    Bucket,
    Condition,
    Day,
    Did,
    DidNot,
    Happening,
    Lot,
    Measured,
    Not,
    Rule,
    Sum,
    Trait,
)
from cherish.errors import FileError, QuestionError

KINDS = ("all", "any", "not", "trait", "did", "did_not", "measure", "bucket")
DEEPEST, MOST = 20, 200
AMOUNT = ("is", "above", "at_least", "below", "at_most")
ORDER = AMOUNT[1:]


def taken(given: Any) -> Rule:
    """The rule that a value, a mapping, a JSON text or the path of a file stands for.

    Raises:
        QuestionError: not a rule; the message says where.
        FileError: a file that can't be read.
    """
    if isinstance(given, Rule):
        return given
    if isinstance(given, Mapping):
        return of_plain(given)
    if isinstance(given, str) and given.lstrip().startswith("{"):
        return of_text(given)
    return read(given)


def read(file: str | Path) -> Rule:
    """The rule that a JSON or YAML file holds.

    Raises:
        FileError: the file can't be read.
        QuestionError: it holds no rule.
    """
    path = Path(file)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise FileError(f"the rule {path} can't be read: {why}; give a .yaml or .json file") from error
    try:
        return of_text(text)
    except QuestionError as error:
        raise QuestionError(f"{path.name}: {error}") from None


def of_text(text: str) -> Rule:
    """The rule that a JSON or YAML text holds."""
    from cherish.audiences import texts

    return of_plain(texts.loads(text))


def of_plain(value: Any) -> Rule:
    """The rule that plain values say."""
    if not isinstance(value, Mapping):
        raise QuestionError(f"a rule is a mapping that says one of {', '.join(KINDS)}, and not {parts.shown(value)}")
    name = parts.text(value["name"], "name") if value.get("name") is not None else None
    reader = _Reader()
    return Rule(reader.condition({key: each for key, each in value.items() if key != "name"}, "", 0), name)


class _Reader:
    """Reads conditions and counts them."""

    def __init__(self) -> None:
        self.count = 0

    def condition(self, value: Any, path: str, depth: int) -> Condition:
        self.count += 1
        if depth > DEEPEST or self.count > MOST:
            raise QuestionError(f"a rule has at most {MOST} conditions, {DEEPEST} deep; this one has more")
        if not isinstance(value, Mapping):
            refuse(path, f"a condition is a mapping that says one of {', '.join(KINDS)}, and not {parts.shown(value)}")
        kinds = [key for key in value if key in KINDS]
        if not kinds:
            parts.known_words(value, KINDS, path)
            refuse(path, f"say one of {', '.join(KINDS)}")
        if len(kinds) > 1:
            refuse(path, f"says {' and '.join(kinds)} at once; put them into a list below all: or any:")
        return self._of_kind(kinds[0], value, path, depth)

    def _of_kind(self, kind: str, value: Mapping[str, Any], path: str, depth: int) -> Condition:
        if kind == "trait":
            return _trait(value, path)
        if kind == "measure":
            return _measured(value, path)
        parts.known_words(value, (kind,), path)
        inside, place = value[kind], parts.below(path, kind)
        if kind == "not":
            return Not(self.condition(inside, place, depth + 1))
        if kind == "bucket":
            return Bucket(_lot(inside, place))
        if kind in ("did", "did_not"):
            happening = _happening(inside, place)
            return Did(happening) if kind == "did" else DidNot(happening)
        several = tuple(
            self.condition(each, f"{place}[{number}]", depth + 1)
            for number, each in enumerate(parts.several(inside, place))
        )
        return All(several) if kind == "all" else AnyOf(several)


def _trait(value: Mapping[str, Any], path: str) -> Trait:
    words = ("trait", "is", "is_not", "in", "not_in", *ORDER, "known")
    parts.known_words(value, words, path)
    found: dict[str, Any] = {"trait": parts.text(value["trait"], said(path, "trait"))}
    for word in ("is", "is_not"):
        found |= parts.given(value, word, path, parts.scalar)
    for word in ("in", "not_in"):
        found |= parts.given(value, word, path, parts.scalars)
    for word in ORDER:
        found |= parts.given(value, word, path, parts.number_or_date)
    found |= parts.given(value, "known", path, parts.flag)
    if len(found) == 1:
        refuse(path, f"what of the trait {found['trait']!r}? Say one of {', '.join(words[1:])}")
    return Trait(**found)


def _measured(value: Mapping[str, Any], path: str) -> Measured:
    tests = (*AMOUNT, "top", "bottom", "known")
    parts.known_words(value, ("measure", "parameters", *tests), path)
    found: dict[str, Any] = {"measure": parts.text(value["measure"], said(path, "measure"))}
    for word in AMOUNT:
        found |= parts.given(value, word, path, parts.number)
    for word in ("top", "bottom"):
        found |= parts.given(value, word, path, parts.share)
    found |= parts.given(value, "known", path, parts.flag)
    if len(found) == 1:
        refuse(path, f"what of the measure {found['measure']!r}? Say one of {', '.join(tests)}")
    return Measured(**found, **parts.given(value, "parameters", path, parts.parameters))


def _happening(value: Any, path: str) -> Happening:
    if isinstance(value, (str, list, tuple)):
        value = {"event": value}
    words = ("event", "within", "where", "count", "sum", "first", "last")
    if not isinstance(value, Mapping):
        refuse(path, f"name an event, or say {', '.join(words)}; {parts.shown(value)} is neither")
    parts.known_words(value, words, path)
    if "event" not in value:
        refuse(path, "which event? Say event: NAME")
    found = {"event": parts.names(value["event"], said(path, "event"))}
    found |= parts.given(value, "within", path, parts.window)
    found |= parts.given(value, "where", path, parts.filters)
    found |= parts.given(value, "count", path, _count)
    found |= parts.given(value, "sum", path, _sum)
    for word in ("first", "last"):
        found |= parts.given(value, word, path, _day)
    return Happening(**found)  # type: ignore[arg-type]  # each word was read as what its field holds


def _count(value: Any, path: str) -> Amount:
    found = _numbers(value, path, AMOUNT, parts.whole)
    if not any(found.get(word, 0) > 0 for word in found):
        refuse(path, "who did it at all did it once or more; for those who never did it say did_not: EVENT")
    return Amount(**found)


def _sum(value: Any, path: str) -> Sum:
    found = _numbers(value, path, (*AMOUNT, "of", "currency"), parts.number, texts=("of", "currency"))
    return Sum(**found)


def _day(value: Any, path: str) -> Day:
    return Day(**_numbers(value, path, ("before", "since", *ORDER), parts.whole, dates=("before", "since")))


def _numbers(
    value: Any, path: str, words: tuple[str, ...], read_number: Any, texts: tuple[str, ...] = (),
    dates: tuple[str, ...] = (),
) -> dict[str, Any]:  # fmt: skip
    if not isinstance(value, Mapping):
        example = next(word for word in words if word in ("at_least", "since"))
        refuse(path, f"compare it, such as {{{example}: ...}}; there are {', '.join(words)}")
    parts.known_words(value, words, path)
    found: dict[str, Any] = {}
    for word in words:
        how = parts.text if word in texts else parts.day if word in dates else read_number
        found |= parts.given(value, word, path, how)
    if not set(found) - set(texts):
        refuse(path, f"compare it with something; there are {', '.join(each for each in words if each not in texts)}")
    return found


def _lot(value: Any, path: str) -> Lot:
    words = ("salt", "of", "below", "at_least")
    if not isinstance(value, Mapping):
        refuse(path, "say {salt: TEXT, of: 10000, below: 1000}")
    parts.known_words(value, words, path)
    missing = [word for word in words[:3] if value.get(word) is None]
    if missing:
        refuse(path, f"{missing[0]} is missing; say {{salt: TEXT, of: 10000, below: 1000}}")
    salt = parts.text(value["salt"], said(path, "salt"))
    of, below, least = (parts.whole(value.get(word, 0), said(path, word)) for word in words[1:])
    if not 2 <= of <= 1_000_000:
        refuse(said(path, "of"), f"{of} places; use 2 to 1,000,000")
    if not 0 <= least < below <= of:
        refuse(said(path, "below"), f"places from {least} to below {below} of {of}: at_least < below <= of must hold")
    return Lot(salt, of, below, least)
