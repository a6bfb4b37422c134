"""What every definition (measure or report) says of itself, and how its parameters are read and written.

A definition is a frozen dataclass: its fields are the parameters, its docstring the meaning, its `card` the rest of
the metric card. Signature, command-line options, reference page and full name are all read from here.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self, dataclass_transform

from cherish.errors import QuestionError
from cherish.spec.periods import parse_duration, parse_window, render_duration, render_window


@dataclass(frozen=True)
class Source:
    """Who defined it: author, year, title (and equation or page where it matters)."""

    author: str
    year: int
    title: str

    def __str__(self) -> str:
        return f"{self.author} {self.year}, {self.title}"


@dataclass(frozen=True)
class Card:
    """The metric card: what a definition must tell beyond its parameters.

    `range` holds the least and the greatest possible value (None: unbounded); `direction` is `higher` or `lower` for
    the better end, or None; `nulls` maps each reason code to its meaning. For the privacy of small cells: `apart` names
    whole numbers that count no customers (positions, settings), `rests` the count that a figure rests on where its name
    doesn't say it: `{"share": "customers"}`. `aside` names columns that data have and a screen has no room for,
    `mixed` those whose rows are in different units, each to be shown with the digits that matter in it.
    """

    family: str
    formula: str
    unit: str
    source: Source | None = None
    range: tuple[float | None, float | None] = (None, None)
    direction: str | None = None
    nulls: Mapping[str, str] = dataclasses.field(default_factory=dict)
    needs: tuple[str, ...] = ("customer", "time")
    example: str = ""
    version: int = 1
    apart: tuple[str, ...] = ()
    rests: Mapping[str, str] = dataclasses.field(default_factory=dict)
    aside: tuple[str, ...] = ()
    mixed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Kind:
    """How values of one kind of parameter are read from text and written back."""

    name: str
    parse: Callable[[Any], Any]
    render: Callable[[Any], str] = str


def _names(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split("|") if part.strip())
    return tuple(str(part) for part in value or ())


def _flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    words = {"true": True, "yes": True, "1": True, "on": True, "false": False, "no": False, "0": False, "off": False}
    if str(value).lower() not in words:
        raise QuestionError(f"{value!r}: use yes or no")
    return words[str(value).lower()]


def _number(kind: Callable[[Any], Any], article: str) -> Callable[[Any], Any]:
    def parse(value: Any) -> Any:
        try:
            found = None if value is None else kind(value)
        except (TypeError, ValueError, OverflowError):
            raise QuestionError(f"{value!r} is not {article}") from None
        if found != found:
            raise QuestionError(f"{value!r} is not {article}")
        return found

    return parse


TEXT = Kind("text", lambda value: None if value is None else str(value))
WINDOW = Kind("window", parse_window, render_window)
DURATION = Kind("length of time", parse_duration, render_duration)
WHOLE = Kind("whole number", _number(int, "a whole number"))
REAL = Kind("number", _number(float, "a number"), lambda value: f"{value:g}")
FLAG = Kind("yes or no", _flag, lambda value: "yes" if value else "no")
NAMES = Kind("names, separated by |", _names, "|".join)


def parameter(default: Any, help: str, kind: Kind = TEXT, *, choices: tuple[str, ...] = (), least: Any = None) -> Any:
    """A field of a definition: default, one line of help, kind, allowed values or least value.

    A default of None means that the parameter may be left out; a window's None is `all`.
    """
    about = {"help": help, "kind": kind, "choices": choices, "least": least}
    return dataclasses.field(default=default, metadata=about)


@dataclass(frozen=True)
class Parameter:
    """One parameter as shown to people: name, kind, default, help, choices."""

    name: str
    kind: Kind
    default: Any
    help: str
    choices: tuple[str, ...]
    least: Any

    def read(self, value: Any) -> Any:
        """The value that a text (or an already typed value) stands for.

        Raises:
            QuestionError: not a value of this parameter's kind.
        """
        if isinstance(value, bool) and {"yes", "no"} <= set(self.choices):
            # Left open, such a parameter is neither: a text, which Python says as it says any other yes.
            value = "yes" if value else "no"
        try:
            found = self.kind.parse(value)
        except QuestionError as error:
            raise QuestionError(f"{self.name}: {error}") from None
        if self.choices and found is not None and found not in self.choices:
            raise QuestionError(f"{self.name}={value!r}: choose one of {', '.join(self.choices)}")
        if self.least is not None and found is not None and found < self.least:
            raise QuestionError(f"{self.name}={value!r}: must be at least {self.least}")
        return found

    def write(self, value: Any) -> str:
        """The text that `read` reads back."""
        return "none" if value is None and self.kind is not WINDOW else self.kind.render(value)


@dataclass_transform(frozen_default=True, field_specifiers=(parameter,))
class Definition:
    """The base of measures and reports; a subclass is made a frozen dataclass by being written."""

    name: ClassVar[str]
    card: ClassVar[Card]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "card" in cls.__dict__:
            # The file's name is the definition's name: one word finds definition, command, page and test.
            cls.name = cls.__module__.rsplit(".", 1)[-1]
        # A base without a card may hold parameters that several definitions share.
        dataclass(frozen=True)(cls)

    @classmethod
    def parameters(cls) -> tuple[Parameter, ...]:
        """The parameters in the order of the file."""
        fields = dataclasses.fields(cls)  # type: ignore[arg-type]  # a subclass is a dataclass, see __init_subclass__
        return tuple(Parameter(name=field.name, default=field.default, **field.metadata) for field in fields)

    @classmethod
    def of(cls, **given: Any) -> Self:
        """The definition with these parameters, given as text or as values.

        Raises:
            QuestionError: an unknown parameter or a value that is not allowed.
        """
        known = {parameter.name: parameter for parameter in cls.parameters()}
        unknown = sorted(set(given) - set(known))
        if unknown:
            has = f"has {', '.join(known)}" if known else "has none"
            raise QuestionError(f"{cls.name} has no parameter {unknown[0]!r}; it {has}")
        made = cls(**{name: known[name].read(value) for name, value in given.items()})
        made.check()
        return made

    def check(self) -> None:
        """Refuse combinations of parameters that mean nothing; overridden where there are such."""

    @classmethod
    def line(cls) -> str:
        """The definition in one line."""
        return inspect.getdoc(cls).splitlines()[0]  # type: ignore[union-attr]  # a test holds every definition to it

    def full_name(self, versions: Mapping[str, str] | None = None) -> str:
        """Name, non-default parameters in alphabetical order, version: `active_days(window=12w)@1`.

        `versions` replaces the text of parameters that name a stored, versioned thing: `{"active": "core@3"}`.
        """
        stored = versions or {}
        shown = {
            parameter.name: stored.get(parameter.name, parameter.write(getattr(self, parameter.name)))
            for parameter in sorted(self.parameters(), key=lambda each: each.name)
            if parameter.name in stored or getattr(self, parameter.name) != parameter.default
        }
        inside = ",".join(f"{name}={text}" for name, text in shown.items())
        return f"{self.name}({inside})@{self.card.version}" if inside else f"{self.name}@{self.card.version}"

    def settings(self) -> dict[str, str]:
        """Every parameter and its value as text, defaults included."""
        return {each.name: each.write(getattr(self, each.name)) for each in self.parameters()}
