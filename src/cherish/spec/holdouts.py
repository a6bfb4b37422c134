"""A holdout as it was planned: whom the lot leaves without mail, how many, by which salt, and what it is to show."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime

from cherish.errors import QuestionError

PLACES = 10_000
"""The lot has so many places; a share is a whole number of them."""

ASSIGNED, CROSSED, EXPORTED = "$holdout_assigned", "$arms_crossed", "$holdout_exported"
"""The events of a holdout: the lot's decision, two decisions that met in one customer, an address told to a sender."""

HELD_OUT, FREE = "holdout", "reached"
"""The two arms; the first is the one that everything is compared with."""

POOL_BELOW = 20_000
"""Below about so many customers one control for all campaigns shows more than one for each of them."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._ -]{0,63}")


@dataclass(frozen=True)
class Wish:
    """What somebody wants to plan.

    `share` of the customers are held out; `metric` is what it is to show in the `horizon` days after a customer's lot,
    read at full strength once, on `until`; `margin` is the share of the money that is earned; `address` the trait that
    mail goes to (customers who share one share its lot).
    """

    name: str
    share: float
    metric: str = "any_order"
    horizon: int = 90
    until: date | None = None
    margin: float | None = None
    address: str = "email"

    def checked(self) -> Wish:
        """The same, with the share as whole places of the lot.

        Raises:
            QuestionError: a name, a share or another value that can't be.
        """
        if _NAME.fullmatch(self.name) is None:
            raise QuestionError(
                f"a holdout can't be called {self.name!r}: use up to 64 letters, digits, spaces and . _ -"
            )
        places = round(self.share * PLACES)
        if not 1 <= places <= PLACES - 1:
            raise QuestionError(
                f"a share of {self.share:g} holds out {'everybody' if places > 0 else 'nobody'}: give one such as 10%"
            )
        if self.horizon < 1:
            raise QuestionError(f"horizon={self.horizon}: give at least one day")
        if self.margin is not None and not 0 < self.margin <= 1:
            raise QuestionError(f"margin={self.margin:g}: give the share of the money that is earned, such as .3")
        if not self.address.strip():
            raise QuestionError("address: name the trait that mail goes to, such as email")
        return Wish(self.name, places / PLACES, self.metric, self.horizon, self.until, self.margin, self.address)


@dataclass(frozen=True)
class Holdout:
    """A planned holdout. The salt is drawn once and stays, whatever else is planned anew under its name."""

    wish: Wish
    salt: str
    version: int
    made_at: datetime

    @property
    def name(self) -> str:
        """What it is called."""
        return self.wish.name

    @property
    def places(self) -> int:
        """How many places of the lot are held out."""
        return round(self.wish.share * PLACES)


def share_of(text: str | float) -> float:
    """A share as people write it: `10%`, `10 %`, `.1`.

    Raises:
        QuestionError: neither.
    """
    if isinstance(text, (int, float)):
        return float(text)
    percent = text.strip().endswith("%")
    try:
        found = float(text.strip().removesuffix("%").strip())
    except ValueError:
        raise QuestionError(f"{text!r}: write a share such as 10% or .1") from None
    if not percent and found >= 1:
        # 10 may mean a tenth or ten times all: of two readings neither is guessed.
        raise QuestionError(f"{text!r}: write {text.strip()}% or a number below 1")
    return found / 100 if percent else found
