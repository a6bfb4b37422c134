"""A report: a table about a population, with the convention that makes it comparable as part of its answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cherish.spec.definition import Definition
from cherish.spec.plan import Plan
from cherish.spec.view import View

Run = Callable[[Any], Any]
"""Answers an expression with a `pyarrow.Table`."""


class Report(Definition):
    """The base of every report. A subclass gives `plan`, and `chart` where a picture says more than the table."""

    def plan(self, view: View, run: Run) -> Plan:
        """The question made ready. `run` is for what must be known before the main expression can be written."""
        raise NotImplementedError

    def chart(self, table: Any) -> Any:
        """An Altair chart of the finished table (a `pyarrow.Table`); None where the table is the best picture."""
        return None

    def versions(self, view: View) -> dict[str, str]:
        """The stored, versioned things that parameters name: `{"active": "core@3"}`."""
        given = getattr(self, "active", None)
        return {} if given is None else {"active": str(view.active(given))}
