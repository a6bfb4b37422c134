"""A file of another tool as rows under our roles: one statement per table, over the file as it lies there."""

# Names of columns are quoted, expressions are of our own files.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

from cherish.collect import documents
from cherish.collect.exports import macros, registry
from cherish.collect.exports.form import Table
from cherish.collect.mapping import Choice, Layout
from cherish.collect.sources import Source, first_line
from cherish.collect.workbench import Workbench, literal, quoted
from cherish.errors import FileError

_PROBLEM = "problem"


@dataclass(frozen=True)
class Part:
    """Rows of a file under the names of our roles, and how they are read."""

    source: Source
    layout: Layout
    choices: tuple[Choice, ...]
    note: str


def parts(bench: Workbench, source: Source, name: str, asked: Mapping[str, str | None]) -> tuple[Part, ...]:
    """A file as what its tool wrote: the events or orders, and what else lies in it (traits, cancellations).

    `asked` names columns that replace the tool's own choice for a role; None: no column.

    Raises:
        FileError: the file is none of the tool's, or can't be read as it.
    """
    macros.ready(bench)
    found = registry.tables(bench, source, name)
    try:
        made = [_part(bench, source, table, asked, place) for place, table in enumerate(found)]
    except duckdb.Error as error:
        title = registry.tools()[name].title
        raise FileError(f"{source.label} can't be read as an export of {title}: {first_line(error)}") from error
    return tuple(each for each in made if each.source.records)


def _part(bench: Workbench, source: Source, table: Table, asked: Mapping[str, str | None], place: int) -> Part:
    roles = _roles(source, table, asked)
    columns = _columns(source, table, roles)
    items = ", ".join(f"CAST({made} AS VARCHAR) AS c{place}" for place, made in enumerate(columns.values()))
    line = "line" if table.per_row == 1 else f"(line - 1) * {table.per_row} + nth + 1"
    relation = f"WITH file AS ({_file(source, table)}), made AS ({table.rows}) SELECT {line} AS line, {items} FROM made"
    (rows,) = bench.row(f"SELECT count(*) FROM ({relation})")
    names = tuple(columns)
    problem = f"c{names.index(_PROBLEM)}"
    # What is left out of each table goes to a file of its own.
    stem = f"{source.stem}-{place + 1}" if place else source.stem
    derived = Source(
        source.label, stem, source.form, names, ("VARCHAR",) * len(names), relation, rows, source.digest,
        source.header_lines, () if place else source.broken, source.nul, wide=source, per_row=table.per_row,
        refused=((f"{problem} IS NOT NULL", f"'r' || {problem}"),),
    )  # fmt: skip
    choices = tuple(Choice(role, role, "by the tool's layout") for role in roles)
    note = f"{source.label}: {'also' if place else 'read as'} {table.what}, {rows:,}"
    return Part(derived, Layout(table.kind, {role: role for role in roles}), choices, note)


def _file(source: Source, table: Table) -> str:
    """The file under the names that the table's expressions use: texts, sound JSON, and the rest as it is."""
    named = (*table.needs, *table.may)
    found = ["line"]
    for name in named:
        text = _text(source, name) if name in source.names else "CAST(NULL AS VARCHAR)"
        sound = f"CASE WHEN json_valid({text}) THEN {text} END" if name in table.documents else text
        found.append(f"{sound} AS {quoted(name)}")
    found += [f"{source.column(name)} AS {_rest(source, name)}" for name in _unnamed(source, table)]
    found.append(f"{_unsound(source, table)} AS unsound")
    return f"SELECT {', '.join(found)} FROM ({source.relation})"


def _text(source: Source, name: str) -> str:
    column, kind = source.column(name), source.kind(name)
    if kind.startswith(("STRUCT", "MAP", "JSON")) or kind.endswith("]"):
        return f"CAST(to_json({column}) AS VARCHAR)"
    return f"CAST({column} AS VARCHAR)" if kind != "BLOB" else "CAST(NULL AS VARCHAR)"


def _rest(source: Source, name: str) -> str:
    return f"rest_{source.names.index(name)}"


def _unsound(source: Source, table: Table) -> str:
    """The first document of a row that is no JSON, as a reason; null where there is none."""
    cases = [
        f"WHEN trim({_text(source, name)}) <> '' AND NOT json_valid({_text(source, name)}) "
        f"THEN {literal(f'{name}: not valid JSON')}"
        for name in table.documents
        if name in source.names
    ]
    return f"CASE {' '.join(cases)} END" if cases else "CAST(NULL AS VARCHAR)"


def _roles(source: Source, table: Table, asked: Mapping[str, str | None]) -> dict[str, str]:
    """The expression of each role: what was asked for, else the table's; names of the tool are ours from here on."""
    found = dict(table.roles)
    if "event" in found:
        found |= _named(found["event"], table)
    for role, column in asked.items():
        found.pop(role, None)
        if column is not None:
            found[role] = quoted(column) if column in (*table.needs, *table.may) else _rest(source, column)
    if table.rest == "context" and (rest := _unnamed(source, table)):
        found["context"] = _context(source, rest, found.get("context"))
    return found


def _named(event: str, table: Table) -> dict[str, str]:
    found = {"event": _chosen(event, table.names, f"({event})")}
    return found | ({"type": _chosen(event, table.calls, "'track'")} if table.calls else {})


def _chosen(event: str, names: Mapping[str, str], otherwise: str) -> str:
    cases = " ".join(f"WHEN {literal(theirs)} THEN {literal(ours)}" for theirs, ours in names.items())
    return f"CASE ({event}) {cases} ELSE {otherwise} END" if cases else otherwise


def _unnamed(source: Source, table: Table) -> list[str]:
    return [name for name in source.names if name not in (*table.needs, *table.may)]


def _context(source: Source, rest: list[str], given: str | None) -> str:
    members = {name: documents.value_sql(_rest(source, name), source.kind(name)) for name in rest}
    loose = documents.object_sql(members)
    if given is None:
        return loose
    return f"json_merge_patch(coalesce({loose}, '{{}}'), coalesce({documents.given_sql(f'({given})')}, '{{}}'))"


def _columns(source: Source, table: Table, roles: Mapping[str, str]) -> dict[str, str]:
    """The columns of a made row and the expression of each: roles, properties, the rest, and what is wrong."""
    found = dict(roles)
    further = dict(table.properties)
    if table.rest == "properties":
        further |= {name: _rest(source, name) for name in _unnamed(source, table)}
    for name, made in further.items():
        found[name if name not in found else f"{name}_"] = made
    cases = [(each.when, literal(each.reason)) for each in table.refused]
    cases += [("unsound IS NOT NULL", "unsound")] if table.documents else []
    found[_PROBLEM] = f"CASE {' '.join(f'WHEN {when} THEN {why}' for when, why in cases)} END" if cases else "NULL"
    return found
