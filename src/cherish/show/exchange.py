"""Results as JSON and CSV: money as exact texts, and the columns' types beside them so that nothing is lost."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from cherish.errors import FileError
from cherish.query import Query
from cherish.show import small
from cherish.show.answered import Answered
from cherish.show.values import from_plain, plain, type_of

FORMAT = 1
_DECIMAL = re.compile(r"decimal128\((\d+), (\d+)\)")
_LIST = re.compile(r"list<\w+: (.+?)>")
_PLAIN = ("name", "convention", "parameters", "zone", "rows", "fingerprint", "code_version", "notes", "nulls", "about")


def to_json(result: Answered) -> str:
    """The result as one JSON object; `small` names the rows (from 1) whose counts are of few customers."""
    fields = {
        "cherish": FORMAT,
        "query": msgspec.to_builtins(result.query, order="deterministic"),
        "as_of": result.as_of.isoformat(),
        **{name: getattr(result, name) for name in _PLAIN},
        "headline": {name: cell(value) for name, value in result.headline.items()},
        "types": {
            "headline": {name: type_of(value) for name, value in result.headline.items()},
            "table": {field.name: str(field.type) for field in result.table.schema},
        },
        "small": {name: [at + 1 for at in places] for name, places in small.marks(result).items()},
        "table": [{name: cell(value) for name, value in row.items()} for row in result.table.to_pylist()],
    }
    return msgspec.json.encode(fields).decode()


def cell(value: Any) -> Any:
    """A cell as JSON takes it; lists stay lists."""
    if isinstance(value, (list, tuple)):
        return [cell(each) for each in value]
    return value if isinstance(value, bool) else plain(value)


def fields(text: str | bytes) -> dict[str, Any]:
    """The fields of a result from its JSON.

    Raises:
        FileError: not an exported result.
    """
    try:
        found = msgspec.json.decode(text)
        if not isinstance(found, dict) or "cherish" not in found:
            raise FileError("this is not a result exported with --json")
        if found["cherish"] > FORMAT:
            raise FileError("this result was exported by a newer version of Cherish; upgrade to read it")
        kinds = found["types"]["headline"]
        made = {name: found[name] for name in _PLAIN} | {"notes": tuple(found["notes"])}
        return made | {
            "query": Query.from_json(found["query"]),
            "as_of": datetime.fromisoformat(found["as_of"]),
            "headline": {name: from_plain(value, kinds[name]) for name, value in found["headline"].items()},
            "table": _table(found["table"], found["types"]["table"]),
        }
    except (msgspec.DecodeError, KeyError, TypeError, ValueError) as error:
        raise FileError(f"this is not a result exported with --json: {type(error).__name__}") from error


def _table(rows: list[dict[str, Any]], types: Mapping[str, str]) -> Any:
    import pyarrow as pa

    arrays = {name: pa.array([_read(row[name], kind) for row in rows], _arrow(kind)) for name, kind in types.items()}
    return pa.table(arrays)


def _arrow(kind: str) -> Any:
    import pyarrow as pa

    money, nested = _DECIMAL.fullmatch(kind), _LIST.fullmatch(kind)
    if money:
        return pa.decimal128(int(money[1]), int(money[2]))
    if nested:
        return pa.list_(_arrow(nested[1]))
    names = {"double": pa.float64(), "float": pa.float32(), "bool": pa.bool_(), "null": pa.null()}
    return names[kind] if kind in names else pa.type_for_alias(kind)


def _read(value: Any, kind: str) -> Any:
    nested = _LIST.fullmatch(kind)
    if nested and value is not None:
        return [_read(each, nested[1]) for each in value]
    for prefix, name in (("decimal", "money"), ("date", "date"), ("timestamp", "time"), ("bool", "flag")):
        if kind.startswith(prefix):
            return from_plain(value, name)
    return value


def to_csv(table: Any) -> str:
    """The table as CSV; lists joined by |."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(table.column_names)
    for batch in table.to_batches(max_chunksize=10_000):
        writer.writerows(zip(*(_texts(column) for column in batch.columns), strict=True))
    return out.getvalue()


def _texts(column: Any) -> list[str]:
    return [_csv(value) for value in column.to_pylist()]


def _csv(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return "|".join(_csv(each) for each in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(plain(value))


def rows_json(table: Any) -> str:
    """The rows of a table as a JSON list of objects."""
    return msgspec.json.encode(
        [{name: cell(value) for name, value in row.items()} for row in table.to_pylist()]
    ).decode()
