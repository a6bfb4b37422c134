"""Which properties events carry, and of which type: noted per load, so that an undone load takes its own along."""

# ruff: noqa: S608  # statements are put together from our own texts only; values go in as parameters
from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cherish.store.duckdb import schema

_NUMBERS = ("UBIGINT", "BIGINT", "HUGEINT", "UHUGEINT", "DOUBLE")
_AT_ONCE = 100


def note(connection: Any, load_id: int, relation: str, document: str) -> None:
    """Note the properties of a load's new events."""
    seen = connection.execute("SELECT name, kind FROM properties WHERE load_id = ?", [load_id]).fetchall()
    for name, kind in sorted(kinds(connection, relation, document) - set(seen)):
        connection.execute("INSERT INTO properties VALUES (?, ?, ?)", [load_id, name, kind])


def kinds(connection: Any, relation: str, document: str) -> set[tuple[str, str]]:
    """Every pair of a key and the kind of a value under it: number, boolean, text or nested."""
    lists = f"SELECT DISTINCT json_keys({document}) AS keys FROM {relation} WHERE {document} IS NOT NULL"
    found = connection.execute(f"SELECT DISTINCT unnest(keys) FROM ({lists})").fetchall()
    keys = sorted(row[0] for row in found)
    pairs: set[tuple[str, str]] = set()
    for start in range(0, len(keys), _AT_ONCE):
        some = keys[start : start + _AT_ONCE]
        paths = ", ".join(map(schema.pointer, some))
        statement = f"SELECT DISTINCT json_type({document}, [{paths}]) FROM {relation} WHERE {document} IS NOT NULL"
        for (types,) in connection.execute(statement).fetchall():
            pairs.update(
                (key, _kind(kind)) for key, kind in zip(some, types, strict=True) if kind not in (None, "NULL")
            )
    return pairs


def _kind(json_type: str) -> str:
    if json_type in _NUMBERS:
        return "number"
    return {"BOOLEAN": "boolean", "VARCHAR": "text"}.get(json_type, "nested")


def types(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The Ibis type per key: float64 where all values are numbers, boolean, else string; only nested ones left out."""
    by_name: dict[str, set[str]] = {}
    for name, kind in pairs:
        by_name.setdefault(name, set()).add(kind)
    chosen = {frozenset(("number",)): "float64", frozenset(("boolean",)): "boolean"}
    return {
        name: chosen.get(frozenset(found), "string") for name, found in sorted(by_name.items()) if found != {"nested"}
    }
