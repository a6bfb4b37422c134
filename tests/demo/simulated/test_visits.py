"""Browsing: sessions are separable, have the planted length, end with the customer, and fall with age; orders don't."""

from dataclasses import replace

import numpy as np
import pyarrow.compute as pc
import pytest

from cherish.demo.simulated import PARAMETERS, Company, Effects, simulate
from cherish.demo.simulated.people import AGE_BANDS, AGE_HIDDEN_AT_MIDDLE
from demo.simulated.reading import Estimate, Numbers, events, index, mean, moments, ratio

HALF_HOUR = 30 / 1440


def browsing(company: Company) -> tuple[Numbers, Numbers]:
    """Customer and moment of pages and product views, sorted by customer and moment."""
    wanted = (pc.field("name") == "Page Viewed") | (pc.field("name") == "Product Viewed")
    seen = company.events.filter(wanted)
    customer, moment = index(seen["user_id"]), moments(seen)
    order = np.lexsort((moment, customer))
    return customer[order], moment[order]


def sessions(company: Company) -> tuple[Numbers, Numbers, Numbers]:
    """Customer, pages and the gaps inside sessions, by the usual half hour."""
    customer, moment = browsing(company)
    gaps = np.diff(moment)
    new = np.concatenate([[True], (np.diff(customer) != 0) | (gaps >= HALF_HOUR)])
    return customer[new], np.diff(np.append(np.flatnonzero(new), new.size)), gaps[~new[1:]]


def test_pages_per_session_are_geometric_with_the_planted_mean(large: Company) -> None:
    _, pages, _ = sessions(large)
    more = PARAMETERS.browsing.more_pages
    assert mean(pages.astype(float)).agrees(1 / (1 - more))
    assert mean((pages == 1).astype(float)).agrees(1 - more)
    assert mean((pages >= 4).astype(float)).agrees(more**3)


def test_gaps_inside_sessions_are_lognormal_and_far_from_those_between(large: Company) -> None:
    customer, moment = browsing(large)
    gaps = np.diff(moment)[np.diff(customer) == 0] * 86_400
    inside = np.log(gaps[gaps < 1800])
    assert mean(inside).agrees(np.log(PARAMETERS.browsing.gap_seconds))
    assert abs(inside.std() - PARAMETERS.browsing.gap_spread) < 4 / np.sqrt(2 * inside.size) + 0.001
    between = gaps[gaps >= 1800]
    assert (gaps[(gaps > 900) & (gaps < 3600)]).size < 0.01 * gaps.size
    assert np.median(between) > 1000 * np.median(gaps[gaps < 1800])


def test_only_those_who_consented_browse_and_only_while_alive(large: Company) -> None:
    customer, moment = browsing(large)
    assert large.customers["browsing_consent"].to_numpy()[customer].all()
    hidden = large.truth.customers
    first = moments(large.customers.rename_columns({"created_at": "ts"})) + 20 / 1440
    ends = first + 7 * hidden["lifetime_weeks"].to_numpy()
    assert (moment <= ends[customer]).all()


def per_living_week(company: Company, counts: Numbers, band: str) -> Estimate:
    hidden = company.truth.customers
    first = moments(company.customers.rename_columns({"created_at": "ts"}))
    weeks = np.minimum(hidden["lifetime_weeks"].to_numpy(), (728 - first) / 7)
    rows = (np.array(hidden["age_band"].to_pylist()) == band) & company.customers["browsing_consent"].to_numpy()
    return ratio(counts[rows], weeks[rows])


def repeat_orders(company: Company) -> Numbers:
    return events(company, "Order Completed").per_customer(company.customers.num_rows) - 1


def visits(company: Company) -> Numbers:
    """Sessions that did not end in an order."""
    customer, _, _ = sessions(company)
    return np.bincount(customer, minlength=company.customers.num_rows) - repeat_orders(company)


def test_age_moves_visits_as_planted_and_orders_not(large: Company) -> None:
    counts = visits(large)
    young, old = (per_living_week(large, counts, band) for band in ("18-24", "55+"))
    for band, step in zip(AGE_BANDS, (-2, -1, 0, 1, 2), strict=True):
        planted = PARAMETERS.browsing.rate_mean * np.exp(-Effects().age_visits * step)
        assert per_living_week(large, counts, band).agrees(planted)
    assert (young - old).finds_something()
    bought = [per_living_week(large, repeat_orders(large), band) for band in ("18-24", "55+")]
    assert (bought[0] - bought[1]).agrees(0.0)


def test_age_off_leaves_no_difference_and_the_orders(large: Company) -> None:
    off = simulate(20_000, seed=3, effects=replace(Effects(), age_visits=0.0))
    counts = visits(off)
    young, old = (per_living_week(off, counts, band) for band in ("18-24", "55+"))
    assert (young - old).agrees(0.0)
    assert events(off, "Order Completed").table.equals(events(large, "Order Completed").table)


@pytest.mark.parametrize("slope", [Effects().age_hidden, 0.0])
def test_age_is_missing_as_planted(slope: float) -> None:
    made = simulate(20_000, seed=4, effects=replace(Effects.none(), age_hidden=slope))
    missing = pc.is_null(made.customers["age_band"]).to_numpy().astype(float)
    band = np.array(made.truth.customers["age_band"].to_pylist())
    for place, name in enumerate(AGE_BANDS):
        planted = 1 / (1 + np.exp(-(AGE_HIDDEN_AT_MIDDLE + slope * (place - 2))))
        assert mean(missing[band == name]).agrees(planted)
    shown = made.customers["age_band"].to_pylist()
    assert all(seen in (None, true) for seen, true in zip(shown, band, strict=True))
