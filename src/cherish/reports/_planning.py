"""What a holdout would show, by when, and at what price: arithmetic on a handful of figures of the population."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from cherish.proof import power
from cherish.spec.holdouts import POOL_BELOW

SHARES = (0.05, 0.1, 0.2, 0.5)
FARTHEST = 3652
"""Days ahead beyond which a date is no plan."""

TOO_FAR, NO_TRAFFIC, NOTHING, NOBODY, NO_MARGIN, NO_MONEY = (
    "too_far", "no_newcomers", "nothing_happened", "nobody_held_out", "no_margin", "no_money",
)  # fmt: skip


@dataclass(frozen=True)
class Traffic:
    """What is known of the population: customers now, newcomers a day, and of `base` customers over a horizon of so
    many days the metric's mean and variance, and the money of one."""

    customers: int
    newcomers: float
    base: int
    mean: float
    variance: float
    money: float | None
    horizon: int
    today: date


@dataclass(frozen=True)
class Aim:
    """What is wanted: a relative effect that should be seen, error rate and power, and what is earned of the money."""

    effect: float
    alpha: float
    power: float
    margin: float | None


@dataclass(frozen=True)
class Line:
    """One share and what it would show; a missing figure has its reason beside it.

    `visible` is the smallest effect per customer that would be seen on `visible_on`, when everybody known now has had a
    whole horizon; `needed` how many customers show the wanted effect, and `effect_on` when so many have had theirs.
    """

    share: float
    held_out: int
    mailed: int
    visible: float | None
    visible_why: str | None
    visible_share: float | None
    visible_on: date
    needed: int | None
    effect_on: date | None
    effect_on_why: str | None
    price: float | None
    price_why: str | None


def lines(traffic: Traffic, aim: Aim, shares: Sequence[float]) -> list[Line]:
    """A line for each share, the smallest first."""
    return [_line(traffic, aim, share) for share in sorted({*shares})]


def _line(traffic: Traffic, aim: Aim, share: float) -> Line:
    held = round(traffic.customers * share)
    rest = traffic.customers - held
    seen = None if traffic.variance <= 0 else power.visible(traffic.variance, rest, held, aim.alpha, aim.power)
    why = None if seen is not None else NOTHING if traffic.variance <= 0 else NOBODY
    relative = seen / traffic.mean if seen is not None and traffic.mean > 0 else None
    takes, on, on_why = _when(traffic, aim, share)
    price, price_why = _price(traffic, aim, held, relative)
    ready = traffic.today + timedelta(days=traffic.horizon)
    return Line(share, held, rest, seen, why, relative, ready, takes, on, on_why, price, price_why)


def _when(traffic: Traffic, aim: Aim, share: float) -> tuple[int | None, date | None, str | None]:
    """How many customers show the wanted effect, and the day on which so many have had their horizon."""
    target = aim.effect * traffic.mean
    if traffic.variance <= 0 or target <= 0:
        return None, None, NOTHING
    found = power.wait(
        traffic.variance, target, share, waiting=traffic.customers, inflow=traffic.newcomers, horizon=traffic.horizon,
        alpha=aim.alpha, power=aim.power,
    )  # fmt: skip
    return found.customers, *day_of(found, traffic.today)


def day_of(found: power.Wait, start: date) -> tuple[date | None, str | None]:
    """The day on which a wait from `start` on is over, or why there is none that one could plan with."""
    if found.days is None:
        return None, NO_TRAFFIC
    days = math.ceil(found.days)
    return (None, TOO_FAR) if days > FARTHEST else (start + timedelta(days=days), None)


def _price(traffic: Traffic, aim: Aim, held: int, relative: float | None) -> tuple[float | None, str | None]:
    """What the held out would have brought in a horizon if mail did just as much as would be visible."""
    if relative is None:
        return None, NOTHING if traffic.variance <= 0 else NOBODY
    if traffic.money is None or traffic.money <= 0:
        return None, NO_MONEY
    if aim.margin is None:
        return None, NO_MARGIN
    return power.price(held, traffic.money * relative, aim.margin), None


# -- words --------------------------------------------------------------------------------------------------------


def recommended(found: Sequence[Line], aim: Aim) -> Line:
    """The smallest share that sees the wanted effect after one horizon; else the first to see it; else the largest."""
    at_once = [each for each in found if each.visible_share is not None and each.visible_share <= aim.effect]
    if at_once:
        return at_once[0]
    dated = [each for each in found if each.effect_on is not None]
    return min(dated, key=lambda each: (each.effect_on, each.share)) if dated else found[-1]


def says(traffic: Traffic, aim: Aim, found: Sequence[Line], metric: str) -> str:
    """The plan in words: what would be visible, by when, or what can be learnt and what is missing; never a mere no."""
    best = recommended(found, aim)
    parts = [_pooled(traffic), _seen(traffic, best, metric)]
    if best.visible_share is None or best.visible_share > aim.effect:
        parts.append(_needs(traffic, aim, best))
    return " ".join(part for part in parts if part)


def _pooled(traffic: Traffic) -> str:
    if traffic.customers >= POOL_BELOW:
        return ""
    return (
        f"With {_people(traffic.customers)} keep one control over all campaigns together, not one for each: it sees "
        "what all mail causes, which is more than what one campaign does."
    )


def _seen(traffic: Traffic, best: Line, metric: str) -> str:
    if traffic.base < 2:
        return (
            f"Nearly nobody was known {traffic.horizon} days ago, so what a customer does in such a time isn't known "
            "yet: plan with a shorter horizon."
        )
    if traffic.variance <= 0:
        return (
            f"In the last {traffic.horizon} days no customer differs from another in {metric}, so no size can be "
            "worked out yet: send, count, and plan again when something has happened, or look at another metric."
        )
    if best.visible is None:
        return "So few are known that a lot would hold nobody out: draw newcomers as they come, and plan again then."
    size = f"{best.visible_share:.0%}" if best.visible_share is not None else f"{best.visible:.3g} a customer"
    told = (
        f"Holding out {best.share:.0%} ({_people(best.held_out)}) shows effects on {metric} from {size} on, by "
        f"{best.visible_on}."
    )
    if best.visible_share is not None and best.visible_share > 1:
        told += (
            " Mail hardly ever does that much. What can be learnt now: ask customers, and keep the lot for years, so "
            "that all campaigns add up under it."
        )
    return told


def _needs(traffic: Traffic, aim: Aim, best: Line) -> str:
    if best.needed is None:
        return ""
    takes = f"To see {aim.effect:.0%} it takes about {best.needed:,} customers at {best.share:.0%}"
    if best.effect_on is not None:
        return f"{takes}: with {traffic.newcomers:.3g} newcomers a day by about {best.effect_on}."
    other = "a longer horizon, a metric that more customers move, or more than one mail at stake would need fewer"
    if traffic.newcomers <= 0:
        return f"{takes}, and nobody new comes: {other}."
    return f"{takes}; with {traffic.newcomers:.3g} newcomers a day that is more than ten years off: {other}."


def _people(count: int) -> str:
    return f"{count:,} customer{'' if count == 1 else 's'}"
