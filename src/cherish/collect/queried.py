"""Rows of a database as a file on the workbench: a query, from a cursor's value on, written piece by piece."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from cherish.collect.workbench import literal, quoted
from cherish.errors import MappingError
from cherish.store.connect import backend_of, public, told

PIECE = 50_000
"""Rows that are fetched at a time."""

SECRETS = ("password", "passwd", "pwd", "token", "secret", "key", "sslpassword")
"""Options of an address that are nobody's business."""

Sort = Literal["number", "time", "date", "text"]
BINARY = ("sqlite", "duckdb")
"""Engines that order texts as we do; others order them for people, and a cursor would skip rows."""


@dataclass(frozen=True)
class Mark:
    """A cursor's value."""

    sort: Sort
    value: Any

    def written(self) -> dict[str, str]:
        """As it is kept."""
        text = self.value.isoformat() if isinstance(self.value, date) else str(self.value)
        return {"sort": self.sort, "value": text}

    @classmethod
    def read(cls, kept: Any) -> Mark:
        """As it was kept."""
        text, sort = kept["value"], kept["sort"]
        values: dict[str, Callable[[str], Any]] = {
            "time": datetime.fromisoformat, "date": date.fromisoformat, "text": str, "number": Decimal,
        }  # fmt: skip
        return cls(sort, values[sort](text))

    def __str__(self) -> str:
        return self.written()["value"]


class Queried:
    """A query on the engine at an address."""

    def __init__(self, address: str, query: str, cursor: str | None) -> None:
        """Connect and look at what the query gives.

        Raises:
            SourceError: the engine can't be reached, or refuses the query.
            Unsupported: the engine's driver is not installed.
            MappingError: the cursor is no column of the query, or not of a kind that can be one.
        """
        self._address, self._query = address, query.strip().rstrip(";").strip()
        self._backend = backend_of(address)
        try:
            with told(address):
                self._rows = self._expression(self._query)
            self.cursor = None if cursor is None else self._column(cursor)
            self._sort = None if self.cursor is None else self._sorted(self.cursor)
        except BaseException:
            self.close()
            raise

    def write(self, file: Path, since: Mark | None) -> tuple[int, Mark | None]:
        """Write the rows from a mark on as Parquet; how many there are, and the greatest mark among them."""
        import pyarrow.parquet as pq

        if since is not None and since.sort != self._sort:
            raise MappingError(
                f"--cursor {self.cursor}: it was of another kind before ({since.sort}); read all again with --full"
            )
        rows, most = 0, None
        with told(self._address), self._pieces(since) as reader, pq.ParquetWriter(file, reader.schema) as writer:
            for piece in reader:
                writer.write_batch(piece)
                rows += piece.num_rows
                most = self._greatest(piece, most)
        return rows, None if most is None or self._sort is None else Mark(self._sort, most)

    def close(self) -> None:
        """Let go of the engine."""
        self._backend.disconnect()

    # -- what the query gives -------------------------------------------------------------------------------------

    def _expression(self, query: str) -> Any:
        if self._backend.name != "duckdb":
            return self._backend.sql(query)
        # Ibis 12 asks DuckDB 2 for a query's columns in a way that it no longer knows.
        import ibis.expr.operations as ops
        from ibis.expr.schema import Schema

        table = self._backend.con.sql(f"SELECT * FROM ({query}) AS pulled LIMIT 0").to_arrow_table()  # noqa: S608 - the operator's own query
        return ops.SQLQueryResult(query, Schema.from_pyarrow(table.schema), self._backend).to_expr()

    def _column(self, cursor: str) -> str:
        names = list(self._rows.columns)
        if cursor in names:
            return cursor
        near = get_close_matches(cursor, names, 1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(names)}"
        raise MappingError(f"--cursor {cursor}: the query gives no such column; {hint}")

    def _sorted(self, cursor: str) -> Sort:
        kind = self._rows[cursor].type()
        if kind.is_numeric() and not kind.is_boolean():
            return "number"
        if kind.is_timestamp():
            return "time"
        if kind.is_date():
            return "date"
        if kind.is_string() and self._backend.name in BINARY:
            return "text"
        raise MappingError(
            f"--cursor {cursor}: it is of the type {kind}; choose a column of numbers, dates or times that only grows"
        )

    # -- from a mark on -------------------------------------------------------------------------------------------

    def _wanted(self, since: Mark | None) -> Any:
        """From the mark itself on, for there may be more rows of it now; and always what has none."""
        if since is None or self.cursor is None:
            return self._rows
        if self._backend.name == "sqlite" and since.sort in ("time", "date"):
            return self._expression(_of_sqlite(self._query, self.cursor, since))
        import ibis

        column = self._rows[self.cursor]
        value = int(since.value) if column.type().is_integer() else since.value
        return self._rows.filter((column >= ibis.literal(value, type=column.type())) | column.isnull())

    @contextmanager
    def _pieces(self, since: Mark | None) -> Iterator[Any]:
        wanted = self._wanted(since)
        if self._backend.name == "duckdb":
            yield self._backend.con.sql(self._backend.compile(wanted)).to_arrow_reader(PIECE)
            return
        yield self._backend.to_pyarrow_batches(self._plain(wanted), chunk_size=PIECE)

    def _plain(self, rows: Any) -> Any:
        """Columns of kinds that not every driver hands over as Arrow become texts, which the importer reads as well."""
        odd = [name for name, kind in rows.schema().items() if name != self.cursor and not _plain(kind)]
        return rows.mutate(**{name: rows[name].cast("string") for name in odd}) if odd else rows

    def _greatest(self, piece: Any, most: Any) -> Any:
        import pyarrow.compute as pc

        if self.cursor is None:
            return None
        column = piece.column(piece.schema.names.index(self.cursor))
        if self._sort == "time":
            # Rounded down: a mark may lie before the last rows, and never behind them.
            column = pc.floor_temporal(column, unit="microsecond").cast(_microseconds(column.type), safe=False)
        found = pc.max(column).as_py()
        return most if found is None or (most is not None and most >= found) else found


def _of_sqlite(query: str, cursor: str, since: Mark) -> str:
    """SQLite keeps times as texts, in whichever form: all of the mark's day are read again, and what is no text."""
    column, day = quoted(cursor), literal(since.value.isoformat()[:10])
    return f"SELECT * FROM ({query}) AS pulled WHERE typeof({column}) <> 'text' OR {column} >= {day}"  # noqa: S608 - the operator's own query


def _microseconds(kind: Any) -> Any:
    import pyarrow as pa

    return pa.timestamp("us", kind.tz)


def _plain(kind: Any) -> bool:
    if kind.is_decimal():
        return kind.precision is not None and kind.precision <= 38
    # Other kinds of text (JSON, UUID, addresses) say that they are strings, too.
    if type(kind).__name__ == "String" or kind.is_timestamp() or kind.is_date():
        return True
    return bool(kind.is_integer() or kind.is_floating() or kind.is_boolean())


# -- addresses ----------------------------------------------------------------------------------------------------


def has_password(address: str) -> bool:
    """Whether a password stands in an address."""
    parts = urlsplit(address)
    return bool(parts.password) or any(name.lower() in SECRETS for name, _ in parse_qsl(parts.query))


def with_password(address: str, password: str | None) -> str:
    """The address with a password, for connecting.

    Raises:
        MappingError: it names no user whose password it is.
    """
    if not password:
        return address
    scheme, found, rest = address.partition("://")
    place, slash, path = rest.partition("/")
    user, at, host = place.rpartition("@")
    if not (found and at and user):
        raise MappingError(f"{public(address)}: a password is given, and no user: write {scheme}://USER@HOST/NAME")
    return f"{scheme}://{user}:{quote(password, safe='')}@{host}{slash}{path}"


def without_secrets(address: str) -> str:
    """The address as what it names: without passwords, files by their whole path."""
    scheme, _, rest = address.partition("://")
    place, mark, options = rest.partition("?")
    if scheme in ("duckdb", "sqlite"):
        return f"{scheme}://{Path(place).resolve()}"
    userinfo, at, host = place.rpartition("@")
    kept = [(name, value) for name, value in parse_qsl(options) if name.lower() not in SECRETS]
    return f"{scheme}://{userinfo.partition(':')[0]}{at}{host}{mark if kept else ''}{urlencode(kept)}"
