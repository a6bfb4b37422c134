"""CDNOW as the models of customer value see it, and customers drawn from laws that are known."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from cdnow import cdnow
from cherish.proof.clv.bg_bb import Occasions
from cherish.proof.clv.cells import Cells, Spends

# Calibration ends with 1997-09-30; 39 weeks of holdout follow. Same-day lines of a customer are one purchase. The mean
# spend goes over repeat days worth more than nothing.
_STATEMENT = """
WITH days AS (
  SELECT customer_id, CAST(ts AS DATE) AS day, CAST(SUM(value) AS DOUBLE) AS spend FROM events GROUP BY ALL
), firsts AS (SELECT customer_id, MIN(day) AS first FROM days GROUP BY ALL)
SELECT customer_id,
  COUNT(*) FILTER (day <= DATE '1997-09-30') - 1 AS x,
  date_diff('day', first, MAX(day) FILTER (day <= DATE '1997-09-30')) / 7 AS t_x,
  date_diff('day', first, DATE '1997-09-30') / 7 AS T,
  AVG(spend) FILTER (day > first AND day <= DATE '1997-09-30' AND spend > 0) AS mean,
  COUNT(*) FILTER (day > DATE '1997-09-30') AS later
FROM days JOIN firsts USING (customer_id) GROUP BY customer_id, first ORDER BY customer_id
"""


@dataclass(frozen=True)
class Buyers:
    """One entry per customer: repeats, last and age in weeks, mean spend (nan: none), purchases in the holdout."""

    repeats: Any
    last: Any
    age: Any
    mean: Any
    later: Any

    @property
    def cells(self) -> Cells:
        return Cells.of(self.repeats, self.last, self.age)

    @property
    def spends(self) -> Spends:
        some = np.isfinite(self.mean)
        return Spends.of(self.repeats[some], self.mean[some])


@cache
def music(name: str) -> Buyers:
    """`sample` or `master`."""
    table = cdnow(name).query(_STATEMENT)
    columns = [table[column].to_numpy().astype(float) for column in ("x", "t_x", "T", "mean", "later")]
    return Buyers(*columns)


# Fader, Hardie & Shang 2010, table 1 (donors of 1995, occasions 1996 to 2001): bought, last occasion, customers.
_DONATIONS = (
    (0, 0, 3464), (1, 1, 1091), (1, 2, 277), (1, 3, 129), (1, 4, 78), (1, 5, 119), (1, 6, 129), (2, 2, 613),
    (2, 3, 255), (2, 4, 155), (2, 5, 173), (2, 6, 234), (3, 3, 322), (3, 4, 181), (3, 5, 225), (3, 6, 357),
    (4, 4, 240), (4, 5, 284), (4, 6, 512), (5, 5, 335), (5, 6, 728), (6, 6, 1203),
)  # fmt: skip


def donations() -> Occasions:
    bought, last, customers = np.array(_DONATIONS).T
    return Occasions.of(bought, last, 6, customers)


def arrivals(customers: int, weeks: float, draws: np.random.Generator) -> Any:
    """Ages: everybody first came within the first third of `weeks`."""
    return weeks - draws.uniform(0, weeks / 3, customers)


def beta_geometric(
    customers: int, seed: int, r: float, alpha: float, a: float, b: float, first: bool, weeks: float = 39.0
) -> Cells:
    """Customers who buy at a gamma rate and flip a coin of their own after each purchase, as the story goes."""
    draws = np.random.default_rng(seed)
    age = arrivals(customers, weeks, draws)
    rate, leave = draws.gamma(r, 1 / alpha, customers), draws.beta(a, b, customers)
    repeats, last, now = np.zeros(customers), np.zeros(customers), np.zeros(customers)
    here = np.arange(customers)
    if first:
        here = here[draws.random(customers) >= leave]
    while len(here):
        now[here] += draws.exponential(1, len(here)) / np.maximum(rate[here], 1e-300)
        here = here[now[here] <= age[here]]
        repeats[here] += 1
        last[here] = now[here]
        here = here[draws.random(len(here)) >= leave[here]]
    return Cells.of(repeats, last, age)


def pareto(customers: int, seed: int, r: float, alpha: float, s: float, beta: float, weeks: float = 78.0) -> Cells:
    """Customers who buy at a gamma rate until an exponential life of a gamma rate ends."""
    draws = np.random.default_rng(seed)
    age = arrivals(customers, weeks, draws)
    rate = draws.gamma(r, 1 / alpha, customers)
    life = np.minimum(age, draws.exponential(1, customers) / draws.gamma(s, 1 / beta, customers))
    repeats = draws.poisson(rate * life)
    # The last of x uniform moments.
    last = np.where(repeats > 0, life * draws.random(customers) ** (1 / np.maximum(repeats, 1)), 0.0)
    return Cells.of(repeats, last, age)
