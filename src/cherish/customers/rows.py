"""What the log's own tables say of one customer, as Python values: times aware, documents parsed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import msgspec

from cherish.errors import Unsupported
from cherish.store.duckdb import schema


def rows(store: Any, statement: str) -> list[dict[str, Any]]:
    """The rows of a statement that is put together from our own texts and quoted values.

    Raises:
        Unsupported: the log is a table that stays where it lies: it keeps no keys and no ledger of traits.
    """
    ask = getattr(store, "query", None)
    if ask is None:
        raise Unsupported(
            "a table that is asked where it lies keeps no keys of customers; bring it in with: cherish import FILE"
        )
    found: list[dict[str, Any]] = ask(statement).to_pylist()
    return found


def is_unicode(text: str) -> bool:
    """Whether the engine can be asked for this text: it knows no half of a surrogate pair, nor a zero byte."""
    try:
        return "\0" not in text and bool(text.encode())
    except UnicodeEncodeError:
        return False


def aware(moment: datetime | None) -> datetime | None:
    """A stored moment with its zone said."""
    return None if moment is None else moment.replace(tzinfo=UTC)


def stamp(moment: datetime) -> str:
    """A moment as an SQL literal of the log's naive UTC."""
    return f"TIMESTAMP {schema.text(str(moment.astimezone(UTC).replace(tzinfo=None)))}"


def document(text: str | None) -> dict[str, Any]:
    """A stored JSON object; nothing where there is none."""
    if not text:
        return {}
    try:
        found = msgspec.json.decode(text)
    except msgspec.ValidationError:
        # A number that no double holds (1e400) is JSON all the same.
        found = json.loads(text)
    return found if isinstance(found, dict) else {}
