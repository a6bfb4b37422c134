"""An assignment table from a file: which column plays which role, its rows checked, as rows for the engine."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cherish.errors import FileError, QuestionError
from cherish.reports._arms.times import in_utc
from cherish.spec.view import View

GUESSES: Mapping[str, tuple[str, ...]] = {
    "customer": ("customer", "customer_id", "user", "user_id", "household", "household_id", "client_id", "id"),
    "arm": ("arm", "variation", "variation_id", "variant", "group", "treatment", "segment"),
    "time": ("time", "assigned_at", "ts", "timestamp", "at", "date"),
    "exposed": ("exposed_at", "exposed", "exposure", "first_exposure"),
    "unit": ("unit",),
    "propensity": ("propensity",),
    "strata": ("strata", "stratum"),
}
"""The roles of an assignment table's columns, and the names that go without saying; the first that is there holds."""
MOST_ROWS = 5
"""So many rows are named where a file is at fault."""


@dataclass(frozen=True)
class Given:
    """The rows of an assignment table: `row` (from 1), `key` (the customer's own id; null where the table names none),
    `arm`, `moment` (naive UTC; null where nothing says when), `unit`, and every other column under its own name.

    `digest` names the file's content; `roles` says which column plays which role.
    """

    rows: Any
    roles: Mapping[str, str]
    digest: str
    path: str

    @property
    def columns(self) -> tuple[str, ...]:
        """The file's own columns that play no role: whatever else is known of each row."""
        return tuple(name for name in self.rows.column_names if name not in ("row", "key", "arm", "moment", "unit"))


def read(view: View, path: str, columns: Iterable[str] = (), start: str | None = None) -> Given:
    """The assignment table of a CSV or Parquet file.

    `columns` are texts `role=column` for columns that are called otherwise; `start` is a day on which all were
    assigned. Times without an offset are local times of the log.

    Raises:
        FileError: it can't be read, lacks a column, or names rows without customer, arm or time.
        QuestionError: a role that there is not.
    """
    table, roles, digest = raw(path, columns)
    parts = {"row": _numbers(table.num_rows), "arm": _texts(table[roles["arm"]])}
    parts["key"] = _texts(table[roles["customer"]]) if "customer" in roles else _nothing(table.num_rows)
    parts["unit"] = _texts(table[roles["unit"]]) if "unit" in roles else _nothing(table.num_rows)
    parts["moment"] = _moments(view, table, roles, start, path)
    _filled(parts["arm"], f"{path}: rows without an arm (column {roles['arm']})")
    if "customer" in roles:
        _filled(parts["key"], f"{path}: rows without a customer (column {roles['customer']})")
    _none_early(view, table, roles, parts["moment"], path)
    taken = {roles[role] for role in ("customer", "arm", "time", "exposed", "unit") if role in roles}
    clash = [name for name in table.column_names if name in parts and name not in taken]
    own = {name: _known(table[name]) for name in table.column_names if name not in taken and name not in clash}
    import pyarrow as pa

    return Given(pa.table({**parts, **own}), roles, digest, path)


def raw(path: str, columns: Iterable[str] = ()) -> tuple[Any, dict[str, str], str]:
    """The file as a `pyarrow.Table`, which of its columns plays which role, and a digest of its content.

    Raises:
        FileError: it can't be read, or no column holds the arm.
        QuestionError: a role that there is not.
    """
    said = _said(columns)
    table, digest = _table(Path(path), said)
    if not table.num_rows:
        raise FileError(f"{path} has column names and no rows: nobody was assigned")
    return table, _roles(table.column_names, said, path), digest


def _said(columns: Iterable[str]) -> dict[str, str]:
    found = {}
    for text in columns:
        role, sign, column = text.partition("=")
        if not sign or role.strip() not in GUESSES:
            raise QuestionError(f"columns={text!r}: write ROLE=COLUMN; the roles are {', '.join(GUESSES)}")
        found[role.strip()] = column.strip()
    return found


def _table(path: Path, said: Mapping[str, str]) -> tuple[Any, str]:
    import pyarrow as pa

    if not path.is_file():
        raise FileError(f"assignments={str(path)!r}: there is no such file")
    digest = hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()[:8]
    try:
        if path.suffix.lower() in (".parquet", ".pq"):
            from pyarrow import parquet

            return parquet.read_table(path), digest
        return _csv(path, said), digest
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
        raise FileError(f"{path}: not read as an assignment table: {str(error).splitlines()[0]}") from error


def _csv(path: Path, said: Mapping[str, str]) -> Any:
    import pyarrow as pa
    from pyarrow import csv

    # Ids stay as they are written: 007 is not 7, and long numbers lose digits.
    texts = {name for role in ("customer", "arm", "unit") for name in (*GUESSES[role], said.get(role, ""))}
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        head = file.readline()
    delimiter = max(",;\t", key=head.count)
    names = [name.strip().strip('"') for name in head.rstrip("\r\n").split(delimiter)]
    types = {name: pa.string() for name in names if name in texts or name.lower() in texts}
    return csv.read_csv(
        path,
        parse_options=csv.ParseOptions(delimiter=delimiter),
        convert_options=csv.ConvertOptions(column_types=types),
    )


def _roles(names: list[str], said: Mapping[str, str], path: str) -> dict[str, str]:
    there = {name.lower(): name for name in names}
    found = {}
    for role, guesses in GUESSES.items():
        if role in said:
            if said[role] not in names:
                raise FileError(f"{path} has no column {said[role]!r} for {role}; it has {', '.join(names)}")
            found[role] = said[role]
            continue
        taken = {*said.values(), *found.values()}
        free = (there[each] for each in guesses if each in there and there[each] not in taken)
        column = next(free, None)
        if column is not None:
            found[role] = column
    if "time" not in found and "exposed" in found:
        # Nothing else says when: the first time that an arm was shown is the assignment.
        found["time"] = found.pop("exposed")
    if "arm" not in found:
        raise FileError(f"{path}: which column holds the arm? Say columns=arm=COLUMN; it has {', '.join(names)}")
    return found


def _moments(view: View, table: Any, roles: Mapping[str, str], start: str | None, path: str) -> Any:
    import pyarrow as pa

    if start is not None or "time" not in roles:
        at = None if start is None else in_utc(view, pa.chunked_array([pa.array([start], pa.string())]), "start")[0]
        return pa.chunked_array([pa.array([None if at is None else at.as_py()] * table.num_rows, pa.timestamp("us"))])
    column = table[roles["time"]]
    _filled(column, f"{path}: rows without a time (column {roles['time']})")
    return in_utc(view, column, f"{path}, column {roles['time']}")


def _none_early(view: View, table: Any, roles: Mapping[str, str], moments: Any, path: str) -> None:
    """Refuse rows whose arm was shown before it was assigned."""
    import pyarrow.compute as pc

    if "exposed" not in roles or "time" not in roles:
        return
    column = table[roles["exposed"]]
    shown = in_utc(view, column.filter(pc.is_valid(column)), f"{path}, column {roles['exposed']}")
    assigned, rows = moments.filter(pc.is_valid(column)), _numbers(table.num_rows).filter(pc.is_valid(column))
    early = rows.filter(pc.fill_null(pc.less(shown, assigned), False))
    refuse_rows(f"{path}: arms that were shown before they were assigned", early.to_pylist())


def _filled(column: Any, what: str) -> None:
    import pyarrow.compute as pc

    empty = pc.is_null(column)
    if str(column.type) in ("string", "large_string"):
        empty = pc.or_kleene(empty, pc.equal(pc.utf8_trim_whitespace(pc.fill_null(column, "")), ""))
    refuse_rows(what, [place + 1 for place, none in enumerate(empty.to_pylist()) if none] if _any(empty) else [])


def _any(flags: Any) -> bool:
    import pyarrow.compute as pc

    return bool(pc.any(flags).as_py())


def refuse_rows(what: str, rows: list[int]) -> None:
    """Refuse a file of which these rows (from 1) are at fault.

    Raises:
        FileError: there is such a row.
    """
    if rows:
        told = ", ".join(f"{row:,}" for row in rows[:MOST_ROWS])
        more = f" and {len(rows) - MOST_ROWS:,} more" if len(rows) > MOST_ROWS else ""
        raise FileError(f"{what}: {'row' if len(rows) == 1 else 'rows'} {told}{more}; mend them in the file")


def _numbers(count: int) -> Any:
    import numpy as np
    import pyarrow as pa

    return pa.chunked_array([pa.array(np.arange(1, count + 1), pa.int64())])


def _nothing(count: int) -> Any:
    import pyarrow as pa

    return pa.chunked_array([pa.nulls(count, pa.string())])


def _texts(column: Any) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_floating(column.type):
        # A column of whole numbers with gaps comes as floats: 12.0 is customer 12.
        whole = pc.all(pc.equal(pc.floor(column), column)).as_py()
        column = column.cast(pa.int64()) if whole else column
    return column.cast(pa.string())


def _known(column: Any) -> Any:
    """The column with what is no number as missing."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_floating(column.type):
        return column
    return pc.if_else(pc.is_finite(column), column, pa.scalar(None, column.type))
