"""The log is well formed: schema, ids, order, horizon, and no event before its cause."""

import json
from dataclasses import replace
from datetime import date, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from cherish.demo.simulated import Company, Effects, simulate
from cherish.demo.simulated.schema import CUSTOMERS, EVENTS
from demo.simulated.reading import events, index, moments


def test_same_arguments_give_the_same_company(company: Company) -> None:
    again = simulate(5_000, seed=7)
    assert again.events.equals(company.events)
    assert again.customers.equals(company.customers)
    assert again.truth.customers.equals(company.truth.customers)
    assert again.truth.summary() == company.truth.summary()


def test_another_seed_gives_another_company_without_a_common_message() -> None:
    one, other = simulate(100, seed=1), simulate(100, seed=2)
    assert not set(one.events["message_id"].to_pylist()) & set(other.events["message_id"].to_pylist())
    assert not one.customers["created_at"].equals(other.customers["created_at"])


@pytest.mark.parametrize(("customers", "days"), [(100, 364), (100, 728), (1_234, 400), (2_000, 1_100)])
def test_any_size_and_horizon_holds_the_schema(customers: int, days: int) -> None:
    start = date(2023, 3, 5)
    made = simulate(customers, seed=5, days=days, start=start)
    assert made.customers.num_rows == customers
    check_log(made, datetime.combine(start, datetime.min.time()), days)


def test_the_default_company_is_well_formed(company: Company) -> None:
    check_log(company, datetime(2024, 1, 1), 728)
    names = set(company.events["name"].to_pylist())
    assert {"Order Completed", "Order Refunded", "Signed Up", "Email Delivered", "Survey Answered"} < names


def check_log(made: Company, start: datetime, days: int) -> None:
    assert made.events.schema.equals(EVENTS)
    assert made.customers.schema.equals(CUSTOMERS)
    for name in ("message_id", "type", "name", "user_id", "ts"):
        assert made.events[name].null_count == 0
    assert pc.count_distinct(made.events["message_id"]).as_py() == made.events.num_rows
    assert pc.count_distinct(made.customers["user_id"]).as_py() == made.customers.num_rows
    times = made.events["ts"].to_numpy()
    assert (np.diff(times) >= np.timedelta64(0)).all()
    assert times[0] >= np.datetime64(start)
    assert times[-1] < np.datetime64(start + timedelta(days=days))
    made.events.validate(full=True)
    made.customers.validate(full=True)


def test_nobody_acts_before_signing_up(company: Company) -> None:
    signed_up = company.customers["created_at"].to_numpy()
    who = index(company.events["user_id"])
    assert (company.events["ts"].to_numpy() >= signed_up[who]).all()


def test_everyone_orders_at_acquisition(company: Company) -> None:
    first = np.full(5_000, np.inf)
    orders = events(company, "Order Completed")
    np.minimum.at(first, orders.customer, orders.moment)
    wait = first - moments(company.customers.rename_columns({"created_at": "ts"}))
    assert (wait > 0).all()
    assert (wait < 20 / 1440).all()


def test_money_is_exact_cents_and_refunds_undo_their_order(company: Company) -> None:
    orders, refunds = events(company, "Order Completed"), events(company, "Order Refunded")
    value = dict(zip(orders.table["order_id"].to_pylist(), orders.table["value"].to_pylist(), strict=True))
    assert len(value) == orders.moment.size
    assert all(each > 0 and each * 100 % 1 == 0 for each in value.values())
    placed = dict(zip(orders.table["order_id"].to_pylist(), orders.moment, strict=True))
    for order, money, moment in zip(
        refunds.table["order_id"].to_pylist(), refunds.table["value"].to_pylist(), refunds.moment, strict=True
    ):
        assert money == -value[order]
        assert moment > placed[order]
    paid = pc.is_valid(company.events["value"])
    assert pc.all(pc.equal(paid, pc.is_valid(company.events["currency"]))).as_py()


def test_no_mail_after_unsubscribing(company: Company) -> None:
    left = np.full(5_000, np.inf)
    gone = events(company, "Unsubscribed")
    assert np.unique(gone.customer).size == gone.customer.size > 0
    left[gone.customer] = gone.moment
    for campaign in ("spring-offer", "context-offer", "advice", "digest", "loyalty", "frequency-trial"):
        sent = events(company, "Email Delivered", campaign=campaign)
        assert sent.moment.size > 0
        assert (sent.moment < left[sent.customer]).all()


def test_mails_are_read_after_they_came_and_clicked_before_the_order(company: Company) -> None:
    for campaign in ("spring-offer", "loyalty"):
        sent = np.full(5_000, np.inf)
        delivered = events(company, "Email Delivered", campaign=campaign)
        sent[delivered.customer] = delivered.moment
        for name in ("Email Opened", "Email Link Clicked"):
            acted = events(company, name, campaign=campaign)
            assert (acted.moment > sent[acted.customer]).all()


def test_local_hours_are_local(company: Company) -> None:
    sent = events(company, "Email Delivered", campaign="spring-offer")
    offset = company.customers["utc_offset_hours"].to_numpy()[sent.customer]
    hour = np.rint((sent.moment * 24 + offset) % 24).astype(int)
    assert (hour == sent.number("hour_local")).all()


def test_the_truth_names_the_cause_of_every_order_and_nobody_orders_after_dropout(company: Company) -> None:
    orders = events(company, "Order Completed")
    assert set(orders.table["order_id"].to_pylist()) == set(company.truth.orders["order_id"].to_pylist())
    assert company.truth.orders.num_rows == orders.moment.size
    first = moments(company.customers.rename_columns({"created_at": "ts"})) + 20 / 1440
    ends = first + 7 * company.truth.customers["lifetime_weeks"].to_numpy()
    assert (orders.moment <= ends[orders.customer]).all()


def test_the_summary_is_plain_json(company: Company) -> None:
    assert json.loads(json.dumps(company.truth.summary()))["effects"]["campaign"] == Effects().campaign


@pytest.mark.parametrize("arguments", [{"customers": 99}, {"days": 363}, {"seed": -1}])
def test_what_cannot_be_simulated_is_refused(arguments: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=f"{next(iter(arguments))} is {next(iter(arguments.values()))}"):
        simulate(**arguments)


def test_effects_that_cannot_be_planted_are_refused() -> None:
    with pytest.raises(ValueError, match=r"attitude is 1\.5"):
        replace(Effects(), attitude=1.5)
    with pytest.raises(ValueError, match=r"campaign is -0\.1"):
        replace(Effects(), campaign=-0.1)


def test_texts_are_plain_strings(company: Company) -> None:
    # Dictionary columns would be smaller, but pyarrow 26 reads their nulls as values in `to_numpy`.
    assert not any(pa.types.is_dictionary(each.type) for each in company.events.schema)
