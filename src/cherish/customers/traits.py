"""What is known of a customer: each trait with the load that told it and when, folded from the ledger of traits."""

# ruff: noqa: S608  # statements are put together from our own texts and numbers
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cherish.customers.rows import aware, document, rows


@dataclass(frozen=True)
class Trait:
    """A trait as it is now; `source` and `at` are of the load that made it so, and not of those that repeated it."""

    name: str
    value: Any
    source: str
    at: datetime | None


@dataclass(frozen=True)
class Said:
    """One entry of the ledger: what a load said of the customer."""

    traits: dict[str, Any]
    source: str
    at: datetime | None


def traits_of(store: Any, number: int) -> tuple[Trait, ...]:
    """The traits of a customer, by name."""
    found = rows(
        store,
        "SELECT CAST(ledger.traits AS VARCHAR) AS traits, loads.name AS source, "
        "coalesce(ledger.said_at, loads.loaded_at) AS at FROM traits AS ledger JOIN loads USING (load_id) "
        f"WHERE customer_id = {number} AND group_id IS NULL ORDER BY said_at, place",
    )
    return folded(Said(document(each["traits"]), each["source"], aware(each["at"])) for each in found)


def folded(ledger: Iterable[Said]) -> tuple[Trait, ...]:
    """The ledger key by key, as the log folds it: a later entry wins, objects are merged, a null takes a key away."""
    known: dict[str, Trait] = {}
    for said in ledger:
        for name, value in said.traits.items():
            before = known.get(name)
            now = _patched(None if before is None else before.value, value)
            if value is None:
                known.pop(name, None)
            elif before is None or before.value != now or type(before.value) is not type(now):
                known[name] = Trait(name, now, said.source, said.at)
    return tuple(known[name] for name in sorted(known))


def _patched(old: Any, new: Any) -> Any:
    """RFC 7396: what the engine's own fold does."""
    if not isinstance(new, dict):
        return new
    made = dict(old) if isinstance(old, dict) else {}
    for name, value in new.items():
        if value is None:
            made.pop(name, None)
        else:
            made[name] = _patched(made.get(name), value)
    return made
