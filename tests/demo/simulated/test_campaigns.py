"""Campaigns by lot show their planted effects, claims show nothing, and nobody is fooled but by the loyalty mail."""

from dataclasses import replace

import numpy as np
import pyarrow.compute as pc
import pytest

from cherish.demo.simulated import PARAMETERS, Company, Effects, simulate
from cherish.demo.simulated.campaigns import BY_LOT, HOUR_FACTORS, HOURS, NEIGHBOUR_FACTORS, NEIGHBOURS
from demo.simulated.reading import campaign_facts, day, events, index, lot, mean, share


@pytest.mark.parametrize("campaign", BY_LOT, ids=lambda each: each.name)
def test_lots_keep_their_odds(large: Company, campaign) -> None:
    drawn = lot(large, campaign.name)
    for arm, odds in zip(campaign.arms, campaign.probabilities, strict=True):
        assert share(int((drawn.arm == arm).sum()), drawn.arm.size).agrees(odds)


@pytest.mark.parametrize(
    ("campaign", "arm"), [("spring-offer", "offer A"), ("spring-offer", "offer B"), ("context-offer", "offer")]
)
def test_the_average_effect_is_found(large: Company, campaign: str, arm: str) -> None:
    found = lot(large, campaign).effect(arm)
    assert found.agrees(campaign_facts(large, campaign)["average_effects"][arm])
    assert found.finds_something()


def test_campaign_off_is_found_to_do_nothing(large: Company) -> None:
    off = simulate(20_000, seed=3, effects=replace(Effects(), campaign=0.0))
    for campaign, arm in (("spring-offer", "offer A"), ("spring-offer", "offer B"), ("context-offer", "offer")):
        assert lot(off, campaign).effect(arm).agrees(0.0)
        assert campaign_facts(off, campaign)["average_effects"][arm] == 0.0
    assert (lot(off, "advice").arm == lot(large, "advice").arm).all()


def test_effects_depend_on_neighbour_and_hour_but_not_on_device(large: Company) -> None:
    drawn = lot(large, "context-offer")
    average = campaign_facts(large, "context-offer")["average_effects"]["offer"]
    beside, hour, device = (
        drawn.context.text("neighbour"),
        drawn.context.number("hour_local"),
        drawn.context.text("device"),
    )
    for label, factor in zip(NEIGHBOURS, NEIGHBOUR_FACTORS, strict=True):
        assert drawn.effect("offer", beside == label).agrees(average * factor)
    for clock, factor in zip(HOURS, HOUR_FACTORS, strict=True):
        assert drawn.effect("offer", hour == clock).agrees(average * factor)
    assert (
        drawn.effect("offer", beside == "brand story") - drawn.effect("offer", beside == "discount")
    ).finds_something()
    late, early = np.isin(hour, (18, 21)), np.isin(hour, (8, 12))
    assert (drawn.effect("offer", late) - drawn.effect("offer", early)).finds_something()
    assert (drawn.effect("offer", device == "mobile") - drawn.effect("offer", device == "desktop")).agrees(0.0)


@pytest.mark.parametrize(
    ("field", "column", "one", "other"),
    [("context_neighbour", "neighbour", "brand story", "discount"), ("context_hour", "hour_local", "21", "8")],
)
def test_a_context_off_leaves_the_average_and_no_interaction(field: str, column: str, one: str, other: str) -> None:
    off = simulate(20_000, seed=3, effects=replace(Effects(), **{field: 0.0}))
    drawn = lot(off, "context-offer")
    context = drawn.context.text(column) if column == "neighbour" else drawn.context.number(column).astype(str)
    assert (drawn.effect("offer", context == one) - drawn.effect("offer", context == other)).agrees(0.0)
    assert drawn.effect("offer").agrees(campaign_facts(off, "context-offer")["average_effects"]["offer"])


def test_uplift_has_a_persuadable_and_a_harmed_region(large: Company) -> None:
    drawn = lot(large, "advice")
    region = np.array(large.customers["region"].to_pylist())[drawn.customer]
    effects = large.truth.effects.filter(pc.field("campaign") == "advice")
    of = np.array(large.customers["region"].to_pylist())[index(effects["user_id"])]
    for name in ("north", "south", "east", "west"):
        assert drawn.effect("advice", region == name).agrees(float(effects["effect"].to_numpy()[of == name].mean()))
    assert drawn.effect("advice", region == "south").finds_something()
    assert drawn.effect("advice", region == "west").value < 0
    assert effects["effect"].to_numpy()[of == "west"].max() <= 0 == effects["effect"].to_numpy()[of == "north"].max()


def test_uplift_off_treats_all_regions_alike() -> None:
    off = simulate(20_000, seed=3, effects=replace(Effects(), uplift_gain=0.0, uplift_harm=0.0))
    drawn = lot(off, "advice")
    region = np.array(off.customers["region"].to_pylist())[drawn.customer]
    for name in ("south", "west"):
        assert drawn.effect("advice", region == name).agrees(0.0)


def test_true_effects_on_those_who_live_are_the_planted_formulas(large: Company) -> None:
    hidden = large.truth.customers
    alive, rate = (hidden[name].to_numpy(zero_copy_only=False) for name in ("alive_at_end", "purchase_rate"))
    region = np.array(large.customers["region"].to_pylist())
    for campaign, arm, allowed in (
        ("spring-offer", "offer A", {0.2}),
        ("spring-offer", "offer B", {0.1}),
        ("context-offer", "offer", {0.2 * beside * hour for beside in (1, 1.6, 0.4) for hour in (0.6, 0.8, 1.2, 1.4)}),
        ("digest", "digest", {0.0}),
        ("loyalty", "loyal customers", {0.0}),
    ):
        rows = large.truth.effects.filter((pc.field("campaign") == campaign) & (pc.field("variation") == arm))
        effect = rows["effect"].to_numpy()[alive[index(rows["user_id"])]]
        assert set(np.round(effect, 9)) == {round(each, 9) for each in allowed}
    rows = large.truth.effects.filter(pc.field("campaign") == "advice")
    who = index(rows["user_id"])
    of, effect = region[who], rows["effect"].to_numpy()
    assert effect[alive[who] & (of == "south")] == pytest.approx(0.3)
    # the mail comes 23 to 50 hours after the lot, so 11.9 to 13.1 days of the window are left
    days = effect[alive[who] & (of == "west")] / (-0.5 * rate[who][alive[who] & (of == "west")] / 7)
    assert 11.9 < days.min() < days.max() < 13.1


def claimed_orders(company: Company, campaign: str) -> int:
    """Receivers who ordered within 7 days after a click."""
    clicks, orders = events(company, "Email Link Clicked", campaign=campaign), events(company, "Order Completed")
    clicked = np.full(company.customers.num_rows, np.inf)
    np.minimum.at(clicked, clicks.customer, clicks.moment)
    since = orders.moment - clicked[orders.customer]
    return np.unique(orders.customer[(since > 0) & (since <= 7)]).size


def test_the_digest_claims_much_and_causes_nothing(large: Company) -> None:
    found = lot(large, "digest").effect("digest")
    assert found.agrees(0.0)
    assert campaign_facts(large, "digest")["average_effects"]["digest"] == 0.0
    sent = events(large, "Email Delivered", campaign="digest").moment.size
    assert claimed_orders(large, "digest") / sent > found.value + 4 * found.error


def test_clicks_off_claims_little() -> None:
    on, off = (
        simulate(5_000, seed=7, effects=replace(Effects(), scanner_clicks=0.0, intent_clicks=each))
        for each in (0.6, 0.0)
    )
    assert claimed_orders(off, "digest") < 0.2 * claimed_orders(on, "digest")
    assert events(off, "Order Completed").table.equals(events(on, "Order Completed").table)


def naive_difference(company: Company):
    facts = campaign_facts(company, "loyalty")
    bought = events(company, "Order Completed").per_customer(
        company.customers.num_rows, day(facts["lot_at"]), day(facts["window_closes"])
    )
    base = np.unique(index(company.truth.effects.filter(pc.field("campaign") == "loyalty")["user_id"]))
    sent = np.isin(base, events(company, "Email Delivered", campaign="loyalty").customer)
    return mean(bought[base[sent]]) - mean(bought[base[~sent]])


def test_the_loyalty_mail_looks_great_and_does_nothing(large: Company) -> None:
    assert naive_difference(large).value > 10 * naive_difference(large).error
    assert campaign_facts(large, "loyalty")["average_effects"]["loyal customers"] == 0.0
    assert "loyalty" not in large.truth.orders["cause"].to_pylist()


def test_targeting_off_makes_the_loyalty_mail_a_lot() -> None:
    off = simulate(20_000, seed=3, effects=replace(Effects(), targeting=0.0))
    assert naive_difference(off).agrees(0.0)


def test_machines_open_and_click_within_seconds(large: Company) -> None:
    sent = events(large, "Email Delivered", campaign="digest")
    delivered = np.full(20_000, np.inf)
    delivered[sent.customer] = sent.moment
    for name, seconds, planted in (
        ("Email Opened", 60, Effects().machine_opens),
        ("Email Link Clicked", 5, Effects().scanner_clicks),
    ):
        acts = events(large, name, campaign="digest")
        fast = acts.moment - delivered[acts.customer] < seconds / 86_400
        # a person opens within a minute with chance .25 (1 - exp(-1 min / 6 h)) = .0007 and clicks as rarely
        hits = np.unique(acts.customer[fast]).size
        estimate = share(hits, sent.moment.size)
        assert abs(estimate.value - planted) < 4 * estimate.error + 0.001


def test_machines_off_leaves_human_opens(bare: Company) -> None:
    sent = events(bare, "Email Delivered", campaign="digest").moment.size
    opened = np.unique(events(bare, "Email Opened", campaign="digest").customer).size
    human, idle = PARAMETERS.mailing.human_opens, PARAMETERS.mailing.idle_clicks
    # those who will order within 7 days do not click here at all, hence the bounds
    assert share(opened, sent).value > human - 0.01
    assert share(opened, sent).value < human + (1 - human) * idle + 0.01


def test_lost_exposures_trip_the_sample_ratio_alarm_and_nothing_else_does(large: Company, bare: Company) -> None:
    def chi_square(company: Company) -> float:
        arms = events(company, "Experiment Viewed", experiment="checkout-layout").text("variation")
        old, new = (arms == "old layout").sum(), (arms == "new layout").sum()
        return float((old - new) ** 2 / (old + new))

    assert chi_square(large) > 24  # p < 1e-6
    assert chi_square(bare) < 15.1  # p > 1e-4
    arms = events(large, "Experiment Viewed", experiment="checkout-layout").text("variation")
    ratio = (arms == "new layout").sum() / (arms == "old layout").sum()
    assert abs(ratio - (1 - Effects().lost_exposures)) < 4 * 2 / np.sqrt(arms.size)
