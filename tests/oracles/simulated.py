"""The simulated company as a log in memory, with the truth that was planted in it beside it."""

from __future__ import annotations

from functools import cache
from typing import Any

from cherish.demo.run import _stage
from cherish.demo.simulated import simulate
from cherish.library import Log
from cherish.store.contract import Origin
from cherish.store.memory import memory


@cache
def simulated(customers: int, seed: int) -> tuple[Log, Any]:
    """The log, and the company it is of."""
    company = simulate(customers, seed=seed)
    return Log(log_of_company(company)), company


def log_of_company(company: Any) -> Any:
    """The log of a company, in memory."""
    store = memory()
    store.configure(zone="UTC", currency="EUR")
    with store.loading(Origin("simulated", "events")) as loading:
        _stage(loading.connection, company)
        loading.events("demo_events")
        loading.customers("demo_customers")
    return store
