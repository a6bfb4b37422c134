"""Every effect has a switch that leaves all other draws as they were: only events that depend on it may change."""

from dataclasses import fields, replace

import pyarrow.compute as pc
import pytest

from cherish.demo.simulated import Company, Effects, simulate

ORDERS = ("Order Completed", "Order Refunded", "Page Viewed", "Product Viewed")
"""Orders bring refunds and the sessions before them."""
MAIL = ("Email Delivered", "Email Opened", "Email Link Clicked", "Unsubscribed")
"""Clicks follow orders, and the loyalty mail follows spend: who gets it may then unsubscribe."""
LIFE = (*ORDERS, *MAIL, "Community Joined", "Content Viewed", "Post Created", "Comment Created")
CASES = tuple(
    f"Live Chat {each}"
    for each in ("Conversation Started", "Conversation Ended", "Conversation Reopened", "Message Received")
)
MAY_CHANGE: dict[str, tuple[str, ...]] = {
    "campaign": (*ORDERS, *MAIL, "Experiment Viewed"),
    "context_neighbour": (*ORDERS, *MAIL, "Experiment Viewed"),
    "context_hour": (*ORDERS, *MAIL, "Experiment Viewed"),
    "uplift_gain": (*ORDERS, *MAIL, "Experiment Viewed"),
    "uplift_harm": (*ORDERS, *MAIL, "Experiment Viewed"),
    "intent_clicks": ("Email Opened", "Email Link Clicked"),
    "machine_opens": ("Email Opened",),
    "scanner_clicks": ("Email Link Clicked",),
    "targeting": (*MAIL, *ORDERS, "Experiment Viewed"),
    "fatigue_orders": (*ORDERS, "Email Opened", "Email Link Clicked"),
    "fatigue_unsubscribes": (*ORDERS, *MAIL),
    "lost_exposures": ("Experiment Viewed",),
    "attitude": ("Survey Answered",),
    "response_attitude": ("Survey Answered",),
    "response_age": ("Survey Answered",),
    "age_visits": ("Page Viewed", "Product Viewed"),
    "age_hidden": (),
    "service_harm": (*LIFE, *CASES, "Survey Answered", "Experiment Viewed"),
    "service_fix": (*LIFE, *CASES, "Survey Answered", "Experiment Viewed"),
    "refunds": ("Order Refunded",),
    "referral": ("Signed Up", "Invite Sent"),
}
DRAWN = ("purchase_rate", "dropout_rate", "lifetime_weeks_without_harm", "mean_order")
"""Hidden values that no effect may touch."""
SIZE = 2_000


@pytest.fixture(scope="module")
def full() -> Company:
    return simulate(SIZE, seed=11)


@pytest.mark.parametrize("field", [each.name for each in fields(Effects)])
def test_a_switch_changes_only_what_depends_on_it(full: Company, field: str) -> None:
    off = simulate(SIZE, seed=11, effects=replace(Effects(), **{field: 0.0}))
    for name in DRAWN:
        assert off.truth.customers[name].equals(full.truth.customers[name])
    assert off.truth.summary() != full.truth.summary()
    changed = {
        name
        for name in set(full.events["name"].to_pylist())
        if not off.events.filter(pc.field("name") == name).equals(full.events.filter(pc.field("name") == name))
    }
    assert changed <= set(MAY_CHANGE[field])
    assert changed or field == "age_hidden"
    own_orders_keep_their_draws(full, off)


def own_orders_keep_their_draws(full: Company, off: Company) -> None:
    """An own order keeps id, moment and money whatever is switched: only whether it happens may change."""
    pairs = []
    for company in (full, off):
        own = company.truth.orders.filter(pc.field("cause") == "own")["order_id"]
        orders = company.events.filter(pc.field("name") == "Order Completed")
        pairs.append(orders.filter(pc.is_in(orders["order_id"], own)))
    both = [each.filter(pc.is_in(each["message_id"], other["message_id"])) for each, other in (pairs, pairs[::-1])]
    assert both[0].num_rows > 0.9 * pairs[0].num_rows
    assert both[0].equals(both[1])


def test_with_none_nothing_is_caused() -> None:
    bare = simulate(SIZE, seed=11, effects=Effects.none())
    assert set(bare.truth.orders["cause"].to_pylist()) == {"own"}
    for facts in bare.truth.summary()["campaigns"]:
        assert set(facts["average_effects"].values()) == {0.0}
