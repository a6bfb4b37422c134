"""How fast BG/NBD is fitted: customers in a table, grouped by the engine, the parameters out; beside lifetimes."""

from __future__ import annotations

import importlib.util
import statistics
import time
import warnings
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np

from bench.side import OURS, Took
from cherish.proof.clv import bg_nbd
from cherish.proof.clv.cells import Cells

SIZES = {100_000: 1.0, 5_000_000: 10.0}
"""Customers, and the seconds that a fit may take."""
LAW = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}
"""The parameters that customers are drawn from: CDNOW's, as Fader, Hardie & Lee 2005 print them."""

_DAYS, _FIRST = 273, 84
_GROUPED = "SELECT repeats, last, age, count(*) AS customers FROM buyers GROUP BY ALL"
_LIFETIMES = "lifetimes"
_MOST = 200_000
"""lifetimes is asked about so many customers at most: beyond, it takes minutes."""


@dataclass(frozen=True)
class Fitted:
    """One fit: seconds of each way, how many rows the customers were grouped to, whether the parameters are right."""

    customers: int
    cells: int
    took: dict[str, Took]
    goal: float
    equal: bool

    @property
    def passed(self) -> bool:
        """Whether the parameters are right and found quickly enough."""
        return self.equal and self.took[OURS].median <= self.goal


def run(small: bool, rounds: int) -> list[Fitted]:
    """Fit customers drawn from a known law, in every size."""
    return [_compared(size, goal, rounds) for size, goal in ({3_000: 60.0} if small else SIZES).items()]


def line(fitted: Fitted) -> str:
    """One fit in a sentence."""
    ways = ", ".join(f"{name} {took.median:.2f} s" for name, took in fitted.took.items())
    verdict = "parameters agree" if fitted.equal else "PARAMETERS DIFFER"
    slow = "" if fitted.passed or not fitted.equal else f", over the goal of {fitted.goal:g} s"
    return f"BG/NBD on {fitted.customers:,} customers ({fitted.cells:,} cells): {ways}; {verdict}{slow}"


def _compared(size: int, goal: float, rounds: int) -> Fitted:
    engine = duckdb.connect()
    _draw(engine, size)
    ways = {OURS: lambda: _ours(engine)}
    if size <= _MOST and importlib.util.find_spec(_LIFETIMES):
        past = _columns(engine, "SELECT repeats, last, age FROM buyers")
        ways[_LIFETIMES] = lambda: _theirs(past)
    found = {name: way() for name, way in ways.items()}
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            start = time.perf_counter()
            way()
            times[name].append(time.perf_counter() - start)
    took = {name: Took(statistics.median(each), min(each), None) for name, each in times.items()}
    model, cells = found[OURS]
    return Fitted(size, cells, took, goal, _right(model, found.get(_LIFETIMES)))


def _ours(engine: Any) -> tuple[bg_nbd.BgNbd, int]:
    repeats, last, age, customers = _columns(engine, _GROUPED)
    cells = Cells.of(repeats, last / 7, age / 7, customers)
    return bg_nbd.fit(cells), len(cells.repeats)


def _theirs(past: list[Any]) -> dict[str, float]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import lifetimes  # type: ignore[import-not-found]  # an oracle, installed where somebody wants it

        repeats, last, age = past
        return dict(lifetimes.BetaGeoFitter(penalizer_coef=0.0).fit(repeats, last / 7, age / 7).params_)


def _right(model: bg_nbd.BgNbd, theirs: dict[str, float] | None) -> bool:
    """The same to three digits as lifetimes; without it, near the law drawn from.

    Near is four standard errors, or 10 %: days merge purchases, which bends the law a little.
    """
    if theirs is not None:
        return all(abs(getattr(model, name) / value - 1) < 1e-3 for name, value in theirs.items())
    errors = model.fitting.standard_errors if model.fitting else {}
    return all(
        abs(getattr(model, name) - LAW[name]) < max(4 * (error or 0.0), 0.1 * LAW[name])
        for name, error in errors.items()
    )


def _columns(engine: Any, statement: str) -> list[Any]:
    return list(engine.execute(statement).fetchnumpy().values())


def _draw(engine: Any, size: int) -> None:
    """A table of customers on whole days, as they come from a log: repeats, last, age."""
    draws = np.random.default_rng(1)
    age = draws.integers(_DAYS - _FIRST, _DAYS, size)
    rate, leave = draws.gamma(LAW["r"], 1 / LAW["alpha"], size) / 7, draws.beta(LAW["a"], LAW["b"], size)
    repeats, last, now, here = np.zeros(size, int), np.zeros(size, int), np.zeros(size), np.arange(size)
    while len(here):
        now[here] += draws.exponential(1, len(here)) / np.maximum(rate[here], 1e-300)
        here = here[now[here] <= age[here]]
        day = np.ceil(now[here]).astype(int)
        repeats[here] += day > last[here]
        last[here] = day
        here = here[draws.random(len(here)) >= leave[here]]
    engine.register("drawn", {"repeats": repeats, "last": last, "age": age})
    engine.execute("CREATE TABLE buyers AS SELECT * FROM drawn")
