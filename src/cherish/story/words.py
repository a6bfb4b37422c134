"""Words and numbers as people say them: who acts and how, counts, shares, money and days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from math import floor, log10
from typing import Any

from cherish.spec.names import ORDER_COMPLETED

MILLIONS = 10_000_000


@dataclass(frozen=True)
class People:
    """What the customers are called: one household, many households."""

    one: str
    many: str

    def of(self, count: int | float | None) -> str:
        """The word that stands after a count."""
        return self.one if count == 1 else self.many


CUSTOMERS = People("customer", "customers")
MEMBERS = People("member", "members")
_KNOWN = {
    "household": People("household", "households"),
    "member": MEMBERS,
    "user": People("user", "users"),
    "client": People("client", "clients"),
    "guest": People("guest", "guests"),
    "patient": People("patient", "patients"),
    "student": People("student", "students"),
    "subscriber": People("subscriber", "subscribers"),
    "player": People("player", "players"),
    "donor": People("donor", "donors"),
}


def people_of(column: str | None, orders: bool) -> People:
    """What to call them, from the name of the column that says who acted; customers where there are orders."""
    name = (column or "").lower()
    for key, people in _KNOWN.items():
        if key in name and not (orders and key == "user"):
            return people
    return CUSTOMERS if orders or "customer" in name else MEMBERS


@dataclass(frozen=True)
class Acts:
    """What counts as being active: `bought`, `a purchase`, `purchases`; or the general words."""

    past: str
    one: str
    many: str

    def did(self, count: int | float | None) -> str:
        """What so many people did."""
        return self.past.replace("were ", "was ", 1) if count == 1 else self.past

    def of(self, count: int | float | None) -> str:
        """The word that stands after a count of acts."""
        return self.one if count == 1 else self.many


def acts_of(events: tuple[str, ...]) -> Acts:
    """The words for a set of event names."""
    if events == (ORDER_COMPLETED,):
        return Acts("bought", "purchase", "purchases")
    return Acts("were active", "action", "actions")


# -- numbers ------------------------------------------------------------------------------------------------------


def count(value: Any) -> str:
    """A count with separators: 2,469; a mean keeps a decimal below ten, and two below one."""
    if isinstance(value, int):
        return f"{value:,}"
    number = float(value)
    places = 0 if abs(number) >= 10 or number == int(number) else 1 if abs(number) >= 1 else 2
    text = f"{number:,.{places}f}"
    return text.rstrip("0").rstrip(".") if places == 2 else text


def mean(value: Any) -> str:
    """A mean count of people; of less than one nobody can say how many they are."""
    return "fewer than one" if 0 < value < 1 else few(value)


def few(value: Any) -> str:
    """A count in a sentence where nought reads better as a word."""
    return "none" if value == 0 else count(value)


def percent(share: Any) -> str:
    """A share as a percentage: whole numbers, more digits only where a whole number would say none or all."""
    number = float(share) * 100
    if number in (0, 100) or 1 <= number <= 99:
        return f"{number:.0f}%"
    near = min(number, 100 - number)
    places = max(1, -floor(log10(near))) if 0 < near < 100 else 0
    return f"{number:.{places}f}%"


def amount(value: Any, exact: bool = False) -> str:
    """Money without its currency: 4,596,039.58 where exact, else 615,785 and 12.3 million, but 391.60."""
    number = Decimal(str(value))
    if exact:
        return f"{number:,.2f}"
    if abs(number) >= MILLIONS:
        return f"{number / 1_000_000:,.1f} million"
    if abs(number) >= 1000:
        return f"{number.quantize(Decimal(1), ROUND_HALF_UP):,}"
    return f"{number:,.2f}"


def short(value: Any) -> str:
    """Money in the least room: 120, 99.50, 1.2k."""
    number = float(value)
    if abs(number) >= 10_000:
        return f"{number / 1000:,.0f}k"
    return f"{number:,.0f}" if abs(number) >= 100 or number == int(number) else f"{number:,.2f}"


def day(value: date) -> str:
    """A day: 1 January 2017."""
    return f"{value.day} {value:%B %Y}"


def span(days: int) -> str:
    """A length of time: four weeks, seven days."""
    whole = {28: "four weeks", 21: "three weeks", 14: "two weeks", 7: "week", 1: "day"}
    return whole.get(days, f"{days} days")
