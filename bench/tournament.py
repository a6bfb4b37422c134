"""The tournament at scale: twelve scores, three cut-offs, a thousand bootstraps on a million customers.

Twice, each in a process of its own: the statistics alone, from arrays; and the whole question, from a log of ten
million events to the leaderboard, baselines and all. The log's customers come in the first 170 days, each at a rate and
for a time of their own. The areas of three baselines are counted again by SQL.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from bench.logs import loaded
from cherish.library import Log
from cherish.proof.prediction.bootstrap import intervals
from cherish.proof.prediction.compare import compare
from cherish.proof.prediction.influence import pooled
from cherish.proof.prediction.nested import Moment, nested
from cherish.proof.prediction.trial import Outcomes, all_tried
from cherish.store.duckdb import DuckDBStore
from cherish.store.duckdb.connections import Limits

ROOT = Path(__file__).parents[1]
CUSTOMERS, SMALL, CUTOFFS, TIMES, HORIZON = 1_000_000, 8_000, 3, 1_000, 90
GOAL_SECONDS, GOAL_BYTES = 60.0, 3_000_000_000
SCORES = (
    "active_days", "active_days(window=90d)", "active_days(window=180d)", "frequency(window=180d)",
    "frequency(window=365d)", "monetary(window=90d)", "monetary(window=180d)", "monetary(window=365d)",
    "latency", "rfm", "rfm(window=365d)", "rfm(count=days)",
)  # fmt: skip
MODELS = ("expected_purchases", "expected_purchases(model=bg_nbd)", "p_alive", "clv")
"""Asked once more in place of the last four: each is fitted at every cut-off, which has no goal of its own here."""
ENGINE = "1GB"
"""What the engine may use of the memory; arrays come on top."""
BEGIN, DAYS = date(2023, 1, 1), 450

# A customer comes at any time of the first 170 days, stays for a time of their own, and acts at a rate of their own.
_STAGED = """CREATE TEMP TABLE staged AS
WITH people AS (
    SELECT i, hash(i) % 14688000 AS came,
           1 + floor(-9.5 * ln((1 + hash(i + 1) % 1000000) / 1000001) * (0.2 + (hash(i + 2) % 1000) / 625)) AS acts,
           least(-300 * ln((1 + hash(i + 3) % 1000000) / 1000001), {days} - came / 86400.0) * 86400 AS stays
    FROM range({customers}) numbers(i)),
acts AS (SELECT i, j, came, stays, hash(i * 1000 + j) AS h
         FROM (SELECT *, unnest(range(acts::BIGINT)) AS j FROM people))
SELECT i || '.' || j AS message_id, 'track' AS type,
       CASE WHEN j = 0 OR h % 100 < 30 THEN 'Order Completed' WHEN h % 100 < 60 THEN 'Product Viewed' ELSE 'Page Viewed'
       END AS name,
       TIMESTAMP '{begin}' + to_seconds((came + CASE WHEN j = 0 THEN 0 ELSE stays * ((h // 100) % 1000000) / 1000000.0
       END)::BIGINT) AS ts,
       ts AS received_at, NULL::VARCHAR AS anonymous_id, i::VARCHAR AS user_id, 'tournament' AS source,
       CASE WHEN name = 'Order Completed' THEN (500 + (h // 7) % 20000) / 100 END::DECIMAL(18, 4) AS value,
       CASE WHEN name = 'Order Completed' THEN 'USD' END AS currency,
       CASE WHEN name = 'Order Completed' THEN message_id END AS order_id,
       NULL::JSON AS properties, NULL::JSON AS context
FROM acts"""

# The area of one score at one cut-off, in SQL: pairs that stand right, ties half, over all pairs.
_AREA = """
WITH known AS (SELECT customer_id, min(ts) AS first, {score} AS score FROM events WHERE ts < TIMESTAMP '{cut}'
               GROUP BY customer_id),
later AS (SELECT DISTINCT customer_id FROM events WHERE name = 'Order Completed'
          AND ts >= TIMESTAMP '{cut}' AND ts < TIMESTAMP '{end}'),
counted AS (SELECT score, count(later.customer_id) AS hits, count(*) - hits AS misses
            FROM known LEFT JOIN later USING (customer_id) GROUP BY score),
placed AS (SELECT *, sum(misses) OVER (ORDER BY score) - misses / 2 AS below FROM counted)
SELECT sum(hits * below) / (sum(hits) * sum(misses)) AS area, sum(hits) + sum(misses) AS customers FROM placed"""
_BASELINES = {
    "past count": "count(DISTINCT ts::DATE) FILTER (name = 'Order Completed')",
    "past spend": "coalesce(sum(value) FILTER (name = 'Order Completed'), 0)",
    "recency": "max(ts::DATE) FILTER (name = 'Order Completed')",
}

_CHILD = "from bench import tournament; tournament.{call}"


@dataclass(frozen=True)
class Held:
    """One run: customers at the last cut-off, contestants, seconds, bytes at the peak, seconds of its parts."""

    name: str
    customers: int
    contestants: int
    seconds: float
    peak: int
    equal: bool
    parts: dict[str, float] = field(default_factory=dict)
    goal: float | None = GOAL_SECONDS

    @property
    def passed(self) -> bool:
        """Whether it was right, quick and small enough."""
        return self.equal and (self.goal is None or (self.seconds <= self.goal and self.peak <= GOAL_BYTES))


def run(folder: Path, small: bool) -> list[Held]:
    """The runs, each in a process of its own; with models in full size only."""
    customers, times = (SMALL, 200) if small else (CUSTOMERS, TIMES)
    alone = _child(f"tell_alone({customers}, {times})")
    found = [
        Held("statistics", customers, len(SCORES), alone["seconds"], alone["peak"], alone["equal"], alone["parts"])
    ]
    store = build(folder, customers)
    wanted, last = _areas(store)
    store.close()
    asked = {"question": SCORES} if small else {"question": SCORES, "models": (*SCORES[:-4], *MODELS)}
    for name, scores in asked.items():
        whole = _child(f"tell_whole({str(folder)!r}, {times}, {scores!r})")
        areas = {each: whole["areas"].get(each) for each in wanted}
        equal = all(areas[each] is not None and abs(areas[each] - area) < 1e-9 for each, area in wanted.items())
        goal = GOAL_SECONDS if name == "question" else None
        found.append(Held(name, last, whole["contestants"], whole["seconds"], whole["peak"], equal, goal=goal))
    return found


def lines(found: list[Held]) -> list[str]:
    """The runs, a sentence each."""
    return [_line(each) for each in found]


def _line(held: Held) -> str:
    verdict = "figures agree" if held.equal else "FIGURES DIFFER"
    slow = "" if held.passed or not held.equal else f", over the goal of {held.goal:g} s and {GOAL_BYTES / 1e9:g} GB"
    parts = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in held.parts.items())
    told = f" ({parts})" if parts else ""
    what = {
        "statistics": "the tournament's statistics alone",
        "question": "the tournament, from the log to the answer",
        "models": "the same with four scores of models, which are fitted at each cut-off",
    }
    return (
        f"{what[held.name]}: {held.contestants} contestants at {CUTOFFS} cut-offs of {held.customers:,} customers in "
        f"{held.seconds:.1f} s{told}, {held.peak / 1e9:.2f} GB at its peak; {verdict}{slow}"
    )


def build(folder: Path, customers: int) -> DuckDBStore:
    """The log."""
    return loaded(folder, "tournament", _STAGED.format(customers=customers, days=DAYS, begin=BEGIN))


# -- the whole question -------------------------------------------------------------------------------------------


def tell_whole(folder: str, times: int, scores: tuple[str, ...]) -> None:
    """Ask the question of a log, and print what it took."""
    start = time.perf_counter()
    asked = {"outcome": "any_order", "horizon": f"{HORIZON}d", "cutoffs": str(CUTOFFS), "bootstraps": times}
    log = Log(DuckDBStore(Path(folder), limits=Limits(memory=ENGINE)))
    result = log.report("tournament", scores="|".join(scores), **asked)
    rows = result.table.select(["score", "auc"]).to_pylist()
    areas = {row["score"]: row["auc"] for row in rows}
    _tell(start, contestants=len(rows), areas=areas)


def _areas(store: DuckDBStore) -> tuple[dict[str, float], int]:
    """The mean area of some baselines over the cut-offs, by SQL; and how many customers the last one has."""
    sums, customers = dict.fromkeys(_BASELINES, 0.0), 0
    for place in range(CUTOFFS):
        cut = BEGIN + timedelta(days=DAYS - HORIZON * (CUTOFFS - place))
        for name, score in _BASELINES.items():
            text = _AREA.format(score=score.format(cut=cut), cut=cut, end=cut + timedelta(days=HORIZON))
            row = store.query(text).to_pylist()[0]
            sums[name] += row["area"] / CUTOFFS
            customers = int(row["customers"])
    return sums, customers


# -- the statistics alone -----------------------------------------------------------------------------------------


def tell_alone(customers: int, times: int) -> None:
    """Every figure of every score at every cut-off with bootstrap intervals, pooled and compared, and what adds."""
    moments = [_drawn(np.random.default_rng(seed), customers) for seed in range(CUTOFFS)]
    here = np.arange(customers)
    spent, areas = {"figures": 0.0, "bootstrap": 0.0, "comparison": 0.0, "what adds": 0.0}, []
    start = last = time.perf_counter()

    def lap(part: str) -> None:
        nonlocal last
        spent[part] += (now := time.perf_counter()) - last
        last = now

    for at, (scores, money, _) in enumerate(moments):
        tried = all_tried(scores, Outcomes.of(money > 0, money))
        lap("figures")
        figures = [each for trial in tried.values() for name, each in trial.figures().items() if name != "gini"]
        drawn = intervals(figures, times=times, seed=at)
        areas.append({name: trial.auc for name, trial in tried.items()})
        lap("bootstrap")
    together = {name: pooled([each[name] for each in areas], [here] * CUTOFFS, customers) for name in areas[0]}
    contests = compare({name: each for name, each in together.items() if name != "s0"}, together["s0"])
    lap("comparison")
    before, after = (
        [Moment(base, scores, money > 0) for scores, money, base in some] for some in (moments[:-1], moments[-1:])
    )
    gains = nested(before, after[0]).gains
    lap("what adds")
    # Scores are drawn with less and less noise: each ranks better than the one before it, and all but the first win.
    values = [each.value or 0.0 for each in together.values()]
    right = values == sorted(values) and contests["s11"].verdict == "win" and (gains["s11"].gain.low or 0) > 0
    right = right and all(each.se is not None for each in drawn)
    _tell(start, equal=right, parts=spent)


def _drawn(rng: Any, customers: int) -> tuple[dict[str, Any], Any, dict[str, Any]]:
    """Twelve scores of one latent attraction (every third with ties), money of a third, and the four columns known."""
    latent = rng.normal(size=customers)
    scores = {}
    for at in range(len(SCORES)):
        score = latent + (2.2 - 0.12 * at) * rng.normal(size=customers)
        scores[f"s{at}"] = np.round(score, 1) if at % 3 == 2 else score
    money = np.where(latent + rng.normal(size=customers) > 0.6, rng.gamma(1.5, 30.0, customers), 0.0)
    known = {
        "recency": rng.exponential(np.exp(3 - latent)), "count": rng.poisson(np.exp(0.5 + 0.5 * latent)),
        "spend": rng.gamma(1.0, np.exp(3 + 0.5 * latent)), "tenure": rng.uniform(0, 400, customers),
    }  # fmt: skip
    return scores, money, known


def _tell(start: float, **found: Any) -> None:
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"seconds": seconds, "peak": peak, **found}))


def _child(call: str) -> Any:
    words = [sys.executable, "-c", _CHILD.format(call=call)]
    done = subprocess.run(words, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])
