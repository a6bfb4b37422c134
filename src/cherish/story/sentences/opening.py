"""What is in: how much, of how many, from when to when."""

from __future__ import annotations

from cherish.story.asking import Asking
from cherish.story.sentence import Sentence, say
from cherish.story.sentences.active import lately
from cherish.verify import Selector


def tell(asking: Asking) -> Sentence:
    """The line under the title."""
    found = asking.overview
    if found.headline["first_day"] is None:
        who = asking.people.of(asking.customers)
        return say(f"{{customers}} {who}, none of them active yet.", customers=asking.count(found, "customers"))
    days = {"first": asking.day(found, "first_day"), "last": asking.day(found, "last_day")}
    customers = asking.count(found, "customers")
    who = asking.people.of(asking.customers)
    if asking.has_orders:
        orders = asking.count(found, "orders")
        what = "purchase" if found.headline["orders"] == 1 else "purchases"
        if asking.money:
            # Of several currencies one is told of: what is in the others is no part of these numbers.
            what = f"{what} in {asking.currency}"
        # Who came only in other ways, or only had money back, bought nothing.
        customers, who = asking.count(found, "buyers"), asking.people.of(found.headline["buyers"])
        paid = ", {value} in all" if asking.has_money else ""
        money = {"value": asking.amount(found, "value", exact=True)} if asking.has_money else {}
        return say(f"{{orders}} {what} by {{customers}} {who}, {{first}} to {{last}}{paid}.",
                   orders=orders, customers=customers, **days, **money)  # fmt: skip
    acts = asking.count(found, "counted_events")
    what = asking.acts.of(found.headline["counted_events"])
    kinds = len(asking.active.events)
    sort = " of {kinds} kinds" if kinds > 1 else ""
    given = {"kinds": str(kinds)} if kinds > 1 else {}
    return say(f"{{acts}} {what}{sort} by {{customers}} {who}, {{first}} to {{last}}.",
               acts=acts, customers=customers, **days, **given)  # fmt: skip


def headline(asking: Asking) -> Sentence:
    """The title of the whole: how few bring half of the money, or, without money, how many came only once."""
    if asking.has_money:
        found = asking.report("concentration", **asking.money)
        half, buyers = found.headline["half_customers"], found.headline["buyers"]
        if half:
            bring = "brings" if half == 1 else "bring"
            return say(
                f"{{half}} of {{buyers}} {asking.people.of(buyers)} {bring} half of the money",
                half=asking.count(found, "half_customers"),
                buyers=asking.count(found, "buyers"),
            )
    found = lately(asking)
    if found.headline["mau"]:
        return say(
            f"{{once}} of {{active}} active {asking.people.of(found.headline['mau'])} came on a single day",
            once=asking.count(found, Selector(column="customers", row={"active_days": "1"})),
            active=asking.count(found, "mau"),
        )
    return plain(asking)


def plain(asking: Asking) -> Sentence:
    """The title that says how many customers there are, and no more."""
    return say(
        f"{{customers}} {asking.people.of(asking.customers)}, and what they did",
        customers=asking.count(asking.overview, "customers"),
    )


def discreet() -> Sentence:
    """The line under a title that says no more."""
    return say("What rests on few customers is left out.")
