"""What reports count: daily rows of the customers' events, breakdowns by name, days as people write them."""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis

from cherish.errors import QuestionError
from cherish.points.fact import total
from cherish.points.rows import one_currency
from cherish.spec.view import View

_DAILY = ("name", "currency")


def daily(view: View, by: tuple[str, ...] = ()) -> Any:
    """customer_id, day, name, currency, n, value and by_N; several rows a customer and day where events are read.

    Events are handed on as they are, each with n = 1: grouping them into days first would be a second grouping.
    """
    if is_maintained(view, by):
        return view.activity(by)
    return view.events(by).mutate(n=ibis.literal(1, type="int64"))


def is_maintained(view: View, by: tuple[str, ...] = ()) -> bool:
    """Whether maintained days can answer under the view's filters and these breakdowns."""
    fields = (*(each.field for each in view.filters), *by)
    plain = all(name in _DAILY or name.startswith("traits.") for name in fields)
    return plain and view.log.activity() is not None


def of_names(view: View, rows: Any, names: tuple[str, ...], *more: Any) -> Any:
    """The rows of these events (and `more` conditions); nothing is asked of names where there are no others.

    Comparing a text of every row costs as much as adding up the rows.
    """
    keep = [] if set(names) >= set(view.facts.names) else [rows.name.isin(names)]
    return rows.filter(*keep, *more) if keep or more else rows


def breakdowns(view: View, by: tuple[str, ...]) -> tuple[str, ...]:
    """The full names of the fields to break down by.

    Raises:
        QuestionError: more than two, one of them twice, or an unknown one.
    """
    found = tuple(view.field(name) for name in by)
    if len(found) > 2 or len(set(found)) != len(found):
        raise QuestionError(f"by={'|'.join(by)}: break down by one field, or by two different ones")
    return found


def labels(by: tuple[str, ...]) -> tuple[str, ...]:
    """The columns that hold the breakdowns: by_1, by_2."""
    return tuple(f"by_{place}" for place in range(1, len(by) + 1))


def shown_names(by: tuple[str, ...], taken: tuple[str, ...]) -> tuple[str, ...]:
    """What the breakdowns' columns are called in a finished table: the bare field, in full where that would clash."""
    bare = [name.split(".", 1)[-1] for name in by]
    clash = [short in taken or bare.count(short) > 1 for short in bare]
    return tuple(name if full else short for name, short, full in zip(by, bare, clash, strict=True))


def refuse_mixed_money(view: View) -> None:
    """Refuse to sum several currencies in silence; a filter that keeps one of them is enough.

    Raises:
        Unanswerable: the money is in several currencies and no rates are known.
    """
    one_currency(view, [total("activity")])


def day_of_text(name: str, text: str | None) -> date | None:
    """A local day as people write it, 2017-03-31.

    Raises:
        QuestionError: not a date.
    """
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise QuestionError(f"{name}={text!r}: write a day as YYYY-MM-DD") from None
