"""The answer to a question: the table, the figures a sentence would quote, and all that is needed to get it again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Self

from cherish.errors import Unsupported
from cherish.query import Query


@dataclass(frozen=True)
class Origin:
    """Where an answer came from, while the log is still at hand; `ask` asks the same log another question."""

    log: Any
    definition: Any
    expression: Callable[[], Any]
    ask: Callable[[Query], Any]


@dataclass(frozen=True, repr=False)
class Result:
    """One answer. `query` is the question with its moment written out, so that asking it again means the same.

    `name` is the full name: definition, parameters that differ from the defaults, what was fitted, version. `headline`
    holds the few figures that a sentence would quote. `rows` counts the rows of each relation that was there to
    be read and `fingerprint` is an order-free hash of them.
    """

    query: Query
    name: str
    table: Any
    headline: Mapping[str, Any]
    convention: str
    parameters: Mapping[str, str]
    as_of: datetime
    zone: str
    rows: Mapping[str, int]
    fingerprint: str
    code_version: str
    notes: tuple[str, ...] = ()
    nulls: Mapping[str, str] = field(default_factory=dict)
    about: Mapping[str, str] = field(default_factory=dict)
    origin: Origin | None = field(default=None, compare=False)

    # -- as data --------------------------------------------------------------------------------------------------

    def to_pandas(self) -> Any:
        """The table as a pandas DataFrame; whole numbers stay whole, also where some are missing (`Int64`).

        Raises:
            Unsupported: pandas is not installed.
        """
        pandas = _installed("pandas")
        frame = self.table.to_pandas()
        for name in self.table.column_names:
            column = self.table[name]
            if column.null_count and str(column.type) == "int64":
                # A missing value would make floats of them all: the cell 544 would read 544.0.
                frame[name] = column.to_pandas(types_mapper={column.type: pandas.Int64Dtype()}.get)
        return frame

    def to_polars(self) -> Any:
        """The table as a Polars DataFrame.

        Raises:
            Unsupported: Polars is not installed.
        """
        return _installed("polars").from_arrow(self.table)

    def to_json(self) -> str:
        """Everything but the log, as JSON: money as exact strings, so that nothing is lost."""
        from cherish.show import exchange

        return exchange.to_json(self)

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read what `to_json` wrote.

        Raises:
            FileError: not an exported result.
        """
        from cherish.show import exchange

        return cls(**exchange.fields(text))

    def to_csv(self) -> str:
        """The table as CSV with a header; money exact, a missing value empty."""
        from cherish.show import exchange

        return exchange.to_csv(self.table)

    # -- as a picture or a text -----------------------------------------------------------------------------------

    def chart(self, *, dark: bool = False) -> Any:
        """An Altair chart in the house theme."""
        from cherish import charts

        return charts.of(self, dark=dark)

    def sql(self) -> str:
        """The statement that the engine ran, laid out to be read."""
        origin = self._origin("sql")
        return str(origin.log.sql(origin.expression()))

    def explain(self) -> Any:
        """The definition, formula, source, statement, first rows, and what would change the answer."""
        from cherish.explain import explain

        self._origin("explanation")
        return explain(self)

    def show(self, screen: Any) -> None:
        """Write the answer to a Rich console."""
        from cherish.show import terminal

        terminal.show(self, screen)

    def shared(self, k: int | None = None) -> Self:
        """The answer for others: figures of fewer than k customers are hidden, and what would give them away.

        k is the setting `smallest_group` (10) unless given, and at least 5. What comes back has no log behind it: no
        statement, no explanation, no way to ask for more.

        Raises:
            Unsupported: a row is a customer.
            Unanswerable: there are too few customers, or the answer is about all but a few of them.
        """
        from cherish.show import small

        return replace(self, **small.shared(self, k))

    def limited(self, rows: int) -> Self:
        """The same answer with only the first rows of its table."""
        return replace(self, table=self.table.slice(0, rows))

    def __repr__(self) -> str:
        from cherish.show.terminal import plain

        return plain(self)

    def _repr_html_(self) -> str:
        from cherish.show.notebook import html

        return html(self)

    def _origin(self, wanted: str) -> Origin:
        if self.origin is None and "shared" in self.about:
            raise Unsupported(f"a shared result has no {wanted}: it would show what is hidden")
        if self.origin is None:
            raise Unsupported(
                f"a result read from a file has no log to ask for its {wanted}; ask again: {self.query.command()}"
            )
        return self.origin


def _installed(module: str) -> Any:
    from importlib import import_module

    try:
        return import_module(module)
    except ImportError as error:
        raise Unsupported(f"{module} is not installed; use .table (PyArrow), or: pip install {module}") from error
