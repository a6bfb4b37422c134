"""Scores as they grow: a row per answer with the score of its response up to then, for facts at any moment."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any

import ibis

from cherish.instruments.answers import Answers
from cherish.instruments.instrument import Instrument
from cherish.spec.filters import conjunction
from cherish.spec.view import View


@dataclass(frozen=True)
class Running:
    """The valid answers to some items of an instrument, each with the score that its response has with it.

    `groups` are the places of the items: each group needs its share of answers, and the score is the mean of the means
    of groups. All items lie on one scale. What makes a response, and which answer counts of several to one item, is
    told at `Answers`. A response that has a score keeps one, so the last row with a score tells the last such response.
    """

    instrument: Instrument
    groups: tuple[tuple[int, ...], ...]

    def rows(self, view: View) -> Any:
        """customer_id, ts, event_id, begin (the response's first answer to any item), score (float64) and scorable.

        Raises:
            Unanswerable: the log has no answers to any survey, or they lack what makes an answer.
        """
        rows = Answers(self.instrument).judged(view)
        places = [place for group in self.groups for place in group]
        rows = rows.mutate(counted=rows.valid & rows.place.isin(places))
        rows = rows.mutate(amount=ibis.ifelse(rows.counted, self._turned(rows), ibis.null("float64")))
        item = ibis.window(
            group_by=("customer_id", "response", "place", "counted"), order_by=("ts", "event_id")
        )  # fmt: skip
        rows = rows.mutate(replaced=rows.amount.lag().over(item))
        so_far = ibis.window(
            group_by=("customer_id", "response"), order_by=("ts", "event_id"), preceding=None, following=0
        )
        # An answer given again adds only the difference, so that plain sums hold the last answer to each item.
        sums: dict[str, Any] = {}
        for at, group in enumerate(self.groups):
            own = rows.counted & rows.place.isin(group)
            change = ibis.ifelse(own, rows.amount - rows.replaced.fill_null(0.0), ibis.literal(0.0))
            fresh = (own & rows.replaced.isnull()).cast("int64")
            sums |= {f"sum_{at}": change.sum().over(so_far), f"answered_{at}": fresh.sum().over(so_far).cast("int64")}
        rows = rows.mutate(begin=rows.ts.min().over(so_far), **sums)
        rows = rows.filter(rows.counted)
        return rows.select(
            "customer_id", "ts", "event_id", "begin", score=self._score(rows), scorable=self._enough(rows)
        )

    def _turned(self, rows: Any) -> Any:
        reverse = [place for place, item in enumerate(self.instrument.items) if item.reverse]
        low, high = self._ends
        return ibis.ifelse(rows.place.isin(reverse), (low + high) - rows.score, rows.score) if reverse else rows.score

    @property
    def _ends(self) -> tuple[float, float]:
        return self.instrument.range(self.instrument.items[self.groups[0][0]])

    def _score(self, rows: Any) -> Any:
        means = [rows[f"sum_{at}"] / rows[f"answered_{at}"].nullif(0) for at in range(len(self.groups))]
        score, (low, high), shown = reduce(add, means) / float(len(means)), self._ends, self.instrument.form.shown
        return score if shown is None else (score - low) * ((shown[1] - shown[0]) / (high - low)) + shown[0]

    def _enough(self, rows: Any) -> Any:
        share = self.instrument.form.answered
        return conjunction(
            rows[f"answered_{at}"] >= math.ceil(share * len(group) - 1e-9) for at, group in enumerate(self.groups)
        )
