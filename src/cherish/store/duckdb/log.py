"""The store: a log that can be asked and written to, in one file or in memory."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import duckdb
import ibis

from cherish.clock import Clock, system_clock
from cherish.errors import WorkspaceError
from cherish.spec.noise import Rule
from cherish.spec.relations import ACTIVITY, ORDERS, Facts
from cherish.store.duckdb import facts as learned
from cherish.store.duckdb import (
    live,
    migrations,
    questions,
    schema,
)
from cherish.store.duckdb import noise_rules as rules
from cherish.store.duckdb.batching import Importing
from cherish.store.duckdb.checkpoints import Checkpoints
from cherish.store.duckdb.choices import Choices
from cherish.store.duckdb.connections import PATIENCE, Connections, Limits
from cherish.store.duckdb.departing import Departing
from cherish.store.duckdb.drawing import Drawing
from cherish.store.duckdb.everybody import Everybody
from cherish.store.duckdb.joining import Joining
from cherish.store.duckdb.keeping import Keeping
from cherish.store.duckdb.live import LiveLoading
from cherish.store.duckdb.reading import PLAIN, Reading
from cherish.store.duckdb.statements import Promoted, tables
from cherish.store.duckdb.temporary import Temporary
from cherish.store.types import typed


class DuckDBStore(Choices, Importing, Joining, Departing, Keeping, Drawing):
    """The event log in a workspace folder's `log.duckdb`, or in memory where no folder is given.

    The file is open only while a question is asked or a load runs; `session()` keeps it for a block. It is made by
    the first write; asking before that raises WorkspaceError.
    """

    dialect = "duckdb"

    def __init__(
        self,
        path: Path | str | None,
        *,
        limits: Limits | None = None,
        clock: Clock = system_clock,
        patience: float = PATIENCE,
        noise: Sequence[Rule] | None = None,
    ) -> None:
        """A log in a folder, or in memory.

        Args:
            path: the workspace's folder.
            limits: what the engine may use.
            clock: what time it is.
            patience: for so many seconds the file is waited for.
            noise: the rules of the settings' file, in place of those that it gave before (None: it gives none).
        """
        self.path = None if path is None else Path(path)
        self._limits = limits or Limits()
        self._connections = Connections(self.path, self._limits, patience)
        self._checkpoints = Checkpoints(self._connections)
        self._clock = clock
        self._in_transaction: int | None = None
        self._roomy = False
        self._snapshots: set[int] = set()
        self._prepared = 0
        self._commits = 0
        self._promoted = Promoted()
        self._temporary = Temporary()
        self._noise = noise
        self._known: tuple[Any, str, Facts] | None = None
        self._read_by: tuple[Any, Reading] | None = None

    # -- asking ---------------------------------------------------------------------------------------------------

    @property
    def exists(self) -> bool:
        """Whether there is a log to ask."""
        return self._connections.file is None or self._connections.file.exists()

    @contextmanager
    def session(self) -> Iterator[DuckDBStore]:
        """Hold the engine's connection for a block of questions; nested sessions share it."""
        with self._reading():
            yield self

    @contextmanager
    def snapshot(self) -> Iterator[DuckDBStore]:
        """A session whose questions all see the log as it is at the first of them, whatever is loaded meanwhile."""
        me = threading.get_ident()
        with self._reading() as connection:
            if me in self._snapshots:
                yield self
                return
            connection.execute("BEGIN")
            self._snapshots.add(me)
            try:
                yield self
            finally:
                self._snapshots.discard(me)
                connection.execute("ROLLBACK")

    @property
    def in_snapshot(self) -> bool:
        """Whether this thread is inside one."""
        return threading.get_ident() in self._snapshots

    def interrupt(self, thread: int) -> None:
        """Stop the statement that another thread waits for, if it does."""
        self._connections.interrupt(thread)

    @contextmanager
    def owned(self) -> Iterator[DuckDBStore]:
        """Keep the log for writing for a block, such as a server's life; readers of this process share it."""
        with self._connections.hold(write=True), self._connections.idle():
            self._prepare()
            yield self

    @property
    def facts(self) -> Facts:
        """What is known of the log; remembered until it changes, by whichever process."""
        if self._in_transaction == threading.get_ident():
            with self._connections.hold() as connection:
                return learned.learn(connection)
        if self.in_snapshot:
            with self._reading() as connection:
                # The file may be further on than what is seen here, so its stamp says nothing.
                known, changes = self._known, schema.setting(connection, "changes") or ""
                return known[2] if known is not None and known[1] == changes else learned.learn(connection)
        stamp, known = self._stamp(), self._known
        if known is not None and known[0] == stamp:
            return known[2]
        with self._reading() as connection:
            changes = schema.setting(connection, "changes") or ""
            facts = known[2] if known is not None and known[1] == changes else learned.learn(connection)
        self._known = (stamp, changes, facts)
        return facts

    @property
    def reading(self) -> Reading:
        """How the relations are read now; remembered as long as the log stays the same."""
        if not self.exists:
            return PLAIN
        if self._in_transaction == threading.get_ident() or self.in_snapshot:
            with self._connections.hold() as connection:
                return Reading.of(connection)
        stamp = self._stamp()
        if self._read_by is None or self._read_by[0] != stamp:
            with self._reading() as connection:
                self._read_by = (stamp, Reading.of(connection))
        return self._read_by[1]

    def events(self, properties: tuple[str, ...] = ()) -> Any:
        """The events, with the named properties promoted to columns `properties.NAME`."""
        return self._promoted.table("events", properties, self.facts.properties if properties else {})

    def customers(self, traits: tuple[str, ...] = ()) -> Any:
        """The customers, with the named traits as columns `traits.NAME`."""
        return self._promoted.table("customers", traits, self.facts.traits if traits else {})

    def activity(self) -> Any:
        """The maintained activity."""
        return _relation("activity")

    def orders(self) -> Any:
        """The maintained orders."""
        return _relation("orders")

    def run(self, expression: Any) -> Any:
        """Run an expression and return a `pyarrow.Table`."""
        return self.asked(self._promoted, expression, self.reading)

    def sql(self, expression: Any) -> str:
        """The statement that `run` would send."""
        return self._promoted.statement(expression, pretty=True, reading=self.reading)

    @cached_property
    def everybody(self) -> Everybody:
        """The same log with the people and events that are left out otherwise."""
        return Everybody(self)

    def asked(self, promoted: Promoted, expression: Any, reading: Reading) -> Any:
        """Run an expression over the relations as they are read, and return a `pyarrow.Table`."""
        statement = promoted.statement(expression, reading=reading)
        with self._reading() as connection:
            self._temporary.provide(connection, tables(expression))
            return typed(questions.arrow(connection, statement), expression)

    def temporary(self, table: Any) -> Any:
        """A `pyarrow.Table` as a relation of this log's engine, for joins; gone with its last expression."""
        return self._temporary.table(table)

    def query(self, statement: str) -> Any:
        """Run one read-only SQL statement and return a `pyarrow.Table`.

        Raises:
            QuestionError: not one statement, not read-only, or refused by the engine.
        """
        with self._reading() as connection:
            return questions.asked(connection, statement)

    def stream(self, statement: str, temporary: Mapping[str, Any]) -> Any:
        """The rows of a statement that `run` would send, as a `pyarrow.RecordBatchReader`; to be read in a session.

        Raises:
            QuestionError: it is no statement that reads.
        """
        with self._reading() as connection:
            for name, rows in temporary.items():
                connection.register(name, rows)
            return questions.stream(connection, statement)

    # -- writing --------------------------------------------------------------------------------------------------

    @contextmanager
    def live(self, claim: str) -> Iterator[LiveLoading]:
        """One analytics transaction for a claim of a journal, which is noted in it."""
        # A tighter limit only while nobody reads, for it would be the readers', too.
        with self._transaction(tight=False) as connection:
            yield LiveLoading(connection, claim, self._now())

    def claimed(self, claim: str) -> bool:
        """Whether a live load of this claim is in the log."""
        if not self.exists:
            return False
        with self._reading() as connection:
            return live.claimed(connection, claim)

    def forget_claims(self, claims: Sequence[str]) -> None:
        """Let claims go that no journal holds any more."""
        with self._transaction() as connection:
            live.forget(connection, claims)

    def close(self) -> None:
        """Let go of the engine; a log in memory is gone then."""
        self._connections.close()

    # -- parts ----------------------------------------------------------------------------------------------------

    @contextmanager
    def _reading(self) -> Iterator[Any]:
        with self._connections.hold():
            self._prepare()
            with self._connections.hold() as connection:
                yield connection

    @contextmanager
    def _writing(self) -> Iterator[Any]:
        with self._connections.writer, self._connections.hold(write=True):
            if self._in_transaction is not None:
                raise WorkspaceError("a load is still open; finish it before changing the log in another way")
            self._prepare()
            with self._connections.hold(write=True) as connection:
                yield connection

    @contextmanager
    def _transaction(self, tight: bool = True) -> Iterator[Any]:
        with self._writing() as connection, self._memory(connection, tight):
            self._checkpoints.before(connection)
            self._in_transaction = threading.get_ident()
            try:
                with self._committed(connection):
                    yield connection
            finally:
                self._in_transaction = None
            self._checkpoints.after(connection)

    @contextmanager
    def _committed(self, connection: Any) -> Iterator[None]:
        """All that a block does, or nothing; counted as one change of the log."""
        connection.execute("BEGIN")
        try:
            yield
            schema.count_change(connection)
            connection.execute("COMMIT")
            self._commits += 1
        except BaseException:
            # A commit that failed (a full disk) has been taken back by the engine already.
            with suppress(duckdb.TransactionException):
                connection.execute("ROLLBACK")
            raise

    @contextmanager
    def _memory(self, connection: Any, tight: bool) -> Iterator[None]:
        if tight:
            with questions.memory(connection, self._limits.load_memory):
                yield
        elif self._roomy:
            self._roomy = False
            yield
        else:
            try:
                with self._connections.narrow(connection, self._limits.live_memory):
                    yield
            except (MemoryError, duckdb.OutOfMemoryException):
                # The next attempt has what all others have, before anything is thought too large.
                self._roomy = True
                raise

    def _prepare(self) -> None:
        """Make the tables of a new log and bring an old one up to date, once per opening."""
        if self._prepared == self._connections.generation:
            return
        with self._connections.hold() as connection:
            ready = not schema.empty(connection) and not migrations.pending(connection, self._connections.file)
        if not ready:
            with self._connections.writer, self._connections.hold(write=True) as connection:
                # Asked again: another thread may have been first.
                if schema.empty(connection):
                    schema.create(connection, migrations.latest())
                else:
                    migrations.migrate(connection, self._connections.file)
        self._heed()
        self._settle()
        self._prepared = self._connections.generation

    def _heed(self) -> None:
        """Follow the rules of the settings' file where they are others than the log was told last."""
        if self._noise is None:
            return
        with self._connections.hold() as connection:
            if rules.given(connection, self._noise):
                return
        with self._connections.writer, self._connections.hold(write=True) as connection, self._committed(connection):
            rules.give(connection, self._noise)

    def _stamp(self) -> tuple[Any, ...]:
        # Cheaper than opening the file; what it can't tell apart, the count of changes inside does.
        file = self._connections.file
        if file is None:
            return (self._commits,)
        seen: list[Any] = [self._commits]
        for each in (file, file.with_name(file.name + ".wal")):
            try:
                status = each.stat()
                seen.append((status.st_ino, status.st_mtime_ns, status.st_size))
            except FileNotFoundError:
                seen.append(None)
        return tuple(seen)

    def _now(self) -> Any:
        return self._clock().replace(tzinfo=None)


@lru_cache(maxsize=2)
def _relation(name: str) -> Any:
    # Made once: a question names it several times, and making it takes as long as the engine does for a small one.
    return ibis.table({"activity": ACTIVITY, "orders": ORDERS}[name], name=name)
