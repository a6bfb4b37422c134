"""Must everybody be engaged? For whom a contact costs more than it brings, where a lot decided who got one."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from cherish.errors import Unanswerable
from cherish.proof.power import total, visible
from cherish.reports.seven_questions import trial
from cherish.reports.seven_questions.answers import Answer, Figure, between, count, number, percent, unknown
from cherish.reports.seven_questions.asking import Asking
from cherish.reports.seven_questions.comparing import adjusted, clear, means_apart, share
from cherish.reports.seven_questions.past import Flags
from cherish.reports.tournament.frames import Floats

NAME = "2 engage everybody"
QUESTION = "Must every customer be engaged, or are some spoilt by it?"
PARTS, LEAST = 5, 20
"""Customers are parted into fifths of earlier spend, or fewer parts; each has so many in either arm of either half."""
HELD_OUT, WORTH = 0.1, 0.1
"""The share that is proposed to be held out, and an effect that would be worth to know of."""
EVERYBODY = "net value of engaging one customer"
NEGATIVE = "share for whom the other half of the trial gave a negative net value"
AMONG = "net value of engaging one of these"
AT_STAKE = "net value at stake in all of these"
VISIBLE = "smallest effect on the share that orders which a holdout of 10% would show"


def answer(asking: Asking) -> Answer:
    """Net value by earlier spend: one half of the trial says who is spoilt, the other half whether it is so."""
    try:
        found = trial.found(asking)
    except Unanswerable as refused:
        return _without(str(refused), asking)
    value = found.after * asking.margin - asking.cost * found.engaged
    parts = min(PARTS, _smallest_group(found.engaged, found.half) // LEAST)
    everybody = _effect(EVERYBODY, f"{found.arm} less {found.control}", value, found.engaged)
    if everybody is None or parts < 2:
        return unknown(
            f"{found.name} has {count(found.n)} whose {asking.days} days are over, too few to tell customers apart: "
            f"each arm needs {4 * LEAST} in about equal halves. Hold out more, or wait",
            [] if everybody is None else [everybody],
        )
    spoilt = _spoilt(value, found, _strata(found.before, parts))
    chosen = _effect(AMONG, "of those", value[spoilt], found.engaged[spoilt])
    figures = adjusted([each for each in (everybody, chosen) if each is not None])
    told = replace(share(NEGATIVE, int(spoilt.sum()), found.n, f"by {parts} parts of earlier spend"), leading=True)
    more = [_at_stake(chosen, int(spoilt.sum()))] if chosen else []
    sentence = _sentence(figures, told, found, value[spoilt], found.engaged[spoilt], asking)
    return Answer(sentence, (told, *figures, *more))


def _smallest_group(engaged: Flags, half: Flags) -> int:
    return min(int((engaged == arm)[half == side].sum()) for arm in (True, False) for side in (True, False))


def _strata(before: Floats, parts: int) -> NDArray[np.intp]:
    """Which part of earlier spend each is in; equal sums stay together."""
    _, place, size = np.unique(before, return_inverse=True, return_counts=True)
    middle = (np.cumsum(size) - size / 2) / before.size
    return np.minimum((middle * parts).astype(np.intp), parts - 1)[place]


def _spoilt(value: Floats, found: trial.Trial, part: NDArray[np.intp]) -> Flags:
    """Who lies in a part whose mean net value is negative among those of the other half."""
    spoilt = np.zeros(value.size, dtype=np.bool_)
    for side in (True, False):
        for each in np.unique(part):
            there = (part == each) & (found.half != side)
            one, other = value[there & found.engaged], value[there & ~found.engaged]
            if one.size and other.size and one.mean() < other.mean():
                spoilt |= (part == each) & (found.half == side)
    return spoilt


def _effect(measured: str, of: str, value: Floats, engaged: Flags) -> Figure | None:
    one, other = value[engaged], value[~engaged]
    if min(one.size, other.size) < LEAST:
        return None
    return replace(means_apart(measured, of, one, other), leading=True)


def _at_stake(chosen: Figure, n: int) -> Figure:
    """What is lost by engaging all of them, or gained where that is above nothing."""
    value, low, high = (None if each is None else each * n for each in (chosen.value, chosen.low, chosen.high))
    return Figure(AT_STAKE, count(n), value, low, high, n, leading=True)


def _sentence(
    figures: list[Figure], told: Figure, found: trial.Trial, value: Floats, engaged: Flags, asking: Asking
) -> str:
    everybody, chosen = figures[0], figures[1] if len(figures) > 1 else None
    base = f"engaging one customer ({found.name}) brings {between(everybody)} net in {asking.days} days{_taken(asking)}"
    if chosen is None:
        return f"No part of {count(found.n)} is seen to be spoilt: {base}"
    if clear(chosen) and (chosen.value or 0) < 0:
        return (
            f"No, some are spoilt: {between(told, share=True)} lie where engaging takes away {between(chosen)} each, "
            f"confirmed on customers that had no say in choosing them; over all {base}"
        )
    one, other = value[engaged], value[~engaged]
    least = visible(float(other.var(ddof=1)), one.size, other.size) or 0.0
    return (
        f"Not detectable with n = {found.n:,}: {percent(told.value or 0)} looked spoilt in one half of the trial, and "
        f"in the other half engaging them brought {between(chosen)}; less than {number(least)} each would "
        f"not show. Over all {base}"
    )


def _taken(asking: Asking) -> str:
    """What net value was taken to be, where nobody said otherwise."""
    kept = "an order counts with its whole value (margin=)" if asking.margin == 1 else ""
    free = "contacts as free (cost=)" if not asking.cost else ""
    said = " and ".join(each for each in (kept, free) if each)
    return f". Here {said}" if said else ""


def _without(reason: str, asking: Asking) -> Answer:
    """No lot: what one would show with the customers there are."""
    past = asking.past
    out = round(past.n * HELD_OUT)
    happens = past.stayed if past.orders is None else past.orders > 0
    share = float(happens.mean()) if past.n else 0.0
    least = visible(share * (1 - share), past.n - out, out)
    if not least:
        return unknown(f"{reason}. Hold customers out by lot from now on: cherish holdout plan")
    where = f"where {percent(share)} {'come back' if past.orders is None else 'order'} in {asking.days} days"
    needed = math.ceil(total(share * (1 - share), WORTH, HELD_OUT))
    shows = (
        f"that shows effects from {100 * least:.1f} points on"
        if least < 1 - share
        else f"so few show no effect, however large; {100 * WORTH:.0f} points take about {needed:,} customers"
    )
    return unknown(
        f"{reason}. Hold a tenth out by lot ({count(out)}): {shows}, {where} (cherish holdout plan)",
        [Figure(VISIBLE, f"{count(out)} of {past.n:,} held out", least, n=past.n)],
    )
