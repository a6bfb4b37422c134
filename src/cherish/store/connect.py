"""An engine by its address: clickhouse://, postgres://, spark://, duckdb:// and whatever else Ibis speaks to.

A password in an address is used to connect and appears nowhere else: in no error, no result, no log.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from cherish.errors import FileError, MappingError, SourceError, Unsupported

_EXTRAS = {"clickhouse": "clickhouse", "chdb": "clickhouse", "postgres": "postgres", "postgresql": "postgres",
           "spark": "spark"}  # fmt: skip
_SHOWN = 30


def is_address(source: Any) -> bool:
    """Whether a source is the address of an engine and not a path."""
    return isinstance(source, str) and "://" in source


def table_at(address: str, table: str | None) -> Any:
    """The Ibis table of this name (`NAME` or `SCHEMA.NAME`) on the engine at an address.

    Raises:
        Unsupported: the engine's driver is not installed, or nobody knows such an engine.
        SourceError: the engine can't be reached, or refuses the user.
        MappingError: no table is named, or the engine has none of this name.
    """
    backend = backend_of(address)
    if not table:
        raise MappingError(f"name the table: --table NAME (table=... in Python); {_there(backend, address)}")
    if address.startswith("spark:") and ("/" in table or table.endswith(".parquet")):
        with told(address):
            return backend.read_parquet(table)
    schema, _, name = table.rpartition(".")
    with told(address):
        known = _names(backend, schema)
    if name not in known:
        near = get_close_matches(name, known, 3)
        hint = f"did you mean {' or '.join(near)}?" if near else _there(backend, address)
        raise MappingError(f"--table {table!r}: the engine has no such table; {hint}")
    with told(address):
        return backend.table(name, database=schema) if schema else backend.table(name)


def backend_of(address: str) -> Any:
    """The Ibis backend at an address."""
    scheme, _, rest = address.partition("://")
    connect = _OURS.get(scheme, _any)
    if scheme in ("duckdb", "sqlite") and rest.strip("/") and not Path(rest.split("?")[0]).exists():
        raise FileError(f"{rest.split('?')[0]!r}: there is no such file")
    with told(address):
        return connect(address)


def _there(backend: Any, address: str) -> str:
    with told(address):
        names = _names(backend, "")
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"there are {', '.join(names[:_SHOWN])}{more}" if names else "it has no tables"


def _names(backend: Any, schema: str) -> list[str]:
    """The tables and views of a schema, or of the one in force."""
    if backend.name == "duckdb":
        # Ibis 12 asks DuckDB 2 in a way that it no longer knows.
        where = "table_schema = ?" if schema else "table_schema = current_schema()"
        statement = f"SELECT table_name FROM information_schema.tables WHERE {where}"  # noqa: S608  # no text of others
        return sorted(name for (name,) in backend.con.execute(statement, [schema] if schema else []).fetchall())
    return sorted(backend.list_tables(database=schema) if schema else backend.list_tables())


# -- engines that need more than an address ---------------------------------------------------------------------------


def _clickhouse(address: str) -> Any:
    import ibis

    parts, options = _parts(address)
    # What the driver logs of a failed attempt we say ourselves.
    logging.getLogger("clickhouse_connect").addHandler(logging.NullHandler())
    secure = options.pop("secure", "").lower() in ("1", "true", "yes")
    return ibis.clickhouse.connect(
        host=parts.hostname or "localhost", port=parts.port, database=unquote(parts.path.strip("/")) or "default",
        user=unquote(parts.username or "default"), password=unquote(parts.password or ""), secure=secure, **options,
    )  # fmt: skip


def _chdb(address: str) -> Any:
    import_module("chdb")
    connect = import_module("clickhouse_connect")
    from ibis.backends.clickhouse import Backend

    return Backend.from_connection(connect.get_client(interface="chdb", path=address.partition("://")[2] or None))


def _duckdb(address: str) -> Any:
    import ibis

    return ibis.duckdb.connect(address.partition("://")[2], read_only=True)


def _postgres(address: str) -> Any:
    import ibis

    return ibis.connect("postgres://" + address.partition("://")[2])


def _spark(address: str) -> Any:
    import ibis

    session = import_module("pyspark.sql").SparkSession
    place = address.partition("://")[2].rstrip("/")
    builder = session.builder.master("local[*]" if place in ("", "local") else f"spark://{place}").appName("cherish")
    for name, value in _QUIET.items():
        builder = builder.config(name, value)
    with warnings.catch_warnings():
        # Spark warns of pandas 3, through which no answer of ours goes.
        warnings.simplefilter("ignore")
        return ibis.pyspark.connect(builder.getOrCreate())


def _any(address: str) -> Any:
    import ibis

    return ibis.connect(address)


_QUIET = {"spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false", "spark.log.level": "ERROR"}
_OURS: Mapping[str, Callable[[str], Any]] = {
    "duckdb": _duckdb, "clickhouse": _clickhouse, "chdb": _chdb, "postgres": _postgres, "postgresql": _postgres,
    "spark": _spark,
}  # fmt: skip


def _parts(address: str) -> tuple[SplitResult, dict[str, str]]:
    parts = urlsplit(address)
    return parts, dict(parse_qsl(parts.query))


# -- errors without secrets -------------------------------------------------------------------------------------------


@contextmanager
def told(address: str) -> Iterator[None]:
    """Whatever a driver says of an address is said without its password, and without the driver's own trace."""
    scheme = address.partition("://")[0]
    try:
        yield
    except ImportError as missing:
        wanted = _EXTRAS.get(scheme)
        package = f"cherish[{wanted}]" if wanted else f"ibis-framework[{scheme}]"
        message = f"{scheme}:// needs a driver that is not here ({missing.name}): pip install '{package}'"
        raise Unsupported(message) from None
    except Exception as error:
        said = hidden(" ".join(str(error).split()), address)
        if "backend" in said and scheme in said and scheme not in _OURS:
            raise Unsupported(f"{scheme}:// is no engine that Ibis knows") from None
        raise SourceError(f"{public(address)}: {said[:400] or type(error).__name__}") from None


def public(address: str) -> str:
    """The address as it may be shown: without user, password and options."""
    scheme, _, rest = address.partition("://")
    return f"{scheme}://{rest.partition('?')[0].rpartition('@')[2]}"


def hidden(text: str, address: str) -> str:
    """A text without what the address keeps secret, however it is written."""
    rest = address.partition("://")[2]
    userinfo = rest.rpartition("@")[0]
    secret = userinfo.partition(":")[2]
    options = [value for _, value in parse_qsl(rest.partition("?")[2])]
    secrets = {userinfo, secret, unquote(secret), *options}
    for each in sorted((each for each in secrets if each), key=len, reverse=True):
        text = text.replace(each, "***")
    return text
