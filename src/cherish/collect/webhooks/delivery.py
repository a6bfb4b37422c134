"""What a webhook comes to: calls of the Segment family, or nothing that is kept; and how fields are found in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Object = dict[str, Any]


@dataclass(frozen=True)
class Delivery:
    """One request of a service.

    type    what it calls what happened
    calls   what that is here, as the live server takes it; empty: it is of no use here, and ignored
    """

    type: str
    calls: tuple[Object, ...] = ()


@dataclass(frozen=True)
class Sent:
    """A request as it came: headers, the decoded body, and where the company's own id of the customer stands."""

    headers: Mapping[str, str]
    body: Object
    customer: str | None = None


def inside(value: Any, path: str) -> Any:
    """What stands at a path such as `customer.email`; None where nothing does."""
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def text(value: Any, path: str) -> str | None:
    """A text or a number at a path, as text without blanks around it; None where there is none."""
    found = inside(value, path)
    if isinstance(found, bool) or found is None or isinstance(found, dict | list):
        return None
    return str(found).strip() or None


def email(value: Any, *paths: str) -> str | None:
    """The first e-mail address at these paths, in small letters, as the importers take it."""
    found = (text(value, path) for path in paths)
    return next((each.lower() for each in found if each), None)


def filled(values: Object) -> Object:
    """Only what has a value."""
    return {name: value for name, value in values.items() if value not in (None, "", {}, [])}


def call(kind: str, **fields: Any) -> Object:
    """A call of the Segment family, without what is empty."""
    return {"type": kind, **filled(fields)}
