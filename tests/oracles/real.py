"""Real data as logs, and the same rows as plain tuples for second implementations; skipped where the data are absent.

The Complete Journey: 2,469 households, one order per basket, US Eastern days. Online Retail: as imported, with
cancellations as refunds, UK days. CDNOW: every line an order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest

from cdnow import FOLDER, cdnow
from cherish.collect.importing import import_files
from cherish.library import Log
from cherish.store.contract import Origin
from cherish.store.memory import memory

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Act:
    """One event as the source has it: `ts` in UTC, `day` local by the standard library."""

    customer: str
    name: str
    ts: datetime
    day: date
    value: Decimal | None
    order: str | None
    store: str = ""
    quantity: int = 0


@dataclass(frozen=True)
class Source:
    """A log, its events once more as tuples in the order of time, and the traits of the customers."""

    log: Log
    acts: tuple[Act, ...]
    traits: dict[str, dict[str, str]]
    zone: str

    @property
    def first(self) -> date:
        return self.acts[0].day

    @property
    def today(self) -> date:
        """The day after the last of the data: the log's own moment is its start."""
        return self.acts[-1].day + DAY

    def known(self) -> dict[str, date]:
        """The day on which each customer was first seen."""
        found: dict[str, date] = {}
        for act in self.acts:
            found.setdefault(act.customer, act.day)
        return found

    def active_days(self) -> dict[str, set[date]]:
        """The days with an act of the customer's own: a refund is what the company does."""
        found: dict[str, set[date]] = {customer: set() for customer in self.known()}
        for act in self.acts:
            if act.name == "Order Completed":
                found[act.customer].add(act.day)
        return found

    def orders(self) -> dict[str, tuple[str, date, Decimal, int]]:
        """Per order: customer, day, money net of refunds, 1 if there was an order (0: a refund of an unknown one)."""
        found: dict[str, tuple[str, date, Decimal, int]] = {}
        for act in sorted(self.acts, key=lambda act: act.name == "Order Refunded"):
            assert act.order is not None
            assert act.value is not None
            if act.order in found:
                customer, day, value, n = found[act.order]
                assert act.name == "Order Refunded", f"order {act.order} came twice"
                found[act.order] = (customer, day, value + act.value, n)
            else:
                found[act.order] = (act.customer, act.day, act.value, int(act.name == "Order Completed"))
        return found

    def money_by_day(self) -> dict[str, dict[date, Decimal]]:
        """Net money of each customer at the days of the orders."""
        found: dict[str, dict[date, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
        for customer, day, value, _ in self.orders().values():
            found[customer][day] += value
        return found


def path(name: str) -> Any:
    found = FOLDER / name
    if not found.exists():
        pytest.skip(f"{found} is not there; set CHERISH_DATASETS to the folder of data sets")
    return found


def _acts(rows: Sequence[Sequence[Any]], zone: str) -> tuple[Act, ...]:
    local = ZoneInfo(zone)
    found = [
        Act(customer, name, ts, ts.replace(tzinfo=UTC).astimezone(local).date(), value, order, *more)
        for customer, name, ts, value, order, *more in rows
    ]
    return tuple(sorted(found, key=lambda act: act.ts))


# -- the three data sets ------------------------------------------------------------------------------------------


@cache
def source(name: str) -> Source:
    """`complete_journey`, `online_retail` or `cdnow` (the sample)."""
    return {"complete_journey": journey, "online_retail": retail, "cdnow": music}[name]()


def music() -> Source:
    log = cdnow("sample")
    rows = duckdb.sql(
        f"""SELECT customer_id::VARCHAR, 'Order Completed', date::TIMESTAMP, spend::DECIMAL(18, 4),
        file_row_number::VARCHAR FROM read_parquet('{path("cdnow/sample.parquet")}', file_row_number = true)"""
    ).fetchall()
    return Source(Log(log), _acts(rows, "UTC"), {}, "UTC")


def retail() -> Source:
    file, zone = path("online_retail/lines.parquet"), "Europe/London"
    store = memory()
    store.configure(zone=zone)
    import_files(store, [file], currency="GBP")
    # What an import makes of lines is tested elsewhere: here its events are the given rows.
    rows = store.query(
        """SELECT c.customer, e.name, e.ts, e.value, e.order_id FROM events e JOIN customers c USING (customer_id)
        WHERE c.identified"""
    ).to_pylist()
    return Source(Log(store), _acts([tuple(row.values()) for row in rows], zone), {}, zone)


BASKETS = """SELECT household_id::VARCHAR AS customer, 'Order Completed' AS name,
    min(transaction_timestamp)::TIMESTAMP AS ts, sum(sales_value::DECIMAL(18, 4))::DECIMAL(18, 4) AS value,
    basket_id::VARCHAR AS order_id, min(store_id)::VARCHAR AS store, sum(quantity)::BIGINT AS quantity
    FROM read_parquet('{file}') GROUP BY household_id, basket_id"""


def journey(zone: str = "America/New_York", campaign: int = 18) -> Source:
    """The traits are age and income where known, and whether the household received the campaign."""
    baskets = BASKETS.format(file=path("complete_journey/transactions.parquet"))
    store = memory()
    store.configure(zone=zone)
    with store.loading(Origin("baskets", "events")) as load:
        load.connection.execute(
            f"""CREATE TEMP TABLE staged AS SELECT order_id AS message_id, 'track' AS type, name, ts, ts AS received_at,
            NULL::VARCHAR AS anonymous_id, customer AS user_id, 'file' AS source, value, 'USD' AS currency, order_id,
            json_object('store', store, 'quantity', quantity) AS properties, NULL::JSON AS context FROM ({baskets})"""
        )
        load.events("staged")
        load.connection.execute(
            f"""CREATE TEMP TABLE people AS SELECT h.household_id::VARCHAR AS user_id, NULL::TIMESTAMP AS created_at,
            json_object('age', d.age, 'income', d.income, 'received', h.household_id IN (SELECT household_id
            FROM read_parquet('{path("complete_journey/campaigns.parquet")}') WHERE campaign_id = {campaign})) AS traits
            FROM (SELECT DISTINCT household_id FROM read_parquet('{path("complete_journey/transactions.parquet")}')) h
            LEFT JOIN read_parquet('{path("complete_journey/demographics.parquet")}') d USING (household_id)"""
        )
        load.customers("people")
    demographics = duckdb.sql(
        f"""SELECT household_id::VARCHAR, age, income
        FROM read_parquet('{path("complete_journey/demographics.parquet")}')"""
    ).fetchall()
    traits = {customer: {"age": age, "income": income} for customer, age, income in demographics}
    return Source(Log(store), _acts(duckdb.sql(baskets).fetchall(), zone), traits, zone)
