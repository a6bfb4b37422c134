"""Which column plays which part: what people write (`customer=CustomerID`) as checked values."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from cherish.collect.roles import KINDS, ROLES, Kind
from cherish.collect.sources import Source, names_json
from cherish.errors import FileError, MappingError

Asked = Mapping[str, str] | Iterable[str] | None
"""A mapping as people give it: pairs, or texts `role=column`; an empty column says that no column plays the role.
`stem.role=column` holds for one file only."""


@dataclass(frozen=True)
class Choice:
    """A column chosen for a role, why, and whether nothing speaks against it."""

    role: str
    column: str
    reason: str
    certain: bool = True


@dataclass(frozen=True)
class Layout:
    """How one file is read: the kind of its rows, the column of each role, the constant event name."""

    kind: Kind
    roles: Mapping[str, str] = field(default_factory=dict)
    event: str | None = None

    def has(self, *roles: str) -> bool:
        """Whether every one of these roles has a column."""
        return all(role in self.roles for role in roles)

    def __str__(self) -> str:
        return json.dumps({"kind": self.kind, **dict(sorted(self.roles.items()))}, ensure_ascii=False)


def parsed(asked: Asked) -> dict[str, str]:
    """Pairs of role and column.

    Raises:
        MappingError: not of that form, or an unknown role.
    """
    if asked is None:
        return {}
    pairs = dict(asked) if isinstance(asked, Mapping) else dict(_pair(each) for each in _texts(asked))
    for role in pairs:
        if role.rsplit(".", 1)[-1] not in ROLES:
            raise MappingError(f"--map {role}=...: there is no role {role!r}; the roles are {', '.join(ROLES)}")
    return pairs


def _texts(asked: Iterable[str]) -> list[str]:
    return [asked] if isinstance(asked, str) else list(asked)


def _pair(text: str) -> tuple[str, str]:
    role, found, column = text.partition("=")
    if not found:
        raise MappingError(f"--map {text!r}: write --map role=column; the roles are {', '.join(ROLES)}")
    return role.strip(), column.strip()


def checked_kind(kind: str | None) -> Kind | None:
    """A kind, if it is one.

    Raises:
        MappingError: there is no such kind.
    """
    if kind is None:
        return None
    for known in KINDS:
        if kind == known:
            return known
    raise MappingError(f"kind {kind!r}: choose one of {', '.join(KINDS)}")


def given(source: Source, asked: Mapping[str, str], alone: bool) -> dict[str, str | None]:
    """What was asked for this source: role to column, or None for `no column`.

    With several files a column that this one lacks is no mistake; `unused` finds those that none has.

    Raises:
        FileError: the file is alone (or named) and has no such column.
    """
    found: dict[str, str | None] = {}
    for key, column in asked.items():
        stem, dot, role = key.rpartition(".")
        if dot and stem != source.stem:
            continue
        exact = _column(source, column)
        if column and exact is None and (alone or dot):
            raise missing(source, column, key)
        if exact is not None or not column:
            found[role] = exact
    return found


def _column(source: Source, asked: str) -> str | None:
    if asked in source.names:
        return asked
    same = [name for name in source.names if name.lower() == asked.lower()]
    return same[0] if len(same) == 1 else None


def missing(source: Source, column: str, role: str) -> FileError:
    """The error for a column that is not there."""
    near = get_close_matches(column, source.names, n=1, cutoff=0.6)
    hint = f"; did you mean {role}={near[0]}?" if near else ""
    where = f"{source.label}, line 1" if source.header_lines else source.label
    return FileError(
        f"{where}: there is no column {column!r} ({role}); the columns are {names_json(source.names)}{hint}"
    )


def unused(sources: Iterable[Source], asked: Mapping[str, str]) -> tuple[str, str] | None:
    """The first pair whose column no source has."""
    there = list(sources)
    for key, column in asked.items():
        if column and not any(_column(source, column) for source in there):
            return key, column
    return None


def summary(value: Any) -> str:
    """A sample value as shown to people: short, on one line."""
    text = " ".join(str(value).split())
    return text if len(text) <= 40 else text[:39] + "…"
