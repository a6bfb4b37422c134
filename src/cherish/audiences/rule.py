"""A rule as a value: conditions on a customer, joined by all, any and not, as frozen structs."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

Scalar = str | int | float | bool
Number = int | float


class Node(msgspec.Struct, frozen=True, omit_defaults=True, rename={"is_": "is", "in_": "in", "not_": "not"}):
    """The base of everything that a rule is made of; fields left out say nothing."""


class All(Node, frozen=True):
    """Every one of these holds."""

    all: tuple[Condition, ...]


class AnyOf(Node, frozen=True):
    """At least one of these holds."""

    any: tuple[Condition, ...]


class Not(Node, frozen=True):
    """This does not hold: exactly those whom the condition leaves out."""

    not_: Condition


class Trait(Node, frozen=True):
    """What is known of the customer; who lacks the trait fails every test but `is_not`, `not_in` and `known: false`."""

    trait: str
    is_: Scalar | None = None
    is_not: Scalar | None = None
    in_: tuple[Scalar, ...] = ()
    not_in: tuple[Scalar, ...] = ()
    above: Number | str | None = None
    at_least: Number | str | None = None
    below: Number | str | None = None
    at_most: Number | str | None = None
    known: bool | None = None


class Amount(Node, frozen=True):
    """A number compared with others."""

    is_: Number | None = None
    above: Number | None = None
    at_least: Number | None = None
    below: Number | None = None
    at_most: Number | None = None


class Sum(Amount, frozen=True):
    """The sum of the events' money (in one currency), or of a numeric property `of`."""

    of: str | None = None
    currency: str | None = None


class Day(Node, frozen=True):
    """A local day: `before` and `since` a date, or so many days ago (1: the day before the moment's)."""

    before: str | None = None
    since: str | None = None
    above: Number | None = None
    at_least: Number | None = None
    below: Number | None = None
    at_most: Number | None = None


class Happening(Node, frozen=True):
    """An event (or any of several) at least once in the window, and how often, how much, when first and when last."""

    event: tuple[str, ...]
    within: str | None = None
    where: tuple[str, ...] = ()
    count: Amount | None = None
    sum: Sum | None = None
    first: Day | None = None
    last: Day | None = None


class Did(Node, frozen=True):
    """The customer did it at least once, and everything said of it holds."""

    did: Happening


class DidNot(Node, frozen=True):
    """The opposite of `did` with the same words."""

    did_not: Happening


class Measured(Node, frozen=True):
    """A measure of the catalogue against a number, or against the population: `top: 20%`, `bottom: 10%`."""

    measure: str
    parameters: dict[str, str] = {}
    is_: Number | None = None
    above: Number | None = None
    at_least: Number | None = None
    below: Number | None = None
    at_most: Number | None = None
    top: str | None = None
    bottom: str | None = None
    known: bool | None = None


class Lot(Node, frozen=True):
    """Places of a hash: `of` equal places, those from `at_least` and `below` are in; another salt, another lot."""

    salt: str
    of: int
    below: int
    at_least: int = 0


class Bucket(Node, frozen=True):
    """A share of the customers by lot: md5 of the salt and the customer's own id, the same on every engine."""

    bucket: Lot


Condition = All | AnyOf | Not | Trait | Did | DidNot | Measured | Bucket
JOINING = (All, AnyOf, Not)


class Rule(msgspec.Struct, frozen=True):
    """An audience: a condition, and a name for people where it has one. The name is no part of its digest."""

    condition: Condition
    name: str | None = None

    def plain(self) -> dict[str, Any]:
        """The rule as JSON values: what people would write, short forms where there are some."""
        named = {} if self.name is None else {"name": self.name}
        return named | _fields(self.condition)

    def to_json(self) -> str:
        """The rule as one line of JSON; keys in one order, so that equal rules are equal texts."""
        return _line(self.plain())

    def to_yaml(self) -> str:
        """The rule as YAML."""
        from cherish.audiences import texts

        return texts.to_yaml(self.plain())

    @property
    def digest(self) -> str:
        """Eight digits that stand for the condition: md5 of its JSON, whatever the rule's name."""
        return hashlib.md5(_line(_plain(self.condition)).encode(), usedforsecurity=False).hexdigest()[:8]

    @property
    def label(self) -> str:
        """How results name it: `big spenders#1f0c6a2b`, or `audience#1f0c6a2b` without a name."""
        return f"{self.name or 'audience'}#{self.digest}"

    def opposite(self) -> Rule:
        """Everyone else."""
        return Rule(Not(self.condition), f"rest of {self.name or 'audience'}")


def _line(value: Any) -> str:
    return msgspec.json.encode(value, order="deterministic").decode()


def _plain(value: Any) -> Any:
    if isinstance(value, Happening):
        said = _fields(value)
        return said["event"] if len(said) == 1 else said
    return _fields(value) if isinstance(value, Node) else value


def _fields(node: Node) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field in msgspec.structs.fields(node):
        value = getattr(node, field.name)
        if field.required or (value not in (None, (), {}) and value != field.default):
            found[field.encode_name] = _listed(field.name, value)
    return found


def _listed(name: str, value: Any) -> Any:
    if not isinstance(value, tuple):
        return dict(value) if isinstance(value, dict) else _plain(value)
    return value[0] if name == "event" and len(value) == 1 else [_plain(each) for each in value]
