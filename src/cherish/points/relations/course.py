"""Answers in time: what a straight line through a customer's answers needs, as plain sums."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cherish.points.relations.responses import Responses
from cherish.spec.calendar import number
from cherish.spec.view import View

_CENTRE = 18_000
"""A day in 2019: days are counted from here, so that their squares stay small."""


@dataclass(frozen=True)
class Course:
    """The valid answers with their local day as a number, and the products whose sums make a line."""

    responses: Responses

    def rows(self, view: View) -> Any:
        """customer_id, ts, event_id, day_number (int64), score, day_squared, score_squared, day_score."""
        rows = self.responses.rows(view)
        rows = rows.filter(rows.valid)
        day = number(view.calendar.day(rows.ts)).cast("int64") - _CENTRE
        return rows.select(
            "customer_id", "ts", "event_id", "score",
            day_number=day, day_squared=day * day, score_squared=rows.score * rows.score,
            day_score=day.cast("float64") * rows.score,
        )  # fmt: skip
