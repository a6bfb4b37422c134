"""Rows that were not taken, in files beside the workspace: file, line, reason, and the row as it came."""

# Names of columns are quoted and texts are literals throughout.
# ruff: noqa: S608

from __future__ import annotations

import csv
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cherish.collect.sources import Source
from cherish.collect.spool import Spool
from cherish.collect.workbench import Workbench, literal, quoted
from cherish.errors import WorkspaceError

REJECTED, ASIDE = "r", "a"


@dataclass(frozen=True)
class Out:
    """Where rejected rows and rows set aside go for one import; nowhere without a folder."""

    folder: Path | None
    name: str

    def path(self, sort: str, stem: str | None) -> Path:
        """The file for one sort of rows, of one layout where there are several."""
        safe = "".join(each if each.isalnum() or each in "-_. " else "_" for each in self.name)
        inner = f".{stem}" if stem else ""
        return (self.folder or Path()) / f"{safe}{inner}{'' if sort == REJECTED else '.set-aside'}.csv"


@contextmanager
def left_out(bench: Workbench, spools: list[Spool], out: Out) -> Iterator[tuple[Path | None, Path | None]]:
    """Rows rejected and rows set aside, in files that come to their place only after the block, the load, succeeded.

    A load that is refused or killed leaves the folder as it was.

    Raises:
        WorkspaceError: the folder can't be written to; said before the load where that can be known.
    """
    written: dict[Path, Path] = {}
    files = [_write(bench, spools, out, sort, written) for sort in (REJECTED, ASIDE)]
    if written:
        _check(out.folder)
    yield files[0], files[1]
    try:
        for made, path in written.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(made, path)
    except OSError as error:
        raise WorkspaceError(
            f"the rows are loaded, and those left out can't be written to {out.folder}: {error.strerror}; "
            "import again when they can"
        ) from error


def _check(folder: Path | None) -> None:
    there = next((each for each in (folder, *folder.parents) if each.exists()), None) if folder else None
    if there is not None and not (there.is_dir() and os.access(there, os.W_OK)):
        raise WorkspaceError(f"{folder} can't hold the rows left out; nothing was loaded")


def _write(bench: Workbench, spools: list[Spool], out: Out, sort: str, written: dict[Path, Path]) -> Path | None:
    """Write the rows of one sort on the workbench; where the first file will be, or None where there are none."""
    found: list[Path] = []
    if out.folder is None:
        return None
    for spool in spools:
        parts = [
            part
            for reading in enumerate(spool.group.readings, spool.group.first)
            for part in _parts(bench, spool, *reading, sort)
        ]
        if not parts:
            continue
        path = out.path(sort, spool.group.source.stem if len(spools) > 1 else None)
        made = bench.folder / f"out{len(written)}.csv"
        bench.run(f"COPY ({' UNION ALL BY NAME '.join(parts)}) TO {literal(str(made))} (FORMAT csv, HEADER)")
        written[made] = path
        found.append(path)
    return found[0] if found else None


def _parts(bench: Workbench, spool: Spool, place: int, reading: object, sort: str) -> list[str]:
    source: Source = reading.source  # type: ignore[attr-defined]  # a Reading; typed in the caller
    bad = f"SELECT line, verdict FROM ({spool.relation()}) WHERE file = {place} AND verdict[1] = '{sort}'"
    found = []
    if bench.row(f"SELECT count(*) FROM ({bad})")[0]:
        own = _names(source)
        columns = "".join(f", CAST({source.column(name)} AS VARCHAR) AS {quoted(own[name])}" for name in source.names)
        found.append(
            f"SELECT {literal(source.label)} AS file, {physical(bench, source, 'rows.line')} AS line, verdict[2:] "
            f"AS reason{columns} "
            f"FROM ({source.relation}) AS rows JOIN ({bad}) AS bad ON rows.line = bad.line"
        )
    if sort == REJECTED and source.broken:
        found.append(_broken(bench, source, place))
    return found


def _names(source: Source) -> dict[str, str]:
    taken = {"file", "line", "reason"}
    return {name: f"{name}_" if name.lower() in taken else name for name in source.names}


def _broken(bench: Workbench, source: Source, place: int) -> str:
    path = bench.folder / f"broken{place}.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerows([each.record + source.header_lines, each.reason, each.text] for each in source.broken)
    columns = "{'line': 'BIGINT', 'reason': 'VARCHAR', 'text': 'VARCHAR'}"
    return (
        f"SELECT {literal(source.label)} AS file, line, reason, text AS {quoted('row')} FROM "
        f"read_csv({literal(str(path))}, "
        f"columns = {columns}, header = false, auto_detect = false, delim = ',', quote = '\"', escape = '\"')"
    )


def physical(bench: Workbench, source: Source, line: str) -> str:
    """The line of the file that a row begins on, as people count: header, broken records, line breaks in fields."""
    if source.wide is not None:
        return physical(bench, source.wide, f"(({line} - 1) // {source.per_row} + 1)")
    if source.form != "text":
        return line
    texts = " + ".join(
        f"coalesce(length({c}) - length(replace({c}, chr(10), '')), 0)" for c in map(source.column, source.names)
    )
    breaks = f"SELECT line, {texts} AS n FROM ({source.relation})"
    placed = f"CAST({line} + {source.header_lines} AS BIGINT)"
    if source.broken:
        # The k-th broken record stands after `record - k` sound rows.
        after = ", ".join(str(each.record - place) for place, each in enumerate(source.broken, 1))
        placed += f" + len(list_filter([{after}], lambda sound: sound < {line}))"
    if bench.row(f"SELECT coalesce(sum(n), 0) FROM ({breaks})")[0]:
        placed += f" + (SELECT coalesce(sum(b.n), 0) FROM ({breaks}) AS b WHERE b.line < {line})"
    return f"CAST({placed} AS BIGINT)"
