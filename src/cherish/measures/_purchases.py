"""What measures of future purchases share: a customer's past in three numbers, the model, and what it computes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import ibis
import numpy as np

from cherish.errors import QuestionError
from cherish.points.fact import Fact, days, first_day, last_day
from cherish.points.measure import Fit, Measure, Moment, frozen
from cherish.proof.clv import bg_nbd, mbg_nbd, pareto_nbd
from cherish.proof.clv.cells import Cells, Floats
from cherish.spec.definition import NAMES, parameter
from cherish.spec.view import View

WEEK = 7.0
MODELS: Mapping[str, tuple[Any, Any]] = {
    "pareto_nbd": (pareto_nbd.ParetoNbd, pareto_nbd.fit),
    "bg_nbd": (bg_nbd.BgNbd, bg_nbd.fit),
    "mbg_nbd": (mbg_nbd.MbgNbd, mbg_nbd.fit),
}


class OfPurchases(Measure):
    """A measure of what customers will still buy, by a buy-till-you-die model of their order days.

    Times are in weeks: x repeat days (orders of one day count once), t_x from the first to the last, T from the first
    to the end of the last whole day. Customers with the same three numbers are one row, for the fit and for the value.
    """

    model: str = parameter("pareto_nbd", "which model of buying and dropping out", choices=tuple(MODELS))
    parameters_given: tuple[str, ...] = parameter(
        (), "the model's four parameters in weeks, fitted elsewhere: .553|10.578|.606|11.669 (fitted here)", NAMES
    )  # fmt: skip

    def check(self) -> None:
        """Parameters are four numbers above zero."""
        if self.parameters_given:
            numbers("parameters_given", self.parameters_given, 4)

    def facts(self, view: View) -> Mapping[str, Fact]:
        of: dict[str, Any] = {"currency": getattr(self, "currency", None)}
        return {"days": days("orders", **of), "first": first_day("orders", **of), "last": last_day("orders", **of)}

    def keys(self, facts: Any, moment: Moment) -> Mapping[str, Any]:
        return {"x": facts.days - 1, "t": facts.last - facts.first, "end": age(facts, moment)}

    def fit(self, facts: Any, moment: Moment, run: Callable[[Any], Any]) -> Fit | None:
        return frozen(*self._fitted(facts, moment, run))

    def _fitted(self, facts: Any, moment: Moment, run: Any) -> tuple[dict[str, Any], tuple[str, ...]]:
        """The model's parameters as plain values, and what must be said of them."""
        if self.parameters_given:
            return {"model": list(numbers("parameters_given", self.parameters_given, 4))}, ()
        people = facts.population.select(there=facts.first.notnull(), **self.keys(facts, moment))
        cells = people.filter(people.there).group_by("x", "t", "end").agg(n=lambda rows: rows.count())
        table = run(cells.order_by("x", "t", "end"))
        made = _likeliest(self.model, *(each.tobytes() for each in (*self.past(table), _counts(table))))
        values = [getattr(made, name) for name in _names(made)]
        told = ", ".join(f"{name} = {value:.4g}" for name, value in zip(_names(made), values, strict=True))
        return {"model": values}, (f"{made.name} of {made.fitting.customers:,} customers: {told}", *made.fitting.notes)

    def fitted_model(self, fit: Fit | None) -> Any:
        """The model with the fit's parameters."""
        if fit is None:
            raise QuestionError(f"{self.name} needs its model's parameters: fit it on a population first")
        return MODELS[self.model][0](*fit.values["model"])

    def past(self, keys: Any) -> tuple[Floats, Floats, Floats]:
        """x, t_x and T of the keys, in weeks."""
        x, t, end = (keys[name].to_numpy().astype("float64") for name in ("x", "t", "end"))
        return x, t / WEEK, end / WEEK


@lru_cache(maxsize=16)
def _likeliest(model: str, *columns: bytes) -> Any:
    """The fitted model of x, t_x, T and n; remembered, because several measures rest on the same one."""
    return MODELS[model][1](Cells.of(*(np.frombuffer(each) for each in columns)))


def _counts(table: Any) -> Floats:
    counts: Floats = table["n"].to_numpy().astype("float64")
    return counts


def age(facts: Any, moment: Moment) -> Any:
    """Days from the first order to the end of the last whole day (or to the last order, if that is of today)."""
    return ibis.greatest(moment.day - 1, facts.last) - facts.first


def numbers(name: str, texts: tuple[str, ...], count: int) -> tuple[float, ...]:
    """Texts as so many numbers above zero.

    Raises:
        QuestionError: too many or too few, or not numbers above zero.
    """
    try:
        found = tuple(float(each) for each in texts)
    except ValueError:
        found = ()
    if len(found) != count or not all(each > 0 for each in found):
        raise QuestionError(f"{name}={'|'.join(texts)!r}: give {count} numbers above 0, separated by |")
    return found


def _names(made: Any) -> tuple[str, ...]:
    return tuple(name for name in made.__dataclass_fields__ if name not in ("fitting", "name", "first"))
