"""A currency that no order is in is refused: nought would look like an answer."""

from __future__ import annotations

from datetime import datetime

import pytest

from cherish.errors import Unanswerable
from cherish.library import Log
from logs import event, log_of


@pytest.fixture(scope="module")
def log() -> Log:
    def order(user: str, day: int, currency: str) -> dict[str, object]:
        at = datetime(2024, 3, day, 9)
        return event(user, "Order Completed", at, value=10, order_id=f"o{day}", currency=currency)

    return Log(log_of([order("a", 4, "EUR"), order("b", 5, "EUR"), order("b", 6, "USD")]))


@pytest.mark.parametrize(
    ("kind", "name"), [("measure", "monetary"), ("measure", "rfm"), ("report", "concentration"), ("report", "revenue")]
)
@pytest.mark.parametrize("currency", ["GBP", "eur"])
def test_a_currency_that_no_order_is_in_is_refused(log: Log, kind: str, name: str, currency: str) -> None:
    with pytest.raises(Unanswerable, match=f"currency={currency}: no order is in that currency; the log has EUR, USD"):
        getattr(log, kind)(name, currency=currency)


def test_a_currency_that_is_there_is_summed(log: Log) -> None:
    assert log.measure("monetary", currency="USD").headline["sum"] == 10


def test_without_orders_there_is_nothing_to_refuse() -> None:
    visits = Log(log_of([event("a", "Page Viewed", datetime(2024, 3, 4, 9))]))
    assert visits.measure("monetary", currency="GBP").headline["sum"] == 0
