"""Pulls: rows of a database under the rules of imports, each time from where the last time ended.

How far a pull has come is kept in the log, for the address (without its password) and the query, in the transaction
that loads the rows. Rows of the last value are read again, for there may be more of them now; known ones add nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

from cherish.collect import importing
from cherish.collect.importing import Wish
from cherish.collect.mapping import Layout, checked_kind, parsed
from cherish.collect.queried import Mark, Queried, without_secrets
from cherish.collect.reading import Options
from cherish.collect.roles import ROLES, Kind
from cherish.collect.sources import Source, open_file
from cherish.collect.summary import ImportSummary
from cherish.collect.workbench import Workbench
from cherish.errors import MappingError, QuestionError
from cherish.store.connect import is_address, public
from cherish.store.contract import Loading, Store
from cherish.store.duckdb import schema

_TABLE = re.compile(r"\bfrom\s+([\w.\"`]+)", re.IGNORECASE)


@dataclass(frozen=True)
class Pulled:
    """What a pull came to: the import's summary (None: no rows), from which mark on, and where the next one begins."""

    summary: ImportSummary | None
    since: str | None
    until: str | None
    read_as: tuple[str, ...] = ()

    def told(self) -> dict[str, Any]:
        """As texts, for whoever shows it."""
        lines = () if self.summary is None else tuple(self.summary.lines())
        return {"lines": lines, "since": self.since, "until": self.until, "read_as": self.read_as}


class Kept(msgspec.Struct, frozen=True):
    """What is kept of a pull: the name that it loads under, its cursor and mark, how its rows were understood, and what
    was said of times and money."""

    name: str
    cursor: str | None = None
    mark: dict[str, str] | None = None
    kind: str | None = None
    roles: dict[str, str] = {}
    event: str | None = None
    said: dict[str, str] = {}


def pull(
    store: Store,
    address: str,
    query: str,
    *,
    cursor: str | None = None,
    name: str | None = None,
    source: str | None = None,
    full: bool = False,
    mapping: Any = None,
    kind: str | None = None,
    event: str | None = None,
    zone: str | None = None,
    currency: str | None = None,
    dates: str | None = None,
    decimal: str | None = None,
    **wishes: Any,
) -> Pulled:
    """Load the rows of a query; with a cursor only those that are new since the last time.

    Args:
        store: the log to load into.
        address: the engine's, as `postgres://USER@HOST/NAME`; a password in it is used and kept nowhere.
        query: one SELECT in the engine's own SQL.
        cursor: a column of the query that only grows with new or changed rows.
        name: the import's name; the table's by default.
        source: where the rows come from: ids are unique within it; host and database (or the file's name) by default.
        full: read all rows again; known ones add nothing.
        mapping, kind, event, zone, currency, dates, decimal, **wishes: as of `importing.import_files`; what is not said
            is guessed the first time, and then stays.

    Raises:
        SourceError: the engine can't be reached, or refuses the query.
        MappingError: which column plays which role is unclear, or the cursor can't be one; nothing was loaded.
    """
    if not is_address(address):
        raise QuestionError(
            f"{address!r} is no address; write postgres://USER@HOST/NAME, sqlite:///FILE, duckdb:///FILE"
        )
    place = without_secrets(address)
    key = f"pull {sha256(chr(10).join((place, query.strip())).encode()).hexdigest()[:32]}"
    before = _kept(store, key)
    label = name or (before.name if before else _table(query) or Path(place).stem or "pull")
    begins = None if full or before is None or before.cursor != cursor else before
    asked, said = parsed(mapping), bool(mapping or kind or event)
    given = {"zone": zone, "currency": currency, "dates": dates, "decimal": decimal}
    told = (before.said if before else {}) | {name: value for name, value in given.items() if value is not None}
    options = Options.of(told.get("zone"), told.get("currency"), told.get("dates"), told.get("decimal"), None)
    wish = Wish(options, asked, checked_kind(kind), event, label, source or _source(place), **wishes)
    if before is not None and not said:
        wish = _as_before(wish, before)
    queried = Queried(address, query, cursor)
    try:
        return _run(store, wish, queried, key, begins, told)
    finally:
        queried.close()


def _run(store: Store, wish: Wish, queried: Queried, key: str, begins: Kept | None, told: Mapping[str, str]) -> Pulled:
    since = Mark.read(begins.mark) if begins is not None and begins.mark else None
    found: list[tuple[int, Mark | None]] = []
    layouts: list[Layout] = []

    def opened(bench: Workbench) -> list[Source]:
        file = bench.folder / "pulled.parquet"
        found.append(queried.write(file, since))
        if not found[0][0]:
            raise _NoRows
        return [replace(open_file(bench, file), label=str(wish.name), stem=str(wish.name))]

    class Beside:
        """Keeps how far the pull has come, with what it loads."""

        def planned(self, given: Sequence[Layout]) -> None:
            if queried.cursor is not None and any(each.kind == "lines" for each in given):
                raise MappingError(
                    "--cursor: the rows are lines of orders, and an order whose lines come in two pulls would be cut "
                    "in two; let the query give one row per order, or leave --cursor out"
                )
            layouts.extend(given)

        def loaded(self, loading: Loading) -> None:
            mark = found[0][1] or since
            kept = Kept(str(wish.name), queried.cursor, mark.written() if mark else None, **_layout(layouts))
            kept = msgspec.structs.replace(kept, said=dict(told))
            schema.set_setting(loading.connection, key, msgspec.json.encode(kept).decode())

    try:
        summary = importing.run(store, replace(wish, beside=Beside()), str(wish.name), opened)
    except _NoRows:
        return Pulled(None, str(since) if since else None, str(since) if since else None)
    until = found[0][1] or since
    return Pulled(summary, str(since) if since else None, str(until) if until else None, tuple(map(_said, layouts)))


class _NoRows(Exception):
    """The query gave none."""


def _kept(store: Store, key: str) -> Kept | None:
    """What is kept of this pull; nothing once its import was taken back: then all is read again."""
    if not getattr(store, "exists", True):
        return None
    rows = store.query(f"SELECT value FROM settings WHERE key = {schema.text(key)}").to_pylist()  # noqa: S608 - a digest
    if not rows:
        return None
    found = msgspec.json.decode(rows[0]["value"], type=Kept)
    return found if any(each.name == found.name for each in store.imports()) else None


def _as_before(wish: Wish, before: Kept) -> Wish:
    """Read the rows as they were read before: a few new ones may look like something else."""
    if before.kind is None:
        return wish
    kinds: Mapping[str, Kind] = {"events": "events", "orders": "orders", "lines": "lines", "customers": "customers"}
    roles = dict.fromkeys(ROLES, "") | before.roles
    return replace(wish, asked=roles, kind=kinds[before.kind], event=before.event)


def _layout(layouts: Sequence[Layout]) -> dict[str, Any]:
    if len(layouts) != 1:
        return {}
    (only,) = layouts
    return {"kind": only.kind, "roles": dict(only.roles), "event": only.event}


def _said(layout: Layout) -> str:
    roles = ", ".join(f"{role}={column}" for role, column in layout.roles.items())
    return f"{layout.kind}{f' {layout.event!r}' if layout.event else ''}: {roles}"


def _table(query: str) -> str | None:
    found = _TABLE.search(query)
    return found[1].replace('"', "").replace("`", "").rpartition(".")[2] or None if found else None


def _source(place: str) -> str:
    """Where the rows come from, beside every event. A file that was moved is the same one."""
    scheme, _, rest = public(place).partition("://")
    return (Path(rest).name if scheme in ("duckdb", "sqlite") else rest.strip("/")) or scheme
