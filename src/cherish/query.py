"""A question as a value: the same from a URL, a command line, a notebook or a file, and back without loss."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from typing import Any, Literal, Self, get_args
from urllib.parse import parse_qsl, quote, urlencode

import msgspec

from cherish.errors import QuestionError
from cherish.spec.definition import Definition
from cherish.spec.registry import find

Kind = Literal["measure", "report"]
KINDS: tuple[Kind, ...] = get_args(Kind)
COMMON = ("where", "by", "as_of", "population", "over", "since", "limit", "among", "against", "include_noise")
"""Names that every question knows; a definition with a parameter of the same name takes it for its own."""
REST = "rest"
"""Against everyone who is not among."""
FILES = ("assignments", "column")
"""Parameters that name files of whoever asks: an address may come from anybody, and would name the server's."""


class Query(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One question to the log. Every field is text (or a number) as a person would write it.

    `parameters` holds only what differs from the definition's defaults. `as_of` is a date (the start of that local
    day), a local time, or a time with its offset; empty: the log's own default. `by` groups a measure by traits,
    `over` or `since` asks for its daily course, `limit` keeps the first rows of the table. `among` is an audience's
    rule as one line of JSON, so that an answer can be had again without the rule's file; `against` is another one, or
    `rest`, and puts its answer beside. With `include_noise` nobody is left out as internal, a test or a bot.
    """

    kind: Kind
    name: str
    parameters: dict[str, str] = {}
    filters: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    as_of: str | None = None
    population: str = "identified"
    over: str | None = None
    since: str | None = None
    limit: int | None = None
    among: str | None = None
    against: str | None = None
    include_noise: bool = False

    def __hash__(self) -> int:
        return hash(self.to_json())

    # -- doors in -------------------------------------------------------------------------------------------------

    @classmethod
    def from_args(cls, kind: str, name: str, arguments: Mapping[str, Any] | None = None) -> Self:
        """The question with these arguments: the definition's parameters and the names in COMMON, typed or as text.

        Raises:
            QuestionError: an unknown definition, parameter or value.
        """
        if kind not in KINDS:
            raise QuestionError(f"{kind!r}: ask for a measure or a report")
        given = {key: value for key, value in (arguments or {}).items() if value is not None and value != ()}
        definition = find(kind, name)
        own = {each.name for each in definition.parameters()}
        common = {key: value for key, value in given.items() if key in COMMON and key not in own}
        made = cls(kind=kind, name=name, parameters=_texts(definition, _without(given, common)), **_common(common))
        made._check()
        return made

    @classmethod
    def from_url(cls, url: str) -> Self:
        """Read `report/retention?unit=week&where=country%3DUK`; a scheme, host or leading path doesn't matter."""
        path, _, text = url.partition("?")
        parts = [part for part in path.split("/") if part]
        if len(parts) < 2:
            raise QuestionError(f"{url!r}: write KIND/NAME?PARAMETER=VALUE, such as report/retention?unit=week")
        given: dict[str, Any] = {}
        for key, value in parse_qsl(text.partition("#")[0], keep_blank_values=True):
            given[key] = (*given[key], value) if key in ("where", "by") and key in given else (value,)
        single = {key: value if key in ("where", "by") and len(value) > 1 else value[0] for key, value in given.items()}
        for key in ("among", "against"):
            # An address may come from anybody: it names no files here.
            if key in single and single[key] != REST and not single[key].lstrip().startswith("{"):
                raise QuestionError(f"{key}={single[key]!r}: an address holds the rule itself, as JSON")
        for key in FILES:
            if key in single:
                raise QuestionError(f"{key}={single[key]!r}: an address names no files here")
        return cls.from_args(parts[-2], parts[-1], single)

    @classmethod
    def from_json(cls, text: str | bytes | Mapping[str, Any]) -> Self:
        """Read what `to_json` wrote.

        Raises:
            QuestionError: not a question.
        """
        try:
            if isinstance(text, Mapping):
                return msgspec.convert(dict(text), cls)
            return msgspec.json.decode(text, type=cls)
        except msgspec.MsgspecError as error:
            raise QuestionError(f"this is not a question: {error}") from None

    # -- doors out ------------------------------------------------------------------------------------------------

    def to_json(self) -> str:
        """The question as JSON; keys in one order, so that equal questions are equal texts."""
        return msgspec.json.encode(self, order="deterministic").decode()

    def to_url(self) -> str:
        """The question as a relative address."""
        pairs = list(self._pairs())
        return f"{self.kind}/{quote(self.name)}" + (f"?{urlencode(pairs)}" if pairs else "")

    def command(self) -> str:
        """The command line that asks it."""
        words = ["cherish", self.kind, self.name]
        for key, value in self._pairs():
            words += [f"--{key.replace('_', '-')}", *([] if key == "include_noise" else [value])]
        return shlex.join(words)

    # -- parts ----------------------------------------------------------------------------------------------------

    def definition(self) -> Definition:
        """The measure or report with its parameters."""
        return find(self.kind, self.name).of(**self.parameters)

    def changed(self, **fields: Any) -> Self:
        """The same question but for these fields."""
        return msgspec.structs.replace(self, **fields)

    def _pairs(self) -> Iterable[tuple[str, str]]:
        yield from sorted(self.parameters.items())
        yield from (("where", text) for text in self.filters)
        yield from (("by", text) for text in self.by)
        for name in ("as_of", "over", "since", "limit", "among", "against"):
            if getattr(self, name) is not None:
                yield name, str(getattr(self, name))
        if self.population != "identified":
            yield "population", self.population
        if self.include_noise:
            yield "include_noise", "yes"

    def _check(self) -> None:
        if self.kind == "report":
            refused = [name for name in ("by", "over", "since") if getattr(self, name)]
            if refused:
                has = ", ".join(each.name for each in find(self.kind, self.name).parameters())
                raise QuestionError(f"the report {self.name} has no parameter {refused[0]!r}; it has {has}")
        if self.by and (self.over or self.since):
            raise QuestionError("a course over days and a grouping can't be asked at once; leave out by, or over")
        if self.over and self.since:
            raise QuestionError("over and since both say where the days begin; give one of them")
        if self.against and not self.among:
            raise QuestionError("against says whom to compare with; say among whom first, or narrow by among alone")


def _without(given: Mapping[str, Any], taken: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in given.items() if key not in taken}


def _texts(definition: type[Definition], given: Mapping[str, Any]) -> dict[str, str]:
    made = definition.of(**given)
    known = {each.name: each for each in definition.parameters()}
    return {
        name: known[name].write(getattr(made, name))
        for name in sorted(given)
        if getattr(made, name) != known[name].default
    }


def _common(given: Mapping[str, Any]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for key, value in given.items():
        if key == "where":
            fields["filters"] = _list(value)
        elif key == "by":
            fields[key] = tuple(part.strip() for text in _list(value) for part in text.split("|") if part.strip())
        elif key == "limit":
            fields[key] = _limit(value)
        elif key in ("among", "against"):
            fields[key] = value if value == REST and key == "against" else _rule(value)
        elif key == "include_noise":
            fields[key] = _yes(value)
        else:
            fields[key] = _text(value)
    return fields


def _rule(value: Any) -> str:
    from cherish.audiences.reading import taken

    return taken(value).to_json()


def _list(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(str(each) for each in value)


def _yes(value: Any) -> bool:
    if value in (True, "yes", "true", "1"):
        return True
    if value in (False, "no", "false", "0"):
        return False
    raise QuestionError(f"include_noise={value!r}: yes or no")


def _limit(value: Any) -> int:
    try:
        found = int(value)
    except (TypeError, ValueError):
        found = 0
    if found < 1:
        raise QuestionError(f"limit={value!r}: use a whole number of at least 1")
    return found


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat() if value.time() != time() or value.tzinfo else value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int):
        return f"{value}d"
    return str(value)
