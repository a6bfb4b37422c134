"""Rows that were not taken, in files beside the workspace: file, line, reason, and the row as it came."""

# Names of columns are quoted and texts are literals throughout.
# ruff: noqa: S608

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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
    """Rows rejected and rows set aside, in files that stand for good only if the block, the load, succeeds.

    They are written before it: a disk without room for them must not be found out when the rows are loaded.

    Raises:
        WorkspaceError: the folder can't be written to.
    """
    written: dict[Path, Path] = {}
    try:
        files = [_write(bench, spools, out, sort, written) for sort in (REJECTED, ASIDE)]
        yield files[0], files[1]
        for partial, path in written.items():
            partial.replace(path)
    except BaseException:
        for partial in written:
            partial.unlink(missing_ok=True)
        _forget(out.folder)
        raise


def _forget(folder: Path | None) -> None:
    # Empty ones only: those that this import made.
    with suppress(OSError):
        if folder is not None:
            folder.rmdir()
            folder.parent.rmdir()


def _write(bench: Workbench, spools: list[Spool], out: Out, sort: str, written: dict[Path, Path]) -> Path | None:
    """Write the rows of one sort under other names; the first file's own, or None where there are no such rows."""
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
        partial = path.with_name(f".{path.name}.partial")
        _make(path.parent)
        written[partial] = path
        bench.run(f"COPY ({' UNION ALL BY NAME '.join(parts)}) TO {literal(str(partial))} (FORMAT csv, HEADER)")
        found.append(path)
    return found[0] if found else None


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WorkspaceError(f"{folder} can't hold the rows left out: {error.strerror}") from error


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
