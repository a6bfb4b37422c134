"""A currency that no order is in is refused: nought would look like an answer."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from cherish.errors import Unanswerable
from cherish.library import Log
from cherish.reports.campaigns._claims import orders
from cherish.reports.difference_of_differences._sums import outcome
from cherish.spec.view import View
from logs import event, log_of
from random_days import load_people


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


@pytest.fixture(scope="module")
def rated() -> Log:
    """The same with rates: a franc of this shop's books is worth 2 EUR, half a USD."""
    store = log_of([
        *(event(user, "Order Completed", datetime(2024, 3, day, 9), value=10, order_id=f"o{day}", currency=currency)
          for user, day, currency in (("a", 4, "EUR"), ("b", 5, "EUR"), ("b", 6, "USD"))),
        event("b", "Order Refunded", datetime(2024, 3, 7, 9), value=-4, order_id="o5", currency="EUR"),
    ])  # fmt: skip
    store.configure(currency="CHF", rates={"EUR": 2.0, "USD": 0.5})
    return Log(store)


@pytest.mark.parametrize("as_of", ["2024-03-09", "2024-03-08 15:00"])
@pytest.mark.parametrize(("currency", "spent"), [("EUR", 16), ("USD", 10), (None, 16 * 2 + 10 / 2)])
def test_one_currency_is_summed_as_it_was_paid_and_all_of_them_converted(
    rated: Log, currency: str | None, spent: float, as_of: str
) -> None:
    def found(kind: str, name: str, **given: Any) -> Any:
        return getattr(rated, kind)(name, currency=currency, as_of=as_of, **given)

    monetary = found("measure", "monetary")
    assert monetary.headline["sum"] == spent
    assert monetary.about["unit"] == (currency or "CHF")
    assert sum(row["y"] or 0 for row in found("measure", "monetary", per="order").table.to_pylist()) == spent
    assert found("measure", "monetary", over="3d").table.to_pylist()[-1]["y"] == spent
    assert found("report", "overview").headline["value"] == spent
    assert sum(found("report", "concentration").table["value"].to_pylist()) == spent
    assert sum(filter(None, found("report", "rhythm").table["value"].to_pylist())) == spent
    assert found("report", "revenue", unit="month", partial=True).table["value"].to_pylist() == [spent]


@pytest.mark.parametrize(("currency", "spent"), [("EUR", 16), (None, 16 * 2 + 10 / 2)])
def test_campaigns_count_one_currency_as_it_was_paid(rated: Log, currency: str | None, spent: float) -> None:
    view = View.of(rated.store, datetime(2024, 3, 9, tzinfo=UTC))
    for rows, column in ((orders(view, currency), "value"), (outcome(view, "revenue", "core", currency), "v")):
        assert rated.store.run(rows.agg(sum=rows[column].sum()))["sum"].to_pylist() == [spent]


def test_what_else_is_asked_is_answered_beside_two_currencies(log: Log) -> None:
    for name, column in (("overview", None), ("rhythm", "value")):
        found = log.report(name)
        assert found.headline["customers"] == 2
        told = "No sum of money is told: the money is in several currencies: EUR (2"
        assert any(told in each for each in found.notes)
        if column is None:
            assert (found.headline["value"], found.headline["orders"]) == (None, 3)
        else:
            assert set(found.table[column].to_pylist()) == {None}
        one = log.report(name, currency="EUR")
        assert not any("No sum of money" in each for each in one.notes)
        assert one.about["unit"] != "EUR"


def test_groups_of_customers_are_told_of_beside_two_currencies() -> None:
    store = log_of([
        event(user, "Order Completed", datetime(2024, 3, 4, 9), value=10, order_id=user, currency=currency)
        for user, currency in (("a", "EUR"), ("b", "USD"))
    ])  # fmt: skip
    load_people(store, [{"user_id": user, "created_at": None, "traits": '{"plan": "x"}'} for user in "ab"])
    found = Log(store).report("segments", by="plan")
    assert found.table.select(["label", "customers", "active", "value", "value_per_head"]).to_pylist() == [
        {"label": "x", "customers": 2, "active": 2, "value": None, "value_per_head": None}
    ]
    assert any("several currencies" in each for each in found.notes)
    assert Log(store).report("segments", by="plan", currency="USD").table["value"].to_pylist() == [10]


def test_money_that_a_filter_keeps_is_called_by_its_currency(log: Log, rated: Log) -> None:
    kept = log.measure("monetary", where="currency=USD")
    assert (kept.headline["sum"], kept.about["unit"]) == (10, "USD")
    converted = rated.measure("monetary", where="currency=USD")
    assert (converted.headline["sum"], converted.about["unit"]) == (5, "CHF")
