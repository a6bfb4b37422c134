"""Companies drawn in a moment: visits, orders and lots over all customers, with effects that were planted.

Everybody signs up on the first day. Own visits and own orders are Poisson at a rate of the customer's own; what a lot
adds is a Poisson process of its own on top, so that its expectation is the planted number exactly. What it takes away
is struck out, each order by the same chance.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from cherish.library import Log
from cherish.store.memory import memory
from logs import COLUMNS, add_table

START = datetime(2024, 1, 1)
DAY = 86_400_000_000
ARMS = ("control", "offer")
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Trial:
    """A lot over all customers, drawn when `before` days are over, and what it does to the treated in the `after` days.

    `more_visits` and `more_orders` are expectations per treated customer, `share` is the chance of being treated,
    `struck` the chance that an order of a treated customer whose rate is above the mean is taken away.
    """

    name: str = "trial"
    more_visits: float = 0.0
    more_orders: float = 0.0
    struck: float = 0.0
    share: float = 0.5
    holdout: bool = False


@dataclass(frozen=True)
class Plan:
    """What a company is like; rates are per customer and day.

    `spread` is the squared coefficient of variation of the rates of customers (0: all alike); `tied` says whether who
    visits more also orders more.
    """

    customers: int
    seed: int
    trials: tuple[Trial, ...] = ()
    before: int = 56
    after: int = 28
    visits: float = 0.05
    orders: float = 0.02
    spend: float = 20.0
    spread: float = 0.5
    tied: bool = True

    @property
    def drawn_at(self) -> datetime:
        """When the lot is drawn: at the start of the day that follows `before` days."""
        return START + timedelta(days=self.before)

    def draws(self, place: int) -> np.random.Generator:
        """A stream of its own for each part, so that a planted effect changes no other draw."""
        return np.random.default_rng([self.seed, place])

    @property
    def rates(self) -> tuple[Floats, Floats]:
        """Each customer's rate of visits and of orders, over the mean one."""
        own = self._gamma(1)
        return own, own if self.tied else self._gamma(2)

    def _gamma(self, place: int) -> Floats:
        if not self.spread:
            return np.ones(self.customers)
        return np.asarray(self.draws(place).gamma(1 / self.spread, self.spread, self.customers))

    def treated(self, trial: Trial) -> NDArray[np.bool_]:
        """Whom the lot fell on."""
        place = 20 + 4 * self.trials.index(trial)
        return np.asarray(self.draws(place).random(self.customers) < trial.share)


def company(plan: Plan, more: Iterable[pa.Table] = ()) -> Log:
    """The company as a log in memory, ready to be asked; `more` rows as `named` makes them."""
    store = memory()
    store.configure(zone="UTC")
    add_table(store, events(plan, more))
    return Log(store)


def events(plan: Plan, more: Iterable[pa.Table] = ()) -> pa.Table:
    """The company's events in the columns of staged ones, in the order of time."""
    own, buying = plan.rates
    days = plan.before + plan.after
    parts = [named("Signed Up", np.arange(plan.customers), plan.draws(4).integers(0, DAY // 2, plan.customers))]
    parts.append(_poisson(plan.draws(5), "Page Viewed", plan.visits * own * days, 0, days))
    orders = _poisson(plan.draws(6), "Order Completed", plan.orders * buying * days, 0, days)
    for place, trial in enumerate(plan.trials):
        treated = plan.treated(trial)
        orders = _struck(plan, trial, orders, treated & (buying > 1), 23 + 4 * place)
        for name, extra, step in (("Page Viewed", trial.more_visits, 1), ("Order Completed", trial.more_orders, 2)):
            draws = plan.draws(20 + 4 * place + step)
            parts.append(_poisson(draws, name, extra * treated, plan.before, plan.after))
        parts.append(_lot(plan, trial, treated))
    parts.append(orders)
    return _staged(plan, pa.concat_tables([*parts, *more]))


def named(name: str, customer: Any, at: Any, told: Any = None) -> pa.Table:
    """Rows of one event: the customers' numbers, microseconds since START, and properties as JSON texts."""
    n = len(customer)
    return pa.table({
        "name": _same(name, n), "customer": pa.array(customer, pa.int64()), "at": pa.array(at, pa.int64()),
        "properties": pa.nulls(n, pa.string()) if told is None else told,
    })  # fmt: skip


def answers(instrument: str, item: str, customer: Any, day: int, score: Any) -> pa.Table:
    """Answers to one item of a survey, at noon of a day."""
    told = pa.array(json.dumps({"instrument": instrument, "item": item, "score": int(each)}) for each in score)
    return named("Survey Answered", customer, np.full(len(told), day * DAY + DAY // 2), told)


def _lot(plan: Plan, trial: Trial, treated: NDArray[np.bool_]) -> pa.Table:
    if trial.holdout:
        name = "$holdout_assigned"
        texts = [json.dumps({"holdout": trial.name, "held_out": out}) for out in (True, False)]
    else:
        name, texts = "$arm_assigned", [json.dumps({"experiment": trial.name, "arm": arm}) for arm in ARMS]
    told = pa.array(texts).take(pa.array(treated.astype(np.int64)))
    return named(name, np.arange(plan.customers), np.full(plan.customers, plan.before * DAY), told)


def _poisson(draws: np.random.Generator, name: str, expected: Any, first: int, days: int) -> pa.Table:
    """Poisson numbers of events, spread evenly over so many days from the first one on.

    None lies at the very start of the first day, which is when the lot is drawn.
    """
    counts = draws.poisson(expected)
    customer = np.repeat(np.arange(counts.size), counts)
    return named(name, customer, first * DAY + 1 + (draws.random(customer.size) * (days * DAY - 2)).astype(np.int64))


def _struck(plan: Plan, trial: Trial, orders: pa.Table, hit: NDArray[np.bool_], place: int) -> pa.Table:
    if not trial.struck:
        return orders
    late = orders["at"].to_numpy() >= plan.before * DAY
    gone = hit[orders["customer"].to_numpy()] & late & (plan.draws(place).random(orders.num_rows) < trial.struck)
    return orders.filter(pa.array(~gone))


def _staged(plan: Plan, rows: pa.Table) -> pa.Table:
    rows = rows.sort_by([("at", "ascending"), ("customer", "ascending"), ("name", "ascending")]).combine_chunks()
    n = rows.num_rows
    ts = pa.array(rows["at"].to_numpy() + np.datetime64(START, "us").astype(np.int64)).cast(pa.timestamp("us"))
    ids = pa.array(np.char.add("m", np.arange(n).astype(str)).astype(object), pa.string())
    ordered = pc.equal(rows["name"], "Order Completed")
    money = pa.array(np.rint(plan.draws(10).gamma(4.0, plan.spend * 25, n)) / 100).cast(pa.decimal128(18, 4))
    told = {
        "message_id": ids, "type": _same("track", n), "name": rows["name"], "ts": ts, "received_at": ts,
        "user_id": pc.binary_join_element_wise("c", rows["customer"].cast(pa.string()), ""), "source": _same("test", n),
        "value": _where(ordered, money), "currency": _where(ordered, _same("EUR", n)), "order_id": _where(ordered, ids),
        "properties": rows["properties"],
    }  # fmt: skip
    columns = [told.get(name, pa.nulls(n, COLUMNS.field(name).type)) for name in COLUMNS.names]
    return pa.table(columns, schema=COLUMNS)


def _same(text: str, n: int) -> pa.Array:
    return pa.array([text]).take(pa.array(np.zeros(n, dtype=np.int64)))


def _where(there: Any, values: Any) -> Any:
    return pc.if_else(there, values, pa.scalar(None, values.type))
