"""What an answer must have to be shown: the shape of `cherish.result.Result`, for the modules that stand below it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from cherish.query import Query


class Answered(Protocol):
    """An answer with all that it carries."""

    @property
    def query(self) -> Query:
        """The question, its moment written out."""

    @property
    def name(self) -> str:
        """The full name."""

    @property
    def table(self) -> Any:
        """The rows, a `pyarrow.Table`."""

    @property
    def headline(self) -> Mapping[str, Any]:
        """The figures that a sentence would quote."""

    @property
    def convention(self) -> str:
        """The choices that make two honest answers differ."""

    @property
    def parameters(self) -> Mapping[str, str]:
        """Every parameter and its value as text."""

    @property
    def as_of(self) -> datetime:
        """The moment, in UTC."""

    @property
    def zone(self) -> str:
        """The log's time zone."""

    @property
    def rows(self) -> Mapping[str, int]:
        """How many rows of each relation there were to be read."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences that stand beside the figures."""

    @property
    def nulls(self) -> Mapping[str, str]:
        """Reasons for a missing value and what they mean."""

    @property
    def about(self) -> Mapping[str, str]:
        """The definition in a line, its unit, formula and source; what a row is."""

    @property
    def origin(self) -> Any:
        """The log, the definition and the expression, while they are at hand."""

    def sql(self) -> str:
        """The statement that the engine ran."""
