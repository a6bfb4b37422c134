"""How a planted number is declared: a dataclass field with default and meaning, from which the docs are made."""

from dataclasses import Field, field, fields
from typing import Any, ClassVar, Protocol, TypeVar

Value = TypeVar("Value")


class Declared(Protocol):
    """Any dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


def planted(default: Value, meaning: str) -> Value:
    """Declare a dataclass field that says what its number means."""
    declared: Any = field(default=default, metadata={"meaning": meaning})
    return declared  # type: ignore[no-any-return]  # dataclass() puts the default in its place


def table(owner: Declared) -> list[tuple[str, str, str]]:
    """List (name, value, meaning) of every planted number of `owner`, in the order of declaration."""
    return [(each.name, shown(getattr(owner, each.name)), each.metadata["meaning"]) for each in fields(owner)]


def shown(value: object) -> str:
    """Write a number or a tuple of numbers as the docs do."""
    return ", ".join(str(each) for each in value) if isinstance(value, tuple) else str(value)
