"""The truth in one page: parameters, effects and the averages that estimators should find, as plain JSON values."""

from dataclasses import asdict
from math import asin, pi
from typing import Any

import numpy as np

from . import community, frequency, layouts, scales, surveys
from .arrays import Floats
from .lift import true_effect
from .parameters import PARAMETERS
from .people import k_factor
from .plan import Plan
from .story import Story

FINE_DOSES = np.arange(0, 1001) / 100


def summarise(plan: Plan, story: Story) -> dict[str, Any]:
    """Collect everything planted; moments as ISO 8601 in UTC."""
    return {
        "customers": plan.customers,
        "seed": plan.seed,
        "days": plan.days,
        "start": plan.start.isoformat(),
        "effects": asdict(plan.effects),
        "parameters": asdict(PARAMETERS),
        "purchases": purchase_facts(),
        "campaigns": campaign_facts(plan, story),
        "frequency_trial": trial_facts(plan, story),
        "layout_test": {
            "experiment": layouts.EXPERIMENT,
            "at": plan.timestamp(plan.at(layouts.AT)).isoformat(),
            "effect": 0.0,
            "lost_exposures_of_new_layout": plan.effects.lost_exposures,
        },
        "surveys": survey_facts(plan, story),
        "community": community_facts(plan),
        "referral": {"k_factor": k_factor(plan)},
        "service": service_facts(plan),
    }


def purchase_facts() -> dict[str, float]:
    """Give the means of rate (per week), lifetime (weeks) and order (EUR)."""
    law, money = PARAMETERS.purchasing, PARAMETERS.spending
    return {
        "mean_rate": law.rate_shape / law.rate_scale,
        "mean_lifetime_weeks": law.dropout_scale / (law.dropout_shape - 1),
        "mean_order": money.order_shape * money.customer_scale / (money.customer_shape - 1),
    }


def campaign_facts(plan: Plan, story: Story) -> list[dict[str, Any]]:
    """Give arms, lot and the average true effect over the base of every campaign (orders per receiver)."""
    return [
        {
            "campaign": drawn.campaign.name,
            "by_lot": drawn.campaign.name != "loyalty",
            "arms": list(drawn.campaign.arms),
            "probabilities": list(drawn.campaign.probabilities),
            "lot_at": plan.timestamp(drawn.moment).isoformat(),
            "window_closes": plan.timestamp(drawn.closes).isoformat(),
            "base": int(drawn.in_base.sum()),
            "average_effects": {
                name: average(true_effect(plan, story.people, story.buyers, story.ends, drawn, arm)[drawn.in_base])
                for arm, name in enumerate(drawn.campaign.arms[:-1])
            },
        }
        for drawn in story.drawn
    ]


def trial_facts(plan: Plan, story: Story) -> dict[str, Any]:
    """Give the dose response and both optima: among the doses of the trial and among all."""
    doses = np.asarray(PARAMETERS.frequency.doses, dtype=np.float64)
    enrolled = story.trial.enrolled
    expected = frequency.expected_extra(plan, story.ends, story.trial)[:, enrolled]
    value = frequency.value_per_month(plan, doses)
    return {
        "experiment": frequency.NAME,
        "lot_at": plan.timestamp(plan.trial).isoformat(),
        "doses": doses.tolist(),
        "extra_orders_per_living_subscriber": frequency.extra_per_month(plan, doses).tolist(),
        "unsubscribe_chance": frequency.leaving_per_month(plan, doses).tolist(),
        "value": value.tolist(),
        "average_extra_orders_per_enrolled": [average(each) for each in expected],
        "best_dose_of_trial": float(doses[np.argmax(value)]),
        "best_dose": float(FINE_DOSES[np.argmax(frequency.value_per_month(plan, FINE_DOSES))]),
    }


def survey_facts(plan: Plan, story: Story) -> dict[str, Any]:
    """Give item means over everybody and over those who answer, reliability, and the tie to purchase rate."""
    weight = story.response / story.response.sum()
    return {
        "item_means": {item: scales.item_mean(scale) for _, item, scale in surveys.ITEMS},
        "item_means_of_customers": {item: average(expected(scale, story)) for _, item, scale in surveys.ITEMS},
        "item_means_of_answers": {item: float(weight @ expected(scale, story)) for _, item, scale in surveys.ITEMS},
        "affection_alpha": scales.alpha(scales.AFFECTION, 4),
        "response_share": average(story.response),
        "response_spread": float(story.response.std()),
        "rank_correlation_attitude_rate": 6 / pi * asin(plan.effects.attitude / 2),
    }


def expected(scale: scales.Scale, story: Story) -> Floats:
    """Give each customer's expected answer, read off a fine grid of attitudes."""
    attitude, _ = scales.weights()
    return np.interp(story.attitude, attitude, scale.expected(attitude))


def community_facts(plan: Plan) -> dict[str, Any]:
    """Give the shares of the roles among members and when the community opened."""
    law = PARAMETERS.community
    active = (law.creators, law.contributors, law.lurkers)
    return {
        "opened_at": plan.timestamp(plan.community).isoformat(),
        "shares": dict(zip(community.ROLES, (*active, 1 - sum(active)), strict=True)),
        "pareto_index": law.index,
    }


def service_facts(plan: Plan) -> dict[str, Any]:
    """Give the chances of a bad case by lane and what a bad first case does to the dropout rate."""
    bad = PARAMETERS.serving.bad
    return {
        "bad_usual": bad,
        "bad_quality_fix": max(bad - plan.effects.service_fix, 0.0),
        "hazard_ratio_after_bad_first_case": 1 + plan.effects.service_harm,
    }


def average(values: Floats) -> float:
    """Give the mean, or zero of nobody."""
    return float(values.mean()) if values.size else 0.0
