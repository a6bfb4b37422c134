"""What the log knows already of the orders that an import brings, asked through the store's own relations."""

# Statements are put together from our own texts and from what the store compiled.

from __future__ import annotations

from typing import Any

from cherish.collect.fold import Log
from cherish.collect.summing import Result
from cherish.spec.names import ORDER_COMPLETED, ORDER_REFUNDED, ORDER_UPDATED
from cherish.store.contract import Store

_ORDERS = (
    "SELECT order_id, max(ts) AS changed_at FROM ({placed}) WHERE order_id IN (SELECT order_id FROM folded) GROUP BY 1"
)
_REFUNDS = (
    "SELECT order_id, CAST(ts AS DATE) AS day, sum(value) AS value FROM ({back}) "
    "WHERE order_id IN (SELECT order_id FROM folded) GROUP BY 1, 2"
)


def _every(store: Store) -> Any:
    """The log with all its events: what is left out of answers is known all the same."""
    return getattr(store, "everybody", store)


def _placed(store: Store) -> Any:
    events = _every(store).events()
    about = events.filter(events.name.isin((ORDER_COMPLETED, ORDER_UPDATED)), events.order_id.notnull())
    return about.select("order_id", "ts")


def _back(store: Store) -> Any:
    events = _every(store).events()
    return events.filter(events.name == ORDER_REFUNDED, events.order_id.notnull()).select("order_id", "ts", "value")


def in_transaction(store: Store, connection: Any) -> Log:
    """The log that is loaded into, read inside the open transaction."""
    every = _every(store)
    events = every.events()
    about = every.sql(events.filter(events.order_id.notnull()).select("order_id").limit(1))
    if not connection.execute(about).fetchall():
        return Log()
    updates = every.sql(events.filter(events.name == ORDER_UPDATED).select("order_id"))
    placed, back = every.sql(_placed(store)), every.sql(_back(store))
    return Log(_ORDERS.format(placed=placed), _REFUNDS.format(back=back), updates)


def from_outside(store: Store, connection: Any) -> Log:
    """Another log, as tables of the engine that loads: for a dry run."""
    if not _holds_events(store):
        return Log()
    connection.register("log_placed", _every(store).run(_placed(store)))
    connection.register("log_back", _every(store).run(_back(store)))
    orders, refunds = _ORDERS.format(placed="FROM log_placed"), _REFUNDS.format(back="FROM log_back")
    return Log(orders, refunds)


def discount(store: Store, trial: Store, result: Result) -> None:
    """Of what a dry run loaded into a trial log, take off what the real log knows."""
    if not _holds_events(store):
        return
    every, trial = _every(store), _every(trial)
    there = trial.temporary(every.run(every.events().select("event_id")))
    mine = trial.events().select("event_id", "name").semi_join(there, "event_id")
    repeated = int(trial.run(mine.agg(n=mine.count())).column("n")[0].as_py())
    result.new -= repeated
    result.known += repeated
    fresh = trial.events().select("event_id", "name").anti_join(there, "event_id")
    fresh = fresh.filter(fresh.name == ORDER_UPDATED)
    result.updated = int(trial.run(fresh.agg(n=fresh.count())).column("n")[0].as_py())
    result.people_new -= _known_people(every, trial, result)


def _known_people(store: Store, trial: Store, result: Result) -> int:
    if not result.people:
        return 0
    there, mine = store.customers(), trial.customers()
    if there is None or mine is None:
        return 0
    both = mine.select("customer").semi_join(trial.temporary(store.run(there.select("customer"))), "customer")
    return min(int(trial.run(both.agg(n=both.count())).column("n")[0].as_py()), result.people_new)


def _holds_events(store: Store) -> bool:
    return bool(getattr(store, "exists", True)) and _every(store).facts.first is not None
