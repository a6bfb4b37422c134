"""What would be imported, before anything is: the guessed mapping with its reasons, and the first rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cherish.collect.mapping import Asked, Choice, checked_kind, parsed, summary
from cherish.collect.plan import Planned, plan
from cherish.collect.sources import find, is_path, open_file, open_table
from cherish.collect.workbench import Workbench, workbench

FIRST_ROWS = 3


@dataclass(frozen=True)
class FilePreview:
    """One file: its columns and first rows, the kind of its rows and the mapping with a reason for each choice.

    `problem` is None, or the sentence why the file can't be taken as it is, with the way out.
    """

    file: str
    rows: int
    columns: tuple[str, ...]
    kind: str | None
    why: str
    choices: tuple[Choice, ...]
    event: str | None
    first_rows: tuple[tuple[Any, ...], ...]
    warnings: tuple[str, ...] = ()
    problem: str | None = None

    def lines(self) -> list[str]:
        """The preview as text."""
        if self.problem:
            return [f"{self.file}: {self.rows:,} rows; can't be taken: {self.problem}"]
        found = [f"{self.file}: {self.rows:,} rows, {self.kind} ({self.why})"]
        width = max((len(choice.role) for choice in self.choices), default=0)
        found += [f"  {each.role:<{width}}  {each.column}  ({each.reason})" for each in self.choices]
        if self.event:
            found.append(f'  every row is an event "{self.event}" (from the file\'s name; say another with --event)')
        found += [f"  {' | '.join(summary(value) for value in row)}" for row in self.first_rows]
        return found + [f"  note: {warning}" for warning in self.warnings]


@dataclass(frozen=True)
class Preview:
    """Every file of an import as it would be read."""

    files: tuple[FilePreview, ...]

    @property
    def ready(self) -> bool:
        """Whether at least one file can be taken."""
        return any(each.problem is None for each in self.files)

    def lines(self) -> list[str]:
        """The preview as text."""
        return [line for each in self.files for line in each.lines()]


def preview(
    paths: str | Path | Sequence[str | Path] | Any,
    *,
    kind: str | None = None,
    mapping: Asked = None,
    event: str | None = None,
    encoding: str | None = None,
) -> Preview:
    """Look at files (or a data frame) without importing them; the arguments are those of `import_files`.

    Raises:
        FileError: a file can't be read, or a column that was asked for is not there.
    """
    asked, wanted = parsed(mapping), checked_kind(kind)
    with workbench() as bench:
        if is_path(paths):
            sources = [open_file(bench, path, encoding) for path in find(paths)]
        else:
            sources = [open_table(bench, paths, "table")]
        return Preview(tuple(_previewed(bench, each) for each in plan(bench, sources, asked, wanted, event)))


def _previewed(bench: Workbench, planned: Planned) -> FilePreview:
    source, guess = planned.source, planned.guess
    names = ", ".join(source.column(name) for name in source.names)
    # Ordering would read a whole text file, and its rows come in order anyway.
    order = "" if source.form in ("text", "json") else " ORDER BY line"
    rows = bench.rows(f"SELECT {names} FROM ({source.relation}){order} LIMIT {FIRST_ROWS}")  # noqa: S608  # names are c0, c1
    layout = guess.layout
    return FilePreview(
        file=source.label,
        rows=source.records,
        columns=source.names,
        kind=layout.kind if layout else None,
        why=guess.why,
        choices=guess.choices,
        event=layout.event if layout else None,
        first_rows=tuple(tuple(row) for row in rows),
        warnings=guess.warnings,
        problem=guess.problem,
    )
