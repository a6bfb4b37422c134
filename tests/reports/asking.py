"""A report asked of a log the way every door asks it, without a door."""

from __future__ import annotations

from typing import Any

from cherish.spec.filters import Filter
from cherish.spec.registry import find
from cherish.spec.view import View


def ask(log: Any, name: str, as_of: Any = None, filters: tuple[str, ...] = (), **given: Any) -> Any:
    """The finished table, as rows."""
    return asked(log, name, as_of, filters, **given)[0]


def asked(log: Any, name: str, as_of: Any = None, filters: tuple[str, ...] = (), **given: Any) -> Any:
    """The finished table as rows, its headline, and the plan."""
    view = View.of(log, as_of=as_of, filters=tuple(Filter.parse(text) for text in filters))
    plan = find("report", name).of(**given).plan(view, log.run)
    table = plan.finish(log.run(plan.expression))
    return table.to_pylist(), plan.headline(table), plan
