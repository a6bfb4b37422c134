"""Reads a simulated log back the way an analyst would: no hidden value is used here."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from cherish.demo.simulated import Company

DAY = 86_400_000_000
Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    value: float
    error: float

    def __sub__(self, other: "Estimate") -> "Estimate":
        return Estimate(self.value - other.value, float(np.hypot(self.error, other.error)))

    def agrees(self, truth: float, errors: float = 4.0) -> bool:
        return abs(self.value - truth) <= errors * self.error

    def finds_something(self) -> bool:
        return not self.agrees(0.0)


def mean(values: Numbers) -> Estimate:
    return Estimate(float(values.mean()), float(values.std(ddof=1) / np.sqrt(values.size)))


def share(hits: int, of: int) -> Estimate:
    return Estimate(hits / of, max(np.sqrt(hits * (of - hits) / of) / of, 1 / of))


def ratio(above: Numbers, below: Numbers) -> Estimate:
    """sum(above) / sum(below) over independent customers, by the delta method."""
    value = above.sum() / below.sum()
    return Estimate(float(value), float(np.sqrt(((above - value * below) ** 2).sum()) / below.sum()))


def ranks(values: Numbers) -> Numbers:
    return np.argsort(np.argsort(values)).astype(float)


def index(ids: pa.ChunkedArray) -> NDArray[np.int64]:
    """The number in ids such as c0000042; -1 for null."""
    return pc.fill_null(pc.utf8_slice_codeunits(ids, 1).cast(pa.int64()), -1).to_numpy()


def moments(table: pa.Table, start: str = "2024-01-01") -> Numbers:
    return (table["ts"].to_numpy() - np.datetime64(start)).astype("timedelta64[us]").astype(np.int64) / DAY


def day(iso: str, start: str = "2024-01-01") -> float:
    return float((np.datetime64(iso) - np.datetime64(start)) / np.timedelta64(1, "D"))


@dataclass(frozen=True)
class Events:
    """Events of one name as arrays."""

    table: pa.Table
    customer: NDArray[np.int64]
    moment: Numbers

    @property
    def money(self) -> Numbers:
        return self.table["value"].cast(pa.float64()).to_numpy()

    def text(self, column: str) -> NDArray[np.str_]:
        return np.array(pc.fill_null(self.table[column], "").to_pylist())

    def number(self, column: str) -> NDArray[np.int64]:
        return self.table[column].cast(pa.int64()).to_numpy()

    def per_customer(self, customers: int, since: float = 0.0, until: float = np.inf) -> Numbers:
        inside = (self.moment >= since) & (self.moment < until)
        return np.bincount(self.customer[inside], minlength=customers).astype(float)


def events(company: Company, name: str, **equal: str) -> Events:
    chosen = pc.field("name") == name
    for column, value in equal.items():
        chosen = chosen & (pc.field(column) == value)
    table = company.events.filter(chosen)
    return Events(table, index(table["user_id"]), moments(table))


def campaign_facts(company: Company, name: str) -> dict:
    return next(each for each in company.truth.summary()["campaigns"] if each["campaign"] == name)


@dataclass(frozen=True)
class Lot:
    """The lot of one campaign and the orders of everyone in it within the window."""

    customer: NDArray[np.int64]
    arm: NDArray[np.str_]
    context: Events
    orders: Numbers

    def effect(self, arm: str, of: NDArray[np.bool_] | None = None) -> Estimate:
        """Intention to treat: mean orders of an arm less those of the holdout."""
        rows = np.ones(self.arm.size, dtype=bool) if of is None else of
        return mean(self.orders[rows & (self.arm == arm)]) - mean(self.orders[rows & (self.arm == "holdout")])


def lot(company: Company, campaign: str) -> Lot:
    drawn = events(company, "Experiment Viewed", experiment=campaign)
    facts = campaign_facts(company, campaign)
    bought = events(company, "Order Completed").per_customer(
        company.customers.num_rows, day(facts["lot_at"]), day(facts["window_closes"])
    )
    return Lot(drawn.customer, drawn.text("variation"), drawn, bought[drawn.customer])
