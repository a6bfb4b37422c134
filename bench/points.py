"""The point engine's combined plans: measures at one moment, a rule, trends over 90 days, a moment per customer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bench.answers import rows
from bench.question import FOLDER
from bench.side import HAND, OURS, Row, Way, compare, quickest
from cherish.audiences.members import members
from cherish.audiences.reading import of_plain
from cherish.points import personal, trend
from cherish.points.at import evaluate
from cherish.points.measure import Asked
from cherish.spec.registry import find
from cherish.spec.view import View

DAYS = 90
MOMENTS = 500_000

_POINTS = """
SELECT row_number() OVER (ORDER BY customer_id) AS point, customer_id,
       last_seen - to_seconds((hash(customer_id) % 8640000)::BIGINT) AS moment
FROM customers ORDER BY hash(customer_id) LIMIT {count}
"""


def run(store: Any, rounds: int) -> list[Row]:
    """The five comparisons, on the log of `bench.clicks`."""
    view = View.of(store)
    with store.session():
        active_days = find("measure", "active_days")
        return [
            _audience(store, view, rounds),
            _rule(store, view, rounds),
            _trend(store, view, rounds, f"{DAYS}-day trend, additive: active days in 28", "additive", active_days.of()),
            _trend(store, view, rounds, f"{DAYS}-day trend, threshold: 3 active days of 28", "threshold",
                   active_days.of(at_least=3)),
            _personal(store, view, rounds),
        ]  # fmt: skip


def _audience(store: Any, view: View, rounds: int) -> Row:
    asked = [
        Asked("a", find("measure", "active_days").of()),
        Asked("r", find("measure", "recency").of()),
        Asked("m", find("measure", "monetary").of(window="365d")),
    ]

    def ours() -> Any:
        return store.run(evaluate(view, asked))

    columns = ("customer", "active_days", "recency", "monetary")
    files = ("audience_distinct", "audience_bits")
    made = (ours, ("customer", "a_y", "r_y", "m_y"))
    return _row(
        "audience of three measures at one moment", store, view, rounds, made, (files, columns), "activity, orders"
    )


def _rule(store: Any, view: View, rounds: int) -> Row:
    rule = of_plain({
        "all": [
            {"did": {"event": "Product Viewed", "within": "90d", "count": {"at_least": 3}}},
            {"did_not": {"event": "Order Completed", "within": "30d"}},
            {"measure": "monetary", "parameters": {"window": "365d"}, "at_least": 100},
        ]
    })  # fmt: skip

    def ours() -> Any:
        return store.run(members(view, rule))

    columns = ("customer_id",)
    hand = (("rule_having", "rule_apart"), columns)
    return _row(
        "audience of a rule of three conditions", store, view, rounds, (ours, columns), hand, "activity, orders"
    )


def _trend(store: Any, view: View, rounds: int, name: str, kind: str, measure: Any) -> Row:
    def ours() -> Any:
        return store.run(trend.evaluate(view, Asked("v", measure), view.day - DAYS, view.day - 1))

    endings = {"additive": ("joined", "counted"), "threshold": ("spans", "lists")}[kind]
    files = tuple(f"{kind}_{ending}" for ending in endings)
    return _row(name, store, view, rounds, (ours, ("day", "y")), (files, ("day", "y")), "activity")


def _personal(store: Any, view: View, rounds: int) -> Row:
    count = min(MOMENTS, store.facts.rows["customers"] // 2)
    points = store.temporary(store.query(_POINTS.format(count=count)))
    store.run(points.limit(1))  # From now on statements written by hand can name it too.
    asked = [
        Asked("a", find("measure", "active_days").of()),
        Asked("f", find("measure", "frequency").of(window="365d")),
        Asked("m", find("measure", "monetary").of(window="365d")),
    ]

    def ours() -> Any:
        return store.run(personal.evaluate(view, points, asked))

    files, columns = ("personal_distinct", "personal_apart"), ("point", "active_days", "orders", "spent")
    name, made = f"{count:,} personal moments, three measures", (ours, ("point", "a_y", "f_y", "m_y"))
    return _row(name, store, view, rounds, made, (files, columns), "raw events", points=points.get_name())


def _row(
    name: str, store: Any, view: View, rounds: int, ours: tuple[Callable[[], Any], tuple[str, ...]],
    hand: tuple[tuple[str, ...], tuple[str, ...]], source: str, **places: Any,
) -> Row:  # fmt: skip
    end = view.calendar.day_of(view.as_of)
    statements = {file: (FOLDER / f"{file}.sql").read_text().format(end=end, **places) for file in hand[0]}
    best = quickest({file: lambda text=text: store.query(text) for file, text in statements.items()})
    ways = {
        OURS: Way(ours[0], lambda table: rows(table, ours[1])),
        HAND: Way(lambda: store.query(statements[best]), lambda table: rows(table, hand[1])),
    }
    return Row(name, source, store.facts.rows["events"], compare(ways, rounds), best)
