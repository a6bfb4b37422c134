"""The library's front door: a log as an object that measures, reports, explains itself and takes imports."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from cherish.answer import answer
from cherish.cards import documentation, signature
from cherish.errors import MappingError
from cherish.query import Query
from cherish.result import Result
from cherish.show.moments import moment_in
from cherish.spec.registry import find, names
from cherish.spec.relations import Facts
from cherish.workspace import Workspace, locate


class Log:
    """A log of events to ask. It holds its file while a question is answered, and not for its own life."""

    def __init__(self, store: Any, workspace: Workspace | None = None) -> None:
        self.store = store
        self.workspace = workspace

    # -- asking ---------------------------------------------------------------------------------------------------

    def measure(self, name: str, **arguments: Any) -> Result:
        """One measure for every customer; `by=` groups it, `over="90d"` draws its course (see `catalogue()`)."""
        return self.ask(Query.from_args("measure", name, arguments))

    def report(self, name: str, **arguments: Any) -> Result:
        """One report about the population (see `catalogue()`)."""
        return self.ask(Query.from_args("report", name, arguments))

    def ask(self, query: Query | str, now: datetime | None = None) -> Result:
        """Answer a question, also one given as JSON or as an address such as `report/retention?unit=week`."""
        if isinstance(query, str):
            query = Query.from_json(query) if query.lstrip().startswith("{") else Query.from_url(query)
        return answer(self.store, query, now)

    def explain(self, name: str, **arguments: Any) -> Any:
        """What a measure or report means here: formula, source, statement, rows, what would change the answer."""
        from cherish.cards import kind_of

        return self.ask(Query.from_args(kind_of(name), name, arguments)).explain()

    def customer(self, key: str, **given: Any) -> Any:
        """All that is known of one customer, by any of their keys (see `cherish.customers.view`)."""
        from cherish.customers import view

        return view(self.store, key, **given)

    def customers(self, text: str, **given: Any) -> Any:
        """Customers found by a part of an id, an e-mail address, a name or any other trait."""
        from cherish.customers import search

        return search(self.store, text, **given)

    def sql(self, statement: str) -> Any:
        """Run one read-only SQL statement on the log; a `pyarrow.Table`."""
        return self.store.query(statement)

    @property
    def measures(self) -> Shelf:
        """Every measure as a function: `log.measures.recency(window="28d")`."""
        return Shelf("measure", self.measure)

    @property
    def reports(self) -> Shelf:
        """Every report as a function: `log.reports.retention(unit="week")`."""
        return Shelf("report", self.report)

    @property
    def facts(self) -> Facts:
        """What is known of the log: span, event names, currencies, fields, row counts."""
        facts: Facts = self.store.facts
        return facts

    @contextmanager
    def session(self) -> Iterator[Log]:
        """Hold the log's file for a block of questions."""
        with self.store.session():
            yield self

    # -- filling --------------------------------------------------------------------------------------------------

    def import_files(self, *paths: str | Path, **options: Any) -> Any:
        """Bring files in (CSV, TSV, JSON lines, Parquet, folders); options as of `cherish import`.

        A server that holds the log does it, and reads the files itself.
        """
        from cherish.collect.importing import import_files
        from cherish.store.line import dial

        line = None if self.workspace is None else dial(self.workspace.folder)
        if line is not None:
            from cherish.collect import beside

            with line:
                return beside.ask(line, paths, options)
        if self.workspace is not None:
            options.setdefault("rejects_dir", self.workspace.rejects)
        return import_files(self.store, [str(path) for path in paths], **options)

    def imports(self) -> list[Any]:
        """The named imports, oldest first."""
        found: list[Any] = self.store.imports()
        return found

    def close(self) -> None:
        """Let go of the engine; a log that was read into memory is gone then."""
        close = getattr(self.store, "close", None)
        if close is not None:
            close()

    def __repr__(self) -> str:
        facts = self.facts
        if facts.first is None or facts.last is None:
            return "<Log without events>"
        counts = ", ".join(f"{count:,} {name}" for name, count in facts.rows.items() if name in ("events", "customers"))
        first, last = (moment_in(each, facts.zone)[:10] for each in (facts.first, facts.last))
        return f"<Log {counts}, {first} to {last}, {facts.zone}>"


class Shelf:
    """The measures or the reports of a log, each as a function whose signature comes from its definition."""

    def __init__(self, kind: str, ask: Callable[..., Result]) -> None:
        self._kind = kind
        self._ask = ask

    def __getattr__(self, name: str) -> Callable[..., Result]:
        if name.startswith("_"):
            raise AttributeError(name)
        definition = find(self._kind, name)
        ask = self._ask

        def asked(**arguments: Any) -> Result:
            return ask(name, **arguments)

        asked.__name__ = asked.__qualname__ = name
        asked.__doc__ = documentation(definition)
        asked.__signature__ = signature(definition)  # type: ignore[attr-defined]  # functions carry one if it is set
        return asked

    def __dir__(self) -> list[str]:
        return list(names(self._kind))


def open(path: str | Path | None = None) -> Log:
    """The log of a workspace folder; without a path the one in force (CHERISH_WORKSPACE or ./cherish-workspace)."""
    workspace = locate(path)
    return Log(workspace.store(), workspace)


def read(
    source: Any,
    *,
    customer: str | None = None,
    ts: str | None = None,
    name: str | None = None,
    value: str | None = None,
    order_id: str | None = None,
    table: str | None = None,
    mapping: Mapping[str, str] | None = None,
    zone: str | None = None,
    currency: str | None = None,
    **options: Any,
) -> Log:
    """A log of files, a data frame, a PyArrow or an Ibis table, or a table in a warehouse; nothing is written anywhere.

    Args:
        source: a path, a list of paths, a table, or an engine's address such as `clickhouse://user@host/database`.
        customer: the column with the customer's own id.
        ts: the column with the time.
        name: the column with the event's name (a constant name: `event="Visited"`).
        value: the column with the money.
        order_id: the column with the order's id.
        table: with an address: the table's name there.
        mapping: further roles and their columns, as of `cherish import --map`; of a table also `traits`, the columns
            that say something of the customer: `mapping={"traits": "country|plan"}`.
        zone: the time zone of times without one, and of the days.
        currency: the currency of the money.
        **options: as of `cherish.collect.importing.import_files`.

    What is not said is guessed: of files from names and contents, of a table in a warehouse from customary names where
    exactly one column fits, of an Ibis table never. Tables stay where they are: questions run on their own engine.

    Raises:
        FileError: a file can't be read.
        MappingError: which column plays which role is unclear.
        SourceError: an engine can't be reached or refuses the user.
        Unsupported: an engine's driver is not installed.
    """
    from cherish.store.connect import is_address, table_at

    roles = {"customer": customer, "time": ts, "event": name, "value": value, "order": order_id}
    said = {role: column for role, column in roles.items() if column} | dict(mapping or {})
    if is_address(source):
        return Log(_table_log(table_at(source, table), said | _given(currency), zone))
    if _is_ibis(source):
        if not customer or not ts:
            raise MappingError("a table is taken as it is: name its columns, customer=... and ts=...")
        told = dict.fromkeys(("event", "value", "order", "currency", "message"), "") | said | _given(currency)
        return Log(_table_log(source, told, zone))
    return _into_memory(source, mapping=said, zone=zone, currency=currency, **options)


def _given(currency: str | None) -> dict[str, str]:
    return {"currency": currency} if currency else {}


def _into_memory(source: Any, **options: Any) -> Log:
    from cherish.collect.importing import read_into
    from cherish.store.memory import memory

    store = memory(limits=locate().limits())
    read_into(store, source, **options)
    return Log(store)


def _is_ibis(source: Any) -> bool:
    return type(source).__module__.partition(".")[0] == "ibis"


def _table_log(table: Any, told: Mapping[str, str], zone: str | None) -> Any:
    from cherish.collect.table_roles import roles_of
    from cherish.store.table import TableLog

    return TableLog.of(table, zone=zone or "UTC", **roles_of(table, told))
