"""CRM or CEM: does the value of a customer or the quality of the interactions go along with what comes later?"""

from __future__ import annotations

import numpy as np

from cherish.errors import Unanswerable
from cherish.proof.linear import Coefficients, Floats, least_squares
from cherish.proof.power import visible
from cherish.reports.seven_questions.answers import Answer, Figure, between, count, number, unknown
from cherish.reports.seven_questions.asking import Asking
from cherish.reports.seven_questions.comparing import adjusted, clear
from cherish.statistics.tails import log10_two_sided

NAME = "6 CRM or CEM"
QUESTION = "Manage the value of customers (CRM), or the quality of every experience (CEM)?"
LEAST = 30
"""Fewer customers whose quality is known than that carry no line."""
EXPERIMENT = "draw by lot who gets better service, and read what both groups spend (cherish experiment)"


def answer(asking: Asking) -> Answer:
    """One regression of later spend on past value per customer and on quality per interaction, both in own spreads."""
    past, spent = asking.past, asking.past.spent
    if spent is None:
        raise Unanswerable("later value is money, and the log has no orders whose money can be added up; import orders")
    told = {name: past.scores[name] for name in asking.qualities if name in past.scores}
    known = {name: np.isfinite(values) for name, values in told.items()}
    best = max(known, key=lambda name: (int(known[name].sum()), name), default=None)
    if best is None:
        return unknown(
            "no answers about satisfaction or effort in the log, so nobody knows the quality of an interaction. "
            "Ask after contacts (docs/how-to/surveys.md) and import the answers: cherish import FILE --survey LAYOUT"
        )
    rows, n = known[best], int(known[best].sum())
    if n < LEAST:
        return unknown(
            f"the quality ({best}) is known of {count(n)} of {past.n:,}; a regression needs {LEAST} or more, and "
            f"a few hundred to tell two coefficients apart"
        )
    causes = {"value per customer": past.scores["past spend"][rows], "quality per interaction": told[best][rows]}
    found = least_squares(spent[rows], {name: _spread(values) for name, values in causes.items()})
    figures = adjusted([_figure(found, name) for name in causes])
    return Answer(_sentence(figures, best, n, spent[rows], asking.days), (*figures, _visible(spent[rows])))


def _spread(values: Floats) -> Floats:
    """The values in standard deviations from their mean."""
    deviation = values.std(ddof=1)
    return np.asarray((values - values.mean()) / (deviation or 1.0))


def _figure(found: Coefficients, name: str) -> Figure:
    value, low, high = found.interval(name)
    se = float(found.errors[found.names.index(name)])
    p = 10 ** log10_two_sided(value / se, found.n - len(found.names) - 1) if se else None
    return Figure("later spend per standard deviation more", name, value, low, high, found.n, p, leading=True)


def _visible(spent: Floats) -> Figure:
    """The difference of mean spend that two halves of these customers would show in four of five trials."""
    n = spent.size
    least = visible(float(spent.var(ddof=1)), n / 2, n / 2)
    return Figure("smallest effect on spend that an experiment would show", EXPERIMENT, least, n=n, leading=True)


def _sentence(figures: list[Figure], quality: str, n: int, spent: Floats, days: int) -> str:
    value, better = figures
    words = {
        (True, True): "Both go along with what is spent later", (True, False): "Value does, quality is not shown to",
        (False, True): "Quality does, value is not shown to", (False, False): "Neither is shown to",
    }[clear(value), clear(better)]  # fmt: skip
    return (
        f"{words}: one standard deviation more past spend goes with {between(value)} more spend a head in {days} days, "
        f"one of {quality} with {between(better)}, of {count(n)} whose quality is known. Association only; "
        f"{EXPERIMENT}: with these customers a difference of {number(_visible(spent).value or 0)} a head would show"
    )
