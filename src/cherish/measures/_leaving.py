"""Whether in a fitted model of purchases anybody ever leaves: without it, a value for ever hangs on the discount."""

from __future__ import annotations

import math
from collections.abc import Sequence

YEARS = 10 * 52.0
"""Ten years in weeks."""
NOBODY = 0.01
"""So few of all customers leaving within ten years are nobody."""
SELDOM = 1e-3
"""So small a mean chance of leaving at a purchase is none."""
TOLD = "In this fit nobody ever leaves"


def nobody_leaves(model: str, parameters: Sequence[float]) -> bool:
    """Whether customers stay for good under these parameters, which are in weeks.

    In Pareto/NBD a customer stays t weeks with probability (beta / (beta + t))^s; in BG/NBD and MBG/NBD one leaves
    at a purchase with a mean chance of a / (a + b).
    """
    _, _, third, fourth = parameters
    if model == "pareto_nbd":
        return -math.expm1(-third * math.log1p(YEARS / fourth)) < NOBODY
    return third / (third + fourth) < SELDOM


def note(model: str, parameters: Sequence[float], *, ever: bool) -> tuple[str, ...]:
    """What must be said of such a fit, of a value for ever or of one within a horizon; else nothing."""
    if not nobody_leaves(model, parameters):
        return ()
    if ever:
        return (f"{TOLD}: the value for ever hangs on the discount alone; ask with horizon=365d.",)
    return (f"{TOLD}: whoever stopped buying is expected to go on; keep the horizon short.",)
