"""What a holdout came to, in rows and in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from cherish.proof import power
from cherish.proof.ratio import SampleRatio
from cherish.reports._contamination import Reach
from cherish.reports._planning import NO_TRAFFIC, TOO_FAR, day_of
from cherish.reports.experiment.checks import told_p
from cherish.reports.experiment.lines import HIGHER, LOWER, Line

CAUSED, PREVENTED, NOT_PROVEN, NOT_READ = "caused", "prevented", "not proven", "not read"
STRONG = 10.0
"""By how much the contrast must stand out (its F) before an effect per customer reached is worth a figure."""
_NAMES = {
    "any_order": "customers with an order",
    "orders": "orders",
    "revenue": "of revenue",
    "retained": "customers stayed",
}


@dataclass(frozen=True)
class Pace:
    """How a lot fills: its first day, how many customers (and units) were drawn on it, how many a day since, and the
    share held out."""

    start: date
    at_once: int
    units: int
    daily: float
    held: float
    horizon: float
    always_valid: bool


@dataclass(frozen=True)
class Shown:
    """A metric's line, how many customers of each arm it is about, and whether it is a ratio, which doesn't add up."""

    line: Line
    reached: int
    held_out: int
    ratio: bool = False

    @property
    def verdict(self) -> str:
        """What it says of the mail."""
        return {HIGHER: CAUSED, LOWER: PREVENTED}.get(self.line.verdict, NOT_PROVEN)


def row(shown: Shown, pace: Pace, effect: float) -> dict[str, Any]:
    """One metric: both arms, the difference, what that comes to, and from when on an effect of this size would show."""
    each = shown.line
    found, read = each.effect, each.read
    on, why = visible_from(shown, pace, effect)
    ends = (found.estimate, read.low, read.high)
    sums = [None if value is None or shown.ratio else value * shown.reached for value in ends]
    return {
        "metric": each.metric, "customers": shown.reached, "held_out": shown.held_out, "mean": found.mean,
        "mean_held_out": found.mean_control, "effect": found.estimate, "effect_low": read.low,
        "effect_high": read.high, "effect_low_why": each.why, "relative": found.relative,
        "relative_low": read.relative_low, "relative_high": read.relative_high, "caused": sums[0],
        "caused_low": sums[1], "caused_high": sums[2], "caused_why": "ratio" if shown.ratio else None,
        "verdict": shown.verdict, "log10_p": None if read.log10_p is None else float(f"{read.log10_p:.4g}"),
        "reading": read.kind, "visible": each.smallest, "visible_from": on, "visible_from_why": why,
    }  # fmt: skip


def visible_from(shown: Shown, pace: Pace, effect: float) -> tuple[date | None, str | None]:
    """The day from which on an effect of this share of the control's mean would show at the pace of the lot."""
    found = shown.line.effect
    if not found.se_control or not found.mean_control:
        return None, "no_spread"
    waiting = power.wait(
        found.se_control**2 * shown.held_out, effect * abs(found.mean_control), pace.held, waiting=pace.at_once,
        inflow=pace.daily, horizon=pace.horizon, always_valid=pace.always_valid,
    )  # fmt: skip
    return day_of(waiting, pace.start)


def per_reached(each: Line, reach: Reach | None) -> float | None:
    """The effect on one whom mail reached, where the arms differ enough in that (Wald); None otherwise."""
    if reach is None or reach.contrast is None or each.effect.estimate is None or not reach.contrast > 0:
        return None
    leak, others = reach.leak or 0.0, reach.reach or 0.0
    spread = leak * (1 - leak) / max(reach.held_out, 1) + others * (1 - others) / max(reach.others, 1)
    strong = spread == 0 or reach.contrast**2 / spread > STRONG
    return each.effect.estimate / reach.contrast if strong else None


# -- words --------------------------------------------------------------------------------------------------------


def says(shown: Shown, pace: Pace, effect: float) -> str:
    """The first metric in a sentence."""
    each = shown.line
    found, read = each.effect, each.read
    times = 1 if shown.ratio else shown.reached
    what = f"of {each.metric} a customer" if shown.ratio else _NAMES.get(each.metric, f"of {each.metric}")
    if read.low is None or read.high is None or found.estimate is None:
        few = f"Not proven: too little is known of {each.metric} in one of the arms for an interval."
        return f"{few} {_from(shown, pace, effect)}".strip()
    low, high = sorted(abs(value) * times for value in (read.low, read.high))
    about = f"{_number(abs(found.estimate) * times)} {what}"
    if shown.verdict == CAUSED:
        return f"Mail caused about {about} ({_number(low)} to {_number(high)})."
    if shown.verdict == PREVENTED:
        return f"Mail prevented about {about} ({_number(low)} to {_number(high)})."
    ends = " and ".join(_number(value * times) for value in (read.low, read.high))
    return f"Not proven: what mail did lies between {ends} {what}. {_from(shown, pace, effect)}".strip()


def _from(shown: Shown, pace: Pace, effect: float) -> str:
    on, why = visible_from(shown, pace, effect)
    if on is not None:
        return f"An effect of {effect:.0%} is visible from about {on}."
    if why == NO_TRAFFIC:
        return (
            f"An effect of {effect:.0%} takes more customers than were drawn: draw newcomers (cherish holdout assign)."
        )
    if why == TOO_FAR:
        return f"An effect of {effect:.0%} is more than ten years off at this pace: hold out more, or look for longer."
    return "Nothing differs among the held out yet."


def too_early(horizon: int, pace: Pace) -> str:
    """What is said before anybody of both arms has been looked at for a whole horizon."""
    on = pace.start + timedelta(days=horizon)
    return (
        f"Not proven: each customer is looked at for {horizon} days from the lot on, and those of both arms are not "
        f"over yet. The first are on {on}."
    )


def of_ratio(found: SampleRatio | None) -> str:
    """The check of the lot in a sentence."""
    if found is None:
        return "Nothing says by which share the lot was drawn, so that it can't be checked: say hold=.1."
    if found.log10_p is None:
        return f"The lot is too small to be checked: {found.reason}."
    held = {"ok": "is as it was meant to be", "warn": "is doubtful", "block": "is not as it was meant to be"}
    # In words by which a count of few is known, and the note left out of what is shared.
    sizes = ", ".join(
        f"{arm} has {count:,} customers where {found.expected[arm]:,.1f} are expected"
        for arm, count in found.counts.items()
    )
    return f"The lot {held[found.verdict]}: {sizes}, p = {told_p(found.log10_p)}."


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.3g}"
