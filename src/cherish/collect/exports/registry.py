"""Which tools there are, and which of them a file is from: by its columns, where these leave no doubt."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from pathlib import Path

from cherish.collect.exports import macros
from cherish.collect.exports.form import ALWAYS, Table, Tool, load
from cherish.collect.sources import Source, names_json
from cherish.collect.workbench import Workbench, quoted
from cherish.errors import FileError, MappingError

_LOOKED_AT = 100


@cache
def tools() -> dict[str, Tool]:
    """Every tool, by the name of its file."""
    return {file.stem: load(file) for file in sorted(Path(__file__).parent.glob("*.toml"))}


def checked(name: str | None) -> str | None:
    """A tool's name, if it is one.

    Raises:
        MappingError: there is no such tool.
    """
    if name is None or name in tools():
        return name
    near = get_close_matches(name, tools(), n=1, cutoff=0.6)
    hint = f"did you mean {near[0]}?" if near else f"choose one of {', '.join(tools())}, or leave it out"
    raise MappingError(f"--from {name}: no such tool is known; {hint}")


def tables(bench: Workbench, source: Source, name: str) -> tuple[Table, ...]:
    """The tool's table that a file is, and those read beside it.

    Raises:
        FileError: the file is none of the tool's.
    """
    tool = tools()[name]
    fitting = [each for each in _first(tool) if set(each.needs) <= set(source.names)]
    told = [each for each in fitting if _tells(bench, source, each)]
    for table in told or fitting:
        return (table, *(each for each in _beside(tool, table) if set(each.needs) <= set(source.names)))
    wanted = "; or ".join(f"{each.what}: {names_json(each.needs)}" for each in _first(tool))
    raise FileError(
        f"{source.label} is no export of {tool.title}; the columns are {names_json(source.names)}, needed are {wanted}"
    )


def recognised(bench: Workbench, source: Source) -> str | None:
    """The one tool whose columns a file has; None where there is none, or several could be meant."""
    found = [name for name, tool in tools().items() if any(_known(bench, source, table) for table in _first(tool))]
    return found[0] if len(found) == 1 else None


def _known(bench: Workbench, source: Source, table: Table) -> bool:
    wanted = {*table.needs, *table.known_by}
    return bool(table.known_by) and wanted <= set(source.names) and _tells(bench, source, table)


def _tells(bench: Workbench, source: Source, table: Table) -> bool:
    if table.telltale == ALWAYS:
        return True
    macros.ready(bench)
    rows = f"SELECT {_sound(source, table)} FROM ({source.relation}) LIMIT {_LOOKED_AT}"  # noqa: S608 - the importer's own relation
    met = f"count(*) FILTER ({table.telltale})"
    # Most rows, not all: a damaged one among them is refused later, with its line.
    return bool(bench.row(f"SELECT {met} * 2 > count(*) FROM ({rows})")[0])  # noqa: S608 - a condition of our own files


def _sound(source: Source, table: Table) -> str:
    found = []
    for name in table.needs + table.may:
        if name in source.names:
            text = f"CAST({source.column(name)} AS VARCHAR)"
            sound = f"CASE WHEN json_valid({text}) THEN {text} END" if name in table.documents else text
            found.append(f"{sound} AS {quoted(name)}")
    return ", ".join(found)


def _first(tool: Tool) -> list[Table]:
    return [table for table in tool.tables if not table.beside]


def _beside(tool: Tool, table: Table) -> list[Table]:
    found: list[Table] = []
    for each in tool.tables[tool.tables.index(table) + 1 :]:
        if not each.beside:
            break
        found.append(each)
    return found
