"""The point engine's plans against the best hand-written DuckDB SQL, on 10 million events of 1 million customers."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from bench.side import Row, compare
from cherish.points import personal, trend
from cherish.points.at import Asked, evaluate
from cherish.spec.registry import find
from cherish.spec.view import View

AUDIENCE = """
SELECT c.customer_id, coalesce(a.days, 0) AS active_days, DATE_DIFF('day', a.last, DATE '{end}') AS recency,
       coalesce(o.spent, 0) AS monetary
FROM customers c
LEFT JOIN (SELECT customer_id, count(DISTINCT day) FILTER (WHERE day >= DATE '{end}' - 28) AS days, max(day) AS last
           FROM activity WHERE day < DATE '{end}' GROUP BY 1) a USING (customer_id)
LEFT JOIN (SELECT customer_id, sum(value) AS spent FROM orders
           WHERE day < DATE '{end}' AND day >= DATE '{end}' - 365 GROUP BY 1) o USING (customer_id)
WHERE c.first_seen < TIMESTAMP '{start}' AND c.identified
"""

ADDITIVE = """
WITH daily AS (SELECT day, count(*) AS n FROM (SELECT DISTINCT customer_id, day FROM activity
               WHERE day > DATE '{end}' - 91 - 28 AND day < DATE '{end}') GROUP BY day),
     days AS (SELECT unnest(range(DATE '{end}' - 90, DATE '{end}', INTERVAL 1 DAY))::DATE AS day)
SELECT d.day, sum(daily.n) AS y FROM days d JOIN daily ON daily.day > d.day - 28 AND daily.day <= d.day
GROUP BY d.day ORDER BY d.day
"""

THRESHOLD = """
WITH active AS (SELECT DISTINCT customer_id, day FROM activity
                WHERE day > DATE '{end}' - 91 - 28 AND day < DATE '{end}'),
     spans AS (SELECT greatest(day, DATE '{end}' - 90) AS since,
                      least(coalesce(lead(day) OVER w, DATE '2999-01-01'),
                            coalesce(lag(day, 2) OVER w + 28, DATE '1970-01-01')) AS until
               FROM active WINDOW w AS (PARTITION BY customer_id ORDER BY day)),
     changes AS (SELECT since AS day, 1 AS step FROM spans WHERE until > since
                 UNION ALL SELECT until, -1 FROM spans WHERE until > since),
     steps AS (SELECT day, sum(step) AS step FROM changes GROUP BY day),
     days AS (SELECT unnest(range(DATE '{end}' - 90, DATE '{end}', INTERVAL 1 DAY))::DATE AS day)
SELECT d.day, sum(coalesce(s.step, 0)) OVER (ORDER BY d.day) AS y
FROM days d LEFT JOIN steps s USING (day) ORDER BY d.day
"""

PERSONAL = """
SELECT p.point, count(DISTINCT ((e.ts)::DATE)) FILTER (WHERE e.ts >= p.moment - INTERVAL 28 DAY) AS active_days,
       count(*) FILTER (WHERE e.name = 'Order Completed' AND e.ts >= p.moment - INTERVAL 365 DAY) AS orders,
       coalesce(sum(e.value) FILTER (WHERE e.name = 'Order Completed'
                AND e.ts >= p.moment - INTERVAL 365 DAY), 0) AS spent
FROM {points} p LEFT JOIN events e ON e.customer_id = p.customer_id AND e.ts < p.moment
     AND e.ts >= p.moment - INTERVAL 365 DAY
GROUP BY p.point
"""

POINTS = """
SELECT row_number() OVER (ORDER BY customer_id) AS point, customer_id,
       last_seen - to_seconds((hash(customer_id) % 8640000)::BIGINT) AS moment
FROM customers ORDER BY hash(customer_id) LIMIT 500000
"""


def run(store: Any) -> list[Row]:
    """The three plans; the store holds `bench.data.clickstream` (UTC, no refunds)."""
    view = View.of(store)
    with store.session():
        return [_audience(store, view), *_trends(store, view), _personal(store, view)]


def _text(view: View) -> dict[str, Any]:
    return {"end": view.calendar.day_of(view.as_of), "start": view.as_of.replace(tzinfo=None)}


def _audience(store: Any, view: View) -> Row:
    asked = [Asked("a", find("measure", "active_days").of()), Asked("r", find("measure", "recency").of()),
             Asked("m", find("measure", "monetary").of(window="365d"))]  # fmt: skip
    statement = AUDIENCE.format(**_text(view))

    def same(ours: pa.Table, theirs: pa.Table) -> bool:
        left = ours.select(["customer_id", "a_y", "r_y", "m_y"]).sort_by("customer_id")
        right = theirs.sort_by("customer_id")
        return all(
            _equal(left[one], right[other]) for one, other in zip(left.column_names, right.column_names, strict=True)
        )

    return compare("audience of three measures, one moment", lambda: store.run(evaluate(view, asked)),
                   lambda: store.query(statement), same)  # fmt: skip


def _trends(store: Any, view: View) -> list[Row]:
    rows = []
    for name, measure, statement in (
        ("90-day trend, additive (active days in 28)", find("measure", "active_days").of(), ADDITIVE),
        ("90-day trend, threshold (3 of 28 days)", find("measure", "active_days").of(at_least=3), THRESHOLD),
    ):
        text = statement.format(**_text(view))

        def ours(measure: Any = measure) -> pa.Table:
            return store.run(trend.evaluate(view, Asked("v", measure), view.day - 90, view.day - 1))

        def theirs(text: str = text) -> pa.Table:
            return store.query(text)

        rows.append(compare(name, ours, theirs, lambda one, other: _equal(one["y"], other["y"])))
    return rows


def _personal(store: Any, view: View) -> Row:
    points = store.query(POINTS)
    bound = store.temporary(points)
    statement = PERSONAL.format(points=bound.get_name())
    asked = [
        Asked("a", find("measure", "active_days").of()),
        Asked("f", find("measure", "frequency").of(window="365d")),
        Asked("m", find("measure", "monetary").of(window="365d")),
    ]

    def same(ours: pa.Table, theirs: pa.Table) -> bool:
        known = ours.sort_by("point")
        by_point = theirs.join(known.select(["point"]), "point", join_type="inner").sort_by("point")
        pairs = (("a_y", "active_days"), ("f_y", "orders"), ("m_y", "spent"))
        return all(_equal(known[one], by_point[other]) for one, other in pairs)

    return compare("500,000 personal moments, three measures", lambda: store.run(personal.evaluate(view, bound, asked)),
                   lambda: store.query(statement), same)  # fmt: skip


def _equal(left: Any, right: Any) -> bool:
    kind = pa.float64()
    return bool(left.cast(kind).combine_chunks().equals(right.cast(kind).combine_chunks()))
