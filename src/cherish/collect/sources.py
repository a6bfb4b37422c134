"""Files and tables as one kind of thing: rows with a line number and columns `c0`, `c1` ..., however called."""

# Names of columns are quoted and texts are literals throughout.
# ruff: noqa: S608

from __future__ import annotations

import glob
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from cherish.collect.textfiles import Text, as_utf8, beginning, chunks, dialect
from cherish.collect.workbench import Workbench, literal, quoted
from cherish.errors import FileError, InputError

ENDINGS = {
    ".csv": "text", ".tsv": "text", ".tab": "text", ".txt": "text", ".jsonl": "json", ".ndjson": "json",
    ".json": "json",
    ".parquet": "parquet", ".pq": "parquet",
}  # fmt: skip
MALFORMED = {
    "TOO MANY COLUMNS": "more fields than columns",
    "MISSING COLUMNS": "fewer fields than columns",
    "UNQUOTED VALUE": "a quote is not closed",
    "LINE SIZE OVER MAXIMUM": "the line is too long",
}
_LINE = 16 * 1024 * 1024
_PLACE = "file_row_number"


@dataclass(frozen=True)
class Broken:
    """A record that is no row: which (1 is the first after the header), why, and its text."""

    record: int
    reason: str
    text: str


@dataclass(frozen=True)
class Source:
    """A file or table that can be read: `relation` is a SELECT of `line` (the record's place) and `c0`, `c1` ...

    `per_row` rows are made of each row of `wide` where there is one (a survey's answers); `refused` are conditions on
    the columns under which a row is rejected, each with its reason.
    """

    label: str
    stem: str
    form: str
    names: tuple[str, ...]
    kinds: tuple[str, ...]
    relation: str
    rows: int
    digest: str
    header_lines: int = 0
    broken: tuple[Broken, ...] = field(default=(), repr=False)
    nul: bool = False
    wide: Source | None = field(default=None, repr=False)
    per_row: int = 1
    refused: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    @property
    def layout(self) -> tuple[str, tuple[tuple[str, str], ...]]:
        """What must agree for two files to be read under one mapping."""
        return self.form, tuple(zip(self.names, self.kinds, strict=True))

    @property
    def records(self) -> int:
        """Rows and records that are none."""
        return self.rows + len(self.broken)

    def column(self, name: str) -> str:
        """The internal name (`c0`) of a column."""
        return f"c{self.names.index(name)}"

    def kind(self, name: str) -> str:
        """The engine's type of a column."""
        return self.kinds[self.names.index(name)]


def is_path(value: Any) -> bool:
    """Whether this names files rather than being a table."""
    return isinstance(value, str | Path) or (
        isinstance(value, Sequence) and bool(value) and all(isinstance(each, str | Path) for each in value)
    )


def find(paths: str | Path | Sequence[str | Path]) -> list[Path]:
    """The files that paths, folders and globs stand for, in order, each once.

    Raises:
        FileError: nothing is there.
    """
    asked = [paths] if isinstance(paths, str | Path) else list(paths)
    found: list[Path] = []
    for each in asked:
        found += _expanded(Path(each).expanduser(), str(each))
    if not found:
        raise FileError("no file was named; write cherish import FILE")
    return list({path.resolve(): path for path in found}.values())


def _expanded(path: Path, text: str) -> list[Path]:
    if path.is_dir():
        inside = sorted(each for each in path.rglob("*") if each.is_file() and _ending(each) in ENDINGS)
        if not inside:
            raise FileError(f"{text} holds no file that can be imported (CSV, TSV, JSON lines, Parquet)")
        return inside
    if path.exists():
        return [path]
    matches = sorted(Path(each) for each in glob.glob(text, recursive=True))
    if not matches:
        raise FileError(f"{text}: there is no such file")
    return [inner for each in matches for inner in (_expanded(each, str(each)) if each.is_dir() else [each])]


def _ending(path: Path) -> str:
    endings = [each.lower() for each in path.suffixes]
    return endings[-2] if endings[-1:] == [".gz"] and len(endings) > 1 else endings[-1] if endings else ""


def _stem(path: Path) -> str:
    ending = _ending(path)
    name = path.name[: -len(".gz")] if path.name.lower().endswith(".gz") else path.name
    return name[: -len(ending)] if ending and name.lower().endswith(ending) else name


def open_file(bench: Workbench, path: Path, encoding: str | None = None) -> Source:
    """A file made ready for reading.

    Raises:
        FileError: it can't be read, is empty, or is in another encoding.
    """
    form = ENDINGS.get(_ending(path), "")
    if path.exists() and not path.is_file():
        raise FileError(f"{path.name} is a pipe or a device, not a file; write it to a file first")
    head = beginning(path)
    if head.startswith(b"PAR1"):
        form = "parquet"
    elif form in ("", "parquet"):
        if form == "parquet":
            raise FileError(f"{path.name} is not Parquet; {_FORMS}")
        form = "json" if head.lstrip()[:1] in (b"{", b"[") else "text"
    if form == "parquet":
        return _parquet(bench, path)
    text = as_utf8(path, bench.folder, encoding)
    return _json_lines(bench, path, text) if form == "json" else _delimited(bench, path, text)


_NO_OBJECT, _NO_JSON = "not a JSON object", "not valid JSON"
_FORMS = "give CSV, TSV, JSON lines or Parquet"


def open_table(bench: Workbench, table: Any, label: str) -> Source:
    """A `pyarrow` table, a data frame (pandas, Polars) or anything else that speaks Arrow, as a source.

    Raises:
        InputError: it is none of these, or has no rows.
    """
    import pyarrow as pa

    if hasattr(table, "to_pandas") and hasattr(table, "to_pyarrow"):
        table = table.to_pyarrow()
    if not isinstance(table, pa.Table):
        table = _as_arrow(table)
    if table.num_rows == 0:
        raise InputError(f"{label} has no rows; nothing to read")
    names = [str(name) for name in table.schema.names]
    table = table.rename_columns([f"c{place}" for place in range(table.num_columns)])
    bench.connection.register("given", table)
    described = bench.rows("DESCRIBE SELECT * FROM given")
    bench.run("CREATE OR REPLACE TEMP TABLE given_rows AS SELECT row_number() OVER () AS line, * FROM given")
    digest = hashlib.sha256(repr(bench.row("SELECT count(*), bit_xor(hash(given)) FROM given")).encode()).hexdigest()
    return Source(
        label,
        label,
        "table",
        tuple(names),
        tuple(row[1] for row in described),
        "SELECT * FROM given_rows",
        table.num_rows,
        digest,
    )


def _as_arrow(table: Any) -> Any:
    import pyarrow as pa

    try:
        return pa.table(table)
    except (TypeError, ValueError, pa.ArrowInvalid) as error:
        kind = f"{type(table).__module__}.{type(table).__qualname__}"
        raise InputError(
            f"{kind} can't be read; give a file, a data frame, a pyarrow.Table or an Ibis table"
        ) from error


def _parquet(bench: Workbench, path: Path) -> Source:
    where = literal(str(path))
    try:
        described = bench.rows(f"DESCRIBE SELECT * FROM read_parquet({where})")
        (rows,) = bench.row(f"SELECT count(*) FROM read_parquet({where})")
    except duckdb.Error as error:
        raise FileError(f"{path.name} can't be read as Parquet: {first_line(error)}") from error
    if not rows:
        raise FileError(f"{path.name} is empty; nothing to import")
    names = [str(row[0]) for row in described]
    if _PLACE in (name.lower() for name in names):
        raise FileError(f"{path.name}: the engine needs the name {_PLACE} for itself; rename this column")
    columns = "".join(f", {quoted(name)} AS c{place}" for place, name in enumerate(names))
    relation = f"SELECT {_PLACE} + 1 AS line{columns} FROM read_parquet({where}, {_PLACE} = true)"
    return Source(
        path.name,
        _stem(path),
        "parquet",
        tuple(names),
        tuple(row[1] for row in described),
        relation,
        rows,
        _digest(path),
    )


def _digest(path: Path) -> str:
    found = hashlib.sha256()
    for piece in chunks(path):
        found.update(piece)
    return found.hexdigest()


def _delimited(bench: Workbench, path: Path, text: Text) -> Source:
    form = dialect(text, path.name)
    columns = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(len(form.names)))
    options = (
        f"columns = {{{columns}}}, header = {form.header}, delim = {literal(form.delimiter)}, "
        f"quote = {literal(form.quote)}, escape = {literal(form.quote)}, auto_detect = false, "
        f"max_line_size = {_LINE}, strict_mode = true, null_padding = false, "
    )
    where = literal(str(text.path))
    every = "coalesce(" + ", ".join(f"c{place}" for place in range(len(form.names))) + ", '')"
    try:
        (rows, _) = bench.row(f"SELECT count(*), max({every}) FROM read_csv({where}, {options} store_rejects = true)")
        broken = _malformed(bench)
    except duckdb.Error as error:
        raise FileError(f"{path.name} can't be read as a table: {first_line(error)}") from error
    if not rows + len(broken):
        raise FileError(f"{path.name} is empty below its header (line 1); nothing to import")
    relation = f"SELECT row_number() OVER () AS line, * FROM read_csv({where}, {options} ignore_errors = true)"
    kinds = ("VARCHAR",) * len(form.names)
    return Source(
        path.name, _stem(path), "text", form.names, kinds, relation, rows, text.digest, int(form.header), broken,
        text.nul,
    )  # fmt: skip


def _malformed(bench: Workbench) -> tuple[Broken, ...]:
    # The engine numbers records with the header; a record may have several faults.
    kinds = ", ".join(literal(each) for each in MALFORMED)
    found = bench.rows(
        "SELECT e.line, min(e.error_type::VARCHAR), any_value(e.csv_line), any_value(s.has_header) FROM "
        "reject_errors e "
        f"JOIN reject_scans s USING (scan_id, file_id) WHERE e.error_type::VARCHAR IN ({kinds}) GROUP BY e.line "
        "ORDER BY 1"
    )
    bench.run("DROP TABLE reject_errors; DROP TABLE reject_scans")
    return tuple(Broken(int(line) - int(bool(header)), MALFORMED[kind], text) for line, kind, text, header in found)


def _json_lines(bench: Workbench, path: Path, text: Text) -> Source:
    where = literal(str(text.path))
    if text.head.lstrip().startswith("["):
        read = (
            f"SELECT json::VARCHAR AS j FROM read_json_objects({where}, format = 'array', maximum_object_size = "
            f"{_LINE})"
        )
    else:
        options = (
            "columns = {'j': 'VARCHAR'}, header = false, delim = chr(1), quote = '', escape = '', auto_detect = false"
        )
        read = f"SELECT j FROM read_csv({where}, {options}, max_line_size = {_LINE})"
    numbered = f"SELECT row_number() OVER () AS line, j FROM ({read})"
    sound = "CASE WHEN json_valid(j) THEN json_type(j) = 'OBJECT' ELSE false END"
    try:
        counted = (
            f"SELECT count(*) FILTER ({sound}), list(DISTINCT json_keys(CASE WHEN {sound} THEN j END)) FROM "
            f"({numbered}) WHERE j IS NOT NULL"
        )
        rows, lists = bench.row(counted)
        bad = bench.rows(
            f"SELECT line, CASE WHEN json_valid(j) THEN '{_NO_OBJECT}' ELSE '{_NO_JSON}' END, j FROM ({numbered}) "
            f"WHERE trim(j) <> '' AND NOT coalesce({sound}, false)"
        )
    except duckdb.Error as error:
        raise FileError(f"{path.name} can't be read as JSON lines: {first_line(error)}") from error
    if not rows and not bad:
        raise FileError(f"{path.name} is empty; nothing to import")
    if not rows:
        raise FileError(f"{path.name}, line {bad[0][0]}: {bad[0][1]}; give one object a line, or one list of objects")
    names = _ordered(lists)
    if not names:
        raise FileError(f"{path.name}: its objects hold nothing; nothing to import")
    picked = "".join(f", {_member(name)} AS c{place}" for place, name in enumerate(names))
    relation = f"SELECT line{picked} FROM ({numbered}) WHERE coalesce({sound}, false)"
    broken = tuple(Broken(int(line), reason, line_text) for line, reason, line_text in bad)
    kinds = ("VARCHAR",) * len(names)
    nul = text.nul or _escaped_nul(bench, numbered)
    return Source(path.name, _stem(path), "json", names, kinds, relation, rows, text.digest, 0, broken, nul)


def _escaped_nul(bench: Workbench, numbered: str) -> bool:
    return bool(bench.row(f"SELECT coalesce(bool_or(contains(j, '\\u0000')), false) FROM ({numbered})")[0])


def _ordered(lists: Iterable[Sequence[str]] | None) -> tuple[str, ...]:
    longest = sorted(lists or (), key=lambda keys: (-len(keys or ()), list(keys or ())))
    return tuple(dict.fromkeys(key for keys in longest for key in keys or ()))


def _member(name: str) -> str:
    pointer = "/" + name.replace("~", "~0").replace("/", "~1")
    return f"json_extract_string(j, {literal(pointer)})"


def first_line(error: Exception) -> str:
    """The first line of an engine's message, without what it quotes from the data."""
    return str(error).splitlines()[0].partition(" Input:")[0].partition(" Line:")[0][:200].strip()


def names_json(names: Iterable[str]) -> str:
    """Column names as people can copy them."""
    return ", ".join(json.dumps(name, ensure_ascii=False) if " " in name or "," in name else name for name in names)
