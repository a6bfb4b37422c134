"""How files were understood: each role, the column that plays it, and its first three values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROWS = 3
_COLUMN, _VALUE = 18, 20
KINDS = {
    "events": "one event a row",
    "orders": "one order a row",
    "lines": "one line of an order a row",
    "customers": "one customer a row",
}


@dataclass(frozen=True)
class Role:
    """A role, the column chosen for it, and what its first rows hold."""

    name: str
    column: str
    values: tuple[str, ...]
    certain: bool


@dataclass(frozen=True)
class Preview:
    """One file as it was understood; `problem` says why it can't be taken."""

    label: str
    rows: int
    kind: str | None
    event: str | None
    roles: tuple[Role, ...]
    warnings: tuple[str, ...]
    problem: str | None

    def lines(self) -> list[str]:
        """The preview as text, at most 100 columns wide."""
        if self.problem is not None:
            return [f"{self.label}: left out, {self.problem.removeprefix(f'{self.label}: ')}"]
        event = f', each of them "{self.event}"' if self.event else ""
        found = [f"{self.label}: {self.rows:,} rows, {KINDS.get(self.kind or '', self.kind or '')}{event}"]
        for role in self.roles:
            values = "".join(f" {_cut(value, _VALUE - 1):<{_VALUE}}" for value in role.values)
            doubt = "" if role.certain else "?"
            found.append(f"  {role.name + doubt:<13} {_cut(role.column, _COLUMN):<{_COLUMN}}{values}".rstrip())
        found += [f"  note: {warning}" for warning in self.warnings]
        return found


def preview(
    paths: Sequence[Path],
    *,
    mapping: Any = None,
    kind: str | None = None,
    event: str | None = None,
    encoding: str | None = None,
    tool: str | None = None,
) -> list[Preview]:
    """What the importer would make of these files, without importing them.

    Raises:
        FileError: a file can't be read.
        MappingError: a mapping that is none.
    """
    from cherish.collect.exports.registry import checked
    from cherish.collect.mapping import checked_kind, parsed
    from cherish.collect.plan import plan
    from cherish.collect.sources import find, open_file
    from cherish.collect.workbench import workbench

    with workbench() as bench:
        sources = [open_file(bench, path, encoding) for path in find(list(paths))]
        planned = plan(bench, sources, parsed(mapping), checked_kind(kind), event, checked(tool))
        return [_preview(bench, each) for each in planned]


def _preview(bench: Any, planned: Any) -> Preview:
    source, found = planned.source, planned.guess
    layout = found.layout
    if layout is None:
        return Preview(source.label, source.rows, None, None, (), (), found.problem or "no column says who and when")
    certain = {choice.role: choice.certain for choice in found.choices}
    # As texts: for a moment with a zone Python would need one more package.
    texts = "CAST(COLUMNS(* EXCLUDE (line)) AS VARCHAR)"
    rows = bench.rows(f"SELECT {texts} FROM ({source.relation}) ORDER BY line LIMIT {ROWS}")  # noqa: S608 - the importer's own relation
    roles = []
    for role, column in layout.roles.items():
        place = source.names.index(column)
        values = tuple(_text(row[place]) for row in rows)
        roles.append(Role(role, column, values, certain.get(role, True)))
    return Preview(source.label, source.rows, layout.kind, layout.event, tuple(roles), found.warnings, None)


def _text(value: Any) -> str:
    text = "" if value is None else str(value)
    return "".join(sign if sign.isprintable() else " " for sign in text)


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"
