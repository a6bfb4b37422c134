"""Ages: how many of each, and what they spend or how active they are, beside those whose age is unknown."""

from __future__ import annotations

from typing import Any

from cherish.result import Result
from cherish.spec.view import UNKNOWN
from cherish.story import words
from cherish.story.asking import Asking
from cherish.story.pictures import bars
from cherish.story.scene import Picture, Table
from cherish.story.sentence import Part


def of(asking: Asking, found: Result, young: frozenset[str]) -> Picture:
    """The picture; `young` are the labels in colour."""
    rows = found.table.to_pylist()
    money = asking.has_money
    what = "money a head in the last 365 days" if money else "share who were active in the last four weeks"
    label = f"{asking.people.many.capitalize()} by age: {what}."
    head, column = ("money a head", "value_per_head") if money else ("active in four weeks", "active_share")
    table = Table(
        ("age", asking.people.many, head),
        tuple(
            (
                Part(row["label"]),
                asking.cell(found, "customers", words.count, label=row["label"]),
                asking.cell(found, column, asking.paid if money else words.percent, label=row["label"]),
            )
            for row in rows
        ),
    )
    return Picture(label, lambda: draw(asking, rows, money, young), table)


def draw(asking: Asking, rows: list[dict[str, Any]], money: bool, young: frozenset[str]) -> Any:
    """A bar for each age, the young in colour, those of unknown age in the faintest."""
    listed = [
        bars.Bar(
            "age unknown" if row["label"] == UNKNOWN else row["label"],
            float((row["value_per_head"] if money else row["active_share"]) or 0),
            f"{_value(asking, row, money)} · {words.count(row['customers'])} {asking.people.of(row['customers'])}",
            "faint" if row["label"] == UNKNOWN else "strong" if row["label"] in young else "plain",
        )
        for row in rows
    ]
    return bars.draw(listed)


def _value(asking: Asking, row: dict[str, Any], money: bool) -> str:
    if not money:
        return words.percent(row["active_share"])
    return f"{asking.paid(row['value_per_head'] or 0)} a head"
