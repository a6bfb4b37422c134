"""Which column of a table that stays where it is plays which role: as told, else by customary names where one fits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cherish.collect.roles import ROLES, bare
from cherish.errors import MappingError

ARGUMENTS: Mapping[str, str] = {
    "customer": "customer", "time": "ts", "event": "name", "value": "value", "order": "order_id",
    "currency": "currency", "message": "event_id", "traits": "traits",
}  # fmt: skip
"""The roles of a table, by the names that `--map` knows, and what `TableLog.of` calls them."""
_NEEDED = ("customer", "time")
_GUESSED = ("customer", "time", "event", "value", "order", "currency", "message")


def roles_of(table: Any, told: Mapping[str, str]) -> dict[str, Any]:
    """The arguments of `TableLog.of`. A role that is told as nothing (`order=`) stays empty and is not guessed.

    Raises:
        MappingError: a role that no table has, a needed role that no column or several columns could play.
    """
    for role in told:
        if role not in ARGUMENTS:
            raise MappingError(f"--map {role}=...: a table has no such role; there are {', '.join(ARGUMENTS)}")
    found = {role: told.get(role, "") if role in told else _guessed(table, role, told) for role in _GUESSED}
    for role in _NEEDED:
        if not found[role]:
            raise MappingError(
                f"which column is the {role}? Say --map {role}=COLUMN; there are {', '.join(table.columns)}"
            )
    arguments: dict[str, Any] = {ARGUMENTS[role]: column for role, column in found.items() if column}
    traits = tuple(filter(None, (each.strip() for each in told.get("traits", "").split("|"))))
    return arguments | ({"traits": traits} if traits else {})


def _guessed(table: Any, role: str, told: Mapping[str, str]) -> str:
    taken = set(told.values())
    fits = [
        name for name, kind in table.schema().items()
        if name not in taken and bare(name) in ROLES[role].habits and _can(role, kind)
    ]  # fmt: skip
    if len(fits) > 1:
        raise MappingError(
            f"{role}: {', '.join(fits)} could each be it. Say --map {role}=COLUMN, or --map {role}= for none"
        )
    return fits[0] if fits else ""


def _can(role: str, kind: Any) -> bool:
    if role == "time":
        return bool(kind.is_timestamp() or kind.is_date())
    return bool(kind.is_numeric()) if role == "value" else bool(kind.is_string() or kind.is_integer())
